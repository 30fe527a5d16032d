"""One WebSocket for many requests: kept, lost, replaced, dropped and closed."""

import base64
import hashlib
import threading
import time

import pytest
from support.fake_server import Exchange
from support.fake_server import serving as serving_http
from support.fake_websocket_server import HELLO, LONG_S, PCM, UNIFIED, Turn, client_of, hear, speaks, talking

from lightning_cli.client.websocket import ws_connection, ws_session
from lightning_cli.errors import (
    LightningError,
    ProtocolError,
    StreamCut,
)
from lightning_cli.request import SpeechRequest


def test_one_connection_serves_all() -> None:
    """A server that stays open is asked again over the same connection."""
    with talking(speaks(PCM)) as server, client_of(server) as client:
        assert [hear(client) for _ in range(4)] == [PCM] * 4
        assert server.connections == 1


@pytest.mark.parametrize("code", [1000, 1001, 1011])
def test_a_server_that_closes_after_each_answer(code: int) -> None:
    """The next request opens the next connection, without a sign."""

    def script(turn: Turn) -> None:
        turn.speak(PCM)
        turn.close(code)

    with talking(script) as server, client_of(server) as client:
        for _ in range(3):
            assert hear(client) == PCM
            assert server.ended.acquire(timeout=LONG_S)
        assert server.connections == 3
        assert len(server.messages) == 3


@pytest.mark.parametrize("how", ["close", "cut", "reset", "idle error", "idle error and close"])
def test_a_connection_lost_between_requests(how: str) -> None:
    """A connection that ended while idle is replaced, whether that shows before or after the next request."""

    def end(turn: Turn) -> None:
        if "idle" in how:
            turn.send(status="error", message="Connection timed out after 60 seconds of inactivity")
        if "close" in how:
            turn.close(1000)
        elif how == "cut":
            turn.cut()
        elif how == "reset":
            turn.reset()

    def answer_and_end(turn: Turn) -> None:
        turn.speak(PCM)
        end(turn)

    for scripts in ((answer_and_end, speaks(PCM)), (speaks(PCM), end, speaks(PCM))):
        with talking(*scripts) as server, client_of(server) as client:
            assert hear(client) == PCM
            if scripts[0] is answer_and_end and how != "idle error":
                assert server.ended.acquire(timeout=LONG_S)
            assert hear(client) == PCM
            assert server.connections == 2
            assert hear(client) == PCM
            assert server.connections == 2


def test_a_fresh_connection_is_not_replaced_in_silence() -> None:
    """Losing the very first connection is a fault, which the retry policy decides on."""
    with talking(lambda turn: turn.close(1000)) as server, client_of(server) as client:
        with pytest.raises(StreamCut):
            hear(client)
        assert server.connections == 1


def test_a_connection_idle_for_long_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load balancers forget in silence; a connection unused for some time is replaced before anything is sent on it."""
    monkeypatch.setattr(ws_session, "_KEPT_S", -1.0)
    with talking(speaks(PCM)) as server, client_of(server) as client:
        assert [hear(client), hear(client)] == [PCM, PCM]
        assert server.connections == 2


def test_requests_that_cannot_share_a_connection() -> None:
    """The wish to forget travels with the upgrade, and a model with its route: neither sticks to the next request."""
    forget = SpeechRequest(text="Hello.", voice_id="daniel", sample_rate=24000, expire_content=True)
    pro = SpeechRequest(text="Hello.", voice_id="meher", sample_rate=24000, model="lightning_v3.1_pro")
    with talking(speaks(PCM)) as server, client_of(server) as client:
        for request in (HELLO, forget, forget, HELLO, pro):
            assert hear(client, request) == PCM
        seen = [(asked.connection, asked.headers.get("x-expire-content"), asked.path) for asked in server.messages]
    assert seen == [
        (1, None, UNIFIED),
        (2, "true", UNIFIED),
        (2, "true", UNIFIED),
        (3, None, UNIFIED),
        (4, None, UNIFIED),
    ]


def test_late_audio_is_lost_audio() -> None:
    """Audio after "complete" is reported, not passed on into the next sentence."""
    sent = threading.Event()

    def script(turn: Turn) -> None:
        turn.speak(PCM)
        turn.chunk(PCM)
        turn.send(type="pong")
        sent.set()

    with talking(script, speaks(PCM)) as server, client_of(server) as client:
        assert hear(client) == PCM
        assert sent.wait(LONG_S)
        line = client._socket._line if client._socket is not None else None
        assert line is not None
        # The reading thread of the library has the message a moment later than the socket.
        until = time.monotonic() + LONG_S
        while line._connection.recv_messages.frames.qsize() < 2 and time.monotonic() < until:
            time.sleep(0.001)
        with pytest.raises(ProtocolError, match="more audio"):
            client.stream(HELLO)
        assert hear(client) == PCM


def test_leaving_early_hangs_up() -> None:
    """A listener that stops drops the connection with all that is still to come, at once."""
    gone: list[bool] = []

    def script(turn: Turn) -> None:
        turn.chunk(PCM)
        gone.append(turn.wait_for_close())

    with talking(script, speaks(PCM[:500])) as server, client_of(server) as client:
        with client.stream(HELLO) as stream:
            next(iter(stream))
            began = time.monotonic()
        assert time.monotonic() - began < LONG_S / 3
        assert hear(client) == PCM[:500]
        assert server.connections == 2
    assert gone == [True]


def test_leaving_a_flood_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection whose buffers are full, because reading stopped, is closed without waiting for an answer."""
    monkeypatch.setattr(ws_connection, "_CLOSE_TIMEOUT_S", LONG_S)
    ended: list[str] = []
    sent = [0]

    def script(turn: Turn) -> None:
        try:
            for count in range(20_000):
                sent[0] = count
                turn.chunk(PCM)
        except OSError as fault:
            ended.append(str(fault))
        except Exception as fault:
            ended.append(type(fault).__name__)
            raise

    with talking(script) as server, client_of(server) as client:
        with client.stream(HELLO) as stream:
            next(iter(stream))
            seen = -1
            while seen != sent[0]:
                # Until the server is stuck; less would only make the test easier.
                seen = sent[0]
                time.sleep(0.2)
            began = time.monotonic()
        assert time.monotonic() - began < LONG_S / 3
        assert server.ended.acquire(timeout=LONG_S)
    assert ended


