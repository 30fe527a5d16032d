"""Contents of outputs by their size and times, kept in the cache so that unchanged files are not read again.

As git's index does: a file whose size and times are those that were seen last has the content that was seen then.
Losing it costs reading the outputs once.
"""

import contextlib
import hashlib
import json
import os
import threading
from pathlib import Path

from lightning_cli.errors import OutputError
from lightning_cli.sinks.links import follow_links
from lightning_cli.system.small_files import TooLong, read_small, replace_file

_VERSION = 1
_LIMIT_BYTES = 256 << 20


class OutputIndex:
    """The index of one output directory in the cache at ``root``; None keeps nothing. Any thread."""

    def __init__(self, root: Path | None, directory: Path = Path()) -> None:
        self._path: Path | None = None
        self._lock = threading.Lock()
        self._files: dict[str, list[object]] = {}
        self._is_changed = False
        if root is not None:
            name = hashlib.sha256(os.fsencode(os.path.realpath(directory))).hexdigest()[:32]
            self._path = root / "outputs" / f"{name}.json"
            self._files = _read(self._path)

    def get(self, name: str, found: os.stat_result) -> str | None:
        """Return the content of a file that looks as it did when it was read last."""
        kept = self._files.get(name)
        return str(kept[-1]) if kept is not None and kept[:-1] == _looks(found) else None

    def put(self, name: str, found: os.stat_result, content: str) -> None:
        """Remember the content of a file that looked so while it was read."""
        with self._lock:
            self._files[name] = [*_looks(found), content]
            self._is_changed = True

    def save(self) -> None:
        """Keep it, if it has changed and can be kept."""
        if self._path is None or not self._is_changed:
            return
        with self._lock, contextlib.suppress(OSError, ValueError, OutputError):
            self._is_changed = False
            follow_links(str(self._path.parent))
            # Other processes work in the same directory: what they have added stays.
            told = {"version": _VERSION, "files": {**_read(self._path), **self._files}}
            replace_file(self._path, json.dumps(told, separators=(",", ":")).encode("ascii"))


def _looks(found: os.stat_result) -> list[int]:
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _read(path: Path) -> dict[str, list[object]]:
    try:
        kept = json.loads(read_small(path, _LIMIT_BYTES, own=True))
    except (OSError, ValueError, RecursionError, TooLong):
        return {}
    files = kept.get("files") if isinstance(kept, dict) and kept.get("version") == _VERSION else None
    return files if isinstance(files, dict) and all(isinstance(one, list) and one for one in files.values()) else {}
