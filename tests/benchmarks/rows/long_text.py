"""What becomes of a long text: connections, and the gaps where sentences meet."""

import re
from collections.abc import Iterator

from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab
from benchmarks.processes import Child
from benchmarks.results import Measure, Series, no_more_than

_WORDS = 2000
_SENTENCE = "Every one of these sentences has ten words in it. "
_RATE, _FRAME_BYTES = 44_100, 2
_PAUSE_MS = 350
_PLAN = {"seconds": 0.3, "silence_s": (0.1, 0.36)}
# The server's sound has no byte pair of zeros at a frame's boundary; a margin of 1 ms tells a gap from chance.
_GAP = re.compile(rb"(?:\x00\x00){%d,}" % (_RATE // 1000))


def measure(lab: Lab) -> Iterator[Measure]:
    """Count the connections of 2,000 words and measure each gap, from answers with 100 ms before and 360 ms behind."""
    count = _WORDS // len(_SENTENCE.split())
    connections, errors_ms = [], []
    for _ in range(2):
        lab.service.plan(**_PLAN)
        argv = lab.say("-o", "-", "--pause-sentence", str(_PAUSE_MS), text=_SENTENCE * count)
        with Child(argv, lab.environment, piped=True) as child:
            pcm = child.output()
            child.wait()
        asked = lab.service.forget()
        if len(asked) != count:
            raise BenchmarkFault(f"{count} sentences became {len(asked)} requests")
        connections.append(float(len({one.connection for one in asked})))
        gaps = [match.end() - match.start() for match in _GAP.finditer(pcm.strip(b"\0"))]
        if len(gaps) != count - 1:
            raise BenchmarkFault(f"{count} sentences have {len(gaps)} gaps")
        errors_ms.append(max(abs(size / _FRAME_BYTES / _RATE * 1000 - _PAUSE_MS) for size in gaps))
    yield Measure(what="connections", unit="", ours=Series(tuple(connections)), goal=no_more_than(1))
    yield Measure(
        what=f"worst error of {count - 1} gaps",
        unit="ms",
        ours=Series(tuple(errors_ms)),
        goal=no_more_than(1),
        note=f"at standard output, the chosen pause being {_PAUSE_MS} ms",
    )
