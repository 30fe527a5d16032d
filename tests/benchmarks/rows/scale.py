"""How the cost grows: with the size of events, the sample rate, the length of the text, the hours of audio."""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab
from benchmarks.processes import run_piped
from benchmarks.results import Goal, Measure, Point, Series, at_most, no_more_than
from benchmarks.rows.cpu import used_s
from benchmarks.rows.memory import peak_mb, speaks_long

_RATE, _FRAME_BYTES = 44_100, 2
_EVENT_BYTES = [256 << 2 * step for step in range(6)]
_USUAL_BYTES = 1024
_LONG_S, _SHORT_S = 600, 0.5
_SAMPLE_RATES = (8000, 16_000, 24_000, _RATE)
_SENTENCES = (1, 100, 300, 1000)
_SENTENCE = "Every one of these sentences has ten words in it. "
_ANSWER_S = 0.3
_MINUTE_S, _TEN_HOURS_S = 60, 36_000
_LOW_RATE = 8000
_RUNS = 5
# What a straight line may be missed by.
_LINEAR = 1.15


def measure(lab: Lab) -> Iterator[Measure]:
    """Take each cost at several sizes, a run with little audio taken away, and put it beside a straight line."""
    yield from _event_sizes(lab)
    yield from _sample_rates(lab)
    yield from _text_lengths(lab)
    yield from _sinks(lab)


def _event_sizes(lab: Lab) -> Iterator[Measure]:
    taken = _cpu_per_hour(lab, {size: (_LONG_S, _RATE, size) for size in _EVENT_BYTES})
    for size, series in taken.items():
        yield Measure(
            what=f"CPU per hour of audio, events of {size} bytes",
            unit="s/h",
            ours=series,
            peer_name=f"events of {_USUAL_BYTES} bytes",
            peer=taken[_USUAL_BYTES],
            # Smaller ones are more of them; larger ones must cost no more.
            goal=at_most(_LINEAR) if size > _USUAL_BYTES else None,
            point=Point("bytes of PCM per event", "CPU seconds per hour of audio", size),
        )


def _sample_rates(lab: Lab) -> Iterator[Measure]:
    # The server's audio is at one rate; at another, fewer of its seconds are as many bytes.
    lengths = {rate: round(_LONG_S * rate / _RATE, -1) for rate in _SAMPLE_RATES}
    taken = _cpu_per_hour(lab, {rate: (lengths[rate], rate, _USUAL_BYTES) for rate in _SAMPLE_RATES})
    for rate, series in taken.items():
        yield Measure(
            what=f"CPU per hour of audio at {rate} Hz",
            unit="s/h",
            ours=series,
            peer_name=f"its share of {_RATE} Hz",
            peer=taken[_RATE].scaled(rate / _RATE),
            goal=at_most(_LINEAR) if rate < _RATE else None,
            point=Point("sample rate in Hz", "CPU seconds per hour of audio", rate),
        )


def _cpu_per_hour(lab: Lab, plans: Mapping[int, tuple[float, int, int]]) -> dict[int, Series]:
    """Give CPU seconds per hour of audio for plans of server seconds, the rate they are taken at, and event size."""

    def taken_s(seconds: float, rate: int, event_bytes: int) -> float:
        argv = lab.say("-o", str(lab.directory / "scale.pcm"), "-r", str(rate))
        return used_s(lab, argv, argv[argv.index("-o") + 1], "chunked", seconds, event_bytes)

    turns = {f"{name}": partial(taken_s, *plan) for name, plan in plans.items()}
    turns |= {f"{name} short": partial(taken_s, _SHORT_S, *plan[1:]) for name, plan in plans.items()}
    taken = lab.interleave(turns, min(lab.runs, _RUNS))
    return {
        name: taken[f"{name}"]
        .shifted(-taken[f"{name} short"].median)
        .scaled(3600 / ((seconds - _SHORT_S) * _RATE / rate))
        for name, (seconds, rate, _) in plans.items()
    }


def _text_lengths(lab: Lab) -> Iterator[Measure]:
    lab.service.plan(seconds=_ANSWER_S)
    connections: list[float] = []

    def taken_ms(count: int) -> float:
        lab.service.forget()
        lab.service.plan(seconds=_ANSWER_S)
        finished, _ = run_piped(lab.say("-o", "-", text=_SENTENCE * count), lab.environment)
        asked = lab.service.forget()
        if len(asked) != count:
            raise BenchmarkFault(f"{count} sentences became {len(asked)} requests")
        connections.append(float(len({one.connection for one in asked})))
        return finished.cpu_s * 1e3

    taken = lab.interleave({f"{count}": partial(taken_ms, count) for count in _SENTENCES}, min(lab.runs, _RUNS))
    one, *more = _SENTENCES
    each = {n: taken[f"{n}"].shifted(-taken[f"{one}"].median).scaled(1 / (n - one)) for n in more}
    for count, series in each.items():
        yield Measure(
            what=f"CPU per sentence, {count} of them",
            unit="ms",
            ours=series,
            peer_name=f"{more[0]} sentences",
            peer=each[more[0]],
            goal=at_most(_LINEAR) if count != more[0] else None,
            point=Point("sentences of a text", "CPU milliseconds per sentence", count),
        )
    yield Measure(what="connections, any length", unit="", ours=Series(tuple(connections)), goal=no_more_than(1))


def _sinks(lab: Lab) -> Iterator[Measure]:
    """Take ten hours through every sink that waits for nobody; at 8 kHz, so that they fit a disk."""
    hours: Sequence[tuple[str, list[str], Goal]] = [
        ("to /dev/null", ["-o", os.devnull, "--format", "pcm"], at_most(1.1)),
        ("to stdout", ["-o", "-"], at_most(1.1)),
        *((f"to {name}", ["-o", str(lab.directory / f"scale.{name}")], at_most(1.1)) for name in _CONTAINERS),
    ]
    for what, arguments, goal in hours:
        argv = speaks_long(lab, "-r", str(_LOW_RATE), *arguments)
        short, long = (
            peak_mb(lab, argv, round(seconds * _LOW_RATE / _RATE, -1)) for seconds in (_MINUTE_S, _TEN_HOURS_S)
        )
        yield Measure(
            what=f"memory of 10 h at {_LOW_RATE} Hz {what}",
            unit="MB",
            ours=Series((long,)),
            peer_name="ours, 1 min",
            peer=Series((short,)),
            goal=goal,
        )


_CONTAINERS = ("wav", "pcm", "ulaw", "flac", "ogg", "opus", "mp3")
