"""A WebSocket that fails inside an answer: refusals, junk, early ends, and silence."""

import json
import socket
import threading
import time

import pytest
from support.fake_websocket_server import HELLO, LONG_S, PCM, Script, Turn, client_of, hear, speaks, talking

from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.settings import Timeouts
from lightning_cli.client.websocket.ws_connection import WsConnection
from lightning_cli.client.websocket.ws_frames import failure_of, read_frame
from lightning_cli.errors import (
    ExitCode,
    KeyRefused,
    LightningError,
    ProtocolError,
    ServiceError,
    StreamCut,
    StreamFault,
    TimedOut,
    Unavailable,
)

# Failures inside.


@pytest.mark.parametrize(
    "frame",
    [
        {"status": "error", "message": "Invalid Voice ID"},
        {"status": "error", "error": "Invalid Voice ID"},
        {"error": {"message": "Invalid Voice ID", "code": "invalid_voice"}},
        {"type": "error", "message": "Invalid Voice ID"},
        {"type": "error", "error": {"message": "Invalid Voice ID", "code": 400}},
        {"status": "error", "message": "Invalid Voice ID", "errors": [{"path": ["voice_id"], "message": "x"}]},
        {"errors": ["Invalid Voice ID"]},
        {"error": [{"code": "custom", "path": ["voice_id"], "message": "Invalid Voice ID"}], "request_id": "task_9"},
    ],
)
def test_a_refusal(frame: dict[str, object]) -> None:
    """An error message before any audio refuses the request, for good, in every shape; the socket stays silent."""

    def script(turn: Turn) -> None:
        turn.send(**frame)
        turn.stall()

    with talking(script, speaks(PCM)) as server, client_of(server) as client:
        with pytest.raises(ServiceError, match="Invalid Voice ID") as caught:
            client.stream(HELLO)
        assert caught.value.exit_code == ExitCode.REFUSED
        assert "voices" in (caught.value.hint or "")
        assert caught.value.request_id == frame.get("request_id")
        assert Retrier(RetryPolicy()).delay_after(caught.value) is None
        assert hear(client) == PCM, "the client can be used on"


@pytest.mark.parametrize(
    ("frame", "kind", "again"),
    [
        ({"error": {"message": "No.", "code": 429}}, Unavailable, True),
        ({"status": "error", "message": "Concurrency limit exceeded"}, Unavailable, True),
        ({"status": "error", "message": "Too many requests"}, Unavailable, True),
        ({"error": {"message": "No.", "code": "503"}}, Unavailable, True),
        ({"status": "error", "message": "Internal server error"}, Unavailable, True),
        ({"status": "error", "message": "Synthesis failed"}, Unavailable, True),
        ({"status": "error", "message": "Connection timed out after 60 seconds of inactivity"}, StreamCut, True),
        ({"status_code": 401, "error": "No."}, KeyRefused, False),
        ({"status": "error", "message": "Invalid API key"}, KeyRefused, False),
        ({"status": "error", "message": "Unauthorized"}, KeyRefused, False),
        ({"status": "error", "message": "Validation failed: text is required"}, ServiceError, False),
        ({"status": "error", "message": "CONTENT_FILTER_BLOCKED"}, ServiceError, False),
        ({"status": "error", "message": "Something else"}, ServiceError, False),
        ({"status": "error"}, ServiceError, False),
    ],
)
def test_what_a_failure_before_audio_means(
    frame: dict[str, object], kind: type[LightningError], *, again: bool
) -> None:
    """A message has no status: a number in it or its words tell a refusal from a busy or broken service."""
    fault = failure_of(read_frame(json.dumps(frame)), heard=False)
    assert type(fault) is kind
    assert (Retrier(RetryPolicy()).delay_after(fault) is not None) == again
    assert type(failure_of(read_frame(json.dumps(frame)), heard=True)) is StreamFault


def test_a_failure_within_the_audio() -> None:
    """An error message after audio is a fault of the stream, which the segment's next try may repair."""

    def script(turn: Turn) -> None:
        turn.chunk(PCM[:1000])
        turn.send(**turn.ids, status="error", message="Invalid Voice ID")
        turn.stall()

    with talking(script) as server, client_of(server) as client, client.stream(HELLO) as stream:
        pieces = iter(stream)
        assert next(pieces) == PCM[:1000]
        with pytest.raises(StreamFault, match=r"Invalid Voice ID \[request task_1\]"):
            next(pieces)


