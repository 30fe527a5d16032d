"""The cache of audio: one file for each fingerprint, shared by any number of processes, the least used gone first.

An entry appears by rename, complete and on the disk. Work on a fingerprint is done under a lock file of its own, so
that no two processes ask for the same audio; the lock ends with its process. Without locks (some network file
systems) the same audio may be asked for twice and is still never torn.

One segment's audio as a file of the cache: FLAC behind a checksum, so that a torn entry counts as absent.

Measured on speech at 44.1 kHz: FLAC takes 118 MB an hour (37 % of the PCM) and 1.8 s to encode, 2.2 s to decode it;
zlib over differences takes 180 to 210 MB and 11 s. Both give back every bit.
"""

import contextlib
import hashlib
import io
import json
import math
import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lightning_cli.client.stream import WordTime
from lightning_cli.errors import OutputError
from lightning_cli.narration.file_locks import Notice, Sleep, locked, no_notice
from lightning_cli.sinks.links import follow_links
from lightning_cli.system.small_files import TooLong, make_private, read_small, replace_file

_MAGIC = b"LTTS\x01"
_HASH_BYTES = 32
_LENGTH_BYTES = 4
_START = len(_MAGIC) + _HASH_BYTES


@dataclass(frozen=True, slots=True)
class Entry:
    """16-bit mono PCM, its rate in Hz, and the words' times where the service gave them."""

    pcm: bytes
    sample_rate: int
    words: tuple[WordTime, ...] = ()


def pack(entry: Entry) -> bytes:
    """Return the bytes of an entry."""
    payload = b""
    if entry.pcm:
        # Loaded only where there is audio to keep, never by a run with nothing to do.
        import numpy as np
        import soundfile

        flac = io.BytesIO()
        samples = np.frombuffer(entry.pcm, dtype="<i2")
        soundfile.write(flac, samples, entry.sample_rate, format="FLAC", subtype="PCM_16")
        payload = flac.getvalue()
    words = [list(word._asdict().values()) for word in entry.words]
    about = json.dumps({"rate": entry.sample_rate, "words": words}, ensure_ascii=False).encode()
    rest = len(about).to_bytes(_LENGTH_BYTES, "big") + about + payload
    return _MAGIC + hashlib.sha256(rest).digest() + rest


def intact(raw: bytes) -> bool:
    """Return whether these bytes are an entry, every one of them."""
    return raw[: len(_MAGIC)] == _MAGIC and hashlib.sha256(raw[_START:]).digest() == raw[len(_MAGIC) : _START]


def unpack(raw: bytes) -> Entry | None:
    """Return what ``pack`` was given; None when a byte is missing or different."""
    if not intact(raw):
        return None
    # RuntimeError: libsndfile's own, and RecursionError.
    with contextlib.suppress(ValueError, LookupError, TypeError, RuntimeError):
        return _parsed(raw)
    return None


def _parsed(raw: bytes) -> Entry:
    begin = _START + _LENGTH_BYTES
    end = begin + int.from_bytes(raw[_START:begin], "big")
    about, payload = json.loads(raw[begin:end]), raw[end:]
    pcm = b""
    if payload:
        import soundfile

        with soundfile.SoundFile(io.BytesIO(payload)) as flac:
            # A head of a few bytes may claim more samples than there is memory.
            too_long = not 0 <= flac.frames <= _ENTRY_LIMIT_BYTES // 2
            if too_long or flac.channels != 1 or flac.samplerate != about["rate"]:
                raise ValueError("the audio is of another kind than its head says")
            samples = flac.read(dtype="int16")
        pcm = samples.astype("<i2", copy=False).tobytes()
    words = (WordTime(int(at), str(word), float(begin_s), float(end_s)) for at, word, begin_s, end_s in about["words"])
    return Entry(pcm, int(about["rate"]), tuple(words))


