"""TLS below a WebSocket: one thread reads, another writes, and OpenSSL sees one of them at a time."""

import contextlib
import select
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fake_websocket_server import LONG_S, PCM, certificate, client_of, hear, speaks, talking

from lightning_cli.client.websocket.ws_tls import TurnTakingSocket, trust
from lightning_cli.errors import CannotConnect


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Make a server's certificate and trust it."""
    cert, server_side = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(cert))
    return server_side


@contextlib.contextmanager
def connected(server_side: ssl.SSLContext) -> Iterator[tuple[TurnTakingSocket, ssl.SSLSocket]]:
    """Connect our socket to another end in the same process."""
    near, far = socket.socketpair()
    near.settimeout(LONG_S)
    far.settimeout(LONG_S)
    accepted: list[ssl.SSLSocket] = []
    thread = threading.Thread(
        target=lambda: accepted.append(server_side.wrap_socket(far, server_side=True)), name="tls-server"
    )
    thread.start()
    ours = trust().wrap_socket(near, server_hostname="localhost")
    thread.join(LONG_S)
    assert isinstance(ours, TurnTakingSocket)
    with ours, accepted[0]:
        yield ours, accepted[0]


def test_a_read_waits_for_its_turn(tls: ssl.SSLContext) -> None:
    """While another thread is inside the connection, nothing is read from it, whatever has come."""
    heard: list[bytes] = []
    with connected(tls) as (ours, theirs):
        reader = threading.Thread(target=lambda: heard.append(ours.recv(100)), name="reader")
        with ours._turn:
            theirs.sendall(b"early")
            reader.start()
            reader.join(0.1)
            assert not heard
            assert select.select([ours], [], [], LONG_S)[0]
        reader.join(LONG_S)
        assert heard == [b"early"]


def test_a_read_that_waits_gives_its_turn_away(tls: ssl.SSLContext) -> None:
    """Session tickets wake a read and bring it nothing: a sender gets its turn all the same."""
    heard: list[bytes] = []
    with connected(tls) as (ours, theirs):
        reader = threading.Thread(target=lambda: heard.append(ours.recv(100)), name="reader")
        reader.start()
        for number in range(50):
            ours.sendall(b"%02d" % number)
            assert theirs.recv(2) == b"%02d" % number
        assert not heard
        theirs.sendall(b"answer")
        reader.join(LONG_S)
        assert heard == [b"answer"]


def test_a_read_ends(tls: ssl.SSLContext) -> None:
    """A shutdown by another thread, the other side's end and the timeout each end a read."""
    with connected(tls) as (ours, theirs):
        ours.settimeout(0.02)
        with pytest.raises(TimeoutError):
            ours.recv(100)
        assert ours.gettimeout() == 0.02
        ours.settimeout(None)
        theirs.close()
        assert ours.recv(100) == b""
    with connected(tls) as (ours, _):
        ended = threading.Event()

        def read() -> None:
            with contextlib.suppress(OSError):
                ours.recv(100)
            ended.set()

        reader = threading.Thread(target=read, name="reader")
        reader.start()
        socket.socket.shutdown(ours, socket.SHUT_RDWR)
        assert ended.wait(LONG_S)
        reader.join(LONG_S)


def test_many_connections(tls: ssl.SSLContext) -> None:
    """Every request of a hundred new connections leaves, while the tickets of its connection arrive."""
    with talking(speaks(PCM, 40_000), tls=tls) as server:
        for _ in range(100):
            with client_of(server) as client:
                assert hear(client) == PCM
        assert server.connections == 100


def test_a_common_name_is_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate is for its alternative names alone, as over HTTP."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        (
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", "/CN=localhost", "-keyout", str(key), "-out", str(cert)),
        ),
        check=True,
        capture_output=True,
        timeout=60,
    )
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(cert))
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(cert, key)
    with talking(speaks(PCM), tls=server_side) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        with client_of(url) as client, pytest.raises(CannotConnect, match="certificate"):
            hear(client)
