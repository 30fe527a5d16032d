"""Where outputs are written: below their directory, through no link that leads out of it, part files cleared."""

import contextlib
import os
import re
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lightning_cli.errors import OutputError
from lightning_cli.narration.file_locks import Notice, Sleep, is_unheld, lock_beside, locked, no_notice
from lightning_cli.sinks.base import write_whole
from lightning_cli.sinks.containers import PCM, WAV, Container
from lightning_cli.sinks.files import FileSink
from lightning_cli.sinks.links import follow_links
from lightning_cli.sinks.targets import output_fault

_PART = re.compile(r"\.(.+)\.[0-9a-f]{16}\.part", re.DOTALL)
_LOCK = re.compile(r"\..+\.lock", re.DOTALL)
# Where there are no locks, a part that was not written to for so long has no writer any more.
_ABANDONED_S = 3600.0


def sink_at(path: str, container: Container) -> FileSink:
    """Return a sink for a file that a person has named; raises ``OutputError`` and ``UsageFault``."""
    return FileSink(path, container)


def length_s(path: Path, container: Container) -> float:
    """Return how long an audio file is; 0 where that cannot be told from its head."""
    if container.libsndfile is None and container is not WAV:
        return 0.0
    import soundfile

    with contextlib.suppress(OSError, RuntimeError):
        return float(soundfile.info(str(path)).duration)
    return 0.0


def write_bytes(path: Path, data: bytes) -> None:
    """Write a small file under the rules of an audio file; raises ``OutputError``."""
    write_whole(sink_at(str(path), PCM), data)


def _check_same(sink: FileSink, place: Path) -> None:
    # The sink has followed the links once more, and keeps to what it found: nothing was exchanged in between.
    if sink.final_path != place:
        raise OutputError(
            f"refusing to write {sink.path!r}: it was replaced by another program meanwhile",
            hint="find out which program does that",
        )


@dataclass(slots=True)
class _StalePartFiles:
    """Part files and lock files that were in a directory before anything was written to it."""

    parts: dict[str, list[Path]] = field(default_factory=dict)


class OutputDirectory:
    """The directory of all outputs, and whatever is below it; any thread.

    Each directory is looked through once, before the first output in it: a part that was there by then, and belongs
    to an output whose lock is held here, has no writer any more.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._real: Path | None = None
        self._lock = threading.Lock()
        self._found: dict[Path, _StalePartFiles] = {}

    def prepare(self, name: str, container: Container) -> FileSink:
        """Return the sink of an output, once its directory is there; raises ``OutputError`` for what cannot be."""
        place = self._place(name)
        directory = place.parent
        try:
            with self._lock:
                if directory not in self._found:
                    directory.mkdir(parents=True, exist_ok=True)
                    self._found[directory] = _looked_through(directory)
        except OSError as fault:
            shown = str((self.root / name).parent)
            raise OutputError(
                f"cannot make the directory {shown!r} ({fault.strerror})", hint="check the path and its permissions"
            ) from fault
        sink = FileSink(str(self.root / name), container)
        _check_same(sink, place)
        return sink

    def _place(self, name: str) -> Path:
        with self._lock:
            if self._real is None:
                self._real = follow_links(str(self.root))
            real = self._real
        place = follow_links(os.path.join(real, name))  # noqa: PTH118 - ".." is kept as it stands
        if real not in place.parents:
            raise OutputError(
                f"refusing to write {str(self.root / name)!r}: a link leads out of the output directory",
                hint="remove the link, or name the directory it leads to with -d",
            )
        return place

    @contextlib.contextmanager
    def locked(self, sink: FileSink, sleep: Sleep, notice: Notice = no_notice) -> Iterator[None]:
        """Keep other runs from an output and clear what killed ones have left; raises ``OutputError``."""
        with locked_output(sink.final_path, sleep, notice):
            with self._lock:
                found = self._found.get(sink.final_path.parent)
                parts = found.parts.pop(sink.final_path.name, []) if found else []
            _remove(parts)
            yield


@contextlib.contextmanager
def locked_output(path: Path, sleep: Sleep, notice: Notice = no_notice) -> Iterator[None]:
    """Keep other runs from an output, whatever cache they have; raises ``OutputError`` and what ``sleep`` raises."""
    with locked(lock_beside(path), sleep, notice, unwritable=lambda fault: output_fault(fault, str(path))):
        yield


def clear_parts(path: Path) -> None:
    """Remove what killed runs have left of an output whose lock the caller holds; never fails."""
    with contextlib.suppress(OSError):
        _remove(_looked_through(path.parent).parts.get(path.name, []))


def _remove(parts: list[Path]) -> None:
    for part in parts:
        with contextlib.suppress(OSError):
            if _has_no_writer(part):
                part.unlink()


def _has_no_writer(part: Path) -> bool:
    """Return whether a part was left behind: no process holds its lock, or, without locks, it is old."""
    descriptor = os.open(part, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return is_unheld(descriptor) or time.time() - os.fstat(descriptor).st_mtime > _ABANDONED_S
    finally:
        os.close(descriptor)


def _looked_through(directory: Path) -> _StalePartFiles:
    found = _StalePartFiles()
    with os.scandir(directory) as entries:
        for entry in entries:
            if part := _PART.fullmatch(entry.name):
                found.parts.setdefault(part[1], []).append(Path(entry.path))
            elif _LOCK.fullmatch(entry.name):
                _remove_unheld_lock(Path(entry.path))
    return found


def _remove_unheld_lock(path: Path) -> None:
    """Remove a lock file whose process was killed."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            about = os.fstat(descriptor)
            is_ours = stat.S_ISREG(about.st_mode) and not about.st_size and about.st_uid == os.geteuid()
            if is_ours and is_unheld(descriptor) and path.lstat().st_ino == about.st_ino:
                path.unlink()
        finally:
            os.close(descriptor)
