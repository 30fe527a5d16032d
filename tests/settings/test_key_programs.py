"""Programs and libraries that know the key, where they do not do as they should."""

import sys

import pytest

from lightning_cli.errors import ConfigError
from lightning_cli.settings import key_programs


def test_programs_that_know_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell of a program that does not take what it is told, and of a library that is missing."""
    with pytest.raises(ConfigError, match="it does not listen"):
        key_programs._run(["true"], "it", 30, bytes(1024 * 1024))
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match="keyring, which is not installed"):
        key_programs.keyring_get("key")
