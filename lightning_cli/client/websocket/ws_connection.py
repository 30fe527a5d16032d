"""One WebSocket: the library's connection under our clocks and in our errors.

``websockets`` takes 70 ms to import, so this module is imported when a WebSocket is asked for.
"""

import contextlib
import logging
import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    ProxyError,
)
from websockets.frames import CloseCode
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect

from lightning_cli.client.faults import no_proxy, page_fault, reason, refusal_of, timed_out, unreachable, untrusted
from lightning_cli.client.guard import Guard
from lightning_cli.client.proxies import proxy_of
from lightning_cli.client.settings import SOURCE, USER_AGENT, ServiceSettings, is_loopback
from lightning_cli.client.sse import EVENT_LIMIT_BYTES
from lightning_cli.client.websocket.ws_tls import trust
from lightning_cli.errors import ConfigError, LightningError, ProtocolError, ServiceError, StreamCut, Unavailable
from lightning_cli.system import trace

_CLOSE_TIMEOUT_S = 0.5
# How many messages of up to EVENT_LIMIT_BYTES may wait for a slow listener.
_WAITING_MESSAGES = 4
# What our own side closes with when a message breaks the WebSocket protocol or a limit of ours.
_OUR_OBJECTIONS = frozenset({CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_DATA, CloseCode.MESSAGE_TOO_BIG})

# The library reports a connection that we end while it reads as an internal error, with a traceback; what matters of
# it reaches us as an exception.
_SILENT = logging.getLogger("lightning-websocket")
_SILENT.setLevel(logging.CRITICAL + 1)


