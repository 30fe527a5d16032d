"""One small request that shows how the service is reached, whatever its answer."""

import contextlib
import email.utils
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy

from lightning_cli.client.faults import page_of, refusal
from lightning_cli.client.guard import Guard, mapped_faults
from lightning_cli.client.preconnect.guess import authorities
from lightning_cli.client.session import open_session, read_timeouts
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import LightningError


@dataclass(frozen=True, slots=True)
class Probe:
    """An answer: its status, the server's clock, the failure that the status stands for or a page in its place.

    ``date_s`` is seconds since 1970, None where the answer has no date that can be read.
    """

    status: int
    date_s: float | None
    fault: LightningError | None


def probe(settings: ServiceSettings, path: str) -> Probe:
    """Request ``path`` of the API with GET, once, over a new connection.

    The steps on the way are marked in ``trace``. Raises ``TransportError``, ``ConfigError`` or ``ProtocolError`` when
    no answer comes; one of another status than 200 is an answer.
    """
    with _session(settings) as (session, guard):
        guard.watch("first audio", settings.timeouts.first_byte_s)
        with mapped_faults(guard, connected=False):
            response = session.get(
                settings.api_root + path,
                headers={"Accept": "application/json"},
                timeout=read_timeouts(settings.timeouts),
                stream=True,
                # A key must never travel on to where an answer points.
                allow_redirects=False,
            )
        with response:
            guard.watch("next audio", settings.timeouts.idle_s)
            fault = refusal(response) if response.status_code != requests.codes.ok else page_of(response)
            date = response.headers.get("date", "")
        guard.rest()
    return Probe(response.status_code, _seconds(date), fault)


def proxy_for(settings: ServiceSettings) -> str | None:
    """Return the proxy that requests go through, without its user and password; None when there is none."""
    with _session(settings) as (session, _):
        url = settings.api_root
        chosen = select_proxy(url, session.merge_environment_settings(url, {}, None, None, None)["proxies"])
    if not chosen:
        return None
    parts = urlsplit(chosen if "://" in chosen else f"http://{chosen}")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def trusted() -> Path:
    """Return the file or directory of the trusted authorities."""
    return Path(authorities(os.environ) or DEFAULT_CA_BUNDLE_PATH)


@contextlib.contextmanager
def _session(settings: ServiceSettings) -> Iterator[tuple[requests.Session, Guard]]:
    with Guard() as guard, open_session(settings, guard) as session:
        yield session, guard


def _seconds(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
