"""Control of a deck over its socket: what each command does to it, who is let in, and what is left behind."""

import contextlib
import json
import math
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.pty_session import until

from lightning_cli.cli import controlling
from lightning_cli.errors import ExitCode
from lightning_cli.playback import remote_control, turn
from lightning_cli.playback.deck import DeckStatus
from lightning_cli.playback.remote_control import ControlServer
from lightning_cli.system.paths import private_runtime_dir
from lightning_cli.system.watchdog import sleep

ROOT = Path(__file__).resolve().parents[2]
STATUS = DeckStatus("playing", 1.25, 7.5, False, 100, "A sentence.")


class Listened:
    """Take the commands of a deck and note them: what a deck makes of them is its own tests' business."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.status = STATUS
        self.is_silent = False

    def __getattr__(self, name: str) -> Any:
        """Note a call."""
        return lambda *arguments: self.calls.append((name, *arguments))

    def quit(self) -> None:
        """Fall silent."""
        self.calls.append(("quit",))
        self.is_silent = True

    def settle(self) -> None:
        """Do all at once."""


@pytest.fixture
def directory() -> Iterator[int]:
    """Return the directory of turns, of this test alone."""
    descriptor = turn.open_directory()
    yield descriptor
    os.close(descriptor)


@contextlib.contextmanager
def listening(deck: Any, directory: int, *, in_turn: bool = True) -> Iterator[list[str]]:
    """Run the ear of a deck; yields what was called when it was told to stop."""
    called: list[str] = []
    before = set(sockets())
    server = ControlServer({"voice": "daniel"}, lambda: in_turn, lambda: called.append("quits"))
    server.start(deck)
    try:
        until(lambda: any(not name.startswith(".") for name in set(sockets()) - before), "it does not listen")
        yield called
    finally:
        server.stop()
        server.stop()


def sockets() -> list[str]:
    """Return what is in the directory beside the locks."""
    path = private_runtime_dir() / "turn"
    return [name for name in os.listdir(path) if not name.startswith(("mouth", "ticket-"))]


@pytest.mark.parametrize(
    ("message", "calls"),
    [
        ({"do": "status"}, []),
        ({"do": "pause"}, [("pause",)]),
        ({"do": "resume"}, [("resume",)]),
        ({"do": "skip"}, [("go", 1)]),
        ({"do": "again"}, [("go", 0)]),
        ({"do": "set", "volume": 80, "rate_step": 0.1}, [("set_volume", 80), ("change_rate", 0.1)]),
        ({"do": "set", "rate": 2, "volume_step": -10}, [("set_rate", 2), ("change_volume", -10)]),
        ({"do": "set", "rate": "2"}, []),
        ({"do": "set", "rate": math.nan, "volume": math.inf, "volume_step": True, "rate_step": 10**400}, []),
    ],
)
def test_commands(directory: int, message: dict[str, Any], calls: list[tuple[object, ...]]) -> None:
    """Each is carried out once and answered with where the listener is; nothing is left of the socket."""
    deck = Listened()
    with listening(deck, directory) as called:
        (player,) = remote_control.players(directory)
        answered = remote_control.ask(directory, player.name, message)
    assert answered is not None
    assert answered.pid == os.getpid()
    assert answered.status is not None
    assert answered.status.pop("since_s") >= 0
    assert answered.status == {
        "did": message["do"],
        "state": "playing",
        "pid": os.getpid(),
        "voice": "daniel",
        "position_s": 1.25,
        "arrived_s": 7.5,
        "complete": False,
        "sentence": "A sentence.",
        "volume": 100,
        "rate": 1.0,
        "in_turn": True,
    }
    assert (deck.calls, called, sockets()) == (calls, [], [])


def test_stop(directory: int) -> None:
    """The answer comes when it is silent; a later request finds no player."""
    deck = Listened()
    with listening(deck, directory) as called:
        (player,) = remote_control.players(directory)
        assert remote_control.stop(directory, player)
        assert (deck.calls, called) == ([("quit",)], ["quits"])
        assert remote_control.players(directory) == []
        assert remote_control.ask(directory, player.name, {"do": "pause"}) is None
        assert remote_control.stop(directory, player)
    assert remote_control.stop(directory, player)


def test_the_one_in_turn_comes_first(directory: int) -> None:
    """Of several that play, those that overlap come behind it, and the last that began before the others."""
    decks = [Listened() for _ in range(3)]
    with contextlib.ExitStack() as stack:
        for number, deck in enumerate(decks):
            deck.status = STATUS._replace(sentence=str(number))
            stack.enter_context(listening(deck, directory, in_turn=number == 1))
        found = [player.status and player.status["sentence"] for player in remote_control.players(directory)]
    assert found == ["1", "2", "0"]


@pytest.mark.parametrize(
    "sent", [b"", b"\n", b"[1]\n", b"{}\n", b'{"do": "dance"}\n', b"\xff\n", b"[" * 15_000 + b"\n", b"x" * 100_000]
)
def test_whatever_is_sent_the_next_one_is_answered(directory: int, sent: bytes) -> None:
    """Nonsense gets an answer that says so, or none; nothing changes."""
    deck = Listened()
    with listening(deck, directory):
        (name,) = sockets()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(f"/proc/self/fd/{directory}/{name}")
            with contextlib.suppress(OSError):
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(4096)
                assert not answer or "error" in json.loads(answer)
        assert remote_control.ask(directory, name, {"do": "pause"}) is not None
    assert deck.calls == [("pause",)]


@pytest.mark.parametrize(
    "changes",
    [
        {"position_s": "1"},
        {"position_s": None},
        {"arrived_s": math.inf},
        {"since_s": math.nan},
        {"rate": True},
        {"volume": 10**400},
        {"state": 1},
        {"in_turn": 1},
    ],
)
def test_an_answer_of_another_version(
    directory: int, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a player says of itself, commands tell who it is and what to do, and do not break."""
    status = ControlServer._status
    monkeypatch.setattr(ControlServer, "_status", lambda *given: {**status(*given), **changes})
    with listening(Listened(), directory):
        assert controlling.main(["status"]) == 0
        assert controlling.main(["pause"]) == int(ExitCode.AUDIO)
    told = capsys.readouterr()
    assert told.out == f"unknown: process {os.getpid()} plays, and is of another version\n"
    assert "is of another version\nhint: lightning-tts stop ends it" in told.err


