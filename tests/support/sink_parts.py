"""Parts for the tests of sinks: audio to write, and the programs that read it back."""

import array
import contextlib
import math
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.sinks.base import Sink
from lightning_cli.sinks.containers import ALAW, FLAC, MP3, OGG, OPUS, PCM, ULAW, WAV, Container
from lightning_cli.sinks.encoders import Encoder

ROOT = Path(__file__).resolve().parents[2]
GUARD_S = 60
FMT = PcmFormat(24000)
ALL = [WAV, PCM, FLAC, OGG, OPUS, MP3, ULAW, ALAW]
OLD = b"what was there before"
DISK_BYTES = 64 << 10
NOBODY = 65534
TONE_PERIOD = 50
TONE_PEAK = 12000


def noise(frames: int, seed: int = 1) -> bytes:
    """Make 16-bit noise that no codec can guess."""
    return random.Random(seed).randbytes(2 * frames)


def tone(frames: int) -> bytes:
    """Make a sine of 50 frames a period: what lossy codecs keep."""
    period = [round(TONE_PEAK * math.sin(2 * math.pi * index / TONE_PERIOD)) for index in range(TONE_PERIOD)]
    return (array.array("h", period) * (frames // TONE_PERIOD + 1)).tobytes()[: 2 * frames]


def loudness(pcm: bytes) -> float:
    """Return the mean absolute sample."""
    samples = memoryview(pcm).cast("h")
    return sum(map(abs, samples)) / len(samples)


def filtered(command: Iterable[str], data: bytes = b"") -> bytes:
    """Run a program over real pipes and return its output; its complaints fail the test."""
    done = subprocess.run(list(command), input=data, capture_output=True, timeout=GUARD_S, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def ffmpeg_decode(source: str, data: bytes = b"", options: tuple[str, ...] = ()) -> bytes:
    """Decode a file, or ``data`` through a pipe when ``source`` is ``-``, to 16-bit samples."""
    return filtered(["ffmpeg", "-v", "error", *options, "-i", source, "-f", "s16le", "-"], data)


def sox_decode(source: str, kind: str, data: bytes = b"") -> bytes:
    """Decode with SoX to 16-bit samples."""
    return filtered(["sox", "-D", "-t", kind, source, "-t", "raw", "-e", "signed", "-b", "16", "-"], data)


def libsndfile_decode(path: Path | str) -> bytes:
    """Decode with libsndfile to 16-bit samples."""
    import soundfile

    with soundfile.SoundFile(str(path)) as file:
        return bytes(file.buffer_read(dtype="int16"))


def encode(encoder: Encoder, fmt: PcmFormat, pcm: bytes, piece_bytes: int = 5000) -> bytes:
    """Encode piece by piece, as a stream without a corrected head."""
    out = [encoder.begin(fmt)]
    out += [encoder.encode(pcm[start : start + piece_bytes]) for start in range(0, len(pcm), piece_bytes)]
    return b"".join([*out, encoder.end()])


def encode_file(encoder: Encoder, fmt: PcmFormat, pcm: bytes) -> bytes:
    """Encode as a file, whose head is corrected."""
    stream = encode(encoder, fmt, pcm)
    head = encoder.head(len(stream))
    return head + stream[len(head) :]


def feed(sink: Sink, fmt: PcmFormat, segments: Iterable[bytes]) -> None:
    """Drive a sink through its whole life."""
    sink.start(fmt)
    for segment in segments:
        sink.write(segment)
        sink.commit()
    sink.finish()


def write_on(sink: Sink) -> None:
    """Write until the sink fails, or for long enough."""
    for seed in range(1000):
        sink.write(noise(1000, seed))


def open_descriptors() -> set[str]:
    """List the descriptors of this process and what they are."""
    found = set()
    for path in list(Path("/proc/self/fd").iterdir()):
        # The listing itself had a descriptor, which is gone by now.
        if path.is_symlink():
            found.add(f"{path.name} {path.readlink()}")
    return found


def script(code: str, *arguments: str) -> list[str]:
    """Return the command that runs ``code`` in a fresh interpreter with the project on its path."""
    return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}", *arguments]


def named(container: Container) -> str:
    """Name a parameter after its container."""
    return container.name


def parts(directory: Path) -> list[Path]:
    """List the unfinished files."""
    return sorted(directory.glob(".*.part"))


@contextlib.contextmanager
def limited_files(size_bytes: int) -> Iterator[None]:
    """Limit the size of every file of this process; Python ignores the signal, so the write fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def unprivileged() -> Iterator[Path]:
    """Act as a user without privileges, who owns the directory that is given."""
    # Where others may look too.
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        directory = Path(name)
        was = os.geteuid()
        if was == 0:
            os.chown(directory, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield directory
        finally:
            os.seteuid(was)


@contextlib.contextmanager
def small_disk(directory: Path) -> Iterator[Path]:
    """Return a directory whose disk fills up after 64 KiB: a tiny file system, or a limit on the size of files."""
    directory.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(directory)]
    if os.geteuid() == 0 and subprocess.run(mount, capture_output=True, timeout=GUARD_S, check=False).returncode == 0:
        try:
            yield directory
        finally:
            # Lazily, so that a test that failed with a file open there does not leave the mount behind.
            subprocess.run(["umount", "--lazy", str(directory)], timeout=GUARD_S, check=True)
        return
    with limited_files(DISK_BYTES):
        yield directory


class Pipe:
    """A pipe whose reading end is looked into without waiting."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)

    def available(self) -> bytes:
        """Take what has arrived."""
        try:
            return os.read(self.reader, 1 << 20)
        except BlockingIOError:
            return b""


@contextlib.contextmanager
def open_pipe() -> Iterator[Pipe]:
    """Return a pipe and close what is left of it."""
    ends = Pipe()
    yield ends
    for fd in (ends.reader, ends.writer):
        try:
            os.close(fd)
        except OSError:
            continue
