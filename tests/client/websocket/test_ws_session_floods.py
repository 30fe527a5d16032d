"""Messages without an end over a WebSocket: an error of ours, in bounded memory and time, whatever they are."""

import contextlib
import json
import logging
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.broken_answers import heard
from support.command_line import COMMAND, keyed
from support.fake_server import ramp
from support.fake_websocket_server import HANG, HELLO, PCM, Script, Turn, client_of, talking
from websockets.exceptions import ConnectionClosed

from lightning_cli.client.routes import Router
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.client.websocket.ws_connection import WsConnection
from lightning_cli.client.websocket.ws_frames import read_frame
from lightning_cli.client.websocket.ws_session import WsSession, next_frame
from lightning_cli.errors import LightningError, ProtocolError, TimedOut

SHORT = Timeouts(connect_s=20.0, first_byte_s=0.3, idle_s=0.3)
MEMORY_KIB = 200_000
BIG = "x" * 2_000_000
PONG = json.dumps({"status": "pong"})


def flood(turn: Turn, send: Callable[[], object]) -> None:
    """Send the same over and over until the client is gone."""
    with contextlib.suppress(OSError, ConnectionClosed):
        while not turn.server.closing.is_set():
            send()


def messages(send: Callable[[Turn], object], *, spoken: bool = True) -> Script:
    """Flood with a message, behind some audio or at once."""

    def script(turn: Turn) -> None:
        if spoken:
            turn.chunk(PCM)
        flood(turn, lambda: send(turn))

    return script


def frames(data: bytes, opening: bytes = b"") -> Script:
    """Flood with frames as they stand on the wire, behind some audio."""

    def script(turn: Turn) -> None:
        turn.chunk(PCM)
        wire = turn.socket.socket
        with contextlib.suppress(OSError):
            wire.sendall(opening)
        flood(turn, lambda: wire.sendall(data))

    return script


FLOODS: dict[str, tuple[Script, type[LightningError]]] = {
    "word times": (messages(lambda turn: turn.word(1, "word", 0.1, 0.2)), ProtocolError),
    "long words": (messages(lambda turn: turn.word(1, BIG, 0.1, 0.2)), ProtocolError),
    "word times and no audio": (messages(lambda turn: turn.word(1, "w", 0.1, 0.2), spoken=False), ProtocolError),
    "what means nothing": (messages(lambda turn: turn.send_raw(PONG)), TimedOut),
    "what means nothing, at once": (messages(lambda turn: turn.send_raw(PONG), spoken=False), TimedOut),
    "audio of nothing": (messages(lambda turn: turn.chunk(b"")), TimedOut),
    "pings": (frames((b"\x89\x7d" + b"x" * 125) * 500), TimedOut),
    "pongs": (frames((b"\x8a\x7d" + b"x" * 125) * 500), TimedOut),
    "fragments of nothing": (frames(b"\x00\x00" * 500, b"\x01\x00"), ProtocolError),
    "fragments": (frames(b"\x00\x7e\xff\xff" + b"a" * 65535, b"\x01\x00"), ProtocolError),
    "a frame of a terabyte": (frames(b"a" * 65536, b"\x81\x7f" + struct.pack("!Q", 1 << 40)), ProtocolError),
}


@pytest.mark.timeout(400)  # while lines are counted, the words of two million letters take a minute and a half
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood(name: str) -> None:
    """It is refused, or the clock ends it; nothing of it is kept, and the audio before it is heard."""
    script, fault = FLOODS[name]
    with talking(script) as server, client_of(server, timeouts=SHORT if fault is TimedOut else HANG) as client:
        pcm, caught = heard(client)
        assert pcm in {PCM, b""}
        assert isinstance(caught, fault)
        assert len(caught.message) < 500
        assert threading.active_count() < 12


