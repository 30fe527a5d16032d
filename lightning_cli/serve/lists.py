"""Routes that list: voices, models, health, pronunciation dictionaries; and what takes the place of retired ones."""

import hashlib
import json
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lightning_cli.catalogue.voices import Voice, bundled_voices, language_names, pool_name
from lightning_cli.local.dictionary_store import DictionaryStore, carry_out
from lightning_cli.request import MODELS
from lightning_cli.serve import gate

RETIRED = ("lightning", "lightning-large", "lightning-v2")


async def health_route(request: Request) -> Response:
    """Report that the server lives; no key needed."""
    up = {"status": "connected"}
    body = {"status": "ok", "mongo": up, "redis": up, "rabbitmq": up, "standIn": gate.STAND_IN}
    draining = gate.pool_of(request).draining.is_set()
    return gate.answer(body, HTTPStatus.SERVICE_UNAVAILABLE if draining else HTTPStatus.OK)


async def voices_route(request: Request) -> Response:
    """List the voices of one pool (protocol.md 6)."""
    _admit(request)
    model = request.path_params["model"]
    if model in RETIRED:
        raise retired(HTTPStatus.GONE)
    pools = {pool_name(name): name for name in MODELS}
    if model not in pools:
        raise gate.Refused(HTTPStatus.NOT_FOUND, {"error": "NotFound", "message": f"Unknown model {model}."})
    return gate.answer({"voices": [_listed(voice) for voice in bundled_voices() if voice.model == pools[model]]})


async def models_route(request: Request) -> Response:
    """List the voices of every model in the other shape."""
    _admit(request)
    return gate.answer({"voices": [_browsed(voice) for voice in bundled_voices()]})


def _listed(voice: Voice) -> dict[str, Any]:
    tags: dict[str, Any] = {"language": _languages(voice), "emotions": [], "usecases": list(voice.use_cases)}
    labels = {"accent": voice.accents[0] if voice.accents else None, "gender": voice.gender, "age": voice.age}
    tags.update({name: value for name, value in labels.items() if value})
    return {"voiceId": voice.id, "displayName": voice.name, "tags": tags}


def _browsed(voice: Voice) -> dict[str, Any]:
    return {
        "_id": hashlib.sha256(voice.id.encode()).hexdigest()[:24],
        "voiceId": voice.id,
        "displayName": voice.name,
        "description": voice.description or "",
        "audioPreview": voice.preview_url or "",
        "tags": {"age": voice.age or "", "emotions": [], "language": _languages(voice)},
    }


def _languages(voice: Voice) -> list[str]:
    names = language_names()
    return [names.get(code, code) for code in voice.languages]


async def dictionaries_route(request: Request) -> Response:
    """List, create, replace or delete dictionaries (protocol.md 1.6)."""
    pool = gate.pool_of(request)
    if request.method == "GET":
        _admit(request, bare=True)
        return gate.answer(await pool.run(pool.dictionaries.all))
    gate.check_page(request, pool.settings)
    body = await gate.read_body(request)
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise _invalid([{"code": "custom", "path": [], "message": "Invalid JSON"}]) from fault
    _admit(request, bare=True)
    if not isinstance(fields, dict):
        raise _invalid([{"code": "invalid_type", "expected": "object", "path": [], "message": "Expected object"}])
    return await pool.run(partial(_change, pool.dictionaries, request.method, fields))


def _change(dictionaries: DictionaryStore, method: str, fields: dict[str, Any]) -> Response:
    status, body = carry_out(dictionaries, method, fields)
    if status != HTTPStatus.OK:
        raise gate.Refused(status, body)
    return gate.answer(body)


def _invalid(issues: list[Any]) -> gate.Refused:
    return gate.Refused(HTTPStatus.BAD_REQUEST, {"error": "Invalid request body", "details": issues})


def _admit(request: Request, *, bare: bool = False) -> None:
    gate.check_key(request, gate.pool_of(request).settings, bare=bare)


def retired(status: int) -> gate.Refused:
    """Refuse a route that is gone, or that a rehearsal declares gone (protocol.md 4.1 j)."""
    if status == HTTPStatus.NOT_FOUND:
        return gate.Refused(status, {"error": "NotFound", "message": "No such route."})
    body = {
        "status": "error",
        "error_code": "MODEL_DEPRECATED",
        "message": "This route is retired.",
        "recommended_endpoint": gate.RECOMMENDED_ENDPOINT,
    }
    return gate.Refused(status, body)


async def retired_route(request: Request) -> Response:
    """Answer for an older route in a rehearsal of its end."""
    raise retired(gate.pool_of(request).settings.faults.retired_status or HTTPStatus.GONE)
