"""The directories are those that platformdirs names."""

import os
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
    monkeypatch.setattr(paths, "_SESSIONS", str(tmp_path / "nowhere"))
    assert paths.runtime_dir().name.startswith("lightning-tts-")


def test_cron_finds_the_directory_of_the_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the variable it is the one that systemd has made, if it is this user's."""
    session = tmp_path / str(os.getuid())
    session.mkdir(mode=0o700)
    monkeypatch.setattr(paths, "_SESSIONS", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert paths.runtime_dir() == session / "lightning-tts"
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    (tmp_path / "4000000").mkdir()
    assert paths.runtime_dir().name == "lightning-tts-4000000"


def test_a_runtime_directory_that_others_could_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Refuse one that others can enter, that is another's, and a link."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert paths.private_runtime_dir().stat().st_mode & 0o777 == 0o700
    (tmp_path / "lightning-tts").chmod(0o770)
    with pytest.raises(paths.NotPrivate, match="can be entered by other users"):
        paths.private_runtime_dir()
    (tmp_path / "lightning-tts").rmdir()
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "lightning-tts").symlink_to(tmp_path / "real")
    with pytest.raises(paths.NotPrivate):
        paths.private_runtime_dir()
    (tmp_path / "lightning-tts").unlink()
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    with pytest.raises(paths.NotPrivate, match="belongs to another user"):
        paths.private_runtime_dir()


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
