"""What every route shares: who may come in, how much they may bring, and the shape of what goes back.

A web page may come in when its origin was named with ``--allow-origin``, and headers tell its browser so (CORS, the
Fetch standard). Other pages get no such header, so a browser keeps the answers from them; without a token, pages from
other machines are refused as well (``check_key``).
"""

import asyncio
import hmac
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lightning_cli.client.settings import USER_AGENT, is_loopback
from lightning_cli.local.validation import InvalidBody, custom_issue, invalid_voice, parse_body, read_request
from lightning_cli.request import DEFAULT_MODEL, MODELS, SpeechRequest
from lightning_cli.serve.engine_pool import EnginePool
from lightning_cli.serve.settings import ANY_ORIGIN, ServeSettings
from lightning_cli.serve.utterance import to_json
from lightning_cli.serve.voice_mapping import is_in_pool

_METHODS = "GET, POST, PUT, DELETE, OPTIONS"
_READABLE = "X-Request-Id, X-Session-Id, X-Lightning-Voice, X-External-Request-Id, X-External-Session-Id, Retry-After"
_REMEMBERED_S = "600"
# A name or an address and perhaps a port, and nothing that a parser of URLs would leave out.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,1000}")


def is_allowed(origin: str, allowed: Sequence[str]) -> bool:
    """Return whether an ``Origin`` header names a page that was admitted; ``null`` never does."""
    return origin != "null" and (ANY_ORIGIN in allowed or origin.lower() in allowed)


class OriginMiddleware:
    """Answer preflights, and put the headers on what pages of admitted origins are answered."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application does."""
        headers = Headers(scope=scope) if scope["type"] == "http" else None
        origin = headers.get("origin") if headers is not None else None
        if headers is None or origin is None:
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._preflight(headers, origin)(scope, receive, send)
        elif not is_allowed(origin, self._allowed):
            await self._app(scope, receive, send)
        else:

            async def send_with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    answered = MutableHeaders(scope=message)
                    answered["Access-Control-Allow-Origin"] = origin
                    answered["Access-Control-Expose-Headers"] = _READABLE
                    answered.add_vary_header("Origin")
                await send(message)

            await self._app(scope, receive, send_with_headers)

    def _preflight(self, headers: Headers, origin: str) -> Response:
        vary = {"Vary": "Origin"}
        if not is_allowed(origin, self._allowed):
            text = "this origin is not admitted; start the server with --allow-origin\n"
            return Response(text, HTTPStatus.FORBIDDEN, vary, "text/plain; charset=utf-8")
        answered = {
            **vary,
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Max-Age": _REMEMBERED_S,
        }
        wanted = headers.get("access-control-request-headers", "")
        if _HEADER_NAMES.fullmatch(wanted):
            # Clients send headers of their own, as OpenAI's SDK does; none of them does more here than the page may.
            answered["Access-Control-Allow-Headers"] = wanted
        if headers.get("access-control-request-private-network") == "true":
            answered["Access-Control-Allow-Private-Network"] = "true"
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=answered)


RECOMMENDED_ENDPOINT = "/waves/v1/tts"
BODY_LIMIT_BYTES = 1024 * 1024
STAND_IN = f"{USER_AGENT}; offline engine, not the service"
_BODY_TIMEOUT_S = 60.0
_JSON = "application/json; charset=utf-8"
_UNAUTHORIZED = "Bearer token is missing or invalid."


class Refused(Exception):
    """The request ends here with this answer."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Write the answer."""
        return answer(self.body, self.status, self.headers)


def pool_of(connection: HTTPConnection) -> EnginePool:
    """Return the pool that the application was built around."""
    pool: EnginePool = connection.app.state.pool
    return pool


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Write a JSON answer with ids of its own unless ``headers`` has them."""
    return Response(to_json(body), status, {**new_ids(), **(headers or {})}, _JSON)


def new_ids() -> dict[str, str]:
    """Make the headers that every answer has (protocol.md 1.5)."""
    ids = {"X-Request-Id": str(uuid.uuid4()), "X-Session-Id": str(uuid.uuid4())}
    return {**ids, "X-Lightning-Stand-In": STAND_IN}


def echoed_id_headers(speech_request: SpeechRequest) -> dict[str, str]:
    """Echo the ids of a request."""
    echoes = {"X-External-Session-Id": speech_request.session_id, "X-External-Request-Id": speech_request.request_id}
    return {name: value for name, value in echoes.items() if value}


def expiry_headers(connection: HTTPConnection, settings: ServeSettings) -> dict[str, str]:
    """Answer a request for expiry, only if there was one."""
    asked = connection.headers.get("x-expire-content", "").strip().lower() == "true"
    return {"x-content-expiry": settings.expiry} if asked else {}


def check_key(connection: HTTPConnection, settings: ServeSettings, *, bare: bool = False) -> None:
    """Raise ``Refused`` for whom the server does not admit; ``bare`` leaves the message out, as some routes do.

    Without a token every program on this machine is admitted, but no page of a website that a browser here has open
    unless its origin was named: neither by its own name nor under a name that it made point here.
    """
    if settings.token is None:
        origin = connection.headers.get("origin")
        if origin is not None and not is_allowed(origin, settings.allowed_origins) and _is_foreign(origin):
            raise _forbidden(f"pages of {origin} may not come here without a token")
        host = connection.headers.get("host", "")
        if not _HOST.fullmatch(host) or not is_loopback(_host(f"//{host}") or "localhost"):
            raise _forbidden("the Host header does not name this machine")
        return
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    offered = given.strip() if scheme.lower() == "bearer" else ""
    if connection.scope["type"] == "websocket" and not offered:
        offered = connection.query_params.get("api_key") or connection.query_params.get("token") or ""
    if not hmac.compare_digest(offered.encode("utf-8", "replace"), settings.token.encode()):
        body = {"error": "Unauthorized"} if bare else {"error": "Unauthorized", "message": _UNAUTHORIZED}
        raise Refused(HTTPStatus.UNAUTHORIZED, body)


def check_page(connection: HTTPConnection, settings: ServeSettings) -> None:
    """Raise ``Refused`` for a page that would change what the server keeps: only its own origin and named ones may.

    A page of another local port is neither a website nor a program of the user's.
    """
    origin = connection.headers.get("origin")
    if origin is None or is_allowed(origin, settings.allowed_origins):
        return
    if origin.lower() != f"{connection.url.scheme}://{connection.headers.get('host', '')}".lower():
        raise _forbidden(f"pages of {origin} may change nothing here; see --allow-origin")


def _is_foreign(origin: str) -> bool:
    scheme, _, host = origin.lower().partition(":")
    if scheme not in {"http", "https"}:
        # Editors and apps have schemes of their own, which no website can take; "null" is any page in a frame.
        return scheme == "null"
    name = host.removeprefix("//")
    return not _HOST.fullmatch(name) or not is_loopback(_host(f"//{name}") or "")


def _host(url: str) -> str | None:
    """Return the host of a URL, None when it cannot be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return None


