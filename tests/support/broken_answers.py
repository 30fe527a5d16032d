"""Whole answers as bytes, to be broken anywhere, and what may become of a client that gets a part of one."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from support.fake_server import Exchange, Responder, ramp, speech_events
from support.service_client import HELLO

from lightning_cli.audio.pcm import PcmFormat, wav_header
from lightning_cli.client.service import SpeechClient
from lightning_cli.errors import LightningError

PCM = ramp(60)
FRAMINGS = ("chunked", "length", "close")


class Answer(NamedTuple):
    """An answer as it goes over the wire.

    With fewer bytes than ``never_before`` it cannot count as whole; with ``whole_from`` and an orderly end it must.
    """

    raw: bytes
    never_before: int
    whole_from: int


def answer(transport: str, framing: str) -> Answer:
    """Write an answer that says ``PCM``, of less than 600 bytes."""
    if transport == "sse":
        pieces, kind = speech_events(PCM, size=60), "text/event-stream"
    else:
        data = wav_header(PcmFormat(HELLO.sample_rate), len(PCM)) + PCM
        pieces, kind = [data[:50], data[50:]], "audio/wav"
    body = b"".join(pieces)
    how = {
        "chunked": "Transfer-Encoding: chunked",
        "length": f"Content-Length: {len(body)}",
        "close": "Connection: close",
    }
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{how[framing]}\r\n\r\n".encode()
    if framing == "chunked":
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    raw = head + body
    if transport == "sse":
        end = raw.rindex(b"}") + 1
        return Answer(raw, end, end + 2)
    return Answer(raw, raw.rindex(PCM[-8:]) + 8, len(raw))


def breaking(whole: Answer, places: Iterator[int], end: Callable[[Exchange], None]) -> Responder:
    """Answer the next request up to the next place, and end there."""

    def responder(exchange: Exchange) -> None:
        exchange.send(whole.raw[: next(places)])
        end(exchange)

    return responder


def heard(client: SpeechClient) -> tuple[bytes, LightningError | None]:
    """Ask, and return what was heard with what came instead of the rest."""
    pcm = b""
    try:
        with client.stream(HELLO) as stream:
            for piece in stream:
                pcm += piece
    except LightningError as fault:
        return pcm, fault
    return pcm, None
