"""The thread that connects early: what it trusts, how long it waits, when it is believed, what it leaves behind."""

import contextlib
import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from support.certificates import serving_context
from support.fake_server import ramp, speaks
from support.service_client import client_of, hear
from support.tls_hosts import HANG_S, black_hole, resolves_to, secure, until
from urllib3.util.ssl_ import create_urllib3_context

from lightning_cli.client import preconnect
from lightning_cli.client.preconnect import early_connection
from lightning_cli.client.preconnect.early_connection import EarlyConnection
from lightning_cli.errors import CannotConnect, TimedOut

PCM = ramp(2000)
pytestmark = pytest.mark.usefixtures("trust")


@pytest.fixture
def begin() -> Iterator[Callable[..., EarlyConnection]]:
    """Begin a connection as the program does at its start; nothing of it is left at the end."""
    begun: list[EarlyConnection] = []

    def start(port: int, host: str = "127.0.0.1") -> EarlyConnection:
        one = EarlyConnection((host, port, os.environ["SSL_CERT_FILE"]))
        one.start()
        preconnect._begun.append(one)
        begun.append(one)
        return one

    yield start
    assert preconnect.claim() is None, "nobody asked for the connection"
    for one in begun:
        one._thread.join(HANG_S)
        assert not one._thread.is_alive()


def test_the_settings_are_urllib3s() -> None:
    """Agree with urllib3 about everything that decides who is trusted and what is said in the handshake."""
    ours, theirs = EarlyConnection(("h", 443, os.environ["SSL_CERT_FILE"]))._context(), create_urllib3_context()
    for name in (
        "options verify_mode verify_flags check_hostname hostname_checks_common_name minimum_version maximum_version "
        "post_handshake_auth security_level"
    ).split():
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.get_ciphers() == theirs.get_ciphers()


def test_taken_by_the_client(certificate: Path, begin: Callable[..., EarlyConnection]) -> None:
    """Send the first request over the connection that was begun, the next over the same, a later one over its own."""
    with secure(certificate, speaks(PCM), speaks(PCM, framing="close"), speaks(PCM)) as server:
        one = begin(server.port)
        one._thread.join(HANG_S)
        assert one.begun_s <= one.resolved_s <= one.connected_s <= one.secured_s
        # The tickets of TLS 1.3 are waiting to be read: that is not a server that has closed.
        assert one._secured is not None
        assert select.select([one._secured], [], [], HANG_S)[0]
        with client_of(server) as client:
            assert [hear(client) for _ in range(3)] == [PCM] * 3
        assert [request.connection for request in server.requests] == [1, 1, 2]


def test_the_guard_watches_it(certificate: Path, begin: Callable[..., EarlyConnection]) -> None:
    """End a connection that was begun early when our own clock runs out, as any other."""
    with secure(certificate, lambda exchange: exchange.stall()) as server:
        begin(server.port)
        with client_of(server, first_byte_s=0.3) as client, pytest.raises(TimedOut) as caught:
            hear(client)
        assert "--first-byte-timeout" in str(caught.value.hint)
        assert server.connections == 1


@pytest.mark.parametrize("wrong", ["host", "port", "authorities", "age", "plain"])
def test_what_does_not_fit_is_closed(
    certificate: Path, begin: Callable[..., EarlyConnection], monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """Make a connection of its own for a request that goes elsewhere or trusts others, and close the early one."""
    with secure(certificate, speaks(PCM)) as server, secure(certificate, speaks(PCM)) as guessed:
        one = begin(guessed.port, "localhost" if wrong == "host" else "127.0.0.1")
        one._thread.join(HANG_S)
        if wrong == "authorities":
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.with_name("certificate.pem")))
        if wrong == "age":
            monkeypatch.setattr(early_connection, "_OLDEST_S", 0.0)
        if wrong == "plain":
            server.tls = None
        asked = server if wrong in {"port", "plain"} else guessed
        with client_of(asked) as client:
            assert hear(client) == PCM
            assert asked.requests[0].connection == (2 if asked is guessed else 1)
            assert one._secured is None