@pytest.mark.parametrize("size", [1, 2_000_000])
def test_memory_of_a_flood(size: int) -> None:
    """Neither small nor large messages pile up while they are refused, or while the listener takes his time."""

    def script(turn: Turn) -> None:
        audio = ramp(50) * (size // 100 + 1)

        def send() -> None:
            turn.chunk(audio)
            turn.word(1, "w", 0.1, 0.2)
            turn.send(status="pong", x="x" * size)

        flood(turn, send)

    measured = (
        "import resource, subprocess, sys\ndone = subprocess.run(sys.argv[1:])\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\nsys.exit(done.returncode)"
    )
    with talking(script) as server:
        words = ("say", "Hi.", "-o", "/dev/null", "--format", "pcm", "--transport", "ws", "--retries", "0")
        done = subprocess.run(
            (sys.executable, "-c", measured, *COMMAND, *words, "--base-url", server.url),
            env=keyed(),
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 5, done.stderr
    assert b"does not end" in done.stderr
    assert int(done.stdout) < MEMORY_KIB


def test_a_listener_who_takes_his_time() -> None:
    """While what has come is not taken, a handful of messages waits and the rest stays with the service."""
    sent = threading.Semaphore(0)
    pcm = ramp(50) * 10_000
    # Four wait, one is being read, and the rest is in the buffers of two sockets, in base64.
    buffers = sum(int(Path("/proc/sys/net/ipv4", name).read_text().split()[-1]) for name in ("tcp_rmem", "tcp_wmem"))
    most = 8 + buffers // (len(pcm) * 4 // 3)
    count = 2 * most

    def script(turn: Turn) -> None:
        for _ in range(count):
            turn.chunk(pcm)
            sent.release()
        turn.complete()

    with talking(script) as server, client_of(server) as client, client.stream(HELLO) as stream:
        pieces = iter(stream)
        assert next(pieces)
        begun = 0
        while sent.acquire(timeout=0.3):
            begun += 1
        assert begun < most
        assert sum(map(len, pieces)) == (count - 1) * len(pcm)


class Endless(WsConnection):
    """A connection that always has another message that means nothing."""

    def __init__(self) -> None:
        self.taken = 0

    def receive(self, phase: str, deadline: float) -> str:
        """Return one at once."""
        assert phase
        assert deadline
        return self.poll()

    def poll(self) -> str:
        """Return one at once."""
        self.taken += 1
        return PONG


def test_a_flood_between_two_answers() -> None:
    """A kept connection that has no end of things to say is not used again."""
    settings = ServiceSettings(base_url="http://127.0.0.1:9", transport="ws")
    session = WsSession(settings, Router(settings))
    session._kind = (HELLO.model, HELLO.expire_content)
    session.release()
    line = Endless()
    assert not session._is_usable(line, session._kind)
    assert line.taken < 100


def test_a_clock_that_ran_out_while_there_was_much_to_read() -> None:
    """What means nothing is not read on and on once its time is over, though it is all here already."""
    with pytest.raises(TimedOut):
        next_frame(Endless(), "next audio", time.monotonic() + 0.05)
    # One look at what is here is always granted, for a listener may have taken all the time there was.
    line = Endless()
    with pytest.raises(TimedOut):
        next_frame(line, "next audio", time.monotonic() - 1)
    assert line.taken == 1


@pytest.mark.parametrize("time_s", ["1" * 400, "-1e400", "1e400", "Infinity", "NaN", "true", '"1"', "null", "[[]]"])
def test_a_time_that_is_none(time_s: str) -> None:
    """A number of four hundred digits is not a time, nor is anything else that JSON may hold."""
    with pytest.raises(ProtocolError, match="word time"):
        read_frame(f'{{"status":"word_timestamp","data":{{"id":0,"word":"a","start":{time_s},"end":1}}}}')


def test_the_library_stays_silent(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    """A connection that is cut in the middle of a flood is not an internal error, and no traceback is printed."""
    caplog.set_level(logging.DEBUG)
    with talking(messages(lambda turn: turn.send_raw(PONG))) as server:
        for _ in range(10):
            with client_of(server) as client, contextlib.suppress(LightningError), client.stream(HELLO) as stream:
                next(iter(stream))
    assert not [record for record in caplog.records if record.name != "websockets.server"]
    assert "Traceback" not in capfd.readouterr().err
