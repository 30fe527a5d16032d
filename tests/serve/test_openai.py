"""The speech route of OpenAI's API, with requests made by hand; its own client is in test_serve_clients.py."""

import io
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.serve_process import Served, running
from support.serve_thread import running_here

PATH = "/v1/audio/speech"
ASK = {"model": "tts-1", "input": "Hello there.", "voice": "nova"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return one server for this file."""
    with running(home=tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.mark.parametrize("kind", ["pcm", "wav", "mp3", "flac", "opus", "aac"])
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
    slack = 2 * 24000 // 5 if kind in {"mp3", "opus", "aac"} else 0
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
        ({"voice": ["nova", "echo"]}, "voice"),
        ({"voice": {}}, "voice"),
        ({"response_format": "m4a"}, "response_format"),
        ({"stream_format": "chunks"}, "stream_format"),
        ({"stream_format": 1}, "stream_format"),
        ({"instructions": []}, "instructions"),
        ({"speed": 0.2}, "speed"),
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


def test_a_list_of_voices_is_refused_in_words(server: Served) -> None:
    """A client that mixed voices elsewhere learns what is wrong, not that a name is missing."""
    told = server.ask(PATH, {**ASK, "voice": ["nova", "echo"]}).json["error"]["message"]
    assert told == "voice must be one voice, not a list"


def test_every_speed_of_theirs_is_heard(server: Served) -> None:
    """From a quarter to four times, in about the time that it should take."""
    frames = {
        speed: len(server.ask(PATH, {**ASK, "speed": speed, "response_format": "pcm"}).body)
        for speed in (0.25, 0.5, 1, 2, 4)
    }
    assert all(size * speed == pytest.approx(frames[1], rel=0.25) for speed, size in frames.items())


def test_a_wav_tells_its_length(server: Served) -> None:
    """Clients read the duration from its header."""
    answer = server.ask(PATH, {**ASK, "response_format": "wav"})
    with wave.open(io.BytesIO(answer.body)) as read:
        assert read.getnframes() * 2 == len(answer.body) - 44


def test_aac_without_ffmpeg_is_refused_with_the_formats_that_are_there(tmp_path: Path) -> None:
    """It says what is missing."""
    with running("--engine", "espeak", PATH=str(tmp_path)) as served:
        answer = served.ask(PATH, {**ASK, "response_format": "aac"})
    assert (answer.status, answer.json["error"]["param"]) == (400, "response_format")
    assert answer.json["error"]["message"] == (
        "aac needs ffmpeg, which is not installed; use one of mp3, opus, flac, wav, pcm"
    )


def test_a_wrong_key_has_their_shape() -> None:
    """401 says so the way their client reads it."""
    with running_here(LIGHTNING_TTS_TOKEN="let-me-in") as served:
        answer = served.ask(PATH, ASK)
        assert (answer.status, answer.json["error"]["type"]) == (401, "authentication_error")


@pytest.mark.parametrize("name", ["tts-1", "gpt-4o-mini-tts-2025-12-15", "tts-1-hd-1106", "lightning_v3.1"])
def test_a_model_is_described(server: Served, name: str) -> None:
    """By its name, with the day of a release or without."""
    answer = server.ask(f"/v1/models/{name}", method="GET")
    assert (answer.status, answer.json["id"], answer.json["object"]) == (200, name, "model")


def test_an_unknown_model_or_path_has_their_shape(server: Served) -> None:
    """404 as their clients read it."""
    answer = server.ask("/v1/models/gpt-9/extra", method="GET")
    assert (answer.status, answer.json["error"]["code"]) == (404, "model_not_found")
    assert answer.json["error"]["message"] == "The model 'gpt-9/extra' does not exist"
    for method, path, status in (("GET", "/v1/chat/completions", 404), ("DELETE", "/v1/models", 405)):
        answer = server.ask(path, method=method)
        assert (answer.status, answer.json["error"]["type"]) == (status, "invalid_request_error")


def test_lists_are_open_without_the_token() -> None:
    """Programs list models and voices before a key is typed; speech still needs it."""
    with running_here("--engine", "espeak", LIGHTNING_TTS_TOKEN="let-me-in") as served:
        lists = ("/v1/models", "/v1/models/tts-1", "/v1/audio/models", "/v1/audio/voices")
        assert [served.ask(path, method="GET").status for path in lists] == [200] * 4
        assert served.ask(PATH, ASK).status == 401


def test_lists_for_chat_apps(server: Served) -> None:
    """Models and voices to choose from."""
    assert "tts-1" in {model["id"] for model in server.ask("/v1/models", method="GET").json["data"]}
    # Open WebUI reads ``models`` and ``voices``.
    assert "tts-1" in {model["id"] for model in server.ask("/v1/audio/models", method="GET").json["models"]}
    assert "alloy" in {voice["id"] for voice in server.ask("/v1/audio/voices", method="GET").json["voices"]}
