"""What narrating many texts costs beyond the service's own time."""

import contextlib
import csv
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab
from benchmarks.processes import Child
from benchmarks.results import Measure, Series, ahead, no_more_than

_FINISHED = 50_000
# So many of them are unlike each other: the others cost no request.
_FINISHED_TEXTS = 100
_FINISHED_S = 0.05
_JOBS, _JOBS_IN_TEXT = 4, 8
_ROWS, _DELAY_S = 80, 0.25
_CHAPTERS, _CHAPTER_S = 200, 10.0


def measure(lab: Lab) -> Iterator[Measure]:
    """Run a finished batch again, several texts at a time from a service that takes its time, and bind a book again."""
    yield _finished(lab)
    yield _workers(lab)
    yield _sentences(lab)
    yield _slices(lab)
    yield _bound(lab)


def _finished(lab: Lab) -> Measure:
    lab.service.plan(seconds=_FINISHED_S)
    argv = _command(lab, "finished", _FINISHED, jobs=_JOBS, texts=_FINISHED_TEXTS)
    lab.run(argv)
    written = sum(1 for _ in (lab.directory / "finished").glob("*.wav"))
    if written != _FINISHED or len(lab.service.forget()) != _FINISHED_TEXTS:
        raise BenchmarkFault(f"{_FINISHED} rows became {written} files")
    again = Series(tuple(lab.run(argv).wall_s for _ in range(lab.runs)))
    if lab.service.forget():
        raise BenchmarkFault("a finished batch asked the service again")
    return Measure(what=f"{_FINISHED:,} finished rows again", unit="s", ours=again, goal=no_more_than(4))


def _workers(lab: Lab) -> Measure:
    def taken_s(name: str, jobs: int) -> float:
        return lab.run(_command(lab, name, _ROWS, jobs=jobs)).wall_s

    return _together(lab, "workers", f"{_ROWS} rows, {_JOBS} at a time", taken_s, _JOBS, 0.9 * _JOBS)


def _sentences(lab: Lab) -> Measure:
    def taken_s(name: str, jobs: int) -> float:
        source = lab.directory / f"{name}.md"
        source.write_text("".join(f"This is {name}, sentence number {at}.\n\n" for at in range(_ROWS)))
        return lab.run(_narrate(lab, source, name, "--jobs", str(jobs))).wall_s

    what = f"{_ROWS} sentences of one text, {_JOBS_IN_TEXT} at a time"
    return _together(lab, "text", what, taken_s, _JOBS_IN_TEXT, 6)


def _slices(lab: Lab) -> Measure:
    """Run as many processes as the recipes of GNU parallel and Snakemake do, with their options."""

    def taken_s(name: str, slices: int) -> float:
        whole = _command(lab, name, _ROWS, jobs=1)
        begun = time.monotonic()
        with contextlib.ExitStack() as stack:
            for number in range(1, slices + 1):
                shard = ["--shard", f"{number}/{slices}", "--concurrency", str(slices)]
                stack.callback(stack.enter_context(Child([*whole, *shard], lab.environment)).wait)
        return time.monotonic() - begun

    return _together(lab, "slices", f"{_ROWS} rows, in {_JOBS} processes", taken_s, _JOBS, 2.5, alone="ours, in one")


def _together(
    lab: Lab,
    kind: str,
    what: str,
    taken_s: Callable[[str, int], float],
    several: int,
    goal: float,
    alone: str = "ours, one at a time",
) -> Measure:
    """Compare several requests at a time with one; ``taken_s`` runs so many under the name that it is given."""
    lab.service.plan(seconds=_FINISHED_S, delay_s=_DELAY_S)
    names = (f"{kind}-{turn}" for turn in itertools.count(1))
    taken = lab.interleave(
        {"several": lambda: taken_s(next(names), several), "one": lambda: taken_s(next(names), 1)}, min(lab.runs, 3)
    )
    return Measure(
        what=what,
        unit="s",
        ours=taken["several"],
        peer_name=alone,
        peer=taken["one"],
        goal=ahead(goal),
        note=f"each answer begins {_DELAY_S * 1000:g} ms after its request",
    )


def _bound(lab: Lab) -> Measure:
    lab.service.plan(seconds=_CHAPTER_S)
    chapters = lab.directory / "chapters"
    chapters.mkdir()
    for at in range(_CHAPTERS):
        chapters.joinpath(f"{at:03}.md").write_text(f"This is the chapter with the number {at}. {'It goes on. ' * 20}")
    book = ["--book", str(lab.directory / "book.m4b"), "--whole"]

    def taken_s(said: str) -> float:
        chapters.joinpath("100.md").write_text(f"{said}. {'It goes on. ' * 20}")
        return lab.run(_narrate(lab, chapters, "book", "--jobs", str(_JOBS), book=book)).wall_s

    first = Series((taken_s("This is told first"),))
    again = Series(tuple(taken_s(f"This is told in turn {turn}") for turn in range(min(lab.runs, 3))))
    return Measure(
        what=f"a book of {_CHAPTERS} chapters again, one of them edited",
        unit="s",
        ours=again,
        peer_name="ours, the first time",
        peer=first,
        goal=ahead(4),
        note=f"{_CHAPTERS * _CHAPTER_S / 60:.0f} minutes as .m4b",
    )


def _command(lab: Lab, name: str, rows: int, *, jobs: int, texts: int | None = None) -> list[str]:
    """Return a batch of so many rows, of so many texts unlike each other, into a directory of its own."""
    source = lab.directory / f"{name}.csv"
    said = texts or rows
    _write(
        source,
        [("text", "output"), *((f"This is {name}, sentence {at % said}.", f"{at:05}.wav") for at in range(rows))],
    )
    return _narrate(lab, source, name, "--jobs", str(jobs))


def _narrate(lab: Lab, source: Path, name: str, *more: str, book: Sequence[str] = ()) -> list[str]:
    places = [*(book or ["-d", str(lab.directory / name)]), "--cache", str(lab.directory / f"{name}-cache")]
    return lab.ours("batch", str(source), *places, "--base-url", lab.service.url, *more, "--quiet")


def _write(path: Path, rows: list[tuple[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
