"""The pool's connections: watched by the guard, reached by our own dial, and the first perhaps begun early."""

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NameResolutionError, NewConnectionError

from lightning_cli import early, trace
from lightning_cli.client.guard import Guard
from lightning_cli.client.settings import Timeouts
from lightning_cli.early.dial import Dial

if TYPE_CHECKING:
    from lightning_cli.early.connection import EarlyConnection

    _Base = HTTPSConnection
else:
    # What it is mixed into is chosen at run time.
    _Base = object

# All but 101, after which another protocol is spoken.
_INFORMATIONAL = frozenset({100, *range(102, 200)})
_REQUIRED = ("CERT_REQUIRED", ssl.CERT_REQUIRED)
# What a connection that was begun early knows nothing of.
_SPECIAL = (
    "source_address proxy _tunnel_host cert_file key_file ssl_context server_hostname assert_hostname "
    "assert_fingerprint ssl_version ssl_minimum_version ssl_maximum_version ca_cert_data"
).split()


class _FinalAnswer(http.client.HTTPResponse):
    """Find the answer that counts and how it is framed, where http.client takes another for it."""

    def begin(self) -> None:
        super().begin()
        # Any number of informational answers may come first (RFC 9110 15.2), and http.client knows only the 100. Taken
        # for the last word, the one that follows would answer the next request.
        while self.status in _INFORMATIONAL:
            self.headers = None  # type: ignore[assignment] # what http.client itself begins with
            super().begin()
        if not self.chunked:
            self._check_framing()

    def _check_framing(self) -> None:
        """Refuse what leaves open where the body ends, or what would pass for a part of it (RFC 9112 6.3)."""
        coding = ", ".join(self.headers.get_all("transfer-encoding", ())).strip().lower()
        if coding == "chunked":
            # It had spaces around it.
            self.chunked, self.chunk_left, self.length = True, None, None
        elif coding not in {"", "identity"} and self.fp.peek(1):
            # A head that broke off within the word is no answer at all, which its reader tells.
            raise http.client.UnknownTransferEncoding(f"Transfer-Encoding: {coding}")
        elif len(set(", ".join(self.headers.get_all("content-length", ())).replace(" ", "").split(","))) > 1:
            # urllib3 sees it too, leaves the connection open and blames the request.
            raise http.client.HTTPException("it has more than one length")


def watched(base: type[HTTPConnection], guard: Guard, timeouts: Timeouts) -> type[HTTPConnection]:
    """Make a class of connections that the guard watches out of urllib3's, or of what a proxy needs in its place."""
    own = {"guard": guard, "clocks": timeouts, "base": base}
    made: type[HTTPConnection] = type(f"Watched{base.__name__}", (_Watched, base), own)
    return made


class _Watched(_Base):
    guard: ClassVar[Guard]
    clocks: ClassVar[Timeouts]
    base: ClassVar[type[HTTPConnection]]
    response_class = _FinalAnswer
    _duplicate: socket.socket | None = None
    _handing_over = False
    _reached_s = 0.0

    def connect(self) -> None:
        self.guard.watch("connect", self.clocks.connect_s)
        begun = early.claim()
        if begun is None or not self._adopt(begun):
            super().connect()
            if isinstance(self, HTTPSConnection):
                trace.mark(trace.PROXY if self._tunnel_host else trace.TLS, self._reached_s)
        self.guard.watch("first audio", self.clocks.first_byte_s)

    def _adopt(self, begun: "EarlyConnection") -> bool:
        """Take the connection that was begun at the start of the process; False if it is not what is needed."""
        if not self._is_usual():
            begun.cancel()
            return False
        with self._in_urllib3s_words():
            sock = begun.take(self.host, self.port, (self.ca_certs, self.ca_cert_dir), self.clocks.connect_s)
        if sock is None:
            return False
        self.sock, self.is_verified = sock, True
        sock.settimeout(self.timeout)
        # TLS sockets cannot be duplicated as such.
        with socket.fromfd(sock.fileno(), sock.family, sock.type) as plain:
            self._duplicate = self.guard.attach(plain)
        trace.mark(trace.DNS, begun.begun_s, begun.resolved_s)
        trace.mark(trace.TCP, begun.resolved_s, begun.connected_s)
        trace.mark(trace.TLS, begun.connected_s, begun.secured_s)
        return True

    def _is_usual(self) -> bool:
        return (
            self.base is HTTPSConnection
            and self.cert_reqs in _REQUIRED
            and all(getattr(self, name) is None for name in _SPECIAL)
        )

    def _new_conn(self) -> socket.socket:
        if self.base in {HTTPConnection, HTTPSConnection} and self.source_address is None:
            sock = self._dialled()
        else:
            # A SOCKS proxy has its own way to connect.
            begun_s = trace.now()
            sock = super()._new_conn()
            trace.mark(trace.TCP, begun_s)
        self._reached_s = trace.now()
        self._duplicate = self.guard.attach(sock)
        return sock

    def _dialled(self) -> socket.socket:
        dial, begun_s = Dial(self._dns_host.strip("[]"), self.port), time.monotonic()
        with self._in_urllib3s_words():
            dial.resolve_within(self.clocks.connect_s)
            resolved_s = trace.now()
            sock = dial.finish(begun_s + self.clocks.connect_s)
        trace.mark(trace.DNS, begun_s, resolved_s)
        trace.mark(trace.TCP, resolved_s)
        for option in self.socket_options or ():
            sock.setsockopt(*option)
        sock.settimeout(self.timeout)
        return sock

    @contextlib.contextmanager
    def _in_urllib3s_words(self) -> Iterator[None]:
        """Raise what urllib3 would have raised."""
        try:
            yield
        except UnicodeError as fault:
            raise LocationParseError(f"{self.host}, label empty or too long") from fault
        except socket.gaierror as fault:
            raise NameResolutionError(self.host, self, fault) from fault
        except TimeoutError as fault:
            raise ConnectTimeoutError(self, f"Connection to {self.host} timed out.") from fault
        except OSError as fault:
            raise NewConnectionError(self, f"Failed to establish a new connection: {fault}") from fault

    def getresponse(self) -> Any:
        # A body that ends with the connection: http.client closes this object and lets the answer read on.
        self._handing_over = True
        sock, sent_s = self.sock, trace.now()
        trace.mark(trace.SENT)
        try:
            answer = super().getresponse()
        finally:
            self._handing_over = False
        if self.sock is None and hasattr(sock, "suppress_ragged_eofs"):
            # Where the end of the connection ends the body, one without TLS's goodbye is no end (RFC 9112 9.8).
            sock.suppress_ragged_eofs = False
        trace.mark(trace.HEAD, sent_s)
        return answer

    def close(self) -> None:
        super().close()
        if not self._handing_over:
            # The guard's duplicate would keep the connection open, and the server busy with us.
            self.guard.release(self._duplicate)
