"""On the way to a WebSocket: refusals before the upgrade, other servers, TLS and proxies."""

import json
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_server import Exchange
from support.fake_server import serving as serving_http
from support.fake_websocket_server import (
    HELLO,
    LONG_S,
    PCM,
    SEED,
    UNIFIED,
    Turn,
    certificate,
    client_of,
    hear,
    speaks,
    talking,
)

from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.routes import RouteMemory
from lightning_cli.client.settings import Timeouts
from lightning_cli.errors import (
    CannotConnect,
    ConfigError,
    ExitCode,
    KeyRefused,
    LightningError,
    ProtocolError,
    ServiceError,
    TimedOut,
    Unavailable,
)

# Before the upgrade.


def refusing(status: int, body: object, **headers: str) -> Callable[[str], tuple[int, bytes, dict[str, str]]]:
    """Answer every upgrade with a status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: (status, json.dumps(body).encode(), named)


@pytest.mark.parametrize(
    ("status", "kind", "exit_code"),
    [
        (400, ServiceError, ExitCode.REFUSED),
        (401, KeyRefused, ExitCode.CONFIG),
        (403, ServiceError, ExitCode.REFUSED),
        (408, Unavailable, ExitCode.NETWORK),
        (429, Unavailable, ExitCode.NETWORK),
        (500, Unavailable, ExitCode.NETWORK),
        (503, Unavailable, ExitCode.NETWORK),
    ],
)
def test_refusals_of_the_upgrade(status: int, kind: type[ServiceError], exit_code: ExitCode) -> None:
    """Before the upgrade the status speaks, as over HTTP: body, request id and Retry-After come through."""
    gate = refusing(status, {"error": "No", "message": "not today"}, x_request_id="req-5", retry_after="7")
    with talking(speaks(PCM), gate=gate) as server, client_of(server) as client:
        with pytest.raises(kind, match=f"{status} .*not today.*req-5") as caught:
            client.stream(HELLO)
        assert len(server.upgrades) == 1
    assert caught.value.status == status
    assert caught.value.request_id == "req-5"
    assert caught.value.exit_code == exit_code
    if isinstance(caught.value, Unavailable):
        assert caught.value.retry_after_s == 7.0


@pytest.mark.parametrize("status", [404, 410, 426])
def test_a_missing_path_sends_the_upgrade_to_the_other(status: int) -> None:
    """As over HTTP: the older path once, and remembered; when both are gone the error names both."""
    body = json.dumps({"error": "gone"}).encode()
    gate: Callable[[str], tuple[int, bytes, dict[str, str]] | None] = lambda path: (  # noqa: E731 - a value by path
        None if path == SEED else (status, body, {})
    )
    with talking(speaks(PCM), gate=gate) as server:
        for _ in range(2):
            with client_of(server) as client:
                assert hear(client) == PCM
        assert [path for path, _ in server.upgrades] == [UNIFIED, SEED, SEED]
    with talking(speaks(PCM), gate=refusing(status, {"error": "gone"})) as server, client_of(server) as client:
        with pytest.raises(ServiceError) as caught:
            client.stream(HELLO)
        assert SEED in caught.value.message
        assert UNIFIED in caught.value.message
        assert caught.value.message.endswith(": gone")


@pytest.mark.parametrize("status", [403, 426])
def test_the_retired_socket_that_was_remembered(status: int) -> None:
    """The older path answers 403 or 426 since it was retired; a base URL where it once worked goes on to the newer."""
    body = json.dumps({"error": "gone"}).encode()
    gate: Callable[[str], tuple[int, bytes, dict[str, str]] | None] = lambda path: (  # noqa: E731 - a value by path
        None if path == UNIFIED else (status, body, {})
    )
    with talking(speaks(PCM), gate=gate) as server, client_of(server) as client:
        RouteMemory().record(f"{client._settings.api_root} ws:seed", other=True)
        assert hear(client) == PCM
        assert [path for path, _ in server.upgrades] == [SEED, UNIFIED]


def test_a_key_without_the_right_is_told_so() -> None:
    """403 on the newer path is about the key: no other path is tried."""
    with talking(speaks(PCM), gate=refusing(403, {"error": "no access"})) as server, client_of(server) as client:
        with pytest.raises(ServiceError, match="no access"):
            client.stream(HELLO)
        assert [path for path, _ in server.upgrades] == [UNIFIED]


def test_a_status_in_a_message_is_no_missing_path() -> None:
    """Only the answer to an upgrade speaks of the path: a 404 inside a message is about the request."""

    def script(turn: Turn) -> None:
        turn.send(error={"message": "voice not found", "code": 404})

    with talking(script) as server, client_of(server) as client:
        with pytest.raises(ServiceError, match="voice not found"):
            client.stream(HELLO)
        assert server.connections == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """The key does not travel to where an answer points."""
    with talking(speaks(PCM)) as elsewhere:
        target = elsewhere.url.replace("http", "ws") + SEED
        gate = refusing(status, {}, location=target)
        refused = pytest.raises(ServiceError, match="redirects")
        with talking(speaks(PCM), gate=gate) as server, client_of(server) as client, refused as caught:
            client.stream(HELLO)
        assert target in caught.value.message
        assert not elsewhere.upgrades


def test_an_answer_that_is_no_upgrade() -> None:
    """A server that answers 200, as any page would, has no WebSocket there."""
    refused = pytest.raises(ProtocolError, match="200 instead of opening a WebSocket")
    with talking(speaks(PCM), gate=refusing(200, {"hello": 1})) as server, client_of(server) as client, refused:
        client.stream(HELLO)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", ProtocolError),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", ProtocolError),
        (b"", CannotConnect),
        (b"HTTP/1.1 101 Swit", CannotConnect),
    ],
)
def test_a_server_that_speaks_otherwise(answer: bytes, kind: type[LightningError]) -> None:
    """What is not an answer to an upgrade is told from a connection that just ended, which is tried again."""

    def respond(exchange: Exchange) -> None:
        exchange.send(answer)
        exchange.hang_up()

    with serving_http(respond) as server, client_of(server.url) as client, pytest.raises(kind) as caught:
        client.stream(HELLO)
    again = Retrier(RetryPolicy()).delay_after(caught.value) is not None
    assert again == (kind is CannotConnect)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_page_of_a_captive_portal(version: str) -> None:
    """It is called what it is, in the version of HTTP that small gateways speak too."""
    page = f"HTTP/{version} 200 OK\r\nContent-Type: text/html\r\n\r\n<html><title>Hotel</title></html>"

    def respond(exchange: Exchange) -> None:
        exchange.send(page.encode())
        exchange.hang_up()

    told = pytest.raises(ProtocolError, match=r"a web page came instead of the service's answer \(200 OK, 'Hotel'\)")
    with serving_http(respond) as server, client_of(server.url) as client, told:
        client.stream(HELLO)


def test_an_upgrade_that_hangs() -> None:
    """A server that accepts and says nothing runs out of the clock for connecting."""
    timeouts = Timeouts(connect_s=0.25, first_byte_s=LONG_S, idle_s=LONG_S)
    late = pytest.raises(TimedOut, match="timed out connecting")
    with serving_http(Exchange.stall) as server, client_of(server.url, timeouts=timeouts) as client, late:
        client.stream(HELLO)


def test_nobody_there() -> None:
    """Without a server ``CannotConnect`` is raised, whatever the name."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    for address in (url, "http://no-such-host.invalid"):
        with client_of(address, key=None) as client, pytest.raises(CannotConnect, match="cannot connect"):
            client.stream(HELLO)


