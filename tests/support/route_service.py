"""A service that has one path, the other, or both, and a client of its own for each question."""

from pathlib import Path

from support.fake_server import Exchange, Responder, ramp, refuses, speaks

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.request import SpeechRequest
from lightning_cli.system.paths import state_dir

PCM = ramp(600)
HELLO = SpeechRequest(text="Hello.", voice_id="daniel", sample_rate=24000)
PRO = SpeechRequest(text="Hello.", voice_id="meher", sample_rate=24000, model="lightning_v3.1_pro")
SEED, UNIFIED = "/waves/v1/lightning-v3.1/stream", "/waves/v1/tts/live"
RETIRED = {
    "status": "error",
    "error_code": "MODEL_DEPRECATED",
    "message": "This endpoint is retired.",
    "recommended_endpoint": "/waves/v1/tts/live",
}
missing = refuses("404 Not Found", {"error": "Cannot POST"}, "x-request-id: req-404")
retired = refuses("410 Gone", RETIRED)
speak = speaks(PCM)


def has(**paths: Responder) -> Responder:
    """Answer by path: ``seed`` and ``unified``, everything else is missing."""

    def respond(exchange: Exchange) -> None:
        known = {SEED: "seed", UNIFIED: "unified"}
        paths.get(known.get(exchange.request.path, ""), missing)(exchange)

    return respond


def hear(settings: ServiceSettings, request: SpeechRequest = HELLO) -> bytes:
    """Ask once, with a client of its own."""
    with SpeechClient(settings) as client, client.stream(request) as stream:
        assert stream.format == PcmFormat(request.sample_rate)
        return b"".join(stream)


def state_file() -> Path:
    """Name the file that remembers."""
    return state_dir() / "routes.json"
