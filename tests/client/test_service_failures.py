"""What a bad answer turns into: every row of protocol.md 4.1 to 4.3, on real sockets."""

import json
import socket
import threading
from collections.abc import Callable
from email.utils import formatdate

import pytest
from support.fake_server import Exchange, Responder, audio_event, ramp, refuses, serving, speaks, speech_events
from support.service_client import HELLO, KEY, client_of, hear

from lightning_cli.client.faults import retry_after_s
from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import (
    CannotConnect,
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

SHORT_S = 0.5  # a clock that is to run out
LONG_S = 20.0  # only a hang takes that long
PCM = ramp(3000)
EVENTS = speech_events(PCM)
JSON = "application/json; charset=utf-8"


def failure(client: SpeechClient) -> tuple[LightningError, bytes]:
    """Ask, listen, and return the failure with what was heard before it."""
    heard = b""
    with pytest.raises(LightningError) as caught, client.stream(HELLO) as stream:  # noqa: PT012 - collects on the way
        for pcm in stream:
            heard += pcm
    assert KEY not in f"{caught.value.message} {caught.value.hint}"
    return caught.value, heard


def is_retried(fault: LightningError) -> bool:
    """Return whether another try would follow."""
    return Retrier(RetryPolicy()).delay_after(fault) is not None


# Where an answer breaks: how many events are whole, and how many bytes of the next one are sent.
PLACES = {
    "right behind the head": (0, 0),
    "in the first event's type": (0, 7),
    "in the first event's base64": (0, 100),
    "between two events": (2, 0),
    "in an event's type": (2, 10),
    "in an event's base64": (2, 333),
    "behind an event's base64": (2, len(EVENTS[2]) - 4),
    "before the terminator": (len(EVENTS) - 1, 0),
    "in the terminator": (len(EVENTS) - 1, 20),
}


def breaks(framing: str, whole: int, part: int, end: Callable[[Exchange], None]) -> Responder:
    """Send a part of the answer in one of three framings, then end the connection."""

    def responder(exchange: Exchange) -> None:
        headers = {
            "chunked": "Transfer-Encoding: chunked",
            "length": f"Content-Length: {sum(map(len, EVENTS))}",
            "close": "Connection: close",
        }
        exchange.head(extra=(headers[framing], "X-Request-Id: r-77"))
        for event in EVENTS[:whole]:
            if framing == "chunked":
                exchange.chunk(event)
            else:
                exchange.send(event)
        if part and framing == "chunked":
            exchange.send(f"{len(EVENTS[whole]):x}\r\n".encode())
        exchange.send(EVENTS[whole][:part])
        end(exchange)

    return responder


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
@pytest.mark.parametrize("end", [Exchange.hang_up, Exchange.reset], ids=["FIN", "RST"])
@pytest.mark.parametrize(("whole", "part"), PLACES.values(), ids=PLACES.keys())
def test_cut_answers(framing: str, end: Callable[[Exchange], None], whole: int, part: int) -> None:
    """Call every answer without its terminator cut, wherever and however it ends, and have it tried again."""
    with serving(breaks(framing, whole, part, end), speaks(PCM)) as server, client_of(server) as client:
        fault, heard = failure(client)
        assert isinstance(fault, StreamCut), fault
        assert fault.exit_code is ExitCode.NETWORK
        assert is_retried(fault)
        if framing != "close" and end is Exchange.hang_up:
            assert "closed in the middle of the answer" in fault.message
        assert heard == PCM[: whole * 1024]
        assert hear(client) == PCM, "the next try must find the client ready"


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
@pytest.mark.parametrize("end", [Exchange.hang_up, Exchange.reset], ids=["FIN", "RST"])
def test_what_ends_behind_its_terminator_is_complete(framing: str, end: Callable[[Exchange], None]) -> None:
    """Need nothing beyond the terminator, not even the end of the framing."""

    def responder(exchange: Exchange) -> None:
        breaks(framing, len(EVENTS) - 1, len(EVENTS[-1]), end)(exchange)

    with serving(responder, speaks(PCM)) as server, client_of(server) as client:
        assert hear(client) == PCM
        # Until then the client cannot know that the connection it kept is none.
        assert server.wait_for_quiet(20)
        assert hear(client) == PCM


def test_cut_answers_name_the_request() -> None:
    """Report the id that support asks for."""
    with serving(breaks("close", 2, 0, Exchange.hang_up)) as server, client_of(server) as client:
        assert "[request r-77]" in failure(client)[0].message


@pytest.mark.parametrize(
    "body", [b": keepalive\n\n", b":\n\n:\n\n", b"\n", b"event: audio\n", b"retry: 5\n\n", b"\xef\xbb\xbfdata", b"id"]
)
def test_keep_alives_alone_are_a_cut_answer(body: bytes) -> None:
    """Take an answer of nothing but comments or half a line as cut, not as something that is not an event stream."""
    with serving(lambda exchange: exchange.stream([body], "close")) as server, client_of(server) as client:
        assert isinstance(failure(client)[0], StreamCut)


@pytest.mark.parametrize("end", [Exchange.hang_up, Exchange.reset], ids=["FIN", "RST"])
@pytest.mark.parametrize(
    "sent", [b"", b"HTTP/1.1 200 O", b"HTTP/1.1 200 OK\r\nContent-Type: text/ev", b"HTTP/1.1 200 OK\r\n"]
)
def test_cut_before_the_head_is_complete(sent: bytes, end: Callable[[Exchange], None]) -> None:
    """Try again when a connection breaks before or within the head of the answer."""

    def responder(exchange: Exchange) -> None:
        exchange.send(sent)
        end(exchange)

    with serving(responder, speaks(PCM)) as server, client_of(server) as client:
        fault, _ = failure(client)
        assert isinstance(fault, StreamCut | CannotConnect), fault
        assert is_retried(fault)
        if not sent and end is Exchange.hang_up:
            assert "closed without an answer" in fault.message
        assert hear(client) == PCM


def dripping(exchange: Exchange, drop: bytes) -> None:
    """Send a few bytes again and again until the client has had enough."""
    pause = threading.Event()
    for _ in range(400):
        exchange.send(drop)
        pause.wait(0.05)
    pytest.fail("the client listens for ever")


def stalls_at_once(exchange: Exchange) -> None:
    """Answer nothing."""
    exchange.stall()


def drips_headers(exchange: Exchange) -> None:
    """Answer a byte of a header at a time."""
    exchange.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    dripping(exchange, b"x")


def drips_header_lines(exchange: Exchange) -> None:
    """Answer a header line at a time."""
    exchange.send(b"HTTP/1.1 200 OK\r\n")
    dripping(exchange, b"X: y\r\n")


def stalls_behind_the_head(exchange: Exchange) -> None:
    """Answer the head and no more."""
    exchange.head(extra=("Transfer-Encoding: chunked",))
    exchange.stall()


def drips_comments_first(exchange: Exchange) -> None:
    """Answer the head and then keep-alives for ever."""
    exchange.head(extra=("Connection: close",))
    dripping(exchange, b": keepalive\n\n")


def drips_a_first_event(exchange: Exchange) -> None:
    """Answer the head and then an event that never ends."""
    exchange.head(extra=("Connection: close",))
    exchange.send(b'event: audio\ndata: {"audio":"')
    dripping(exchange, b"AAAA")


def stalls_midway(exchange: Exchange) -> None:
    """Answer two events and no more."""
    exchange.head(extra=("Transfer-Encoding: chunked",))
    for event in EVENTS[:2]:
        exchange.chunk(event)
    exchange.stall()


def drips_comments_midway(exchange: Exchange) -> None:
    """Answer two events and then keep-alives for ever."""
    exchange.head(extra=("Connection: close",))
    exchange.send(EVENTS[0] + EVENTS[1])
    dripping(exchange, b": keepalive\n\n")


def drips_an_event_midway(exchange: Exchange) -> None:
    """Answer two events and then one that never ends."""
    exchange.head(extra=("Connection: close",))
    exchange.send(EVENTS[0] + EVENTS[1] + b'event: audio\ndata: {"audio":"')
    dripping(exchange, b"AAAA")


def drips_chunk_framing(exchange: Exchange) -> None:
    """Answer two events and then the digits of a chunk's size."""
    exchange.head(extra=("Transfer-Encoding: chunked",))
    for event in EVENTS[:2]:
        exchange.chunk(event)
    dripping(exchange, b"0")


FIRST = [
    stalls_at_once,
    drips_headers,
    drips_header_lines,
    stalls_behind_the_head,
    drips_comments_first,
    drips_a_first_event,
]
NEXT = [stalls_midway, drips_comments_midway, drips_an_event_midway, drips_chunk_framing]


@pytest.mark.parametrize("responder", FIRST)
def test_no_first_audio_in_time(responder: Responder) -> None:
    """End the wait for the first audio by our own clock, whatever the server drips meanwhile."""
    with serving(responder, speaks(PCM)) as server, client_of(server, first_byte_s=SHORT_S) as client:
        fault, heard = failure(client)
        assert isinstance(fault, TimedOut), fault
        assert "timed out waiting for the first audio" in fault.message
        assert "--first-byte-timeout" in str(fault.hint)
        assert heard == b""
        assert is_retried(fault)
        assert hear(client) == PCM


@pytest.mark.parametrize("responder", NEXT)
def test_no_next_audio_in_time(responder: Responder) -> None:
    """End the wait for more audio by our own clock; what came before is kept."""
    with serving(responder, speaks(PCM)) as server, client_of(server, idle_s=SHORT_S) as client:
        fault, heard = failure(client)
        assert isinstance(fault, TimedOut), fault
        assert "timed out waiting for more audio" in fault.message
        assert "--idle-timeout" in str(fault.hint)
        assert heard == PCM[:2048]
        assert is_retried(fault)
        assert hear(client) == PCM


def test_slow_but_steady_is_in_time() -> None:
    """Wind the clock up anew with every event that brings audio: an answer may last longer than any single wait."""
    pause = threading.Event()

    def responder(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        for number, event in enumerate(EVENTS):
            exchange.chunk(event)
            if number < 6:
                pause.wait(0.3)
        exchange.end_chunks()

    # The pauses add up to more than the clock; each alone leaves a busy machine five times its length.
    with serving(responder) as server, client_of(server, idle_s=1.5) as client:
        assert hear(client) == PCM


def test_no_connection_in_time() -> None:
    """End the wait for a connection by our own clock, and say that it was this one."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        # Nothing accepts, and two connections fill the queue: the system answers no third one.
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with client_of(url, connect_s=SHORT_S) as client:
            fault, _ = failure(client)
    assert isinstance(fault, TimedOut), fault
    assert fault.message == f"timed out connecting to {url.removeprefix('http://')}"
    assert "--connect-timeout" in str(fault.hint)
    assert is_retried(fault)


def test_connection_refused() -> None:
    """Report a closed port; try again, since a server may be starting."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with client_of(url) as client:
        fault, _ = failure(client)
    assert isinstance(fault, CannotConnect), fault
    assert "Connection refused" in fault.message
    assert is_retried(fault)


def test_name_that_does_not_resolve() -> None:
    """Report an unknown name in the system's own words."""
    with client_of("https://speech.invalid") as client:
        fault, _ = failure(client)
    assert isinstance(fault, CannotConnect), fault
    assert "cannot connect to speech.invalid (" in fault.message
    assert "HTTPSConnectionPool" not in fault.message, "a person cannot read that"


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"220 mail.example ESMTP\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"RTSP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 many OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Huge: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 " + b"x" * 70_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ],
    ids=["ssh", "smtp", "tls", "rtsp", "status", "huge header", "huge status line", "many headers"],
)
def test_what_is_no_http(answer: bytes) -> None:
    """Call nonsense by its name, once: asking again would bring more of it."""

    def responder(exchange: Exchange) -> None:
        exchange.send(answer)
        exchange.hang_up()

    with serving(responder) as server, client_of(server) as client:
        fault, _ = failure(client)
        assert isinstance(fault, ProtocolError), fault
        assert fault.exit_code is ExitCode.NETWORK
        assert not is_retried(fault)
        assert len(server.requests) == 1


def refuses_with(status: str, body: bytes, kind: str, *extra: str) -> Responder:
    """Answer a status with any body."""
    return lambda exchange: exchange.answer(body, status=status, kind=kind, extra=extra)


HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"
ISSUES = json.dumps({"error": [{"code": "custom", "path": ["voice_id"], "message": "Invalid Voice ID"}]}).encode()
PLAN = json.dumps({"status": False, "errors": ["Please upgrade your plan to use this"]}).encode()
REFUSALS: dict[str, tuple[str, bytes, str, type[LightningError], ExitCode, str, str]] = {
    "400 a": ("400 Bad Request", ISSUES, JSON, ServiceError, ExitCode.REFUSED, "voice_id: Invalid Voice ID", "voices"),
    "400 b": (
        "400 Bad Request",
        b'{"error":"InvalidRequest","message":"The text is too short."}',
        JSON,
        ServiceError,
        ExitCode.REFUSED,
        "InvalidRequest: The text is too short.",
        "change what was refused",
    ),
    "400 g": (
        "400 Bad Request",
        PLAN,
        JSON,
        ServiceError,
        ExitCode.REFUSED,
        "upgrade your plan",
        "plan does not include",
    ),
    "401": (
        "401 Unauthorized",
        b'{"error":"Unauthorized","message":"Bearer token is missing or invalid."}',
        JSON,
        KeyRefused,
        ExitCode.CONFIG,
        "Bearer token is missing or invalid",
        "SMALLEST_API_KEY",
    ),
    "402": (
        "402 Payment Required",
        b'{"error":"no credits"}',
        JSON,
        ServiceError,
        ExitCode.REFUSED,
        "no credits",
        "dashboard",
    ),
    "403": (
        "403 Forbidden",
        b'{"error":"wrong workspace"}',
        JSON,
        ServiceError,
        ExitCode.REFUSED,
        "wrong workspace",
        "permission",
    ),
    "404": (
        "404 Not Found",
        b'{"detail":"Not Found"}',
        JSON,
        ServiceError,
        ExitCode.REFUSED,
        "404",
        "check --base-url",
    ),
    "410 j": (
        "410 Gone",
        b'{"status":"error","error_code":"MODEL_DEPRECATED","message":"retired","recommended_endpoint":"/waves/v9/tts"}',
        JSON,
        ServiceError,
        ExitCode.REFUSED,
        "410",
        "/waves/v9/tts",
    ),
    "413": ("413 Payload Too Large", b"", "text/html", ServiceError, ExitCode.REFUSED, "413", "less text"),
    "418": (
        "418 I'm a Teapot",
        b"short and stout",
        "text/plain",
        ServiceError,
        ExitCode.REFUSED,
        "short and stout",
        "change what",
    ),
    "499": ("499 Whatever", b"", "text/plain", ServiceError, ExitCode.REFUSED, "499 unknown status", "change what"),
    "408": ("408 Request Timeout", b"", "text/plain", Unavailable, ExitCode.NETWORK, "408", "try again later"),
    "429": ("429 Too Many Requests", b'{"error":"busy"}', JSON, Unavailable, ExitCode.NETWORK, "busy", "--max-wait"),
    "500 d": (
        "500 Internal Server Error",
        b'{"error":"InternalServerError","message":"An unexpected error occurred."}',
        JSON,
        Unavailable,
        ExitCode.NETWORK,
        "An unexpected error occurred",
        "request id",
    ),
    "502 l": (
        "502 Bad Gateway",
        HTML,
        "text/html",
        Unavailable,
        ExitCode.NETWORK,
        "502 Bad Gateway",
        "try again later",
    ),
    "503 empty": (
        "503 Service Unavailable",
        b"",
        "text/plain",
        Unavailable,
        ExitCode.NETWORK,
        "503",
        "try again later",
    ),
    "504 text": (
        "504 Gateway Timeout",
        b"stream timeout",
        "text/plain",
        Unavailable,
        ExitCode.NETWORK,
        "stream timeout",
        "try",
    ),
    "599": ("599 Whatever", b"", "text/plain", Unavailable, ExitCode.NETWORK, "599", "try again later"),
}


@pytest.mark.parametrize(
    ("status", "body", "kind", "expected", "code", "message", "hint"), REFUSALS.values(), ids=REFUSALS.keys()
)
def test_refusals(
    status: str, body: bytes, kind: str, expected: type[LightningError], code: ExitCode, message: str, hint: str
) -> None:
    """Turn each status into its error, with what the body says, the request's id, and what to do."""
    with serving(refuses_with(status, body, kind, "X-Request-Id: r-5")) as server, client_of(server) as client:
        fault, heard = failure(client)
    assert type(fault) is expected
    assert isinstance(fault, ServiceError)
    assert fault.status == int(status[:3])
    assert fault.request_id == "r-5"
    assert "[request r-5]" in fault.message
    assert ": [" not in fault.message, "nothing was said, so nothing is announced"
    assert fault.exit_code is code
    assert message in fault.message
    assert hint in str(fault.hint)
    assert heard == b""
    assert is_retried(fault) == (expected is Unavailable)


@pytest.mark.parametrize(
    ("headers", "expected_s"),
    [
        ((), None),
        (("Retry-After: 7",), 7.0),
        (("Retry-After: 0",), 0.0),
        (("retry-after:  12 ",), 12.0),
        (("Retry-After-Ms: 250",), 0.25),
        (("Retry-After: 9", "Retry-After-Ms: 250"), 0.25),
        (("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT",), 0.0),
        (("Retry-After: soon",), None),
        (("Retry-After: -5",), None),
        (("Retry-After: 1.5",), None),
        (("Retry-After: \xb2",), None),
        (("Retry-After-Ms: \xb2",), None),
        (("Retry-After-Ms: " + "9" * 5000,), float("inf")),
        (("Retry-After: Wed, 99 Oct 2015 07:28:00 GMT",), None),
    ],
)
def test_retry_after(headers: tuple[str, ...], expected_s: float | None) -> None:
    """Read every form of Retry-After, and none that makes no sense."""

    def responder(exchange: Exchange) -> None:
        lines = ["HTTP/1.1 429 Too Many Requests", "Content-Length: 0", *headers]
        exchange.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    with serving(responder) as server, client_of(server) as client:
        fault, _ = failure(client)
    assert isinstance(fault, Unavailable)
    assert fault.retry_after_s == expected_s


def test_retry_after_date_in_the_future() -> None:
    """Count the seconds up to a date."""
    responder = refuses_with(
        "503 Service Unavailable", b"", "text/plain", "Retry-After: " + formatdate(4_000_000_000, usegmt=True)
    )
    with serving(responder) as server, client_of(server) as client:
        fault, _ = failure(client)
    assert isinstance(fault, Unavailable)
    assert fault.retry_after_s is not None
    assert fault.retry_after_s > 1_000_000
    assert retry_after_s.__module__ == "lightning_cli.client.faults"


@pytest.mark.parametrize("end", [Exchange.hang_up, Exchange.reset, Exchange.stall], ids=["FIN", "RST", "stall"])
def test_refusal_with_a_body_that_breaks_off(end: Callable[[Exchange], None]) -> None:
    """Report the refusal with what there is of its reason, in bounded time."""

    def responder(exchange: Exchange) -> None:
        exchange.head("403 Forbidden", "text/plain", ("Content-Length: 1000",))
        exchange.send(b"wrong workspace")
        end(exchange)

    with serving(responder, speaks(PCM)) as server, client_of(server, idle_s=SHORT_S) as client:
        fault, _ = failure(client)
        assert isinstance(fault, ServiceError)
        assert fault.status == 403
        assert "wrong workspace" in fault.message
        assert hear(client) == PCM


def test_refusal_with_an_endless_body() -> None:
    """Read a bounded part of a refusal's body and let the connection go."""
    gone = threading.Event()

    def responder(exchange: Exchange) -> None:
        exchange.head("400 Bad Request", "text/html", ("Connection: close",))
        try:
            while True:
                exchange.send(b"<p>and on it goes</p>\n" * 1000)
        except OSError:
            gone.set()
        exchange.keep = False

    with serving(responder) as server, client_of(server) as client:
        fault, _ = failure(client)
        assert isinstance(fault, ServiceError)
        assert "and on it goes" in fault.message
        assert len(fault.message) < 400
        assert gone.wait(LONG_S), "the server is still sending"


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "text/html", "application/problem+json"]
)
@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
def test_something_else_with_200(kind: str, framing: str) -> None:
    """Show what came instead of an event stream, and ask no second time."""
    body = b'{"status":"error","message":"engine gone"}'

    def responder(exchange: Exchange) -> None:
        if framing == "length":
            exchange.answer(body, kind=kind)
        elif framing == "close":
            exchange.head(kind=kind, extra=("Connection: close",))
            exchange.send(body)
            exchange.hang_up()
        else:
            exchange.head(kind=kind, extra=("Transfer-Encoding: chunked",))
            exchange.chunk(body)
            exchange.end_chunks()

    with serving(responder) as server, client_of(server) as client:
        fault, _ = failure(client)
        assert isinstance(fault, ProtocolError), fault
        assert kind.partition(";")[0] in fault.message
        assert "engine gone" in fault.message
        assert not is_retried(fault)


