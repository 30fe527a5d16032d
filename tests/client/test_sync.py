"""The sync transport on a real socket: one body of audio, in every framing and container, and every way to break it."""

import threading

import pytest
from support.container_samples import UNKNOWN_SIZES, chunk, fmt_chunk, mp3, wav
from support.fake_server import Exchange, serving
from support.sound_samples import tone
from support.sync_exchanges import HELLO, LONG_S, PCM, WAV, hear, sends, settings

from lightning_cli.audio.g711 import expand
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.answer_formats import decode_mp3
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.stream import Answer
from lightning_cli.client.sync import SyncStream
from lightning_cli.errors import (
    ProtocolError,
)
from lightning_cli.request import SAMPLE_RATES, SpeechRequest


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("size", [None, *UNKNOWN_SIZES])
def test_wav(framing: str, size: int | None) -> None:
    """What is asked for by default: the header goes, the samples stay, however the body is framed."""
    assert hear(sends(wav(PCM, fmt_chunk(44100), size=size), framing)) == PCM


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("wire_format", ["pcm", "ulaw", "alaw", "mp3"])
def test_other_formats(framing: str, wire_format: str) -> None:
    """Every format of the wire gives PCM, though the header says audio/wav of all of them (protocol.md 0.13)."""
    sound = tone(0.5, 44100)
    body = {"pcm": PCM, "ulaw": bytes(range(256)) * 9, "alaw": bytes(range(256)) * 9, "mp3": mp3(sound, 44100)}
    expected = {
        "pcm": PCM,
        "ulaw": expand(body["ulaw"], "ulaw"),
        "alaw": expand(body["alaw"], "alaw"),
        "mp3": decode_mp3(body["mp3"], PcmFormat(44100)),
    }
    assert hear(sends(body[wire_format], framing), wire_format=wire_format) == expected[wire_format]


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_every_rate(rate: int) -> None:
    """The rate in the header is the one that was asked for; another one is an error that names both."""
    request = SpeechRequest(text="Hello.", voice_id="daniel", sample_rate=rate)
    assert hear(sends(wav(PCM, fmt_chunk(rate))), request) == PCM
    with pytest.raises(ProtocolError, match=f"22050 Hz where {rate} Hz"):
        hear(sends(wav(PCM, fmt_chunk(22050))), request)


def test_a_service_that_ignores_the_format() -> None:
    """The bytes decide: raw PCM where WAV was asked for, WAV where PCM was, MP3 where it was not asked for."""
    assert hear(sends(PCM)) == PCM
    assert hear(sends(WAV), wire_format="pcm") == PCM
    sound = mp3(tone(0.5, 44100), 44100)
    assert hear(sends(sound), wire_format="pcm") == decode_mp3(sound, PcmFormat(44100))


def test_what_is_sent() -> None:
    """The request of the sync route: its path, its headers, its format, and the ids of its answer."""
    ids = ("X-Request-Id: req-1", "X-Session-Id: ses-1", "X-External-Request-Id: mine", "x-content-expiry: applied")

    def respond(exchange: Exchange) -> None:
        exchange.answer(WAV, kind="audio/wav", extra=ids)

    request = SpeechRequest(text="Hello.", voice_id="daniel", request_id="mine", expire_content=True)
    with serving(respond) as server, SpeechClient(settings(server.url, key="sk_test")) as client:
        with client.stream(request) as stream:
            assert stream.answer == Answer(
                request_id="req-1", session_id="ses-1", external_request_id="mine", content_expiry="applied"
            )
            assert isinstance(stream, SyncStream)
            assert b"".join(stream) == PCM
            assert stream.detected_format == "wav"
        sent = server.requests[0]
    assert sent.path == "/waves/v1/lightning-v3.1/get_speech"
    assert sent.headers["accept"] == "audio/wav"
    assert sent.headers["authorization"] == "Bearer sk_test"
    assert sent.headers["x-expire-content"] == "true"
    assert sent.json == {
        "text": "Hello.",
        "voice_id": "daniel",
        "sample_rate": 44100,
        "output_format": "wav",
        "request_id": "mine",
    }


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_one_connection_serves_all(framing: str) -> None:
    """A body read to its end leaves the connection to the next request, trailing chunks and all."""
    body = wav(PCM, fmt_chunk(44100), after=chunk(b"LIST", b"x" * 5000))
    with serving(sends(body, framing)) as server, SpeechClient(settings(server.url)) as client:
        for _ in range(3):
            with client.stream(HELLO) as stream:
                assert b"".join(stream) == PCM
        assert server.connections == 1


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_sound_comes_before_the_end(framing: str) -> None:
    """Audio is handed over as it arrives: the server finishes only after the client has heard the beginning."""
    heard = threading.Event()

    def respond(exchange: Exchange) -> None:
        head = {"length": f"Content-Length: {len(WAV)}", "chunked": "Transfer-Encoding: chunked"}
        exchange.head(kind="audio/wav", extra=(head.get(framing, "Connection: close"),))
        send = exchange.chunk if framing == "chunked" else exchange.send
        send(WAV[:30])
        send(WAV[30:1044])
        assert heard.wait(LONG_S)
        send(WAV[1044:])
        if framing == "chunked":
            exchange.end_chunks()
        exchange.keep = framing != "close"

    with serving(respond) as server, SpeechClient(settings(server.url)) as client, client.stream(HELLO) as stream:
        pieces = iter(stream)
        first = next(pieces)
        heard.set()
        assert first == PCM[: len(first)]
        assert len(first) == 1000
        assert first + b"".join(pieces) == PCM
