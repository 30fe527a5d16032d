"""How many connections the server holds, and for how long one may keep it waiting for a request.

uvicorn has a clock for connections between two requests, and none for those that never send a whole head. Without one,
a thousand silent connections take every descriptor and no one is answered any more.
"""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_TIMEOUT_S = 15.0
# Beside its socket a speaking client may need a scratch file or an encoder's pipes.
_DESCRIPTORS_EACH = 2
_RESERVED_DESCRIPTORS = 128
_MOST_CONNECTIONS = 1024
_WANTED_DESCRIPTORS = 8192


def connection_limit() -> int:
    """Return how many connections to hold, after asking for as many descriptors as this process may have."""
    try:
        import resource  # not on Windows
    except ImportError:
        return _MOST_CONNECTIONS // _DESCRIPTORS_EACH
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _WANTED_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    usable = _WANTED_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    return max(1, min(_MOST_CONNECTIONS, (usable - _RESERVED_DESCRIPTORS) // _DESCRIPTORS_EACH))


class WaitingConnections:
    """The connections without a whole request, the longest waiting first: they make room for a new one."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._waiting: dict[H11Protocol, None] = {}

    def add(self, connection: H11Protocol) -> None:
        """Take in a connection that waits, unless it does already."""
        self._waiting.setdefault(connection)

    def discard(self, connection: H11Protocol) -> None:
        """Forget a connection."""
        self._waiting.pop(connection, None)

    def make_room(self, held: int) -> None:
        """Close the one that has waited longest if too many are held; the newest waits too, so there is one."""
        if held > self.limit and self._waiting:
            oldest = next(iter(self._waiting))
            self.discard(oldest)
            oldest.transport.abort()


class LimitedProtocol(H11Protocol):
    """uvicorn's protocol with a clock for request heads and a limit of connections; use ``limited_protocol``."""

    waiting: ClassVar[WaitingConnections]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Start the clock, and close the connection that has waited longest if there are too many."""
        super().connection_made(transport)
        self._look()
        self.waiting.make_room(len(self.connections))

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_timer()
        self.waiting.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take data, and see what is still to come."""
        super().data_received(data)
        if self.transport.get_protocol() is self:
            self._look()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Leave the rest to the WebSocket, which has clocks of its own."""
        self._stop_timer()
        self.waiting.discard(self)
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        """Wait for the next request, for as long as uvicorn's own clock allows."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self.waiting.add(self)

    def _look(self) -> None:
        """See what is still to come: a head, a body, or nothing."""
        needs_head = self.cycle is None or self.cycle.response_complete
        if needs_head or self.cycle.more_body:
            self.waiting.add(self)
        else:
            self.waiting.discard(self)
        if not needs_head:
            self._stop_timer()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def limited_protocol(waiting: WaitingConnections) -> type[LimitedProtocol]:
    """Return the protocol for the connections of one server."""
    return type("LimitedProtocol", (LimitedProtocol,), {"waiting": waiting})
