"""Joins between segments: the silence between two becomes one chosen pause; the sound itself is not changed.

Services put 80 to 300 ms of silence before and 350 to 380 ms behind every answer (protocol.md 2.6), which adds up
between sentences. The head of the first segment and the tail of the last are never touched, so one segment alone
passes unchanged and at once. What is silence follows from the energy of the service's own silence, which may hiss or
stand beside zero. No numpy: loading it would cost more than the whole trimming.
"""

from copy import copy
from itertools import pairwise
from math import sqrt
from operator import mul

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.system.records import Record
from lightning_cli.text.segmenter import Boundary

# A sample whose high byte is 0x00 or 0xFF lies within -256..255, below -42 dBFS: finding the last other one is a
# single rstrip. What that leaves is searched once per join with the finer threshold, for soft consonants end words.
_QUIET_LEVEL = 256
_SOUND_LEVEL = 48  # of 32768: -57 dBFS
_SEARCHED_BYTES = 1024  # how much of a piece is looked at in one step, from its end
# Silence is known by windows of this length, of so many, that stand side by side and have the same energy.
_WINDOW_MS = 10.0
_WINDOWS = 8
_SAME_ENERGY = 1.5
# Hardly a sample of noise exceeds its energy by this factor.
_PEAK_FACTOR = 5
# Beyond these it is not silence: a soft voice, or the beginning of a word.
_LOUDEST_NOISE = 130
_LARGEST_OFFSET = 4096
_MARGIN_MS = 10.0
_HEADING = 1.5
_WIDTH = 2


class JoinRule(Record):
    """The pauses between segments in ms; ``raw`` joins the answers as they came.

    Behind a heading it is half as long again as between paragraphs, unless ``heading_ms`` is given.
    """

    raw: bool = False
    sentence_ms: float = 350.0
    paragraph_ms: float = 700.0
    clause_ms: float = 120.0
    heading_ms: float | None = None

    def pause_ms(self, boundary: Boundary) -> float:
        """Return the pause behind a segment."""
        if boundary is Boundary.WORD:
            return 0.0
        if boundary is Boundary.CLAUSE:
            # Inside a sentence a pause is never longer than between sentences.
            return min(self.clause_ms, self.sentence_ms)
        if boundary is Boundary.HEADING:
            return _HEADING * self.paragraph_ms if self.heading_ms is None else self.heading_ms
        return self.paragraph_ms if boundary is Boundary.PARAGRAPH else self.sentence_ms


class _Previous(Record):
    """The state that the previous segment left: its held silence and the pause behind it."""

    tail: bytes = b""
    pause_ms: float = 0.0
    is_exact: bool = False  # also where nothing follows


class Silence:
    """The service's silence: samples within ``low`` and ``high`` cannot be heard.

    Until a stretch of silence was seen this is a fixed range around zero; its noise and its offset widen that.
    """

    def __init__(self, sample_rate: int) -> None:
        self._window_frames = round(sample_rate * _WINDOW_MS / 1000)
        self._noise = float(_LOUDEST_NOISE)
        self.offset = 0
        self.low, self.high = -_SOUND_LEVEL, _SOUND_LEVEL
        self._quiet_high_bytes = b"\x00\xff"

    def learn(self, pcm: bytes) -> None:
        """Learn the silence from the quietest stretch of ``pcm``, if its energy is steady and low."""
        frames = self._window_frames
        samples = memoryview(pcm[: _WINDOWS * frames * _WIDTH]).cast("h")
        windows = [samples[at : at + frames].tolist() for at in range(0, len(samples) - frames + 1, frames)]
        energies = [_mean_and_noise(window) for window in windows]
        for one, other in pairwise(energies):
            louder, softer = max(one[1], other[1]), min(one[1], other[1])
            steady = louder <= softer * _SAME_ENERGY + 1 and abs(one[0] - other[0]) <= louder + 1
            if steady and louder < self._noise and abs(one[0]) <= _LARGEST_OFFSET:
                self._noise = louder
                self._widen(round((one[0] + other[0]) / 2), round(_PEAK_FACTOR * louder))

    def is_quiet(self, pcm: bytes) -> bool:
        """Return whether nothing in ``pcm`` is loud."""
        return not pcm[1::_WIDTH].strip(self._quiet_high_bytes)

    def loud_bytes(self, pcm: bytes) -> int:
        """Return the number of bytes up to the last loud sample, looking at no more of them than it must."""
        end = len(pcm)
        while end:
            begin = max(0, end - _SEARCHED_BYTES)
            loud = len(pcm[begin + 1 : end : _WIDTH].rstrip(self._quiet_high_bytes))
            if loud:
                return begin + loud * _WIDTH
            end = begin
        return 0

    def last_sound(self, pcm: bytes) -> int:
        """Return the number of frames up to the last sample that can be heard."""
        return last_sound(pcm, self.low, self.high)

    def first_sound(self, pcm: bytes) -> int:
        """Return the index of the first sample that can be heard."""
        return first_sound(pcm, self.low, self.high)

    def of(self, frames: int) -> bytes:
        """Return ``frames`` frames of it, without the noise."""
        return self.offset.to_bytes(_WIDTH, "little", signed=True) * frames

    def _widen(self, mean: int, peak: int) -> None:
        self.offset = mean if abs(mean) > _SOUND_LEVEL else 0
        self.low, self.high = min(-_SOUND_LEVEL, mean - peak), max(_SOUND_LEVEL, mean + peak)
        lowest = min(-_QUIET_LEVEL, self.low) >> 8
        highest = max(_QUIET_LEVEL - 1, self.high) >> 8
        self._quiet_high_bytes = bytes(byte & 0xFF for byte in range(lowest, highest + 1))


