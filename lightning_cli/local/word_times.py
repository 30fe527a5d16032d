"""Which part of a text was heard when: each piece with the engine's own word times, where it tells any; pure.

Which place in a text a place in its rewritten form came from; pure.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from lightning_cli.local.scripts import Run


class Mark(NamedTuple):
    """Say between which times, in seconds of the whole audio, the word at ``position`` of the text is heard."""

    position: int
    start_s: float
    end_s: float


class Said(NamedTuple):
    """Say from when to when the text from ``start`` to ``end`` is heard; ``marks`` None: the engine tells no words."""

    start: int
    end: int
    start_s: float
    end_s: float
    marks: tuple[Mark, ...] | None


class Placed(NamedTuple):
    """A piece of a run: the ``run``, where it begins in the text, and where the piece ``begins`` in its speech."""

    run: Run
    run_at: int
    begins: int
    length: int

    def said(self, spoken: str | None, marks: Sequence[Mark] | None, start_s: float, end_s: float) -> Said:
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
        return Said(self.run_at + (to_run(self.begins) if self.begins else 0), self.run_at + end, start_s, end_s, found)


_TOKENS = re.compile(r"\w+|\s+|.", re.DOTALL)
# Longer stretches that differ are not compared sign by sign: that takes time that grows with the square.
_LONGEST_CHARS = 400


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
    ours, theirs = _TOKENS.findall(before), _TOKENS.findall(after)
    found: list[tuple[int, int, bool]] = []
    for kind, a, b, c, d in _opcodes(ours, theirs):
        at, there = sum(map(len, ours[:a])), sum(map(len, theirs[:c]))
        old, new = "".join(ours[a:b]), "".join(theirs[c:d])
        if kind == "equal":
            found.append((at, there, True))
        elif old and new and len(old) + len(new) <= _LONGEST_CHARS:
            for part, i, _, k, m in _opcodes(old, new):
                if m > k:
                    found.append((_origin(before, at + i, part), there + k, part == "equal"))
        elif new:
            found.append((_origin(before, at, kind), there, False))
    return found


def _opcodes(before: Sequence[str], after: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()


def _origin(before: str, at: int, kind: str) -> int:
    """Find the sign that something added belongs to: the last one before it that is no space."""
    ahead = before[:at].rstrip() if kind == "insert" else ""
    return len(ahead) - 1 if ahead else min(at, max(len(before) - 1, 0))
