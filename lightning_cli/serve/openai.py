"""OpenAI's speech API, so that programs written for it can use the engine: the speech route and the lists of models.

Names, defaults and limits are those of OpenAI's API reference for speech; its ``pcm`` is s16le mono at 24 kHz. A WAV
has its true length, since players and the libraries behind their SDKs read the duration there.
"""

import base64
import json
import re
import shutil
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lightning_cli.errors import InvalidRequest
from lightning_cli.local.offline_voices import offline_voices
from lightning_cli.local.speech import encode_event
from lightning_cli.request import MODELS, SPEED_RANGE, SpeechRequest
from lightning_cli.serve import gate
from lightning_cli.serve.engine_pool import BlockSource
from lightning_cli.serve.speech_routes import SpeechResponse, headers_for, start_job, wav_pieces
from lightning_cli.serve.utterance import AacEncoder, EncodedSource, Utterance, to_json
from lightning_cli.serve.voice_mapping import OPENAI_VOICES, is_in_pool
from lightning_cli.sinks.containers import CONTAINERS

SAMPLE_RATE = 24_000
_KINDS = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
_SPEEDS = (0.25, 4.0)
_STREAM_FORMATS = ("audio", "sse")
_MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", *MODELS)
# A model of theirs may carry the day of its release: gpt-4o-mini-tts-2025-12-15, tts-1-1106.
_DATE = re.compile(r"-(?:\d{4}|\d{4}-\d{2}-\d{2})$")
_ERROR_TYPES = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.FORBIDDEN: "permission_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
}


async def speech_route(request: Request) -> Response:
    """Speak ``input`` and stream it in ``response_format``; refusals have OpenAI's shape."""
    pool = gate.pool_of(request)
    try:
        body = await gate.read_body(request)
        gate.check_key(request, pool.settings)
        fields = _fields(body)
        speech_request, kind, as_events = _speech_request(fields, any_voice=pool.settings.any_voice)
        tempo = _speed(fields) / (speech_request.speed or 1.0)
        job = await start_job(pool, speech_request, lambda speech: _source(kind, speech), tempo=tempo)
    except gate.Refused as refused:
        raise _in_their_shape(refused) from refused
    headers = headers_for(request, job)
    pieces = wav_pieces(job) if kind == "wav" else job.pieces()
    if as_events:
        return SpeechResponse(_events(pieces), {**headers, "Content-Type": "text/event-stream"}, job.end)
    return SpeechResponse(pieces, {**headers, "Content-Type": _KINDS[kind]}, job.end)


def _source(kind: str, speech: Utterance) -> BlockSource:
    if kind in {"wav", "pcm"}:
        return speech
    return EncodedSource(speech, AacEncoder() if kind == "aac" else CONTAINERS[kind])


async def _events(pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async for piece in pieces:
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


def _speech_request(fields: dict[str, Any], *, any_voice: bool) -> tuple[SpeechRequest, str, bool]:
    """Read a request: the request for the engine, the format, and whether it is wanted as events.

    Raises ``Refused``.
    """
    for name in ("model", "input"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise _refused(name, f"{name} must be a non-empty string")
    voice = _voice(fields.get("voice"), any_voice=any_voice)
    kind = fields.get("response_format") or "mp3"
    if not isinstance(kind, str) or kind not in _KINDS:
        raise _refused("response_format", f"response_format must be one of {', '.join(_KINDS)}")
    if kind == "aac" and shutil.which("ffmpeg") is None:
        others = ", ".join(name for name in _KINDS if name != "aac")
        raise _refused("response_format", f"aac needs ffmpeg, which is not installed; use one of {others}")
    stream_format = fields.get("stream_format") or _STREAM_FORMATS[0]
    if stream_format not in _STREAM_FORMATS:
        raise _refused("stream_format", f"stream_format must be one of {', '.join(_STREAM_FORMATS)}")
    instructions = fields.get("instructions")
    if instructions is not None and not isinstance(instructions, str):
        raise _refused("instructions", "instructions must be a string")
    slowest, fastest = SPEED_RANGE
    try:
        # The wire's range is narrower than theirs; the rest is the tempo that the engine is asked for besides.
        nearest = min(fastest, max(slowest, _speed(fields)))
        speech_request = SpeechRequest(text=fields["input"], voice_id=voice, sample_rate=SAMPLE_RATE, speed=nearest)
    except InvalidRequest as fault:
        raise _refused("input" if fault.field == "text" else fault.field, fault.message) from fault
    return speech_request, kind, stream_format == "sse"


def _voice(voice: object, *, any_voice: bool) -> str:
    if isinstance(voice, list):
        raise _refused("voice", "voice must be one voice, not a list")
    name = voice.get("id") if isinstance(voice, dict) else voice
    if not isinstance(name, str) or not name:
        raise _refused("voice", 'voice must be a name, or an object such as {"id": "alloy"}')
    if not (any_voice or name in OPENAI_VOICES or _is_ours(name)):
        raise _refused("voice", f"unknown voice {name[:80]!r}; known voices: {', '.join(OPENAI_VOICES)}")
    return name


def _speed(fields: dict[str, Any]) -> float:
    speed = fields.get("speed")
    speed = 1.0 if speed is None else speed
    low, high = _SPEEDS
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not low <= speed <= high:
        raise _refused("speed", f"speed must be a number from {low:g} to {high:g}")
    return float(speed)


def _is_ours(voice: str) -> bool:
    return any(is_in_pool(voice, model) for model in MODELS)


async def models_route(request: Request) -> Response:
    """List the models, as OpenAI's clients read them and, below ``models``, as Open WebUI does; open without a token.

    Programs list models before anyone has typed a key.
    """
    _check_listing(request)
    models = [{"id": name, "name": name} for name in _MODELS]
    return gate.answer({"object": "list", "data": [_model(name) for name in _MODELS], "models": models})


async def model_route(request: Request) -> Response:
    """Describe one model; unknown ones are refused as OpenAI refuses them."""
    _check_listing(request)
    name = request.path_params["model"]
    if _DATE.sub("", name) not in _MODELS:
        raise refusal(
            HTTPStatus.NOT_FOUND, f"The model '{name[:80]}' does not exist", param="model", code="model_not_found"
        )
    return gate.answer(_model(name))


async def voices_route(request: Request) -> Response:
    """List voices as chat programs with an OpenAI-like back end ask for them; open without a token."""
    _check_listing(request)
    names = [*OPENAI_VOICES, *(voice.id for voice in offline_voices())]
    return gate.answer({"voices": [{"id": name, "name": name} for name in names]})


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "lightning-tts"}


def _check_listing(request: Request) -> None:
    settings = gate.pool_of(request).settings
    if settings.token is None:
        try:
            gate.check_key(request, settings)
        except gate.Refused as refused:
            raise _in_their_shape(refused) from refused


def _refused(field: str | None, message: str) -> gate.Refused:
    return gate.Refused(HTTPStatus.BAD_REQUEST, {"message": message, "param": field})


def refusal(status: int, message: str, *, param: str | None = None, code: str | None = None) -> gate.Refused:
    """Return a refusal in OpenAI's shape."""
    kind = _ERROR_TYPES.get(HTTPStatus(status), "invalid_request_error")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = "server_error"
    return gate.Refused(status, {"error": {"message": message, "type": kind, "param": param, "code": code}})


def _in_their_shape(refused: gate.Refused) -> gate.Refused:
    body: Any = refused.body
    error = body.get("error")
    message = body.get("message") or (error[0]["message"] if isinstance(error, list) else error)
    made = refusal(refused.status, message, param=body.get("param"))
    made.headers = refused.headers
    return made
