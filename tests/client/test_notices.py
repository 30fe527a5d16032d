"""What the service announces is told and never ends a run; what is gone is told in the service's own words."""

import json
from pathlib import Path

import pytest
from support.command_line import keyed, lightning
from support.fake_server import Exchange, Responder, audio_event, ramp, refuses, serving, speaks
from support.fake_websocket_server import HELLO as WS_HELLO
from support.fake_websocket_server import PCM as WS_PCM
from support.fake_websocket_server import Turn, talking

from lightning_cli.client.notices import announced_by, announced_in
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import ServiceError
from lightning_cli.request import SpeechRequest

PCM = ramp(600)
HELLO = SpeechRequest(text="Hello.", voice_id="daniel", sample_rate=24000)
WARNINGS: list[tuple[dict[str, object], str]] = [
    ({"status": "warning", "message": "lightning_v3.1 goes on 2027-01-01"}, "lightning_v3.1 goes on 2027-01-01"),
    ({"warning": "switch soon", "code": "model_deprecated"}, "switch soon"),
    ({"warning": {"message": "switch soon", "code": "x"}}, "switch soon"),
    ({"code": "model_deprecated", "message": "old", "recommended_model": "m"}, "old (it recommends m)"),
    ({"type": "warning", "detail": "careful"}, "careful"),
    ({"code": "MODEL_DEPRECATED"}, "MODEL_DEPRECATED"),
    ({"warning": True}, "no reason given"),
]


def told(settings: ServiceSettings, request: SpeechRequest = HELLO) -> tuple[bytes, list[str]]:
    """Return the audio of one request and what was announced while it was read."""
    announced: list[str] = []
    with SpeechClient(settings, announce=announced.append) as client, client.stream(request) as stream:
        return b"".join(stream), announced


@pytest.mark.parametrize(("said", "words"), WARNINGS)
def test_a_warning_event_is_told_and_the_audio_goes_on(said: dict[str, object], words: str) -> None:
    """A warning may stand before, between and behind audio, and none of it is lost."""

    def warns(exchange: Exchange) -> None:
        event = b"data: " + json.dumps(said).encode() + b"\n\n"
        end = b'event: complete\ndata: {"done":true}\n\n'
        exchange.stream((event, audio_event(PCM[:600]), event, audio_event(PCM[600:]), event, end))

    with serving(warns) as server:
        pcm, announced = told(ServiceSettings(base_url=server.url))
    assert pcm == PCM
    assert announced == [f"the service warns: {words}"] * 3


@pytest.mark.parametrize("said", [{}, {"status": "206", "audio": "AAAA"}, {"done": True}, {"warning": None}])
def test_what_is_no_warning(said: dict[str, object]) -> None:
    """Usual events announce nothing."""
    assert announced_by(said) is None


def test_a_failure_stays_a_failure() -> None:
    """An unknown status without audio, as before, ends the answer."""

    def fails(exchange: Exchange) -> None:
        exchange.stream((b'data: {"status":"exploded"}\n\n',))

    with serving(fails) as server, pytest.raises(Exception, match="reported a failure"):
        told(ServiceSettings(base_url=server.url))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Sunset: Wed, 06 Jan 2027 00:00:00 GMT", "will retire /lightning-v3.1/stream on Wed, 06 Jan 2027"),
        ("Deprecation: @1767225600", "calls /lightning-v3.1/stream deprecated"),
    ],
)
def test_a_header_that_names_an_end(header: str, words: str) -> None:
    """Sunset (RFC 8594) and Deprecation (RFC 9745) are told beside the audio."""
    with serving(speaks(PCM, extra=(header,))) as server:
        pcm, announced = told(ServiceSettings(base_url=server.url))
    assert pcm == PCM
    assert len(announced) == 1
    assert words in announced[0]
    assert announced_in({"deprecation": "false"}, "/x") is None


def test_a_long_warning_is_cut() -> None:
    """A hostile service floods no terminal."""
    assert len(announced_by({"warning": "x" * 10_000}) or "") < 600


def test_a_warning_on_the_web_socket() -> None:
    """A message that warns is told, and the answer goes on."""
    announced: list[str] = []

    def script(turn: Turn) -> None:
        turn.send(status="warning", message="soon")
        turn.speak(WS_PCM)

    with talking(script) as server:
        settings = ServiceSettings(base_url=server.url, transport="ws")
        with SpeechClient(settings, announce=announced.append) as client, client.stream(WS_HELLO) as stream:
            assert b"".join(stream) == WS_PCM
    assert announced == ["the service warns: soon"]


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"message": "Model lightning_v3.1 is no longer available."}, "use --model lightning_v3.1_pro --voice meher"),
        ({"message": "The model was retired.", "recommended_model": "lightning_v9"}, "use --model lightning_v9"),
        ({"message": "Model lightning-v3.1-pro was retired."}, "choose another model"),
        (
            {"message": "model deprecated", "recommended_model": "lightning_v3.1_pro"},
            "use --model lightning_v3.1_pro --voice meher",
        ),
    ],
)
@pytest.mark.parametrize("status", ["400 Bad Request", "404 Not Found", "410 Gone"])
def test_a_model_that_is_gone(status: str, body: dict[str, str], hint: str) -> None:
    """The service's sentence reaches the person, with what to use instead, whatever path was tried last."""
    with serving(refuses(status, body)) as server, pytest.raises(ServiceError) as caught:
        told(ServiceSettings(base_url=server.url))
    assert body["message"] in caught.value.message
    assert (caught.value.hint or "").startswith(hint)


@pytest.mark.parametrize("status", ["301 Moved Permanently", "308 Permanent Redirect"])
@pytest.mark.parametrize("absolute", [False, True])
def test_a_redirect_to_the_newer_path_counts_as_gone(status: str, absolute: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """The key goes to the newer path of the same host, and nowhere else."""
    unified = "/waves/v1/tts/live"

    def moved(exchange: Exchange) -> None:
        if exchange.request.path == unified:
            answer: Responder = speaks(PCM)
            answer(exchange)
            return
        host = exchange.request.headers["host"]
        where = f"http://{host}{unified}" if absolute else unified
        exchange.answer(b"", status=status, extra=(f"Location: {where}",))

    with serving(moved) as server:
        assert told(ServiceSettings(base_url=server.url))[0] == PCM
        assert [request.path for request in server.requests][1:] == [unified]


def test_a_run_tells_it_once(tmp_path: Path) -> None:
    """Every sentence of a text brings the same warning, and a person reads it once."""
    with serving(*[speaks(PCM, extra=("Sunset: Wed, 06 Jan 2027 00:00:00 GMT",))] * 3) as server:
        target = str(tmp_path / "a.wav")
        text = "This is the first sentence. This is the second one. And this is the third."
        done = lightning("say", text, "-o", target, "--base-url", server.url, env=keyed())
    assert done.code == 0
    assert len(server.requests) == 3
    assert done.stderr.count("will retire") == 1
