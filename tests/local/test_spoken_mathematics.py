"""Operators between digits become words, and only there."""

import pytest

from lightning_cli.local.spoken import read_operators


@pytest.mark.parametrize(
    ("text", "language", "spoken"),
    [
        ("3*4=12", "en", "3 times 4 equals 12"),
        ("3 x 4", None, "3 times 4"),
        ("2^8 and 2**8", "en", "2 to the power of 8 and 2 to the power of 8"),
        ("10 / 2, 10÷2", "en", "10 divided by 2, 10 divided by 2"),
        ("7 - 5 but 5-3 and 1/2 stay", "en", "7 minus 5 but 5-3 and 1/2 stay"),
        ("(1+2)*(3+4)", "en", "(1 plus 2) times (3 plus 4)"),
        ("2+2=4", "hi", "2 प्लस 2 बराबर 4"),
        ("2+2=4", "mr", "2 अधिक 2 बरोबर 4"),
        ("2+2=4", "de", "2 plus 2 equals 4"),
        ("a + b, x*y, C++ and 3x", "en", "a + b, x*y, C++ and 3x"),
    ],
)
def test_operators(text: str, language: str | None, spoken: str) -> None:
    """Read what the service is documented to read."""
    assert read_operators(text, language) == spoken
