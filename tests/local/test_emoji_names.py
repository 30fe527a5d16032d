"""The names of emoji."""

import unicodedata

from lightning_cli.local.emoji_names import NAMES, ROLES, SEQUENCES


def test_each_entry_is_for_signs_of_the_database() -> None:
    """A key is a sign, or the signs that are joined; and no name says how the picture is drawn."""
    assert all(len(sign) == 1 and unicodedata.name(sign, "") for sign in NAMES | ROLES)
    assert all(len(signs) > 1 and all(unicodedata.name(sign, "") for sign in signs) for signs in SEQUENCES)
    assert not any(word in name.split() for name in NAMES.values() for word in ("sign", "symbol", "ornament", "heavy"))
