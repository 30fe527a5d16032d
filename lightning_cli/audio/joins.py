"""How segments meet: the silence between two of them becomes one chosen pause; the sound itself is left alone.

Services put 80 to 300 ms of silence before and 350 to 380 ms behind every answer (protocol.md 2.6), which adds up
between sentences. The head of the first segment and the tail of the last are never touched, so one segment alone
passes unchanged and at once. No numpy: loading it would cost more than the whole trimming.
"""

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.system.records import Record
from lightning_cli.text.segmenter import Boundary

# A sample whose high byte is 0x00 or 0xFF lies within -256..255, below -42 dBFS: finding the last other one is a
# single rstrip. What that leaves is searched once per join with the finer threshold, for soft consonants end words.
_QUIET_HIGH_BYTES = b"\x00\xff"
_SEARCHED_BYTES = 1024  # how much of a piece is looked at in one step, from its end
_SOUND_LEVEL = 48  # of 32768: -57 dBFS
_MARGIN_MS = 10.0
_WIDTH = 2


class JoinRule(Record):
    """Choose the pauses in ms; ``raw`` joins the answers as they came."""

    raw: bool = False
    sentence_ms: float = 350.0
    paragraph_ms: float = 700.0
    clause_ms: float = 120.0

    def pause_ms(self, boundary: Boundary) -> float:
        """Return the pause behind a segment."""
        if boundary is Boundary.WORD:
            return 0.0
        if boundary is Boundary.CLAUSE:
            # Inside a sentence a pause is never longer than between sentences.
            return min(self.clause_ms, self.sentence_ms)
        return self.paragraph_ms if boundary is Boundary.PARAGRAPH else self.sentence_ms


class _Previous(Record):
    """What the segment before left: its held silence and the pause that stands between."""

    tail: bytes = b""
    pause_ms: float = 0.0


class Joiner:
    """Pass PCM of one segment after the other: ``begin``, ``feed``..., ``end``; ``finish`` at the very end.

    ``begin`` may be called again for a segment that is to be said anew; nothing of the failed try remains.
    """

    def __init__(self, fmt: PcmFormat, rule: JoinRule) -> None:
        self.fmt = fmt
        self.rule = rule
        self._previous: _Previous | None = None
        self._held: list[bytes] = []
        self._silent = True
        self._passes = False
        # Of the segment under way: what was put before its own audio, and how much of its head was left out.
        self.lead_frames = self.cut_frames = 0

    def begin(self, *, last: bool) -> None:
        """Start a segment; ``last`` promises that none follows."""
        self._held = []
        self._silent = True
        self._passes = self.rule.raw or last
        self.lead_frames = self.cut_frames = 0

    def feed(self, pcm: bytes) -> bytes:
        """Return what can be passed on now: all but silence that may turn out to be the segment's tail."""
        if not self._silent or self.rule.raw or (self._previous is None and self._passes):
            return pcm if self._passes else self._up_to_last_sound(pcm)
        if self._previous is None:
            # The very first head: passed on as it comes, held back only once something was heard.
            if _quiet(pcm):
                return pcm
            self._silent = False
            return self._up_to_last_sound(pcm)
        if _quiet(pcm):
            self._held.append(pcm)
            return b""
        self._silent = False
        opening = self._opening(b"".join([*self._held, pcm]))
        self._held = []
        return opening if self._passes else self._up_to_last_sound(opening)

    def end(self, boundary: Boundary) -> bytes:
        """Finish a segment that is complete; return what was too soft to be noticed while it came."""
        soft = b""
        if self._silent and self._previous is not None:
            held = b"".join(self._held)
            if first_sound(held) * _WIDTH == len(held):
                # Nothing to hear: what stands before the next sound is still the pause of the segment before.
                return b""
            soft = self._opening(held)
            sound = len(soft) if self._passes else last_sound(soft) * _WIDTH
            soft, self._held = soft[:sound], [soft[sound:]]
        self._previous = _Previous(b"".join(self._held), self.rule.pause_ms(boundary))
        self._held = []
        return soft

    def finish(self) -> bytes:
        """Return the untouched tail of the last segment."""
        return self._previous.tail if self._previous is not None else b""

    def _margin_frames(self) -> int:
        pause_ms = self._previous.pause_ms if self._previous else 0.0
        # Rounded down: two margins never exceed the pause.
        return int(min(_MARGIN_MS, pause_ms / 2) * self.fmt.sample_rate / 1000)

    def _opening(self, head: bytes) -> bytes:
        """Put before a segment's first sound what the one before still owes, and what the pause then lacks."""
        previous = self._previous or _Previous()
        sound = last_sound(previous.tail)
        kept_frames = min(len(previous.tail) // _WIDTH, sound + self._margin_frames())
        onset = first_sound(head)
        start = max(0, onset - self._margin_frames())
        pause_frames = round(previous.pause_ms * self.fmt.sample_rate / 1000)
        silence_frames = max(0, pause_frames - (kept_frames - sound) - (onset - start))
        self.lead_frames, self.cut_frames = kept_frames + silence_frames, start
        return previous.tail[: kept_frames * _WIDTH] + bytes(silence_frames * _WIDTH) + head[start * _WIDTH :]

    def _up_to_last_sound(self, pcm: bytes) -> bytes:
        loud = _loud_bytes(pcm)
        if not loud:
            self._held.append(pcm)
            return b""
        if loud == len(pcm) and not self._held:
            return pcm
        passed = b"".join([*self._held, pcm[:loud]])
        self._held = [pcm[loud:]] if loud < len(pcm) else []
        return passed


def _loud_bytes(pcm: bytes) -> int:
    """Return the number of bytes up to the last sample that is not quiet, looking at no more of them than it must."""
    end = len(pcm)
    while end:
        begin = max(0, end - _SEARCHED_BYTES)
        loud = len(pcm[begin + 1 : end : _WIDTH].rstrip(_QUIET_HIGH_BYTES))
        if loud:
            return begin + loud * _WIDTH
        end = begin
    return 0


def _quiet(pcm: bytes) -> bool:
    return not pcm[1::_WIDTH].strip(_QUIET_HIGH_BYTES)


def last_sound(pcm: bytes) -> int:
    """Return the number of frames up to the last sample that can be heard."""
    samples = memoryview(pcm).cast("h")
    for index in range(len(samples) - 1, -1, -1):
        if not -_SOUND_LEVEL <= samples[index] <= _SOUND_LEVEL:
            return index + 1
    return 0


def first_sound(pcm: bytes) -> int:
    """Return the index of the first sample that can be heard."""
    samples = memoryview(pcm).cast("h")
    return next((i for i, sample in enumerate(samples) if not -_SOUND_LEVEL <= sample <= _SOUND_LEVEL), len(samples))
