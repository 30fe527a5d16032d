"""The client: a request in, a stream of PCM out, over whichever transport and route the settings name."""

import json
from typing import TYPE_CHECKING, Protocol, Self

import requests
from requests.adapters import BaseAdapter

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.guard import Guard, mapped_faults
from lightning_cli.client.retry import Retrier
from lightning_cli.client.routes import WIRE_DEFAULTS, Router
from lightning_cli.client.session import open_session, read_timeouts
from lightning_cli.client.settings import LOCAL_URL, ServiceSettings
from lightning_cli.client.slots import Slots, SlottedStream, release
from lightning_cli.client.stream import PcmStream, SseStream
from lightning_cli.errors import CannotConnect, LightningError, ProtocolError
from lightning_cli.request import SpeechRequest
from lightning_cli.system.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from lightning_cli.client.notices import Announce
    from lightning_cli.client.routes import RouteMemory
    from lightning_cli.client.websocket.ws_session import WsSession

_JSON = "application/json"
# The sync route is documented to need the header and known to ignore it (protocol.md 0.14).
_ACCEPTED = {"sse": "text/event-stream", "sync": "audio/wav"}
_TOO_MANY_REQUESTS = 429
# The headers of ``notices.announced_in``.
_ENDINGS = frozenset({"sunset", "deprecation"})
_ANSWER_LIMIT_BYTES = 8 * 1024 * 1024


class ClientTape(Protocol):
    """A layer between a client and its transports: a recorder in front of them, or a recording in their place."""

    is_replay: bool

    @property
    def routes(self) -> "RouteMemory | None":
        """Return the memory of routes to use; None for the usual one."""

    def retrier(self, usual: Retrier) -> Retrier:
        """Return what decides on another try at a segment."""

    def mount(self, session: requests.Session, guard: Guard, settings: ServiceSettings) -> None:
        """Replace the session's adapters."""


