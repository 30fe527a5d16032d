"""``narration.lock``: what each output was made from and what it looked like, as a text file that git merges.

It lies beside the outputs and is meant to be committed with them. Names are relative to its directory, contents are
SHA-256, and there are no times, so a clone or a moved project is up to date. Three lines stand for an output:

    output chapters/01.wav
      FINGERPRINT SIZE CONTENT
      from TEXT VOICE PAUSES SETTINGS

The second tells, by the beginnings of digests, what has changed where the fingerprint has.
A book, and the subtitles that were made with it, say ``book`` instead.

Two branches that change neighbours, or add one behind what the other changes, merge without a conflict: there is
always a line between that stays. Lines that a merge left twice, or in conflict markers, are both read: an output is up
to date when any of them fits.

While a run goes on, each output's lines are appended at once, so a killed run loses nothing; the end of a run that
changed something sorts the file. A run that does nothing leaves it as it is. The file may come from a stranger: it is
never reached through a link, its size is bounded, and what is not understood is skipped.

The times and sizes by which an unchanged output is known without reading it again are kept in the cache, as git keeps
its index.
"""

import contextlib
import errno
import hashlib
import os
import re
import stat
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from lightning_cli.errors import LightningError
from lightning_cli.narration import old_stamps
from lightning_cli.narration.file_locks import try_lock
from lightning_cli.narration.output_index import OutputIndex
from lightning_cli.system.small_files import replace_file

NAME = "narration.lock"
_HEAD = (
    "# What each output of 'lightning-tts batch' was made from. Commit this file beside the outputs;\n"
    "# 'lightning-tts batch ... --check' compares them with it.\n"
    "version 1\n"
)
_END = "# end\n"
# What an output is made from, in the order of ``Recipe.parts``.
PARTS = ("text", "voice", "pause", "settings")
_LIMIT_BYTES = 256 << 20
_BLOCK_BYTES = 1 << 20
_VALUES = re.compile(r"([0-9a-f]{64}) (\d{1,18}) ([0-9a-f]{64})", re.ASCII)
_FROM = re.compile(r"from((?: [0-9a-f]{12}){4})", re.ASCII)
_ARRAY = re.compile(r"(\d{1,9}) ([1-9]\d{0,8}) ([1-9]\d{0,8})", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}|absent", re.ASCII)
# Whatever would be taken for something else at its place in a line, or in a file of lines.
_ESCAPED = re.compile(rb"[\x00-\x1f%\x7f]|^[ <=>|#]| $")
# In which an output may have been made: a merge leaves two, each run that was killed one more.
_MOST_WAYS = 50
_POLL_S = 0.01
_TRIES = 1000


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """What an output was made from, and the size and SHA-256 of its bytes.

    ``parts`` are those of ``PARTS``, none where a version before has made it.
    """

    fingerprint: str
    size: int
    content: str
    parts: tuple[str, ...] = ()


class OutputState(NamedTuple):
    """Whether an output needs nothing, and whether it is no longer what a run has written."""

    is_current: bool
    is_edited: bool = False


_MISSING = OutputState(False)


