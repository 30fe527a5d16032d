"""Run the server: its socket, its connections, its note for other commands, an end that lets streams finish.

uvicorn has a clock for connections between two requests, and none for those that never send a whole head. Without one,
a thousand silent connections take every descriptor and no one is answered any more.
"""

import asyncio
import contextlib
import ctypes
import errno
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from lightning_cli.client.settings import is_loopback
from lightning_cli.errors import ConfigError
from lightning_cli.local.dictionary_store import DictionaryStore
from lightning_cli.serve.application import build_app
from lightning_cli.serve.engine_pool import EnginePool
from lightning_cli.serve.runtime import remove_note, write_note
from lightning_cli.serve.settings import ServeSettings

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


_LOG = logging.getLogger("lightning.serve")
_BACKLOG = 128
# Streams under way may take so long to be heard out before they are cut.
_GRACE_S = 600
_DRAIN_POLL_S = 0.05
# timeout(1) and a terminal that closes send a signal twice; only what comes later is a second wish.
_SIGNAL_REPEAT_S = 0.1
_WS_MESSAGE_BYTES = 256 * 1024
_WS = "websockets-sansio"
# glibc's M_ARENA_MAX: with a heap for each thread a hundred slow readers held 100 MB more, and ever more of it. One for
# all keeps what is freed within reach; giving every large buffer a mapping of its own was as flat, and made a neural
# sentence half as slow again.
_ARENA_MAX = -8

Announce = Callable[[str], None]


def serve(settings: ServeSettings, say: Announce, detail: Announce) -> None:
    """Serve until a signal ends it; ``say`` is told the address once it listens, ``detail`` what goes on.

    Raises ``ConfigError`` for an address that cannot be had, and ``EngineError`` when no engine is installed.
    """
    _share_one_heap()
    listeners = _listen(settings)
    with contextlib.ExitStack() as stack:
        for listener in listeners:
            stack.enter_context(contextlib.closing(listener))
        stack.enter_context(_logged(detail))
        asyncio.run(_serve(settings, listeners, say))


async def _serve(settings: ServeSettings, listeners: list[socket.socket], say: Announce) -> None:
    asyncio.get_running_loop().set_exception_handler(_log_loop_fault)
    pool = EnginePool(settings, DictionaryStore())
    limit = connection_limit()
    # The rest is for those who ask over HTTP.
    pool.session_limit = max(1, limit // 2)
    config = uvicorn.Config(
        build_app(pool),
        http=limited_protocol(WaitingConnections(limit)),
        ws=_WS,
        ws_max_size=_WS_MESSAGE_BYTES,
        # A slow reader answers pings late; our own idle clock ends dead sessions.
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        h11_max_incomplete_event_size=64 * 1024,
    )
    server = _Server(config, pool)
    try:
        pool.warm()
        server.on_started = lambda: _announce(settings, listeners[0], say)
        await server.serve(sockets=listeners)
    finally:
        remove_note()
        await pool.close()


def _announce(settings: ServeSettings, listener: socket.socket, say: Announce) -> None:
    host, port = listener.getsockname()[:2]
    kept = write_note(_url(_reached_at(host), port), settings.token)
    outside = _outside_address(host)
    say(f"Listening on {_url(outside or _reached_at(host), port)} (offline engine; every voice id is accepted)")
    if outside is not None:
        say(f"note: on this machine use {_url(_reached_at(host), port)}")
    if not kept:
        say("note: no note could be left for other commands; reach this server by --base-url")


_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 # compared, not bound


def _reached_at(host: str) -> str:
    """Return the address at which commands on this machine reach a listener."""
    return _WILDCARDS.get(host, host)


def _outside_address(host: str) -> str | None:
    """Return an address at which other machines reach a listener on every interface; None if that is not known."""
    if host not in _WILDCARDS:
        return None
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Nothing is sent: the system only chooses the interface that leads to the documentation's addresses.
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1", 9))
            address = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if is_loopback(address) else address


def _log_loop_fault(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    _LOG.error("unexpected: %s (%r)", context.get("message"), context.get("exception"))


class _Server(uvicorn.Server):
    """End in good order: WebSocket turns are finished before the connections are told to close."""

    def __init__(self, config: uvicorn.Config, pool: EnginePool) -> None:
        super().__init__(config)
        self._pool = pool
        self.on_started: Callable[[], None] = lambda: None
        self._asked_at: float | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # A terminal that closes sends this one, and what its usual handler raises would be lost in some task.
        taken = signal.getsignal(signal.SIGHUP) if hasattr(signal, "SIGHUP") else signal.SIG_IGN
        with super().capture_signals():
            if taken != signal.SIG_IGN:
                signal.signal(signal.SIGHUP, self.handle_exit)
            try:
                yield
            finally:
                if taken != signal.SIG_IGN:
                    signal.signal(signal.SIGHUP, taken)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        forced = self.force_exit
        super().handle_exit(sig, frame)
        if self._asked_at is None:
            self._asked_at = now
        # The library takes any second SIGINT for a second wish.
        self.force_exit = forced or now - self._asked_at > _SIGNAL_REPEAT_S

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Before the listeners: another user may take their port at once, and would be told the token.
        remove_note()
        for one in self.servers:
            one.close()
        self._pool.draining.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                # A second signal sets the flag, which nothing can wait for.
                while self._pool.sessions and not self.force_exit:  # noqa: ASYNC110 # the same
                    await asyncio.sleep(_DRAIN_POLL_S)
        await super().shutdown(sockets)


def _share_one_heap() -> None:
    """Set all threads to allocate from one heap, where the system can."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_ARENA_MAX, 1)


def _listen(settings: ServeSettings) -> list[socket.socket]:
    """Bind; ``localhost`` is both of its addresses, since clients try either first. Raises ``ConfigError``."""
    host = settings.host.strip("[]")
    if host.lower() != "localhost":
        return [_bound(host, settings.port)]
    listeners = [_bound("127.0.0.1", settings.port)]
    try:
        listeners.append(_bound("::1", listeners[0].getsockname()[1]))
    except ConfigError as fault:
        # A machine without IPv6 has no such address; one that is taken leads to another server.
        if isinstance(fault.__cause__, OSError) and fault.__cause__.errno == errno.EADDRINUSE:
            listeners[0].close()
            raise
    return listeners


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        # asyncio turns Nagle's algorithm off only where a socket says that it is TCP, and this one does not: every
        # small event behind the first waited for the reader's delayed acknowledgement, 40 ms.
        return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach())
    except (OSError, OverflowError) as fault:
        # The standard library adds the address to the system's words.
        reason = (getattr(fault, "strerror", None) or str(fault)).partition(" (while attempting")[0]
        raise ConfigError(
            f"cannot listen on {host} port {port}: {reason}", hint="choose another with --port"
        ) from fault


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _logged(detail: Announce) -> Iterator[None]:
    """Lead our own log and asyncio's to ``detail``; uvicorn's is not shown: a broken stream may be a rehearsal."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            detail(record.getMessage())

    handler = Handler()
    logs, theirs = (logging.getLogger("lightning.serve"), logging.getLogger("asyncio")), logging.getLogger("uvicorn")
    for log in logs:
        log.addHandler(handler)
        log.propagate = False
    logs[0].setLevel(logging.INFO)
    silent = logging.NullHandler()
    theirs.addHandler(silent)
    theirs.propagate = False
    try:
        yield
    finally:
        for log in logs:
            log.removeHandler(handler)
        theirs.removeHandler(silent)