class SpeechClient:
    """A client of the service over one connection; for one thread, closed by its owner.

    ``local`` is the adapter that answers for the embedded engine's address, ``tape`` what records the answers or
    plays them back. ``announce`` is called, by the thread that reads, for each warning of the service.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        *,
        local: BaseAdapter | None = None,
        tape: ClientTape | None = None,
        announce: "Announce | None" = None,
    ) -> None:
        self._settings = settings
        self._announce = announce
        # Called once, in the caller's thread, before the service or a slot is waited for; ``does_wait`` tells whether
        # that comes.
        self.while_waiting: Callable[[], None] | None = None
        self.does_wait = not settings.is_local and settings.transport != "ws" and not (tape and tape.is_replay)
        self._guard = Guard()
        self._session = open_session(settings, self._guard, self._waits)
        self._router = Router(settings, tape.routes if tape is not None else None)
        self._slots = Slots(settings)
        self._slotted: SlottedStream | None = None
        self._socket: WsSession | None = None
        if local is not None:
            self._session.mount(LOCAL_URL, local)
        self.retrier: Callable[[], Retrier] = settings.retry.retrier
        if tape is not None:
            tape.mount(self._session, self._guard, settings)
            self.retrier = lambda: tape.retrier(settings.retry.retrier())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _waits(self) -> None:
        # What reads the answer loads while the service makes it.
        from lightning_cli.client import decode  # noqa: F401 - loaded, not used here

        call, self.while_waiting = self.while_waiting, None
        if call is not None:
            call()

    def close(self) -> None:
        """Close the connections and the guard; idempotent."""
        if self._slotted is not None:
            self._slotted.let_go()
        if self._socket is not None:
            self._socket.close()
        self._session.close()
        self._guard.close()

    def interrupt(self) -> None:
        """Wake the thread that waits for the service, which then fails with a ``TransportError``; any thread."""
        self._guard.cut()
        if self._socket is not None:
            self._socket.interrupt()

    def stream(self, request: SpeechRequest) -> PcmStream:
        """Send ``request`` and return its answer once the head has arrived; the caller closes it.

        Raises ``ServiceError``, ``TransportError`` or ``ProtocolError``; tries once, since only
        the caller knows what has been heard.
        """
        if self._slotted is not None:
            # A new request ends the previous answer, closed or not.
            self._slotted.let_go()
        slot = self._slots.take(self._waits)
        try:
            stream = self._open(on_the_wire(self._settings, request))
        except BaseException:
            release(slot)
            raise
        if slot is None:
            return stream
        self._slotted = SlottedStream(stream, slot)
        return self._slotted

    def _open(self, request: SpeechRequest) -> PcmStream:
        if self._settings.transport == "ws":
            return self._web_socket().stream(request)
        return self._router.open(request.model, lambda path: self._stream(path, request))

    def _stream(self, path: str, request: SpeechRequest) -> PcmStream:
        response = self._post(path, request)
        if response.status_code != requests.codes.ok:
            self._guard.watch("next audio", self._settings.timeouts.idle_s)
            from lightning_cli.client.faults import refusal

            with response:
                raise refusal(response)
        if self._announce is not None and not _ENDINGS.isdisjoint(map(str.lower, response.headers)):
            from lightning_cli.client.notices import announced_in

            if ending := announced_in(response.headers, path):
                self._announce(ending)
        fmt, idle_timeout_s = PcmFormat(request.sample_rate), self._settings.timeouts.idle_s
        if self._settings.transport == "sync":
            from lightning_cli.client.sync import SyncStream

            return SyncStream(response, fmt, request.output_format, self._guard, idle_timeout_s)
        return SseStream(response, fmt, self._guard, idle_timeout_s, request.output_format, self._announce)

    def _web_socket(self) -> "WsSession":
        if self._socket is None:
            from lightning_cli.client.websocket.ws_session import WsSession

            self._socket = WsSession(self._settings, self._router, self._announce)
        return self._socket

    def call(self, method: str, path: str, body: object = None) -> object:
        """Make one small JSON call, as for voices and dictionaries, and return the parsed answer.

        ``path`` follows the API's root. Tries again as the retry policy says, but never a POST that may have been
        carried out; raises ``ServiceError``, ``TransportError`` or ``ProtocolError``.
        """
        retrier = Retrier(self._settings.retry)
        while True:
            with retrier.attempt(lambda fault: method != "POST" or _is_untouched(fault)):
                return self._call_once(method, path, body)

    def _call_once(self, method: str, path: str, body: object) -> object:
        self._guard.watch("first audio", self._settings.timeouts.first_byte_s)
        with mapped_faults(self._guard, connected=False):
            response = self._session.request(
                method,
                self._settings.api_root + path,
                # A body goes with DELETE too (protocol.md 1.6).
                data=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
                headers={"Accept": "application/json", **({} if body is None else {"Content-Type": _JSON})},
                timeout=read_timeouts(self._settings.timeouts),
                stream=True,
                allow_redirects=False,
            )
        with response:
            if not response.ok or response.is_redirect:
                from lightning_cli.client.faults import refusal

                raise refusal(response)
            with mapped_faults(self._guard, connected=True):
                answer = response.raw.read(_ANSWER_LIMIT_BYTES, decode_content=True)
        self._guard.rest()
        secrets = self._settings.secret_filter()
        answer = secrets.feed(answer) + secrets.finish()
        if len(answer) == _ANSWER_LIMIT_BYTES:
            raise ProtocolError("the service's answer does not end", hint="check --base-url")
        try:
            return json.loads(answer) if answer.strip() else None
        except (ValueError, RecursionError) as fault:
            from lightning_cli.client.faults import error_message, page_fault

            page = page_fault(answer)
            if page is not None:
                raise page from fault
            raise ProtocolError(
                f"the service's answer is not JSON: {error_message(answer)}", hint="check --base-url"
            ) from fault

    def _post(self, route: str, request: SpeechRequest) -> requests.Response:
        wire = _wire_request(self._settings, route, request)
        self._guard.watch("first audio", self._settings.timeouts.first_byte_s)
        with mapped_faults(self._guard, connected=False):
            return self._session.post(
                wire.url,
                data=wire.body,
                headers=wire.headers,
                timeout=read_timeouts(self._settings.timeouts),
                stream=True,
                # A key must never travel on to where an answer points.
                allow_redirects=False,
            )


def _is_untouched(fault: LightningError) -> bool:
    """Return whether the service cannot have carried out a request that failed with this."""
    return isinstance(fault, CannotConnect) or getattr(fault, "status", None) == _TOO_MANY_REQUESTS


class WireRequest(Record):
    """One request as it leaves, but for the key."""

    url: str
    headers: dict[str, str]
    body: bytes


def on_the_wire(settings: ServiceSettings, request: SpeechRequest) -> SpeechRequest:
    """Choose the format on the wire: the settings', else the request's if it is not PCM, else the transport's."""
    chosen = settings.wire_format
    if chosen is None:
        chosen = WIRE_DEFAULTS[settings.transport] if request.output_format == "pcm" else request.output_format
    return request if chosen == request.output_format else request._replace(output_format=chosen)


def wire_request(settings: ServiceSettings, request: SpeechRequest) -> WireRequest:
    """Build what ``SpeechClient.stream`` would send first."""
    path = Router(settings).first_path(request.model)
    return _wire_request(settings, path, on_the_wire(settings, request))


def _wire_request(settings: ServiceSettings, path: str, request: SpeechRequest) -> WireRequest:
    headers = {"Content-Type": _JSON, "Accept": _ACCEPTED.get(settings.transport, "*/*")}
    if request.expire_content:
        headers["x-expire-content"] = "true"
    body = request.body()
    if settings.word_timestamps and (settings.is_local or settings.speaks_offline):
        # The engine tells the times of words as the WebSocket does; of the service no event stream has them.
        body = json.dumps({**request.payload(), "word_timestamps": True}, ensure_ascii=False).encode()
    return WireRequest(settings.api_root + path, headers, body)
