"""Advisory locks on small files: one holder at a time between threads and processes, told when it takes long.

A lock ends with its process. Where the file system has no locks the work goes on without one: at worst the same audio
is asked for twice, and each file still appears by rename, whole.
"""

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lightning_cli.errors import OutputError
from lightning_cli.sinks.base import register_cleanup, unregister_cleanup
from lightning_cli.system import file_lock

_POLL_S = (0.01, 0.25)
# How long a wait lasts before it is worth a word.
_TOLD_AFTER_S = 5.0
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}

Sleep = Callable[[float], None]
Notice = Callable[[str], None]


def no_notice(message: str) -> None:
    """Discard a message."""


@contextlib.contextmanager
def locked(
    path: Path,
    sleep: Sleep,
    notice: Notice = no_notice,
    *,
    mode: int = 0o600,
    unwritable: Callable[[OSError], OutputError] | None = None,
) -> Iterator[None]:
    """Lock the file ``path`` for the block, which is gone afterwards; its directory must exist.

    ``sleep`` waits between two looks at it and may raise to give up; ``notice`` is told once when the wait is long.
    Raises what ``unwritable`` gives when the file cannot be made, and ``OutputError`` when the system cannot lock it.
    """
    descriptor = _take(path, sleep, notice, lambda: _opened(path, mode, unwritable or _unwritable(path)))
    # A process that ends at once leaves no lock file either.
    register_cleanup(path.unlink)
    try:
        yield
    finally:
        unregister_cleanup(path.unlink)
        # Removed before it is let go: a waiter finds another file under the name, or none, and looks again.
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(descriptor)


def lock_beside(path: Path) -> Path:
    """Return the lock file of an output: beside it, so that runs with different caches exclude each other too."""
    return path.with_name(f".{path.name[:200]}.lock")


def try_lock(descriptor: int, path: Path) -> bool:
    """Lock an open file; False when another holds it, or when it is no longer the one under that name.

    Raises ``OutputError`` when the system cannot tell.
    """
    try:
        if not file_lock.try_lock(descriptor):
            return False
    except OSError as fault:
        if fault.errno in _NO_LOCKS:
            return True
        raise _unwritable(path)(fault) from fault
    try:
        return path.lstat().st_ino == os.fstat(descriptor).st_ino
    except OSError:
        return False


def check_plain(descriptor: int, path: Path) -> None:
    """Raise ``OSError`` unless an open file is a plain one."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, "it is not a plain file", str(path))


def is_unheld(descriptor: int) -> bool:
    """Return whether an open file is certainly locked by no other process; its lock is then held."""
    try:
        return file_lock.try_lock(descriptor)
    except OSError:
        return False


def _opened(path: Path, mode: int, unwritable: Callable[[OSError], OutputError]) -> int:
    """Open a lock file; a link or a pipe that was planted under the name is neither followed nor waited for."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags, mode)
        try:
            check_plain(descriptor, path)
        except OSError:
            os.close(descriptor)
            raise
    except OSError as fault:
        raise unwritable(fault) from fault
    return descriptor


def _unwritable(path: Path) -> Callable[[OSError], OutputError]:
    return lambda fault: OutputError(
        f"cannot lock {str(path)!r}: {fault.strerror or fault}", hint="check the disk, or choose another directory"
    )


def _take(path: Path, sleep: Sleep, notice: Notice, opened: Callable[[], int]) -> int:
    pause_s, longest_s = _POLL_S
    started, told = time.monotonic(), False
    while True:
        descriptor = opened()
        try:
            if try_lock(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if not told and time.monotonic() - started > _TOLD_AFTER_S:
            told = True
            notice(f"waiting for another run, which holds {str(path)!r}")
        sleep(pause_s)
        pause_s = min(pause_s * 1.5, longest_s)
