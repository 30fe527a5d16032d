"""`config edit`: drafts that are given up, editors that are missing, disks that are full."""

import io
import sys
from pathlib import Path

import pytest
from support.command_line import refusal_of, run_here
from support.config_files import configure
from support.size_limits import files_of

from lightning_cli.cli.config import config_edit
from lightning_cli.errors import ConfigError


def test_an_edit_that_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anything but Enter leaves the file as it was; Enter opens the draft again."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "no toml" >> "$1"\n')
    editor.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(editor))
    monkeypatch.setattr(config_edit, "is_terminal", lambda _: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\nn\n"))
    path = configure('voice = "sophia"\n')
    fault = refusal_of("config", "edit")
    assert isinstance(fault, ConfigError)
    assert "is unchanged" in fault.message
    assert path.read_text() == 'voice = "sophia"\n'
    assert capsys.readouterr().err.count("Enter opens it again") == 2


def test_a_draft_that_finds_no_room(tmp_path: Path) -> None:
    """It is an error that leaves no part of it behind."""
    with files_of(10), pytest.raises(ConfigError, match="cannot be written"):
        config_edit.draft_of(tmp_path / "config.toml", bytes(1000))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "taken.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        config_edit.save(tmp_path / "taken.toml", b"", None)


def test_an_editor_that_is_not_there_leaves_no_draft(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep a draft only where something could have been written in it."""
    directory = configure("voice = 'heart'\n").parent
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "/no/such/editor --wait")
    with pytest.raises(ConfigError, match=r"the editor /no/such/editor cannot be run \(no such program\)"):
        run_here("config", "edit")
    assert [path.name for path in directory.iterdir()] == ["config.toml"]
    broken = tmp_path / "editor"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(broken))
    with pytest.raises(ConfigError, match="cannot be run"):
        run_here("config", "edit")
