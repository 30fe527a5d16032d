"""Ask the server's application what servers ask it, in this process: HTTP requests and WebSocket sessions."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from lightning_cli.local.dictionary_store import DictionaryStore
from lightning_cli.serve.application import build_app
from lightning_cli.serve.engine_pool import EnginePool
from lightning_cli.serve.settings import ServeSettings

PATIENCE_S = 30
LIVE = "/waves/v1/tts/live"
DICTIONARIES = "/waves/v1/pronunciation-dicts"


def order(**fields: object) -> dict[str, Any]:
    """Return the fields of a request that eSpeak NG speaks, which takes milliseconds."""
    return {"text": "Hello.", "voice_id": "daniel", "sample_rate": 8000, "output_format": "pcm", **fields}


class Answered(NamedTuple):
    """The status and the headers of an answer."""

    status: int
    headers: dict[str, str]


class Stage:
    """An application and what it was built around; use ``stage``."""

    def __init__(self, settings: ServeSettings) -> None:
        self.pool = EnginePool(settings, DictionaryStore())
        self._app: Any = build_app(self.pool)

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        pieces: Sequence[bytes] = (),
        into: list[Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Send a request, its body as JSON or in ``pieces``; give status and body, parsed where it is JSON.

        The messages of the answer go ``into`` a list too, for use when the application fails.
        """
        sent: list[Any] = [] if into is None else into
        bodies = list(pieces) or [b"" if body is None else json.dumps(body).encode()]
        coming = [
            {"type": "http.request", "body": one, "more_body": left > 1}
            for one, left in zip(bodies, range(len(bodies), 0, -1), strict=True)
        ]

        async def receive() -> Any:
            return coming.pop(0) if coming else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        async with asyncio.timeout(PATIENCE_S):
            scope = {**_scope("http", path), "method": method}
            scope["headers"] += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
            await self._app(scope, receive, send)
        answer = b"".join(one.get("body", b"") for one in sent)
        return sent[0]["status"], json.loads(answer) if answer.startswith(b"{") else answer

    async def answer(self, method: str, path: str, headers: Mapping[str, str], body: object = None) -> Answered:
        """Send a request and return its status and headers."""
        sent: list[Any] = []
        await self.ask(method, path, body, into=sent, headers=headers)
        return Answered(sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]})

    async def denied(self, path: str) -> list[Any]:
        """Ask for a WebSocket, and return the messages of the refusal."""
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {**_scope("websocket", path), "extensions": {"websocket.http.response": {}}, "subprotocols": []}
        async with asyncio.timeout(PATIENCE_S):
            await self._app(scope, receive, send)
        return sent

    @asynccontextmanager
    async def socket(self, query: str = "") -> AsyncIterator["Socket"]:
        """Open a WebSocket and end it behind the block, as a client that goes away does."""
        socket = Socket()
        scope = {**_scope("websocket", LIVE), "query_string": query.encode(), "subprotocols": []}
        task = asyncio.create_task(self._app(scope, socket.coming.get, socket.take))
        socket.coming.put_nowait({"type": "websocket.connect"})
        try:
            yield socket
            socket.coming.put_nowait({"type": "websocket.disconnect", "code": 1000})
            async with asyncio.timeout(PATIENCE_S):
                await task
        finally:
            task.cancel()


class Socket:
    """The other end of a WebSocket; ``frames`` is what came, ``closed`` the code it ended with."""

    def __init__(self) -> None:
        self.coming: asyncio.Queue[Any] = asyncio.Queue()
        self.frames: list[dict[str, Any]] = []
        self.closed: int | None = None
        # After how many frames the line breaks, if it does, and whether that has been met.
        self.breaks_at: int | None = None
        self.is_broken = False
        self._changed = asyncio.Condition()

    async def take(self, message: Any) -> None:
        """Take what the application sends."""
        async with self._changed:
            if message["type"] == "websocket.send" and len(self.frames) == self.breaks_at:
                self.is_broken = True
                self._changed.notify_all()
                raise OSError("the line is broken")
            if message["type"] == "websocket.send":
                self.frames.append(json.loads(message["text"]))
            elif message["type"] == "websocket.close":
                self.closed = message["code"]
            self._changed.notify_all()

    def tell(self, **fields: object) -> None:
        """Send a message."""
        self.coming.put_nowait({"type": "websocket.receive", "text": json.dumps(fields)})

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds of what came."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: bool(holds()))

    def count(self, status: str) -> int:
        """Count the frames of a status."""
        return sum(frame.get("status") == status for frame in self.frames)

    @property
    def errors(self) -> list[str]:
        """Return what was refused."""
        return [frame["message"] for frame in self.frames if frame.get("status") == "error"]


@asynccontextmanager
async def stage(**settings: Any) -> AsyncIterator[Stage]:
    """Build an application for the block; by default any number of requests at once, all by eSpeak NG."""
    made = Stage(ServeSettings(**{"engine": "espeak", "concurrency": 0, **settings}))
    try:
        yield made
    finally:
        await made.pool.close()


def _scope(kind: str, path: str) -> dict[str, Any]:
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws" if kind == "websocket" else "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8765")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8765),
    }
