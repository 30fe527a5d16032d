"""What was promised: every goal that a row must have, so that none is lost with the line that bore it."""

from collections.abc import Iterable, Mapping

from benchmarks.faults import BenchmarkFault
from benchmarks.results import Measure

_CPU = [(f"one chunk per event, to {sink}", goal) for sink in ("file", "stdout") for goal in ("<= 1.15x", "<= 0.6x")]
_CPU += [(f"close-delimited, to {sink}", goal) for sink in ("file", "stdout") for goal in ("<= 1.15x", "<= 0.3x")]

# Row -> its lines that have a goal: what is measured, and the goal as the table shows it.
PROMISED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "startup": (
        ("--version", "<= 1.15x"),
        ("--help", "<= 1.15x"),
        ("completion of a voice", "<= 1.2x"),
    ),
    "wire": (
        ("request on the wire", "<= 1.1x"),
        ("request on the wire", ">= 3x ahead"),
        ("request on the wire", ">= 1x ahead"),
    ),
    "promptness": (
        ("one HTTP chunk per event", "<= 3 ms"),
        ("several events in one chunk, not yet complete", "<= 3 ms"),
        ("close-delimited", "<= 3 ms"),
    ),
    "first-sound": (
        ("server delay 0 ms", "<= 1.05x"),
        ("server delay 0 ms", ">= 1.4x ahead"),
        ("server delay 300 ms", "<= 1.05x"),
        ("server delay 300 ms, beyond the delay", ">= 1.4x ahead"),
    ),
    "round-trips": (("round trips of 100 ms", "<= 1.1x"),),
    "cpu": tuple(_CPU),
    "memory": (
        ("10 h against 1 min", "<= 1.1x"),
        ("10 h", "<= 45 MB"),
        ("heavy modules loaded", "<= 0 modules"),
    ),
    "playback": (
        ("silence or loss inside", "<= 0 ms"),
        ("share of one core", "<= 3 %"),
    ),
    "interrupt": (
        ("to silence", "<= 50 ms"),
        ("to the prompt", "<= 300 ms"),
    ),
    "offline": (("24 kHz, the engine's own", "<= 1.15x"),),
    "serving": (("a server of ours runs", "<= 1.1x"),),
    "long-text": (
        ("connections", "<= 1"),
        ("worst error of 199 gaps", "<= 1 ms"),
    ),
    "batch": (
        ("50,000 finished rows again", "<= 4 s"),
        ("80 rows, 4 at a time", ">= 3.6x ahead"),
        ("80 sentences of one text, 8 at a time", ">= 6x ahead"),
        ("80 rows, in 4 processes", ">= 2.5x ahead"),
        ("a book of 200 chapters again, one of them edited", ">= 4x ahead"),
    ),
}


def check(row: str, measures: Iterable[Measure]) -> None:
    """Raise ``BenchmarkFault`` naming every goal of a row that no line of it has."""
    borne = {(measure.what, measure.goal_text) for measure in measures}
    lost = [f"{what} {goal}" for what, goal in PROMISED.get(row, ()) if (what, goal) not in borne]
    if lost:
        raise BenchmarkFault(f"the row {row} no longer has the goal: {'; '.join(lost)}")
