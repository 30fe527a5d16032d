"""The vendor's own clients against the server our client is tested with: it was not built to fit ours."""

import os
import subprocess
from pathlib import Path

import pytest
from support.fake_server import Exchange, Responder, ramp, serving, speaks

ROOT = Path(__file__).resolve().parents[2]
PCM = ramp(5000)


def run_vendor(version: str, url: str, call: str) -> bytes:
    """Run one call of one SDK version in its environment, made by make."""
    python = ROOT / ".venv" / f"vendor-{version}" / "bin" / "python"
    assert python.exists(), f"{python} is missing: run the tests by make test, which installs it"
    script = ROOT / "tests" / "vendor" / f"client_{version.replace('.', '_')}.py"
    done = subprocess.run(
        (str(python), str(script), url, call),
        capture_output=True,
        env={**os.environ, "SMALLESTAI_TELEMETRY": "0"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def answers(body: bytes, kind: str) -> Responder:
    """Answer with a whole body."""
    return lambda exchange: exchange.answer(body, kind=kind)


@pytest.mark.parametrize("dialect", ["seed", "new"])
def test_the_old_client_hears_the_seed_route(dialect: str) -> None:
    """SDK 4.4.7 posts to the seed route and gets every sample from both dialects of the stream."""
    with serving(speaks(PCM, dialect=dialect)) as server:
        assert run_vendor("4.4.7", server.url, "stream") == PCM
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/waves/v1/lightning-v3.1/stream")
    assert request.json == {"text": "Hello", "voice_id": "daniel", "sample_rate": 44100}


def test_the_old_client_hears_the_sync_route() -> None:
    """SDK 4.4.7 gets the bytes of the whole answer."""
    with serving(answers(PCM, "audio/wav")) as server:
        assert run_vendor("4.4.7", server.url, "sync") == PCM
    assert server.requests[0].path == "/waves/v1/lightning-v3.1/get_speech"


def test_the_new_client_accepts_the_stream() -> None:
    """SDK 5.14.0 takes the event stream without an error, and yields nothing from it, as it does everywhere."""
    with serving(speaks(PCM)) as server:
        assert run_vendor("5.14.0", server.url, "stream") == b""
    assert server.requests[0].path == "/waves/v1/tts/live"


def test_the_new_client_hears_the_sync_route() -> None:
    """SDK 5.14.0 gets the bytes of the whole answer."""
    with serving(answers(PCM, "audio/wav")) as server:
        assert run_vendor("5.14.0", server.url, "sync") == PCM
    assert server.requests[0].path == "/waves/v1/tts"


def test_the_new_client_lists_voices() -> None:
    """SDK 5.14.0 reads the catalogue our client reads."""

    def catalogue(exchange: Exchange) -> None:
        exchange.refuse("200 OK", {"voices": [{"voiceId": "avery", "displayName": "Avery", "tags": {}}]})

    with serving(catalogue) as server:
        assert run_vendor("5.14.0", server.url, "voices") == b"avery\n"
    assert server.requests[0].path == "/waves/v1/lightning-v3.1/get_voices"
