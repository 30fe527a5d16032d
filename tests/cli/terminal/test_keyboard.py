"""Terminals that are gone, and keys that are not wanted."""

import os
import pty
from pathlib import Path

import pytest

from lightning_cli.cli.terminal import keyboard as remote_terminal
from lightning_cli.cli.terminal.keyboard import Keyboard, open_keyboard


def test_terminals_that_are_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is read or set; what was typed counts as given back on systems that do not tell whether it can be."""
    master, slave = pty.openpty()
    keyboard = Keyboard(slave, owns=True)
    assert keyboard.take()
    os.close(master)
    assert keyboard.read() == b""
    assert not keyboard.in_foreground()
    assert (keyboard.is_taken, keyboard.is_usable) == (False, True)
    keyboard.close()
    monkeypatch.setattr(remote_terminal, "_LEGACY_TIOCSTI", tmp_path / "nothing")
    assert remote_terminal._can_return()


@pytest.mark.parametrize("wanted", [False, None])
def test_keys_that_nobody_wants(*, wanted: bool | None) -> None:
    """Where standard input is not a terminal the process's own is opened only on request."""
    assert open_keyboard(wanted=wanted, text_on_stdin=False) is None
