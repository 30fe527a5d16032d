"""Cut a run into pieces an engine computes in one go; pure.

hibari computes a sentence whole, and 600 words without a full stop took it 6.4 s. Pieces are the sentences that the
client's own segmenter sees, so that what it has cut is not cut again; a longer one is cut at clauses, words, and at
last inside a word. The pieces joined are the text. The time is proportional to the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from lightning_cli.text.segmenter import sentences_of

# More than the client's longest sentence, so that what it has cut is not cut again; hibari computes it in 0.15 s.
LIMIT_CHARS = 300
# The first piece is heard last of all to wait for; a clause of this length costs hibari about 60 ms.
FIRST_LIMIT_CHARS = 110
_SHORTEST_CLAUSE_CHARS = 30
_CLOSERS = "\"')\\]»\u2019\u201d"
# Full stops of Latin, Indic and Arabic scripts, then those of Chinese and Japanese.
_SENTENCE_END = re.compile(rf"[.!?…।॥؟\u06d4።。\uff01\uff1f][{_CLOSERS}”』」\uff09]*\Z")
_CLAUSE_END = re.compile(rf"(?:[,;:—\u2013،؛፣]+[{_CLOSERS}]*(?=\s)|[\uff0c、\uff1b\uff1a])\s*")
_WORD_END = re.compile(r"\s+")
# As much of the end of a piece as tells what it ends with.
_TAIL_CHARS = 12


class Ending(Enum):
    """What a piece ends with; it decides how long the pause after it may be."""

    PARAGRAPH = "paragraph"
    SENTENCE = "sentence"
    CLAUSE = "clause"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a run and what it ends with."""

    text: str
    ending: Ending


def pieces(
    text: str, *, limit_chars: int = LIMIT_CHARS, first_limit_chars: int | None = None, language: str = "en"
) -> Iterator[Chunk]:
    """Cut ``text``; the first piece keeps to ``first_limit_chars`` when that is given."""
    limit = first_limit_chars or limit_chars
    for sentence in sentences_of(text, language=language):
        start, end = 0, len(sentence.rstrip())
        while end - start > limit:
            cut, ending = _cut(sentence, start, limit)
            yield Chunk(sentence[start:cut], ending)
            start, limit = cut, limit_chars
        rest = sentence[start:]
        yield Chunk(rest, _ending(rest))
        limit = limit_chars


def _ending(text: str) -> Ending:
    space = text[len(text.rstrip()) :]
    if space.count("\n") > 1:
        return Ending.PARAGRAPH
    if "\n" in space:
        return Ending.SENTENCE
    tail = text.rstrip()[-_TAIL_CHARS:]
    if _SENTENCE_END.search(tail):
        return Ending.SENTENCE
    ends = [found.end() for found in _CLAUSE_END.finditer(tail + " ")]
    return Ending.CLAUSE if ends and ends[-1] > len(tail) else Ending.WORD


def _cut(text: str, start: int, limit: int) -> tuple[int, Ending]:
    """Find where to cut so that at most ``limit`` characters come before, besides the white space at the cut."""
    shortest = min(_SHORTEST_CLAUSE_CHARS, limit // 2)
    first = _after_space(text, start)
    if first >= start + limit:
        return first, Ending.WORD
    # One sign more, so that white space right behind the limit is seen.
    window_end = start + limit + 1
    for pattern, ending in ((_CLAUSE_END, Ending.CLAUSE), (_WORD_END, Ending.WORD)):
        cut = 0
        for found in pattern.finditer(text, start, window_end):
            if len(found.group().rstrip()) + found.start() > start + limit:
                break
            if found.start() - start >= shortest or (ending is Ending.WORD and found.start() > start):
                cut = found.end()
        if cut:
            return _after_space(text, cut), ending
    return _between_letters(text, start, start + limit), Ending.WORD


def _after_space(text: str, at: int) -> int:
    found = _WORD_END.match(text, at)
    return found.end() if found else at


def _between_letters(text: str, start: int, cut: int) -> int:
    """Move a cut back so that it parts no letter from its marks."""
    moved = cut
    while moved > start + 1 and (unicodedata.category(text[moved])[0] == "M" or text[moved - 1] == "\u200d"):
        moved -= 1
    return moved if moved > start + 1 else cut
