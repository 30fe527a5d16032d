"""TLS below a WebSocket that one thread reads and another writes.

OpenSSL forbids two threads inside one connection, and Python before 3.13 does not keep them apart. A server of
TLS 1.3 sends its session tickets just as our request leaves, so the two met for one connection in about a thousand,
and the request never left. Here they take turns: a read never waits while it has its turn.
"""

import os
import selectors
import socket
import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from lightning_cli.client.faults import no_set_up
from lightning_cli.client.session import check_authorities

if TYPE_CHECKING:
    # Python 3.11 has no name for it at run time.
    from _typeshed import ReadableBuffer

_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


class TurnTakingSocket(ssl.SSLSocket):
    """A TLS socket on which one thread receives and another sends; any method is for any thread."""

    _turn: threading.RLock

    def __new__(cls, *args: Any, **how: Any) -> Self:
        """Make a socket; ``ssl`` builds its own without calling ``__init__``."""
        self = super().__new__(cls, *args, **how)
        self._turn = threading.RLock()
        return self

    def settimeout(self, value: float | None) -> None:
        """Set how long later calls wait, in seconds; None waits for ever."""
        with self._turn:
            super().settimeout(value)

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:
        """Send what the connection takes; return the number of bytes. Raises ``OSError``."""
        with self._turn:
            return super().send(data, flags)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Receive up to ``buflen`` bytes, as soon as there are any; empty at the end. Raises ``OSError``."""
        while True:
            with self._turn:
                timeout_s = self.gettimeout()
                super().settimeout(0)
                try:
                    return super().recv(buflen, flags)
                except ssl.SSLWantReadError:
                    wanted = selectors.EVENT_READ
                except ssl.SSLWantWriteError:
                    wanted = selectors.EVENT_WRITE
                finally:
                    super().settimeout(timeout_s)
            _wait(self, wanted, timeout_s)


def _wait(connection: socket.socket, wanted: int, timeout_s: float | None) -> None:
    """Wait until the socket is ready; a shutdown by another thread makes it so. Raises ``TimeoutError``."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection, wanted)
        if not selector.select(timeout_s):
            raise TimeoutError("the read operation timed out")


def trust() -> ssl.SSLContext:
    """Trust the authorities that the HTTP session trusts. Raises ``CannotConnect`` for unreadable certificates."""
    where = next((value for value in map(os.environ.get, _CERTIFICATES) if value), DEFAULT_CA_BUNDLE_PATH)
    try:
        check_authorities(where)
        if Path(where).is_dir():
            context = ssl.create_default_context(capath=where)
        else:
            context = ssl.create_default_context(cafile=where)
    except OSError as fault:
        raise no_set_up(fault) from fault
    # As in the HTTP session: a name counts only as an alternative name (RFC 9110 4.3.4).
    context.hostname_checks_common_name = False
    context.sslsocket_class = TurnTakingSocket
    return context