@pytest.mark.parametrize("status", ["200 OK", "302 Found", "401 Unauthorized", "403 Forbidden", "511 Whatever"])
def test_the_page_of_a_captive_portal(status: str) -> None:
    """It is called what it is, asked for once, and no hint makes the key go there."""
    page = b"\r\n<!doctype HTML><html><head><TITLE>Hotel &amp;\nWi-Fi</TITLE></head><body>Please sign in</body></html>"

    def responder(exchange: Exchange) -> None:
        extra = ("Location: http://portal.example/?go", f"Content-Length: {len(page)}")
        exchange.head(status, "text/html", extra)
        exchange.send(page)

    with serving(responder) as server, client_of(server) as client:
        fault, _ = failure(client)
        assert len(server.requests) == 1
    assert not isinstance(fault, KeyRefused)
    assert str(fault.hint).startswith("sign in to this network in a browser")
    assert "key" not in str(fault.hint)
    if status == "302 Found":
        assert "redirects to http://portal.example/?go" in fault.message
    else:
        assert isinstance(fault, ProtocolError)
        assert fault.message == f"a web page came instead of the service's answer ({_phrase(status)}, 'Hotel & Wi-Fi')"


def _phrase(status: str) -> str:
    return status.replace("Whatever", "Network Authentication Required")


