"""Runs that play take turns: what is heard, what is asked of the service, and what the user is told."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from support.command_line import COMMAND, keyed, lightning
from support.fake_server import serving, speaks
from support.null_sink import SoundCard, contains, noise, without_silence
from support.pty_session import until

from lightning_cli.cli.say import turn_taking
from lightning_cli.cli.say.turn_taking import TurnTaking
from lightning_cli.cli.terminal.console import Console
from lightning_cli.playback.turn import Turn, open_directory, waiting
from lightning_cli.system.paths import private_runtime_dir, runtime_dir

RATE = 24_000
ONE, TWO = noise(RATE // 2, 1), noise(RATE // 2, 2)


@pytest.fixture
def card(sound_card: SoundCard, monkeypatch: pytest.MonkeyPatch) -> SoundCard:
    """Return the card, whose runs take turns in the directory of this process."""
    for name, value in sound_card.environment.items():
        monkeypatch.setenv(name, value)
    return sound_card.at(RATE)


def play(url: str, card: SoundCard, *arguments: str) -> subprocess.Popen[str]:
    """Start a run that plays."""
    command = (*COMMAND, "say", "Hello.", "-r", str(RATE), "--join", "raw", "--base-url", url, *arguments)
    return subprocess.Popen(command, env=keyed(**card.environment), stderr=subprocess.PIPE, text=True)


def test_two_runs_are_heard_one_after_the_other(card: SoundCard) -> None:
    """The second asks the service for nothing before its turn; both are heard whole."""
    directory = open_directory()
    own = Turn(directory)
    assert own.take()
    with serving(speaks(ONE)) as server, serving(speaks(TWO)) as other, card.record() as recording:
        first = play(server.url, card)
        until(lambda: waiting(directory) == 1, "it does not wait")
        second = play(other.url, card)
        until(lambda: waiting(directory) == 2, "it does not wait")
        assert not server.requests
        own.release()
        for process in (first, second):
            assert process.communicate(timeout=60)[1] == ""
            assert process.returncode == 0
    os.close(directory)
    assert without_silence(recording) == ONE + TWO


def test_a_turn_that_does_not_come_costs_nothing(card: SoundCard, tmp_path: Path) -> None:
    """The run ends well with one note; a file beside it is written all the same; --overlap plays at once."""
    directory = open_directory()
    own = Turn(directory)
    assert own.take()
    with serving(speaks(ONE)) as server, card.record() as recording:
        common = ("say", "Hello.", "-r", str(RATE), "--join", "raw", "--base-url", server.url)
        env = keyed(**card.environment)
        done = lightning(*common, "--drop-after", "0", "--json", env=env)
        assert (done.code, done.lines) == (0, ["note: not played: its turn did not come within 0 s"])
        assert json.loads(done.stdout)["played"] is False
        assert not server.requests
        done = lightning(*common, "--drop-after", "0", "-o", str(tmp_path / "a.pcm"), "--play", env=env)
        assert done.code == 0
        assert (tmp_path / "a.pcm").read_bytes() == ONE
        # Nothing that only writes ever looks.
        done = lightning(*common, "-o", str(tmp_path / "b.pcm"), env=env)
        assert (done.code, done.lines) == (0, [])
        assert without_silence(recording) == b""
        done = lightning(*common, "--overlap", env=env)
        assert (done.code, done.lines) == (0, [])
    own.release()
    os.close(directory)
    assert contains(recording, ONE)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_who_waits_at_a_terminal_learns_why(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *, is_terminal: bool
) -> None:
    """Once, and not where the wait is short."""
    monkeypatch.setattr(turn_taking, "is_terminal", lambda _stream: is_terminal)
    monkeypatch.setattr(turn_taking, "_UNSEEN_S", 0.02)
    directory = open_directory()
    own = Turn(directory)
    assert own.take()
    assert not TurnTaking(Console(), within_s=0.1).take()
    told = capfd.readouterr().err.splitlines()
    shown = ["note: another lightning-tts is playing; waiting for its end (--now goes first)"]
    assert told == [*(shown if is_terminal else []), "note: not played: its turn did not come within 0.1 s"]
    own.release()
    turn = TurnTaking(Console())
    assert turn.take()
    turn.release()
    os.close(directory)
    assert capfd.readouterr().err == ""


def test_a_directory_that_cannot_be_used_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One that others can enter is told of; where there is none, or no locks, playback goes on silently."""
    private_runtime_dir().chmod(0o777)
    assert TurnTaking(Console()).take()
    (told,) = capfd.readouterr().err.splitlines()
    assert told.startswith("warning: playing without waiting for other runs: ")
    assert told.endswith("can be entered by other users")
    runtime_dir().chmod(0o700)
    with monkeypatch.context() as without:
        no_module: Any = None
        without.setitem(sys.modules, "fcntl", no_module)
        assert TurnTaking(Console()).take()
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/proc/nowhere")
    assert TurnTaking(Console()).take()
    assert capfd.readouterr().err == ""


