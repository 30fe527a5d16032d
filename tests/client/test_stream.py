"""A good answer, in every framing, dialect and size: all of it, as early as it comes, over one connection."""

import io
import socket
import threading
import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import requests
from support.fake_server import Exchange, Responder, ramp, refuses, serving, speaks, speech_events
from support.service_client import HELLO, KEY, client_of, hear

from lightning_cli.client import session
from lightning_cli.client.preconnect.dial import Dial
from lightning_cli.client.sse import Decoder, Event
from lightning_cli.client.stream import Answer
from lightning_cli.errors import ServiceError, Unavailable

LONG_S = 20.0  # only a hang takes that long


def respelled(events: Sequence[bytes], dialect: str) -> list[bytes]:
    """Write the same events as other servers would."""
    if dialect == "CRLF":
        return [event.replace(b"\n", b"\r\n") for event in events]
    if dialect == "bare":
        return [event.replace(b"event: audio\n", b"").replace(b"data: ", b"data:") for event in events]
    if dialect == "keep-alives":
        return [b": keepalive\n\n" + event for event in events]
    if dialect == "json.dumps":
        return [event.replace(b'":', b'": ').replace(b',"', b', "') for event in events]
    return list(events)


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
@pytest.mark.parametrize("dialect", ["new", "seed", "CRLF", "bare", "keep-alives", "json.dumps"])
@pytest.mark.parametrize(
    ("size", "frames"), [(1, 300), (333, 2000), (1024, 20_000), (65536, 100_000), (65535, 100_000)]
)
def test_all_of_it_arrives(framing: str, dialect: str, size: int, frames: int) -> None:
    """Return every sample once and in order, in whole frames."""
    pcm = ramp(frames)
    events = respelled(speech_events(pcm, size=size, dialect="seed" if dialect == "seed" else "new"), dialect)
    with serving(lambda exchange: exchange.stream(events, framing)) as server, client_of(server) as client:
        with client.stream(HELLO) as stream:
            pieces = list(stream)
        assert b"".join(pieces) == pcm
        assert all(piece and len(piece) % 2 == 0 for piece in pieces)
        assert hear(client) == pcm, "a second request must find the client ready"


@pytest.mark.parametrize(
    "end", [b'data: {"done": true}', b'data: {"status":"200","done":true}\n', b'data: {"audio":"/v8=","done":true}\n\n']
)
@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
def test_terminators(end: bytes, framing: str) -> None:
    """Accept a terminator without its blank line, and one that carries audio itself."""
    pcm = ramp(3000)
    events = [*speech_events(pcm)[:-1], end]
    with serving(lambda exchange: exchange.stream(events, framing)) as server, client_of(server) as client:
        assert hear(client) == pcm + (b"\xfe\xff" if b"audio" in end else b"")


def test_empty_answers_are_complete() -> None:
    """Take an answer without audio as complete; whether that is right is not the transport's to say."""
    with serving(speaks(b"")) as server, client_of(server) as client:
        assert hear(client) == b""


# One piece of an answer at a time: what the server sends, and how it frames it.
Pieces = Callable[[Exchange, list[bytes]], list[bytes]]


def chunk_by_chunk(exchange: Exchange, events: list[bytes]) -> list[bytes]:
    """Send one event per chunk."""
    exchange.head(extra=("Transfer-Encoding: chunked",))
    framed = [f"{len(event):x}\r\n".encode() + event + b"\r\n" for event in events]
    return [*framed[:-1], framed[-1] + b"0\r\n\r\n"]


def one_incomplete_chunk(exchange: Exchange, events: list[bytes]) -> list[bytes]:
    """Announce one chunk for all events and fill it slowly."""
    exchange.head(extra=("Transfer-Encoding: chunked",))
    size = sum(map(len, events))
    return [f"{size:x}\r\n".encode() + events[0], *events[1:-1], events[-1] + b"\r\n0\r\n\r\n"]


