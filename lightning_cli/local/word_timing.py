"""When each word of a text is heard, by the engine's own events.

eSpeak NG tells where each word begins in its audio and where its sound ends, and so does the model of hibari by the
lengths of its phonemes. What is said otherwise than it stands in the text, letter by letter, is shared out.
"""

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lightning_cli.local.speech import word_event
from lightning_cli.local.word_times import SpokenPart, TimeMark, aligned
from lightning_cli.request import has_words

_WORD = re.compile(r"\S+")
# Chinese, Japanese, Thai, Lao, Burmese and Khmer put no spaces between words; there the engine says where one begins.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\U00020000-\U000323af]")
_LOUD = 131  # of 32767: the engine's own level of silence


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in the text, and where it begins there."""

    position: int
    word: str


class TimedWord(NamedTuple):
    """A word as it stands in the text, its place among all, and its time in seconds."""

    place: int
    word: str
    start_s: float
    end_s: float


def words_of(text: str) -> list[Word]:
    """Find the words of a text: what stands between spaces and has a letter or a digit."""
    return [Word(found.start(), found.group()) for found in _WORD.finditer(text) if has_words(found.group())]


def timed(words: Sequence[Word], marks: Sequence[TimeMark]) -> Iterator[tuple[Word, float, float]]:
    """Return each word its time by the engine's marks; ``marks`` and ``words`` count positions in the same text.

    A word said as several, such as a number, lasts from the first to the last of them. One that the engine said in one
    breath with the word before it shares the time of both, by letters.
    """
    words = [part for word in words for part in _unspaced(word, marks)]
    starts = [word.position for word in words]
    spans: list[tuple[float, float] | None] = [None] * len(words)
    for mark in marks if words else ():
        index = max(bisect_right(starts, mark.position) - 1, 0)
        begun = spans[index]
        spans[index] = (begun[0] if begun else mark.start_s, mark.end_s)
    groups: list[list[int]] = []
    for index, span in enumerate(spans):
        # Words before the first mark share with it.
        if groups and (span is None or all(spans[before] is None for before in groups[-1])):
            groups[-1].append(index)
        else:
            groups.append([index])
    for group in groups:
        span = next((spans[index] for index in group if spans[index] is not None), None)
        if span is not None:
            yield from _shared([words[index] for index in group], *span)


def _unspaced(word: Word, marks: Sequence[TimeMark]) -> Iterator[Word]:
    """Cut a word where the engine says that another begins, if its script puts no spaces there."""
    end = word.position + len(word.word)
    cuts = (
        {mark.position for mark in marks if word.position < mark.position < end} if _UNSPACED.search(word.word) else ()
    )
    edges = [word.position, *sorted(cuts), end]
    for first, last in itertools.pairwise(edges):
        part = word.word[first - word.position : last - word.position]
        if has_words(part):
            yield Word(first, part)


def _shared(words: Sequence[Word], start_s: float, end_s: float) -> Iterator[tuple[Word, float, float]]:
    """Share a time out among words, by letters."""
    letters = [max(1, sum(sign.isalnum() for sign in word.word)) for word in words]
    unit_s = (end_s - start_s) / max(1, sum(letters))
    for index, word in enumerate(words):
        yield word, start_s + sum(letters[:index]) * unit_s, start_s + sum(letters[: index + 1]) * unit_s


class WordClock:
    """Return the times of a text's words sentence by sentence, as they are spoken.

    ``text`` is what the words are looked for in, ``spoken`` what is said instead of it. ``has_guessed``: the times of
    some words were estimated. One thread at a time; loads numpy for estimates.
    """

    def __init__(self, text: str, spoken: str, sample_rate: int) -> None:
        self.has_guessed = False
        self._words = words_of(text)
        self._place_of = aligned(text, spoken)
        self._end, self._spoken_end = len(text), len(spoken)
        self._rate = sample_rate
        self._told = self._placed = 0
        self._heard_frames = 0

    def tell(self, at: int, pcm: bytes, said: Sequence[SpokenPart]) -> list[TimedWord]:
        """Take the next sentence: where it begins in what is spoken, its samples, and which part is heard when."""
        before_s, frames = self._heard_frames / self._rate, len(pcm) // 2
        self._heard_frames += frames
        told: list[TimedWord] = []
        for part in said:
            words = self._until(self._origin(at + part.end))
            if part.marks:
                marks = [mark._replace(position=self._origin(at + mark.position)) for mark in part.marks]
                times = timed(words, marks)
            else:
                self.has_guessed = self.has_guessed or bool(words)
                times = _shared(words, *self._audible(pcm, part))
            for word, start_s, end_s in times:
                told.append(TimedWord(self._told, word.word, self._at(before_s + start_s), self._at(before_s + end_s)))
                self._told += 1
        return told

    def _until(self, position: int) -> list[Word]:
        """Take the words that begin before a position."""
        first = self._placed
        while self._placed < len(self._words) and self._words[self._placed].position < position:
            self._placed += 1
        return self._words[first : self._placed]

    def _origin(self, position: int) -> int:
        return self._end if position >= self._spoken_end else self._place_of(position)

    def _at(self, seconds: float) -> float:
        """Return the time of the nearest sample that there is."""
        return round(min(round(seconds * self._rate), self._heard_frames) / self._rate, 6)

    def _audible(self, pcm: bytes, part: SpokenPart) -> tuple[float, float]:
        """Return where the sound of a part begins and ends."""
        import numpy as np  # with estimates alone

        first = round(part.start_s * self._rate)
        samples = np.frombuffer(pcm, "<i2")[first : round(part.end_s * self._rate)]
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > _LOUD)
        if not len(loud):
            return part.start_s, part.end_s
        return (first + int(loud[0])) / self._rate, (first + int(loud[-1]) + 1) / self._rate


class WordEvents:
    """The times of the words of one whole answer, as the events that stand before its end."""

    def __init__(self, clock: WordClock) -> None:
        self._clock = clock
        self._blocks: list[bytes] = []

    def add(self, block: bytes) -> None:
        """Take the next block of the answer's audio."""
        self._blocks.append(block)

    def events(self, said: Sequence[SpokenPart]) -> bytes:
        """Return the events, once all of the audio was added; ``said``: which part of the text is heard when."""
        return b"".join(word_event(*word) for word in self._clock.tell(0, b"".join(self._blocks), said))
