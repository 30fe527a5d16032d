"""Cut bytes or text in pieces, as a network or a writer would."""

import re
from itertools import pairwise
from typing import TypeVar

from hypothesis import strategies as st

Text = TypeVar("Text", bytes, str)
places = st.lists(st.integers(0, 5000), max_size=12)


def cut(whole: Text, where: list[int], unit: int = 1) -> list[Text]:
    """Cut at the given places, wherever they fall, in whole units; pieces may be empty."""
    edges = [0, *sorted(place % (len(whole) // unit + 1) * unit for place in where), len(whole)]
    return [whole[start:stop] for start, stop in pairwise(edges)]


def singles(whole: Text) -> list[Text]:
    """Cut everywhere."""
    return [whole[at : at + 1] for at in range(len(whole))]


def words_of(whole: str) -> list[str]:
    """Cut into words with the white space behind them."""
    return re.findall(r"\S+\s*|\s+", whole)
