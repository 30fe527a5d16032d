"""Voices heard, and dictionary files used on the way."""

import wave
from pathlib import Path

import pytest
from support.command_line import keyed, lightning, refusal_of, run_here
from support.fake_server import Exchange, ramp, serving, speaks

from lightning_cli.errors import MissingKey

PCM = ramp(4000)


def catalogue(exchange: Exchange) -> None:
    """List one Hindi voice in every pool."""
    voice = {"voiceId": "maithili", "displayName": "Maithili", "tags": {"language": ["hindi"]}}
    exchange.refuse("200 OK", {"voices": [voice]})


@pytest.mark.parametrize("voice", ["heart", "espeak-ta"])
def test_an_offline_voice_is_heard(voice: str, tmp_path: Path) -> None:
    """A voice of the engine speaks its sentence without a key."""
    done = lightning("voices", "--preview", voice, "-o", "a.wav", cwd=tmp_path)
    assert (done.code, done.stdout, done.stderr) == (0, b"", "")
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getnframes() > 0.5 * file.getframerate()


def test_a_voice_of_the_service_is_heard_in_its_language(tmp_path: Path) -> None:
    """The request names the voice and its language, with a sentence in it."""
    with serving(catalogue, catalogue, speaks(PCM)) as server:
        done = lightning(
            *("voices", "--preview", "maithili", "-o", "a.pcm", "--base-url", server.url), env=keyed(), cwd=tmp_path
        )
    assert done.code == 0, done.stderr
    # Two sentences, so the end of the first is joined to the second.
    assert (tmp_path / "a.pcm").read_bytes().startswith(PCM[:-200])
    body = server.requests[2].json
    assert (body["voice_id"], body["language"]) == ("maithili", "hi")
    assert "नमस्ते" in body["text"]


def test_a_voice_that_needs_a_key_says_so(tmp_path: Path) -> None:
    """Without a key a voice of the service cannot be heard, and no other voice takes its place."""
    done = lightning("voices", "--preview", "avery", "-o", "a.wav", cwd=tmp_path)
    assert done.code == 3
    assert done.lines[0] == "error: previewing 'avery' needs an API key"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("voice", "told"), [("hart", "unknown voice 'hart'"), ("avery", "previewing 'avery'")])
def test_a_voice_that_nobody_has(voice: str, told: str) -> None:
    """It is unknown, whatever key there is not."""
    assert refusal_of("voices", "--preview", voice).message.startswith(told)


def test_a_dictionary_file_is_synced_and_used(tmp_path: Path) -> None:
    """The file becomes a dictionary of the service before the first word, and its id is in the request."""
    (tmp_path / "words.csv").write_text("word,pronunciation\nmysql,my sequel\n")
    made: dict[str, object] = {"id": "64f1234567890abcdef12345", "createdAt": "2026-01-01T00:00:00.000Z"}

    def create(exchange: Exchange) -> None:
        made["items"] = exchange.request.json["items"]
        exchange.refuse("200 OK", made)

    with serving(lambda exchange: exchange.refuse("200 OK", []), create, speaks(PCM)) as server:
        done = lightning(
            *("say", "mysql", "--dict-file", "words.csv", "--dict", "d0", "-o", "-", "--base-url", server.url),
            env=keyed(),
            cwd=tmp_path,
        )
    assert (done.code, done.stdout) == (0, PCM), done.stderr
    assert [request.method for request in server.requests] == ["GET", "POST", "POST"]
    assert server.requests[1].json == {"items": [{"word": "mysql", "pronunciation": "my sequel"}]}
    assert server.requests[2].json["pronunciation_dicts"] == ["d0", "64f1234567890abcdef12345"]


def test_the_offline_engine_takes_a_dictionary_file(tmp_path: Path) -> None:
    """The words of the file are spoken as they are spelt there."""
    (tmp_path / "words.csv").write_text("mysql,my sequel\n")
    done = lightning("say", "I use mysql.", "--dict-file", "words.csv", "-o", "-", "-q", cwd=tmp_path)
    assert done.code == 0, done.stderr
    assert done.stdout == lightning("say", "I use my sequel.", "-o", "-", "-q", cwd=tmp_path).stdout


def test_close_voices_are_named_after_a_refusal() -> None:
    """A mistyped voice is sent as it is; when the service refuses it, the close ones are named."""
    issue = {"code": "custom", "path": ["voice_id"], "message": "Invalid Voice ID"}
    with serving(lambda exchange: exchange.refuse("400 Bad Request", {"error": [issue]})) as server:
        done = lightning("say", "Hi", "-v", "magnuss", "-o", "-", "--base-url", server.url, env=keyed())
        other = lightning("say", "Hi", "-v", "kaitlyn", "-o", "-", "--base-url", server.url, env=keyed())
    assert server.requests[0].json["voice_id"] == "magnuss"
    assert done.code == other.code == 4
    assert "Invalid Voice ID" in done.lines[0]
    assert done.lines[1].startswith("hint: did you mean magnus")
    assert other.lines[1] == "hint: kaitlyn is a voice of lightning_v3.1_pro: add --model lightning_v3.1_pro"


def test_a_preview_without_a_key_ends_as_speech_without_one_does(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit with 3, as the table of codes has it for a missing key."""
    for line in ("voices --preview avery -o a.wav", "say Hello --voice avery -o a.wav", "say Hello --cloud -o a.wav"):
        with pytest.raises(MissingKey) as caught:
            run_here(*line.split())
        assert caught.value.exit_code == 3
    assert capsys.readouterr().out == ""
