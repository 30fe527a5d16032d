"""Results as a table for a terminal, as Markdown, as JSON."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.results import Measure, Series

_FEW = 7


@dataclass(frozen=True, slots=True)
class Result:
    """Hold one run of the benchmarks: lines by the title of their row, and where and with what they were taken."""

    lines: Mapping[str, Sequence[Measure]]
    date: str
    runs: int
    machine: Mapping[str, str]
    versions: Mapping[str, str]

    def described(self) -> dict[str, Any]:
        """Give what goes into the JSON file."""
        return {
            "date": self.date,
            "runs": self.runs,
            "machine": dict(self.machine),
            "versions": dict(self.versions),
            "lines": [measure.described(row) for row, measures in self.lines.items() for measure in measures],
        }


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
    return f"{number(value.median)} {unit} (min {number(value.least)}, iqr {number(value.spread)})"


def verdict(measure: Measure) -> str:
    """Write whether the goal was reached."""
    return {True: "reached", False: "NOT reached", None: ""}[measure.reached]


def ratio(measure: Measure) -> str:
    """Write ours through the peer's, of the medians and of the minima."""
    if measure.ratio is None or measure.least_ratio is None:
        return ""
    return f"{number(measure.ratio)}x (min {number(measure.least_ratio)}x)"


def cells(row: str, measure: Measure) -> tuple[str, ...]:
    """Give one line of the table."""
    return (
        f"{row}: {measure.what}",
        series(measure.ours, measure.unit),
        measure.peer_name,
        series(measure.peer, measure.unit) if measure.peer else "",
        ratio(measure),
        measure.goal.text + ("" if measure.ratio is not None else f" {measure.unit}") if measure.goal else "",
        verdict(measure),
    )


HEAD = ("what", "lightning-tts", "peer", "the peer's", "ratio", "goal", "")


def table(result: Result) -> str:
    """Give the table for a terminal, a row of the plan at a time."""
    blocks: list[str] = []
    for row, measures in result.lines.items():
        rows = [cells("", measure) for measure in measures]
        rows = [(line[0].removeprefix(": "), *line[1:]) for line in rows]
        widths = [max(len(line[at]) for line in [HEAD, *rows]) for at in range(len(HEAD))]
        drawn = [
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in [HEAD, *rows]
        ]
        notes = [f"  {measure.what}: {measure.note}" for measure in measures if measure.note]
        blocks.append("\n".join([row, *(line.rstrip() for line in drawn), *notes]))
    return "\n\n".join(blocks) + f"\n\n{summary(result)}\n"


def summary(result: Result) -> str:
    """Say in a line or two how many goals were reached."""
    judged = [measure for measures in result.lines.values() for measure in measures if measure.goal]
    reached = sum(bool(measure.reached) for measure in judged)
    told = f"{reached} of {len(judged)} goals reached; medians of {result.runs} runs, interleaved"
    return told + (f" (fewer than {_FEW}: no verdict)" if result.runs < _FEW else "")


def markdown(result: Result) -> str:
    """Give the table for a README."""
    lines = ["| " + " | ".join(HEAD[:-1]) + " | reached |", "|" + "---|" * len(HEAD)]
    for row, measures in result.lines.items():
        lines += ["| " + " | ".join(_escaped(cells(row, measure))) + " |" for measure in measures]
    machine, versions = result.machine, result.versions
    taken = f"{machine['cores']} x {machine['processor']}, {machine['system']}, {machine['python']}"
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    notes = [
        f"- {row}, {measure.what}: {measure.note}"
        for row, measures in result.lines.items()
        for measure in measures
        if measure.note
    ]
    how = f"Medians of {result.runs} interleaved runs, with minimum and interquartile range"
    about = f"{result.date}, {taken}, load {machine['load before']}. {how}. With {listed}."
    return "\n".join([*lines, "", about, *(["", *notes] if notes else [])]) + "\n"


BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def placed(document: str, written: str) -> str:
    """Give ``document`` with ``written`` between the two marks; raises ``ValueError`` unless they are there once."""
    before, begin, rest = document.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in old + after or END in before + after:
        raise ValueError(f"{BEGIN} and {END} are not there once, in this order")
    return f"{before}{BEGIN}\n\n{written}\n{END}{after}"


def _escaped(texts: Iterable[str]) -> list[str]:
    return [text.replace("|", "\\|") for text in texts]
