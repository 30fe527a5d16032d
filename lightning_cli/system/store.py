"""Small JSON files in the directories of ``paths``: read if they are good, replaced whole, locked.

Nothing here raises: what cannot be read counts as absent, what cannot be written is reported by False.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from lightning_cli.system.small_files import read_small, replace_private

_LIMIT_BYTES = 32 * 1024 * 1024
_LOCK_POLL_S = 0.05


def read_json(path: Path) -> object:
    """Return the parsed file; None when it is absent, unreadable, too big or not JSON."""
    try:
        return json.loads(read_small(path, _LIMIT_BYTES, own=True))
    except (OSError, ValueError, RecursionError):
        return None


def write_json(path: Path, value: object) -> bool:
    """Replace a file by ``value``, so that a reader sees the old or the new one and nothing between.

    Returns False when that was not possible; the old file is then as it was.
    """
    try:
        replace_private(path, json.dumps(value, separators=(",", ":")).encode("ascii"))
    except OSError:
        return False
    return True


@contextlib.contextmanager
def locked(path: Path, wait_s: float) -> Iterator[bool]:
    """Lock the file ``path`` for the block; yield False, and run it without the lock, when it takes over ``wait_s``.

    The lock ends with the process, however that ends; the file stays.
    """
    # Absent on Windows, where the lock is then not had.
    try:
        import fcntl
    except ImportError:  # pragma: no cover - the tests run on Linux
        yield False
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield False
        return
    try:
        yield _take(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, wait_s)
    finally:
        os.close(descriptor)


def _take(descriptor: int, mode: int, wait_s: float) -> bool:
    import fcntl

    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, mode)
        except BlockingIOError:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            time.sleep(min(_LOCK_POLL_S, left_s))
        except OSError:
            # Some network file systems have no locks.
            return False
        else:
            return True
