"""Output to a file, which has its name only once it is complete.

``SegmentHold`` keeps one segment's PCM until ``commit``: in memory while short, else in an unlinked temporary file.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import LightningError, OutputError, UsageFault
from lightning_cli.sinks.base import register_cleanup, unregister_cleanup
from lightning_cli.sinks.containers import Container
from lightning_cli.sinks.encoders import encoder_for
from lightning_cli.sinks.links import follow_links
from lightning_cli.sinks.targets import fault_of, may_write, output_fault

if TYPE_CHECKING:
    from tempfile import SpooledTemporaryFile

# NAME_MAX is 255 bytes nearly everywhere; a dot, 16 digits, a dot and ".part" go around the name.
_PART_NAME_BYTES = 200
# What is moved at once where a WAV grows into RF64.
_MOVE_BYTES = 4 << 20
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_HAS_COPY = hasattr(os, "copy_file_range")
_COPY_BYTES = 1 << 30
_COPY_BLOCK_BYTES = 1 << 20


class FileSink:
    """A sink that writes a new or regular file at ``path``, symbolic links followed.

    Audio goes to ``.NAME.RANDOM.part`` in the same directory; ``finish`` completes the header, flushes to the disk and
    renames. A file that is replaced keeps its permission bits, and processes that have it open keep the old audio.

    A segment can always be taken back: where each frame takes the same space the part is cut, else the segment's PCM
    is held and encoded at ``commit``. A ``private`` file is for its owner alone, whatever it was before.

    ``clobber=False`` never overwrites: construction raises ``UsageFault`` for an existing file, and ``finish`` raises
    ``OutputError`` for one that has come since. ``keep_partial`` makes ``abort`` complete the part for the audio there
    is and leave it; ``partial_path`` then names it. Construction, ``start``, ``write``, ``commit`` and ``finish``
    raise ``OutputError``; the owner calls ``abort`` after that, only ``start`` and ``finish`` clean up by themselves.
    """

    def __init__(
        self,
        path: str,
        container: Container,
        *,
        clobber: bool = True,
        keep_partial: bool = False,
        private: bool = False,
    ) -> None:
        self.path = path
        self.partial_path: Path | None = None
        self._container = container
        self._is_linear = container.is_linear
        self._clobber = clobber
        self._keep_partial = keep_partial
        self._hold = SegmentHold() if container.libsndfile else None
        self._fd = -1
        self._part: Path | None = None
        self._data_start = 0
        self._mark = 0
        self._frame_bytes = 1
        self._encoded = False
        self._ended = False
        self._over = False
        self._final, self._mode = self._inspect()
        self._encoder = encoder_for(container, title=self._final.stem)
        if private:
            self._mode = 0o600

    @property
    def final_path(self) -> Path:
        """Return where the file will be, links followed once and for all."""
        return self._final

    def start(self, fmt: PcmFormat) -> None:
        """Create the part; raises ``UsageFault`` when the container does not take the sample rate."""
        self._container.check_rate(fmt.sample_rate)
        try:
            self._create()
            self._put(self._encoder.begin(fmt))
        except BaseException:
            self.abort()
            raise
        self._frame_bytes = fmt.frame_bytes
        self._data_start = self._mark = self._size()

    def write(self, pcm: bytes) -> None:
        """Take whole frames; what is not held has reached the system when this returns."""
        if self._hold:
            self._hold.write(pcm)
        else:
            self._put(pcm if self._is_linear else self._encoder.encode(pcm))

    def commit(self) -> None:
        """Mark the end of a segment; encodes what was held."""
        if self._hold is None:
            self._mark = self._size()
            return
        try:
            for block in self._hold.blocks():
                self._encoded = True
                self._put(self._encoder.encode(block))
        finally:
            # Also after a failure: what has gone into the encoder must not go in twice.
            self._hold.clear()

    @property
    def end_bytes(self) -> int:
        """Return where in the file the next byte goes; for containers whose frames all take the same space."""
        return self._size()

    def copy_from(self, descriptor: int, offset: int, size: int) -> None:
        """Append a part of another file that has the same coding; the system copies it where it can."""
        try:
            copy_range(descriptor, self._fd, offset, size)
        except OSError as fault:
            raise output_fault(fault, self.path) from fault

    def can_rewind(self) -> bool:
        """Return True: a file always can."""
        return True

    def rewind(self) -> None:
        """Cut off what came since the last ``commit``."""
        if self._hold:
            self._hold.clear()
            return
        try:
            os.ftruncate(self._fd, self._mark)
            os.lseek(self._fd, self._mark, os.SEEK_SET)
        except OSError as fault:
            raise output_fault(fault, self.path) from fault

    def finish(self) -> None:
        """Complete the file and give it its name; after an error nothing is left under that name."""
        if self._part is None:
            raise RuntimeError("finish without start")
        try:
            self._finish_part()
            self._publish(self._part)
        except OSError as fault:
            self.abort()
            raise output_fault(fault, self.path) from fault
        except BaseException:
            self.abort()
            raise
        self._part = None
        self._release()

    def abort(self) -> None:
        """Remove the part, or complete and keep it; never raises, and does nothing after ``finish``."""
        if self._over:
            return
        if self._keep_partial and self._has_audio():
            with contextlib.suppress(OSError, LightningError):
                self._cut_torn_frame()
                self._finish_part()
            self.partial_path, self._part = self._part, None
        with contextlib.suppress(OSError):
            self._close()
        if self._part is not None:
            with contextlib.suppress(OSError):
                self._part.unlink()
            self._part = None
        self._release()

    def _abandon(self) -> None:
        # Its thread may still write: a descriptor that is closed under it could by then be another file's.
        if self._keep_partial:
            self.abort()
        elif (part := self._part) is not None:
            part.unlink()

    def _inspect(self) -> tuple[Path, int | None]:
        """Return the final path and the permission bits to keep; raise now what would fail after synthesis."""
        path = self.path
        if "\0" in path:
            raise fault_of(errno.ENOENT, path)
        if not path or path.endswith(os.sep):
            raise fault_of(errno.EISDIR, path)
        mode = None
        try:
            # Fails where the working directory was removed.
            final = follow_links(path)
            with contextlib.suppress(FileNotFoundError):
                mode = final.stat().st_mode
            final.parent.stat()
        except OSError as fault:
            raise output_fault(fault, path) from fault
        if mode is not None:
            self._inspect_existing(mode)
        if not may_write(final.parent, os.W_OK | os.X_OK):
            raise fault_of(errno.EACCES, path)
        return final, None if mode is None else stat.S_IMODE(mode) & 0o777

    def _inspect_existing(self, mode: int) -> None:
        path = self.path
        if stat.S_ISDIR(mode):
            raise fault_of(errno.EISDIR, path)
        if not stat.S_ISREG(mode):
            raise OutputError(f"cannot write {path!r}: it is not a file", hint="choose another name, or remove it")
        if not self._clobber:
            raise UsageFault(f"{path!r} exists", hint="drop --no-clobber to replace it, or choose another name")
        if not may_write(Path(path), os.W_OK):
            raise fault_of(errno.EACCES, path)

    def _create(self) -> None:
        name = self._final.name
        while len(os.fsencode(name)) > _PART_NAME_BYTES:
            name = name[:-1]
        part = self._final.with_name(f".{name}.{os.urandom(8).hex()}.part")
        try:
            # Named before it exists, so that an interrupt in between cannot leave it behind.
            self._part = part
            register_cleanup(self._abandon)
            mode = 0o666 if self._mode is None else self._mode
            self._fd = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
            _mark_written(self._fd)
            if self._mode is not None:
                # The umask has taken bits away; file systems without permission bits may refuse to give them back.
                with contextlib.suppress(PermissionError):
                    os.fchmod(self._fd, mode)
        except OSError as fault:
            raise output_fault(fault, self.path) from fault

    def _put(self, data: bytes) -> None:
        """Write all of ``data`` at the end; a disk that fills up takes a part of it first."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as fault:
            raise output_fault(fault, self.path) from fault

    def _size(self) -> int:
        # Asked of the system, not counted: an interrupt between a write and its count cannot make them differ.
        return os.lseek(self._fd, 0, os.SEEK_CUR)

    def _has_audio(self) -> bool:
        if self._hold:
            return self._encoded or self._hold.size_bytes > 0
        try:
            return self._part is not None and self._part.stat().st_size > self._data_start
        except OSError:
            return False

    def _finish_part(self) -> None:
        """Encode what is held, end the container, correct its head, wait for the disk.

        The second time, when the first has failed, only what can be made good is: the head.
        """
        if self._fd < 0:
            return
        if not self._ended:
            self._ended = True
            self.commit()
            self._put(self._encoder.end())
        head = self._encoder.head(self._size())
        if self._container.libsndfile is None and len(head) > self._data_start:
            self._move_audio(len(head))
        if head:
            os.pwrite(self._fd, head, 0)
        os.fsync(self._fd)
        self._close()

    def _move_audio(self, start: int) -> None:
        """Make room for a head that grew: move the audio to ``start``, its end first."""
        at = self._size()
        # A full disk shows before anything has moved.
        os.pwrite(self._fd, bytes(start - self._data_start), at)
        while at > self._data_start:
            at -= (size := min(_MOVE_BYTES, at - self._data_start))
            block = memoryview(os.pread(self._fd, size, at))
            place = at + start - self._data_start
            while block:
                done = os.pwrite(self._fd, block, place)
                block, place = block[done:], place + done
        self._data_start = start

    def _cut_torn_frame(self) -> None:
        """Drop the piece of a frame that a full disk may have taken."""
        if self._hold is None and self._fd >= 0:
            size = self._size()
            size -= (size - self._data_start) % self._frame_bytes
            os.ftruncate(self._fd, size)
            os.lseek(self._fd, size, os.SEEK_SET)

    def _publish(self, part: Path) -> None:
        if self._clobber:
            part.replace(self._final)
            return
        try:
            claim(part, self._final)
        except FileExistsError as fault:
            raise OutputError(
                f"{self.path!r} was created by another program meanwhile; refusing to replace it",
                hint="choose another name, or drop --no-clobber to replace it",
            ) from fault

    def _close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _release(self) -> None:
        self._over = True
        unregister_cleanup(self._abandon)
        self._encoder.close()
        if self._hold:
            self._hold.close()


