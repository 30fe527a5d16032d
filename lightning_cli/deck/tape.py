"""The last minutes of what was played, and all that is still to be played, in a temporary file without a name.

Positions count bytes since the beginning and never wrap; the file does, so it never grows beyond its capacity.
"""

import errno
import os
import tempfile

from lightning_cli.errors import OutputError

# Where the disk has no room for the whole history, this much of it will do.
LEAST_BYTES = 512 * 1024
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_HINT = "make room there, point TMPDIR elsewhere, or use --no-keys"


class Tape:
    """Hold the last ``capacity`` bytes of what was written, in whole frames.

    One thread appends and truncates, another reads. ``written`` is published only after the bytes are there. The
    reader keeps to the last ``capacity`` bytes; that the writer does not overtake it from behind is for the two of
    them to arrange.
    """

    __slots__ = ("_file", "_frame_bytes", "capacity", "written")

    def __init__(self, capacity_bytes: int, frame_bytes: int) -> None:
        """Make the file; raises ``OutputError``."""
        self.capacity = capacity_bytes - capacity_bytes % frame_bytes
        self.written = 0
        self._frame_bytes = frame_bytes
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it lives as long as the tape
        except OSError as fault:
            raise OutputError(f"no temporary file can be made ({fault.strerror or fault})", hint=_HINT) from fault

    def append(self, pcm: memoryview) -> int:
        """Write as much as goes in one piece and return its size; raises ``OutputError``.

        A full disk ends the history there, as long as there is some: the capacity shrinks to what was written, and 0
        is returned, for the caller to find anew how much room there is.
        """
        offset = self.written % self.capacity
        try:
            count = os.pwrite(self._file.fileno(), pcm[: self.capacity - offset], offset)
        except OSError as fault:
            if fault.errno not in _NO_ROOM:
                raise OutputError(f"the temporary file cannot be written ({fault.strerror})", hint=_HINT) from fault
            count = 0
        count -= count % self._frame_bytes
        if not count:
            self._shorten()
        self.written += count
        return count

    def _shorten(self) -> None:
        if not LEAST_BYTES <= self.written < self.capacity:
            raise OutputError("there is no room left for the temporary file", hint=_HINT)
        self.capacity = self.written

    def truncate(self, to: int) -> None:
        """Forget what was written after position ``to``."""
        self.written = min(self.written, to)

    def read(self, position: int, size: int) -> bytes:
        """Give what stands at ``position``, at most ``size`` bytes; less where the tape or the file ends."""
        offset = position % self.capacity
        size = min(size, self.written - position, self.capacity - offset)
        return os.pread(self._file.fileno(), size, offset) if size > 0 else b""

    def close(self) -> None:
        """Let the file go; idempotent."""
        self._file.close()
