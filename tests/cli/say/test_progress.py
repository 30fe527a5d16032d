"""How far a run is: the line by itself, and on the screen of a terminal emulator."""

import os
import pty
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.command_line import COMMAND, KEY
from support.fake_server import Exchange, Responder, SpeechServer, ramp, refuses, serving, speaks, speech_events
from support.null_sink import SoundCard, noise
from support.pty_session import WITHIN_S, Terminal, repeated_if_late, terminal
from support.screen import rows_of, until_shown

from lightning_cli.cli.commands.say import _progress
from lightning_cli.cli.say.progress import ProgressDisplay, characters_of
from lightning_cli.cli.say.speaking import TextSource
from lightning_cli.cli.terminal.console import Console

ROOT = str(Path(__file__).resolve().parents[3])
RATE = 24_000
PCM = ramp(RATE)
# Full-width and combining characters, and what must never reach a terminal raw.
SENTENCES = [
    "The first of them is plain and short.",
    "二番目の文はとても長いので、狭い端末では必ずどこかで切られることになります。",
    "Cafe\u0301 au lait, n\u0303andu\u0301 \u202eand a mark that turns text around, \x1b[31mred.",
]
TEXT = " ".join(SENTENCES)

# The line by itself.


# Whether there is a line at all.


@contextmanager
def _standard_error(*, is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    leader, follower = pty.openpty() if is_terminal else os.pipe()[::-1]
    with os.fdopen(follower, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        try:
            yield
        finally:
            monkeypatch.undo()
            os.close(leader)


class _Target:
    """A stand-in for the outputs: whether there are keys, and who plays."""

    deck = None
    has_keys = False


@pytest.mark.parametrize(
    ("changed", "is_shown"),
    [
        ({}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": None}, False),
        ({"terminal": False}, False),
        ({"quiet": True}, False),
        ({"paths": ["a.wav", "-"]}, False),
        ({"paths": ["/dev/null"]}, False),
        ({"has_keys": True}, False),
    ],
)
def test_who_sees_a_line(changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *, is_shown: bool) -> None:
    """A terminal that can draw and is used by this process alone."""
    target: Any = _Target()
    target.has_keys = changed.get("has_keys", False)
    with _standard_error(is_terminal=changed.get("terminal", True), monkeypatch=monkeypatch):
        name = changed.get("TERM", "xterm")
        monkeypatch.delenv("TERM", raising=False) if name is None else monkeypatch.setenv("TERM", name)
        run: Any = SimpleNamespace(
            service=SimpleNamespace(console=Console(quiet=changed.get("quiet", False))),
            options=SimpleNamespace(paths=changed.get("paths", ["a.wav"]), echo=False),
            script=TextSource(["Hi"]),
            target=target,
        )
        shown = _progress(run)
    assert isinstance(shown, ProgressDisplay) == is_shown


def test_characters_are_known_of_a_text_that_is_all_there() -> None:
    """A text that grows has no length yet."""
    assert characters_of(list(TextSource(["One  sentence, and another one."]).segments(None))) == 30
    assert characters_of(iter(())) is None


# On a screen.


class _Gate:
    """Answer sentence by sentence, each when it is told to."""

    def __init__(self, *answers: Responder) -> None:
        self._answers = answers
        self._may = [threading.Event() for _ in answers]
        self._count = 0

    def __call__(self, exchange: Exchange) -> None:
        number, self._count = self._count, self._count + 1
        assert self._may[number].wait(WITHIN_S)
        self._answers[number](exchange)

    def open(self, number: int) -> None:
        self._may[number].set()


def _environment(**extra: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": ROOT, "SMALLEST_API_KEY": KEY, **extra}


@contextmanager
def _speaking(
    gate: Responder, target: Path, columns: int, *arguments: str, environment: dict[str, str] | None = None
) -> Iterator[tuple[Terminal, SpeechServer]]:
    with serving(gate) as server:
        command = [*COMMAND, "say", *arguments, "-o", str(target), "-r", str(RATE), "--base-url", server.url]
        with terminal(command, _environment(**(environment or {})), columns) as opened:
            yield opened, server


def _cut(exchange: Exchange) -> None:
    exchange.stream(speech_events(PCM)[:-1])


@pytest.mark.parametrize(
    ("columns", "environment", "second", "third"),
    [
        (40, {"NO_COLOR": "1"}, "━━───────", "━━━━━─"),
        (
            200,
            {},
            "二番目の文はとても長いので、狭い端末では必ずどこかで切られることになります。",
            "Caf\u00e9 au lait, \u00f1and\u00fa \\u202eand a mark",
        ),
    ],
    ids=["narrow", "wide"],
)
def test_the_bar_on_a_screen(
    tmp_path: Path, columns: int, environment: dict[str, str], second: str, third: str
) -> None:
    """One row below the last message, of the width of the terminal; gone at the end, with every message whole."""
    gate = _Gate(speaks(PCM), _cut, speaks(PCM), speaks(PCM))
    with _speaking(gate, tmp_path / "a.wav", columns, TEXT, "--markup", "none", environment=environment) as (opened, _):
        rows = until_shown(opened, columns, " 0 %")
        assert len(rows) == 1
        gate.open(0)
        rows = until_shown(opened, columns, second)
        assert len(rows) == 1
        gate.open(1)
        rows = until_shown(opened, columns, "in 0.5 s")
        note = "".join(rows).partition("in 0.5 s")[0] + "in 0.5 s"
        gate.open(2)
        rows = until_shown(opened, columns, third)
        assert rows[-1].startswith("━")
        gate.open(3)
        assert opened.end() == 0
        raw = opened.raw
    told = rows_of(raw, columns)
    assert "".join(told) == note
    assert note.startswith("note: the answer ended before its terminator")
    assert ("\x1b[3" in raw) == (not environment)
    assert raw.count("\n") == 1
    assert (tmp_path / "a.wav").exists()


@pytest.mark.parametrize("how", ["interrupt", "refuse"])
def test_nothing_is_left_of_the_bar(tmp_path: Path, how: str) -> None:
    """After Ctrl-C the screen is as before, after a failure it has the failure's words alone."""
    gate = _Gate(speaks(PCM), refuses("403 Forbidden", {"error": "no more"}))
    text = f"The first of them is plain and short. Here is a second, {'on and ' * 20}on."
    with _speaking(gate, tmp_path / "a.wav", 80, text) as (opened, _):
        gate.open(0)
        rows = until_shown(opened, 80, "Here is a second")
        assert len(rows) == 1
        assert 76 <= len(rows[0]) <= 77
        if how == "interrupt":
            opened.press("\x03")
            assert opened.end() == -signal.SIGINT
            gate.open(1)
            assert rows_of(opened.raw, 80) == []
        else:
            gate.open(1)
            assert opened.end() == 4
            rows = rows_of(opened.raw, 80)
            assert rows[0].startswith("error: the service refused the request (403 Forbidden): no more")
            assert rows[1].startswith("hint: ")
    assert os.listdir(tmp_path) == []


def test_a_short_text_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is over before a second has passed leaves a terminal untouched."""
    pipeline: Any = None
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        with ProgressDisplay(Console(), None) as progress:
            progress.begins(pipeline, list(TextSource(["Hello there"]).segments(None)))
        monkeypatch.undo()
        assert select.select([leader], [], [], 0)[0] == []
    os.close(leader)


@repeated_if_late
def test_the_sentence_that_is_heard(sound_card: SoundCard) -> None:
    """Without keys too, the terminal shows what is spoken; nothing is left of it."""
    card = sound_card.at(RATE)
    answers = [speaks(noise(RATE * 2, 1)), speaks(noise(RATE, 2))]
    gate = _Gate(*answers)
    gate.open(0)
    gate.open(1)
    with serving(gate) as server, card.record():
        text = "Here is the first sentence. And this is the second one!"
        command = [*COMMAND, "say", text, "--no-keys", "--volume", "50", "-r", str(RATE), "--base-url", server.url]
        with terminal(command, _environment(**card.environment), 200) as opened:
            rows = until_shown(opened, 200, "Here is the first sentence.")
            assert "volume 50 %" in rows[-1]
            rows = until_shown(opened, 200, "And this is the second one!")
            assert rows[-1].startswith("▸ 0:0")
            assert opened.end() == 0
            # The sound system itself may have complained.
            assert not any("second one" in row for row in rows_of(opened.raw, 200))
