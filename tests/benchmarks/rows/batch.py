"""What narrating many texts costs beyond the service's own time."""

import csv
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab
from benchmarks.processes import Child
from benchmarks.results import Measure, Series, ahead, no_more_than

_FINISHED = 10_000
_FINISHED_S = 0.05
_JOBS = 4
_ROWS, _DELAY_S = 80, 0.25


def measure(lab: Lab) -> Iterator[Measure]:
    """Run a finished batch again, and several texts at a time from a service that takes its time."""
    yield _finished(lab)
    yield _workers(lab)


def _finished(lab: Lab) -> Measure:
    lab.service.plan(seconds=_FINISHED_S)
    argv = _command(lab, "finished", _FINISHED, jobs=_JOBS)
    with Child(argv, lab.environment) as child:
        for _ in range(_FINISHED):
            # Taken as they come: more of them than the server's pipe holds would make it wait.
            lab.service.asked()
        child.wait()
    written = sum(1 for _ in (lab.directory / "finished").glob("*.wav"))
    if written != _FINISHED:
        raise BenchmarkFault(f"{_FINISHED} rows became {written} files")
    again = Series(tuple(lab.run(argv).wall_s for _ in range(lab.runs)))
    if lab.service.forget():
        raise BenchmarkFault("a finished batch asked the service again")
    return Measure(what=f"{_FINISHED:,} finished rows again", unit="s", ours=again, goal=no_more_than(2))


def _workers(lab: Lab) -> Measure:
    lab.service.plan(seconds=_FINISHED_S, delay_s=_DELAY_S)
    turn = 0

    def taken_s(jobs: int) -> float:
        nonlocal turn
        turn += 1
        begun = time.monotonic()
        lab.run(_command(lab, f"workers-{turn}", _ROWS, jobs=jobs))
        return time.monotonic() - begun

    taken = lab.interleave({"several": lambda: taken_s(_JOBS), "one": lambda: taken_s(1)}, min(lab.runs, 3))
    return Measure(
        what=f"{_ROWS} rows, {_JOBS} at a time",
        unit="s",
        ours=taken["several"],
        peer_name="ours, one at a time",
        peer=taken["one"],
        goal=ahead(0.9 * _JOBS),
        note=f"each answer begins {_DELAY_S * 1000:g} ms after its request",
    )


def _command(lab: Lab, name: str, rows: int, *, jobs: int) -> list[str]:
    """Return a batch of so many texts, none like another, into a directory of its own."""
    source = lab.directory / f"{name}.csv"
    _write(source, [("text", "output"), *((f"This is {name}, sentence {at}.", f"{at:05}.wav") for at in range(rows))])
    places = ["-d", str(lab.directory / name), "--cache", str(lab.directory / f"{name}-cache")]
    return lab.ours("batch", str(source), *places, "--base-url", lab.service.url, "--jobs", str(jobs), "--quiet")


def _write(path: Path, rows: list[tuple[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
