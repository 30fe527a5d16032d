"""The HTTP session: one kept-alive connection, watched by the guard, with the key where it belongs and nowhere else."""

import os
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection

from lightning_cli import __version__
from lightning_cli.client.guard import Guard
from lightning_cli.client.settings import ServiceSettings, Timeouts, is_loopback

SOURCE = "lightning-tts"
# How much later than the guard's clocks the library's own time-out per read fires, as a second line.
_BACKSTOP_S = 5.0


class KeyAuth(AuthBase):
    """Put the Bearer key on a request.

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
    """Keep from proxies what stays on this machine: for that alone the key may travel unencrypted."""

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        host = urlsplit(url).hostname or ""
        if is_loopback(host):
            proxies = {**(proxies or {}), "no_proxy": host}
        return super().merge_environment_settings(url, proxies, stream, verify, cert)


class _GuardedAdapter(HTTPAdapter):
    """Hand every connection of the pool to the guard."""

    def __init__(self, guard: Guard, timeouts: Timeouts) -> None:
        self._plain = _guarded(HTTPConnection, guard, timeouts)
        self._tls = _guarded(HTTPSConnection, guard, timeouts)
        super().__init__(pool_connections=2, pool_maxsize=1)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Give the pool for a request, its connections watched."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = self._tls if pool.scheme == "https" else self._plain
        return pool


def _guarded(base: type[HTTPConnection], guard: Guard, timeouts: Timeouts) -> Any:
    class Guarded(base):  # type: ignore[valid-type,misc] # the base is one of two classes, chosen at run time
        _watched: Any = None
        _handing_over = False

        def connect(self) -> None:
            guard.watch("connect", timeouts.connect_s)
            super().connect()
            guard.watch("first audio", timeouts.first_byte_s)

        def _new_conn(self) -> Any:
            connection = super()._new_conn()
            self._watched = guard.attach(connection)
            return connection

        def getresponse(self) -> Any:
            # A body that ends with the connection: http.client closes this object and lets the answer read on.
            self._handing_over = True
            try:
                return super().getresponse()
            finally:
                self._handing_over = False

        def close(self) -> None:
            super().close()
            if not self._handing_over:
                # The guard's duplicate would keep the connection open, and the server busy with us.
                guard.release(self._watched)

    return Guarded


def open_session(settings: ServiceSettings, guard: Guard) -> requests.Session:
    """Make the session; the caller closes it. Not for use by two threads at once."""
    session = _Session()
    session.auth = KeyAuth(settings.key)
    session.headers.update(
        {
            "User-Agent": f"{SOURCE}/{__version__}",
            "X-Source": SOURCE,
            # Compressed audio costs two to three times the CPU and hides a cut body.
            "Accept-Encoding": "identity",
        }
    )
    adapter = _GuardedAdapter(guard, settings.timeouts)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    if not any(os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")):
        # requests does not know the variables that OpenSSL and curl users set.
        session.verify = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR") or True
    return session


def read_timeouts(timeouts: Timeouts) -> tuple[float, float]:
    """Give the library's own time-outs (connect, each read), as a second line behind the guard."""
    return timeouts.connect_s, max(timeouts.first_byte_s, timeouts.idle_s) + _BACKSTOP_S
