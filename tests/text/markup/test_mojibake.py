"""Texts that were decoded twice, and those that only look so."""

import pytest

from lightning_cli.text.markup.mojibake import MojibakeFilter

GOOD = "We shouldn\u2019t wait \u2013 it\u2019s \u20ac5 at the caf\u00e9."


def repaired(source: str, size: int) -> str:
    """Repair a text in pieces."""
    mojibake = MojibakeFilter()
    pieces = [mojibake.feed(source[at : at + size]) for at in range(0, len(source), size)]
    return "".join(pieces) + mojibake.finish()


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_damage_is_undone(size: int) -> None:
    """UTF-8 that was taken for windows-1252 is read as what it was; the lines around it stay."""
    seen = GOOD.encode().decode("cp1252")
    assert repaired(f"Caf\u00e9.\n{seen}\nCaf\u00e9.", size) == f"Caf\u00e9.\n{GOOD}\nCaf\u00e9."


@pytest.mark.parametrize("text", ["CAF\u00c9\u2122", "\u00ab\u00e9t\u00e9\u00bb\u2026", "\u00c5ngstr\u00f6m, \u00e0"])
def test_what_is_right_stays(text: str) -> None:
    """Capitals before a trade mark and closing quotes after an accent are not damaged."""
    assert repaired(text, 1) == repaired(text, 100) == text