@pytest.mark.parametrize(
    "body",
    [b'{"error":"engine gone"}', b'{"error":\n "engine gone"}\n', b"<html>engine gone</html>", b"engine gone\n\n"],
)
def test_something_else_called_an_event_stream(body: bytes) -> None:
    """Report a body that is declared an event stream and is not, and show its beginning."""
    with serving(lambda exchange: exchange.answer(body)) as server, client_of(server) as client:
        fault, _ = failure(client)
        assert isinstance(fault, ProtocolError), fault
        assert "did not send an event stream" in fault.message
        assert "engine gone" in fault.message


def test_json_with_200_that_never_comes() -> None:
    """End the wait for the body of a wrong answer too."""

    def responder(exchange: Exchange) -> None:
        exchange.head(kind="application/json", extra=("Content-Length: 10",))
        exchange.stall()

    with serving(responder) as server, client_of(server, first_byte_s=SHORT_S, idle_s=SHORT_S) as client:
        assert isinstance(failure(client)[0], TimedOut | ProtocolError)


def test_empty_200() -> None:
    """Take an answer without a byte as cut."""
    with serving(lambda exchange: exchange.answer(b"")) as server, client_of(server) as client:
        assert isinstance(failure(client)[0], StreamCut)


@pytest.mark.parametrize("before", [0, 2])
@pytest.mark.parametrize(
    "event",
    [
        b'event: error\ndata: {"message":"engine gone"}\n\n',
        b'data: {"error":"engine gone"}\n\n',
        b"event: error\ndata: engine gone",
    ],
)
def test_failures_inside_the_stream(event: bytes, before: int) -> None:
    """Raise what the service reports inside its answer; what came in earlier pieces is kept; try again."""
    told = threading.Event()

    def responder(exchange: Exchange) -> None:
        exchange.head(extra=("Connection: close",))
        exchange.send(b"".join(EVENTS[:before]))
        assert not before or told.wait(LONG_S)
        exchange.send(event)
        exchange.hang_up()

    with serving(responder, speaks(PCM)) as server, client_of(server) as client:
        heard = b""
        with pytest.raises(StreamFault, match="engine gone") as caught, client.stream(HELLO) as stream:  # noqa: PT012 - collects on the way
            for pcm in stream:
                heard += pcm
                if len(heard) == 1024 * before:
                    told.set()
        assert heard == PCM[: 1024 * before]
        assert is_retried(caught.value)
        assert hear(client) == PCM


