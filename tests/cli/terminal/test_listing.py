"""Lists as they are written to a terminal."""

import os
import pty
import sys

import pytest

from lightning_cli.cli.terminal import listing
from lightning_cli.cli.terminal.console import Console


def test_an_empty_list_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No header stands over nothing."""
    master, slave = pty.openpty()
    with os.fdopen(master, "rb"), os.fdopen(slave, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", terminal)
        listing.write_list(Console(), ("id",), [])
        terminal.flush()
        os.set_blocking(master, False)
        with pytest.raises(BlockingIOError):
            os.read(master, 1)
