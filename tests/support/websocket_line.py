"""A WebSocket to a running server, and what is said on it."""

import base64
import contextlib
import json
from collections.abc import Iterator
from typing import Any

from support.serve_process import ServedAddress
from websockets.sync.client import ClientConnection, connect

PATHS = ("/waves/v1/tts/live", "/waves/v1/lightning-v3.1/get_speech/stream")


@contextlib.contextmanager
def socket_to(server: ServedAddress, path: str = PATHS[0], token: str | None = None) -> Iterator[ClientConnection]:
    """Open a WebSocket."""
    headers = {"Authorization": f"Bearer {token}"} if token else None
    url = server.url.replace("http", "ws", 1) + path
    # Its close waits for frames that are not taken any more, up to this time.
    with connect(url, additional_headers=headers, proxy=None, max_size=None, close_timeout=0.5) as line:
        yield line


def frame(line: ClientConnection) -> dict[str, Any]:
    """Receive one frame."""
    said = json.loads(line.recv(60))
    assert isinstance(said, dict)
    return said


def turn(line: ClientConnection) -> list[dict[str, Any]]:
    """Receive frames up to the end of a turn."""
    frames = [frame(line)]
    while frames[-1]["status"] not in {"complete", "error"}:
        frames.append(frame(line))
    return frames


def heard(frames: list[dict[str, Any]]) -> bytes:
    """Join the audio of frames."""
    return b"".join(base64.b64decode(one["data"]["audio"]) for one in frames if one["status"] == "chunk")


def ask(line: ClientConnection, **fields: Any) -> None:
    """Send one message."""
    line.send(json.dumps(fields))


def pong(line: ClientConnection) -> None:
    """Assert that nothing else is on its way: what comes next is the answer to a ping."""
    ask(line, type="ping")
    assert frame(line) == {"type": "pong"}
