"""The advisory lock on a file: one holder at a time, and it ends with its process, however that ends."""

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

from lightning_cli.system.small_files import make_private

_POLL_S = 0.05


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file; return False when another holds it. Holders of a ``shared`` lock share it with each other.

    Raises ``OSError`` where locks are not to be had: on some systems, and on some network file systems.
    """
    try:
        import fcntl
    except ImportError as fault:  # pragma: no cover - the tests run on Linux
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from fault
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def locked(path: Path, wait_s: float) -> Iterator[bool]:
    """Lock the file ``path`` for the block; the file stays.

    Yields False, and the block runs without the lock, when it takes over ``wait_s`` or there are no locks.
    """
    try:
        make_private(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield False
        return
    try:
        yield _is_taken(descriptor, wait_s)
    finally:
        os.close(descriptor)


def _is_taken(descriptor: int, wait_s: float) -> bool:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            if try_lock(descriptor):
                return True
        except OSError:
            return False
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            return False
        time.sleep(min(_POLL_S, left_s))
