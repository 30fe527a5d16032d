"""The layout of a text in subtitles: at most two lines of 42 columns, cut where a reader would pause.

Pure text; no times but a duration to judge readability by. Full-width characters take two columns, combining marks
none. Scripts written without spaces may break between characters, except before or behind marks that hold on to
their neighbour; everywhere else a word is never cut, so a word wider than a line makes its line wider.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lightning_cli.system.text_width import width

MAX_COLUMNS = 42
MAX_LINES = 2
# Below one second a cue cannot be read; beyond seven it is read twice (the usual rule of broadcasters).
_SHORTEST_S = 1.0
_LONGEST_S = 7.0
# Costs of ending a cue or line behind a unit; a cue's squared distance from an even share is the other cost.
_SENTENCE, _CLAUSE, _JOINT, _WORD = 0.0, 0.15, 0.6, 1.0
_UNEVEN = 1.5
_SENTENCE_ENDS = ".!?\u2026\u3002\uff01\uff1f\u0964\u0965\u061f\u06d4"
_CLAUSE_ENDS = ",;:)]}\u2014\u2013\uff0c\u3001\uff1b\uff1a\uff09\u300d\u300f\u060c\u061b"
_QUOTES = "\"'\u201d\u2019\u00bb\u203a"
_DASHES = frozenset({"-", "\u2013", "\u2014"})
# Words that open a clause in English; in other languages their absence costs nothing.
_OPENERS = frozenset("and but or because which that who when while where if so then than".split())
# Where lines of scripts without spaces may not begin or end (after JIS X 4051).
_NO_START = frozenset(
    "\u3001\u3002\uff0c\uff0e\uff1b\uff1a\uff1f\uff01\uff09\u300d\u300f\u3011\u300b\u3009\u3015\u2026\u30fc\u3005"
    "\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7"
    ")]},.!?;:\u201d\u2019%"
)
_NO_END = frozenset("\uff08\u300c\u300e\u3010\u300a\u3008\u3014([{\u201c\u2018$\uffe5")
_HANGUL = range(0xAC00, 0xD7A4)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that is never cut: a word, or a character of a script without spaces.

    ``at`` counts the characters before it, white space aside; ``columns`` is its width; ``cost`` is that of a cut
    behind it.
    """

    text: str
    spaced: bool
    at: int
    columns: int
    cost: float


@dataclass(frozen=True, slots=True)
class CuePiece:
    """The units of one cue (``first`` to before ``last``), and its lines."""

    first: int
    last: int
    lines: tuple[str, ...]


def units_of(text: str) -> list[Unit]:
    """Cut a text into what is never cut further."""
    words = [_characters(word) for word in text.split()]
    parts = [(part, not number) for word in words for number, part in enumerate(word)]
    units: list[Unit] = []
    at = 0
    for number, (part, spaced) in enumerate(parts, start=1):
        after = parts[number][0] if number < len(parts) else ""
        units.append(Unit(part, spaced, at, width(part), _cost(part, after)))
        at += len(part)
    return units


def joined(units: Sequence[Unit]) -> str:
    """Return the text of units, with one space where the text had some."""
    return "".join(f" {unit.text}" if unit.spaced and number else unit.text for number, unit in enumerate(units))


def laid_out(units: Sequence[Unit], duration_s: float) -> list[CuePiece]:
    """Cut the units of one segment into cues: one if they fit, else as even, readable and well cut as can be."""
    if not units:
        return []
    widths = _Widths(units)
    count = len(units)
    if widths.reach(0) == count:
        return [CuePiece(0, count, _lines(units, widths, 0, count))]
    total = widths.of(0, count)
    share = total / max(-(-total // (MAX_LINES * MAX_COLUMNS)), -(-duration_s // _LONGEST_S))
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * count
    for first in range(count):
        for last in range(first + 1, widths.reach(first) + 1):
            columns = widths.of(first, last)
            cost = best[first][0] + _UNEVEN * ((columns - share) / share) ** 2 + units[last - 1].cost
            cost += max(0.0, _SHORTEST_S - duration_s * columns / total) if duration_s else 0.0
            best[last] = min(best[last], (cost, first))
    pieces: list[CuePiece] = []
    last = count
    while last:
        first = best[last][1]
        pieces.append(CuePiece(first, last, _lines(units, widths, first, last)))
        last = first
    return pieces[::-1]


class _Widths:
    """Widths of runs of units, spaces between them included."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._units = units
        self._ends = [0]
        for unit in units:
            self._ends.append(self._ends[-1] + unit.columns + unit.spaced)

    def of(self, first: int, last: int) -> int:
        return self._ends[last] - self._ends[first] - self._units[first].spaced

    def line_end(self, first: int) -> int:
        """Return where a line from ``first`` must end; one unit is always on it."""
        last = first + 1
        while last < len(self._units) and self.of(first, last + 1) <= MAX_COLUMNS:
            last += 1
        return last

    def reach(self, first: int) -> int:
        """Return where a cue from ``first`` must end."""
        for _ in range(MAX_LINES):
            if first < len(self._units):
                first = self.line_end(first)
        return first


def _lines(units: Sequence[Unit], widths: _Widths, first: int, last: int) -> tuple[str, ...]:
    """Break a cue into lines: balanced, at clause ends rather than between words, the lower one rather the longer."""
    if widths.line_end(first) >= last:
        return (joined(units[first:last]),)

    def cost(middle: int) -> float:
        upper, lower = widths.of(first, middle), widths.of(middle, last)
        return abs(upper - lower) / MAX_COLUMNS + units[middle - 1].cost / 2 + (upper > lower) / 20

    breaks = [middle for middle in range(first + 1, last) if _fits(widths, first, middle, last)]
    middle = min(breaks, key=cost)
    return joined(units[first:middle]), joined(units[middle:last])


def _fits(widths: _Widths, first: int, middle: int, last: int) -> bool:
    return widths.line_end(first) >= middle and widths.line_end(middle) >= last


def _characters(word: str) -> list[str]:
    """Cut a word where scripts without spaces allow it."""
    parts = [word[0]]
    for before, after in pairwise(word):
        between = (_is_spaceless(before) or _is_spaceless(after)) and unicodedata.category(after)[0] != "M"
        if between and after not in _NO_START and before not in _NO_END and "\u200d" not in {before, after}:
            parts.append(after)
        else:
            parts[-1] += after
    return parts


def _is_spaceless(character: str) -> bool:
    wide = unicodedata.east_asian_width(character) in "WF" and ord(character) not in _HANGUL
    return wide and unicodedata.category(character)[0] in "LNP"


def _cost(part: str, after: str) -> float:
    inner = part.rstrip(_QUOTES)
    if not after or inner[-1:] in _SENTENCE_ENDS:
        return _SENTENCE
    if inner[-1:] in _CLAUSE_ENDS or part in _DASHES:
        return _CLAUSE
    return _JOINT if after.lower() in _OPENERS else _WORD