# TLS and proxies.


@pytest.fixture
def _no_bundles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the certificates that the machine's environment names."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_no_bundles")
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """A private authority is trusted where the environment names it, and nowhere else."""
    cert, tls = certificate(tmp_path)
    with talking(speaks(PCM, 40_000), tls=tls) as server:
        with client_of(server) as client, pytest.raises(CannotConnect, match="certificate") as caught:
            client.stream(HELLO)
        assert not caught.value.transient
        monkeypatch.setenv(variable, str(cert))
        with client_of(server) as client:
            assert hear(client) == PCM
            with client.stream(HELLO) as stream:
                next(iter(stream))
            assert hear(client) == PCM
        trusted = tmp_path / "trusted"
        trusted.mkdir()
        monkeypatch.setenv(variable, str(trusted))
        with client_of(server) as client, pytest.raises(CannotConnect, match="certificate"):
            client.stream(HELLO)
        shutil.copy(cert, trusted)
        subprocess.run(("openssl", "rehash", str(trusted)), check=True, capture_output=True, timeout=60)
        with client_of(server) as client:
            assert hear(client) == PCM


@pytest.mark.usefixtures("_no_bundles")
def test_tls_that_cannot_be_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle that is not there, or is none, is named as our own side's fault."""
    (tmp_path / "none.pem").write_text("no certificate")
    for path in (tmp_path / "missing.pem", tmp_path / "none.pem"):
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        with client_of("https://127.0.0.1:1") as client, pytest.raises(CannotConnect, match="cannot set up"):
            client.stream(HELLO)


def test_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy of the environment is used, and blamed when it does not let us through."""

    def refuse(status: str) -> None:
        with serving_http(lambda exchange: exchange.answer(b"no", status=status)) as proxy:
            monkeypatch.setenv("http_proxy", proxy.url)
            blamed = pytest.raises(CannotConnect, match="proxy")
            with client_of("http://service.example", key=None) as client, blamed:
                client.stream(HELLO)
            assert proxy.requests[0].method == "CONNECT"
            assert "authorization" not in proxy.requests[0].headers

    refuse("407 Proxy Authentication Required")
    refuse("503 Service Unavailable")
    monkeypatch.setenv("http_proxy", "gopher://127.0.0.1")
    with client_of("http://service.example", key=None) as client, pytest.raises(ConfigError, match="proxy"):
        client.stream(HELLO)
    monkeypatch.setenv("http_proxy", "socks5h://127.0.0.1:1")
    with client_of("http://service.example", key=None) as client, pytest.raises((ConfigError, CannotConnect)):
        client.stream(HELLO)


def test_no_proxy_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key may travel unencrypted within this machine only, so a proxy never sees that traffic."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with talking(speaks(PCM)) as server, client_of(server) as client:
        assert hear(client) == PCM
