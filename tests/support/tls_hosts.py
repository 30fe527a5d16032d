"""Servers over TLS, hosts that lead nowhere, and a resolver that says what a test wants."""

import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.certificates import serving_context
from support.fake_server import Responder, SpeechServer, serving

HANG_S = 20.0
_OTHER_TRUST = ("SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSLKEYLOGFILE")


def trust_alone(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    """Trust one certificate and no other."""
    for name in _OTHER_TRUST:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@contextlib.contextmanager
def secure(certificate: Path, *responders: Responder) -> Iterator[SpeechServer]:
    """Serve over TLS."""
    with serving(*responders) as server:
        server.tls = serving_context(certificate)
        yield server


@contextlib.contextmanager
def black_hole(family: int = socket.AF_INET) -> Iterator[int]:
    """Return a port where connections are neither made nor refused: a full queue that is never emptied."""
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    with contextlib.ExitStack() as held:
        listener = held.enter_context(socket.create_server((host, 0), family=family, backlog=0))
        address = listener.getsockname()
        while True:
            sock = held.enter_context(socket.socket(family))
            sock.setblocking(False)
            sock.connect_ex(address)
            if not select.select([], [sock], [], 0.2)[1]:
                break
        yield address[1]


def until(condition: Callable[[], object]) -> None:
    """Wait for something that happens elsewhere."""
    deadline = time.monotonic() + HANG_S
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


def resolves_to(monkeypatch: pytest.MonkeyPatch, *places: tuple[int, str, int]) -> None:
    """Resolve every host to these addresses, in this order."""
    found = [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port)) for family, host, port in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
