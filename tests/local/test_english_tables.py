"""The tables of English words: every entry can be said, and those that belong together are complete."""

import re

import pytest

from lightning_cli.local import english_tables as tables

OF_WORDS = {
    name: table
    for name, table in vars(tables).items()
    if name.isupper() and isinstance(table, dict) and all(isinstance(word, str) for word in table.values())
}


@pytest.mark.parametrize("name", OF_WORDS)
def test_a_word_is_one_that_can_be_said(name: str) -> None:
    """No sign is left in it that would have to be read again, and no entry fell together with its neighbour."""
    for key, word in OF_WORDS[name].items():
        assert key == key.strip() != ""
        assert re.fullmatch(r"[\w .,'-]*", word), (key, word)


@pytest.mark.parametrize("name", ["CURRENCIES", "CURRENCY_CODES"])
def test_a_currency_has_one_and_many_and_perhaps_hundredths(name: str) -> None:
    """Two words, or four."""
    for sign, names in getattr(tables, name).items():
        assert len(names) in {2, 4}, sign
        assert all(names), sign


def test_lengths_are_units() -> None:
    """What can be squared is a unit."""
    assert set(tables.UNITS) >= tables.LENGTHS
    assert set(tables.UNITS) >= tables.NEVER_PLAIN
