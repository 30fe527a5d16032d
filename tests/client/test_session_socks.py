"""A SOCKS proxy is used where one is named: nothing goes around it."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from support.fake_server import ramp, serving, speaks
from support.service_client import client_of, hear

from lightning_cli.errors import CannotConnect

PCM = ramp(2000)
HANG_S = 20.0


@contextlib.contextmanager
def socks_proxy(port: int, *, refuses: bool = False) -> Iterator[tuple[str, list[bytes]]]:
    """Play a SOCKS 5 proxy for one connection, whose way always ends at ``port`` here; returns its address.

    The list is filled with the names of the hosts that were asked for (RFC 1928).
    """
    asked: list[bytes] = []

    def serve() -> None:
        with listener.accept()[0] as client:
            client.settimeout(HANG_S)
            client.recv(3)
            client.sendall(b"\5\0")
            asked.append(client.recv(262)[5:-2])
            client.sendall(b"\5\5" if refuses else b"\5\0\0\1\0\0\0\0\0\0")
            if refuses:
                client.sendall(b"\0\1\0\0\0\0\0\0")
                return
            with socket.create_connection(("127.0.0.1", port)) as server:
                server.settimeout(HANG_S)
                back = threading.Thread(target=carry, args=(server, client))
                back.start()
                carry(client, server)
                back.join()

    def carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"socks5h://127.0.0.1:{listener.getsockname()[1]}", asked
        thread.join(HANG_S)


def test_nothing_goes_around_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy resolves the host and carries everything."""
    with serving(speaks(PCM)) as server, socks_proxy(server.port) as (url, asked):
        monkeypatch.setenv("ALL_PROXY", url)
        with client_of("http://speech.test", key=None) as client:
            assert hear(client) == PCM
            assert hear(client) == PCM
        assert server.connections == 1
    assert asked == [b"speech.test"]


def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where the proxy does not let us through."""
    with socks_proxy(1, refuses=True) as (url, _):
        monkeypatch.setenv("ALL_PROXY", url)
        with client_of("http://127.0.0.2.test", key=None) as client, pytest.raises(CannotConnect):
            hear(client)
