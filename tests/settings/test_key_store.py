"""Places where a key cannot be stored, replaced or removed."""

import os

import pytest

from lightning_cli.errors import ConfigError
from lightning_cli.settings import key_store
from lightning_cli.settings.key_store import remove_key, store_key
from lightning_cli.settings.keys import stored_path


def test_a_directory_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is not stored there."""
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    with pytest.raises(ConfigError, match="belongs to another user"):
        key_store.store_key("x" * 20, None, in_keyring=False)


def test_a_directory_in_the_place_of_the_key() -> None:
    """Neither replace nor remove it, and hint no command that would not either."""
    (stored_path(None) / "below").mkdir(parents=True)
    for refused in (
        lambda: store_key("x" * 20, None, in_keyring=False),
        lambda: remove_key(None, look_in_keyring=False),
    ):
        with pytest.raises(ConfigError) as told:
            refused()
        assert told.value.hint == "remove it by hand"
