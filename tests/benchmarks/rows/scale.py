"""How the cost grows: with the size of events, the sample rate, the length of the text, the hours of audio."""

from collections.abc import Iterator, Mapping
from functools import partial

from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab
from benchmarks.processes import run_piped
from benchmarks.results import Measure, Point, Series, at_most, no_more_than
from benchmarks.rows import hours
from benchmarks.rows.cpu import used_s
from benchmarks.rows.hours import LINEAR
from benchmarks.rows.memory import speaks_long

_RATE, _FRAME_BYTES = 44_100, 2
_EVENT_BYTES = [256 << 2 * step for step in range(6)]
_USUAL_BYTES = 1024
_LONG_S, _SHORT_S = 600, 0.5
_SAMPLE_RATES = (8000, 16_000, 24_000, _RATE)
_SENTENCES = (1, 100, 250, 1000, 2500)
# Fewer sentences than this cost less than what starting up varies by.
_FEW_SENTENCES = 250
_SENTENCE = "Every one of these sentences has ten words in it. "
_ANSWER_S = 0.3
_RUNS = 5


def measure(lab: Lab) -> Iterator[Measure]:
    """Take each cost at several sizes, a run with little audio taken away, and compare its share at both ends."""
    yield from _event_sizes(lab)
    yield from _sample_rates(lab)
    yield from _text_lengths(lab)
    yield from hours.measure(lab)


def _event_sizes(lab: Lab) -> Iterator[Measure]:
    taken = _cpu_per_mb(lab, {size: (_RATE, size) for size in _EVENT_BYTES})
    for size, series in taken.items():
        yield Measure(
            what=f"CPU per MB of PCM, events of {size} bytes",
            unit="ms",
            ours=series,
            peer_name=f"events of {_USUAL_BYTES} bytes",
            peer=taken[_USUAL_BYTES],
            # Smaller ones are more of them; larger ones must cost no more.
            goal=at_most(LINEAR) if size == _EVENT_BYTES[-1] else None,
            point=Point("bytes of PCM per event", "CPU ms per MB of PCM", size),
        )


def _sample_rates(lab: Lab) -> Iterator[Measure]:
    taken = _cpu_per_mb(lab, {rate: (rate, _USUAL_BYTES) for rate in _SAMPLE_RATES})
    for rate, series in taken.items():
        yield Measure(
            what=f"CPU per MB of PCM at {rate} Hz",
            unit="ms",
            ours=series,
            peer_name=f"at {_SAMPLE_RATES[0]} Hz",
            peer=taken[_SAMPLE_RATES[0]],
            goal=at_most(LINEAR) if rate == _SAMPLE_RATES[-1] else None,
            point=Point("sample rate in Hz", "CPU ms per MB of PCM", rate),
        )


def _cpu_per_mb(lab: Lab, plans: Mapping[int, tuple[int, int]]) -> dict[int, Series]:
    """Return CPU milliseconds per MB of PCM to a file, for plans of a sample rate and a size of events."""
    out = str(lab.directory / "scale.pcm")

    def taken_s(seconds: float, rate: int, event_bytes: int) -> float:
        argv = speaks_long(lab, "-o", out, "-r", str(rate))
        return used_s(lab, argv, out, "chunked", seconds, event_bytes)

    turns = {f"{name}": partial(taken_s, _LONG_S, *plan) for name, plan in plans.items()}
    turns |= {f"{name} short": partial(taken_s, _SHORT_S, *plan) for name, plan in plans.items()}
    taken = lab.interleave(turns, min(lab.runs, _RUNS))
    # The server's audio is at one rate; at another, its bytes are another time, but as many.
    mb = (_LONG_S - _SHORT_S) * _RATE * _FRAME_BYTES / 1e6
    return {name: taken[f"{name}"].shifted(-taken[f"{name} short"].median).scaled(1e3 / mb) for name in plans}


def _text_lengths(lab: Lab) -> Iterator[Measure]:
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
            peer_name=f"{_FEW_SENTENCES} sentences",
            peer=each[_FEW_SENTENCES],
            goal=at_most(LINEAR) if count == more[-1] else None,
            point=Point("sentences of a text", "CPU ms per sentence", count),
        )
    yield Measure(
        what=f"connections, {more[0]} to {more[-1]} sentences",
        unit="",
        ours=Series(tuple(connections)),
        goal=no_more_than(1),
    )