@pytest.mark.parametrize(
    "event",
    [b"data: nonsense\n\n", b'data: {"audio":"A"}\n\n', audio_event(PCM).replace(b"=", b"").replace(b"A", b"-")],
)
def test_nonsense_inside_the_stream(event: bytes) -> None:
    """Refuse nonsense, and do not ask for more of it."""
    with serving(lambda exchange: exchange.stream([event, *EVENTS])) as server, client_of(server) as client:
        fault, _ = failure(client)
        assert isinstance(fault, ProtocolError)
        assert not is_retried(fault)


def test_broken_compression() -> None:
    """Report an answer that cannot be decompressed."""
    with (
        serving(
            lambda exchange: exchange.stream([b"this is no gzip" * 10], extra=("Content-Encoding: gzip",))
        ) as server,
        client_of(server) as client,
    ):
        fault, _ = failure(client)
        assert isinstance(fault, ProtocolError)
        assert "decompressed" in fault.message


def test_failures_leave_the_client_usable() -> None:
    """Keep working after every kind of failure with the same client and a single guard."""
    with (
        serving(
            breaks("chunked", 2, 50, Exchange.reset),
            stalls_midway,
            refuses_with("503 Service Unavailable", b"", "text/plain"),
            breaks("length", 0, 0, Exchange.hang_up),
            speaks(PCM),
        ) as server,
        client_of(server, idle_s=SHORT_S) as client,
    ):
        kinds = [type(failure(client)[0]) for _ in range(4)]
        assert kinds == [StreamCut, TimedOut, Unavailable, StreamCut]
        assert hear(client) == PCM
        guards = [thread for thread in threading.enumerate() if thread.name == "lightning-guard"]
        assert len(guards) == 1


SOON = RetryPolicy(base_s=0.001)


def test_a_call_is_tried_again() -> None:
    """Ask again where nothing was changed, after a wait; what would be carried out twice is asked once."""
    busy = refuses("503 Service Unavailable", {})

    def answers(exchange: Exchange) -> None:
        exchange.answer(b'{"ok": true}', kind="application/json")

    with serving(busy, answers, busy) as server:
        settings = ServiceSettings(base_url=server.url, key=None, retry=SOON)
        with SpeechClient(settings) as client:
            assert client.call("GET", "/x") == {"ok": True}
            with pytest.raises(Exception, match="503"):
                client.call("POST", "/x", {})
        assert len(server.requests) == 3
