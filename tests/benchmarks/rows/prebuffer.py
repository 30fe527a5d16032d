"""How often a server that is hardly faster than real time is heard without a gap, and how long that takes to begin.

Simulated: the schedules are those of a mobile link, and who knows a schedule beforehand shows what can be reached. A
hole of 700 ms comes when it comes: the first blocks tell the pace and the jitter, and nothing of it.
"""

import math
import random
import statistics
from collections.abc import Iterator

from benchmarks.lab import Lab
from benchmarks.results import Measure, Series, at_most, no_more_than
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.playback.jitter_buffer import JitterBuffer

_FMT = PcmFormat(24_000)
_PIECE_BYTES = 1024
_PIECE_S = _FMT.seconds(_PIECE_BYTES)
_PACE, _SECONDS, _SCHEDULES = 1.05, 20, 400
_DELAY_MEDIAN_S, _DELAY_SIGMA, _LONGEST_DELAY_S = 0.03, 0.8, 1.0
_HOLE_S, _BETWEEN_HOLES_S = 0.7, 8.0
_BOUND_S = 0.5


def measure(lab: Lab) -> Iterator[Measure]:
    """Play each schedule by our rule, and by one that knows it and begins within half a second."""
    schedules = [_schedule(random.Random(seed)) for seed in range(_SCHEDULES)]
    delays = [_begun(schedule) for schedule in schedules]
    needs = [_need(schedule) for schedule in schedules]
    of_forty = 40 / _SCHEDULES
    ours = of_forty * sum(delay < need for delay, need in zip(delays, needs, strict=True))
    oracle = of_forty * sum(need > _BOUND_S for need in needs)
    yield Measure(
        what="schedules of 40 with a gap",
        unit="",
        ours=Series((ours,)),
        peer_name=f"known beforehand, begun within {_BOUND_S:g} s",
        peer=Series((oracle,)),
        goal=at_most(1.05),
        note=f"of {_SCHEDULES} simulated schedules at {_PACE}x real time, with holes of {_HOLE_S:g} s",
    )
    median_ms = statistics.median(delays) * 1e3
    yield Measure(what="first block to sound", unit="ms", ours=Series((median_ms,)), goal=no_more_than(500))


def _schedule(chance: random.Random) -> list[float]:
    """Return when each piece arrives."""
    holes, at = [], 0.0
    while at < 2 * _SECONDS:
        at += chance.expovariate(1 / _BETWEEN_HOLES_S)
        holes.append(at)
        at += _HOLE_S
    arrivals, last = [], 0.0
    for number in range(1, int(_SECONDS / _PIECE_S) + 1):
        delay_s = _DELAY_MEDIAN_S * math.exp(_DELAY_SIGMA * chance.gauss(0, 1))
        at = number * _PIECE_S / _PACE + min(delay_s, _LONGEST_DELAY_S)
        at = next((hole + _HOLE_S for hole in holes if hole <= at < hole + _HOLE_S), at)
        last = max(last, at)
        arrivals.append(last)
    return arrivals


def _need(schedule: list[float]) -> float:
    """Return how long after the first arrival one has to begin to have no gap."""
    return max(at - number * _PIECE_S for number, at in enumerate(schedule)) - schedule[0]


def _begun(schedule: list[float]) -> float:
    """Return how long after the first arrival our rule begins."""
    prebuffer = JitterBuffer.for_device(_FMT, 0.0, None, _FMT.bytes_in_ms(60_000))
    for number, at in enumerate(schedule, start=1):
        passed_s = at - schedule[0]
        prebuffer.judge(number * _PIECE_BYTES, passed_s * _FMT.bytes_per_second)
        if prebuffer.ready(number * _PIECE_BYTES, complete=False):
            return passed_s
    return math.inf
