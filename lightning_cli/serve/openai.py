"""``POST /v1/audio/speech`` as OpenAI's clients call it, so that editors and chat apps can use the engine.

Names, defaults and limits are those of OpenAI's API reference for speech; its ``pcm`` is s16le mono at 24 kHz.
"""

import base64
import json
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lightning_cli.client.sse import encode_event
from lightning_cli.errors import InvalidRequest
from lightning_cli.request import SPEED_RANGE, SpeechRequest
from lightning_cli.serve import gate
from lightning_cli.serve.speech_routes import SpeechJob, SpeechResponse, headers_for, open_performance
from lightning_cli.serve.utterance import Encoded
from lightning_cli.serve.voice_mapping import OPENAI_VOICES, is_in_pool
from lightning_cli.serve.wire import to_json
from lightning_cli.sinks.containers import CONTAINERS

SAMPLE_RATE = 24_000
_KINDS = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
_SPEEDS = (0.25, 4.0)


async def openai_route(request: Request) -> Response:
    """Speak ``input`` and stream it in ``response_format``; refusals have OpenAI's shape."""
    studio = gate.studio_of(request)
    try:
        body = await gate.read_body(request)
        gate.check_key(request, studio.settings)
        fields = _fields(body)
        order, kind, as_events = _order(fields, any_voice=studio.settings.any_voice)
        performance = await open_performance(studio, order, lambda speech: Encoded(speech, CONTAINERS[kind]))
    except gate.Refused as refused:
        raise _in_their_shape(refused) from refused
    headers = headers_for(request, performance)
    if as_events:
        return SpeechResponse(_events(performance), {**headers, "Content-Type": "text/event-stream"}, performance.end)
    return SpeechResponse(performance.pieces(), {**headers, "Content-Type": _KINDS[kind]}, performance.end)


async def _events(performance: SpeechJob) -> AsyncGenerator[bytes]:
    async for piece in performance.pieces():
        event = {"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()}
        yield encode_event(to_json(event))
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    yield encode_event(to_json({"type": "speech.audio.done", "usage": usage}))


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise _refused(None, "the body is not valid JSON") from fault
    if not isinstance(fields, dict):
        raise _refused(None, "the body must be an object")
    return fields


def _order(fields: dict[str, Any], *, any_voice: bool) -> tuple[SpeechRequest, str, bool]:
    """Read a request: the order, the format, and whether it is wanted as events; raises ``Refused``."""
    for name in ("model", "input"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise _refused(name, f"{name} must be a text")
    voice = fields.get("voice")
    voice = voice.get("id") if isinstance(voice, dict) else voice
    if not isinstance(voice, str) or not voice:
        raise _refused("voice", "voice must be a name")
    if not (any_voice or voice in OPENAI_VOICES or _is_anybodys(voice)):
        raise _refused("voice", f"there is no voice {voice[:80]}; known: {', '.join(OPENAI_VOICES)}")
    kind = fields.get("response_format") or "mp3"
    if not isinstance(kind, str) or kind not in _KINDS:
        raise _refused("response_format", f"response_format must be one of {', '.join(_KINDS)}")
    speed = fields.get("speed")
    speed = 1.0 if speed is None else speed
    low, high = _SPEEDS
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not low <= speed <= high:
        raise _refused("speed", f"speed must be a number from {low:g} to {high:g}")
    as_events = fields.get("stream_format") == "sse"
    try:
        # The engine's range is narrower than theirs: beyond it, the nearest it can do.
        slowest, fastest = SPEED_RANGE
        spoken = min(fastest, max(slowest, float(speed)))
        order = SpeechRequest(text=fields["input"], voice_id=voice, sample_rate=SAMPLE_RATE, speed=spoken)
    except InvalidRequest as fault:
        raise _refused("input" if fault.field == "text" else fault.field, fault.message) from fault
    return order, kind, as_events


def _is_anybodys(voice: str) -> bool:
    return any(is_in_pool(voice, model) for model in ("lightning_v3.1", "lightning_v3.1_pro"))


def _refused(field: str | None, message: str) -> gate.Refused:
    return gate.Refused(HTTPStatus.BAD_REQUEST, {"message": message, "param": field})


def _in_their_shape(refused: gate.Refused) -> gate.Refused:
    body: Any = refused.body
    error = body.get("error")
    message = body.get("message") or (error[0]["message"] if isinstance(error, list) else error)
    kinds = {HTTPStatus.UNAUTHORIZED: "authentication_error", HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error"}
    told = {
        "message": message,
        "type": kinds.get(HTTPStatus(refused.status), "invalid_request_error"),
        "param": body.get("param"),
        "code": None,
    }
    return gate.Refused(refused.status, {"error": told}, refused.headers)
