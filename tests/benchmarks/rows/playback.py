"""Whether playback holds on a machine that is busy with something else."""

import contextlib
import os
from array import array
from collections.abc import Iterator

from support.null_sink import SoundCard

from benchmarks.lab import Lab
from benchmarks.processes import Child
from benchmarks.results import Measure, Series, no_more_than

_RATE = 44_100
_PACE = 1.05


def measure(lab: Lab) -> Iterator[Measure]:
    """Play what comes at 1.05 times real time while every core is burnt; count silence that was not sent."""
    seconds = lab.minutes * 60
    burners = [lab.reference("burner")] * (os.cpu_count() or 1)
    card = SoundCard(_RATE)
    try:
        lab.service.plan(seconds=seconds, pace=_PACE)
        with contextlib.ExitStack() as stack:
            for argv in burners:
                stack.enter_context(Child(argv, lab.environment))
            recording = stack.enter_context(card.record())
            # One request, long enough for what comes: more than a text can take to speak is refused.
            argv = lab.say("--whole", text="These are words. " * lab.minutes)
            child = stack.enter_context(Child(argv, {**lab.environment, **card.environment}))
            finished = child.wait(timeout_s=seconds * 2 + 60)
        heard = array("h", recording.pcm.strip(b"\0")[: seconds * _RATE * 2])
    finally:
        card.close()
    note = f"{lab.minutes} min at {_PACE}x real time beside {len(burners)} processes that never rest"
    # What was left out is as bad as silence.
    silence_ms = (heard.count(0) + seconds * _RATE - len(heard)) / _RATE * 1000
    yield Measure(what="silence or loss inside", unit="ms", ours=Series((silence_ms,)), goal=no_more_than(0), note=note)
    share = finished.cpu_s / seconds * 100
    yield Measure(what="share of one core", unit="%", ours=Series((share,)), goal=no_more_than(3))
