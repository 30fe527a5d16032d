"""Where the work goes on the way to the request: ``python -m tests.benchmarks profile``.

Ours and the script of twenty lines run with marks between the parts of their work (``reference/staged.py``): for the
milliseconds as they are, interleaved, and once each under callgrind for the instructions of each part.
"""

import re
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import counting, peers
from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab, scrubbed_environment
from benchmarks.processes import Child
from benchmarks.serving import speech_service

PEERS = ("lightning-tts", "typer", "requests", "valgrind")
_STARTING, _RECEIVING = "start Python", "receive"
WHOLE = "exec to request, in all"
_TOTALS = re.compile(r"^totals: (\d+)$", re.MULTILINE)
_HEAD = ("part", "ours", "script", "more", "ours", "script", "more")

# Part -> what it took: milliseconds, or millions of instructions.
Parts = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """What each part took of ours and of the script: millions of instructions, and medians of milliseconds."""

    runs: int
    millions: tuple[Parts, Parts]
    milliseconds: tuple[Parts, Parts]

    def table(self) -> str:
        """Return the table for a terminal, the part that takes most of ours first, and the whole at the end."""
        ours, script = self.millions
        names = sorted({*ours, *script} - {WHOLE}, key=lambda name: -ours.get(name, 0.0))
        lines = [_HEAD, *((name, *_figures(self.millions, name), *_figures(self.milliseconds, name)) for name in names)]
        lines.append((WHOLE, *_figures(self.millions, WHOLE), *_figures(self.milliseconds, WHOLE)))
        widths = [max(len(line[at]) for line in lines) for at in range(len(_HEAD))]
        drawn = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines]
        units = ["M instructions".rjust(sum(widths[1:4]) + 4), f"ms, medians of {self.runs}".rjust(sum(widths[4:]) + 4)]
        return "\n".join(["  ".join([" " * widths[0], *units]), *drawn]) + "\n"


def _figures(both: tuple[Parts, Parts], name: str) -> tuple[str, str, str]:
    ours, script = (parts.get(name, 0.0) for parts in both)
    return f"{ours:.1f}", f"{script:.1f}", f"{ours - script:+.1f}"


def profile(runs: int) -> Profile:
    """Take both contestants apart; raises ``PeerMissing`` when something to compare with is not there."""
    peers.check(PEERS)
    with tempfile.TemporaryDirectory(prefix="lt-bench-") as directory, speech_service() as service:
        lab = Lab(runs, 1, Path(directory), scrubbed_environment(Path(directory)) | counting.HASHING, service)
        ours_ms, script_ms = timed(lab)
        ours_m, script_m = (_counted(lab, argv) for argv in commands(lab).values())
        return Profile(runs, (ours_m, script_m), (ours_ms, script_ms))


def commands(lab: Lab) -> dict[str, list[str]]:
    """Return both contestants, to be taken apart."""
    lab.service.plan()
    script = lab.reference("typer_requests", "Hello", lab.service.stream_url)[1:]
    return {
        name: lab.reference("staged", str(_log(lab)), *argv)
        for name, argv in (("ours", lab.say("-o", "-")), ("script", script))
    }


def timed(lab: Lab) -> tuple[Parts, Parts]:
    """Return the median of the milliseconds of each part, of ours and of the script."""
    turns: dict[str, list[Parts]] = {"ours": [], "script": []}

    def turn(name: str, argv: list[str]) -> float:
        with Child(argv, lab.environment) as child:
            child.wait()
            ends_ms = [(at_ns - child.began_ns) / 1e6 for at_ns, _ in _marks(lab)]
        parts = _added(lab, lambda number: ends_ms[number] - (ends_ms[number - 1] if number else 0.0))
        turns[name].append(parts)
        return parts[WHOLE]

    lab.interleave({name: partial(turn, name, argv) for name, argv in commands(lab).items()})
    return _medians(turns["ours"]), _medians(turns["script"])


def _medians(turns: Sequence[Parts]) -> Parts:
    # The first turn is the warm-up.
    return {part: statistics.median(one[part] for one in turns[1:]) for part in turns[0]}


def _counted(lab: Lab, argv: list[str]) -> Parts:
    """Return the millions of instructions of each part."""
    out = lab.directory / "callgrind.out"
    watcher = [lab.program("valgrind"), "--tool=callgrind", "--dump-before=getloadavg"]
    files = [f"--callgrind-out-file={out}", f"--log-file={lab.directory / 'callgrind.log'}"]
    with Child([*watcher, *files, *argv], lab.environment) as child:
        child.wait()

    def millions(number: int) -> float:
        found = _TOTALS.search(out.with_name(f"{out.name}.{number + 1}").read_text(errors="replace"))
        if found is None:
            raise BenchmarkFault("callgrind counted nothing before a mark")
        return int(found[1]) / 1e6

    return _added(lab, millions)


def _added(lab: Lab, taken_before: Callable[[int], float]) -> Parts:
    """Add up, for each part and in all, what was taken before the mark of a number, until the request is sent."""
    parts: dict[str, float] = {}
    part, whole = _STARTING, 0.0
    for number, (_, following) in enumerate(_marks(lab)):
        taken = taken_before(number)
        parts[part] = parts.get(part, 0.0) + taken
        whole += taken
        part = following
        if part == _RECEIVING:
            return {**parts, WHOLE: whole}
    raise BenchmarkFault("no answer was waited for: the marks no longer fit what is marked")


def _marks(lab: Lab) -> list[tuple[int, str]]:
    """Return the time of each mark in nanoseconds, and the part that begins there."""
    lines = [line.partition(" ") for line in _log(lab).read_text().splitlines()]
    return [(int(at_ns), part) for at_ns, _, part in lines]


def _log(lab: Lab) -> Path:
    return lab.directory / "staged.log"
