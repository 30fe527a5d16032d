"""Codes, and formulas of substances."""

import pytest

from lightning_cli.local.english import read_english


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fixed in 4f3c2a1", "fixed in four F three C two A one"),
        ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "nine F eight six D zero eight and so on"),
        ("550e8400-e29b-41d4-a716-446655440000", "five five zero E and so on"),
        ("aGVsbG8gd29ybGQgMTIzNDU2Nzg5MCBoZWxsbyB3b3JsZA==", "a long code"),
        ("#FF5733", "hash F F five seven three three"),
        ("NaCl", "N A C L"),
        ("Fe2O3", "F E 2 O 3"),
        ("2H2O", "2 H 2 O"),
        ("Ca(OH)2", "C A O H 2"),
        ("Na+ ions", "N A plus ions"),
        ("the SO4^2- ion", "the S O 4 2 minus ion"),
        ("^14C", "14 C"),
        ("OH- and NO3-", "O H minus and N O 3 minus"),
        ("#ffaa00 and #aabbcc", "hash F F A A zero zero and hash A A B B C C"),
    ],
)
def test_codes_are_spelled_and_long_ones_named(text: str, words: str) -> None:
    """Of a long one the beginning is said."""
    assert read_english(text) == words


@pytest.mark.parametrize(
    "text",
    "decades effaced defaced2 1234567 the-quick-brown-fox-jumps-over-lazy-dogs-2024 No- In- C+ "
    "MODEL-X1234-SuperLongProductName-edition "
    "getTheLongestNameOfAllFunctions X2Y Bob2 UK- Bi- Co- COP26 #facade #decade".split(),
)
def test_words_are_left_as_they_are(text: str) -> None:
    """What only looks like a code is no code."""
    assert read_english(f"{text} is here") == f"{text} is here"
