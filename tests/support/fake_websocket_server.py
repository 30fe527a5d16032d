"""A scripted speech server on a real WebSocket: it says exactly what a test wants, and breaks where it is told."""

import base64
import contextlib
import json
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from support.command_line import KEY
from support.fake_server import Received, made, ramp
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame
from websockets.http11 import Request, Response
from websockets.protocol import Event
from websockets.sync.server import ServerConnection, serve

from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.request import SpeechRequest

PCM = ramp(6000)
SEED, UNIFIED = "/waves/v1/lightning-v3.1/get_speech/stream", "/waves/v1/tts/live"
LONG_S = 30.0  # only a hang takes that long


@dataclass
class Asked:
    """One message as it came, with the upgrade request of its connection."""

    fields: dict[str, Any]
    path: str
    headers: Mapping[str, str]
    connection: int


@dataclass
class Turn:
    """Answer one message; every method sends at once."""

    asked: Asked
    socket: ServerConnection
    server: "WsServer"
    number: int

    @property
    def ids(self) -> dict[str, str]:
        """Return the ids that every frame of this answer carries."""
        return {"session_id": f"ws_{self.asked.connection}", "request_id": f"task_{self.number}"}

    def send(self, **fields: object) -> None:
        """Send these fields as one JSON message."""
        self.socket.send(json.dumps(fields))

    def send_raw(self, message: str | bytes) -> None:
        """Send exactly this, as text or as bytes."""
        self.socket.send(message)

    def chunk(self, pcm: bytes) -> None:
        """Send audio."""
        self.send(**self.ids, status="chunk", data={"audio": base64.b64encode(pcm).decode()})

    def word(self, index: int, word: str, start: float, end: float) -> None:
        """Send the time of a word."""
        self.send(**self.ids, status="word_timestamp", data={"id": index, "word": word, "start": start, "end": end})

    def complete(self, **more: object) -> None:
        """Send the message that completes the answer."""
        self.send(**self.ids, status="complete", **more)

    def speak(self, pcm: bytes, size: int = 1024) -> None:
        """Send audio in chunks, and say that it is complete."""
        for at in range(0, len(pcm), size):
            self.chunk(pcm[at : at + size])
        self.complete()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close in the orderly way."""
        self.socket.close(code, reason)

    def cut(self) -> None:
        """Send an end of the TCP connection without a close frame."""
        self.socket.socket.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Reset the TCP connection."""
        self.socket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close_socket()

    def wait_for_close(self) -> bool:
        """Wait until the client is gone."""
        try:
            self.socket.recv(LONG_S)
        except ConnectionClosed:
            return True
        except TimeoutError:
            return False
        return False

    def stall(self) -> None:
        """Send nothing until the client is gone or the server is closed."""
        while not self.server.closing.is_set():
            try:
                self.socket.recv(0.05)
            except TimeoutError:
                continue
            except ConnectionClosed:
                return


Script = Callable[[Turn], None]
# What an upgrade is answered with: status, body, further headers; None lets it through.
Gate = Callable[[str], tuple[int, bytes, dict[str, str]] | None]


