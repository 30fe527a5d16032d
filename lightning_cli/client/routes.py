"""The choice of an API path for a request, and the fallback when the service no longer has it.

There are two generations of paths for the same requests (protocol.md 1.2). The older comes first, but for the
WebSocket; where it is gone (404, 410, a redirect to the newer one) the request goes once to the other, and a base URL
where that worked is remembered for a day.
"""

import contextlib
import json
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import ServiceError
from lightning_cli.request import DEFAULT_MODEL
from lightning_cli.system.paths import state_dir
from lightning_cli.system.small_files import read_small, replace_file

SEED, UNIFIED = "seed", "unified"
PATHS = {
    ("sse", SEED): "/lightning-v3.1/stream",
    ("sse", UNIFIED): "/tts/live",
    ("sync", SEED): "/lightning-v3.1/get_speech",
    ("sync", UNIFIED): "/tts",
    ("ws", SEED): "/lightning-v3.1/get_speech/stream",
    ("ws", UNIFIED): "/tts/live",
}
# What each transport asks for by default: over sync a WAV header tells the length, so that a body cut short
# shows even where nothing frames it (protocol.md 3.1); elsewhere raw PCM is what comes anyway (protocol.md 3.4).
WIRE_DEFAULTS = {"sse": "pcm", "sync": "wav", "ws": "pcm"}
_MISSING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
# Another status of a WebSocket's path that was removed: the newer one answers 403 to a key without the right.
_NO_UPGRADE = {
    SEED: frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.UPGRADE_REQUIRED}),
    UNIFIED: frozenset({HTTPStatus.UPGRADE_REQUIRED}),
}
_OTHER = {SEED: UNIFIED, UNIFIED: SEED}
_REMEMBERED_S = 24 * 3600.0
_FILE_LIMIT_BYTES = 64 * 1024
_PROGRAM = "lightning-tts"

Opened = TypeVar("Opened")


class Router:
    """The choice of a path for each request to one base URL; for one thread."""

    def __init__(self, settings: ServiceSettings, memory: "RouteMemory | None" = None) -> None:
        self._settings = settings
        self._memory = memory or RouteMemory()
        # Written while the older WebSocket came first, "ws" alone stood for the newer one.
        self._key = f"{settings.api_root} {'ws:seed' if settings.transport == 'ws' else settings.transport}"
        self._first: str | None = None

    def first_path(self, model: str | None) -> str:
        """Return the path that a request for ``model`` takes first."""
        return self._path(self._order(model)[0])

    def open(self, model: str | None, attempt: Callable[[str], Opened]) -> Opened:
        """Return the result of ``attempt`` for the chosen path; it is called with another one after a 404 or 410.

        ``attempt`` raises ``ServiceError`` with the status for a path that the service does not have. When no path is
        left, the error names them all.
        """
        first, *others = self._order(model)
        try:
            return attempt(self._path(first))
        except ServiceError as fault:
            if not others or not self._is_gone(fault, first):
                raise
            refused = fault
        try:
            opened = attempt(self._path(others[0]))
        except ServiceError as fault:
            if self._is_gone(fault, others[0]):
                raise self._neither(refused, fault, (first, others[0])) from fault
            raise
        self._remember(others[0])
        return opened

    def _order(self, model: str | None) -> tuple[str, ...]:
        """Return the routes to try, in order."""
        if self._settings.route != "auto":
            return (self._settings.route,)
        if model not in {None, DEFAULT_MODEL}:
            # The older paths are those of one model; another's voice must not come from it.
            return (UNIFIED,)
        if self._first is None:
            usual = self._usual_first
            remembers = not self._settings.is_local
            self._first = _OTHER[usual] if remembers and self._memory.recall(self._key) else usual
        return (self._first, _OTHER[self._first])

    def _path(self, route: str) -> str:
        return PATHS[self._settings.transport, route]

    def _remember(self, route: str) -> None:
        self._first = route
        if not self._settings.is_local:
            self._memory.record(self._key, other=route != self._usual_first)

    @property
    def _usual_first(self) -> str:
        """Return the route to try first; the older WebSocket was retired on 2026-07-14 (protocol.md 10)."""
        return UNIFIED if self._settings.transport == "ws" else SEED

    def _is_gone(self, fault: ServiceError, route: str) -> bool:
        """Return whether a refusal says that the path was removed: by its status, or by a redirect to the other."""
        if fault.status in _MISSING:
            return True
        if self._settings.transport == "ws" and fault.status in _NO_UPGRADE[route]:
            return True
        if fault.location is None:
            return False
        try:
            host, there = urlsplit(self._settings.api_root).netloc, urlsplit(fault.location)
        except ValueError:
            # What a hostile service calls a place.
            return False
        return there.netloc in {"", host} and there.path.rstrip("/").endswith(PATHS[self._settings.transport, UNIFIED])

    def _neither(self, first: ServiceError, second: ServiceError, routes: tuple[str, str]) -> ServiceError:
        from lightning_cli.client.faults import CHECK_URL

        one, other = (self._settings.api_root + self._path(route) for route in routes)
        about = f" [request {second.request_id}]" if second.request_id else ""
        said = next((f": {fault.said}" for fault in (second, first) if fault.said), "")
        hints = [fault.hint for fault in (second, first) if fault.hint and fault.hint != CHECK_URL]
        fault = ServiceError(
            f"the service has neither {one} ({first.status}) nor {other} ({second.status}){said}{about}",
            status=second.status,
            request_id=second.request_id,
            hint=hints[0] if hints else CHECK_URL,
        )
        fault.said = second.said or first.said
        return fault


class RouteMemory:
    """A small file that records where the newer paths are the ones that work; failures to write are ignored."""

    def __init__(self, directory: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._clock = clock

    def recall(self, key: str) -> bool:
        """Return whether ``key`` was recorded within the last day; tens of microseconds when nothing ever was."""
        until, now = self._read().get(key, 0.0), self._clock()
        # An end further away than a day was written under a wrong clock.
        return now < until <= now + _REMEMBERED_S

    def record(self, key: str, *, other: bool) -> None:
        """Store that the unusual paths work for ``key``, or that they no longer do."""
        now = self._clock()
        known = {name: until for name, until in self._read().items() if now < until <= now + _REMEMBERED_S}
        known.pop(key, None)
        if other:
            known[key] = now + _REMEMBERED_S
        with contextlib.suppress(OSError):
            replace_file(self._path(), json.dumps(known, indent=0).encode())

    def _read(self) -> dict[str, float]:
        try:
            parsed = json.loads(read_small(self._path(), _FILE_LIMIT_BYTES, own=True))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(parsed, dict):
            return {}
        # As it is: an int of any length compares with a clock, and may not fit into a float.
        return {name: until for name, until in parsed.items() if isinstance(until, int | float)}

    def _path(self) -> Path:
        return (self._directory or state_dir()) / "routes.json"
