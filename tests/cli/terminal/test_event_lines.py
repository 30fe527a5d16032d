"""Progress in lines that stay: what is told, and that a terminal is never asked to draw anything twice."""

import os
from pathlib import Path

import pytest
from support.command_line import COMMAND, KEY
from support.fake_server import serving, speaks
from support.null_sink import SoundCard, noise
from support.pty_session import terminal, until

from lightning_cli.cli.batch import batch_output
from lightning_cli.cli.terminal.console import Console
from lightning_cli.cli.terminal.event_lines import EventLines, player_line, progress_line
from lightning_cli.cli.terminal.status_line import ProgressLine, StatusLine, WriteProgress
from lightning_cli.playback.deck import DeckStatus

ROOT = str(Path(__file__).resolve().parents[3])
RATE = 24_000
PLAYING = DeckStatus("playing", 1.0, 9.0, False, 100, "One sentence.")


def test_one_line_for_each_event(capfd: pytest.CaptureFixture[str]) -> None:
    """A sentence that begins, a pause and its end, and another volume or speed; nothing while nothing changes."""
    lines = EventLines(Console())
    for status in (
        DeckStatus("waiting", 0.0, 0.0, False, 100, ""),
        PLAYING,
        PLAYING._replace(heard_s=2.0),
        PLAYING._replace(state="paused", heard_s=62.0),
        PLAYING._replace(percent=80, rate=1.5),
        PLAYING._replace(percent=80, rate=1.5, sentence="Another \x1b[2K."),
        PLAYING._replace(percent=80, rate=1.5, sentence="Another \x1b[2K."),
    ):
        lines.draw(status)
    told = ["One sentence.", "paused at 1:02", "playing on", "volume 80 %, speed 1.5x", "Another \\x1b[2K."]
    assert capfd.readouterr().err.splitlines() == told
    for done, total in ((0, 100), (9, 100), (31, 100), (39, 100), (120, 100), (5, None), (0, 0)):
        lines.draw(WriteProgress(done, total, 1.0, 1.0, "One sentence."))
    assert capfd.readouterr().err.splitlines() == ["30 % written", "100 % written"]
    lines.clear()
    lines.forget()
    lines.close()
    EventLines(Console(), wanted=False).draw(PLAYING)
    EventLines(Console(quiet=True)).draw(PLAYING)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("variable", "flag", "is_plain"), [("", False, False), ("0", False, False), ("1", False, True), ("", True, True)]
)
def test_who_asks_for_it(monkeypatch: pytest.MonkeyPatch, variable: str, *, flag: bool, is_plain: bool) -> None:
    """The flag, or what other programs for screen readers look at; then a batch has no bar either."""
    monkeypatch.setenv("ACCESSIBLE", variable)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(batch_output, "is_terminal", lambda _stream: True)
    console = Console(plain=flag)
    assert console.is_plain == is_plain
    assert isinstance(player_line(console, wanted=False), EventLines if is_plain else StatusLine)
    line = progress_line(console)
    assert isinstance(line, EventLines if is_plain else ProgressLine)
    line.close()
    assert batch_output._wants_bar(console) == (not is_plain)


def test_a_player_for_a_screen_reader(sound_card: SoundCard) -> None:
    """Keys work, and what is shown has no control but the ends of its lines."""
    card = sound_card.at(RATE)
    environment = {**os.environ, "PYTHONPATH": ROOT, "SMALLEST_API_KEY": KEY, **card.environment}
    with serving(speaks(noise(RATE * 20))) as server:
        command = [*COMMAND, "say", "One sentence. And another one!", "--plain"]
        command += ["-r", str(RATE), "--base-url", server.url]
        with terminal(command, environment) as opened:
            until(lambda: "One sentence." in opened.raw, "nothing is told")
            opened.press(" ")
            until(lambda: "paused at 0:0" in opened.raw, "no pause")
            opened.press("+ ")
            until(lambda: "volume 110 %, speed 1x" in opened.raw, "not louder")
            opened.press("q")
            assert opened.end() == 0
            assert not set(opened.raw.replace("\r\n", "")) & {"\r", "\x1b"}
