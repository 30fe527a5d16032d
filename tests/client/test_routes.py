"""Which path a request takes, what happens when the service has it no longer, and what is remembered of that."""

import subprocess
import sys

import pytest
from support.container_samples import wav
from support.fake_server import Exchange, Responder, refuses, serving
from support.route_service import HELLO, PCM, PRO, SEED, UNIFIED, has, hear, missing, retired, speak, state_file

from lightning_cli.client.routes import PATHS, RouteMemory, Router
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import LOCAL_URL, ServiceSettings
from lightning_cli.errors import ConfigError, KeyRefused, ServiceError, Unavailable
from lightning_cli.request import SpeechRequest


@pytest.mark.parametrize(
    ("base", "root"),
    [
        ("https://api.smallest.ai", "https://api.smallest.ai/waves/v1"),
        ("https://api.smallest.ai/", "https://api.smallest.ai/waves/v1"),
        ("https://api.smallest.ai/waves/v1", "https://api.smallest.ai/waves/v1"),
        ("https://api.smallest.ai/waves/v1/", "https://api.smallest.ai/waves/v1"),
        ("https://waves-api.smallest.ai/api/v1", "https://waves-api.smallest.ai/api/v1"),
        ("https://waves-api.smallest.ai/api/v1//", "https://waves-api.smallest.ai/api/v1"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765/waves/v1"),
        ("http://[::1]:8765/", "http://[::1]:8765/waves/v1"),
        ("https://proxy.example/smallest", "https://proxy.example/smallest/waves/v1"),
        ("local://engine", "local://engine/waves/v1"),
    ],
)
def test_base_url_forms(base: str, root: str) -> None:
    """A base URL may carry the API's prefix, the old hosts' prefix, or none, and slashes at its end."""
    assert ServiceSettings(base_url=base).api_root == root


def test_the_web_socket_goes_where_http_goes() -> None:
    """The scheme follows: ws for http, wss for https, in any spelling."""
    assert ServiceSettings(base_url="https://h.example").socket_root == "wss://h.example/waves/v1"
    assert ServiceSettings(base_url="http://127.0.0.1:1/api/v1").socket_root == "ws://127.0.0.1:1/api/v1"
    assert ServiceSettings(base_url="HTTPS://h.example").socket_root == "wsS://h.example/waves/v1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"route": "newest"},
        {"transport": "carrier-pigeon"},
        {"wire_format": "mulaw"},
        {"word_timestamps": True},
        {"word_timestamps": True, "transport": "sync"},
        {"transport": "ws", "base_url": LOCAL_URL},
        {"transport": "sync", "base_url": LOCAL_URL},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, object]) -> None:
    """A choice that does not exist, or that its transport cannot keep, is refused before anything is sent."""
    with pytest.raises(ConfigError):
        ServiceSettings(**wrong)  # type: ignore[arg-type] # wrong on purpose


def test_the_default_is_the_older_path() -> None:
    """Nothing remembered: one request, to the older path, and nothing written down."""
    with serving(speak) as server:
        assert hear(ServiceSettings(base_url=server.url)) == PCM
        assert [request.path for request in server.requests] == [SEED]
    assert not state_file().exists()


@pytest.mark.parametrize("prefix", ["/waves/v1", "/api/v1"])
def test_a_prefix_in_the_base_url_is_not_doubled(prefix: str) -> None:
    """What the base URL carries is what the request's path begins with."""
    with serving(speak) as server:
        assert hear(ServiceSettings(base_url=server.url + prefix + "/")) == PCM
        assert [request.path for request in server.requests] == [prefix + "/lightning-v3.1/stream"]


@pytest.mark.parametrize("gone", [missing, retired])
def test_a_missing_path_sends_the_request_to_the_other_and_is_remembered(gone: Responder) -> None:
    """The very same request goes to the newer path; the next process goes there at once."""
    with serving(has(seed=gone, unified=speak)) as server:
        settings = ServiceSettings(base_url=server.url, key="sk_test")
        assert hear(settings) == PCM
        first, second = server.requests
        assert (first.path, second.path) == (SEED, UNIFIED)
        assert first.body == second.body
        assert first.headers == second.headers
        assert hear(settings) == PCM
        assert [request.path for request in server.requests[2:]] == [UNIFIED]
        # Another address knows nothing of it.
        assert hear(ServiceSettings(base_url=server.url.replace("127.0.0.1", "localhost"))) == PCM
        assert [request.path for request in server.requests[3:]] == [SEED, UNIFIED]
    assert state_file().parent.stat().st_mode & 0o077 == 0
    assert [path.name for path in state_file().parent.iterdir()] == ["routes.json"]


