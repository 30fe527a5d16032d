"""hibari's lexicon and tagger, parsed once per machine: reading them as JSON is a third of a cold start.

What was parsed is kept with ``marshal`` in the user's cache directory, beside a checksum and the size and time of the
file it came from. A copy that does not fit, in whatever way, is parsed and written again; none that cannot be written
is missed.
"""

import contextlib
import marshal
import os
import struct
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lightning_cli.system.paths import cache_dir
from lightning_cli.system.small_files import read_small

_HEADER = struct.Struct("<8sQQI")
_MAGIC = b"ltts-mt1"
_LIMIT_BYTES = 256 * 1024 * 1024

Loader = Callable[[str], Any]


def default_home() -> Path:
    """Name the directory of the copies."""
    return cache_dir() / "engine"


class TableCache:
    """Stand before ``parse``, which reads a table of ``assets`` by its file name.

    ``load`` is called by the loading thread; ``save`` afterwards, by a thread that nobody waits for.
    """

    def __init__(self, parse: Loader, assets: Path, home: Path) -> None:
        self._parse = parse
        self._assets = assets
        self._home = home
        self._parsed: dict[str, Any] = {}

    def load(self, name: str) -> Any:
        """Return a table, from its copy if that fits."""
        copy = self._read(name)
        if copy is not None:
            return copy
        table = self._parse(name)
        self._parsed[name] = table
        return table

    def save(self) -> None:
        """Write the copies that were missing; a full disk or a read-only home is no failure."""
        while self._parsed:
            name, table = self._parsed.popitem()
            with contextlib.suppress(OSError, ValueError):
                self._write(name, table)

    def _read(self, name: str) -> Any:
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError, struct.error):
            data = read_small(self._path(name), _LIMIT_BYTES, own=True)
            body = memoryview(data)[_HEADER.size :]
            if data[: _HEADER.size] == self._header(name, zlib.crc32(body)):
                return marshal.loads(body)  # noqa: S302 # our own copy, checked, in the user's own directory
        return None

    def _write(self, name: str, table: Any) -> None:
        body = marshal.dumps(table)
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._home / f".{name}.{os.getpid()}.{threading.get_ident()}.part"
        try:
            part.write_bytes(self._header(name, zlib.crc32(body)) + body)
            part.replace(self._path(name))
        finally:
            part.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        # The format of marshal may change with the interpreter.
        return self._home / f"{name}.{sys.implementation.cache_tag}.marshal"

    def _header(self, name: str, checksum: int) -> bytes:
        about = (self._assets / name).stat()
        return _HEADER.pack(_MAGIC, about.st_size, about.st_mtime_ns, checksum)
