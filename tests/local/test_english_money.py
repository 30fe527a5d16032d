"""Amounts of money in English; the table of readings has every shape of them."""

import pytest

from lightning_cli.local.english import read_english
from lightning_cli.local.english_money import indian


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a $5 bill", "a 5 dollar bill"),
        ("the €20 note and the $5 million deal", "the 20 euro note and the 5 million dollar deal"),
        ("a $5.50 fee", "a 5 dollar and 50 cent fee"),
        ("the $5 is mine", "the 5 dollars is mine"),
        ("for a $10 or more", "for a 10 dollars or more"),
        ("a $100-million fund", "a 100 million dollar fund"),
        ("NT$300 or 1,5 Mio. €", "300 New Taiwan dollars or 1 point five million euros"),
    ],
)
def test_amounts(text: str, said: str) -> None:
    """One for an adjective, many for what is paid."""
    assert read_english(text) == said


def test_lakhs_and_crores() -> None:
    """Groups of two are Indian; others are not."""
    assert indian("1,25,00,000") == "1 crore 25 lakh"
    assert indian("1,250,000") is None