def copy_range(source: int, target: int, offset: int, size: int) -> None:
    """Append bytes of an open file to another, within the system where that can; raises ``OSError``."""
    copies = [_copy_in_system, _copy_by_hand] if _HAS_COPY else [_copy_by_hand]
    while size:
        try:
            done = copies[0](source, target, offset, min(size, _COPY_BYTES))
        except OSError as fault:
            # File systems that cannot, or not between two of them, say so in many ways.
            if len(copies) == 1 or fault.errno in _FULL:
                raise
            del copies[0]
            continue
        if not done:
            raise OSError(errno.EIO, "the file has become shorter")
        offset, size = offset + done, size - done


def _copy_in_system(source: int, target: int, offset: int, size: int) -> int:
    return os.copy_file_range(source, target, size, offset)


def _copy_by_hand(source: int, target: int, offset: int, size: int) -> int:
    block = os.pread(source, min(size, _COPY_BLOCK_BYTES), offset)
    view = memoryview(block)
    while view:
        view = view[os.write(target, view) :]
    return len(block)


def _mark_written(descriptor: int) -> None:
    """Lock a part for as long as its writer lives, so that no other process takes it for one that was left behind."""
    # Not on every system, nor on every file system: the removal of stale parts then goes by their age.
    with contextlib.suppress(OSError):
        from lightning_cli.system.file_lock import try_lock

        try_lock(descriptor)


