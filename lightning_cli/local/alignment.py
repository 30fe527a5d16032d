"""Which place in a text a place in its rewritten form came from; pure."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

_TOKENS = re.compile(r"\w+|\s+|.", re.DOTALL)
# Longer stretches that differ are not compared sign by sign: that takes time that grows with the square.
_LONGEST_CHARS = 400


def aligned(before: str, after: str) -> Callable[[int], int]:
    """Give a function from positions in ``after`` to positions in ``before``.

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
    """Give where stretches begin in both texts, and whether they are the same, in the order of ``after``."""
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
