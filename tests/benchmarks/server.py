"""The service, in a process of its own: its work must not count for what is measured.

It is told what to answer by JSON lines on standard input and reports every request by a JSON line on standard output.
Audio is encoded once, before it is asked for. ``serving.py`` is the other end.
"""

import array
import base64
import itertools
import json
import random
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

RATE = 44_100
FRAME_BYTES = 2
TERMINATOR = b'data: {"status":"200","done":true}\n\n'
# What a long answer repeats, in seconds.
BLOCK_S = 10
# The service's engine works in blocks of this length and sends a block's events at once (protocol.md 3.3).
ENGINE_BLOCK_S = 0.16
_GATE_S = 60.0


@dataclass(frozen=True)
class Plan:
    """Set how every request is answered until the next plan.

    ``framing`` is ``chunked`` (one HTTP chunk per event), ``coalesced`` (one chunk for all events), ``close`` (ended by
    closing) or ``wav`` (no events: a WAV file). ``seconds`` of audio, more than ten only in tens, go out in events of
    ``event_bytes`` of PCM, with ``silence_s`` before and after the sound. The first event leaves ``delay_s`` after the
    request; with ``gated`` the others wait for a release; ``pace`` is how many times faster than real time they go,
    0 as fast as they are read.
    """

    framing: str = "chunked"
    seconds: float = 0.5
    event_bytes: int = 1024
    silence_s: tuple[float, float] = (0.0, 0.0)
    delay_s: float = 0.0
    gated: bool = False
    pace: float = 0.0


@lru_cache(maxsize=1)
def sound() -> bytes:
    """Make ``BLOCK_S`` of noise without a sample that is near silence."""
    chance = random.Random(1)
    samples = [chance.randrange(1000, 9000) * chance.choice((-1, 1)) for _ in range(RATE * BLOCK_S)]
    return array.array("h", samples).tobytes()


def pcm_of(plan: Plan) -> bytes:
    """Make what is sent, or what is sent again and again when it is longer than a block."""
    before, after = (bytes(int(RATE * seconds) * FRAME_BYTES) for seconds in plan.silence_s)
    frames = int(RATE * min(plan.seconds, BLOCK_S))
    return before + sound()[: frames * FRAME_BYTES] + after


@lru_cache(maxsize=16)
def events_of(plan: Plan) -> tuple[bytes, ...]:
    """Encode one block's events as the service writes them, unframed."""
    pcm = pcm_of(plan)
    encoded = (base64.b64encode(pcm[at : at + plan.event_bytes]) for at in range(0, len(pcm), plan.event_bytes))
    return tuple(b'event: audio\ndata: {"audio":"' + text + b'","done":false,"status":"206"}\n\n' for text in encoded)


@lru_cache(maxsize=16)
def framed(plan: Plan) -> tuple[bytes, ...]:
    """Return the same with each event framed on its own, where the framing does that."""
    if plan.framing != "chunked":
        return events_of(plan)
    return tuple(b"%x\r\n%b\r\n" % (len(event), event) for event in events_of(plan))


def repeats(plan: Plan) -> int:
    """Return how often the block is sent."""
    return max(1, round(plan.seconds / BLOCK_S))


def opening(plan: Plan) -> bytes:
    """Return the head of the answer, up to its first event."""
    lines = [b"HTTP/1.1 200 OK", b"Content-Type: text/event-stream"]
    start = b""
    if plan.framing == "close":
        lines.append(b"Connection: close")
    else:
        lines.append(b"Transfer-Encoding: chunked")
    if plan.framing == "coalesced":
        size = repeats(plan) * sum(map(len, events_of(plan))) + len(TERMINATOR)
        start = b"%x\r\n" % size
    return b"\r\n".join(lines) + b"\r\n\r\n" + start


def ending(plan: Plan) -> bytes:
    """Return the terminator and what ends the framing."""
    if plan.framing == "chunked":
        return b"%x\r\n%b\r\n0\r\n\r\n" % (len(TERMINATOR), TERMINATOR)
    return TERMINATOR + (b"\r\n0\r\n\r\n" if plan.framing == "coalesced" else b"")


@lru_cache(maxsize=16)
def remainder(plan: Plan) -> tuple[bytes, bytes]:
    """Join the block's events: without its first, and whole."""
    _, *rest = framed(plan)
    return b"".join(rest), b"".join(framed(plan))


