"""Which outputs are up to date: their fingerprint and what they looked like, in one SQLite file beside them.

Losing it costs an assembly from the cache and no request, so nothing here is worth failing for.
"""

import contextlib
import hashlib
import os
import sqlite3
import stat
import threading
from pathlib import Path
from typing import NamedTuple

NAME = ".lightning-tts.db"
_BUSY_S = 10.0
_BLOCK_BYTES = 1 << 20
_TABLE = (
    "CREATE TABLE IF NOT EXISTS stamp"
    " (name BLOB PRIMARY KEY, fingerprint TEXT, size INTEGER, mtime_ns INTEGER, digest TEXT) WITHOUT ROWID"
)


class _Stamp(NamedTuple):
    fingerprint: str
    size: int
    mtime_ns: int
    digest: str


class Stamps:
    """Remember the outputs below ``directory``; any thread. ``read_only`` never touches the disk."""

    def __init__(self, directory: Path, *, read_only: bool = False) -> None:
        self._directory = directory
        self._read_only = read_only
        self._lock = threading.Lock()
        self._db = self._opened()

    def close(self) -> None:
        """Close the file; idempotent."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def is_current(self, name: str, fingerprint: str) -> bool:
        """Return whether the output is the one that was recorded with this fingerprint.

        One whose time alone has changed, as after a checkout, is compared by content.
        """
        path = self._directory / name
        stamp = self._find(name)
        if stamp is None or stamp.fingerprint != fingerprint:
            return False
        try:
            found = path.stat()
            if not stat.S_ISREG(found.st_mode) or found.st_size != stamp.size:
                return False
            if found.st_mtime_ns == stamp.mtime_ns:
                return True
            if _digest(path) != stamp.digest:
                return False
        except OSError:
            return False
        self._put(name, stamp._replace(mtime_ns=found.st_mtime_ns))
        return True

    def record(self, name: str, fingerprint: str) -> None:
        """Remember the output as it is now."""
        path = self._directory / name
        with contextlib.suppress(OSError):
            found = path.stat()
            self._put(name, _Stamp(fingerprint, found.st_size, found.st_mtime_ns, _digest(path)))

    def _opened(self) -> sqlite3.Connection | None:
        path = self._directory / NAME
        with contextlib.suppress(OSError):
            if not stat.S_ISREG(path.stat().st_mode):
                # SQLite would wait for a pipe's writer.
                return None
        try:
            return self._connected(path)
        except sqlite3.DatabaseError as fault:
            # A power cut may have torn it, or it has other columns; one that is merely locked or out of reach is left
            # alone.
            # Without a code: a text in it is no UTF-8, which the module finds by itself.
            code = getattr(fault, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
            is_apart = isinstance(fault, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR
            if self._read_only or is_apart:
                return None
        with contextlib.suppress(OSError, sqlite3.Error):
            path.unlink()
            return self._connected(path)
        return None

    def _connected(self, path: Path) -> sqlite3.Connection:
        mode = "ro" if self._read_only else "rwc"
        database = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_S,
            check_same_thread=False,
            isolation_level=None,
        )
        try:
            # What a power cut takes is made again; waiting for the disk with every output is not worth it.
            database.execute("PRAGMA synchronous = OFF")
            if not self._read_only:
                database.execute(_TABLE)
            database.execute("SELECT name, fingerprint, size, mtime_ns, digest FROM stamp LIMIT 1").fetchone()
        except sqlite3.Error:
            database.close()
            raise
        return database

    def _find(self, name: str) -> _Stamp | None:
        row = None
        with self._lock, contextlib.suppress(sqlite3.Error):
            if self._db is not None:
                row = self._db.execute(
                    "SELECT fingerprint, size, mtime_ns, digest FROM stamp WHERE name = ?", (os.fsencode(name),)
                ).fetchone()
        return _Stamp(*row) if row else None

    def _put(self, name: str, stamp: _Stamp) -> None:
        with self._lock, contextlib.suppress(sqlite3.Error):
            if self._db is not None and not self._read_only:
                self._db.execute("INSERT OR REPLACE INTO stamp VALUES (?, ?, ?, ?, ?)", (os.fsencode(name), *stamp))


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
