"""Control of a deck from other processes of the same user: a socket in the directory of turns, and what asks there.

    client: ask ──► {"do": "pause"} ──► ControlServer (thread lightning-control) ──► Deck
                ◄── {"did": "pause", "state": "paused", "pid": 123, ...}

One message of one line of JSON each way, then the connection ends. Both sides look at the user behind the other (where
the system tells), and everything is bounded in size and time. A player's socket bears its process id; it appears only
once it listens, so one that refuses connections is left over from a process that died.
"""

import contextlib
import json
import os
import select
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning_cli.playback import turn
from lightning_cli.system.records import Record
from lightning_cli.system.watchdog import sleep

if TYPE_CHECKING:
    from lightning_cli.playback.deck import Deck

Message = dict[str, Any]
_PLAYER, _NEW = "player-", ".new-"
# Of a socket's name, which ends in the process and the thread.
_PARTS, _DIGITS = 3, 10
_LONGEST_BYTES = 16 * 1024
_BACKLOG = 64
# For what another process of ours does at once, unless it is stopped or the machine is busy.
_EXCHANGE_S = 0.5
# How long a player is given to fall silent before its answer goes out all the same.
_SILENCE_S = 1.0
# For a process that was stopped: to go on and obey, then to end by a signal.
_GOES_ON_S, _ENDS_S = 1.0, 2.0
_POLL_S = 0.005
_AGAIN_S = 0.05
# A player listens at once, unless it is stopped or the machine is busy.
_NEW_FOR_S = 60.0
_TELLS_PEERS = hasattr(socket, "SO_PEERCRED")
_JOIN_S = 2.0


