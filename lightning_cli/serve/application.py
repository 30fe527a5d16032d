"""The routes of the server, put together; both prefixes of the API lead to the same handlers (protocol.md 1.1)."""

import logging
from http import HTTPStatus
from typing import Any, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from lightning_cli.serve import gate, lists, openai
from lightning_cli.serve.engine_pool import EnginePool
from lightning_cli.serve.gate import OriginMiddleware
from lightning_cli.serve.speech_routes import stream_route, sync_route
from lightning_cli.serve.websocket import websocket_route

PREFIXES = ("/waves/v1", "/api/v1")
_LOG = logging.getLogger("lightning.serve")


def build_app(pool: EnginePool) -> Starlette:
    """Build the application around a pool."""
    routes: list[BaseRoute] = []
    for prefix in PREFIXES:
        routes += _routes(prefix, retires=pool.settings.faults.retired_status is not None)
    routes += [
        Route("/v1/audio/speech", openai.speech_route, methods=["POST"]),
        Route("/v1/models", openai.models_route),
        Route("/v1/models/{model:path}", openai.model_route),
        Route("/v1/audio/models", openai.models_route),
        Route("/v1/audio/voices", openai.voices_route),
        # Starlette refuses a socket that has no route with 403; the service has 404 for it (protocol.md 1.2).
        WebSocketRoute("/{path:path}", _no_socket),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(OriginMiddleware, allowed=pool.settings.allowed_origins)],
        exception_handlers={gate.Refused: _refuse, HTTPException: _no_route, Exception: _bug},
    )
    app.state.pool = pool
    return app


def _routes(prefix: str, *, retires: bool) -> list[BaseRoute]:
    old = f"{prefix}/lightning-v3.1"
    older: list[BaseRoute] = [
        Route(f"{old}/stream", lists.retired_route if retires else stream_route, methods=["POST"]),
        Route(f"{old}/get_speech", lists.retired_route if retires else sync_route, methods=["POST"]),
    ]
    if not retires:
        older.append(WebSocketRoute(f"{old}/get_speech/stream", websocket_route))
    else:
        older.append(WebSocketRoute(f"{old}/get_speech/stream", _retired_socket))
    return [
        *older,
        Route(f"{prefix}/tts", sync_route, methods=["POST"]),
        Route(f"{prefix}/tts/live", stream_route, methods=["POST"]),
        WebSocketRoute(f"{prefix}/tts/live", websocket_route),
        Route(f"{prefix}/voice/get-all-models", lists.models_route),
        Route(f"{prefix}/{{model}}/get_voices", lists.voices_route),
        Route(f"{prefix}/pronunciation-dicts", lists.dictionaries_route, methods=["GET", "POST", "PUT", "DELETE"]),
        Route(f"{prefix}/health", lists.health_route),
    ]


async def _retired_socket(socket: Any) -> None:
    status = gate.pool_of(socket).settings.faults.retired_status or HTTPStatus.GONE
    await socket.send_denial_response(lists.retired(status).response())


async def _no_socket(socket: Any) -> None:
    await socket.send_denial_response(_not_there(HTTPStatus.NOT_FOUND, "WebSocket", socket.url.path))


async def _refuse(_request: Request, refused: Exception) -> Response:
    # Starlette types every handler alike; this one is registered for refusals alone.
    return cast("gate.Refused", refused).response()


async def _no_route(request: Request, fault: Exception) -> Response:
    status = fault.status_code if isinstance(fault, HTTPException) else HTTPStatus.NOT_FOUND
    return _not_there(status, request.method, request.url.path)


def _not_there(status: int, method: str, path: str) -> Response:
    phrase = HTTPStatus(status).phrase
    if path.startswith("/v1/"):
        return openai.refusal(status, f"Invalid URL ({method} {path})").response()
    return gate.answer({"error": phrase.replace(" ", ""), "message": f"{phrase}: {method} {path}"}, status)


async def _bug(_request: Request, fault: Exception) -> Response:
    _LOG.error("unexpected %s: %s", type(fault).__name__, fault)
    body = {"error": "InternalServerError", "message": "An unexpected error occurred."}
    return gate.answer(body, HTTPStatus.INTERNAL_SERVER_ERROR)
