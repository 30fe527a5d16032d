"""What a player and its output share: the ring, when it may be read, and what the listener got.

``fill`` is the side of an output that is asked for blocks: it copies and pads, and counts with plain attributes,
without a lock and without an allocation beyond a slice, but for the few milliseconds around a pause.
"""

import time
from collections import deque

from lightning_cli.audio.fades import FADE_MS, fade_in, fade_out
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.playback.jitter_buffer import JitterBuffer
from lightning_cli.playback.ring import Ring
from lightning_cli.system.records import Record


class PlayerStats(Record):
    """Count what the listener got, in frames at ``device_rate``, in Hz.

    ``underruns`` and ``silence_frames``: gaps inside a segment because audio came too late, or because the device ran
    dry though there was audio: ``late_blocks`` says how many of them were of that kind. ``idle_frames``: waits between
    segments. ``first_sound_monotonic``: when the first frame went to the device, None before.
    """

    underruns: int = 0
    silence_frames: int = 0
    idle_frames: int = 0
    frames_played: int = 0
    late_blocks: int = 0
    first_sound_monotonic: float | None = None
    device_rate: int = 0


class Feed:
    """Hand out what is in ``ring`` as ``jitter_buffer`` allows.

    Each attribute has one side that sets it; the other side only looks, and may see it a block late.
    """

    __slots__ = (
        "_channels",
        "_fade_bytes",
        "_faded",
        "_marks",
        "_silence",
        "_was_paused",
        "block_bytes",
        "calls",
        "complete_to",
        "ended",
        "fault",
        "first_sound",
        "jitter_buffer",
        "late_blocks",
        "lead_in_bytes",
        "paused",
        "ring",
        "stopping",
        "tail_bytes",
    )

    def __init__(self, fmt: PcmFormat, ring: Ring, jitter_buffer: JitterBuffer) -> None:
        # All set before the stream starts; jitter_buffer is the output's alone from then on.
        self.ring = ring
        self.jitter_buffer = jitter_buffer
        # Set by the thread that writes (paused: by any). Audio before the position complete_to waits for no more;
        # ended means that nothing will follow it, stopping that nothing more is to be heard.
        self.complete_to = 0
        self._marks: deque[int] = deque(maxlen=64)
        self.ended = False
        self.stopping = False
        self.paused = False
        # Set by the output. lead_in_bytes is the silence still to come before anything else; calls counts the signs of
        # life; tail_bytes is the silence played since the end.
        self.lead_in_bytes = 0
        self.calls = 0
        self.late_blocks = 0
        self.block_bytes = 0
        self.tail_bytes = 0
        self.first_sound: float | None = None
        self.fault: Exception | None = None
        self._silence = memoryview(bytes(fmt.bytes_per_second))
        self._channels = fmt.channels
        self._fade_bytes = fmt.bytes_in_ms(FADE_MS)
        self._was_paused = False
        self._faded = b""

    @property
    def complete(self) -> bool:
        """Return whether the ring ends with a complete segment."""
        return self.complete_to >= self.ring.written

    @property
    def has_paused(self) -> bool:
        """Return whether the device has got to the pause: what it has taken since is silent, but for a fade."""
        return self._was_paused

    def mark(self) -> None:
        """Note that the ring ends with a complete segment."""
        self.complete_to = self.ring.written
        self._marks.append(self.complete_to)

    def is_boundary(self, position: int) -> bool:
        """Return whether a segment ends at a position that was marked not long ago."""
        return position == self.complete_to or position in tuple(self._marks)

    def forget_faded(self) -> None:
        """Record that what faded away at the pause is not to be heard again; the thread that writes."""
        self._faded = b""

    def fill(self, out: memoryview, *, late: bool = False) -> None:
        """Fill ``out`` (bytes, whole frames) to its end. Callback only; ``late``: the device says it ran dry before."""
        self.calls += 1
        size = len(out)
        if late:
            self.late_blocks += 1
        self.block_bytes = max(self.block_bytes, size)
        paused = self.paused
        if self.lead_in_bytes:
            got = min(size, self.lead_in_bytes)
            self.lead_in_bytes -= got
            out[:got] = bytes(got)
            out, size = out[got:], size - got
        got = 0
        if paused != self._was_paused:
            self._was_paused = paused
            got = self._fade_away(out) if paused else self._come_back(out)
        if not paused:
            got += self._take(out[got:])
        while got < size:
            piece = min(size - got, len(self._silence))
            out[got : got + piece] = self._silence[:piece]
            got += piece

    def _fade_away(self, out: memoryview) -> int:
        """Begin a pause without a click; what fades is kept, to be heard in full after it."""
        if self.first_sound is None or not self.jitter_buffer.is_playing:
            return 0
        got = self.ring.read_into(out[: self._fade_bytes])
        self._faded = bytes(out[:got])
        out[:got] = fade_out(self._faded, self._channels) if got else b""
        return got

    def _come_back(self, out: memoryview) -> int:
        faded, self._faded = self._faded[: len(out)], b""
        if faded:
            out[: len(faded)] = fade_in(faded, self._channels)
        return len(faded)

    def _take(self, out: memoryview) -> int:
        complete = self.complete
        got = 0
        if self.jitter_buffer.may_read(self.ring.readable, complete=complete):
            got = self.ring.read_into(out)
            if got and self.first_sound is None:
                self.first_sound = time.monotonic()
        if got < len(out):
            self.jitter_buffer.on_underrun(len(out) - got, complete=complete)
            if self.ended and not self.ring.readable:
                self.tail_bytes += len(out) - got
        return got

    def stats(self, frame_bytes: int, device_rate: int = 0) -> PlayerStats:
        """Return the counts so far; any thread."""
        return PlayerStats(
            underruns=max(self.jitter_buffer.underruns, self.late_blocks),
            silence_frames=self.jitter_buffer.silence_bytes // frame_bytes,
            idle_frames=self.jitter_buffer.idle_bytes // frame_bytes,
            frames_played=self.ring.consumed // frame_bytes,
            late_blocks=self.late_blocks,
            first_sound_monotonic=self.first_sound,
            device_rate=device_rate,
        )