def test_without_a_free_descriptor(directory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks is not turned down, and not waited for in a loop: there is an answer once a descriptor is free."""
    tried_again: list[float] = []

    monkeypatch.setattr(f"{remote_control.__name__}.sleep", lambda seconds: tried_again.append(sleep(seconds)))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with listening(Listened(), directory), socket.socket(socket.AF_UNIX) as connection:
        (name,) = sockets()
        connection.settimeout(20)
        free = os.dup(directory)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
        try:
            connection.connect(f"/proc/self/fd/{directory}/{name}")
            until(lambda: bool(tried_again), "it does not try again later")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        connection.sendall(b'{"do": "status"}\n')
        assert json.loads(connection.recv(4096))["did"] == "status"


def test_another_user_is_not_listened_to(directory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither side goes on when the other end is another's."""
    deck = Listened()
    with listening(deck, directory):
        (name,) = sockets()
        real = remote_control._peer
        server = next(one for one in threading.enumerate() if one.name == "lightning-control")
        for is_wary in (lambda thread: thread is server, lambda thread: thread is not server):

            def peer(
                connection: socket.socket, is_wary: Callable[[threading.Thread], bool] = is_wary
            ) -> tuple[int, int]:
                pid, uid = real(connection)
                return pid, uid + is_wary(threading.current_thread())

            monkeypatch.setattr(remote_control, "_peer", peer)
            assert remote_control.ask(directory, name, {"do": "stop"}) is None
            assert deck.calls == []
    one, other = socket.socketpair()
    with one, other:
        assert real(one) == (os.getpid(), os.getuid())


def test_sockets_of_the_dead(directory: int) -> None:
    """They count for nothing, and are removed by the next player or the next command; other files stay."""
    path = private_runtime_dir() / "turn"
    child = subprocess.Popen((sys.executable, "-c", ""))
    child.wait(20)
    # The last is that of a player which does not listen yet; a number says nothing of who bears it elsewhere.
    left = [f"player-{child.pid}-1", f".new-{child.pid}-1", f"player-{os.getpid()}-1", f".new-{child.pid}-2"]
    for name in left:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(f"/proc/self/fd/{directory}/{name}")
    os.utime(path / left[1], (0, 0))
    (path / "player-x-1").touch()
    with listening(Listened(), directory):
        assert {*left} & {*sockets()} == {left[3]}
        assert len(remote_control.players(directory)) == 1
    assert {*sockets()} == {"player-x-1", left[3]}


def test_a_player_of_another_container_keeps_its_socket(directory: int) -> None:
    """Its process has a number that no process has here; it listens all the same."""
    child = subprocess.Popen((sys.executable, "-c", ""))
    child.wait(20)
    name = f"player-{child.pid}-1"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(f"/proc/self/fd/{directory}/{name}")
        other.listen()
        with listening(Listened(), directory):
            assert name in sockets()


# Has a socket and a deck that never falls silent.
DEAF = """
import signal, sys, time
from lightning_cli.playback.remote_control import ControlServer
class Deck:
    is_silent = False
    def quit(self):
        if sys.argv[1] == "obeys":
            self.is_silent = True
server = ControlServer({}, lambda: True, lambda: None)
if sys.argv[1] == "deaf":
    server._answer = lambda deck, asked: time.sleep(60)
deck = Deck()
server.start(deck)
time.sleep(0.05)
print("listens", flush=True)
while not deck.is_silent:
    time.sleep(0.01)
server.stop()
"""


@pytest.mark.parametrize(("what", "code"), [("obeys", 0), ("deaf", -signal.SIGTERM)])
def test_a_process_that_is_stopped(directory: int, monkeypatch: pytest.MonkeyPatch, what: str, code: int) -> None:
    """It is seen for what it is, goes on to obey, and ends by a signal if it does not."""
    monkeypatch.setattr(remote_control, "_GOES_ON_S", 20.0 if what == "obeys" else 0.1)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        (sys.executable, "-c", DEAF, what), stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "listens\n"
            until(lambda: any(not name.startswith(".") for name in sockets()), "it does not listen")
            process.send_signal(signal.SIGSTOP)
            until(lambda: turn.is_stopped(process.pid), "it goes on")
            (player,) = remote_control.players(directory)
            assert (player.pid, player.status, player.is_in_turn) == (process.pid, None, True)
            assert remote_control.stop(directory, player)
            assert process.wait(20) == code
        finally:
            process.kill()


# Has the turn, and no socket yet.
SILENT = """
import time
from lightning_cli.playback.turn import Turn, open_directory
print(Turn(open_directory()).take(), flush=True)
time.sleep(60)
"""


def test_a_process_that_is_stopped_before_it_listens(directory: int) -> None:
    """It has the turn, so it is seen, and what is to play gets past it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        (sys.executable, "-c", SILENT), stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "True\n"
            assert remote_control.players(directory) == []
            process.send_signal(signal.SIGSTOP)
            until(lambda: turn.is_stopped(process.pid), "it goes on")
            (player,) = remote_control.players(directory)
            assert (player.pid, player.status, player.is_in_turn) == (process.pid, None, True)
            asked = remote_control.ask(directory, player.name, {"do": "pause"})
            assert asked is not None
            assert asked.status is None
            assert remote_control.stop(directory, player)
            assert process.wait(20) == -signal.SIGTERM
        finally:
            process.kill()
    own = turn.Turn(directory)
    assert own.take()
    own.release()


def test_without_a_place_for_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no control, and nothing else happens."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/proc/nowhere")
    deck: Any = Listened()
    server = ControlServer({}, lambda: True, lambda: None)
    server.start(deck)
    server.stop()


def test_a_process_that_has_no_number_here(directory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of another container that shares the directory gets no signal: its number may be any other's here."""
    signals: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *sent: signals.append(sent))
    for name in ("_EXCHANGE_S", "_SILENCE_S", "_GOES_ON_S", "_ENDS_S"):
        monkeypatch.setattr(remote_control, name, 0.01)
    name = f"player-{os.getpid()}-1"
    monkeypatch.setattr(remote_control, "_peer", lambda _: (0, os.getuid()))
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(f"/proc/self/fd/{directory}/{name}")
        mute.listen()
        assert not remote_control.stop(directory, remote_control.RunningPlayer(name, os.getpid(), None))
    assert signals == []