class _Overheard(ServerConnection):
    """Keep all that comes, also what no script asks for."""

    def __init__(self, *args: Any, heard: Callable[[Received], None], **how: Any) -> None:
        self._heard = heard
        super().__init__(*args, **how)

    def process_event(self, event: Event) -> None:
        if isinstance(event, Request):
            headers = dict(event.headers.raw_items())
            lines = (f"GET {event.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()))
            self._heard(Received("GET", event.path, headers, "\r\n".join(lines).encode(), b"", 0))
        elif isinstance(event, Frame):
            self._heard(Received("", "", {}, b"", bytes(event.data), 0))
        super().process_event(event)


@dataclass
class WsServer:
    """Listen on 127.0.0.1; answer the n-th message by the n-th script, the last one repeating."""

    scripts: tuple[Script, ...]
    gate: Gate | None = None
    tls: ssl.SSLContext | None = None
    messages: list[Asked] = field(default_factory=list)
    upgrades: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)
    pointed_to: list[str] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    connections: int = 0

    def __post_init__(self) -> None:
        made.append(self)
        self._lock = threading.Lock()
        self._server = serve(
            self._handle,
            "127.0.0.1",
            0,
            process_request=self._admit,
            ssl=self.tls,
            ping_interval=None,
            close_timeout=1,
            max_size=None,
            create_connection=partial(_Overheard, heard=self.requests.append),  # type: ignore[arg-type] # called, never more
        )
        self._address = self._server.socket.getsockname()[:2]
        self._thread = threading.Thread(target=self._server.serve_forever, name="ws-server")
        self._thread.start()

    @property
    def url(self) -> str:
        """Return the base URL, for HTTP as people write it."""
        host, port = self._address
        return f"http{'s' if self.tls else ''}://{host}:{port}"

    def close(self) -> None:
        """Stop listening and end every connection."""
        self.closing.set()
        self._server.shutdown()
        self._thread.join(timeout=LONG_S)

    def _admit(self, _: ServerConnection, request: Request) -> Response | None:
        with self._lock:
            self.upgrades.append((request.path, dict(request.headers.raw_items())))
        refused = self.gate(request.path) if self.gate is not None else None
        if refused is None:
            return None
        status, body, headers = refused
        self.pointed_to += [value for name, value in headers.items() if name.lower() == "location"]
        given = Headers({"Content-Length": str(len(body)), "Connection": "close", **headers})
        return Response(status, HTTPStatus(status).phrase, given, body)

    def _handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        with self._lock:
            self.connections += 1
            number = self.connections
        headers = {name.lower(): value for name, value in connection.request.headers.raw_items()}
        try:
            while not self.closing.is_set():
                try:
                    message = connection.recv(0.05)
                except TimeoutError:
                    continue
                asked = Asked(json.loads(message), connection.request.path, headers, number)
                with self._lock:
                    self.messages.append(asked)
                    count = len(self.messages)
                self.scripts[min(count, len(self.scripts)) - 1](Turn(asked, connection, self, count))
        except (ConnectionClosed, OSError):
            pass
        except BaseException as fault:  # noqa: BLE001 - kept for the test to see
            self.faults.append(fault)
        finally:
            self.ended.release()


@contextlib.contextmanager
def talking(*scripts: Script, gate: Gate | None = None, tls: ssl.SSLContext | None = None) -> Iterator[WsServer]:
    """Run a server for one test; a fault inside a script fails the test."""
    server = WsServer(scripts, gate, tls)
    try:
        yield server
    finally:
        server.close()
    assert not server.faults, server.faults


def speaks(pcm: bytes, size: int = 1024) -> Script:
    """Answer with this PCM, complete."""
    return lambda turn: turn.speak(pcm, size)


HANG = Timeouts(connect_s=LONG_S, first_byte_s=LONG_S, idle_s=LONG_S)
HELLO = SpeechRequest(text="Hello.", voice_id="daniel", sample_rate=24000)


def client_of(server: WsServer | str, **more: object) -> SpeechClient:
    """Make a client for the WebSocket; its clocks are hang guards unless a test makes them its subject."""
    url = server if isinstance(server, str) else server.url
    how: dict[str, object] = {"key": KEY, "timeouts": HANG, **more}
    return SpeechClient(ServiceSettings(**{"base_url": url, "transport": "ws", "concurrency": 0} | how))  # type: ignore[arg-type] # as a test asks


def hear(client: SpeechClient, request: SpeechRequest = HELLO) -> bytes:
    """Ask and listen to the end."""
    with client.stream(request) as stream:
        pieces = list(stream)
    assert all(piece and len(piece) % 2 == 0 for piece in pieces)
    return b"".join(pieces)


def certificate(directory: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1 that is trusted only where it is named, and the server's side of it."""
    cert, key = directory / "cert.pem", directory / "key.pem"
    command = (
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    )
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    subprocess.run(
        (*command, *names, "-keyout", str(key), "-out", str(cert)), check=True, capture_output=True, timeout=60
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context
