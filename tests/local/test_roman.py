"""The value of Roman numerals."""

import pytest

from lightning_cli.local.roman import roman


@pytest.mark.parametrize(("numeral", "value"), [("I", 1), ("iv", 4), ("XIX", 19), ("XLIV", 44), ("MCMXCIX", 1999)])
def test_values(numeral: str, value: int) -> None:
    """A smaller letter before a larger one is taken from it."""
    assert roman(numeral) == value