def wav_answer(plan: Plan) -> bytes:
    """Return a whole answer that is a WAV file."""
    pcm = pcm_of(plan)
    sizes = (16, 1, 1, RATE, RATE * FRAME_BYTES, FRAME_BYTES, 16)
    wav = b"RIFF" + struct.pack("<I", 36 + len(pcm)) + b"WAVEfmt " + struct.pack("<IHHIIHH", *sizes)
    wav += b"data" + struct.pack("<I", len(pcm)) + pcm
    return b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: %d\r\n\r\n" % len(wav) + wav


class Service:
    """Listen on ``address`` and answer by the plan; over TLS, if there is a file with certificate and key."""

    def __init__(self, address: str = "127.0.0.1", certificate: str = "") -> None:
        self.plan = Plan()
        self.gate = threading.Event()
        self.listener = socket.create_server((address, 0))
        self._tls = _serving_context(certificate) if certificate else None
        self._lock = threading.Lock()

    def tell(self, **facts: Any) -> None:
        """Write one line to the process that measures."""
        with self._lock:
            sys.stdout.write(json.dumps(facts) + "\n")
            sys.stdout.flush()

    def prepare(self, plan: Plan) -> None:
        """Make ready what the plan needs."""
        framed(plan)
        remainder(plan)
        self.gate.clear()
        self.plan = plan

    def accept(self) -> None:
        """Take connections for ever."""
        number = 0
        while True:
            connection, _ = self.listener.accept()
            number += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(
                target=self._serve, args=(connection, number), name="bench-connection", daemon=True
            ).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        if self._tls is not None:
            try:
                connection = self._tls.wrap_socket(connection, server_side=True)
            except OSError as fault:
                self.tell(broken=str(fault))
                return
        with connection:
            while True:
                received = _receive(connection)
                if received is None:
                    return
                asked_ns = time.monotonic_ns()
                try:
                    self._answer(connection, number, asked_ns, received)
                except OSError as fault:
                    self.tell(broken=str(fault))
                    return
                if self.plan.framing == "close":
                    return

    def _answer(self, connection: socket.socket, number: int, asked_ns: int, received: tuple[bytes, bytes]) -> None:
        plan = self.plan
        head, body = received
        if plan.delay_s:
            time.sleep(plan.delay_s)
        first = wav_answer(plan) if plan.framing == "wav" else opening(plan) + framed(plan)[0]
        sent_ns = time.monotonic_ns()
        connection.sendall(first)
        self.tell(
            asked_ns=asked_ns,
            sent_ns=sent_ns,
            connection=number,
            target=head.split(b" ", 2)[1].decode(),
            body_bytes=len(body),
        )
        if plan.framing == "wav":
            return
        if plan.gated and not self.gate.wait(_GATE_S):
            raise OSError("the gate was not opened")
        if plan.pace:
            _send_paced(connection, plan)
        else:
            rest, block = remainder(plan)
            connection.sendall(rest)
            for _ in range(repeats(plan) - 1):
                connection.sendall(block)
        connection.sendall(ending(plan))


def _serving_context(certificate: str) -> "ssl.SSLContext":
    import ssl  # few are served over TLS

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _send_paced(connection: socket.socket, plan: Plan) -> None:
    """Send the events of each engine block together, when its time has come; the first event has gone already."""
    began = time.monotonic()
    together = max(1, round(ENGINE_BLOCK_S * RATE * FRAME_BYTES / plan.event_bytes))
    event_s = plan.event_bytes / FRAME_BYTES / RATE / plan.pace
    events = list(itertools.chain.from_iterable(itertools.repeat(framed(plan), repeats(plan))))
    for at in range(1, len(events), together):
        ahead_s = began + at * event_s - time.monotonic()
        if ahead_s > 0:
            time.sleep(ahead_s)
        connection.sendall(b"".join(events[at : at + together]))


def _receive(connection: socket.socket) -> tuple[bytes, bytes] | None:
    """Read one request: its head, and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    wanted = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < wanted:
        piece = connection.recv(65536)
        if not piece:
            return None
        body += piece
    return head, body


def main() -> None:
    """Serve until standard input ends."""
    service = Service(*sys.argv[1:])
    threading.Thread(target=service.accept, name="bench-accept", daemon=True).start()
    service.tell(port=service.listener.getsockname()[1])
    for line in sys.stdin:
        order = json.loads(line)
        if "plan" in order:
            plan = order["plan"]
            service.prepare(Plan(**{**plan, "silence_s": tuple(plan.get("silence_s", (0.0, 0.0)))}))
            service.tell(planned=True)
        else:
            service.gate.set()


if __name__ == "__main__":
    main()
