"""What engines leave out, put so that they say it."""

import pytest

from lightning_cli.local.espeak import shared
from lightning_cli.local.spoken import for_espeak, for_neural

ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéñüŁ")


def neural(text: str) -> str:
    """Rewrite for hibari, which knows one long word."""
    return " ".join(for_neural(text, ALPHABET, lambda word: word.startswith("super")).split())


def espeak(text: str, language: str) -> str:
    """Rewrite for eSpeak NG as it is installed."""
    return " ".join(for_espeak(text, language, lambda symbol: shared().reads(symbol, language)).split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](b)", "[a] (b)"),
        ("1,2,3 and 1,234,567", "1, 2, 3 and 1,234,567"),
        ("12345678901234567", "1 2 3, 4 5 6, 7 8 9, 0 1 2, 3 4 5, 6 7"),
        ("123456789012345", "123456789012345"),
        ("pay $ now, or $5", "pay dollars now, or $5"),
        ("ễ é Ł", "e é Ł"),
        ("a" * 30, "aaaaaaaaaaaa aaaaaaaaaaaa aaaaaa"),
        ("super" * 6, "super" * 6),
        ("Plain text, $3.50 (really)!", "Plain text, $3.50 (really)!"),
    ],
)
def test_english_for_hibari(text: str, expected: str) -> None:
    """Each rule, and text that needs none."""
    assert neural(text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("₹500 दो", "hi", "500 रुपये दो"),
        ("20°", "ru", "20 градусов"),
        ("€5", "zh", "5欧元"),
        ("5 € y $3", "es", "5 euros y 3 dólares"),
        ("₹5", "es", "5 rupias"),
        ("a < b", "es", "a menor que b"),
        ("3.5%", "ar", "3.5 بالمئة"),
        ("英雄", "zh", "英西喁"),
        ("שָׁלוֹם", "he", "שלום"),
        ("Nguyễn", "de", "Nguyen"),
        ("Nguyễn", "vi", "Nguyễn"),
    ],
)
def test_runs_for_espeak(text: str, language: str, expected: str) -> None:
    """Symbols it is silent for become words, in the language where there is one."""
    assert espeak(text, language) == expected
