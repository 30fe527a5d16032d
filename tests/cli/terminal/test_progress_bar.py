"""The bar of a batch at a terminal."""

import os
import subprocess
from pathlib import Path

from support.batch_runs import (
    arguments,
    numbered,
    speaking,
)
from support.command_line import COMMAND, keyed


def test_a_terminal_gets_a_bar(tmp_path: Path) -> None:
    """On a terminal the run is one bar, gone at the end, and the closing lines; in a log it is plain lines."""
    source = numbered(tmp_path / "s.csv", 3)
    leader, follower = os.openpty()
    with speaking() as server:
        process = subprocess.Popen(
            (*COMMAND, *arguments(source, tmp_path, server)),
            env=keyed(TERM="xterm"),
            stdin=subprocess.DEVNULL,
            stderr=follower,
        )
        os.close(follower)
        shown = b""
        try:
            while piece := os.read(leader, 65536):
                shown += piece
        except OSError:
            pass  # the other side is closed
        assert process.wait(60) == 0
        os.close(leader)
    assert b"3/3" in shown
    assert b"[1/3]" not in shown
    assert b"built       3" in shown