class Joiner:
    """Joiner of segments, one after the other: ``begin``, ``feed``..., ``end``; ``finish`` at the very end.

    ``begin`` may be called again for a segment that is retried; nothing of the failed try remains.
    """

    def __init__(self, fmt: PcmFormat, rule: JoinRule) -> None:
        self.fmt = fmt
        self.rule = rule
        # As the last complete segment left it, and as the one under way changes it.
        self._known_silence = Silence(fmt.sample_rate)
        self._silence = self._known_silence
        self._beginning = b""  # of the first segment, as long as silence may be learned from it
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
        self._silence = copy(self._known_silence)
        self._beginning = b""
        self._passes = self.rule.raw or last
        self.lead_frames = self.cut_frames = 0

    def feed(self, pcm: bytes) -> bytes:
        """Return what can be passed on now: all but silence that may turn out to be the segment's tail."""
        if self._previous is None and not self._passes:
            self._learn_beginning(pcm)
        if not self._silent or self.rule.raw or (self._previous is None and self._passes):
            return pcm if self._passes else self._up_to_last_sound(pcm)
        if self._previous is None:
            # The very first head: passed on as it comes, held back only once something was heard.
            if self._silence.is_quiet(pcm):
                return pcm
            self._silent = False
            return self._up_to_last_sound(pcm)
        if self._silence.is_quiet(pcm):
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
            if self._silence.first_sound(held) * _WIDTH == len(held):
                # Nothing to hear: what stands before the next sound is still the pause of the segment before.
                return b""
            soft = self._opening(held)
            sound = len(soft) if self._passes else self._silence.last_sound(soft) * _WIDTH
            soft, self._held = soft[:sound], [soft[sound:]]
        tail = b"".join(self._held)
        self._silence.learn(tail[-self._learned_bytes :])
        self._known_silence = self._silence
        # The end of the last word belongs to this segment: a search for the next one must not find it there.
        sound = self._silence.last_sound(tail) * _WIDTH
        self._previous = _Previous(tail[sound:], self.rule.pause_ms(boundary))
        self._held = []
        return soft + tail[:sound]

    def pause(self, pause_ms: float) -> bytes:
        """Set the exact silence before the next segment, or at the end; return what can be passed on now."""
        if self.rule.raw:
            return bytes(round(pause_ms * self.fmt.sample_rate / 1000) * _WIDTH)
        tail = self._previous.tail if self._previous is not None else b""
        self._previous = _Previous(tail, pause_ms, is_exact=True)
        return b""

    def finish(self) -> bytes:
        """Return the tail of the last segment: untouched, or the pause that was asked for behind it."""
        if self._previous is None or not self._previous.is_exact:
            return self._previous.tail if self._previous is not None else b""
        return self._opening(b"")

    @property
    def _learned_bytes(self) -> int:
        return int(_WINDOWS * self.fmt.sample_rate * _WINDOW_MS / 1000) * _WIDTH

    def _learn_beginning(self, pcm: bytes) -> None:
        if len(self._beginning) < self._learned_bytes:
            self._beginning += pcm[: self._learned_bytes]
            if len(self._beginning) >= self._learned_bytes:
                self._silence.learn(self._beginning)

    def _margin_frames(self) -> int:
        pause_ms = self._previous.pause_ms if self._previous else 0.0
        # Rounded down: two margins never exceed the pause.
        return int(min(_MARGIN_MS, pause_ms / 2) * self.fmt.sample_rate / 1000)

    def _opening(self, head: bytes) -> bytes:
        """Return what goes before a segment's first sound: the rest of the previous one and of the pause."""
        previous = self._previous or _Previous()
        self._silence.learn(head)
        sound = self._silence.last_sound(previous.tail)
        kept_frames = min(len(previous.tail) // _WIDTH, sound + self._margin_frames())
        onset = self._silence.first_sound(head)
        start = max(0, onset - self._margin_frames())
        pause_frames = round(previous.pause_ms * self.fmt.sample_rate / 1000)
        silence_frames = max(0, pause_frames - (kept_frames - sound) - (onset - start))
        self.lead_frames, self.cut_frames = kept_frames + silence_frames, start
        return previous.tail[: kept_frames * _WIDTH] + self._silence.of(silence_frames) + head[start * _WIDTH :]

    def _up_to_last_sound(self, pcm: bytes) -> bytes:
        loud = self._silence.loud_bytes(pcm)
        if not loud:
            self._held.append(pcm)
            return b""
        if loud == len(pcm) and not self._held:
            return pcm
        passed = b"".join([*self._held, pcm[:loud]])
        self._held = [pcm[loud:]] if loud < len(pcm) else []
        return passed


def _mean_and_noise(window: list[int]) -> tuple[float, float]:
    """Return what a window's samples stand around, and the root of their energy beside it."""
    mean = sum(window) / len(window)
    return mean, sqrt(max(0.0, sum(map(mul, window, window)) / len(window) - mean * mean))


def last_sound(pcm: bytes, low: int = -_SOUND_LEVEL, high: int = _SOUND_LEVEL) -> int:
    """Return the number of frames up to the last sample that can be heard: one beyond ``low`` or ``high``."""
    samples = memoryview(pcm).cast("h")
    for index in range(len(samples) - 1, -1, -1):
        if not low <= samples[index] <= high:
            return index + 1
    return 0


def first_sound(pcm: bytes, low: int = -_SOUND_LEVEL, high: int = _SOUND_LEVEL) -> int:
    """Return the index of the first sample that can be heard."""
    samples = memoryview(pcm).cast("h")
    return next((i for i, sample in enumerate(samples) if not low <= sample <= high), len(samples))
