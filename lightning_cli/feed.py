"""The callback's side of playback: from the ring into the device's block, with silence where there is nothing to play.

Copies and pads, and counts with plain attributes: no lock, no wait, no allocation beyond a slice.
"""

import time
from dataclasses import dataclass

from lightning_cli.audio import PcmFormat
from lightning_cli.prebuffer import Prebuffer
from lightning_cli.ring import Ring


@dataclass(frozen=True, slots=True)
class PlayerStats:
    """Count what the listener got, in frames at the device's rate.

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
        "ring",
        "tail_bytes",
    )

    def __init__(self, fmt: PcmFormat, ring: Ring, prebuffer: Prebuffer) -> None:
        # Both set before the stream starts; the prebuffer is the callback's alone from then on.
        self.ring = ring
        self.prebuffer = prebuffer
        # Set by the thread that writes (paused: by any). Audio before the position complete_to waits for no more;
        # ended means that nothing will follow it.
        self.complete_to = 0
        self.ended = False
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
        """Say whether the ring ends with a complete segment."""
        return self.complete_to >= self.ring.written

    def fill(self, out: memoryview, *, late: bool = False) -> None:
        """Fill ``out`` (bytes, whole frames) to its end; ``late``: the device says it ran dry before. Callback only."""
        self.calls += 1
        size = len(out)
        if late:
            self.late_blocks += 1
        self.block_bytes = max(self.block_bytes, size)
        got = 0 if self.paused else self._take(out)
        while got < size:
            piece = min(size - got, len(self._silence))
            out[got : got + piece] = self._silence[:piece]
            got += piece

    def _take(self, out: memoryview) -> int:
        complete = self.complete
        got = 0
        if self.prebuffer.opens(self.ring.readable, complete=complete):
            got = self.ring.read_into(out)
            if got and self.first_sound is None:
                self.first_sound = time.monotonic()
        if got < len(out):
            self.prebuffer.starved(len(out) - got, complete=complete)
            if self.ended and not self.ring.readable:
                self.tail_bytes += len(out) - got
        return got

    def stats(self, frame_bytes: int) -> PlayerStats:
        """Give the counts so far; any thread."""
        return PlayerStats(
            underruns=self.prebuffer.underruns,
            silence_frames=self.prebuffer.silence_bytes // frame_bytes,
            idle_frames=self.prebuffer.idle_bytes // frame_bytes,
            frames_played=self.ring.consumed // frame_bytes,
            late_blocks=self.late_blocks,
            first_sound_monotonic=self.first_sound,
        )
