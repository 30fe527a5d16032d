"""Read ``.lightning-tts.db``, in which earlier versions kept what ``narration.lock`` says now.

The file may come from a stranger's repository, so SQLite never sees it where it lies: a hot journal beside it could
name any file for deletion, and a view in it could compute without end. The main file alone is copied into a private
directory and opened there as immutable, when its schema is the one that was ours, for a bounded time.
"""

import contextlib
import os
import re
import sqlite3
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from lightning_cli.system.small_files import TooLong, read_small

NAME = ".lightning-tts.db"
_MAGIC = b"SQLite format 3\0"
_LIMIT_BYTES = 64 << 20
_LIMIT_S = 10.0
_STEPS = 10_000
_SCHEMA = (
    "CREATE TABLE stamp (name BLOB PRIMARY KEY, fingerprint TEXT, size INTEGER, mtime_ns INTEGER, digest TEXT)"
    " WITHOUT ROWID"
)
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class OldStamp:
    """One output: its name, the fingerprint of what it was made from, its size and the SHA-256 of its bytes."""

    name: bytes
    fingerprint: str
    size: int
    digest: str

    @property
    def is_book(self) -> bool:
        """Return whether it is a book or its subtitles, whose absolute paths were kept."""
        return self.name.startswith(b"/")


def read_old_stamps(directory: Path) -> list[OldStamp] | None:
    """Return what the database in ``directory`` holds; None when there is none or it is not one of ours."""
    try:
        raw = read_small(directory / NAME, _LIMIT_BYTES, own=True)
    except (OSError, TooLong):
        return None
    if (directory / NAME).is_symlink() or not raw.startswith(_MAGIC):
        return None
    try:
        with tempfile.TemporaryDirectory(prefix="lightning-tts-") as private:
            copy = Path(private, "stamps.db")
            copy.write_bytes(raw)
            return _read(copy)
    except (OSError, sqlite3.Error, ValueError, TypeError, OverflowError):
        return None


def _read(copy: Path) -> list[OldStamp] | None:
    database = sqlite3.connect(f"{copy.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    with contextlib.closing(database):
        deadline = time.monotonic() + _LIMIT_S
        database.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        database.execute("PRAGMA trusted_schema = OFF")
        schema = database.execute("SELECT type, name, sql FROM sqlite_master").fetchmany(2)
        if [(kind, name, _plain(sql)) for kind, name, sql in schema] != [("table", "stamp", _plain(_SCHEMA))]:
            return None
        rows = database.execute("SELECT name, fingerprint, size, digest FROM stamp")
        return [OldStamp(*row) for row in rows if _is_sound(row)]


def _plain(sql: object) -> str:
    return " ".join(str(sql).replace("IF NOT EXISTS ", "").split())


def _is_sound(row: tuple[object, ...]) -> bool:
    name, fingerprint, size, digest = row
    return (
        isinstance(name, bytes)
        and isinstance(size, int)
        and all(isinstance(one, str) and _HEX.fullmatch(one) is not None for one in (fingerprint, digest))
    )


def relative_name(stamp: OldStamp, directory: Path) -> str:
    """Return the name of an output as the lock file writes it; a book had its absolute path.

    A project that was moved since has the book beside the database all the same.
    """
    name = os.fsdecode(stamp.name)
    if not os.path.isabs(name):  # noqa: PTH117 - only a string is wanted
        return name
    base = os.path.basename(name)  # noqa: PTH119 - only a string is wanted
    return base if os.path.lexists(directory / base) else os.path.relpath(name, directory.absolute())
