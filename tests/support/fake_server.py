"""A scripted speech server on a real socket: it sends exactly the bytes a test wants, and breaks where it is told."""

import base64
import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

EVENT_STREAM = "text/event-stream"
TERMINATORS = {"new": b'data: {"status":"200","done":true}\n\n', "seed": b'data: {"done": true}\n\n'}


def ramp(frames: int, start: int = 1) -> bytes:
    """Make PCM in which every sample is loud and tells its place, so that lost or repeated ones show."""
    return b"".join(struct.pack("<h", 1000 + (start + index) % 30000) for index in range(frames))


def audio_event(pcm: bytes, dialect: str = "new") -> bytes:
    """Write one audio event the way the service does."""
    text = base64.b64encode(pcm).decode()
    fields = ',"done":false,"status":"206"' if dialect == "new" else ""
    return f'event: audio\ndata: {{"audio":"{text}"{fields}}}\n\n'.encode()


def speech_events(pcm: bytes, *, size: int = 1024, dialect: str = "new") -> list[bytes]:
    """Cut PCM into audio events and add the terminator."""
    events = [audio_event(pcm[at : at + size], dialect) for at in range(0, len(pcm), size)]
    return [*events, TERMINATORS[dialect]]


@dataclass
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    head: bytes
    body: bytes
    connection: int

    @property
    def json(self) -> dict[str, Any]:
        """Parse the body."""
        parsed = json.loads(self.body)
        assert isinstance(parsed, dict)
        return parsed


@dataclass
class Exchange:
    """Answer one request; every method writes to the socket at once."""

    request: Received
    sock: socket.socket
    server: "SpeechServer"
    keep: bool = True

    def send(self, data: bytes) -> None:
        """Send raw bytes."""
        self.sock.sendall(data)

    def head(self, status: str = "200 OK", kind: str = EVENT_STREAM, extra: Sequence[str] = ()) -> None:
        """Send a status line and headers; ``extra`` decides the framing."""
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *extra]
        self.server.pointed_to += [line[9:].strip() for line in extra if line.lower().startswith("location:")]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def chunk(self, data: bytes) -> None:
        """Send one HTTP chunk."""
        self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def end_chunks(self) -> None:
        """Send the last chunk."""
        self.send(b"0\r\n\r\n")

    def answer(
        self, body: bytes, *, status: str = "200 OK", kind: str = EVENT_STREAM, extra: Sequence[str] = ()
    ) -> None:
        """Send a whole answer with its length."""
        self.head(status, kind, (f"Content-Length: {len(body)}", *extra))
        self.send(body)

    def refuse(self, status: str, body: object, extra: Sequence[str] = ()) -> None:
        """Send an error with a JSON body."""
        self.answer(json.dumps(body).encode(), status=status, kind="application/json; charset=utf-8", extra=extra)

    def stream(self, events: Sequence[bytes], framing: str = "chunked", extra: Sequence[str] = ()) -> None:
        """Send an event stream in one of three framings."""
        if framing == "length":
            self.answer(b"".join(events), extra=extra)
        elif framing == "close":
            self.head(extra=("Connection: close", *extra))
            for event in events:
                self.send(event)
            self.keep = False
        else:
            self.head(extra=("Transfer-Encoding: chunked", *extra))
            for event in events:
                self.chunk(event)
            self.end_chunks()

    def hang_up(self) -> None:
        """End the connection in the orderly way."""
        self.keep = False

    def reset(self) -> None:
        """End the connection by a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.keep = False

    def wait_for_close(self, timeout_s: float = 20.0) -> bool:
        """Wait until the client hangs up; False when it did not in time."""
        self.sock.settimeout(timeout_s)
        try:
            while self.sock.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def stall(self) -> None:
        """Send nothing until the client hangs up or the server is closed."""
        deadline = time.monotonic() + 60
        self.sock.settimeout(0.1)
        while not self.server.closing.is_set() and time.monotonic() < deadline:
            try:
                if not self.sock.recv(65536):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        self.keep = False


Responder = Callable[[Exchange], None]


class Recipient(Protocol):
    """A server of any kind: where it is, all it received, and where it told others to go."""

    @property
    def url(self) -> str:
        """Return the base URL; of a closed server too."""

    @property
    def requests(self) -> list[Received]:
        """Return what came."""

    @property
    def pointed_to(self) -> list[str]:
        """Return the URLs of its redirects."""


# Those that were made, so that tests can look at what they received.
made: list[Recipient] = []


@dataclass
class SpeechServer:
    """Listen on 127.0.0.1; answer the n-th request by the n-th responder, the last one repeating.

    With ``tls`` every connection is encrypted; a client that refuses the certificate just goes away.
    """

    responders: Sequence[Responder]
    tls: ssl.SSLContext | None = None
    requests: list[Received] = field(default_factory=list)
    pointed_to: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    connections: int = 0
    faults: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        made.append(self)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept, name="speech-server")
        self._acceptor.start()

    @property
    def port(self) -> int:
        """Return the port; of a closed server too."""
        return self._port

    @property
    def url(self) -> str:
        """Return the base URL."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def wait_for_quiet(self, timeout_s: float) -> bool:
        """Wait until no connection is open; False when one still is by then."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            with self._lock:
                if not self._open:
                    return True
            time.sleep(0.005)
        return False

    def close(self) -> None:
        """Stop listening, end every connection, join every thread."""
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(timeout=10)
        with self._lock:
            for sock in self._open:
                # Wakes the thread that waits for this client.
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)
        self._listener.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(sock, self.connections), name="speech-connection")
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        with self._lock:
            self._open.add(sock)
        try:
            self._converse(sock, number)
        finally:
            with self._lock:
                self._open.discard(sock)

    def _converse(self, plain: socket.socket, number: int) -> None:
        sock = plain
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is not None:
            plain.settimeout(10)
            try:
                sock = self.tls.wrap_socket(plain, server_side=True)
            except OSError:
                plain.close()
                return
        with sock:
            keep = True
            while keep and not self.closing.is_set():
                request = self._receive(sock, number)
                if request is None:
                    return
                with self._lock:
                    self.requests.append(request)
                    responder = self.responders[min(len(self.requests), len(self.responders)) - 1]
                exchange = Exchange(request, sock, self)
                try:
                    responder(exchange)
                except (ConnectionError, BrokenPipeError):
                    return
                except BaseException as fault:  # noqa: BLE001 - kept for the test to see
                    self.faults.append(fault)
                    return
                keep = exchange.keep

    def _receive(self, sock: socket.socket, number: int) -> Received | None:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self._read(sock)
            if not piece:
                return None
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            piece = self._read(sock)
            if not piece:
                return None
            body += piece
        return Received(method, path, headers, head, body, number)

    def _read(self, sock: socket.socket) -> bytes:
        sock.settimeout(0.1)
        while not self.closing.is_set():
            try:
                piece = sock.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                return b""
            sock.settimeout(30)
            return piece
        return b""


@contextlib.contextmanager
def serving(*responders: Responder) -> Iterator[SpeechServer]:
    """Run a server for one test; a fault inside a responder fails the test."""
    server = SpeechServer(responders)
    try:
        yield server
    finally:
        server.close()
    assert not server.faults, server.faults


def speaks(pcm: bytes, **how: Any) -> Responder:
    """Answer with this PCM, complete."""
    framing = how.pop("framing", "chunked")
    extra = how.pop("extra", ())
    return lambda exchange: exchange.stream(speech_events(pcm, **how), framing, extra)


def refuses(status: str, body: object, *extra: str) -> Responder:
    """Answer with an error."""
    return lambda exchange: exchange.refuse(status, body, extra)