def test_a_second_request_drops_the_first() -> None:
    """A stream that was never closed does not mix with the next one."""

    def script(turn: Turn) -> None:
        turn.chunk(PCM[:100])
        turn.stall()

    with talking(script, speaks(PCM)) as server, client_of(server) as client:
        client.stream(HELLO)
        assert hear(client) == PCM
        assert server.connections == 2


def test_closing_says_goodbye() -> None:
    """An idle connection is closed in good manners, by code 1000."""
    codes: list[int | None] = []

    def script(turn: Turn) -> None:
        turn.speak(PCM)
        assert turn.wait_for_close()
        codes.append(turn.socket.close_code)

    with talking(script) as server:
        with client_of(server) as client:
            hear(client)
        assert server.ended.acquire(timeout=LONG_S)
    assert codes == [1000]


def test_no_thread_is_left_behind() -> None:
    """Every thread of ours has a name, and ends with the client."""
    with talking(speaks(PCM)) as server:
        before = {thread.name for thread in threading.enumerate()}
        with client_of(server) as client:
            hear(client)
            during = {thread.name for thread in threading.enumerate()} - before
            assert {name for name in during if name.startswith("lightning-")} == {
                "lightning-websocket",
                "lightning-guard",
            }
        assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("lightning-")]


def _frame(opcode: int, data: bytes) -> bytes:
    return bytes((0x80 | opcode, len(data))) + data


AUDIO = _frame(1, b'{"status":"chunk","data":{"audio":"AAAA"}}')
BROKEN = {
    "a close": (_frame(8, b"\x03\xe8bye"), StreamCut, "1000 bye"),
    "a close without a code": (_frame(8, b""), StreamCut, "1005"),
    "half a code": (_frame(8, b"x"), ProtocolError, "1002"),
    "an unknown code": (_frame(8, b"\x03\xe7"), ProtocolError, "1002"),
    "an unknown kind": (_frame(3, b"x"), ProtocolError, "1002"),
    "reserved bits": (b"\xc1\x01x", ProtocolError, "1002"),
    "a mask": (b"\x81\x81\0\0\0\0x", ProtocolError, "1002"),
    "a message without a beginning": (_frame(0, b"x"), ProtocolError, "1002"),
    "a message of a terabyte": (b"\x81\x7f" + (1 << 40).to_bytes(8, "big"), ProtocolError, "1009"),
}


@pytest.mark.parametrize(
    "audio", [b"", _frame(1, b'{"status":"chunk","data":{"audio":"AAAA"}}')], ids=["first", "later"]
)
@pytest.mark.parametrize(("sent", "kind", "words"), BROKEN.values(), ids=BROKEN)
def test_a_close_is_told_while_the_connection_stays(
    sent: bytes, kind: type[LightningError], words: str, audio: bytes
) -> None:
    """A server that closes, or breaks the protocol, and then holds the connection is not waited for."""
    gone = []

    def respond(exchange: Exchange) -> None:
        key = exchange.request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        proof = base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest()).decode()
        head = ("Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {proof}")
        exchange.head("101 Switching Protocols", extra=head)
        exchange.sock.recv(65536)
        exchange.send(audio + sent)
        gone.append(exchange.wait_for_close(LONG_S / 2))
        exchange.hang_up()

    with serving_http(respond) as server, client_of(server.url) as client, pytest.raises(kind, match=words):
        hear(client)
    assert gone == [True]
