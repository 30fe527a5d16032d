"""Hosts that speak TLS and leave without the goodbye that says where an answer ends."""

import contextlib
import socket
import ssl
import threading
from pathlib import Path

import pytest
from support.certificates import make, serving_context
from support.container_samples import fmt_chunk, wav
from support.fake_server import Exchange, Responder, ramp, refuses, serving
from support.service_client import HELLO, KEY, client_of, hear

from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import CannotConnect, StreamCut

PCM = ramp(3000)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate for this machine."""
    return make(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1")


def sends(body: bytes, *, polite: bool) -> Responder:
    """Answer with a body that ends with the connection, with or without TLS's goodbye."""

    def respond(exchange: Exchange) -> None:
        exchange.head(kind="audio/wav", extra=("Connection: close",))
        exchange.send(body)
        if polite:
            assert isinstance(exchange.sock, ssl.SSLSocket)
            exchange.sock.settimeout(5)
            # The client need not answer the goodbye.
            with contextlib.suppress(OSError):
                exchange.sock.unwrap()
        exchange.hang_up()

    return respond


def hear_sync(certificate: Path, monkeypatch: pytest.MonkeyPatch, responder: Responder) -> bytes:
    """Ask for a whole answer over TLS."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with serving(responder) as server:
        server.tls = serving_context(certificate)
        settings = ServiceSettings(base_url=server.url, key=KEY, transport="sync", concurrency=0)
        with SpeechClient(settings) as client:
            return hear(client)


def test_raw_audio_without_a_goodbye(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Report a broken connection as a cut of raw samples: anything on the way could have cut them anywhere."""
    with pytest.raises(StreamCut, match="without a goodbye"):
        hear_sync(certificate, monkeypatch, sends(PCM[:3000], polite=False))


def test_raw_audio_with_a_goodbye(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what a goodbye ends for the whole, as without TLS."""
    assert hear_sync(certificate, monkeypatch, sends(PCM, polite=True)) == PCM


def test_a_wav_without_a_goodbye(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Need no goodbye where the audio itself says how much of it there is."""
    body = wav(PCM, fmt_chunk(HELLO.sample_rate))
    assert hear_sync(certificate, monkeypatch, sends(body, polite=False)) == PCM


def test_what_a_proxy_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report the status with which the proxy refused, not what the libraries wrap around it."""
    with serving(refuses("407 Proxy Authentication Required", {})) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with client_of("https://speech.test") as client, pytest.raises(CannotConnect, match="failed: 407 Proxy Auth"):
            hear(client)


def test_a_handshake_that_breaks_off() -> None:
    """Try again where the connection ends within the handshake: a host that restarts does so."""

    def leave() -> None:
        with listener.accept()[0] as sock:
            sock.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=leave)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with client_of(url) as client, pytest.raises(CannotConnect, match="cannot connect") as caught:
            hear(client)
        thread.join()
    assert Retrier(RetryPolicy()).delay_after(caught.value) is not None
