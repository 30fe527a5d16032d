"""The callback's side of playback: from the ring into the device's block, with silence where there is nothing to play.

Copies and pads, and counts with plain attributes: no lock, no allocation beyond a slice. It waits only where there is
nothing to copy, the device can afford it and the thread is its own (``DeviceFillEstimate``).
"""

import time

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.playback.jitter_buffer import Prebuffer
from lightning_cli.playback.reserve import DeviceFillEstimate
from lightning_cli.playback.ring import Ring
from lightning_cli.system.records import Record
from lightning_cli.system.watchdog import sleep

# How often a callback that waits looks for audio.
_LOOK_S = 0.004


class PlayerStats(Record):
    """Count what the listener got, in frames at ``device_rate``, in Hz.

    ``underruns`` and ``silence_frames``: gaps inside a segment because audio came too late. ``idle_frames``: waits
    between segments. ``late_blocks``: how often the device itself reported that it ran dry.
    ``first_sound_monotonic``: when the first frame went to the device, None before.
    """

    underruns: int = 0
    silence_frames: int = 0
    idle_frames: int = 0
    frames_played: int = 0
    late_blocks: int = 0
    first_sound_monotonic: float | None = None
    device_rate: int = 0


class Feed:
    """Fill blocks from ``ring`` as ``prebuffer`` allows.

    Each attribute has one side that sets it; the other side only looks, and may see it a block late.
    """

    __slots__ = (
        "_silence",
        "block_bytes",
        "calls",
        "complete_to",
        "ended",
        "fault",
        "first_sound",
        "late_blocks",
        "paused",
        "prebuffer",
        "reserve",
        "ring",
        "stopping",
        "tail_bytes",
    )

    def __init__(self, fmt: PcmFormat, ring: Ring, prebuffer: Prebuffer) -> None:
        # All set before the stream starts; prebuffer and reserve are the callback's alone from then on. Without a
        # reserve it never waits.
        self.ring = ring
        self.prebuffer = prebuffer
        self.reserve: DeviceFillEstimate | None = None
        # Set by the thread that writes (paused: by any). Audio before the position complete_to waits for no more;
        # ended means that nothing will follow it, stopping that nothing more is to be heard.
        self.complete_to = 0
        self.ended = False
        self.stopping = False
        self.paused = False
        # Set by the callback. tail_bytes is the silence played since the end.
        self.calls = 0
        self.late_blocks = 0
        self.block_bytes = 0
        self.tail_bytes = 0
        self.first_sound: float | None = None
        self.fault: Exception | None = None
        self._silence = memoryview(bytes(fmt.bytes_per_second))

    @property
    def complete(self) -> bool:
        """Return whether the ring ends with a complete segment."""
        return self.complete_to >= self.ring.written

    def fill(self, out: memoryview, *, late: bool = False, delay_s: float = 0.0) -> None:
        """Fill ``out`` (bytes, whole frames) to its end. Callback only.

        ``late``: the device says it ran dry before. ``delay_s``: how long after now it says it will play this block.
        """
        self.calls += 1
        size = len(out)
        if late:
            self.late_blocks += 1
        self.block_bytes = max(self.block_bytes, size)
        if self.reserve is not None:
            self._await(self.reserve, size, 0.0 if late else delay_s)
        got = 0 if self.paused else self._take(out)
        while got < size:
            piece = min(size - got, len(self._silence))
            out[got : got + piece] = self._silence[:piece]
            got += piece

    def _await(self, reserve: DeviceFillEstimate, size: int, delay_s: float) -> None:
        """Wait for audio as long as the device can spare the answer."""
        now = time.monotonic()
        reserve.asked(now, delay_s)
        while self._lacks(size) and (spare_s := reserve.spare_s(now)) > 0:
            sleep(min(spare_s, _LOOK_S))
            now = time.monotonic()
        reserve.given(now, size / len(self._silence))

    def _lacks(self, size: int) -> bool:
        """Return whether something better than silence may still come for a block."""
        if self.ended or self.stopping:
            return False
        return self.paused or not self.prebuffer.fills(size, self.ring.readable, complete=self.complete)

    def _take(self, out: memoryview) -> int:
        complete = self.complete
        got = 0
        if self.prebuffer.may_read(self.ring.readable, complete=complete):
            got = self.ring.read_into(out)
            if got and self.first_sound is None:
                self.first_sound = time.monotonic()
        if got < len(out):
            self.prebuffer.on_underrun(len(out) - got, complete=complete)
            if self.ended and not self.ring.readable:
                self.tail_bytes += len(out) - got
        return got

    def stats(self, frame_bytes: int, device_rate: int = 0) -> PlayerStats:
        """Return the counts so far; any thread."""
        return PlayerStats(
            underruns=self.prebuffer.underruns,
            silence_frames=self.prebuffer.silence_bytes // frame_bytes,
            idle_frames=self.prebuffer.idle_bytes // frame_bytes,
            frames_played=self.ring.consumed // frame_bytes,
            late_blocks=self.late_blocks,
            first_sound_monotonic=self.first_sound,
            device_rate=device_rate,
        )
