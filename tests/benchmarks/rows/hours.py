"""How the cost grows with the hours of audio, for every sink that does not wait."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.lab import Lab
from benchmarks.results import Measure, Point, Series, at_most
from benchmarks.rows.memory import speaks_long, used

# By how much a byte, a sentence or an hour may cost more at the large end than at the small one. Whatever goes over
# the same bytes twice as often when they are twice as many would be at ten or more here.
LINEAR = 1.25
_MEMORY = 1.1
_SERVER_RATE, _RATE = 44_100, 8000  # so low that ten hours fit a disk
_SHARES = (0.1, 0.3, 1.0)
_LITTLE_H = 1 / 60
# The longest run outweighs its own noise; those it is compared with are taken more often.
_TURNS = 3


@dataclass(frozen=True, slots=True)
class _Sink:
    """Where audio goes, and how many hours of it: encoders that think take longer than this row may."""

    name: str
    hours: float
    arguments: Sequence[str]


_CONTAINERS = {"wav": 10, "pcm": 10, "ulaw": 2, "alaw": 2, "flac": 10, "ogg": 2, "opus": 0.5, "mp3": 1}


def measure(lab: Lab) -> Iterator[Measure]:
    """Take hours of audio to each sink, a minute taken away; the goals are for the worst of all."""
    path = str(lab.directory / "hours")
    sinks = [
        _Sink("/dev/null", 10, ["-o", os.devnull, "--format", "pcm"]),
        _Sink("stdout", 10, ["-o", "-"]),
        *(_Sink(container, hours, ["-o", f"{path}.{container}"]) for container, hours in _CONTAINERS.items()),
        _Sink("wav, flac and stdout", 5, ["-o", f"{path}.wav", "-o", f"{path}.flac", "-o", "-"]),
    ]
    costs, memories = [], []
    for sink in sinks:
        taken = list(_of(lab, sink))
        yield from taken
        *_, cost, memory = taken
        costs.append(cost)
        memories.append(memory)
    for measures, goal in ((costs, at_most(LINEAR)), (memories, at_most(_MEMORY))):
        worst = max(measures, key=lambda measure: measure.ratio or 0.0)
        yield replace(worst, what=f"worst of {len(sinks)} sinks, {worst.what}", goal=goal, point=None)


def _of(lab: Lab, sink: _Sink) -> Iterator[Measure]:
    """Return the CPU of each share of a sink's hours, and last the memory of all of them."""
    argv = speaks_long(lab, "-r", str(_RATE), *sink.arguments)
    little_h, little_s, little_mb = _taken(lab, argv, _LITTLE_H, _TURNS)
    taken_mb = little_mb
    cost: dict[float, Series] = {}
    for share in _SHARES:
        taken_h, taken_s, taken_mb = _taken(lab, argv, sink.hours * share, 1 if share == _SHARES[-1] else _TURNS)
        cost[share] = taken_s.shifted(-little_s.median).scaled(1 / (taken_h - little_h))
        yield Measure(
            what=f"CPU per hour of audio to {sink.name}, {sink.hours * share:g} h",
            unit="s",
            ours=cost[share],
            peer_name=f"{sink.hours * _SHARES[0]:g} h",
            peer=cost[_SHARES[0]],
            point=Point(f"hours of audio at {_RATE} Hz", "CPU s per hour of audio", taken_h, sink.name),
        )
    yield Measure(
        what=f"memory to {sink.name}, {sink.hours:g} h",
        unit="MB",
        ours=taken_mb,
        peer_name="1 min",
        peer=little_mb,
    )


def _taken(lab: Lab, argv: list[str], hours: float, turns: int) -> tuple[float, Series, Series]:
    """Run some times; give the hours of audio that it was, the CPU seconds, and the highest memory in MB."""
    # The server's audio is at another rate, and comes in tens of seconds.
    server_s = max(10, round(hours * 3600 * _RATE / _SERVER_RATE, -1))
    taken = [used(lab, argv, server_s) for _ in range(turns)]
    cpu_s, megabytes = (Series(samples) for samples in zip(*taken, strict=True))
    return server_s * _SERVER_RATE / _RATE / 3600, cpu_s, megabytes