class LockFile:
    """The lock file of ``directory``; any thread, beside any number of processes.

    ``read_only`` never touches the disk. ``index`` knows contents by sizes and times.
    """

    def __init__(self, directory: Path, index: OutputIndex | None = None, *, read_only: bool = False) -> None:
        self.directory = directory
        self._root = os.fspath(directory)
        self._path = directory / NAME
        self._read_only = read_only
        self._index = index or OutputIndex(None)
        self._lock = threading.Lock()
        self._is_changed = False
        self._has_old = False
        self._pending: list[str] = []
        self._forgotten: set[str] = set()
        self._state = _State()
        # What was read of which file: others may add to it while a run goes on.
        self._seen = (0, 0)
        if not self.refresh():
            self._convert()

    @property
    def service(self) -> str | None:
        """Return the address of the engine that made the outputs, None when that is not known."""
        return self._state.service

    @property
    def engine(self) -> str | None:
        """Return the release of the offline engine that made the outputs, None when that is not known."""
        return self._state.engine

    @property
    def is_of_earlier_version(self) -> bool:
        """Return whether all that is known comes from the database of a version before, which names no service."""
        return self._has_old

    @property
    def dictionaries(self) -> Mapping[str, str]:
        """Return the digest of each pronunciation dictionary as it was heard last."""
        return self._state.dictionaries

    @property
    def array(self) -> tuple[int, int, int] | None:
        """Return the Slurm array whose tasks made the outputs: its first index, its step, how many tasks."""
        return self._state.array

    @property
    def names(self) -> Collection[str]:
        """Return the names of all outputs that are not books."""
        return self._state.outputs.keys() - self._state.books

    def look(self, name: str, fingerprints: Collection[str]) -> OutputState:
        """Compare an output with what was recorded; ``fingerprints`` are the ways in which it may have been made."""
        made = self._state.outputs.get(name)
        if made is None:
            return _MISSING
        try:
            content = self._content(name, made)
        except OSError:
            return _MISSING
        if content is None:
            return OutputState(any(one.fingerprint in fingerprints for one in made), True)
        return OutputState(any(one.fingerprint in fingerprints for one in made if one.content == content))

    def content_of(self, name: str) -> str | None:
        """Return the recorded content of an output that is still as it was recorded."""
        made = self._state.outputs.get(name)
        with contextlib.suppress(OSError):
            return self._content(name, made) if made else None
        return None

    def _content(self, name: str, made: Iterable[OutputRecord]) -> str | None:
        """Return the content of an output, None when it is not one of those recorded; raises ``OSError``."""
        path = f"{self._root}/{name}"
        found = os.stat(path)  # noqa: PTH116 - a Path for each of 50,000 rows takes longer than all else
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a plain file")
        if all(one.size != found.st_size for one in made):
            if not found.st_size:
                # What a crash of the system leaves is not an edit of the user's.
                raise OSError(errno.ENOENT, "it is empty")
            return None
        content = self._index.get(name, found)
        if content is None:
            content = digest_of(path)
            self._index.put(name, found, content)
        return content if any(one.content == content for one in made) else None

    def why(self, name: str, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Return why an output is not up to date: "missing", "changed", or those of ``PARTS`` that differ."""
        made = self._state.outputs.get(name, ())
        with contextlib.suppress(OSError):
            content = self._content(name, made)
            known = next((one.parts for one in made if one.content == content), ())
            differing = [part for part, now, then in zip(PARTS, parts, known, strict=False) if now != then]
            return tuple(differing) or ("changed",)
        return ("missing",)

    def record(self, name: str, fingerprint: str, parts: tuple[str, ...] = (), *, is_book: bool = False) -> None:
        """Remember an output as it is now; one that cannot be read, or a file that cannot be written, is not."""
        with contextlib.suppress(OSError):
            path = f"{self._root}/{name}"
            found = os.stat(path)  # noqa: PTH116 - as above
            made = OutputRecord(fingerprint, found.st_size, digest_of(path), parts)
            self._index.put(name, found, made.content)
            with self._lock:
                self._state.outputs[name] = (made,)
                (self._state.books.add if is_book else self._state.books.discard)(name)
            self._append(_output_lines(name, (made,), is_book=is_book))

    def note_engine(self, service: str, dictionaries: Mapping[str, str], engine: str | None = None) -> None:
        """Remember who speaks, once something is recorded; ``engine`` is the release of the offline engine."""
        with self._lock:
            lines = [] if self._state.service == service else [f"service {_escaped(service)}\n"]
            if engine and engine != self._state.engine:
                lines.append(f"engine {_escaped(engine)}\n")
                self._state.engine = engine
            known = self._state.dictionaries
            lines += [_dictionary_lines(one, said) for one, said in dictionaries.items() if known.get(one) != said]
            self._state.service = service
            known.update(dictionaries)
            self._pending += lines

    def note_array(self, array: tuple[int, int, int]) -> None:
        """Remember a Slurm array, once something is recorded."""
        with self._lock:
            if self._state.array != array:
                self._state.array = array
                self._pending.append(_array_line(array))

    def forget(self, names: Iterable[str]) -> None:
        """Forget outputs that are there no longer."""
        with self._lock:
            for name in names:
                if self._state.outputs.pop(name, None) is not None:
                    self._forgotten.add(name)
                    self._is_changed = True

    def close(self) -> None:
        """Sort the file if this run has changed it; idempotent, and never fails."""
        if self._is_changed and not self._read_only:
            with contextlib.suppress(OSError, LightningError):
                self._sort()
            self._is_changed = False
        if not self._read_only:
            self._index.save()

    def refresh(self) -> bool:
        """Read what other processes have added since; returns whether there is a lock file."""
        with self._lock, contextlib.suppress(OSError):
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            with os.fdopen(os.open(self._path, flags), "rb") as file:
                about = os.fstat(file.fileno())
                inode, end = self._seen
                if not stat.S_ISREG(about.st_mode) or about.st_size > _LIMIT_BYTES:
                    return False
                if inode != about.st_ino or about.st_size < end:
                    end = 0
                if about.st_size > end:
                    file.seek(end)
                    self._state.read(file.read(about.st_size - end))
                self._seen = (about.st_ino, about.st_size)
                return True
        return False

    def _convert(self) -> None:
        old = old_stamps.read_old_stamps(self.directory)
        if not old:
            return
        self._has_old = True
        for stamp in old:
            name = old_stamps.relative_name(stamp, self.directory)
            self._state.outputs.setdefault(name, (OutputRecord(stamp.fingerprint, stamp.size, stamp.digest),))
            if stamp.is_book:
                self._state.books.add(name)
        # Written with the first run that may write, also when that has nothing else to do.
        self._is_changed = True

    def _append(self, lines: str) -> None:
        if self._read_only:
            return
        with self._lock:
            pending, self._pending = self._pending, []
            self._is_changed = True
            text = "".join([*pending, lines])
            with contextlib.suppress(OSError, LightningError), self._opened() as descriptor:
                is_new = not os.fstat(descriptor).st_size
                # In one piece, so that a process that is killed leaves all of it or nothing.
                os.write(descriptor, ((_HEAD if is_new else "") + text).encode("utf-8", "surrogateescape"))

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int]:
        """Open the file for appending, locked, and only if it is a plain one of our own; raises ``OSError``."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        for _ in range(_TRIES):
            descriptor = os.open(self._path, flags, 0o666)
            try:
                about = os.fstat(descriptor)
                if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1:
                    raise OSError(errno.EINVAL, "it is not a plain file")
                # Another process may hold it, or have replaced it by a sorted one.
                if try_lock(descriptor, self._path):
                    yield descriptor
                    return
            finally:
                os.close(descriptor)
            time.sleep(_POLL_S)
        raise OSError(errno.EAGAIN, "another process holds it")

    def _sort(self) -> None:
        """Replace the file by a sorted one, with what other processes have added meanwhile."""
        try:
            with self._opened() as descriptor:
                os.lseek(descriptor, 0, os.SEEK_SET)
                with os.fdopen(os.dup(descriptor), "rb") as file:
                    raw = file.read(_LIMIT_BYTES)
                self._replace(raw)
        except OSError as fault:
            if fault.errno not in {errno.ELOOP, errno.EINVAL, errno.ENXIO}:
                raise
            # Something else lies under the name: it makes way, and what a link led to stays untouched.
            self._replace(b"")

    def _replace(self, raw: bytes) -> None:
        state = _State()
        state.read(raw)
        with self._lock:
            for name, made in self._state.outputs.items():
                state.outputs.setdefault(name, made)
            state.books |= self._state.books
            for name in self._forgotten:
                state.outputs.pop(name, None)
            state.service = self._state.service or state.service
            state.engine = self._state.engine or state.engine
            state.array = self._state.array or state.array
            state.dictionaries = {**state.dictionaries, **self._state.dictionaries}
        for name, made in state.outputs.items():
            if len(made) > 1:
                # Recorded more than once, or by both sides of a merge: what lies there decides.
                with contextlib.suppress(OSError):
                    content = self._content(name, made)
                    state.outputs[name] = tuple(one for one in made if one.content == content)[-1:] or made
        replace_file(self._path, state.text().encode("utf-8", "surrogateescape"), mode=None)
        if self._has_old:
            with contextlib.suppress(OSError):
                (self.directory / old_stamps.NAME).unlink()


class _State:
    """What a lock file says."""

    def __init__(self) -> None:
        self.service: str | None = None
        self.engine: str | None = None
        self.array: tuple[int, int, int] | None = None
        self.dictionaries: dict[str, str] = {}
        self.outputs: dict[str, tuple[OutputRecord, ...]] = {}
        self.books: set[str] = set()

    def read(self, raw: bytes) -> None:
        """Add what ``raw`` says; an output that stands twice has been made in either way."""
        take: Callable[[str], None] | None = None
        for line in raw.decode("utf-8", "surrogateescape").split("\n"):
            if line.startswith("  "):
                if take is not None:
                    take(line[2:])
                continue
            kind, _, rest = line.partition(" ")
            rest = rest.removesuffix("\r")
            if kind in {"output", "book"} and rest:
                name = _unescaped(rest)
                take = self._output(name)
                if kind == "book":
                    self.books.add(name)
            elif kind == "dictionary" and rest:
                take = self._dictionary(_unescaped(rest))
            elif kind in {"service", "engine"} and rest:
                setattr(self, kind, _unescaped(rest))
                take = None
            elif kind == "slurm-array" and (match := _ARRAY.fullmatch(rest)):
                self.array, take = (int(match[1]), int(match[2]), int(match[3])), None
            elif kind not in {"<<<<<<<", "=======", ">>>>>>>", "|||||||"}:
                take = None

    def _output(self, name: str) -> Callable[[str], None]:
        def take(values: str) -> None:
            if match := _VALUES.fullmatch(values.removesuffix("\r")):
                made = OutputRecord(match[1], int(match[2]), match[3])
                known = self.outputs.get(name, ())[-_MOST_WAYS:]
                self.outputs[name] = (*(one for one in known if replace(one, parts=()) != made), made)
            elif (match := _FROM.fullmatch(values.removesuffix("\r"))) and (known := self.outputs.get(name, ())):
                self.outputs[name] = (*known[:-1], replace(known[-1], parts=tuple(match[1].split())))

        return take

    def _dictionary(self, name: str) -> Callable[[str], None]:
        def take(values: str) -> None:
            if _HEX.fullmatch(values.removesuffix("\r")):
                self.dictionaries[name] = values

        return take

    def text(self) -> str:
        """Return the sorted file."""
        lines = [_HEAD]
        about: list[str] = []
        if self.service:
            about.append(f"service {_escaped(self.service)}\n")
        if self.engine:
            about.append(f"engine {_escaped(self.engine)}\n")
        if self.array:
            about.append(_array_line(self.array))
        lines += [*about, "\n"]
        lines += [_dictionary_lines(*one) for one in sorted(self.dictionaries.items())]
        lines += [
            _output_lines(name, self.outputs[name], is_book=name in self.books)
            for name in sorted(self.outputs, key=os.fsencode)
        ]
        return "".join([*lines, _END])


def _output_lines(name: str, made: Iterable[OutputRecord], *, is_book: bool) -> str:
    lines = [f"{'book' if is_book else 'output'} {_escaped(name)}\n"]
    for one in made:
        lines.append(f"  {one.fingerprint} {one.size} {one.content}\n")
        if one.parts:
            lines.append(f"  from {' '.join(one.parts)}\n")
    return "".join([*lines, "\n"])


def _array_line(array: tuple[int, int, int]) -> str:
    return "slurm-array {} {} {}\n".format(*array)


def _dictionary_lines(name: str, digest: str) -> str:
    return f"dictionary {_escaped(name)}\n  {digest}\n\n"


def _escaped(name: str) -> str:
    """Return a name on one line: control characters, and what a merge or a reader would misread, as in a URL."""
    raw = _ESCAPED.sub(lambda match: b"".join(b"%%%02X" % byte for byte in match[0]), os.fsencode(name))
    return raw.decode("utf-8", "surrogateescape")


def _unescaped(name: str) -> str:
    return os.fsdecode(unquote_to_bytes(os.fsencode(name))) if "%" in name else name


def digest_of(path: str) -> str:
    """Return the SHA-256 of a file; raises ``OSError``."""
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
