"""The proxy that the environment names for an address, checked before a library takes it apart.

The libraries fail on a malformed one each in its own way, some with what looks like a bug.
"""

import os
import re
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, select_proxy

from lightning_cli.errors import ConfigError

_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
# A name of RFC 1123 in any script, or an address.
_HOST = re.compile(r"[^\W_]([\w.-]*[^\W])?\.?|[0-9a-f:.%]+", re.IGNORECASE)


def proxy_of(url: str) -> str | None:
    """Return the URL of the proxy that requests to ``url`` go through, None for none.

    Raises ``ConfigError`` for a variable that names no proxy.
    """
    chosen: str | None = select_proxy(url, get_environ_proxies(url))
    return checked_proxy(chosen) if chosen else None


def checked_proxy(chosen: str) -> str:
    """Return the URL of a proxy with its scheme and without a path; raise ``ConfigError`` for what is none."""
    try:
        # Without a scheme, as for curl and requests.
        parts = urlsplit(chosen if "://" in chosen else f"http://{chosen}")
        host = parts.hostname or ""
        host.encode("ascii" if ":" in host else "idna")
        # A password that is not percent-encoded would go to a name server.
        is_whole = "@" not in parts.path + parts.query + parts.fragment and chosen.isprintable()
        if parts.scheme in _SCHEMES and _HOST.fullmatch(host) and parts.port != 0 and is_whole:
            return f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        # Told as any other; its words may have the password.
        pass
    named = next((name for name, value in os.environ.items() if value == chosen and "proxy" in name.lower()), "")
    raise ConfigError(
        f"{named or 'the proxy variable'} does not name a proxy", hint="use one such as http://127.0.0.1:3128"
    )