def test_one_client_does_not_ask_twice() -> None:
    """A client that found the newer path keeps to it, whatever the file says."""
    with serving(has(seed=missing, unified=speak)) as server, SpeechClient(ServiceSettings(base_url=server.url)) as one:
        for _ in range(2):
            with one.stream(HELLO) as stream:
                assert b"".join(stream) == PCM
            state_file().unlink(missing_ok=True)
        assert [request.path for request in server.requests] == [SEED, UNIFIED, UNIFIED]


def test_a_remembered_path_that_goes_missing() -> None:
    """The older path is tried once, and what was remembered is forgotten."""
    with serving(has(seed=speak)) as server:
        settings = ServiceSettings(base_url=server.url)
        RouteMemory().record(f"{settings.api_root} sse", other=True)
        assert hear(settings) == PCM
        assert hear(settings) == PCM
        assert [request.path for request in server.requests] == [UNIFIED, SEED, SEED]


@pytest.mark.parametrize(("route", "path"), [("seed", SEED), ("unified", UNIFIED)])
@pytest.mark.parametrize("gone", [missing, retired])
def test_a_forced_route_is_the_only_one(route: str, path: str, gone: Responder) -> None:
    """What was forced is not replaced; its own refusal is reported, with the endpoint that the service names."""
    with serving(gone) as server:
        with pytest.raises(ServiceError, match=r"404 Not Found|410 Gone") as caught:
            hear(ServiceSettings(base_url=server.url, route=route))
        assert [request.path for request in server.requests] == [path]
    recommends = "/waves/v1/tts/live" in (caught.value.hint or "")
    assert recommends == (caught.value.status == 410)
    with serving(speak) as server:
        assert hear(ServiceSettings(base_url=server.url, route=route)) == PCM
        assert [request.path for request in server.requests] == [path]


def test_a_forced_route_ignores_what_is_remembered() -> None:
    """Memory serves the automatic choice alone, and a forced route teaches it nothing."""
    with serving(has(seed=speak, unified=speak)) as server:
        settings = ServiceSettings(base_url=server.url)
        RouteMemory().record(f"{settings.api_root} sse", other=True)
        hear(ServiceSettings(base_url=server.url, route="seed"))
        hear(settings)
        assert [request.path for request in server.requests] == [SEED, UNIFIED]


def test_another_model_takes_the_newer_path_only() -> None:
    """The older paths are one model's: another's request never falls back to them."""
    with serving(has(seed=speak, unified=speak)) as server:
        assert hear(ServiceSettings(base_url=server.url), PRO) == PCM
        assert [request.path for request in server.requests] == [UNIFIED]
    with serving(has(seed=speak)) as server:
        with pytest.raises(ServiceError, match="404"):
            hear(ServiceSettings(base_url=server.url), PRO)
        assert [request.path for request in server.requests] == [UNIFIED]
    assert not state_file().exists()


@pytest.mark.parametrize(("first", "second"), [(missing, missing), (retired, missing), (missing, retired)])
def test_neither_path(first: Responder, second: Responder) -> None:
    """When both are gone the error names both, and passes on what the service recommends."""
    with serving(has(seed=first, unified=second)) as server:
        with pytest.raises(ServiceError) as caught:
            hear(ServiceSettings(base_url=server.url))
        assert len(server.requests) == 2
        assert server.url + SEED in caught.value.message
        assert server.url + UNIFIED in caught.value.message
    hint = caught.value.hint or ""
    assert ("/waves/v1/tts/live" in hint) == (retired in {first, second})
    assert ("--base-url" in hint) == (retired not in {first, second})
    assert caught.value.request_id == ("req-404" if second is missing else None)
    assert caught.value.exit_code == 4
    assert not state_file().exists()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 Bad Request", ServiceError),
        ("401 Unauthorized", KeyRefused),
        ("405 Method Not Allowed", ServiceError),
        ("429 Too Many Requests", Unavailable),
        ("503 Service Unavailable", Unavailable),
    ],
)
def test_other_refusals_are_final(status: str, kind: type[ServiceError]) -> None:
    """Only 404 and 410 speak of the path; everything else is the answer, from either path."""
    with serving(has(seed=refuses(status, {"error": "no"}), unified=speak)) as server:
        with pytest.raises(kind):
            hear(ServiceSettings(base_url=server.url))
        assert len(server.requests) == 1
    with serving(has(unified=refuses(status, {"error": "no"}))) as server:
        with pytest.raises(kind):
            hear(ServiceSettings(base_url=server.url))
        assert len(server.requests) == 2
    assert not state_file().exists(), "only a success is remembered"