@pytest.mark.parametrize(
    "junk",
    [
        b"\0\1\2\3",
        "no JSON",
        "[1, 2]",
        '"text"',
        '{"status":"chunk","data":{"audio":7}}',
        '{"status":"chunk","data":{"audio":"===="}}',
        '{"status":"chunk","data":{"audio":"Grüße"}}',
        '{"status":"word_timestamp","data":{"id":0,"word":"It"}}',
        '{"status":"word_timestamp","data":{"id":0,"word":"It","start":true,"end":1}}',
        '{"status":"word_timestamp","data":"It"}',
        "[" * 100_000,
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_junk(junk: str | bytes, *, late: bool) -> None:
    """What is not a message of the protocol ends the stream with an error that says so."""

    def script(turn: Turn) -> None:
        if late:
            turn.chunk(PCM[:100])
        turn.send_raw(junk)
        turn.stall()

    with talking(script, speaks(PCM)) as server, client_of(server) as client:
        with pytest.raises(ProtocolError):
            hear(client)
        assert hear(client) == PCM, "the client can be used on"


def test_a_message_too_large() -> None:
    """A message beyond the limit ends the stream, not the memory."""

    def script(turn: Turn) -> None:
        turn.chunk(b"\0\0" * (7 * 1024 * 1024))
        turn.stall()

    with talking(script) as server, client_of(server) as client, pytest.raises(ProtocolError, match="1009"):
        hear(client)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (lambda turn: turn.close(1000), StreamCut),
        (lambda turn: turn.close(1001, "going away"), StreamCut),
        (lambda turn: turn.close(1008, "text is required"), ServiceError),
        (lambda turn: turn.close(1011, "internal"), StreamCut),
        (lambda turn: turn.close(1013, "server full"), Unavailable),
        (lambda turn: turn.close(4000, "of its own"), StreamCut),
        (lambda turn: turn.cut(), StreamCut),
        (lambda turn: turn.reset(), StreamCut),
    ],
)
def test_an_end_without_complete(end: Script, kind: type[LightningError], *, late: bool) -> None:
    """A connection that ends before "complete" leaves the audio incomplete, however politely it ends."""

    def script(turn: Turn) -> None:
        if late:
            turn.chunk(PCM[:1000])
        end(turn)

    with talking(script) as server, client_of(server) as client, pytest.raises(LightningError) as caught:
        hear(client)
    # With audio heard, no code can make a refusal of it.
    assert type(caught.value) is (StreamCut if late else kind)


# Clocks.


@pytest.mark.parametrize("noise", [False, True])
def test_a_server_that_says_nothing(*, noise: bool) -> None:
    """The first audio has a clock that pongs and word times do not reset."""

    def script(turn: Turn) -> None:
        if noise:
            turn.word(0, "It", 0.0, 0.1)
        while noise:
            turn.send(type="pong")
            time.sleep(0.02)
        turn.stall()

    timeouts = Timeouts(connect_s=LONG_S, first_byte_s=0.25, idle_s=LONG_S)
    with talking(script) as server, client_of(server, timeouts=timeouts) as client:
        with pytest.raises(TimedOut, match="first audio") as caught:
            hear(client)
        assert "--first-byte-timeout" in (caught.value.hint or "")


@pytest.mark.parametrize("noise", [False, True])
def test_a_server_that_stops_in_the_middle(*, noise: bool) -> None:
    """Silence after the first audio has a clock of its own, which pongs do not reset either."""

    def script(turn: Turn) -> None:
        turn.chunk(PCM[:1000])
        while noise:
            turn.send(type="pong")
            time.sleep(0.02)
        turn.stall()

    timeouts = Timeouts(connect_s=LONG_S, first_byte_s=LONG_S, idle_s=0.25)
    with talking(script) as server, client_of(server, timeouts=timeouts) as client:
        with pytest.raises(TimedOut, match="waiting for more audio") as caught:
            hear(client)
        assert "--idle-timeout" in (caught.value.hint or "")


def test_a_message_that_drips() -> None:
    """Bytes of one message that never ends do not count as progress."""

    def script(turn: Turn) -> None:
        turn.chunk(PCM[:100])
        plain = turn.socket.socket
        plain.sendall(b"\x81\x7e\x40\x00")
        while True:
            plain.sendall(b"x")
            time.sleep(0.02)

    timeouts = Timeouts(connect_s=LONG_S, first_byte_s=LONG_S, idle_s=0.25)
    with (
        talking(script) as server,
        client_of(server, timeouts=timeouts) as client,
        pytest.raises(TimedOut, match="more"),
    ):
        hear(client)


def test_a_listener_may_take_its_time() -> None:
    """A pause of the listener does not count as silence of the service."""

    def script(turn: Turn) -> None:
        turn.chunk(PCM[:1000])
        assert paused.wait(LONG_S)
        turn.speak(PCM[1000:])

    paused = threading.Event()
    timeouts = Timeouts(connect_s=LONG_S, first_byte_s=LONG_S, idle_s=0.25)
    with talking(script) as server, client_of(server, timeouts=timeouts) as client, client.stream(HELLO) as stream:
        pieces = iter(stream)
        got = next(pieces)
        time.sleep(0.6)
        paused.set()
        assert got + b"".join(pieces) == PCM


def test_a_server_that_takes_nothing() -> None:
    """A request that cannot be sent, because the server reads nothing, runs out of the clock as well."""

    def script(turn: Turn) -> None:
        turn.speak(PCM[:100])
        with turn.socket.recv_flow_control:
            done.wait(LONG_S)

    def flood(line: WsConnection) -> None:
        for _ in range(2000):
            line.send(json.dumps({"text": "x" * 60_000}), 0.5)

    done = threading.Event()
    timeouts = Timeouts(connect_s=LONG_S, first_byte_s=0.5, idle_s=LONG_S)
    with talking(script) as server, client_of(server, timeouts=timeouts) as client:
        hear(client)
        session = client._socket
        assert session is not None
        line = session._line
        assert line is not None
        line._connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        try:
            with pytest.raises(TimedOut, match="first audio"):
                flood(line)
        finally:
            done.set()