def chunks_cut_in_their_framing(exchange: Exchange, events: list[bytes]) -> list[bytes]:
    """Send with each event the start of what frames the next: its size line, or the line end before that."""
    framed = chunk_by_chunk(exchange, events)
    whole = b"".join(framed)
    ends = [sum(map(len, framed[: number + 1])) for number in range(len(framed))]
    cuts = [0, *(end + (1 if number % 2 else -1) for number, end in enumerate(ends[:-1])), ends[-1]]
    return [whole[start:end] for start, end in pairwise(cuts)]


def until_close(exchange: Exchange, events: list[bytes]) -> list[bytes]:
    """Frame by the end of the connection."""
    exchange.head(extra=("Connection: close",))
    exchange.keep = False
    return events


def of_known_length(exchange: Exchange, events: list[bytes]) -> list[bytes]:
    """Frame by a length."""
    exchange.head(extra=(f"Content-Length: {sum(map(len, events))}",))
    return events


def gzipped(events: list[bytes]) -> list[bytes]:
    """Compress events so that each can be read at once."""
    packer = zlib.compressobj(wbits=31)
    return [packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH) for event in events[:-1]] + [
        packer.compress(events[-1]) + packer.flush()
    ]


def gzip_chunks(exchange: Exchange, events: list[bytes]) -> list[bytes]:
    """Compress without being asked, as some edge servers do, in chunks."""
    exchange.head(extra=("Transfer-Encoding: chunked", "Content-Encoding: gzip"))
    framed = [f"{len(event):x}\r\n".encode() + event + b"\r\n" for event in gzipped(events)]
    return [*framed[:-1], framed[-1] + b"0\r\n\r\n"]


def gzip_of_known_length(exchange: Exchange, events: list[bytes]) -> list[bytes]:
    """Compress, and frame by a length."""
    packed = gzipped(events)
    exchange.head(extra=(f"Content-Length: {sum(map(len, packed))}", "Content-Encoding: gzip"))
    return packed


def gzip_until_close(exchange: Exchange, events: list[bytes]) -> list[bytes]:
    """Compress, and frame by the end of the connection."""
    exchange.head(extra=("Connection: close", "Content-Encoding: gzip"))
    exchange.keep = False
    return gzipped(events)


FRAMINGS = [
    chunk_by_chunk,
    one_incomplete_chunk,
    chunks_cut_in_their_framing,
    until_close,
    of_known_length,
    gzip_chunks,
    gzip_of_known_length,
    gzip_until_close,
]


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("dialect", ["new", "CRLF", "json.dumps"])
def test_each_event_is_heard_before_the_next_is_sent(framing: Pieces, dialect: str) -> None:
    """Deliver each event while the server still waits with the next: nothing on the way collects."""
    pcm = [ramp(50, start=100 * number) for number in range(4)]
    events = respelled(
        [event for part in pcm for event in speech_events(part)[:-1]] + [speech_events(b"")[-1]], dialect
    )
    heard = threading.Semaphore(0)

    def responder(exchange: Exchange) -> None:
        for piece in framing(exchange, events):
            exchange.send(piece)
            # The terminator has no sound to wait for.
            assert piece.endswith(b"0\r\n\r\n") or len(sent) == len(pcm) or heard.acquire(timeout=LONG_S)
            sent.append(piece)

    sent: list[bytes] = []
    with serving(responder) as server, client_of(server) as client, client.stream(HELLO) as stream:
        for part, expected in zip(stream, pcm, strict=True):
            assert part == expected
            heard.release()