def test_a_turn_is_lent_while_nothing_is_to_be_said() -> None:
    """Between ``take`` and ``rest`` it is kept; one that was lent is waited for again."""
    directory = open_directory()
    own, other = TurnTaking(Console(), within_s=0), Turn(directory)
    assert own.take()
    own.lend()
    kept = own.is_mine
    own.rest()
    own.lend()
    assert (kept, own.is_mine) == (True, False)
    assert other.take()
    assert not own.take()
    other.release()
    assert own.take()
    own.release()
    os.close(directory)


def test_a_text_that_goes_on_later(card: SoundCard) -> None:
    """A run that waits for its text lets others play, and is heard again when there is more of it."""
    directory = open_directory()
    other = Turn(directory)
    with serving(speaks(ONE), speaks(TWO)) as server, card.record() as recording:
        command = (*COMMAND, "say", "-r", str(RATE), "--join", "raw", "--base-url", server.url)
        with subprocess.Popen(command, env=keyed(**card.environment), stdin=subprocess.PIPE) as run:
            assert run.stdin is not None
            assert other.take()
            other.release()
            os.write(run.stdin.fileno(), b"This is the first sentence.\n\n")
            recording.wait_for_sound()
            assert not other.take()
            assert other.wait(60, lambda _: None) is None
            assert without_silence(recording) == ONE
            assert run.poll() is None
            os.write(run.stdin.fileno(), b"And here comes the second.\n\n")
            until(lambda: waiting(directory) == 1, "it does not wait")
            assert len(server.requests) == 1
            other.release()
            run.stdin.close()
            assert run.wait(60) == 0
    os.close(directory)
    assert without_silence(recording) == ONE + TWO


def test_an_engine_loads_when_the_run_is_the_next() -> None:
    """It takes memory, which the last of a long queue does not need; without a queue it loads at once."""
    directory = open_directory()
    playing, ahead = Turn(directory), Turn(directory)
    taking = TurnTaking(Console(quiet=True))
    called: list[str] = []
    try:
        assert playing.take()
        taking.when_near(lambda: called.append("at once"))
        assert called == ["at once"]
        assert not ahead.take()
        for others in (
            TurnTaking(Console(quiet=True), overlaps=True),
            TurnTaking(Console(quiet=True), goes_first=True),
        ):
            others.when_near(lambda: called.append("at once"))
        taking.when_near(lambda: called.append("next"))
        thread = threading.Thread(target=taking.take)
        thread.start()
        until(lambda: waiting(directory) == 2, "it does not wait")
        assert called == ["at once"] * 3
        ahead.release()
        until(lambda: called[3:] == ["next"], "it is not told")
        playing.release()
        thread.join(20)
        assert taking.is_mine
        assert len(called) == 4
    finally:
        for one in (playing, ahead, taking):
            one.release()
        os.close(directory)
