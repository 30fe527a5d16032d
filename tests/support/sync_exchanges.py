"""Answers of the sync route: a body, whole or cut, in every framing."""

from support.container_samples import fmt_chunk, wav
from support.fake_server import Exchange, Responder, ramp, serving

from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.request import SpeechRequest

PCM = ramp(20_000)


WAV = wav(PCM, fmt_chunk(44100))


HELLO = SpeechRequest(text="Hello.", voice_id="daniel")


LONG_S = 30.0


def sends(body: bytes, framing: str = "length", *, cut: int | None = None, pieces: int = 3) -> Responder:
    """Answer with a body, or with its first ``cut`` bytes under the frame of the whole."""

    def respond(exchange: Exchange) -> None:
        sent = body[:cut]
        step = max(1, -(-len(sent) // pieces))
        parts = [sent[at : at + step] for at in range(0, len(sent), step)]
        if framing == "chunked":
            exchange.head(kind="audio/wav", extra=("Transfer-Encoding: chunked",))
            for part in parts:
                exchange.chunk(part)
            if cut is None:
                exchange.end_chunks()
        else:
            length = (f"Content-Length: {len(body)}",) if framing == "length" else ("Connection: close",)
            exchange.head(kind="audio/wav", extra=length)
            for part in parts:
                exchange.send(part)
        if cut is not None or framing == "close":
            exchange.hang_up()

    return respond


def settings(url: str, **more: object) -> ServiceSettings:
    """Return settings for the sync transport."""
    return ServiceSettings(**{"base_url": url, "transport": "sync", "concurrency": 0} | more)  # type: ignore[arg-type] # what a test adds


def hear(responder: Responder, request: SpeechRequest = HELLO, **more: object) -> bytes:
    """Ask a server of its own once."""
    with serving(responder) as server, SpeechClient(settings(server.url, **more)) as client:
        with client.stream(request) as stream:
            pieces = list(stream)
        assert all(piece and len(piece) % 2 == 0 for piece in pieces)
        return b"".join(pieces)
