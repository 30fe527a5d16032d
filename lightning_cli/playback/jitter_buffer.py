"""When playback begins, waits and resumes: the policy of the player, without sound, threads or clocks.

Speech begins once the buffer holds enough to bridge the next pieces on their way, or all that there is. When it runs
dry in the middle of a segment, twice as much is gathered before it resumes; between segments there is nothing to
bridge, so a wait there is a pause and no reason to gather more. Sizes are in bytes of PCM.
"""

from typing import Self

from lightning_cli.audio.pcm import PcmFormat

# One block of the engine: its answers come in multiples of it (protocol.md, PCM lengths).
ENGINE_BLOCK_MS = 160
# What a device has to be kept ahead of besides its own buffer (performance.md 1, the end of playback).
MARGIN_MS = 60
LARGEST_MS = 5_000
# What took less than this share of its own length to arrive comes fast enough to begin with a block of it; what took
# more than the other is hardly faster than it is played, and half a second is gathered. In between it is more or less:
# of 400 schedules of a server at 1.05 times real time behind a mobile link 239 are played without a gap, 61 with a
# block alone, and a server at twice real time begins as before.
_FAST, _SLOW = 0.5, 0.8
_SLOW_MS = 510


class JitterBuffer:
    """Decide block by block whether sound comes out, and count the silence where it should have.

    ``ready`` may be asked by anyone before playback begins; from then on everything belongs to the audio callback.
    ``complete`` always means: no more audio is to come in the segment that the buffer ends with.
    """

    __slots__ = (
        "_first_bytes",
        "_gap_bytes",
        "_largest_bytes",
        "_playing",
        "_slow_bytes",
        "_smaller_bytes",
        "_stalled",
        "idle_bytes",
        "need_bytes",
        "silence_bytes",
        "underruns",
    )

    def __init__(self, need_bytes: int, largest_bytes: int, slow_bytes: int = 0) -> None:
        """Take the first need, what it may grow to, and what it is where audio comes hardly faster than it is played.

        A largest that is not larger keeps it as it is.
        """
        self.need_bytes = self._first_bytes = need_bytes
        self._slow_bytes = max(slow_bytes, need_bytes)
        self.underruns = 0
        self.silence_bytes = 0
        self.idle_bytes = 0
        self._largest_bytes = max(largest_bytes, need_bytes)
        self._smaller_bytes = need_bytes
        self._playing = False
        self._stalled = False
        # None before the first sound: waiting for it is not silence.
        self._gap_bytes: int | None = None

    @property
    def is_playing(self) -> bool:
        """Return whether sound comes out."""
        return self._playing

    @classmethod
    def for_device(cls, fmt: PcmFormat, startup_fill_s: float, fixed_ms: int | None, capacity_bytes: int) -> Self:
        """Make the one for a device; ``fixed_ms`` decides alone if it is given.

        ``startup_fill_s`` is how much the device takes when it starts: its latency where nothing holds it back. Its
        block is not known before; hosts use two to four per buffer, so half of that is counted for it. Never more than
        half the buffer of ``capacity_bytes``: who waits for more than there can be waits for ever.
        """
        most = capacity_bytes // 2
        if fixed_ms is not None:
            return cls(min(fmt.bytes_in_ms(fixed_ms), most), 0)
        need = fmt.bytes_in_ms(max(ENGINE_BLOCK_MS, startup_fill_s * 1500 + MARGIN_MS))
        slow = fmt.bytes_in_ms(_SLOW_MS)
        return cls(min(need, most), min(fmt.bytes_in_ms(LARGEST_MS), most), min(slow, most))

    def judge(self, readable_bytes: int, passed_bytes: float) -> None:
        """Ask for more before playback begins if what is there took long: as long as ``passed_bytes`` take to play.

        What comes only just in time leaves nothing to bridge the first delay with.
        """
        if readable_bytes >= self._first_bytes > 0:
            share = min(max((passed_bytes / readable_bytes - _FAST) / (_SLOW - _FAST), 0.0), 1.0)
            self.need_bytes = round(self._first_bytes + (self._slow_bytes - self._first_bytes) * share)

    def ready(self, readable_bytes: int, *, complete: bool) -> bool:
        """Return whether playback may begin with ``readable_bytes`` in the buffer."""
        return readable_bytes > 0 and (complete or readable_bytes >= self.need_bytes)

    def may_read(self, readable_bytes: int, *, complete: bool) -> bool:
        """Return whether this block may take from the buffer; closes the account of a silence that ends here."""
        if self._playing:
            return True
        if not self.ready(readable_bytes, complete=complete):
            return False
        if self._stalled:
            self.underruns += 1
            self.silence_bytes += self._gap_bytes or 0
        else:
            self.idle_bytes += self._gap_bytes or 0
        self._playing, self._stalled, self._gap_bytes = True, False, 0
        return True

    def on_underrun(self, missing_bytes: int, *, complete: bool) -> None:
        """Note that ``missing_bytes`` of this block are silence, ``complete`` if everything before it was heard.

        Running dry counts as an underrun only when the segment goes on after it: until then it may have been its end.
        """
        if self._gap_bytes is None:
            return
        self._gap_bytes += missing_bytes
        if self._playing and not complete:
            self._smaller_bytes = self.need_bytes
            self.need_bytes = min(2 * self.need_bytes, self._largest_bytes)
            self._stalled = True
        elif self._stalled and complete:
            self.need_bytes = self._smaller_bytes
            self._stalled = False
        self._playing = False
