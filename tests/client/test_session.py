"""How the service is reached: certificates, proxies, base URLs, and a complete map of what can go wrong there."""

import contextlib
import http.client
import inspect
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests.exceptions
import urllib3.exceptions
from support.certificates import make, serving_context
from support.fake_server import Exchange, ramp, refuses, serving, speaks, speech_events
from support.service_client import HELLO, KEY, client_of, hear

from lightning_cli.client.guard import Guard, mapped_faults
from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import (
    CannotConnect,
    ConfigError,
    LightningError,
    ProtocolError,
    ServiceError,
    StreamCut,
    TimedOut,
)

PCM = ramp(2000)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate for this machine and for a host that only a proxy knows."""
    return make(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1,DNS:localhost,DNS:speech.test")


@pytest.fixture(autouse=True)
def no_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what this machine trusts beyond its defaults."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def failure(url: str, connect_s: float = 20.0) -> LightningError:
    """Ask and return the failure."""
    with client_of(url, connect_s=connect_s) as client, pytest.raises(LightningError) as caught:
        hear(client)
    assert KEY not in f"{caught.value.message} {caught.value.hint}"
    return caught.value


def is_retried(fault: LightningError) -> bool:
    """Return whether another try would follow."""
    return Retrier(RetryPolicy()).delay_after(fault) is not None


def test_untrusted_certificate(certificate: Path) -> None:
    """Refuse a certificate of no trusted authority, at once and with advice; no request was sent."""
    with serving(speaks(PCM)) as server:
        server.tls = serving_context(certificate)
        fault = failure(server.url)
        assert server.requests == []
    assert isinstance(fault, CannotConnect), fault
    assert "certificate" in fault.message
    assert "SSL_CERT_FILE" in str(fault.hint)
    assert not is_retried(fault)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_trusted_by_the_environment(certificate: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Trust what each of the usual variables names, and speak over TLS, twice over one connection."""
    monkeypatch.setenv(variable, str(certificate))
    with serving(speaks(PCM)) as server:
        server.tls = serving_context(certificate)
        with client_of(server) as client:
            assert hear(client) == PCM
            assert hear(client) == PCM
        assert server.connections == 1
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_trusted_by_a_directory(certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust what SSL_CERT_DIR holds, under the names that OpenSSL looks for."""
    (tmp_path / "authority.pem").write_bytes(certificate.with_name("certificate.pem").read_bytes())
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True, capture_output=True, timeout=60)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with serving(speaks(PCM)) as server:
        server.tls = serving_context(certificate)
        with client_of(server) as client:
            assert hear(client) == PCM


def test_certificate_for_another_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse a trusted certificate that was made for another name."""
    other = make(tmp_path, "DNS:elsewhere.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with serving(speaks(PCM)) as server:
        server.tls = serving_context(other)
        fault = failure(server.url)
        assert server.requests == []
    assert isinstance(fault, CannotConnect)
    assert not is_retried(fault)


def test_missing_authority_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificate: Path) -> None:
    """Report an SSL_CERT_FILE that leads nowhere instead of failing in some other way."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    with serving(speaks(PCM)) as server:
        server.tls = serving_context(certificate)
        fault = failure(server.url)
    assert isinstance(fault, CannotConnect), fault
    assert "SSL_CERT_FILE" in str(fault.hint)
    assert not is_retried(fault)


@pytest.mark.parametrize("transport", ["sse", "ws"])
def test_authorities_that_have_no_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, transport: str) -> None:
    """A pipe under the name is not waited for."""
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "pipe"))
    settings = ServiceSettings(base_url="https://127.0.0.1:9", transport=transport, concurrency=0)
    with SpeechClient(settings) as client, pytest.raises(CannotConnect, match="is not a file") as told:
        hear(client)
    assert "SSL_CERT_FILE" in str(told.value.hint)


@contextlib.contextmanager
def accepting(answer: bytes) -> Iterator[str]:
    """Accept one connection, answer whatever it says first, and hold it; returns the address."""
    stop = threading.Event()

    def accept() -> None:
        with listener.accept()[0] as sock:
            sock.recv(1)
            sock.sendall(answer)
            assert stop.wait(30)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def test_tls_to_a_plain_server() -> None:
    """Blame no certificate where there is none: the address is wrong."""
    with accepting(b"HTTP/1.1 400 The plain HTTP request was sent to HTTPS port\r\n\r\n") as url:
        fault = failure(url)
    assert isinstance(fault, CannotConnect), fault
    assert "certificate" not in fault.message
    assert "--base-url" in str(fault.hint)
    assert not is_retried(fault)


def test_handshake_that_never_comes() -> None:
    """Count the handshake as part of connecting."""
    with accepting(b"") as url:
        fault = failure(url, connect_s=0.4)
    assert isinstance(fault, TimedOut), fault
    assert "--connect-timeout" in str(fault.hint)


def test_tls_answer_that_is_cut(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notice a cut answer under TLS, with and without its goodbye."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def cut(exchange: Exchange) -> None:
        exchange.head(extra=("Connection: close",))
        exchange.send(b"".join(speech_events(PCM)[:2]))
        exchange.hang_up()

    def cut_politely(exchange: Exchange) -> None:
        cut(exchange)
        assert isinstance(exchange.sock, ssl.SSLSocket)
        exchange.sock.settimeout(5)
        with contextlib.suppress(OSError):  # the client need not answer the goodbye
            exchange.sock.unwrap()

    with serving(cut, cut_politely, speaks(PCM)) as server:
        server.tls = serving_context(certificate)
        with client_of(server) as client:
            for _ in range(2):
                with pytest.raises(StreamCut):
                    hear(client)
            assert hear(client) == PCM


def test_plain_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a proxy for the whole address, and for nothing where NO_PROXY says so."""
    with serving(speaks(PCM)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        with client_of("http://speech.test", key=None) as client:
            assert hear(client) == PCM
            assert hear(client) == PCM
        assert [request.path for request in proxy.requests] == ["http://speech.test/waves/v1/lightning-v3.1/stream"] * 2
        assert proxy.requests[0].headers["host"] == "speech.test"
        assert proxy.connections == 1
        monkeypatch.setenv("no_proxy", "speech.test")
        with client_of("http://speech.test", key=None) as client, pytest.raises(CannotConnect):
            hear(client)
        assert len(proxy.requests) == 2


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy"])
def test_loopback_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Hand the key to no proxy when plain http was allowed because it does not leave this machine."""
    with serving(speaks(PCM)) as proxy, serving(speaks(PCM)) as server:
        monkeypatch.setenv(variable, proxy.url)
        monkeypatch.setenv(variable.upper(), proxy.url)
        for url in (server.url, f"http://localhost:{server.port}"):
            with client_of(url) as client:
                assert hear(client) == PCM
        assert proxy.requests == []
        assert len(server.requests) == 2


def test_proxy_tunnel(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach an encrypted service through a proxy, which sees neither key nor text."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = serving_context(certificate)
    inside: list[bytes] = []

    def tunnels(exchange: Exchange) -> None:
        # The proxy plays the service too: behind its 200 it goes on in TLS, as speech.test.
        exchange.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with context.wrap_socket(exchange.sock.dup(), server_side=True) as secure:
            head = b""
            while b'"output_format"' not in head:
                head += secure.recv(65536)
            inside.append(head)
            Exchange(exchange.request, secure, exchange.server).stream(speech_events(PCM))
        exchange.keep = False

    with serving(tunnels) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with client_of("https://speech.test") as client:
            assert hear(client) == PCM
        connect = proxy.requests[0]
        assert (connect.method, connect.path) == ("CONNECT", "speech.test:443")
        assert KEY.encode() not in connect.head
        assert b"authorization" not in connect.head.lower()
        assert f"Bearer {KEY}".encode() in inside[0]


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"])
def test_refusing_proxy(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """Blame the proxy that does not open its tunnel, not the service."""
    with serving(refuses(status, {"error": "no"})) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        fault = failure("https://speech.test")
    assert isinstance(fault, CannotConnect), fault
    assert "proxy" in fault.message
    assert "HTTPS_PROXY" in str(fault.hint)


def test_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blame the proxy that cannot be reached."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{closed.getsockname()[1]}")
    fault = failure("https://speech.test")
    assert isinstance(fault, CannotConnect), fault
    assert "proxy" in fault.message


def test_proxy_address_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the setting when the proxy's address makes no sense."""
    monkeypatch.setenv("https_proxy", "http://")
    fault = failure("https://speech.test")
    assert isinstance(fault, ConfigError | CannotConnect), fault


def exceptions_of(module: object, base: type[BaseException]) -> list[type[BaseException]]:
    """List the exceptions that a library defines, without its warnings."""
    classes = [item for _, item in inspect.getmembers(module, inspect.isclass) if issubclass(item, BaseException)]
    return [item for item in classes if not issubclass(item, Warning) and issubclass(item, base | OSError)]


FOREIGN = sorted(
    {
        *exceptions_of(requests.exceptions, requests.exceptions.RequestException),
        *exceptions_of(urllib3.exceptions, urllib3.exceptions.HTTPError),
        *(OSError, ConnectionResetError, BrokenPipeError, TimeoutError, socket.gaierror, ssl.SSLError),
    },
    key=lambda item: f"{item.__module__}.{item.__qualname__}",
)


def foreign(kind: type[BaseException]) -> BaseException:
    """Make an exception of any class, past constructors that want what only the library has."""
    fault = kind.__new__(kind, "it broke")
    fault.__dict__.update(partial=1, expected=2, length=b"x", response=None)
    if isinstance(fault, requests.exceptions.RequestException):
        fault.request = fault.response = None
    return fault


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
def test_every_foreign_failure_is_mapped(kind: type[BaseException], *, connected: bool) -> None:
    """Map everything that the libraries can raise, wherever they raise it."""
    with Guard() as guard, pytest.raises(LightningError) as caught, mapped_faults(guard, connected=connected):
        raise foreign(kind)
    assert caught.value.message
    assert caught.value.hint
    assert isinstance(caught.value.__cause__, kind)
    if connected:
        assert not isinstance(caught.value, CannotConnect | ConfigError), "the connection was there"


def test_a_handshake_without_an_answer_is_a_connection() -> None:
    """Where urllib3's clock ends before ours, the error names the same option."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        refused = pytest.raises(TimedOut, match=r"timed out connecting to 127\.")
        with Guard() as guard, refused, mapped_faults(guard, connected=False):
            requests.get(url, timeout=(0.05, 20))


@pytest.mark.parametrize(
    ("kind", "connected", "expected"),
    [
        (requests.exceptions.SSLError, False, CannotConnect),
        (requests.exceptions.ProxyError, False, CannotConnect),
        (requests.exceptions.ConnectionError, False, CannotConnect),
        (requests.exceptions.ConnectTimeout, False, TimedOut),
        (requests.exceptions.ReadTimeout, False, TimedOut),
        (requests.exceptions.InvalidURL, False, ConfigError),
        (requests.exceptions.InvalidHeader, False, ConfigError),
        (requests.exceptions.InvalidSchema, False, ConfigError),
        (requests.exceptions.ChunkedEncodingError, True, StreamCut),
        (requests.exceptions.ContentDecodingError, True, ProtocolError),
        (urllib3.exceptions.ReadTimeoutError, True, TimedOut),
        (urllib3.exceptions.IncompleteRead, True, StreamCut),
        (urllib3.exceptions.ProtocolError, True, StreamCut),
        (urllib3.exceptions.DecodeError, True, ProtocolError),
        (urllib3.exceptions.SSLError, True, StreamCut),
        (ConnectionResetError, True, StreamCut),
        (TimeoutError, True, TimedOut),
        (OSError, False, CannotConnect),
    ],
)
def test_what_a_foreign_failure_means(
    kind: type[BaseException], expected: type[LightningError], *, connected: bool
) -> None:
    """Return each failure its own class."""
    with Guard() as guard, pytest.raises(expected), mapped_faults(guard, connected=connected):
        raise foreign(kind)


def test_bugs_are_not_dressed_up() -> None:
    """Pass programming errors through unchanged."""
    for kind in (AttributeError, TypeError, KeyError, RuntimeError, http.client.HTTPException):
        with Guard() as guard, pytest.raises(kind), mapped_faults(guard, connected=True):
            raise kind("a bug")


def test_refusals_pass_through() -> None:
    """Wrap no error of our own again."""
    with Guard() as guard, pytest.raises(ServiceError, match="no"), mapped_faults(guard, connected=True):
        raise ServiceError("no")


def test_guard_ends_a_connection_that_comes_too_late() -> None:
    """Shut down at once what is attached after the clock ran out, as when looking the name up took all the time."""
    ours, theirs = socket.socketpair()
    with ours, theirs, Guard() as guard:
        theirs.settimeout(20)
        guard.attach(ours)
        guard.watch("connect", 0.05)
        assert theirs.recv(1) == b"", "the clock did not run out"
        assert guard.expired == "connect"
        late, peer = socket.socketpair()
        with late, peer:
            peer.settimeout(20)
            guard.attach(late)
            assert peer.recv(1) == b""


def test_guard_that_was_stopped_ends_nothing() -> None:
    """Leave a connection alone whose clock was stopped, suspended or wound up in time."""
    ours, theirs = socket.socketpair()
    with ours, theirs, Guard() as guard:
        theirs.settimeout(0.4)
        guard.attach(ours)
        for stop in (guard.rest, guard.suspend):
            guard.watch("next audio", 0.1)
            stop()
            with pytest.raises(TimeoutError):
                theirs.recv(1)
            assert guard.expired is None
        guard.progress()
        assert theirs.recv(1) == b"", "a suspended clock goes on when there is progress to wait for"
        assert guard.expired == "next audio"


def test_hello_is_short() -> None:
    """Keep the tests' request valid."""
    assert HELLO.body()
