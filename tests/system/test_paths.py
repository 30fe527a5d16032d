"""The directories are those that platformdirs names."""

from pathlib import Path

import platformdirs
import pytest

from lightning_cli.system import paths

NAMED = {"config": paths.config_dir, "cache": paths.cache_dir, "state": paths.state_dir}


@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("root", [None, "", "  ", "/somewhere/else", "not/absolute"])
def test_a_directory_is_the_platforms(monkeypatch: pytest.MonkeyPatch, kind: str, root: str | None) -> None:
    """The rule that is written out gives what platformdirs gives."""
    variable = f"XDG_{kind.upper()}_HOME"
    monkeypatch.delenv(variable, raising=False)
    if root is not None:
        monkeypatch.setenv(variable, root)
    expected = Path(getattr(platformdirs, f"user_{kind}_dir")("lightning-tts", appauthor=False))
    assert NAMED[kind]() == expected == Path(paths.directory_of(kind))


def test_the_runtime_directory_is_the_sessions_or_the_users_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A path that is not absolute counts for nothing, as the specification says."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert paths.runtime_dir() == tmp_path / "lightning-tts"
    monkeypatch.setenv("XDG_RUNTIME_DIR", "relative")
    assert paths.runtime_dir().name.startswith("lightning-tts-")


def test_the_configuration_is_the_named_one_even_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One that is named must be there; the usual one need not."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv(paths.CONFIG_VARIABLE, raising=False)
    assert paths.config_path() == tmp_path / "lightning-tts" / "config.toml"
    assert paths.existing_config() is None
    monkeypatch.setenv(paths.CONFIG_VARIABLE, str(tmp_path / "mine.toml"))
    assert paths.existing_config() == tmp_path / "mine.toml"
