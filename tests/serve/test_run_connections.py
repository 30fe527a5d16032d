"""Connections that never ask for anything: they are closed in time, and never keep out those who do."""

import asyncio
import resource
import socket
from typing import Any

import pytest
from support.serve_process import STREAM, order, running

from lightning_cli.serve import run as listener
from lightning_cli.serve.run import WaitingConnections, connection_limit, limited_protocol

REQUEST = b"GET /waves/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def _app(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def _served(limit: int) -> tuple[Any, asyncio.Server, tuple[str, int]]:
    import uvicorn
    from uvicorn.server import ServerState

    waiting = WaitingConnections(limit)
    config = uvicorn.Config(_app, log_config=None, lifespan="off", access_log=False)
    config.load()
    made, state = limited_protocol(waiting), ServerState()
    server = await asyncio.get_running_loop().create_server(lambda: made(config, state, {}), "127.0.0.1", 0)
    return state, server, server.sockets[0].getsockname()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return head + await reader.readexactly(2)


def test_half_a_head_has_a_clock_also_behind_a_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is closed; one whose request is whole is answered first."""

    async def run() -> None:
        state, server, address = await _served(10)
        async with server:
            for beginning, whole in ((b"", False), (REQUEST[:20], False), (REQUEST, True)):
                monkeypatch.setattr(listener, "HEAD_TIMEOUT_S", 3600 if whole else 0.05)
                reader, writer = await asyncio.open_connection(*address)
                writer.write(beginning)
                if whole:
                    assert b"200" in await _answer(reader)
                    monkeypatch.setattr(listener, "HEAD_TIMEOUT_S", 0.05)
                    writer.write(REQUEST[:20])
                async with asyncio.timeout(30):
                    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                        await reader.readexactly(1)
                writer.close()
            assert len(state.connections) <= 1

    asyncio.run(run())


def test_those_who_wait_longest_make_room() -> None:
    """However many silent connections there are, a request is answered, and one under way is not cut."""

    async def run() -> None:
        state, server, address = await _served(5)
        async with server:
            silent = [await asyncio.open_connection(*address) for _ in range(20)]
            async with asyncio.timeout(30):
                reader, writer = await asyncio.open_connection(*address)
                writer.write(REQUEST)
                assert b"200" in await _answer(reader)
                assert len(state.connections) <= 5
            for _, one in [*silent, (reader, writer)]:
                one.close()

    asyncio.run(run())


def test_the_limit_leaves_descriptors_for_the_rest() -> None:
    """As many as the process may have, asked for, less what files and encoders take."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, before[1]), before[1]))
        limit = connection_limit()
        assert 1 <= limit <= 1024
        assert limit * 2 + 128 <= max(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 130)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_thousand_silent_connections_starve_no_one() -> None:
    """A real server, with few descriptors, still speaks, and says nothing raw on its standard error."""
    with running("--engine", "espeak") as served:
        resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE)
        silent: list[socket.socket] = []
        try:
            for _ in range(400):
                one = socket.create_connection(served.address, 10)
                one.send(REQUEST[:30])
                silent.append(one)
            assert served.ask(STREAM, order()).status == 200
        finally:
            for one in silent:
                one.close()
        assert not [line for line in served.told if "Traceback" in line]
