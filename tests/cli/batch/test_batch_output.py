"""What a batch tells while it runs: by characters, twice a minute in a log, notes of its threads in between."""

import json
import queue
import time
from pathlib import Path

import pytest
from support.batch_runs import asked, batch, pcm_for, speaking, speaks_text
from support.command_line import COMMAND, keyed
from support.fake_server import Exchange, speech_events
from support.pty_session import terminal

from lightning_cli.cli.batch.batch_output import BatchProgress, QueuedConsole, _duration
from lightning_cli.cli.terminal.console import Console
from lightning_cli.errors import ExitCode
from lightning_cli.narration.build import BuildResult
from lightning_cli.narration.pace import CharacterProgress
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
    screen = BatchProgress(console, todo, notices)
    progress = CharacterProgress()
    screen.begin("", todo, progress)
    progress.add(1000)
    screen.show(BuildResult(todo[0], "current"))
    for _ in range(4):
        now[0] += 10
        screen.tick()
    QueuedConsole(console, notices).note("waiting for the service")
    screen.tick()
    making = CharacterProgress()
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


def test_a_batch_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Report a row that fails, beside the bar, of one without audio, and of a book; ids are numbered by segment."""
    rows = tmp_path / "rows.jsonl"
    told = [
        {"text": "Refuse me, please.", "output": "a.wav"},
        {"text": "Say nothing at all.", "output": "b.wav"},
        {"text": "This is the first one. And here comes another.", "output": "c.wav", "request_id": "mine"},
    ]
    rows.write_text("\n".join(map(json.dumps, told)))

    def answer(exchange: Exchange) -> None:
        text = exchange.request.json["text"]
        if text.startswith("Refuse"):
            exchange.refuse("400 Bad Request", {"message": "no"})
        elif text.startswith("Say nothing"):
            exchange.stream(speech_events(b""))
        else:
            speaks_text(exchange)

    with speaking(answer) as server:
        words = ("batch", str(rows), "-d", "out", "--cache", "cache", "--base-url", server.url, "--retries", "0")
        monkeypatch.chdir(tmp_path)
        with terminal([*COMMAND, *words], keyed()) as shell:
            assert shell.end() == ExitCode.SOME_FAILED
        assert "the service answered with no audio at all" in shell.text
        assert "400 Bad Request" in shell.text
        ids = {one.json["text"]: one.json.get("request_id") for one in server.requests}
        assert ids["This is the first one."] == "mine-1"
        assert ids["And here comes another."] == "mine-2"
        rows.write_text(json.dumps({"text": "One.", "output": "1.wav"}))
        more = ("--book", "book.wav", "--pause-text", "0", "--report", "report.json")
        assert batch(rows, tmp_path, server, *more).code == 0
        assert asked(server)["One."] == 1
    assert json.loads((tmp_path / "report.json").read_text())["book"]["status"] == "built"
    assert pcm_for("One.") in (tmp_path / "book.wav").read_bytes()
