"""The speech routes: events and whole answers, in every format, with the service's headers."""

import io
import struct
import subprocess
import wave

import pytest
from support.serve_process import LONG, STREAM, SYNC, Served, order

TOKEN = "let-me-in"


STREAMS = (STREAM, "/waves/v1/tts/live", "/api/v1/lightning-v3.1/stream")


SYNCS = (SYNC, "/waves/v1/lightning-v3.1/get_speech")


@pytest.mark.parametrize("path", STREAMS)
def test_a_stream_has_audio_in_small_events_and_a_terminator(server: Served, path: str) -> None:
    """Every chunk says that more comes, none has more than 1024 bytes, blocks are 160 ms."""
    answer = server.ask(path, order(sample_rate=24000))
    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
    *chunks, last = answer.events
    assert last == {"status": "200", "done": True}
    assert all(set(chunk) == {"audio", "done", "status"} and not chunk["done"] for chunk in chunks)
    sizes = [len(chunk["audio"]) * 3 // 4 for chunk in chunks]
    assert max(sizes) <= 1026
    assert sizes[:8] == sizes[8:16]  # 7 x 1024 and 512 bytes make 160 ms at 24 kHz
    assert answer.body.startswith(b"event: audio\ndata: ")
    assert b"\nevent" not in answer.body.rsplit(b"\n\n", 2)[1]


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 44100])
@pytest.mark.parametrize("speed", [0.5, 1, 2])
def test_rates_and_speeds(server: Served, rate: int, speed: float) -> None:
    """Every sample rate lasts equally long, and the speed changes the time by its factor."""
    usual = len(server.ask(SYNC, order(voice_id="heart")).body) / 16000
    answer = server.ask(SYNC, order(voice_id="heart", sample_rate=rate, speed=speed))
    assert answer.status == 200
    assert len(answer.body) / (rate * 2) == pytest.approx(usual / speed, rel=0.25)


@pytest.mark.parametrize("path", SYNCS)
@pytest.mark.parametrize("kind", ["pcm", "wav", "mp3", "ulaw", "alaw"])
def test_whole_answers_come_in_every_format(server: Served, path: str, kind: str) -> None:
    """The bytes are of the format asked for and decode to the same length; their type is always audio/wav."""
    pcm = server.ask(path, order(sample_rate=24000)).body
    answer = server.ask(path, order(sample_rate=24000, output_format=kind))
    assert (answer.status, answer.headers["content-type"]) == (200, "audio/wav")
    raw = {"pcm": "s16le", "ulaw": "mulaw", "alaw": "alaw"}.get(kind)
    options = ("-f", raw, "-ar", "24000", "-ac", "1") if raw else ()
    decoded = subprocess.run(
        ("ffmpeg", "-v", "error", *options, "-i", "-", "-f", "s16le", "-"),
        input=answer.body,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    slack = 2 * 24000 // 5 if kind == "mp3" else 0  # an MP3 ends in whole frames, behind the encoder's delay
    assert abs(len(decoded) - len(pcm)) <= slack
    if kind == "wav":
        (riff,) = struct.unpack_from("<I", answer.body, 4)
        assert riff == len(answer.body) - 8
        with wave.open(io.BytesIO(answer.body)) as file:
            assert file.getnframes() * 2 == len(pcm)


def test_streams_carry_pcm_whatever_was_asked(server: Served) -> None:
    """As was observed of the service."""
    assert server.ask(STREAM, order(output_format="mp3")).audio == server.ask(STREAM, order()).audio


def test_equal_requests_sound_equal_on_both_routes(server: Served) -> None:
    """A stream and a whole answer are the same audio."""
    assert server.ask(STREAM, order()).audio == server.ask(SYNC, order()).body


def test_headers_and_echoes(server: Served) -> None:
    """Every answer has ids of its own and the request's, refusals too, and says what it is."""
    answer = server.ask(SYNC, order(session_id="s.1", request_id="r-2"))
    assert answer.headers["x-external-session-id"] == "s.1"
    assert answer.headers["x-external-request-id"] == "r-2"
    assert "not the service" in answer.headers["x-lightning-stand-in"]
    assert "x-content-expiry" not in answer.headers
    refused = server.ask(SYNC, {})
    assert refused.headers["x-request-id"] != answer.headers["x-request-id"]
    assert refused.headers["content-type"] == "application/json; charset=utf-8"


def test_expiry_is_answered_when_asked(server: Served, guarded: Served) -> None:
    """Each outcome is a switch."""
    asks = {"x-expire-content": "true"}
    assert server.ask(SYNC, order(), headers=asks).headers["x-content-expiry"] == "not-entitled"
    held = {**asks, "Authorization": f"Bearer {TOKEN}"}
    assert guarded.ask(STREAM, order(), headers=held).headers["x-content-expiry"] == "applied"


def test_the_first_sound_does_not_wait_for_the_last(server: Served) -> None:
    """A long text's first audio is there while the engine is far from its end."""
    connection = server.connect()
    connection.request("POST", STREAM, b'{"text":"' + LONG.encode() + b'","voice_id":"daniel"}')
    with connection.getresponse() as response:
        assert response.readline() == b"event: audio\n"
    connection.close()
