"""The output of ``--stats`` after a run: a short block, every step as a table, or one JSON object; on stderr."""

import json
import os
import sys

from lightning_cli.cli.say.metrics import FigureCollector, Figures
from lightning_cli.cli.terminal.console import Console, draws_blocks, is_terminal
from lightning_cli.system import trace
from lightning_cli.system.counting import counted
from lightning_cli.system.text_width import terminal_columns
from lightning_cli.system.trace import Step

SUMMARY, TRACE, JSON = "summary", "trace", "json"
_LABEL_WIDTH = 18
_NAME_WIDTH = 24
# A bar chart needs so many columns beside the table.
_LEAST_BAR, _MOST_BAR = 20, 80
_TABLE_WIDTH = 4 + 3 * 11 + _NAME_WIDTH
_ENDLESS = frozenset({trace.REST, trace.FINISH})


def show(console: Console, ledger: FigureCollector, kind: str) -> None:
    """Show the figures of a run; nothing when it never sent a request."""
    figures = ledger.figures()
    if figures is None:
        return
    if kind == JSON:
        steps = [_step(ledger.recorder.began, name, step) for name, step in ledger.timeline()]
        # Plain ASCII: what the console would spell out in its own way is spelled in JSON's.
        console.report(json.dumps({**figures.as_json(), "steps": steps}))
        return
    for label, value in _rows(figures):
        console.report(f"{label:<{_LABEL_WIDTH}}{value}")
    if kind == TRACE:
        for line in _table(ledger, _columns()):
            console.report(line)


def _rows(figures: Figures) -> list[tuple[str, str]]:
    """Return labels and values; what never happened has no row."""
    rows = []
    for label, seconds in (
        ("request sent", figures.request_s),
        ("first byte", figures.first_byte_s),
        ("first written", figures.first_write_s),
        ("first sound", figures.first_sound_s),
        ("all done", figures.total_s),
    ):
        if seconds is not None:
            told = f"{_ms(seconds)} after the start"
            if label == "first byte" and figures.request_s is not None:
                told += f", {_ms(seconds - figures.request_s)} after the request"
            rows.append((label, told))
    speed = figures.real_time_factor
    rows += [
        ("audio", f"{figures.audio_s:.3f} s at {figures.sample_rate} Hz"),
        ("text", f"{counted(figures.characters, 'character')} in {counted(figures.segments, 'segment')}"),
        ("real-time factor", f"{speed:.3f}" if speed is not None else "unknown"),
    ]
    if figures.underruns is not None:
        silence = f"{_ms(figures.silence_s or 0)} of silence put in"
        rows.append(("gaps", f"{counted(figures.underruns, 'underrun')}, {silence}"))
    retries = f"{figures.retries} of them retries" if figures.retries else "no retries"
    parts = [counted(figures.requests, "request"), retries]
    if figures.connections:
        parts.append(f"over {counted(figures.connections, 'connection')}")
    rows.append(("requests", ", ".join(parts)))
    if figures.request_ids:
        rows.append(("request ids", " ".join(figures.request_ids)))
    return rows


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _step(began: float, name: str, step: Step) -> dict[str, object]:
    return {
        "name": name,
        "begin_seconds": round(step.begin - began, 4),
        "end_seconds": round(step.end - began, 4),
        "last_end_seconds": round(step.last_end - began, 4),
        "times": step.times,
    }


def _columns() -> int:
    """Return the width for bars; 0 where stderr is not a terminal or too narrow."""
    if not is_terminal(sys.stderr) or os.environ.get("TERM") == "dumb":
        return 0
    # Standard output may lead elsewhere.
    return min(terminal_columns(sys.stderr.fileno()) - _TABLE_WIDTH, _MOST_BAR)


def _table(ledger: FigureCollector, bar_columns: int) -> list[str]:
    began, steps = ledger.recorder.began, ledger.timeline()
    head = f"{'begin':>10} {'end':>10} {'took':>10}  step"
    lines = ["", head]
    # To scale is what leads to the first sound; what follows may take hours.
    ends = [step.end for name, step in steps if name not in _ENDLESS]
    scale = max(ends, default=began) - began
    for name, step in steps:
        took = _ms(step.end - step.begin) if step.end > step.begin else ""
        begin, end = step.begin - began, step.end - began
        shown = name if step.times == 1 else f"{name} (x{step.times})"
        if bar_columns >= _LEAST_BAR and scale > 0:
            shown = f"{shown:<{_NAME_WIDTH}} {_bar(begin / scale, end / scale, bar_columns)}"
        lines.append(f"{_ms(begin):>10} {_ms(end):>10} {took:>10}  {shown}")
    return lines


def _bar(begin: float, end: float, columns: int) -> str:
    """Draw from ``begin`` to ``end``, shares of the whole; what goes on beyond it ends in an arrow."""
    solid, arrow = ("█", "▶") if draws_blocks(sys.stderr) else ("#", ">")
    first = min(int(begin * columns), columns - 1)
    last = min(max(round(end * columns), first + 1), columns)
    return " " * first + solid * (last - first) + (arrow if end > 1 + 1e-9 else "")
