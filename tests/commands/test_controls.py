"""Commands that control what plays: a real player on a sound server, and what every command says and does."""

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.command_line import COMMAND, Done, keyed
from support.fake_server import Exchange, serving, speaks, speech_events
from support.null_sink import SoundCard, noise, without_silence
from support.pty_session import until

from lightning_cli.cli.run import main
from lightning_cli.errors import ExitCode
from lightning_cli.playback.turn import open_directory, waiting
from lightning_cli.system.paths import private_runtime_dir

RATE = 24_000
LONG = noise(RATE * 20, 1)
SHORT = noise(RATE // 2, 2)


@pytest.fixture
def card(sound_card: SoundCard, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundCard]:
    """Return the card, whose runs take turns in the directory of this process; ends what still plays there."""
    for name, value in sound_card.environment.items():
        monkeypatch.setenv(name, value)
    yield sound_card.at(RATE)
    assert os.listdir(private_runtime_dir() / "turn") == ["mouth"]


Command = Callable[..., Done]


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Command:
    """Return what runs a command in this process: Python's start would be most of each."""

    def call(*arguments: str) -> Done:
        before = [signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
        capfd.readouterr()
        code = main(arguments)
        for signum, handler in zip((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), before, strict=True):
            signal.signal(signum, handler)
        out, err = capfd.readouterr()
        return Done(code, out.encode(), err)

    return call


@contextlib.contextmanager
def playing(url: str, card: SoundCard, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """Run what plays; it ends with the block at the latest."""
    words = ("say", "One sentence is here. And two are here.", "-r", str(RATE), "--join", "raw", "--base-url", url)
    environment = keyed(**card.environment)
    with subprocess.Popen(
        (*COMMAND, *words, *arguments), env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def state(command: Command) -> dict[str, Any]:
    """Return what status says."""
    told: dict[str, Any] = json.loads(command("status", "--json").stdout)
    return told


def test_a_player_from_another_shell(card: SoundCard, command: Command) -> None:
    """Every command is obeyed, says what it did, and status shows it."""
    with serving(speaks(LONG)) as server, card.record() as recording, playing(server.url, card) as process:
        recording.wait_for_sound()
        until(lambda: state(command)["state"] == "playing", "it does not play")
        seen = state(command)
        assert seen | {"position_s": 0, "arrived_s": 0} == {
            "state": "playing",
            "pid": process.pid,
            "voice": "daniel",
            "position_s": 0,
            "arrived_s": 0,
            "complete": False,
            "sentence": "One sentence is here.",
            "volume": 100,
            "rate": 1.0,
            "in_turn": True,
            "waiting": 0,
            "playing": 1,
        }
        assert command("pause").stdout.startswith(b"paused at 0:0")
        assert state(command)["state"] == "paused"
        # What was on its way.
        recording.wait_for_bytes(RATE // 2)
        before = len(without_silence(recording))
        recording.wait_for_bytes(RATE)
        assert len(without_silence(recording)) == before
        assert command("resume").stdout.startswith(b"playing from 0:0")
        assert command("set", "volume=80", "rate=+0.5").stdout == b"volume 80 %, speed 1.5x\n"
        assert command("skip").stdout == b"went to the next sentence\n"
        until(lambda: state(command)["sentence"] == "And two are here.", "it stays")
        assert command("again").stdout == b"went back to the start of the sentence\n"
        first, second = command("status").stdout.decode().splitlines()
        assert first.startswith("playing 0:2")
        assert first.endswith(f": voice daniel, process {process.pid}, volume 80 %, speed 1.5x")
        assert second == "And two are here."
        assert command("stop").stdout == b"stopped\n"
        assert (process.wait(30), process.communicate()[1]) == (0, "")


def test_where_nothing_plays(command: Command) -> None:
    """That is well where there is nothing to be done, and a failure where something was to be changed."""
    for arguments in (["stop"], ["stop", "--all"], ["status"]):
        assert command(*arguments) == Done(0, b"nothing is playing\n", "")
    assert state(command)["state"] == "idle"
    for arguments in (["pause"], ["resume"], ["skip"], ["again"], ["set", "volume=5"]):
        done = command(*arguments)
        assert (done.code, done.stdout) == (ExitCode.AUDIO, b"")
        assert done.lines[0] == "error: nothing is playing"
    private_runtime_dir().chmod(0o777)
    done = command("status")
    assert done.code == ExitCode.OUTPUT
    assert "can be entered by other users" in done.lines[0]
    (Path(os.environ["XDG_RUNTIME_DIR"]) / "lightning-tts").chmod(0o700)


def test_stop_in_the_middle_of_a_wait_for_the_service(card: SoundCard, command: Command) -> None:
    """The run is called out of it, and ends well."""

    def silent(exchange: Exchange) -> None:
        exchange.wait_for_close(60)

    with serving(silent) as server, playing(server.url, card) as process:
        until(lambda: bool(server.requests), "nothing is asked")
        until(lambda: command("stop").stdout == b"stopped\n", "it does not listen")
        assert (process.wait(30), process.communicate()[1]) == (0, "")


def test_stop_leaves_the_file_beside_the_sound(card: SoundCard, command: Command, tmp_path: Path) -> None:
    """It is written to its end, and the next in the queue plays meanwhile."""
    goes_on: list[bool] = []

    def answer(exchange: Exchange) -> None:
        if len(server.requests) == 1:
            exchange.stream(speech_events(SHORT))
        else:
            until(lambda: bool(goes_on), "it is not let go on")
            exchange.stream(speech_events(SHORT))

    with serving(answer) as server, serving(speaks(SHORT)) as other, card.record() as recording:
        target = tmp_path / "a.pcm"
        with playing(server.url, card, "-o", str(target), "--play") as process:
            until(lambda: len(server.requests) == 2, "it does not go on")
            assert command("stop").stdout == b"stopped\n"
            heard = len(without_silence(recording))
            with playing(other.url, card) as second:
                assert second.wait(30) == 0
            goes_on.append(True)
            assert process.wait(30) == 0
            assert process.communicate()[1] == "note: playback stopped; still writing the rest\n"
    assert target.read_bytes() == SHORT * 2
    assert len(without_silence(recording)) >= heard + 2 * len(SHORT) - 100


def test_now_and_stop_all(card: SoundCard, command: Command) -> None:
    """--now silences the player and passes those who wait; stop --all ends everything, by the note of each."""
    directory = open_directory()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(serving(speaks(LONG)))
        recording = stack.enter_context(card.record())

        def start(*arguments: str) -> "subprocess.Popen[str]":
            return stack.enter_context(playing(server.url, card, *arguments))

        first = start()
        recording.wait_for_sound()
        patient = start()
        until(lambda: waiting(directory) == 1, "it does not wait")
        hasty = start("--now")
        assert first.wait(30) == 0
        until(lambda: state(command)["pid"] == hasty.pid, "it does not go first")
        over = start("--overlap")
        until(lambda: state(command)["playing"] == 2, "it does not overlap")
        seen = command("status").stdout.decode().splitlines()
        assert seen[-2:] == ["1 more at the same time", "1 waiting"]
        # One that is stopped keeps its turn, until it is told to stop.
        hasty.send_signal(signal.SIGSTOP)
        until(lambda: state(command)["state"] == "suspended", "it goes on")
        assert command("status").stdout.startswith(f"suspended: process {hasty.pid} has the turn\n".encode())
        done = command("pause")
        assert (done.code, done.lines[0]) == (6, f"error: process {hasty.pid}, which plays, is suspended")
        assert waiting(directory) == 1
        assert command("stop", "--all").stdout == b"stopped 2 playing and 1 waiting\n"
        assert [one.wait(30) for one in (hasty, over, patient)] == [0, 0, 0]
        told = [one.communicate()[1] for one in (first, hasty, over, patient)]
    os.close(directory)
    assert told == ["", "", "", "note: not played: stopped by lightning-tts stop --all\n"]


def test_options_that_exclude_each_other(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be ignored is refused; a setting gives way to a flag."""
    assert command("say", "Hi", "--now", "--overlap").code == ExitCode.USAGE
    assert command("say", "Hi", "--drop-after", "1", "--overlap").code == ExitCode.USAGE
    with monkeypatch.context() as set_for_all:
        set_for_all.setenv("LIGHTNING_TTS_OVERLAP", "1")
        assert command("say", "Hi", "--now", "--dry-run").code == 0
    assert command("say", "Hi", "--now", "-o", str(tmp_path / "a.wav")).code == ExitCode.USAGE
