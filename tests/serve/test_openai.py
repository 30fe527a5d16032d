"""The speech route of OpenAI's API, with requests made by hand; its own client is in test_serve_clients.py."""

import subprocess
from collections.abc import Iterator

import pytest
from support.serve_process import Served, running

PATH = "/v1/audio/speech"
ASK = {"model": "tts-1", "input": "Hello there.", "voice": "nova"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return one server for this file."""
    with running(home=tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.mark.parametrize("kind", ["pcm", "wav", "mp3", "flac", "opus"])
def test_every_format_decodes_to_every_sample(server: Served, kind: str) -> None:
    """Lossless ones to the sample, the others to their frames; 24 kHz mono."""
    pcm = server.ask(PATH, {**ASK, "response_format": "pcm"}).body
    answer = server.ask(PATH, {**ASK, "response_format": kind})
    assert (answer.status, answer.headers["content-type"].split("/")[0]) == (200, "audio")
    options = ("-f", "s16le", "-ar", "24000", "-ac", "1") if kind == "pcm" else ()
    decoded = subprocess.run(
        ("ffmpeg", "-v", "error", *options, "-i", "-", "-ar", "24000", "-f", "s16le", "-"),
        input=answer.body,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    slack = 2 * 24000 // 5 if kind in {"mp3", "opus"} else 0
    assert abs(len(decoded) - len(pcm)) <= slack


def test_the_default_is_mp3(server: Served) -> None:
    """As their clients expect when they name no format."""
    assert server.ask(PATH, ASK).headers["content-type"] == "audio/mpeg"


def test_events_carry_the_same_audio(server: Served) -> None:
    """With stream_format sse the audio comes in their events."""
    answer = server.ask(PATH, {**ASK, "response_format": "pcm", "stream_format": "sse"})
    *deltas, done = answer.events
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert done["type"] == "speech.audio.done"
    assert answer.audio == server.ask(PATH, {**ASK, "response_format": "pcm"}).body


def test_voices_differ(server: Served) -> None:
    """Two voices of a dialogue do not sound the same; every name of theirs is accepted, and objects with an id."""
    said = {
        voice: server.ask(PATH, {**ASK, "voice": voice, "response_format": "pcm"}).body
        for voice in ("alloy", "onyx", "daniel", "heart")
    }
    assert len(set(said.values())) == 4
    assert server.ask(PATH, {**ASK, "voice": {"id": "echo"}}).status == 200


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": "x" * 8001}, "input"),
        ({"model": None}, "model"),
        ({"voice": "nobody"}, "voice"),
        ({"voice": 3}, "voice"),
        ({"response_format": "aac"}, "response_format"),
        ({"speed": 4.1}, "speed"),
        ({"speed": True}, "speed"),
    ],
)
def test_refusals_have_their_shape(server: Served, fields: dict[str, object], param: str) -> None:
    """An error object that names the parameter."""
    answer = server.ask(PATH, {**ASK, **fields})
    assert answer.status == 400
    assert answer.json["error"]["param"] == param
    assert answer.json["error"]["type"] == "invalid_request_error"


def test_speeds_beyond_the_engine_are_taken_to_its_edge(server: Served) -> None:
    """Their range is wider; a client that asks for 4 hears 2."""
    fast = server.ask(PATH, {**ASK, "speed": 4, "response_format": "pcm"}).body
    assert fast == server.ask(PATH, {**ASK, "speed": 2, "response_format": "pcm"}).body


def test_a_wrong_key_has_their_shape() -> None:
    """401 says so the way their client reads it."""
    with running(LIGHTNING_TTS_TOKEN="let-me-in") as served:
        answer = served.ask(PATH, ASK)
        assert (answer.status, answer.json["error"]["type"]) == (401, "authentication_error")


def test_lists_for_chat_apps(server: Served) -> None:
    """Models and voices to choose from."""
    assert "tts-1" in {model["id"] for model in server.ask("/v1/models", method="GET").json["data"]}
    assert "alloy" in {voice["id"] for voice in server.ask("/v1/audio/voices", method="GET").json["voices"]}
