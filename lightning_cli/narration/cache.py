"""The cache of audio: one file for each fingerprint, shared by any number of processes, the least used gone first.

An entry appears by rename, complete and on the disk. Work on a fingerprint is done under a lock file of its own, so
that no two processes ask for the same audio; the lock ends with its process. Without locks (some network file
systems) the same audio may be asked for twice and is still never torn.
"""

import contextlib
import errno
import fcntl
import math
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from lightning_cli.errors import OutputError
from lightning_cli.narration.entries import Entry, intact, pack, unpack
from lightning_cli.sinks.base import begun, ended
from lightning_cli.small_files import TooLong, read_small

DEFAULT_LIMIT_BYTES = 5_000_000_000
_NAME = re.compile(r"[0-9a-f]{64}")
_FOLDER = re.compile(r"[0-9a-f]{2}")
_PART = ".part"
# Two hours of a segment's PCM; a segment has at most 8000 characters.
_ENTRY_LIMIT_BYTES = 1 << 29
# Nobody writes an entry for so long: what is left behind by then belongs to a process that was killed.
_ABANDONED_S = 3600.0
_POLL_S = (0.01, 0.25)
# A file's time comes from a coarser clock, or from another machine's.
_CLOCKS_S = 2.0


class Usage(NamedTuple):
    """Count what the cache holds; ``oldest_s`` is the time of the least recent use, seconds since 1970."""

    entries: int
    size_bytes: int
    oldest_s: float | None


class SpeechCache:
    """Keep audio below ``root``; any thread, any process."""

    def __init__(self, root: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self.root = root
        self.limit_bytes = limit_bytes
        self._unchecked_bytes = 0
        self._begun_s = time.time() - _CLOCKS_S

    def get(self, fingerprint: str) -> Entry | None:
        """Give an entry and count it as used now; None when it is absent, torn or unreadable.

        Raises ``OutputError`` when a whole one that says nothing known here cannot be removed.
        """
        raw = self._read(fingerprint)
        entry = unpack(raw) if raw is not None else None
        if raw is not None and entry is None and intact(raw):
            # Else ``has`` would find it for ever, and nobody would ask again.
            try:
                self._path(fingerprint).unlink(missing_ok=True)
            except OSError as fault:
                raise _unwritable(self.root, fault) from fault
        return entry

    def has(self, fingerprint: str) -> bool:
        """Say whether ``get`` would find it, without decoding."""
        raw = self._read(fingerprint)
        return raw is not None and intact(raw)

    def put(self, fingerprint: str, entry: Entry) -> None:
        """Keep an entry; raises ``OutputError`` when it cannot be kept."""
        path = self._path(fingerprint)
        raw = pack(entry)
        part = path.with_name(f".{os.urandom(8).hex()}{_PART}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            begun(part.unlink)
            # Not a temporary file's 0600: others may share the directory, as far as the umask allows.
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            with os.fdopen(descriptor, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as fault:
            raise _unwritable(self.root, fault) from fault
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
            ended(part.unlink)
        self._unchecked_bytes += len(raw)
        if self._unchecked_bytes > max(self.limit_bytes // 10, 1):
            self.trim()

    @contextlib.contextmanager
    def locked(self, name: str, sleep: Callable[[float], None]) -> Iterator[None]:
        """Hold the lock ``name``; ``sleep`` waits between two looks at it and may raise to give up.

        Raises ``OutputError`` when lock files cannot be made.
        """
        path = self.root / "locks" / name
        descriptor = self._take(path, sleep)
        try:
            yield
        finally:
            # Gone before it is let go: whoever waits finds another file under the name, or none, and looks again.
            with contextlib.suppress(OSError):
                path.unlink()
            os.close(descriptor)

    def usage(self) -> Usage:
        """Count the entries; a directory that is not there has none."""
        entries = list(self._entries())
        return Usage(
            len(entries), sum(size for _, size, _ in entries), min((used for *_, used in entries), default=None)
        )

    def trim(self) -> Usage:
        """Prune, but for what was used since this object was made.

        An output is assembled from all of its segments: one that went meanwhile would have to be paid for again.
        """
        return self.prune(spare_s=self._begun_s)

    def prune(self, limit_bytes: int | None = None, spare_s: float = math.inf) -> Usage:
        """Remove the least recently used entries until the rest fits; give what was removed.

        Those used after ``spare_s``, seconds since 1970, stay.
        """
        limit = self.limit_bytes if limit_bytes is None else limit_bytes
        self._unchecked_bytes = 0
        entries = sorted(self._entries(), key=lambda entry: entry[2])
        total = sum(size for _, size, _ in entries)
        removed = freed = 0
        for path, size, used_s in entries:
            if total - freed <= limit or used_s >= spare_s:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                removed, freed = removed + 1, freed + size
        self._sweep()
        return Usage(removed, freed, None)

    def _path(self, fingerprint: str) -> Path:
        return self.root / fingerprint[:2] / fingerprint

    def _read(self, fingerprint: str) -> bytes | None:
        path = self._path(fingerprint)
        try:
            raw = read_small(path, _ENTRY_LIMIT_BYTES, own=True)
        except (OSError, TooLong):
            return None
        # Of a cache that is shared and read-only nobody counts the uses.
        with contextlib.suppress(OSError):
            os.utime(path)
        return raw

    def _take(self, path: Path, sleep: Callable[[float], None]) -> int:
        pause_s, longest_s = _POLL_S
        while True:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            except OSError as fault:
                raise _unwritable(self.root, fault) from fault
            if _locks(descriptor, path):
                return descriptor
            os.close(descriptor)
            sleep(pause_s)
            pause_s = min(pause_s * 1.5, longest_s)

    def _entries(self) -> Iterator[tuple[Path, int, float]]:
        for entry in self._files():
            if _NAME.fullmatch(entry.name):
                # Another process may prune at the same time.
                with contextlib.suppress(OSError):
                    about = entry.stat()
                    yield Path(entry.path), about.st_size, about.st_mtime

    def _sweep(self) -> None:
        """Remove what killed processes left half written."""
        for entry in self._files():
            with contextlib.suppress(OSError):
                if entry.name.endswith(_PART) and time.time() - entry.stat().st_mtime > _ABANDONED_S:
                    Path(entry.path).unlink()

    def _files(self) -> Iterator["os.DirEntry[str]"]:
        with contextlib.suppress(OSError), os.scandir(self.root) as folders:
            for folder in folders:
                if _FOLDER.fullmatch(folder.name):
                    with contextlib.suppress(OSError), os.scandir(folder.path) as files:
                        yield from files


def _locks(descriptor: int, path: Path) -> bool:
    """Take the lock if nobody has it and the file is still the one under that name."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as fault:
        # A file system without locks: going on without one costs at most a request made twice.
        return fault.errno in {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except OSError:
        return False


def _unwritable(root: Path, fault: OSError) -> OutputError:
    return OutputError(
        f"the cache {str(root)!r} cannot be written ({fault.strerror or fault})",
        hint="free some space, or choose another directory with --cache",
    )
