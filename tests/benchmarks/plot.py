"""Measures as a picture: one panel for each pair of axes."""

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.faults import BenchmarkFault

if TYPE_CHECKING:
    from benchmarks.report import Result
    from benchmarks.results import Measure

_PANEL_INCHES = (4.0, 3.2)


def draw(result: "Result", path: Path) -> None:
    """Draw every measure that has a place in a plot; raises ``BenchmarkFault`` when none has."""
    panels: dict[tuple[str, str], list[tuple[float, Measure]]] = {}
    for measures in result.lines.values():
        for measure in measures:
            if measure.point is not None:
                axes = (measure.point.x_axis, measure.point.y_axis)
                panels.setdefault(axes, []).append((measure.point.x, measure))
    if not panels:
        raise BenchmarkFault("there is nothing to draw: only the row scale has places in a plot")
    # Takes a second to import, and most runs draw nothing.
    from matplotlib.figure import Figure

    width, height = _PANEL_INCHES
    figure = Figure(figsize=(width * len(panels), height), layout="constrained")
    for number, ((x_axis, y_axis), points) in enumerate(panels.items(), start=1):
        panel = figure.add_subplot(1, len(panels), number)
        xs = [x for x, _ in points]
        panel.plot(xs, [measure.ours.median for _, measure in points], marker="o")
        panel.fill_between(
            xs,
            [measure.ours.least for _, measure in points],
            [max(measure.ours.samples) for _, measure in points],
            alpha=0.2,
        )
        panel.set_xscale("log")
        panel.set_ylim(bottom=0)
        panel.set_xlabel(x_axis)
        panel.set_ylabel(y_axis)
        panel.grid(visible=True, alpha=0.3)
    figure.suptitle(f"{result.machine['python']}, {result.machine['processor']}, {result.date}", fontsize="small")
    figure.savefig(path, dpi=110)