MEGABYTE = 1_000_000
DEFAULT_LIMIT_BYTES = 5_000_000_000
_NAME = re.compile(r"[0-9a-f]{64}")
_FOLDER = re.compile(r"[0-9a-f]{2}")
_PART = ".part"
# Two hours of a segment's PCM; a segment has at most 8000 characters.
_ENTRY_LIMIT_BYTES = 1 << 29
# No write of an entry takes so long: what is left behind by then belongs to a process that was killed.
_ABANDONED_S = 3600.0
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
        self._modes: tuple[int, int] | None = None

    def get(self, fingerprint: str) -> Entry | None:
        """Return an entry and count it as used now; None when it is absent, torn or unreadable.

        Raises ``OutputError`` when a whole one that says nothing known here cannot be removed.
        """
        raw = self._read(fingerprint)
        entry = unpack(raw) if raw is not None else None
        if raw is not None and entry is None and intact(raw):
            # Else ``has`` would find it for ever, and the audio never asked for again.
            self.drop(fingerprint)
        return entry

    def has(self, fingerprint: str) -> bool:
        """Return whether ``get`` would find it, without decoding."""
        raw = self._read(fingerprint)
        return raw is not None and intact(raw)

    def seems_to_have(self, fingerprint: str) -> bool:
        """Return whether there is an entry, without reading it: ``get`` may still find it torn."""
        try:
            found = os.stat(f"{self.root}/{fingerprint[:2]}/{fingerprint}")  # noqa: PTH116 - asked for every segment
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size > _START

    def drop(self, fingerprint: str) -> None:
        """Remove an entry; raises ``OutputError`` when that cannot be done."""
        try:
            self._path(fingerprint).unlink(missing_ok=True)
        except OSError as fault:
            raise _unwritable(self.root, fault) from fault

    def put(self, fingerprint: str, entry: Entry) -> None:
        """Keep an entry; raises ``OutputError`` when it cannot be kept."""
        self._put(fingerprint, pack(entry))

    def get_bytes(self, fingerprint: str) -> bytes | None:
        """Return what ``put_bytes`` has kept; None when it is absent or torn."""
        raw = self._read(fingerprint)
        return raw[_START:] if raw is not None and intact(raw) else None

    def put_bytes(self, fingerprint: str, data: bytes) -> None:
        """Keep what was made of audio, under a fingerprint of its own; one that cannot be kept is made again."""
        with contextlib.suppress(OutputError):
            self._put(fingerprint, _MAGIC + hashlib.sha256(data).digest() + data)

    def _put(self, fingerprint: str, raw: bytes) -> None:
        path = self._path(fingerprint)
        try:
            self._make_directory(path.parent)
            replace_file(path, raw, mode=self._shared_modes()[1], synced=True)
        except OSError as fault:
            raise _unwritable(self.root, fault) from fault
        self._unchecked_bytes += len(raw)
        if self._unchecked_bytes > max(self.limit_bytes // 10, 1):
            self.trim()

    @contextlib.contextmanager
    def locked(self, name: str, sleep: Sleep, notice: Notice = no_notice) -> Iterator[None]:
        """Lock ``name`` for the block; ``sleep`` waits between two looks at it and may raise to give up.

        ``notice`` is told when that takes long. Raises ``OutputError`` when lock files cannot be made.
        """
        path = self.root / "locks" / name
        try:
            self._make_directory(path.parent)
            mode = self._shared_modes()[1]
        except OSError as fault:
            raise _unwritable(self.root, fault) from fault
        with locked(path, sleep, notice, mode=mode, unwritable=lambda fault: _unwritable(self.root, fault)):
            yield

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
        """Remove the least recently used entries until the rest fits; return what was removed.

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
        # The uses of a cache that is shared and read-only are not counted.
        with contextlib.suppress(OSError):
            os.utime(path)
        return raw

    def _make_directory(self, directory: Path) -> None:
        """Make a directory of the cache: this user's alone, whatever the umask.

        Raises ``OSError``, and ``OutputError`` where another user has planted a link.
        """
        follow_links(str(directory))
        if directory.is_dir():
            return
        make_private(self.root)
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)
            mode = self._shared_modes()[0]
            if mode & 0o070:
                directory.chmod(mode)

    def _shared_modes(self) -> tuple[int, int]:
        """Return the permissions of directories and files: a group that may write to the root shares all of it."""
        if self._modes is None:
            root = self.root.stat().st_mode
            self._modes = (stat.S_IMODE(root) & 0o2770, 0o660) if root & 0o020 else (0o700, 0o600)
        return self._modes

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
                # Parts that other programs left where a link leads are not ours to remove.
                if _FOLDER.fullmatch(folder.name) and folder.is_dir(follow_symlinks=False):
                    with contextlib.suppress(OSError), os.scandir(folder.path) as files:
                        yield from files


def _unwritable(root: Path, fault: OSError) -> OutputError:
    return OutputError(
        f"cannot write the cache {str(root)!r} ({fault.strerror or fault})",
        hint="choose another directory with --cache",
    )
