"""Which web pages may use the server, and the headers that tell their browser so (CORS, the Fetch standard).

A page may when its origin was named with ``--allow-origin``. Other pages get no such header, so a browser keeps the
answers from them; without a token, pages from other machines are refused as well (``gate.check_key``).
"""

import re
from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lightning_cli.serve.settings import ANY_ORIGIN

_METHODS = "GET, POST, PUT, DELETE, OPTIONS"
_READABLE = "X-Request-Id, X-Session-Id, X-Lightning-Voice, X-External-Request-Id, X-External-Session-Id, Retry-After"
_REMEMBERED_S = "600"
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
