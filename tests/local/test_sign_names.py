"""What signs are called."""

import pytest

from lightning_cli.local.scripts import COMMON, classify
from lightning_cli.local.sign_names import character_name, sequence_name, spelled_out


def test_names_for_single_signs_and_sequences() -> None:
    """The functions behind it can be asked directly."""
    assert character_name("$") == "dollars"
    assert spelled_out("-4./x") == "minus, four, point, slash, X"
    assert sequence_name("🏳️‍🌈") == "rainbow flag"
    assert sequence_name("👩🏽‍💻") == "woman technologist medium skin tone"
    assert sequence_name("🧑‍🚀") == "astronaut"
    assert sequence_name("👨‍👩‍👧") == "family"
    assert sequence_name("🤷🏻‍♂️") == "man shrug light skin tone"
    assert character_name("☀") == "sun"
    assert character_name("⚕") == "medicine"
    assert character_name("✇") == "tape drive"
    assert spelled_out("བོ") == "tibetan letter ba, vowel sign o"
    assert character_name("\U000e0080").endswith("E 0 0 8 0")


@pytest.mark.parametrize(
    ("sign", "read"),
    [
        ("\uffe1", (COMMON, "£")),  # of full width
        ("\uffe5", (COMMON, "\u00a5")),
        ("\u2469", (COMMON, " 10 ")),  # a circled ten is not a digit to Python
        ("‰", (COMMON, "‰")),  # read in the words of its language
    ],
)
def test_signs_that_stand_for_others(sign: str, read: tuple[str, str]) -> None:
    """Money and numbers in another form are read as such; and a sign that has words passes."""
    assert classify(sign) == read
