"""The HTTP session: one kept-alive connection, watched by the guard, with the key where it belongs and nowhere else.

The pool's connections: watched by the guard, reached by our own dial, and the first perhaps begun early.
"""

import contextlib
import errno
import http.client
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NameResolutionError, NewConnectionError

from lightning_cli.client import preconnect
from lightning_cli.client.guard import Guard
from lightning_cli.client.preconnect.dial import Dial
from lightning_cli.client.preconnect.guess import authorities
from lightning_cli.client.settings import SOURCE, USER_AGENT, ServiceSettings, Timeouts, is_loopback
from lightning_cli.system import trace

if TYPE_CHECKING:
    from lightning_cli.client.preconnect.early_connection import EarlyConnection

    _Base = HTTPSConnection
else:
    # The class it is mixed into is chosen at run time.
    _Base = object

# How much later than the guard's clocks the library's own time-out per read fires, as a second line.
_BACKSTOP_S = 5.0


class KeyAuth(AuthBase):
    """The authentication of a request by a Bearer key.

    Being a callable it also keeps requests from replacing the header by what ``~/.netrc`` says about the host.
    """

    def __init__(self, key: str | None) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header, if there is a key."""
        if self._key is not None:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class _Session(requests.Session):
    """A session that keeps requests to this machine from proxies: only those may carry the key unencrypted."""

    def get_redirect_target(self, resp: Any) -> str | None:  # noqa: ARG002 - the library's signature
        """Follow nothing; the library decodes the target even where it is told not to go there."""
        return None

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        host = urlsplit(url).hostname or ""
        if is_loopback(host):
            proxies = {**(proxies or {}), "no_proxy": host}
        merged = super().merge_environment_settings(url, proxies, stream, verify, cert)
        if any(value for name, value in merged["proxies"].items() if name != "no_proxy"):
            from lightning_cli.client.proxies import checked_proxy

            if chosen := select_proxy(url, merged["proxies"]):
                checked_proxy(chosen)
        return merged


class _GuardedAdapter(HTTPAdapter):
    """An adapter that hands every connection of the pool to the guard."""

    def __init__(self, guard: Guard, timeouts: Timeouts, while_waiting: Callable[[], None]) -> None:
        self._guard, self._timeouts, self._while_waiting = guard, timeouts, while_waiting
        super().__init__(pool_connections=2, pool_maxsize=1)

    def close(self) -> None:
        """Close every connection now; the library does so only when the last reference is freed."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118 - the container refuses to be iterated
                if (pool := manager.pools.get(key)) is not None:
                    pool.close()
        super().close()

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Set the trusted authorities for a connection; raises ``OSError`` for what cannot have them."""
        if isinstance(verify, str) and url.lower().startswith("https"):
            check_authorities(verify)
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call] # of the library

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pool for a request, its connections watched."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        if "ConnectionCls" not in vars(pool):
            # The pool's own class: one for a SOCKS proxy has its own way to connect.
            pool.ConnectionCls = watched(type(pool).ConnectionCls, self._guard, self._timeouts, self._while_waiting)
        return pool


def check_authorities(path: str) -> None:
    """Raise ``OSError`` for a pipe or a device: OpenSSL would wait for it, or read it without an end."""
    if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):  # noqa: PTH110, PTH112, PTH113 - no Path is loaded yet
        raise OSError(errno.EINVAL, f"{path} is not a file")


def open_session(
    settings: ServiceSettings, guard: Guard, while_waiting: Callable[[], None] = lambda: None
) -> requests.Session:
    """Return a new session; the caller closes it. Not for use by two threads at once.

    ``while_waiting`` is called before the service is waited for: for a connection to another machine, or an answer.
    """
    session = _Session()
    session.auth = KeyAuth(settings.key)
    session.headers.update(
        {
            "User-Agent": USER_AGENT,
            "X-Source": SOURCE,
            # Compressed audio costs two to three times the CPU and hides a cut body.
            "Accept-Encoding": "identity",
        }
    )
    adapter = _GuardedAdapter(guard, settings.timeouts, while_waiting)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # requests does not know the variables that OpenSSL and curl users set.
    session.verify = authorities(os.environ) or True
    return session


def read_timeouts(timeouts: Timeouts) -> tuple[float, float]:
    """Return the library's own time-outs (connect, each read), as a second line behind the guard."""
    return timeouts.connect_s, max(timeouts.first_byte_s, timeouts.idle_s) + _BACKSTOP_S


# All but 101, after which another protocol is spoken.
_INFORMATIONAL = frozenset({100, *range(102, 200)})
_REQUIRED = ("CERT_REQUIRED", ssl.CERT_REQUIRED)
# What a connection that was begun early knows nothing of.
_SPECIAL = (
    "source_address proxy _tunnel_host cert_file key_file ssl_context server_hostname assert_hostname "
    "assert_fingerprint ssl_version ssl_minimum_version ssl_maximum_version ca_cert_data"
).split()


class _FinalAnswer(http.client.HTTPResponse):
    """A mixin that finds the final answer and its framing, where http.client takes another for it."""

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
            # A head that broke off within the word is not an answer, which its reader reports.
            raise http.client.UnknownTransferEncoding(f"Transfer-Encoding: {coding}")
        elif len(set(", ".join(self.headers.get_all("content-length", ())).replace(" ", "").split(","))) > 1:
            # urllib3 sees it too, leaves the connection open and blames the request.
            raise http.client.HTTPException("it has more than one length")


def watched(
    base: type[HTTPConnection], guard: Guard, timeouts: Timeouts, while_waiting: Callable[[], None]
) -> type[HTTPConnection]:
    """Return a guarded subclass of urllib3's connection class, or of the one that a proxy needs."""
    own = {"guard": guard, "clocks": timeouts, "base": base, "while_waiting": staticmethod(while_waiting)}
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

    @staticmethod
    def while_waiting() -> None:
        """Do what there is to do while the service is waited for; see ``open_session``."""

    def connect(self) -> None:
        self.guard.watch("connect", self.clocks.connect_s)
        begun = preconnect.claim()
        if not (is_loopback(self.host) or (begun is not None and begun.is_ready)):
            # The network takes longer than what is done meanwhile, and may take very long.
            self.while_waiting()
        if begun is None or not self._adopt(begun):
            super().connect()
            if isinstance(self, HTTPSConnection):
                trace.mark(trace.PROXY if self._tunnel_host else trace.TLS, self._reached_s)
        self.guard.watch("first audio", self.clocks.first_byte_s)

    def _adopt(self, begun: "EarlyConnection") -> bool:
        """Adopt the connection that was begun at the start of the process; return False if it is not what is needed."""
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
        self.while_waiting()
        try:
            answer = super().getresponse()
        finally:
            self._handing_over = False
        if self.sock is None and hasattr(sock, "suppress_ragged_eofs"):
            # Where the end of the connection ends the body, one without TLS's goodbye is not an end (RFC 9112 9.8).
            sock.suppress_ragged_eofs = False
        trace.mark(trace.HEAD, sent_s)
        return answer

    def close(self) -> None:
        super().close()
        if not self._handing_over:
            # The guard's duplicate would keep the connection open, and the server busy with us.
            self.guard.release(self._duplicate)
