"""What a batch tells while it runs: by characters, twice a minute in a log, notes of its threads in between."""

import queue
import time
from pathlib import Path

import pytest

from lightning_cli.cli.batch.batch_output import QueuedConsole, Screen, _duration
from lightning_cli.cli.terminal.console import Console
from lightning_cli.narration.build import Result
from lightning_cli.narration.pace import Progress
from lightning_cli.narration.plan import Item
from lightning_cli.narration.rows import Row
from lightning_cli.request import RequestDefaults
from lightning_cli.sinks.containers import WAV


def items(*lengths: int) -> list[Item]:
    """Return items of so many characters."""
    defaults = RequestDefaults(voice_id="daniel")
    rows = [Row(f"s.csv:{number}", str(number), "", None, None, ()) for number in range(len(lengths))]
    return [
        Item(row, f"{row.stem}.wav", Path(), WAV, defaults, "", length)
        for row, length in zip(rows, lengths, strict=True)
    ]


def test_a_log_is_told_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every 30 seconds, with the time that is left at this rate, also while a book is made."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    notices: queue.SimpleQueue[str] = queue.SimpleQueue()
    console = Console()
    todo = items(1000, 9000, 10_000)
    screen = Screen(console, todo, notices)
    progress = Progress()
    screen.begin("", todo, progress)
    progress.add(1000)
    screen.show(Result(todo[0], "current"))
    for _ in range(4):
        now[0] += 10
        screen.tick()
    QueuedConsole(console, notices).note("waiting for the service")
    screen.tick()
    making = Progress()
    screen.begin("making b.m4b", todo, making)
    now[0] += 30
    making.add(20_000)
    screen.tick()
    notices.put("last words")
    screen.end()
    screen.end()
    assert capsys.readouterr().err.splitlines() == [
        "1 of 3 texts: 1,000 of 20,000 characters, about 10 min left",
        "waiting for the service",
        "making b.m4b: 20,000 of 20,000 characters",
        "last words",
    ]


@pytest.mark.parametrize(("seconds", "told"), [(1, "1 min"), (61, "2 min"), (3600, "1 h 0 min"), (9000, "2 h 30 min")])
def test_durations(seconds: float, told: str) -> None:
    """In whole minutes, never too few."""
    assert _duration(seconds) == told