def claim(part: Path, final: Path) -> None:
    """Rename ``part`` to ``final`` unless that exists, then raise ``FileExistsError``; no other writer's file is lost.

    A hard link does both in one step. Where there are none (FAT, some network file systems), the name is taken with
    an empty file first and the part renamed over that.
    """
    try:
        os.link(part, final)
    except OSError as fault:
        if fault.errno not in _NO_LINKS:
            raise
        reserve_and_rename(part, final)
    else:
        # The file is there, whole: a second name that stays is not a failure.
        with contextlib.suppress(OSError):
            part.unlink()


def reserve_and_rename(part: Path, final: Path) -> None:
    """Do what ``claim`` does without hard links."""
    os.close(os.open(final, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666))
    try:
        part.replace(final)
    except BaseException:
        final.unlink()
        raise


IN_MEMORY_BYTES = 4 << 20
_BLOCK_BYTES = 64 << 10


class SegmentHold:
    """PCM of one segment until ``commit``; one thread. Raises ``OutputError`` when the temporary directory is full."""

    def __init__(self) -> None:
        self._file: SpooledTemporaryFile[bytes] | None = None
        self._size = 0

    def write(self, pcm: bytes) -> None:
        """Append ``pcm``."""
        with self._faults():
            self._opened().write(pcm)
        self._size += len(pcm)

    def blocks(self) -> Iterator[bytes]:
        """Return what is held, in blocks of 64 KiB, which are whole frames of 16-bit audio."""
        if not self._size:
            return
        file = self._opened()
        with self._faults():
            file.seek(0)
        while block := file.read(_BLOCK_BYTES):
            yield block

    def clear(self) -> None:
        """Discard what is held."""
        self._size = 0
        if self._file is not None:
            with self._faults():
                self._file.seek(0)
                self._file.truncate()

    @property
    def size_bytes(self) -> int:
        """Return the size of what is held."""
        return self._size

    def close(self) -> None:
        """Free memory and disk space; never raises, and may be called again."""
        file, self._file = self._file, None
        if file is not None:
            # A full disk may refuse the last of what is thrown away here.
            with contextlib.suppress(OSError):
                file.close()

    def _opened(self) -> "SpooledTemporaryFile[bytes]":
        if self._file is None:
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
                f"cannot keep the sentence in a temporary file: {fault.strerror or fault}",
                hint="set TMPDIR to a directory with more space",
            ) from fault
