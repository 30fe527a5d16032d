"""The lock on a file: one holder, no lock where there is none, and the end of the process ends it."""

import errno
import fcntl
import os
import sys
from pathlib import Path

import pytest

from lightning_cli.system.file_lock import locked, try_lock


def test_one_holder(tmp_path: Path) -> None:
    """Refuse a second holder, and lock again once the first has closed its file."""
    path = tmp_path / "lock"
    first, second = (os.open(path, os.O_RDWR | os.O_CREAT) for _ in range(2))
    assert try_lock(first)
    assert not try_lock(second)
    with locked(path, 0.0) as held:
        assert not held
    os.close(first)
    assert try_lock(second)
    os.close(second)
    with locked(path, 0.0) as held:
        assert held


def test_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Continue without a lock where the directory, the file system or the system has none."""
    with locked(tmp_path / "lock", 0.0) as held:
        assert held
    with locked(tmp_path / "lock" / "below", 0.0) as held:
        assert not held

    def fails(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", fails)
    with locked(tmp_path / "lock", 5.0) as held:
        assert not held
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with locked(tmp_path / "lock", 5.0) as held:
        assert not held