def test_what_iter_lines_would_do() -> None:
    """Show why ``Response.iter_lines`` is not used: it holds events back, and parts an event at a CRLF that is cut."""
    heard = threading.Event()
    in_time: list[bool] = []

    def responder(exchange: Exchange) -> None:
        events = speech_events(ramp(50))
        exchange.head(extra=("Connection: close",))
        exchange.send(events[0])
        in_time.append(heard.wait(0.5))
        exchange.send(events[1])
        exchange.hang_up()

    with serving(responder) as server, requests.get(server.url, stream=True, timeout=LONG_S) as response:
        for _ in response.iter_lines():
            heard.set()
    assert in_time == [False]
    with requests.Response() as response:
        response.raw = io.BytesIO(b"data: a\r\ndata: b\r\n\r\n")
        assert list(response.iter_lines(chunk_size=8)) == [b"data: a", b"", b"data: b", b""]
    decoder = Decoder()
    assert decoder.feed(b"data: a\r") + decoder.feed(b"\ndata: b") + decoder.feed(b"\r\n\r\n") == [
        Event(b"message", b"a\nb")
    ]


@pytest.mark.parametrize("framing", FRAMINGS)
def test_compressed_and_other_framings_are_complete_and_repeatable(framing: Pieces) -> None:
    """Read two answers of each framing to their end, one after the other."""
    pcm = ramp(30_000)

    def responder(exchange: Exchange) -> None:
        for piece in framing(exchange, speech_events(pcm)):
            exchange.send(piece)

    with serving(responder) as server, client_of(server) as client:
        assert hear(client) == pcm
        assert hear(client) == pcm


@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_one_connection_for_all_requests(framing: str) -> None:
    """Use one connection for a whole text, across answers large and small."""
    with (
        serving(
            speaks(ramp(40_000), framing=framing), speaks(b"", framing=framing), speaks(ramp(10), framing=framing)
        ) as server,
        client_of(server) as client,
    ):
        assert [len(hear(client)) for _ in range(6)] == [80_000, 0, 20, 20, 20, 20]
        assert server.connections == 1
        assert [request.connection for request in server.requests] == [1] * 6


def test_refusals_keep_the_connection() -> None:
    """Ask again after a 429 over the connection that is there."""
    busy = refuses("429 Too Many Requests", {"error": "busy"})
    with serving(busy, busy, speaks(ramp(100))) as server, client_of(server) as client:
        for _ in range(2):
            with pytest.raises(Unavailable):
                client.stream(HELLO)
        assert hear(client) == ramp(100)
        assert server.connections == 1


def test_a_connection_that_went_stale_is_replaced() -> None:
    """Make a new connection when the server closed the old one between two requests; nothing fails."""

    def and_hangs_up(exchange: Exchange) -> None:
        exchange.stream(speech_events(ramp(100)))
        exchange.hang_up()

    with serving(and_hangs_up) as server, client_of(server) as client:
        for _ in range(3):
            assert hear(client) == ramp(100)
            # A request that crosses the server's goodbye on the way meets a cut answer, which is another test's.
            assert server.wait_for_quiet(LONG_S)
        assert server.connections == 3


