"""Results as a table for a terminal, as Markdown, as JSON."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.results import Measure, Series

_FEW = 7


@dataclass(frozen=True, slots=True)
class Result:
    """One run of the benchmarks: lines by the title of their row, and where and with what they were taken."""

    lines: Mapping[str, Sequence[Measure]]
    date: str
    runs: int
    machine: Mapping[str, str]
    versions: Mapping[str, str]

    def described(self) -> dict[str, Any]:
        """Return what goes into the JSON file."""
        return {
            "date": self.date,
            "runs": self.runs,
            "machine": dict(self.machine),
            "versions": dict(self.versions),
            "lines": [measure.described(row) for row, measures in self.lines.items() for measure in measures],
        }

    def measures(self) -> Iterator[tuple[str, Measure]]:
        """Return every line with the title of its row."""
        return ((row, measure) for row, measures in self.lines.items() for measure in measures)


def number(value: float) -> str:
    """Write a number with three digits or so."""
    if not math.isfinite(value):
        return "-"
    if value == int(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def series(value: Series, unit: str) -> str:
    """Write median, minimum and spread."""
    if len(value.samples) == 1:
        return f"{number(value.median)} {unit}".strip()
    return f"{number(value.median)} {unit}".strip() + f" (min {number(value.least)}, iqr {number(value.spread)})"


def verdict(measure: Measure) -> str:
    """Write whether the goal was reached."""
    return {True: "reached", False: "NOT reached", None: ""}[measure.reached]


def ratio(measure: Measure) -> str:
    """Write ours through the peer's, of the medians and of the minima."""
    if measure.ratio is None or measure.least_ratio is None:
        return ""
    return f"{number(measure.ratio)}x (min {number(measure.least_ratio)}x)"


HEAD = ("what", "lightning-tts", "peer", "the peer's", "ratio", "goal", "")


def cells(measure: Measure) -> tuple[str, ...]:
    """Return one line of the terminal's table."""
    return (
        measure.what,
        series(measure.ours, measure.unit),
        measure.peer_name,
        series(measure.peer, measure.unit) if measure.peer else "",
        ratio(measure),
        measure.goal_text,
        verdict(measure),
    )


def table(row: str, measures: Sequence[Measure]) -> str:
    """Return the table of one row for a terminal."""
    rows = [cells(measure) for measure in measures]
    widths = [max(len(line[at]) for line in [HEAD, *rows]) for at in range(len(HEAD))]
    drawn = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in [HEAD, *rows]]
    notes = [f"  {measure.what}: {measure.note}" for measure in measures if measure.note]
    return "\n".join([row, *(line.rstrip() for line in drawn), *notes]) + "\n\n"


def summary(result: Result) -> str:
    """Return in a line or two how many goals were reached."""
    judged = [measure for _, measure in result.measures() if measure.goal]
    reached = sum(bool(measure.reached) for measure in judged)
    told = f"{reached} of {len(judged)} goals reached; medians of {result.runs} runs, interleaved"
    return told + (f" (fewer than {_FEW}: no verdict)" if result.runs < _FEW else "")


def markdown(result: Result) -> str:
    """Return what a README shows: a table of the goals, and folded behind it all else that was measured beside them."""
    parts = [
        *_drawn(("what", "lightning-tts", "peer", "ratio", "goal", "reached"), _goals(result)),
        "",
        f"{summary(result)}; in brackets the minimum and the interquartile range.",
    ]
    beside = list(_beside(result))
    if beside:
        parts += ["", "<details>", "<summary>Measured without a goal</summary>", ""]
        parts += [*_drawn(("what", "lightning-tts", "beside it, and the ratio"), beside), "", "</details>"]
    return "\n".join([*parts, "", _about(result), *_notes(result)]) + "\n"


def _goals(result: Result) -> Iterator[tuple[str, ...]]:
    for row, measure in result.measures():
        if measure.goal:
            yield (
                f"{row}: {measure.what}",
                series(measure.ours, measure.unit),
                _peer(measure),
                ratio(measure),
                measure.goal_text,
                verdict(measure),
            )


def _beside(result: Result) -> Iterator[tuple[str, ...]]:
    """Return the lines without a goal that are in no picture: one a thing measured, with all it is put beside."""
    together: dict[tuple[str, str], list[Measure]] = {}
    for row, measure in result.measures():
        if not (measure.goal or measure.point):
            together.setdefault((row, measure.what), []).append(measure)
    for (row, what), measures in together.items():
        peers = [f"{_peer(measure)}, {ratio(measure)}" for measure in measures if measure.peer]
        yield f"{row}: {what}", series(measures[0].ours, measures[0].unit), "; ".join(peers)


def _peer(measure: Measure) -> str:
    return f"{measure.peer_name}: {series(measure.peer, measure.unit)}" if measure.peer else ""


def _drawn(head: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    escaped = [[text.replace("|", "\\|") for text in line] for line in lines]
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *escaped)]


def _about(result: Result) -> str:
    machine, versions = result.machine, result.versions
    taken = f"{machine['cores']} x {machine['processor']}, {machine['system']}, {machine['python']}"
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{result.date}, {taken}, load {machine['load before']}. With {listed}."


def _notes(result: Result) -> list[str]:
    """Return each note once for all the lines of a row that have it."""
    noted: dict[tuple[str, str], list[str]] = {}
    for row, measure in result.measures():
        if measure.note and measure.what not in noted.setdefault((row, measure.note), []):
            noted[row, measure.note].append(measure.what)
    return ["", *(f"- {row}, {', '.join(whats)}: {note}" for (row, note), whats in noted.items())] if noted else []


BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def placed(document: str, written: str) -> str:
    """Return ``document`` with ``written`` between the two marks; raises ``ValueError`` unless they are there once."""
    before, begin, rest = document.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in old + after or END in before + after:
        raise ValueError(f"{BEGIN} and {END} are not there once, in this order")
    return f"{before}{BEGIN}\n\n{written}\n{END}{after}"