def test_a_server_that_has_gone(certificate: Path) -> None:
    """Notice that the server has closed; the request then connects anew."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = EarlyConnection(("127.0.0.1", listener.getsockname()[1], str(certificate)))
        one.start()
        with serving_context(certificate).wrap_socket(listener.accept()[0], server_side=True):
            one._thread.join(HANG_S)
        sock = one._secured
        assert sock is not None
        until(lambda: early_connection._hung_up(sock))
        assert one.is_ready
        assert one.take("127.0.0.1", listener.getsockname()[1], (str(certificate), None), HANG_S) is None
        assert sock.fileno() == -1


def test_certifis_authorities() -> None:
    """Load what requests loads where the environment names nothing."""
    one = EarlyConnection(("h", 443, None))
    assert one._context().cert_store_stats()["x509_ca"] > 50
    assert one._trusted == (DEFAULT_CA_BUNDLE_PATH, None)


def test_a_directory_of_authorities(certificate: Path) -> None:
    """Distinguish a directory from a file, as requests does."""
    one = EarlyConnection(("h", 443, str(certificate.parent)))
    one._context()
    assert one._trusted == (None, str(certificate.parent))


def test_one_family_leads_nowhere(
    certificate: Path, begin: Callable[..., EarlyConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Try the next family while the first is still silent, early and later."""
    with black_hole(socket.AF_INET6) as hole, secure(certificate, speaks(PCM)) as server:
        resolves_to(monkeypatch, (socket.AF_INET6, "::1", hole), (socket.AF_INET, "127.0.0.1", server.port))
        begin(server.port, "localhost")
        with client_of(f"https://localhost:{server.port}") as client:
            assert hear(client) == PCM
        with client_of(f"https://localhost:{server.port}") as client:
            assert hear(client) == PCM
        assert [request.connection for request in server.requests] == [1, 2]


def test_no_address_answers(begin: Callable[..., EarlyConnection], monkeypatch: pytest.MonkeyPatch) -> None:
    """Report what was wrong with the last address, as urllib3 does, whether the connection was begun early or not."""
    places = [(socket.AF_INET6, "::1", 1), (socket.AF_INET6, "::1", 1), (socket.AF_INET, "127.0.0.1", 1)]
    resolves_to(monkeypatch, *places)
    told = []
    for is_early in (True, False):
        if is_early:
            begin(1)._thread.join(HANG_S)
        with client_of("https://127.0.0.1:1") as client, pytest.raises(CannotConnect) as caught:
            hear(client)
        told.append((caught.value.message, caught.value.hint, caught.value.transient))
    assert told[0] == told[1]
    assert "refused" in told[0][0]


@pytest.mark.parametrize("is_early", [True, False])
def test_the_clock_of_connecting(
    begin: Callable[..., EarlyConnection], monkeypatch: pytest.MonkeyPatch, *, is_early: bool
) -> None:
    """Stop when the time to connect is over, and leave no attempt behind."""
    with black_hole() as hole:
        if is_early:
            begin(hole)
        with client_of(f"https://127.0.0.1:{hole}", connect_s=0.3) as client, pytest.raises(TimedOut) as caught:
            hear(client)
        assert "--connect-timeout" in str(caught.value.hint)


def test_what_went_wrong_while_we_waited(
    begin: Callable[..., EarlyConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Report a look-up that failed while the request waited for it, instead of asking as long again."""
    asked, answer = threading.Semaphore(0), threading.Event()

    def slow(*_: object, **__: object) -> None:
        asked.release()
        assert answer.wait(HANG_S)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    one = begin(443, "speech.test")
    assert asked.acquire(timeout=HANG_S)
    with client_of("https://speech.test") as client:
        threading.Timer(0.2, answer.set).start()
        with pytest.raises(CannotConnect, match="Name or service not known"):
            hear(client)
    one._thread.join(HANG_S)
    assert not asked.acquire(blocking=False), "the name was looked up twice"


@pytest.mark.parametrize("moment", ["resolving", "connecting", "shaking hands", "ready", "failed"])
def test_giving_up(moment: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """End the thread and close what it has opened, whenever that is asked for."""
    gate = threading.Event()
    with contextlib.ExitStack() as held:
        port = 1
        if moment == "connecting":
            port = held.enter_context(black_hole())
        if moment == "shaking hands":
            port = held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        if moment == "ready":
            port = held.enter_context(secure(certificate, speaks(PCM))).port
        if moment == "resolving":
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: gate.wait(HANG_S) and [])
        one = EarlyConnection(("127.0.0.1", port, str(certificate)))
        one.start()
        if moment == "connecting":
            until(lambda: one._dial._under_way)
        if moment == "shaking hands":
            until(lambda: one._handshaking)
        if moment in {"ready", "failed"}:
            one._thread.join(HANG_S)
        one.cancel()
        assert one._thread.is_alive() is (moment == "resolving")
        gate.set()
        one._thread.join(HANG_S)
        assert one._secured is None
        assert not one._dial._under_way
        one.cancel()


def test_a_wait_that_a_signal_ends(begin: Callable[..., EarlyConnection]) -> None:
    """Release the connection when its waiter gives up."""
    with black_hole() as hole:
        one = begin(hole)
        assert preconnect.claim() is one
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            one.take("127.0.0.1", hole, (None, None), HANG_S)
        assert not one._thread.is_alive()
