"""Locks between threads and processes: told when they take long, ended by faults, never a way through a link."""

import errno
import fcntl
import os
import time
from pathlib import Path

import pytest

from lightning_cli.errors import OutputError
from lightning_cli.narration import file_locks
from lightning_cli.narration.file_locks import lock_beside, locked, try_lock
from lightning_cli.sinks.base import undo_all


def _never(seconds: float) -> None:
    pytest.fail(f"it waits for {seconds} s")


def test_a_lock_file_that_has_gone_is_no_lock(tmp_path: Path) -> None:
    """A lock file that was opened just before its holder removed it is not a lock, also when there is a new one."""
    path = tmp_path / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        path.unlink()
        assert not try_lock(descriptor, path)
        path.touch()
        assert not try_lock(descriptor, path)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("code", [errno.EIO, errno.EINVAL, errno.EBADF])
def test_a_fault_ends_the_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """A lock that the system cannot give is not waited for: the fault is told."""

    def fails(descriptor: int, operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", fails)
    with pytest.raises(OutputError, match="cannot lock"), locked(tmp_path / "lock", _never):
        pass


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOTSUP])
def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """The work goes on without one."""

    def fails(descriptor: int, operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", fails)
    with locked(tmp_path / "lock", _never):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_long_wait_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the file that is waited for, after five seconds."""
    path = lock_beside(tmp_path / "a.wav")
    now = [0.0]
    told: list[str] = []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def sleep(seconds: float) -> None:
        now[0] += 2.0
        if now[0] > 20:
            raise TimeoutError

    with locked(path, time.sleep), pytest.raises(TimeoutError), locked(path, sleep, told.append):
        pass
    assert told == [f"waiting for another run, which holds {str(path)!r}"]
    with locked(path, _never, told.append):
        assert path.stat().st_mode & 0o777 == 0o600
    assert len(told) == 1
    assert not path.exists()


def test_a_process_that_ends_leaves_none(tmp_path: Path) -> None:
    """What ends the process removes the lock files that are held."""
    with locked(tmp_path / "lock", _never):
        assert (tmp_path / "lock").exists()
        undo_all()
        assert not (tmp_path / "lock").exists()


def test_what_was_planted_under_the_name(tmp_path: Path) -> None:
    """A link is not followed, a pipe not waited for."""
    (tmp_path / "link").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(OutputError, match=r"link|plain"), locked(tmp_path / name, _never):
            pass
    assert not (tmp_path / "target").exists()
    assert file_locks.lock_beside(tmp_path / ("x" * 255)).name.startswith(".xxx")
