"""When each word of a sentence is heard, estimated from the length of its phonemes.

The engines tell no times through their common door: a sentence's audible part is shared out by what each word's
phonemes are, from eSpeak NG where it is installed, else by letters.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lightning_cli.errors import EngineError
from lightning_cli.local import espeak
from lightning_cli.local.catalogue import ENGLISH, espeak_installed

_WORD = re.compile(r"\S+")
_MARKS = "\u02c8\u02cc"
_LONG = "\u02d0"
# A pause at a mark counts as so many phonemes.
_PAUSES = {",": 2, ";": 2, ":": 2}


class TimedWord(NamedTuple):
    """Hold a word as it stands in the text, its place among all, and its time in seconds."""

    place: int
    word: str
    start_s: float
    end_s: float


def timed_words(
    sentence: str, language: str | None, first_index: int, start_s: float, end_s: float
) -> Iterator[TimedWord]:
    """Share ``start_s`` to ``end_s`` out among the words; may wait for eSpeak NG's lock."""
    words = [word for word in _WORD.findall(sentence) if any(sign.isalnum() for sign in word)]
    lengths = [_length(word, language or ENGLISH) for word in words]
    pauses = [_PAUSES.get(word[-1], 0) for word in words]
    unit_s = (end_s - start_s) / max(1, sum(lengths) + sum(pauses[:-1]))
    at = start_s
    for index, (word, length, pause) in enumerate(zip(words, lengths, pauses, strict=True)):
        until = at + length * unit_s
        yield TimedWord(first_index + index, word, round(at, 3), round(min(until, end_s), 3))
        at = until + pause * unit_s


def _length(word: str, language: str) -> int:
    if espeak_installed():
        try:
            said = espeak.shared().phonemes(word, language)
        except EngineError:
            said = ""
        length = sum(1 + (sign == _LONG) for sign in said if sign.isalpha() and sign not in _MARKS)
        if length:
            return length
    return max(1, sum(sign.isalnum() for sign in word))