def test_a_socket_left_open_after_done() -> None:
    """End at the terminator though the server neither ends its chunks nor hangs up, and hang up oneself."""
    gone = threading.Event()

    def lingers(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        for event in speech_events(ramp(5000)):
            exchange.chunk(event)
        if exchange.wait_for_close(LONG_S):
            gone.set()
        exchange.keep = False

    with serving(lingers) as server, client_of(server) as client:
        assert hear(client) == ramp(5000)
        assert gone.wait(LONG_S), "the server is still talking to nobody"
        assert hear(client) == ramp(5000)
        assert server.connections == 2


@pytest.mark.parametrize("behind", [b"data: " + b"x" * 300_000 + b"\n\n", b'data: {"audio":"AAAA"}\n\n' * 3])
def test_what_follows_the_terminator_is_ignored(behind: bytes) -> None:
    """Ignore anything behind the terminator, little or much, and stay able to ask again."""
    events = [*speech_events(ramp(500)), behind]
    with serving(lambda exchange: exchange.stream(events)) as server, client_of(server) as client:
        assert hear(client) == ramp(500)
        assert hear(client) == ramp(500)


def test_letting_go_early_hangs_up_at_once() -> None:
    """Close the connection when a stream is left in the middle: the server must not speak on, nor count us as busy."""
    gone = threading.Event()

    def endless(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        exchange.chunk(speech_events(ramp(100))[0])
        if exchange.wait_for_close(LONG_S):
            gone.set()
        exchange.keep = False

    with serving(endless, speaks(ramp(7))) as server, client_of(server) as client:
        with client.stream(HELLO) as stream:
            assert next(iter(stream)) == ramp(100)
        assert gone.wait(LONG_S), "the connection is still open"
        assert hear(client) == ramp(7)


def test_a_stream_never_read_hangs_up_too() -> None:
    """Close the connection of an answer that is not read."""
    gone = threading.Event()

    def waits(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        if exchange.wait_for_close(LONG_S):
            gone.set()
        exchange.keep = False

    with serving(waits) as server, client_of(server) as client:
        with client.stream(HELLO):
            pass
        assert gone.wait(LONG_S)


def test_a_slow_listener_is_no_fault_of_the_service() -> None:
    """Count no time against the service while the listener holds the stream, as a paused player does."""
    listener = threading.Event()

    def in_two_parts(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        events = speech_events(ramp(1500))
        exchange.chunk(events[0])
        assert listener.wait(LONG_S)
        for event in events[1:]:
            exchange.chunk(event)
        exchange.end_chunks()

    with serving(in_two_parts) as server, client_of(server, idle_s=0.8) as client, client.stream(HELLO) as stream:
        parts = iter(stream)
        heard = next(parts)
        threading.Event().wait(1.7)  # twice what the service would be allowed
        listener.set()
        assert heard + b"".join(parts) == ramp(1500)


def sent_headers(head: bytes) -> list[tuple[str, str]]:
    """Read the header lines as they were sent."""
    lines = head.decode("latin-1").split("\r\n")[1:]
    return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]


@pytest.mark.parametrize("netrc", [False, True])
@pytest.mark.parametrize("key", [KEY, None])
def test_headers(private_environment: Path, key: str | None, *, netrc: bool) -> None:
    """Send the key once, as Bearer, and nothing of ~/.netrc; ask for no compression; say who we are."""
    if netrc:
        file = private_environment / ".netrc"
        file.write_text("machine 127.0.0.1 login someone password secret\ndefault login other password secret\n")
        file.chmod(0o600)
    with serving(speaks(ramp(10))) as server, client_of(server, key=key) as client:
        hear(client)
        hear(client)
        for request in server.requests:
            headers = sent_headers(request.head)
            names = [name for name, _ in headers]
            assert len(names) == len(set(names)), "a header was sent twice"
            sent = dict(headers)
            assert sent.pop("authorization", None) == (None if key is None else f"Bearer {key}")
            assert b"secret" not in request.head
            assert sent["accept-encoding"] == "identity"
            assert sent["accept"] == "text/event-stream"
            assert sent["content-type"] == "application/json"
            assert sent["x-source"] == "lightning-tts"
            assert sent["user-agent"].startswith("lightning-tts/")
            assert "x-expire-content" not in sent
            assert "cookie" not in sent


def test_expiry_is_asked_for_by_header() -> None:
    """Send the opt-in only when it was asked for, as a header and not in the body (protocol.md 1.4)."""
    with serving(speaks(ramp(10))) as server, client_of(server) as client:
        hear(client, HELLO._replace(expire_content=True))
        assert server.requests[0].headers["x-expire-content"] == "true"
        assert "expire_content" not in server.requests[0].json


@pytest.mark.parametrize("tail", ["", "/", "/waves/v1", "/waves/v1/", "/api/v1"])
def test_request_line_and_body(tail: str) -> None:
    """Post the exact body to the seed's route, under whatever form of base URL (protocol.md 1.1)."""
    request = HELLO._replace(text="Grüße, नमस्ते 😀", speed=1.5)
    with serving(speaks(ramp(10))) as server, client_of(server.url + tail) as client:
        hear(client, request)
        received = server.requests[0]
        prefix = "/api/v1" if tail == "/api/v1" else "/waves/v1"
        assert (received.method, received.path) == ("POST", f"{prefix}/lightning-v3.1/stream")
        assert received.body == request.body()


def test_answer_says_the_ids() -> None:
    """Return the ids and echoes of the answer's head (protocol.md 1.5); empty ones are none."""
    extra = (
        "X-Request-Id: r-1",
        "X-Session-Id: s-1",
        "X-External-Request-Id: mine-r",
        "X-External-Session-Id:",
        "x-content-expiry: not-entitled",
    )
    with serving(speaks(ramp(10), extra=extra), speaks(ramp(10))) as server, client_of(server) as client:
        with client.stream(HELLO) as stream:
            assert stream.answer == Answer("r-1", "s-1", "mine-r", None, "not-entitled")
            assert stream.format.sample_rate == 24000
        with client.stream(HELLO) as stream:
            assert stream.answer == Answer()


@pytest.mark.parametrize(
    "kind",
    ["text/event-stream; charset=utf-8", "TEXT/EVENT-STREAM", "application/octet-stream", "text/plain", "audio/wav"],
)
def test_content_type_is_not_trusted(kind: str) -> None:
    """Read the events whatever the head calls them, as long as it names nothing else that is known."""
    body = b"".join(speech_events(ramp(100)))
    with serving(lambda exchange: exchange.answer(body, kind=kind)) as server, client_of(server) as client:
        assert hear(client) == ramp(100)


@pytest.mark.parametrize(
    "status",
    ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"],
)
def test_redirects_are_never_followed(status: str) -> None:
    """Report where the service points, and send neither key nor text there."""
    with serving(speaks(ramp(10))) as other:

        def redirects(exchange: Exchange) -> None:
            exchange.answer(b"", status=status, extra=(f"Location: {other.url}/waves/v1/tts/live",))

        responder: Responder = redirects
        with serving(responder) as server, client_of(server) as client:
            with pytest.raises(ServiceError, match=f"redirects to {other.url}") as refusal:
                client.stream(HELLO)
            assert refusal.value.status == int(status[:3])
            assert len(server.requests) == 1
        assert other.requests == []


def test_closing_twice_is_harmless() -> None:
    """Close a client that was used and one that was not, more than once, and leave no thread behind."""
    with serving(speaks(ramp(10))) as server:
        used = client_of(server)
        hear(used)
        for client in (used, client_of(server)):
            client.close()
            client.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("lightning")]


def test_what_is_done_while_the_answer_is_made() -> None:
    """A callback is called once when a request has left, with the answer still to come."""
    left, pcm = threading.Event(), ramp(1000)

    def answers_after(exchange: Exchange) -> None:
        assert left.wait(LONG_S / 2)
        exchange.stream(speech_events(pcm))

    with serving(answers_after, answers_after) as server, client_of(server) as client:
        assert client.does_wait
        client.while_waiting = left.set
        assert [hear(client), hear(client)] == [pcm, pcm]
        assert client.while_waiting is None


def test_what_is_done_while_a_connection_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to another machine is waited for before a request can leave: the callback is called then."""
    begun, finish = threading.Event(), Dial.finish

    def finished(dial: Dial, deadline_s: float) -> socket.socket:
        assert begun.is_set()
        return finish(dial, deadline_s)

    monkeypatch.setattr(session, "is_loopback", lambda _: False)
    monkeypatch.setattr(Dial, "finish", finished)
    with serving(speaks(ramp(1000))) as server, client_of(server) as client:
        client.while_waiting = begun.set
        assert hear(client) == ramp(1000)
