"""Which part of a text was heard when: each piece with the engine's own word times, where it tells any; pure.

Which place in a text a place in its rewritten form came from; pure.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from lightning_cli.local.scripts import Run


class TimeMark(NamedTuple):
    """Return between which times, in seconds of the whole audio, the word at ``position`` of the text is heard."""

    position: int
    start_s: float
    end_s: float


class SpokenPart(NamedTuple):
    """Return when the text from ``start`` to ``end`` is heard; ``marks`` None: the engine reports no words."""

    start: int
    end: int
    start_s: float
    end_s: float
    marks: tuple[TimeMark, ...] | None


@dataclass(frozen=True, slots=True)
class PlacedPiece:
    """A piece of a run: the ``run``, where it begins in the text, and where the piece ``begins`` in its speech."""

    run: Run
    run_at: int
    begins: int
    length: int

    def said(self, spoken: str | None, marks: Sequence[TimeMark] | None, start_s: float, end_s: float) -> SpokenPart:
        """Lead back to the text; ``spoken`` is what the engine was given for the piece, if it is the piece's text."""
        to_run = aligned(self.run.source, self.run.spoken)
        piece = self.run.spoken[self.begins : self.begins + self.length]
        to_piece = aligned(piece, spoken or piece)
        is_last = self.begins + self.length >= len(self.run.spoken)
        end = len(self.run.source) if is_last else to_run(self.begins + self.length)
        found = None
        if marks is not None:
            found = tuple(
                mark._replace(position=self.run_at + to_run(self.begins + to_piece(mark.position))) for mark in marks
            )
        return SpokenPart(
            self.run_at + (to_run(self.begins) if self.begins else 0), self.run_at + end, start_s, end_s, found
        )


_TOKENS = re.compile(r"\w+|\s+|.", re.DOTALL)
# How far two texts are followed past a place where they differ, in words, then in signs inside what differs.
_FAR_TOKENS, _FAR_SIGNS = 120, 60


@lru_cache(maxsize=8)  # every piece of a run asks for the run's
def aligned(before: str, after: str) -> Callable[[int], int]:
    """Return a function from positions in ``after`` to positions in ``before``.

    What stands in both is matched exactly, what was put for something else leads to the start of that, and what was
    added leads to the sign before it.
    """
    if before == after:
        return lambda position: position
    starts, places, exact = [0], [0], [True]
    for before_at, after_at, is_same in _stretches(before, after):
        if after_at == starts[-1]:
            starts.pop(), places.pop(), exact.pop()
        starts.append(after_at)
        places.append(before_at)
        exact.append(is_same)

    def place_of(position: int) -> int:
        index = bisect_right(starts, position) - 1
        return places[index] + (position - starts[index] if exact[index] else 0)

    return place_of


def _stretches(before: str, after: str) -> list[tuple[int, int, bool]]:
    """Return where stretches begin in both texts, and whether they are the same, in the order of ``after``."""
    found: list[tuple[int, int, bool]] = []
    at = there = 0
    for ours, theirs, is_same in _paired(_TOKENS.findall(before), _TOKENS.findall(after), _FAR_TOKENS):
        old, new = "".join(ours), "".join(theirs)
        if is_same:
            found.append((at, there, True))
        elif old and new:
            found += _within(before, (old, new), at, there)
        elif new:
            found.append((_origin(before, at), there, False))
        at += len(old)
        there += len(new)
    return found


def _within(before: str, differing: tuple[str, str], at: int, there: int) -> Iterator[tuple[int, int, bool]]:
    """Do the same sign by sign for what differs."""
    old, new = differing
    for ours, theirs, is_same in _paired(old, new, _FAR_SIGNS):
        if theirs:
            yield (at if ours else _origin(before, at)), there, is_same
        at += len(ours)
        there += len(theirs)


def _paired(
    ours: Sequence[str], theirs: Sequence[str], far: int
) -> Iterator[tuple[Sequence[str], Sequence[str], bool]]:
    """Yield stretches of both, the same or not, in order.

    Where they differ, the nearest place at which they meet again is looked for, at most ``far`` items on: the time is
    proportional to the lengths, whatever the texts. Without such a place, that far is taken for different.
    """
    i = j = 0
    while i < len(ours) or j < len(theirs):
        start, there = i, j
        while i < len(ours) and j < len(theirs) and ours[i] == theirs[j]:
            i, j = i + 1, j + 1
        if i > start:
            yield ours[start:i], theirs[there:j], True
        elif i == len(ours) or j == len(theirs):
            yield ours[i:], theirs[j:], False
            return
        else:
            skipped, added = _meeting(ours[i : i + far], theirs[j : j + far])
            yield ours[i : i + skipped], theirs[j : j + added], False
            i, j = i + skipped, j + added


def _meeting(ours: Sequence[str], theirs: Sequence[str]) -> tuple[int, int]:
    """Return how many items of both to leave out so that they are the same again, as few as possible."""
    places: dict[str, int] = {}
    for place, item in enumerate(theirs):
        places.setdefault(item, place)
    best = (len(ours), len(theirs))
    for place, item in enumerate(ours):
        if place >= sum(best):
            break
        there = places.get(item)
        # Spaces are everywhere: they count where what follows them is the same too.
        if there is None or (item.isspace() and ours[place + 1 : place + 2] != theirs[there + 1 : there + 2]):
            continue
        best = min(best, (place, there), key=sum)
    return best


def _origin(before: str, at: int) -> int:
    """Find the sign that something added belongs to: the last one before it that is not a space."""
    place = at - 1
    while place >= 0 and before[place].isspace():
        place -= 1
    return place if place >= 0 else min(at, max(len(before) - 1, 0))