class ControlServer:
    """The ear of one deck: from ``start`` to ``stop`` it obeys what other processes of the user ask for.

    ``about`` are facts for ``status``; ``quits`` is called after the deck was told to stop; ``has_turn`` says whether
    the deck plays in turn or over others. Where there can be no socket there is no control, and that is all.
    """

    def __init__(self, about: Mapping[str, object], has_turn: Callable[[], bool], quits: Callable[[], None]) -> None:
        self._about = about
        self._has_turn = has_turn
        self._quits = quits
        self._began = time.monotonic()
        self._thread: threading.Thread | None = None
        self._wake: tuple[int, int] = (-1, -1)

    def start(self, deck: "Deck") -> None:
        """Begin to listen, in a thread."""
        self._wake = os.pipe()
        # A daemon: nothing that another process does to it may keep this one.
        self._thread = threading.Thread(target=self._run, args=(deck,), name="lightning-control", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and leave nothing behind; idempotent, never raises."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        with contextlib.suppress(OSError):
            os.write(self._wake[1], b"\0")
        thread.join(_JOIN_S)
        if not thread.is_alive():
            for descriptor in self._wake:
                os.close(descriptor)

    def _run(self, deck: "Deck") -> None:
        with contextlib.suppress(OSError), turn.directory_of_turns() as directory, _listening(directory) as listener:
            self._serve(listener, deck)

    def _serve(self, listener: socket.socket, deck: "Deck") -> None:
        # Not select, which knows no descriptor above 1023. Without a timeout, since ``stop`` writes to the pipe.
        watched = select.poll()
        watched.register(listener, select.POLLIN)
        watched.register(self._wake[0], select.POLLIN)
        while self._wake[0] not in dict(watched.poll()):
            try:
                connection = listener.accept()[0]
            except OSError:
                # No descriptor is free, for example; who asks stays in the queue.
                sleep(_AGAIN_S)
                continue
            with contextlib.suppress(OSError, ValueError, RecursionError), connection:
                connection.settimeout(_EXCHANGE_S)
                # A deck that has ended is not a player any more.
                if _is_own_user(connection) and not deck.is_silent:
                    _send(connection, self._answer(deck, _receive(connection)))

    def _answer(self, deck: "Deck", asked: Message) -> Message:
        """Do what is asked and return what to say about it."""
        did = asked.get("do")
        match did:
            case "status":
                pass
            case "stop":
                deck.quit()
                self._quits()
                deadline = time.monotonic() + _SILENCE_S
                while not deck.is_silent and time.monotonic() < deadline:
                    time.sleep(_POLL_S)
            case "pause":
                deck.pause()
            case "resume":
                deck.resume()
            case "skip":
                deck.go(1)
            case "again":
                deck.go(0)
            case "set":
                set_sound(deck, asked)
            case _:
                return {"error": "this version does not know that command"}
        return {"did": did, **self._status(deck)}

    def _status(self, deck: "Deck") -> Message:
        # What was asked for may only just be on its way to the deck's thread.
        deck.settle()
        status = deck.status
        return {
            "state": status.state,
            "pid": os.getpid(),
            **self._about,
            "position_s": round(status.heard_s, 3),
            "arrived_s": round(status.arrived_s, 3),
            "complete": status.is_complete,
            "sentence": status.sentence[:1000],
            "volume": status.percent,
            "rate": status.rate,
            "in_turn": self._has_turn(),
            "since_s": round(time.monotonic() - self._began, 3),
        }


def set_sound(deck: "Deck", asked: Message) -> None:
    """Change the volume and the speed, each by a value or a step."""
    volume, rate, volume_step, rate_step = (_number(asked.get(name)) for name in _SOUND)
    if volume is not None:
        deck.set_volume(int(volume))
    if rate is not None:
        deck.set_rate(rate)
    if volume_step is not None:
        deck.change_volume(int(volume_step))
    if rate_step is not None:
        deck.change_rate(rate_step)


_SOUND = ("volume", "rate", "volume_step", "rate_step")
_LARGEST = 1e6


def _number(value: object) -> float | None:
    """Return a number that a deck can count with; JSON has larger ones, and as it is read here infinity too."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST < value < _LARGEST
    return float(value) if is_number else None  # type: ignore[arg-type] # as was looked at


class RunningPlayer(Record):
    """A player that answers, or does not: what it said about itself, and its process."""

    name: str
    pid: int
    status: Message | None

    @property
    def is_in_turn(self) -> bool:
        """Return whether it plays in turn; one that is stopped cannot say, and is taken for it."""
        return self.status is None or self.status.get("in_turn") is True


def players(directory: int) -> list[RunningPlayer]:
    """Return all that play, the one whose turn it is first, then the one that began last."""
    found = []
    for name in os.listdir(directory):
        if name.startswith(_PLAYER) and _pid_of(name):
            answered = ask(directory, name, {"do": "status"})
            if answered is not None:
                found.append(answered)
    # One that was stopped between its turn and its first word does not listen.
    holder = turn.stopped_holder(directory)
    if holder is not None and all(one.pid != holder for one in found):
        found.append(RunningPlayer(f"{_PLAYER}{holder}-0", holder, None))
    return sorted(found, key=lambda one: (not one.is_in_turn, (one.status or {}).get("since_s", 0.0)))


def ask(directory: int, name: str, message: Message) -> RunningPlayer | None:
    """Send a message to a player and return it with its answer, None where there is no such player any more."""
    if turn.is_stopped(_pid_of(name)):
        return RunningPlayer(name, _pid_of(name), None)
    connection = _connect(directory, name)
    if connection is None:
        return None
    with connection:
        pid = _peer(connection)[0]
        try:
            _send(connection, message)
            return RunningPlayer(name, pid, _checked(_receive(connection)))
        except TimeoutError:
            return RunningPlayer(name, pid, None)
        except (OSError, ValueError, RecursionError):
            # It ended at that very moment.
            return None


# What those who read an answer count on.
_WORDS, _SWITCHES = ("state", "sentence"), ("complete", "in_turn")
_NUMBERS = ("position_s", "arrived_s", "since_s", "volume", "rate")
_FAR = 1e12


def _checked(answer: Message) -> Message:
    """Return an answer whose facts are what they should be; what another version says is an error."""
    is_whole = (
        all(isinstance(answer.get(name), str) for name in _WORDS)
        and all(isinstance(answer.get(name), bool) for name in _SWITCHES)
        and all(type(answer.get(name)) in {int, float} and -_FAR < answer[name] < _FAR for name in _NUMBERS)
    )
    return answer if is_whole or "error" in answer else {"error": "this version does not know that answer"}


def stop(directory: int, player: RunningPlayer) -> bool:
    """Make a player fall silent and return whether it has; one that was stopped goes on, obeys, or ends by SIGTERM."""
    connection = _connect(directory, player.name)
    if connection is None:
        if player.pid == turn.stopped_holder(directory):
            for signum in _ENDS:
                with contextlib.suppress(OSError):
                    os.kill(player.pid, signum)
        return True
    with connection:
        pid = _peer(connection)[0]
        try:
            # A process that is stopped finds the message when it goes on.
            _send(connection, {"do": "stop"})
        except OSError:
            return True
        for signals, patience_s in (((), _EXCHANGE_S + _SILENCE_S), ((signal.SIGCONT,), _GOES_ON_S), (_ENDS, _ENDS_S)):
            # While it holds the connection the number is no other's.
            for signum in signals:
                with contextlib.suppress(OSError):
                    # A process of another container has no number here, and the one in the name is another's.
                    if pid or not _TELLS_PEERS:
                        os.kill(pid or _pid_of(player.name), signum)
            connection.settimeout(patience_s if signals or not turn.is_stopped(pid) else _POLL_S)
            try:
                _receive(connection)
            except TimeoutError:
                continue
            except (OSError, ValueError, RecursionError):
                pass
            return True
    return False


_ENDS = (signal.SIGTERM, getattr(signal, "SIGCONT", signal.SIGTERM))


@contextlib.contextmanager
def _listening(directory: int) -> Any:
    """Listen on a socket of this process in a directory; removed behind the block, as are those of the dead."""
    _tidy(directory)
    own = f"{os.getpid()}-{threading.get_ident()}"
    new, name = f"{_NEW}{own}", f"{_PLAYER}{own}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        try:
            listener.bind(_address(directory, new))
            listener.listen(_BACKLOG)
            os.rename(new, name, src_dir_fd=directory, dst_dir_fd=directory)
            yield listener
        finally:
            for left in (new, name):
                with contextlib.suppress(OSError):
                    os.unlink(left, dir_fd=directory)


def _tidy(directory: int) -> None:
    """Remove the sockets that no process listens on: in another container the number in the name is another's."""
    for name in os.listdir(directory):
        if _pid_of(name) and (name.startswith(_PLAYER) or (name.startswith(_NEW) and _is_old(directory, name))):
            connection = _connect(directory, name)
            if connection is not None:
                connection.close()


def _is_old(directory: int, name: str) -> bool:
    """Return whether a socket has long been there; a new one may not listen yet."""
    try:
        return time.time() - os.stat(name, dir_fd=directory, follow_symlinks=False).st_mtime > _NEW_FOR_S
    except OSError:
        return False


def _pid_of(name: str) -> int:
    """Return the process that a socket is named after, 0 for a name that is not one of ours."""
    parts = name.split("-")
    return int(parts[1]) if len(parts) == _PARTS and parts[1].isdecimal() and len(parts[1]) < _DIGITS else 0


def _connect(directory: int, name: str) -> socket.socket | None:
    """Connect to a player of this user; None where there is none, and then its socket is removed."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_EXCHANGE_S)
    try:
        connection.connect(_address(directory, name))
        if _is_own_user(connection):
            return connection
    except ConnectionRefusedError:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=directory)
    except OSError:
        pass
    connection.close()
    return None


def _address(directory: int, name: str) -> str:
    """Return a path to a name in a directory that is short enough for a socket, and follows no link on its way."""
    through = Path(f"/proc/self/fd/{directory}")
    return str((through if through.is_dir() else turn.directory_path()) / name)


def _peer(connection: socket.socket) -> tuple[int, int]:
    """Return process and user at the other end, the process 0 where the system does not tell."""
    if not _TELLS_PEERS:  # pragma: no cover - the tests run on Linux
        # The directory lets no other user in.
        return 0, os.getuid()
    pid, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return pid, uid


def _is_own_user(connection: socket.socket) -> bool:
    return _peer(connection)[1] == os.getuid()


def _send(connection: socket.socket, message: Message) -> None:
    connection.sendall(json.dumps(message).encode() + b"\n")


def _receive(connection: socket.socket) -> Message:
    """Return one message; raise ``OSError`` where none comes in time, ``ValueError`` for what is none."""
    received = b""
    deadline = time.monotonic() + (connection.gettimeout() or _EXCHANGE_S)
    while not received.endswith(b"\n"):
        if len(received) > _LONGEST_BYTES or time.monotonic() > deadline:
            raise TimeoutError
        piece = connection.recv(_LONGEST_BYTES)
        if not piece:
            raise ConnectionResetError
        received += piece
    message = json.loads(received)
    return message if isinstance(message, dict) else {}
