"""A short WebSocket session as bytes, to be broken off or to fall silent anywhere."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from support.fake_server import Exchange, Responder, ramp

# What RFC 6455 has both sides know.
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PCM = ramp(60)
_PIECE_BYTES = 40


class Session(NamedTuple):
    """What a server sends: the upgrade, each message, and the PCM that is certain once so many bytes came."""

    upgrade: bytes
    frames: tuple[bytes, ...]

    @property
    def raw(self) -> bytes:
        """Return all of it."""
        return self.upgrade + b"".join(self.frames)

    @property
    def whole_from(self) -> int:
        """Return with how many bytes the answer is complete."""
        return len(self.raw)

    def heard_at_least(self, place: int) -> bytes:
        """Return the audio whose messages are whole within ``place`` bytes."""
        at, pcm = len(self.upgrade), b""
        for number, frame in enumerate(self.frames):
            at += len(frame)
            if at > place:
                break
            pcm = PCM[: (number + 1) * _PIECE_BYTES]
        return pcm


def session_of(key: str) -> Session:
    """Write the session that answers an upgrade with this ``Sec-WebSocket-Key``; its length is always the same."""
    accept = base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    upgrade = head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    pieces = [PCM[at : at + _PIECE_BYTES] for at in range(0, len(PCM), _PIECE_BYTES)]
    said = [{"status": "chunk", "data": {"audio": base64.b64encode(piece).decode()}} for piece in pieces]
    return Session(upgrade, tuple(_frame(json.dumps(one).encode()) for one in [*said, {"status": "complete"}]))


def _frame(text: bytes) -> bytes:
    assert len(text) < 126
    return bytes((0x81, len(text))) + text


def ending(places: Iterator[int], end: Callable[[Exchange], None]) -> Responder:
    """Answer the next upgrade, and the message that follows it, up to the next place, and end there."""

    def responder(exchange: Exchange) -> None:
        session = session_of(exchange.request.headers["sec-websocket-key"])
        place = next(places)
        exchange.send(session.raw[: min(place, len(session.upgrade))])
        if place >= len(session.upgrade):
            # Its request: the client asks only once it has been let in.
            exchange.sock.settimeout(20)
            exchange.sock.recv(65536)
            exchange.send(session.raw[len(session.upgrade) : place])
        end(exchange)

    return responder
