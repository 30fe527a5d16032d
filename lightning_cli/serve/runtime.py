"""The note that a running server leaves, so that a command without a key finds it; the standard library alone.

No file, no probe: a command reads at most one small file and looks whether its process lives.
"""

import contextlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from lightning_cli.system.paths import runtime_dir
from lightning_cli.system.small_files import replace_file

_LIMIT_BYTES = 8192
_NAME = "serve.json"
# Fields of /proc/net/tcp (proc(5)).
_SOCKETS_LIMIT_BYTES = 16 * 1024 * 1024
_UID_FIELD = 7
_LISTENS = "0A"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Where a server listens, which token it wants (None for none), and its process."""

    url: str
    token: str | None = field(repr=False)
    pid: int = field(default=0, compare=False)


def running_server() -> RunningServer | None:
    """Find the server this user runs on this machine; None when there is no note of one that lives.

    A note that another user wrote or may write or read counts for nothing.
    """
    try:
        path = note_path()
        # Where the temporary directory is shared, another user may have put a pipe there that never gets a writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if about.st_uid != os.getuid() or about.st_mode & 0o077:
                return None
            note = json.loads(file.read(_LIMIT_BYTES))
    except (OSError, ValueError, RecursionError, AttributeError):  # AttributeError: Windows has no getuid
        return None
    match note:
        case {"url": str(url), "pid": int(pid), "started": str(started), "token": str() | None as token}:
            return RunningServer(url, token, pid) if _lives(pid, started) and _is_ours(url) else None
        case _:
            return None


def write_note(url: str, token: str | None) -> bool:
    """Leave the note, for this user's eyes only; False when it cannot be written."""
    pid = os.getpid()
    note = {"url": url, "pid": pid, "started": _started(pid), "token": token}
    try:
        replace_file(note_path(), json.dumps(note).encode("ascii"))
    except OSError:
        return False
    return True


def remove_note() -> None:
    """Take the note away if it is still this process's."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        path = note_path()
        if json.loads(path.read_bytes()[:_LIMIT_BYTES]).get("pid") == os.getpid():
            path.unlink()


def note_path() -> Path:
    """Name the note: in the user's runtime directory, else in one of their own in the temporary directory.

    Raises ``OSError`` where neither is to be had, as in a read-only container.
    """
    return runtime_dir() / _NAME


def _is_ours(url: str) -> bool:
    """Return whether a socket of this user listens at the address of a URL, as far as the system tells.

    Text and token must not go to another user who took the port when the server let go of it.
    """
    import socket
    import struct
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    family = socket.AF_INET6 if ":" in (parts.hostname or "") else socket.AF_INET
    try:
        packed = socket.inet_pton(family, parts.hostname or "")
        with Path("/proc/net/tcp6" if family == socket.AF_INET6 else "/proc/net/tcp").open(encoding="ascii") as file:
            rows = [line.split() for line in file.read(_SOCKETS_LIMIT_BYTES).splitlines()[1:]]
    except (OSError, ValueError):
        return True
    listening = {row[1]: int(row[7]) for row in rows if len(row) > _UID_FIELD and row[3] == _LISTENS}
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    port = f":{parts.port or 0:04X}"
    exact, every = "".join(f"{word:08X}" for word in words) + port, "0" * len(packed) * 2 + port
    if not listening:
        return True  # a sandbox that shows no sockets
    return listening.get(exact, listening.get(every)) == os.getuid()


def _lives(pid: int, started: str) -> bool:
    if pid <= 0 or sys.platform == "win32":  # there, a signal of zero ends the process
        return False
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):
        return False
    return _started(pid) == started


def _started(pid: int) -> str:
    """Return when a process started, in the kernel's own count, so that a pid used again is told from the first."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 else ""  # noqa: PLR2004 # field 22 of proc(5), counted behind the name
