"""How soon Ctrl-C is obeyed."""

import signal
import time
from collections.abc import Iterator

from support.null_sink import SoundCard

from benchmarks.lab import Lab
from benchmarks.processes import Child
from benchmarks.results import Measure, Series, no_more_than

_RATE = 44_100
_SECONDS = 60
_BLOCK_S = 0.02


def measure(lab: Lab) -> Iterator[Measure]:
    """Send SIGINT while a minute of audio plays: until the last sound in the sink, and until the process has ended."""
    card = SoundCard(_RATE)
    silent_ms, ended_ms = [], []
    try:
        for turn in range(lab.runs + 1):
            lab.service.plan(seconds=_SECONDS)
            silent, ended = _interrupted(lab, card, turn / (lab.runs + 1))
            if turn:
                silent_ms.append(silent)
                ended_ms.append(ended)
    finally:
        card.close()
    note = "parec hands over 5 ms at a time"
    yield Measure(what="to silence", unit="ms", ours=Series(tuple(silent_ms)), goal=no_more_than(50), note=note)
    yield Measure(what="to the prompt", unit="ms", ours=Series(tuple(ended_ms)), goal=no_more_than(300))


def _interrupted(lab: Lab, card: SoundCard, phase: float) -> tuple[float, float]:
    with card.record() as recording, Child(lab.say(), {**lab.environment, **card.environment}) as child:
        recording.wait_for_sound()
        recording.wait_for_bytes(_RATE)
        # What is recorded arrives in blocks: each run strikes another part of one.
        time.sleep(phase * _BLOCK_S)
        at_ns = child.send(signal.SIGINT)
        finished = child.wait(code=-signal.SIGINT)
        recording.wait_for_bytes(_RATE)
        last_s = recording.arrivals()[-1]
    # Silence may begin with the very next block, and the last sound has then come before the signal.
    return max(0.0, last_s * 1e3 - at_ns / 1e6), finished.wall_s * 1e3 - (at_ns - child.began_ns) / 1e6
