"""Numbers of telephones, fractions, scores and prices for one, in other languages."""

import pytest

from lightning_cli.local.native_numbers import read_german_years, read_numbers


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("hi", "9876543210", "9 8 7 6 5, 4 3 2 1 0"),
        ("hi", "+91 98765 43210", "+ 9 1, 9 8 7 6 5, 4 3 2 1 0"),
        ("ko", "010-1234-5678", "0 1 0, 1 2 3 4, 5 6 7 8"),
        ("de", "Tel. 030 1234567", "Tel. 0 3 0, 1 2 3 4 5 6 7"),
        ("ru", "8 (495) 123-45-67", "8, 4 9 5, 1 2 3, 4 5, 6 7"),
        ("zh", "电话13812345678", "电话1 3 8 1, 2 3 4 5, 6 7 8"),
        ("zh", "2/5", "5分之2"),
        ("es", "1/2 litro y 15/8", "medio litro y 15 8"),
        ("fr", "3:2, 10:30", "3 à 2, 10:30"),
        ("de", "10 €/Monat", "10 € pro Monat"),
        ("pt", "5 reais/kg", "5 reais por kg"),
        ("de", "10000000000 und 1,5", "10000000000 und 1,5"),
    ],
)
def test_numbers(language: str, text: str, said: str) -> None:
    """Each kind, for a voice that has no word for a slash."""
    assert read_numbers(text, language, lambda _: False) == said


def test_years_in_german() -> None:
    """From eleven hundred to nineteen hundred ninety nine, and no amount with groups or a point."""
    assert read_german_years("1990, 1805 und 1900; 2024, 1.990, 1990,5") == (
        "neunzehnhundert 90, achtzehnhundert 5 und neunzehnhundert; 2024, 1.990, 1990,5"
    )
