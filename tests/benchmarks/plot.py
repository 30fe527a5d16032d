"""Measures as a picture: one panel for each pair of axes, one line for each kind of thing measured there."""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.faults import BenchmarkFault

if TYPE_CHECKING:
    from benchmarks.report import Result
    from benchmarks.results import Measure

_PANEL_INCHES = (4.6, 3.4)
_ACROSS = 2
# Lines this far apart share a panel only if its axis is logarithmic.
_FAR_APART = 10
# Text stays text, which is small and can be found; the same figures give the same file.
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lightning-tts",
    "font.size": 9,
    "font.sans-serif": ["DejaVu Sans"],
}
# A hundredth of a point is enough, and a quarter of the file.
_LONG_NUMBER = re.compile(r"(\d\.\d\d)\d+")
_MOST_TICKS = 6
_DECADES = (0.01, 0.1, 1, 10, 100, 1000)

# Axes -> the lines of their panel by name.
_Panels = dict[tuple[str, str], dict[str, list[tuple[float, "Measure"]]]]


def draw(result: "Result", path: Path) -> None:
    """Draw every measure that has a place in a plot; raises ``BenchmarkFault`` when none has."""
    panels = _panels(result)
    if not panels:
        raise BenchmarkFault("there is nothing to draw: only the row scale has places in a plot")
    # Takes a second to import, and most runs draw nothing.
    import matplotlib as mpl
    from matplotlib.figure import Figure

    width, height = _PANEL_INCHES
    down = -(-len(panels) // _ACROSS)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width * min(_ACROSS, len(panels)), height * down), layout="constrained")
        for number, (axes, lines) in enumerate(panels.items(), start=1):
            panel = figure.add_subplot(down, min(_ACROSS, len(panels)), number)
            panel.set_prop_cycle(color=mpl.color_sequences["tab20"])
            _draw_panel(panel, axes, lines)
        machine = result.machine
        figure.suptitle(f"{machine['python']}, {machine['cores']} x {machine['processor']}, {result.date}", fontsize=9)
        if path.suffix != ".svg":
            figure.savefig(path, dpi=110)
            return
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    path.write_text(_LONG_NUMBER.sub(r"\1", drawn.getvalue()))


def _panels(result: "Result") -> _Panels:
    panels: _Panels = {}
    for measures in result.lines.values():
        for measure in measures:
            if measure.point is not None:
                lines = panels.setdefault((measure.point.x_axis, measure.point.y_axis), {})
                lines.setdefault(measure.point.line, []).append((measure.point.x, measure))
    return panels


def _draw_panel(panel: Any, axes: tuple[str, str], lines: "dict[str, list[tuple[float, Measure]]]") -> None:
    """Draw the medians of each line, and as a shade from the smallest to the largest sample."""
    for name, points in lines.items():
        xs = [x for x, _ in points]
        panel.plot(xs, [measure.ours.median for _, measure in points], marker="o", markersize=3, label=name)
        least = [measure.ours.least for _, measure in points]
        panel.fill_between(xs, least, [max(measure.ours.samples) for _, measure in points], alpha=0.2)
    panel.set_xscale("log")
    medians = [measure.ours.median for points in lines.values() for _, measure in points]
    if min(medians) > 0 and max(medians) / min(medians) > _FAR_APART:
        panel.set_yscale("log")
        _mark(panel.yaxis, medians)
    else:
        panel.set_ylim(bottom=0)
    _mark(panel.xaxis, [x for points in lines.values() for x, _ in points])
    panel.set_xlabel(axes[0])
    panel.set_ylabel(axes[1])
    panel.grid(visible=True, alpha=0.3)
    if len(lines) > 1:
        panel.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _mark(axis: Any, values: Sequence[float]) -> None:
    """Put ticks where there are values, or at powers of ten where they are too many, as plain numbers."""
    ticks: Sequence[float] = sorted(set(values))
    if len(ticks) > _MOST_TICKS:
        ticks = [ten for ten in _DECADES if ticks[0] / _FAR_APART < ten < ticks[-1] * _FAR_APART]
    axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_ticks([], minor=True)
