"""The HTTP session: one kept-alive connection, watched by the guard, with the key where it belongs and nowhere else."""

import os
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from lightning_cli import __version__
from lightning_cli.client.connection import watched
from lightning_cli.client.guard import Guard
from lightning_cli.client.settings import ServiceSettings, Timeouts, is_loopback
from lightning_cli.early.guess import authorities

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

    def get_redirect_target(self, resp: Any) -> str | None:  # noqa: ARG002 - the library's signature
        """Follow nothing; the library decodes the target even where it is told not to go there."""
        return None

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        host = urlsplit(url).hostname or ""
        if is_loopback(host):
            proxies = {**(proxies or {}), "no_proxy": host}
        return super().merge_environment_settings(url, proxies, stream, verify, cert)


class _GuardedAdapter(HTTPAdapter):
    """Hand every connection of the pool to the guard."""

    def __init__(self, guard: Guard, timeouts: Timeouts) -> None:
        self._guard, self._timeouts = guard, timeouts
        super().__init__(pool_connections=2, pool_maxsize=1)

    def close(self) -> None:
        """Close every connection now; the library leaves that to whoever frees the last object that knows of it."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118 - the container refuses to be iterated
                if (pool := manager.pools.get(key)) is not None:
                    pool.close()
        super().close()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Give the pool for a request, its connections watched."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        if "ConnectionCls" not in vars(pool):
            # The pool's own class: one for a SOCKS proxy has its own way to connect.
            pool.ConnectionCls = watched(type(pool).ConnectionCls, self._guard, self._timeouts)
        return pool


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
    # requests does not know the variables that OpenSSL and curl users set.
    session.verify = authorities(os.environ) or True
    return session


def read_timeouts(timeouts: Timeouts) -> tuple[float, float]:
    """Give the library's own time-outs (connect, each read), as a second line behind the guard."""
    return timeouts.connect_s, max(timeouts.first_byte_s, timeouts.idle_s) + _BACKSTOP_S
