"""Small files read whole and replaced whole; the standard library alone.

A device or a pipe under a file's name may have no end, and two processes may write one file at once: neither takes
memory without bound here, and no reader sees half a file.
"""

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PIECE_BYTES = 256 * 1024
_PRIVATE = 0o600
_STATE_LIMIT_BYTES = 32 * 1024 * 1024


class TooLong(ValueError):
    """A file holds more than its reader takes."""


def read_small(path: "str | Path", limit_bytes: int, *, own: bool = False) -> bytes:
    """Return all that a file holds; raises ``OSError``, and ``TooLong`` beyond ``limit_bytes``.

    ``own`` is for a file that the tool keeps for itself: whatever is not a plain file counts as unreadable. Where a
    person names the file it may be a pipe, which is waited for.
    """
    pieces = []
    left_bytes = limit_bytes
    opener = _plain if own else None
    # Without a Path, which completion does not load.
    with open(path, "rb", opener=opener) as file:
        # Room for the limit itself would be taken, and in a debug build filled, for every file however short.
        while piece := file.read(min(left_bytes + 1, _PIECE_BYTES)):
            left_bytes -= len(piece)
            if left_bytes < 0:
                raise TooLong(f"longer than {limit_bytes} bytes")
            pieces.append(piece)
    return b"".join(pieces)


def _plain(path: str, flags: int) -> int:
    # Without a wait: a pipe under the name has no writer, and never will.
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a plain file", path)
    return descriptor


def make_private(directory: "Path") -> None:
    """Make a directory, and those above it that are missing, for this user alone; raises ``OSError``.

    Without a word about those that are there, and whatever the umask, which else decides on all but the last.
    """
    if directory.is_dir():
        return
    if not directory.parent.exists():
        make_private(directory.parent)
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        if not directory.is_dir():
            raise
    else:
        directory.chmod(0o700)


def replace_file(path: "Path", data: bytes, *, mode: int | None = _PRIVATE, synced: bool = False) -> None:
    """Replace a file, so that a reader sees the old or the new one and nothing between.

    ``mode`` holds whatever the umask; None leaves the permissions to the umask. ``synced`` is for what cannot be
    fetched again: it waits for the disk. Makes the directory if it is not there. Raises ``OSError``; the old file is
    then as it was.
    """
    # Named before it is there, so that an interrupt in between cannot leave it, and a key in it, behind.
    part = path.with_name(f".{path.name}.{os.urandom(8).hex()}.part")
    try:
        make_private(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(part, flags, 0o666 if mode is None else mode)
        with os.fdopen(descriptor, "wb") as file:
            if mode is not None and mode != _PRIVATE:
                os.fchmod(descriptor, mode)
            file.write(data)
            if synced:
                # Power may fail between the rename and the write to the disk: the file would then be empty.
                file.flush()
                os.fsync(descriptor)
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def read_json(path: "Path") -> object:
    """Return the parsed JSON of a file of ours; None when it is absent, unreadable, too big or not JSON."""
    import json

    try:
        return json.loads(read_small(path, _STATE_LIMIT_BYTES, own=True))
    except (OSError, ValueError, RecursionError):
        return None


def write_json(path: "Path", value: object) -> bool:
    """Replace a file of ours by ``value`` as JSON and return whether that was possible."""
    import json

    try:
        replace_file(path, json.dumps(value, separators=(",", ":")).encode("ascii"))
    except OSError:
        return False
    return True
