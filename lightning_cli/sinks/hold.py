"""Keep one segment's PCM until it is certain: in memory while short, else in an unlinked temporary file."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lightning_cli.errors import OutputError

if TYPE_CHECKING:
    from tempfile import SpooledTemporaryFile

IN_MEMORY_BYTES = 4 << 20
_BLOCK_BYTES = 64 << 10


class SegmentHold:
    """Hold PCM; one thread. Raises ``OutputError`` when the temporary directory cannot take it."""

    def __init__(self) -> None:
        self._file: SpooledTemporaryFile[bytes] | None = None
        self._size = 0

    def write(self, pcm: bytes) -> None:
        """Append ``pcm``."""
        with self._faults():
            self._opened().write(pcm)
        self._size += len(pcm)

    def blocks(self) -> Iterator[bytes]:
        """Give back what is held, in blocks of 64 KiB, which are whole frames of 16-bit audio."""
        if not self._size:
            return
        file = self._opened()
        with self._faults():
            file.seek(0)
        while block := file.read(_BLOCK_BYTES):
            yield block

    def clear(self) -> None:
        """Forget what is held."""
        self._size = 0
        if self._file is not None:
            with self._faults():
                self._file.seek(0)
                self._file.truncate()

    @property
    def size_bytes(self) -> int:
        """Give the size of what is held."""
        return self._size

    def close(self) -> None:
        """Give memory and disk back; never raises, and may be called again."""
        file, self._file = self._file, None
        if file is not None:
            # A full disk may refuse the last of what is thrown away here.
            with contextlib.suppress(OSError):
                file.close()

    def _opened(self) -> "SpooledTemporaryFile[bytes]":
        if self._file is None:
            # Imported here: it takes several milliseconds, and plain files and pipes never hold anything.
            from tempfile import SpooledTemporaryFile

            self._file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - close() ends its life
        return self._file

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn a full or broken temporary directory into ``OutputError``."""
        try:
            yield
        except OSError as fault:
            raise OutputError(
                f"the segment cannot be kept in a temporary file: {fault.strerror or fault}",
                hint="set TMPDIR to a directory with more space",
            ) from fault
