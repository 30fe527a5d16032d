"""FFmpeg as a program beside ours: finds it, measures loudness with it, and has it encode.

Nothing that a person or a stranger wrote becomes an option: names of files are given as ``file:`` URLs with absolute
paths, titles stand in a metadata file, and every input has the format it must have.
"""

import contextlib
import math
import os
import re
import select
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

from lightning_cli.errors import OutputError, UsageFault
from lightning_cli.narration.pace import Stop

_POLL_S = 0.1
_ENCODERS_TIMEOUT_S = 20.0
_SHOWN_CHARS = 300
_BLOCK_BYTES = 1 << 18
# What is quieter than this was not measured at all.
_SILENCE_LUFS = -69.0
# A line for each tenth of a second is some 120 bytes: a day of them.
_TOLD_BYTES = 128 << 20
_BLOCK_MS = 400
_MOMENTARY = re.compile(r"TARGET:.*? M:\s*(-?[\d.]+) ")


class Loudness(NamedTuple):
    """The loudness of a whole in LUFS (EBU R 128), and its true peak in dBTP."""

    integrated: float
    peak: float

    @property
    def is_silent(self) -> bool:
        """Return whether there was nothing to measure."""
        return not self.integrated > _SILENCE_LUFS


class Blocks(NamedTuple):
    """How many blocks of 400 ms have which loudness, in LUFS, and the true peak in dBTP."""

    counts: dict[float, int]
    peak: float


def find_ffmpeg(wanted_for: str) -> str:
    """Return the path of FFmpeg; raises ``UsageFault`` where it is not installed."""
    found = shutil.which("ffmpeg")
    if found is None:
        raise UsageFault(f"{wanted_for} needs ffmpeg, which is not installed", hint="install it: apt install ffmpeg")
    return found


def has_ffmpeg() -> bool:
    """Return whether FFmpeg is installed."""
    return shutil.which("ffmpeg") is not None


def has_encoder(name: str) -> bool:
    """Return whether FFmpeg is installed and has an encoder: not everyone's does."""
    found = shutil.which("ffmpeg")
    return found is not None and _has_encoder(found, name)