def _forbidden(message: str) -> Refused:
    return Refused(HTTPStatus.FORBIDDEN, {"error": "Forbidden", "message": message})


async def read_body(request: Request) -> bytes:
    """Read the body; raises ``Refused`` with 413 once it is too big."""
    too_big = Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "PayloadTooLarge", "message": "1 MiB is the limit"}
    )
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > BODY_LIMIT_BYTES:
        raise too_big
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S):
            async for piece in request.stream():
                body += piece
                if len(body) > BODY_LIMIT_BYTES:
                    raise too_big
    except TimeoutError as fault:
        late = {"error": "RequestTimeout", "message": "The body did not come in time."}
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, late) from fault
    return bytes(body)


async def read_speech_request(request: Request, settings: ServeSettings) -> tuple[SpeechRequest, bool]:
    """Read a request for speech, and whether it wants the times of its words; admit who sent it.

    In the service's order: bad JSON, key, shape, voice (protocol.md 2.4). Raises ``Refused``.
    """
    try:
        fields = parse_body(await read_body(request))
        check_key(request, settings)
        speech_request = read_request(fields)
    except InvalidBody as fault:
        raise Refused(HTTPStatus.BAD_REQUEST, fault.answer) from fault
    check_model(speech_request, settings)
    check_voice(speech_request, settings)
    return speech_request, bool(fields.get("word_timestamps"))


def check_model(speech_request: SpeechRequest, settings: ServeSettings) -> None:
    """Raise ``Refused`` for a model whose end is rehearsed, once its day has come (protocol.md 10)."""
    model = speech_request.model or DEFAULT_MODEL
    day = settings.faults.sunset_of(model)
    if day is not None and day <= _today():
        body = {"status": "error", "error_code": "MODEL_DEPRECATED", **_retirement(model, f"Model {model} is retired.")}
        raise Refused(HTTPStatus.GONE, body)


def sunset_notices(speech_request: SpeechRequest, settings: ServeSettings) -> list[dict[str, Any]]:
    """Announce the end of a model whose day is still to come: one event or frame, else none."""
    model = speech_request.model or DEFAULT_MODEL
    day = settings.faults.sunset_of(model)
    if day is None or day <= _today():
        return []
    retirement = _retirement(model, f"Model {model} will be retired on {day.isoformat()}.")
    return [{"status": "warning", "code": "model_deprecated", **retirement}]


def sunset_headers(speech_request: SpeechRequest, settings: ServeSettings) -> dict[str, str]:
    """Announce the same in the header of RFC 8594."""
    day = settings.faults.sunset_of(speech_request.model or DEFAULT_MODEL)
    if day is None or day <= _today():
        return {}
    return {"Sunset": format_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC), usegmt=True)}


def _retirement(model: str, sentence: str) -> dict[str, str]:
    # The last one listed is the newest.
    others = [name for name in MODELS if name != model]
    return {
        "message": f"{sentence} Use {others[-1]} instead.",
        "recommended_model": others[-1],
        "recommended_endpoint": RECOMMENDED_ENDPOINT,
    }


def _today() -> date:
    return datetime.now(UTC).date()


def check_voice(speech_request: SpeechRequest, settings: ServeSettings) -> None:
    """Raise ``Refused`` for a voice that the model's pool does not have, unless any will do."""
    if not settings.any_voice and not is_in_pool(speech_request.voice_id, speech_request.model or DEFAULT_MODEL):
        raise Refused(HTTPStatus.BAD_REQUEST, {"error": [invalid_voice()]})


def refused_text(field: str, message: str) -> Refused:
    """Refuse what is well formed but cannot be spoken here."""
    return Refused(HTTPStatus.BAD_REQUEST, {"error": [custom_issue(field, message)]})


def busy() -> Refused:
    """Refuse for want of a slot."""
    message = "Concurrency limit exceeded: too many requests are in flight."
    return Refused(HTTPStatus.TOO_MANY_REQUESTS, {"error": "TooManyRequests", "message": message})


def rehearsed(status: int) -> Refused:
    """Refuse because a rehearsal wants it."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return busy()
    body: dict[str, Any] = {"error": phrase_of(status).replace(" ", ""), "message": f"A rehearsed {status}."}
    return Refused(status, body)


def phrase_of(status: int) -> str:
    """Return the words that go with a status; not every number has some."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Rehearsed"