def test_transports_have_paths_of_their_own() -> None:
    """Sync requests fall back and are remembered among themselves."""
    paths = {"/waves/v1/tts": speaks_wav, UNIFIED: speak}

    def respond(exchange: Exchange) -> None:
        paths.get(exchange.request.path, missing)(exchange)

    with serving(respond) as server:
        for transport in ("sync", "sse", "sync", "sse"):
            assert hear(ServiceSettings(base_url=server.url, transport=transport)) == PCM
        seen = [request.path.removeprefix("/waves/v1") for request in server.requests]
        assert seen == [
            "/lightning-v3.1/get_speech",
            "/tts",
            "/lightning-v3.1/stream",
            "/tts/live",
            "/tts",
            "/tts/live",
        ]


def speaks_wav(exchange: Exchange) -> None:
    """Answer as the sync route does."""
    exchange.answer(wav(PCM), kind="audio/wav")


@pytest.mark.parametrize(
    ("transport", "wire_format", "asked", "sent"),
    [
        ("sse", None, "pcm", "pcm"),
        ("sse", None, "wav", "wav"),
        ("sse", "mp3", "pcm", "mp3"),
        ("sync", None, "pcm", "wav"),
        ("sync", None, "ulaw", "ulaw"),
        ("sync", "pcm", "pcm", "pcm"),
        ("sync", "wav", "alaw", "wav"),
    ],
)
def test_the_format_on_the_wire(transport: str, wire_format: str | None, asked: str, sent: str) -> None:
    """The settings decide, else the request if it asks for more than PCM, else the transport."""
    request = SpeechRequest(text="Hello.", voice_id="daniel", sample_rate=24000, output_format=asked)
    answer = speak if transport == "sse" else speaks_wav
    with serving(answer) as server:
        hear(ServiceSettings(base_url=server.url, transport=transport, wire_format=wire_format), request)
        assert server.requests[0].json["output_format"] == sent
        assert server.requests[0].headers["accept"] == ("text/event-stream" if transport == "sse" else "audio/wav")


def test_the_offline_engine_leaves_no_trace() -> None:
    """An engine inside the process has one path for ever; the file is for services."""
    router = Router(ServiceSettings(base_url=LOCAL_URL))
    tried: list[str] = []

    def attempt(path: str) -> str:
        tried.append(path)
        if len(tried) == 1:
            raise ServiceError("gone", status=404)
        return path

    assert router.open(None, attempt) == PATHS["sse", "unified"]
    assert not state_file().exists()


def test_an_ordinary_request_loads_nothing_for_routes() -> None:
    """The first word does not wait for platformdirs, websockets, or a decoder it does not need."""
    code = (
        "import sys\n"
        "from lightning_cli.client.service import SpeechClient\n"
        "from lightning_cli.client.settings import ServiceSettings\n"
        "from lightning_cli.request import SpeechRequest\n"
        "with SpeechClient(ServiceSettings(base_url=sys.argv[1])) as client:\n"
        "    with client.stream(SpeechRequest(text='Hi.', voice_id='daniel')) as stream:\n"
        "        assert b''.join(stream)\n"
        "print(*sys.modules)\n"
    )
    with serving(speak) as server:
        command = (sys.executable, "-c", code, server.url)
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert not {"platformdirs", "websockets", "numpy", "soundfile"} & set(done.stdout.split())