@cache
def _has_encoder(program: str, name: str) -> bool:
    command = [program, "-hide_banner", "-h", f"encoder={name}"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_ENCODERS_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return f"Encoder {name} ".encode() in done.stdout


def url(path: Path) -> str:
    """Return a file's name as FFmpeg takes it: never an option, never another protocol."""
    return f"file:{path.absolute()}"


def raw_input(path: Path, sample_rate: int) -> list[str]:
    """Return the options for raw mono PCM of 16 bits."""
    return ["-f", "s16le", "-ar", str(sample_rate), "-ac", "1", "-i", url(path)]


def raw_part(path: Path, begin: int, end: int, sample_rate: int) -> list[str]:
    """Return the options for the bytes from ``begin`` to ``end`` of a file of raw PCM."""
    name = f"subfile,,start,{begin},end,{end},,:{url(path)}"
    return ["-f", "s16le", "-ar", str(sample_rate), "-ac", "1", "-i", name]


def measure(source: Sequence[str], stop: Stop, filters: Sequence[str] = ()) -> Loudness:
    """Measure the input that ``source`` names, behind ``filters``; raises ``OutputError`` and ``Stopped``."""
    chain = ",".join([*filters, "ebur128=peak=true:framelog=verbose"])
    told = run([*source, "-map", "0:a", "-af", chain, "-f", "null", "-"], stop, loglevel="info")
    return _summary(told)


def measure_blocks(
    source: Sequence[str], stop: Stop, filters: Sequence[str] = (), around_ms: tuple[int, int] = (0, 0)
) -> Blocks:
    """Measure the same, block by block, as a part with so much silence before and behind it."""
    # Blocks that lie across an end count as well.
    before_ms, behind_ms = (min(_BLOCK_MS, silence_ms) for silence_ms in around_ms)
    before = [f"adelay={before_ms}"] if before_ms else []
    behind = [f"apad=pad_dur={behind_ms / 1000}"] if behind_ms else []
    chain = ",".join([*filters, *before, *behind, "ebur128=peak=true:framelog=info"])
    told = run([*source, "-map", "0:a", "-af", chain, "-f", "null", "-"], stop, loglevel="info")
    return Blocks(dict(Counter(map(float, _MOMENTARY.findall(told)))), _summary(told).peak)


def _summary(told: str) -> Loudness:
    summary = told.rpartition("Summary:")[2]
    integrated = re.search(r"I:\s+(-?[\d.]+|-inf|nan) LUFS", summary)
    peak = re.search(r"Peak:\s+(-?[\d.]+|-inf|nan) dBFS", summary)
    if integrated is None or peak is None:
        raise OutputError("cannot read the loudness that ffmpeg measured", hint="ffmpeg 4.4 or newer is needed")
    return Loudness(float(integrated[1]), float(peak[1]))


def run(arguments: Sequence[str], stop: Stop, *, loglevel: str = "error") -> str:
    """Run FFmpeg to its end and return what it says; raises ``OutputError``, and ``Stopped`` at once."""
    with _started(arguments, loglevel, stdout=subprocess.DEVNULL) as (process, told):
        return _checked(process, told, stop)


def pcm_of(arguments: Sequence[str], stop: Stop) -> Iterator[bytes]:
    """Run FFmpeg and yield the raw PCM that it writes; raises ``OutputError`` and ``Stopped``."""
    with _started([*arguments, "-f", "s16le", "pipe:1"], "error", stdout=subprocess.PIPE) as (process, told):
        output: IO[bytes] = process.stdout  # type: ignore[assignment] # a pipe, as asked for
        half = b""
        while True:
            stop.check()
            # It may stall without a word.
            if not select.select([output], [], [], _POLL_S)[0]:
                continue
            block = os.read(output.fileno(), _BLOCK_BYTES)
            if not block:
                break
            block = half + block
            even = len(block) & ~1
            half = block[even:]
            yield block[:even]
        _checked(process, told, stop)


@contextlib.contextmanager
def _started(
    arguments: Sequence[str], loglevel: str, *, stdout: int
) -> Iterator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
    import tempfile

    command = [find_ffmpeg("this"), "-nostdin", "-hide_banner", "-nostats", "-loglevel", loglevel, "-y", *arguments]
    with tempfile.TemporaryFile() as told:
        try:
            # A signal to the group is ours to handle: it is ended below.
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=told, start_new_session=True
            )
        except OSError as fault:
            raise OutputError(f"cannot run ffmpeg ({fault.strerror})", hint="check the installation") from fault
        with process:
            try:
                yield process, told
            except BaseException:
                process.kill()
                raise


def _checked(process: "subprocess.Popen[bytes]", told: IO[bytes], stop: Stop) -> str:
    """Wait for the end and return what was said; raises ``OutputError`` and ``Stopped``."""
    while True:
        try:
            process.wait(_POLL_S)
            break
        except subprocess.TimeoutExpired:
            stop.check()
    told.seek(0)
    said = told.read(_TOLD_BYTES).decode("utf-8", "replace")
    if process.returncode:
        last = " ".join(said.split())[-_SHOWN_CHARS:] or f"status {process.returncode}"
        raise OutputError(f"ffmpeg cannot make this: {last}", hint="try another --bitrate or sample rate")
    return said


def gain_filters(gain_db: float, ceiling_dbtp: float | None, sample_rate: int) -> list[str]:
    """Return the filters for one linear gain, and for a true-peak limiter behind it where there is a ceiling."""
    volume = f"volume={gain_db:.3f}dB:precision=double"
    if ceiling_dbtp is None:
        return [volume] if gain_db else []
    limit = math.pow(10, ceiling_dbtp / 20)
    # Peaks between samples show at four times the rate and more.
    return [
        "aresample=192000",
        volume,
        f"alimiter=limit={limit:.6f}:attack=5:release=50:level=false:latency=true",
        f"aresample={sample_rate}",
    ]
