"""What a benchmark yields: series of samples, a goal, and whether it was reached."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class Series:
    """The samples of one contestant, in the order they were taken."""

    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """Return the median."""
        return statistics.median(self.samples)

    @property
    def least(self) -> float:
        """Return the smallest sample: what is left when nothing else used the machine."""
        return min(self.samples)

    @property
    def spread(self) -> float:
        """Return the distance between the quartiles, which one bad moment does not move; 0 for a single sample."""
        if len(self.samples) == 1:
            return 0.0
        first, _, third = statistics.quantiles(self.samples, n=4, method="inclusive")
        return third - first

    def shifted(self, by: float) -> "Series":
        """Return the samples plus ``by``."""
        return Series(tuple(sample + by for sample in self.samples))

    def scaled(self, by: float) -> "Series":
        """Return the samples times ``by``."""
        return Series(tuple(sample * by for sample in self.samples))

    def described(self) -> dict[str, Any]:
        """Return what goes into the JSON file."""
        return {"median": self.median, "min": self.least, "spread": self.spread, "samples": list(self.samples)}


class GoalKind(Enum):
    """How a limit is meant."""

    RATIO = "ours / peer at most"
    LEAD = "peer / ours at least"
    VALUE = "ours at most"


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit."""

    kind: GoalKind
    limit: float

    @property
    def text(self) -> str:
        """Return the goal as a table shows it."""
        signs = {GoalKind.RATIO: "<= {:g}x", GoalKind.LEAD: ">= {:g}x ahead", GoalKind.VALUE: "<= {:g}"}
        return signs[self.kind].format(self.limit)


def at_most(limit: float) -> Goal:
    """Ask for no more than ``limit`` times the peer's median."""
    return Goal(GoalKind.RATIO, limit)


def ahead(limit: float) -> Goal:
    """Ask for the peer's median to be ``limit`` times ours or more."""
    return Goal(GoalKind.LEAD, limit)


def no_more_than(limit: float) -> Goal:
    """Ask for a median of ``limit`` or less, in the unit of the measure."""
    return Goal(GoalKind.VALUE, limit)


@dataclass(frozen=True, slots=True)
class Point:
    """Place a measure in a plot: the names of the axes, how large what was measured is, and the line it belongs to."""

    x_axis: str
    y_axis: str
    x: float
    line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the table: ours, the peer's if there is one, and the goal if there is one.

    Smaller is better, always. ``note`` is told below the table.
    """

    what: str
    unit: str
    ours: Series
    peer_name: str = ""
    peer: Series | None = None
    goal: Goal | None = None
    note: str = ""
    point: Point | None = None

    def __post_init__(self) -> None:
        compared = self.goal is not None and self.goal.kind is not GoalKind.VALUE
        if compared and self.peer is None:
            raise RuntimeError(f"{self.what}: a ratio without a peer")

    @property
    def ratio(self) -> float | None:
        """Return ours through the peer's, of the medians."""
        return _ratio(self.ours.median, self.peer.median) if self.peer else None

    @property
    def least_ratio(self) -> float | None:
        """Return the same of the smallest samples."""
        return _ratio(self.ours.least, self.peer.least) if self.peer else None

    @property
    def reached(self) -> bool | None:
        """Return whether the medians reach the goal; None without one."""
        if self.goal is None:
            return None
        if self.goal.kind is GoalKind.VALUE:
            return self.ours.median <= self.goal.limit
        ratio = self.ratio or 0.0
        return ratio <= self.goal.limit if self.goal.kind is GoalKind.RATIO else ratio <= 1 / self.goal.limit

    @property
    def goal_text(self) -> str:
        """Return the goal as a table shows it, with its unit; nothing without one."""
        if self.goal is None:
            return ""
        return f"{self.goal.text} {self.unit}".strip() if self.goal.kind is GoalKind.VALUE else self.goal.text

    def described(self, row: str) -> dict[str, Any]:
        """Return what goes into the JSON file."""
        return {
            "row": row,
            "what": self.what,
            "unit": self.unit,
            "ours": self.ours.described(),
            "peer_name": self.peer_name or None,
            "peer": self.peer.described() if self.peer else None,
            "ratio": self.ratio,
            "ratio_of_min": self.least_ratio,
            "goal": self.goal_text or None,
            "reached": self.reached,
            "note": self.note or None,
        }


def _ratio(ours: float, peers: float) -> float:
    return ours / peers if peers else float("inf")


def against(
    what: str, unit: str, ours: Series, peers: Sequence[tuple[str, Series, Goal | None]], note: str = ""
) -> list[Measure]:
    """Put one series of ours beside several peers."""
    return [
        Measure(what=what, unit=unit, ours=ours, peer_name=name, peer=series, goal=goal, note=note if not index else "")
        for index, (name, series, goal) in enumerate(peers)
    ]