class _NotUpgraded(Exception):
    """An HTTP answer came instead of a WebSocket; not the library's class, whose redirects it would follow."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class _Connection(ClientConnection):
    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self.recv_events_thread.name = "lightning-websocket"
        self._take = self.protocol.receive_data
        self.protocol.receive_data = self._take_first  # type: ignore[method-assign] # its class is not ours to choose

    def _take_first(self, data: bytes | bytearray) -> None:
        """Take the head of the answer; the library refuses HTTP/1.0 unread, and portals answer in it."""
        self.protocol.receive_data = self._take  # type: ignore[method-assign] # the same
        self._take(b"HTTP/1.1 " + data[9:] if data.startswith(b"HTTP/1.0 ") else data)

    def send_data(self) -> None:
        super().send_data()
        # Once the other side has closed, or broken the protocol, nothing counts that it sends; the library would wait
        # until it ends the connection too.
        if self.protocol.close_rcvd is not None or self.protocol.parser_exc is not None:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RD)

    def handshake(self, *args: Any, **how: Any) -> None:
        try:
            super().handshake(*args, **how)
        except InvalidStatus as fault:
            # A key must never travel on to where an answer points.
            raise _NotUpgraded(fault.response) from fault


class WsConnection:
    """One connection and its thread ``lightning-websocket``; for one thread, closed by its owner.

    The constructor connects; it raises ``CannotConnect``, ``TimedOut``, ``ConfigError``, ``ProtocolError`` or what the
    status of an answer other than the upgrade stands for.
    """

    def __init__(self, url: str, settings: ServiceSettings, *, expire_content: bool = False) -> None:
        headers = {"X-Source": SOURCE}
        if settings.key:
            headers["Authorization"] = f"Bearer {settings.key}"
        if expire_content:
            headers["x-expire-content"] = "true"
        authority = trust() if url.lower().startswith("wss") else None
        self._guard = Guard()
        self._stack = contextlib.ExitStack()
        started = trace.now()
        with _mapped_handshake(url):
            self._connection = self._stack.enter_context(
                connect(
                    url,
                    ssl=authority,
                    additional_headers=headers,
                    # True is for the variables that this library alone knows.
                    proxy=None if is_loopback(urlsplit(url).hostname or "") else proxy_of(f"http{url[2:]}") or True,
                    user_agent_header=USER_AGENT,
                    # Audio in base64 hardly shrinks, and the CPU is needed elsewhere.
                    compression=None,
                    open_timeout=settings.timeouts.connect_s,
                    # The clocks here are ours; a thread that pings would say nothing about audio.
                    ping_interval=None,
                    close_timeout=_CLOSE_TIMEOUT_S,
                    max_size=EVENT_LIMIT_BYTES,
                    max_queue=_WAITING_MESSAGES,
                    logger=_SILENT,
                    create_connection=_Connection,
                )
            )
        trace.mark(trace.WEBSOCKET, started)
        answer = self._connection.response
        # The headers of the answer to the upgrade.
        self.headers: Mapping[str, str] = CaseInsensitiveDict(answer.headers.raw_items() if answer is not None else ())
        # A connection that is gone by now shows at the first use.
        with contextlib.suppress(OSError, ValueError), _plain(self._connection.socket) as duplicate:
            self._guard.attach(duplicate)

    def send(self, message: str, timeout_s: float) -> None:
        """Send a text message; raises ``TimedOut``, and for a close what its code stands for."""
        self._guard.watch("first audio", timeout_s)
        try:
            self._connection.send(message)
            trace.mark(trace.SENT)
        except ConnectionClosed as fault:
            if self._guard.expired:
                raise timed_out(self._guard.expired) from fault
            raise _closed(fault, heard=False) from fault
        finally:
            self._guard.rest()

    def receive(self, phase: str, deadline: float) -> str | bytes:
        """Wait for the next message until ``deadline`` on ``time.monotonic``; raises as ``send`` does."""
        try:
            return self._connection.recv(max(0.0, deadline - time.monotonic()))
        except TimeoutError as fault:
            raise timed_out(phase) from fault
        except ConnectionClosed as fault:
            raise _closed(fault, heard=phase == "next audio") from fault

    def poll(self) -> str | bytes | None:
        """Return a message that is here already, or None; raises ``LightningError`` when the connection is closed."""
        try:
            return self._connection.recv(0)
        except TimeoutError:
            return None
        except ConnectionClosed as fault:
            raise _closed(fault, heard=False) from fault

    def close(self) -> None:
        """Send a close frame, wait for its answer for at most half a second, and close; idempotent."""
        self._stack.close()
        self._guard.close()

    def cut(self) -> None:
        """End the connection at once; a thread that waits on it wakes up. Any thread."""
        self._guard.cut()

    def abort(self) -> None:
        """Close at once."""
        self.cut()
        self.close()


@contextlib.contextmanager
def _mapped_handshake(url: str) -> Iterator[None]:
    """Turn what opening a connection raises into the tree of errors.py."""
    try:
        yield
    except _NotUpgraded as fault:
        raise _refusal(fault.response) from fault
    except InvalidURI as fault:
        raise ConfigError(f"cannot make the request ({fault})", hint="check --base-url") from fault
    except ImportError as fault:
        # Only a SOCKS proxy needs a library that may not be there.
        raise ConfigError(
            f"the proxy cannot be used ({fault})", hint="use an HTTP proxy, or --transport sse"
        ) from fault
    except (InvalidProxy, InvalidHandshake, ConnectionClosed, OSError) as fault:
        raise _no_connection(fault, url) from fault
    except ValueError as fault:
        # An address that cannot be taken apart.
        raise ConfigError(f"cannot make the request ({fault})", hint="check --base-url and the proxy") from fault


def _no_connection(fault: Exception, url: str) -> LightningError:
    if isinstance(fault, ProxyError | InvalidProxy):
        return no_proxy(fault, url)
    if isinstance(fault, ssl.SSLError) and not isinstance(fault, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return untrusted(fault)
    if isinstance(fault, TimeoutError):
        return timed_out("connect", url)
    if isinstance(fault, ConnectionClosed):
        return unreachable(fault.__cause__ or EOFError("it was closed without an answer"), url)
    broken = isinstance(fault, InvalidMessage) and isinstance(fault.__cause__, EOFError | OSError)
    if broken or not isinstance(fault, InvalidHandshake):
        return unreachable(fault, url)
    return ProtocolError(
        f"the service did not open a WebSocket: {fault}", hint="check --base-url, or use --transport sse"
    )


def _refusal(response: Response) -> LightningError:
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict(response.headers.raw_items())
    page = page_fault(bytes(response.body or b""), response.status_code)
    if response.status_code < requests.codes.multiple_choices and page is not None:
        return page
    if response.status_code < requests.codes.multiple_choices:
        return ProtocolError(
            f"the service answered {response.status_code} instead of opening a WebSocket",
            hint="check --base-url, or use --transport sse",
        )
    return refusal_of(response.status_code, headers, bytes(response.body or b""))


def _closed(fault: ConnectionClosed, *, heard: bool) -> LightningError:
    """Return the error for a close; the codes are those of protocol.md 3.5, which are not promised."""
    if fault.rcvd is None and fault.sent is not None and fault.sent.code in _OUR_OBJECTIONS:
        return ProtocolError(
            f"the service sent a message that cannot be read ({fault.sent.code} {fault.sent.reason})",
            hint="try again; if it persists, use --transport sse",
        )
    code = fault.rcvd.code if fault.rcvd is not None else None
    if fault.rcvd is not None:
        why = f"{code} {fault.rcvd.reason}".strip()
    else:
        why = reason(fault.__cause__) if fault.__cause__ is not None else "without a goodbye"
    if not heard and code == CloseCode.POLICY_VIOLATION:
        return ServiceError(f"the service refused the request: {why}", hint="fix what it names and try again")
    if not heard and code == CloseCode.TRY_AGAIN_LATER:
        return Unavailable(f"the service is not available: {why}", hint="try again later")
    return StreamCut(
        f"the connection was closed before the answer was complete ({why}): the audio is incomplete", hint="try again"
    )


@contextlib.contextmanager
def _plain(connection: socket.socket) -> Iterator[socket.socket]:
    """Return the socket below TLS, for as long as it takes to duplicate it."""
    with socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
        yield duplicate
