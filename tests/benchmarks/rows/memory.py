"""How much memory hours of audio take."""

import subprocess
from collections.abc import Iterator

from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab
from benchmarks.processes import HANG_S, shown
from benchmarks.results import Measure, Series, at_most, no_more_than

_MINUTE_S, _TEN_MINUTES_S, _TEN_HOURS_S = 60, 600, 36_000
_HEAVY = ("numpy", "sounddevice", "soundfile", "soxr", "rich", "websockets", "pydantic")
_FRAMINGS = ("chunked", "close", "coalesced")


def measure(lab: Lab) -> Iterator[Measure]:
    """Compare the highest resident memory of ``say -o`` for a minute, ten minutes and ten hours of audio."""
    wav = str(lab.directory / "memory.wav")
    short = lab.interleave(
        {
            "minute": lambda: peak_mb(lab, lab.say("-o", wav), _MINUTE_S),
            "null": lambda: peak_mb(lab, lab.say("-o", "/dev/null", "--format", "pcm"), _MINUTE_S),
            "ten minutes": lambda: peak_mb(lab, lab.say("-o", wav), _TEN_MINUTES_S),
        }
    )
    # 3.2 GB of audio, so not to a disk, and once in each framing: memory is no matter of luck.
    to_null = speaks_long(lab, "-o", "/dev/null", "--format", "pcm")
    long = Series(tuple(peak_mb(lab, to_null, _TEN_HOURS_S, framing) for framing in _FRAMINGS))
    note = f"one run in each of {len(_FRAMINGS)} framings, to /dev/null"
    yield Measure(
        what="10 h against 1 min",
        unit="MB",
        ours=long,
        peer_name="ours, 1 min to /dev/null",
        peer=short["null"],
        goal=at_most(1.1),
        note=note,
    )
    yield Measure(
        what="10 min against 1 min",
        unit="MB",
        ours=short["ten minutes"],
        peer_name="ours, 1 min to .wav",
        peer=short["minute"],
        goal=at_most(1.1),
    )
    yield Measure(what="10 h", unit="MB", ours=long, goal=no_more_than(45))
    yield Measure(what="10 min to .wav", unit="MB", ours=short["ten minutes"], goal=no_more_than(45))
    loaded = heavy_modules(lab)
    yield Measure(
        what="heavy modules loaded",
        unit="modules",
        ours=Series((float(len(loaded)),)),
        goal=no_more_than(0),
        note=f"looked for: {', '.join(_HEAVY)}" + (f"; found: {', '.join(loaded)}" if loaded else ""),
    )


def speaks_long(lab: Lab, *arguments: str) -> list[str]:
    """Return a command line whose one request is long enough for ten hours: more than a text can take is refused."""
    return lab.say(*arguments, "--whole", "--speed", "0.5", text="These are words. " * 400)


def peak_mb(lab: Lab, argv: list[str], seconds: float, framing: str = "chunked") -> float:
    """Return the highest resident memory of a run, in MB."""
    return used(lab, argv, seconds, framing)[1]


def used(lab: Lab, argv: list[str], seconds: float, framing: str = "chunked") -> tuple[float, float]:
    """Return the CPU seconds of a run and its highest resident memory in MB; its output is dropped."""
    lab.service.plan(framing=framing, seconds=seconds)
    cpu_s, kib = _told(lab, [lab.tool("python"), "-I", "-S", lab.reference("peak")[1], *argv]).split()[-2:]
    return float(cpu_s), int(kib) * 1024 / 1e6


def heavy_modules(lab: Lab) -> list[str]:
    """Name what is loaded that a file does not need."""
    lab.service.plan(seconds=1)
    said = lab.say("-o", str(lab.directory / "memory.wav"))[1:]
    loaded = set(_told(lab, lab.reference("loaded", *said)).split())
    return sorted(loaded & set(_HEAVY))


def _told(lab: Lab, argv: list[str]) -> str:
    done = subprocess.run(argv, env=dict(lab.environment), capture_output=True, text=True, timeout=HANG_S, check=False)
    if done.returncode:
        raise BenchmarkFault(f"{shown(argv)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
