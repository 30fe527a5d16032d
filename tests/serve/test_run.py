"""How a server begins and ends, and what it does with readers that are slow or leave."""

import contextlib
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from support.command_line import lightning
from support.serve_process import LONG, STREAM, SYNC, Served, order, running
from support.websocket_line import ask, frame, heard, pong, socket_to, turn

from lightning_cli.errors import ConfigError
from lightning_cli.serve import run, runtime
from lightning_cli.serve.run import _listen, _outside_address
from lightning_cli.serve.settings import ServeSettings

BODY = json.dumps({"text": LONG, "voice_id": "espeak-en"}).encode()


def note() -> Path:
    """Name the note's place."""
    return Path(os.environ["XDG_RUNTIME_DIR"]) / "lightning-tts" / "serve.json"


def test_small_events_wait_for_no_acknowledgement() -> None:
    """The server's sockets say that they are TCP, for asyncio turns Nagle's algorithm off only there."""
    (made,) = _listen(ServeSettings(port=0))
    with contextlib.closing(made) as listener:
        assert listener.proto == socket.IPPROTO_TCP
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            assert accepted.proto == socket.IPPROTO_TCP


def test_a_signal_lets_a_stream_finish() -> None:
    """What is under way is heard to its end, then the process ends by the signal it got; two at once are one."""
    signum = signal.SIGHUP
    text = "One two three four five six seven eight nine ten. " * 8
    with running("--rate", "20") as served:
        whole = served.ask(SYNC, order(text=text)).body
        connection = served.connect()
        connection.request("POST", SYNC, json.dumps(order(text=text)).encode())
        with connection.getresponse() as response:
            first = response.read(100)
            served.process.send_signal(signum)
            served.process.send_signal(signum)
            assert first + response.read() == whole
        connection.close()
        assert served.wait() == -signum
    assert not note().exists()


def test_a_second_signal_waits_for_no_stream() -> None:
    """The reader's stream is cut, and its client can tell."""
    with running("--rate", "1") as served:
        connection = served.connect()
        connection.request("POST", STREAM, BODY)
        with connection.getresponse() as response:
            assert response.readline() == b"event: audio\n"
            served.terminate()
            # Later than what is taken for the same wish.
            time.sleep(0.2)
            served.terminate()
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                response.read()
        connection.close()
        assert served.wait() == -signal.SIGTERM
    assert not note().exists()


def test_a_signal_lets_a_socket_finish_its_turn() -> None:
    """The turn has its complete; then the socket is closed as for a restart."""
    with running("--rate", "20") as served:
        with socket_to(served) as line:
            ask(line, **order(text="One two three four five six seven eight nine ten. " * 4))
            frames = [frame(line)]
            served.terminate()
            frames += turn(line)
            assert frames[-1]["status"] == "complete"
            assert heard(frames)
        assert served.wait() == -signal.SIGTERM


def test_an_idle_connection_does_not_hold_the_end_up() -> None:
    """Nor does a socket that says nothing."""
    with running() as served, socket_to(served) as line, contextlib.closing(served.connect()) as connection:
        connection.request("GET", "/waves/v1/health")
        connection.getresponse().read()
        pong(line)
        served.terminate()
        assert served.wait() == -signal.SIGTERM


def test_a_reader_that_leaves_frees_its_slot() -> None:
    """The engine stops within the sentence it computes: the text would have kept it for far longer."""
    with running() as served:
        for _ in range(3):
            connection = served.connect()
            connection.request("POST", STREAM, BODY)
            with connection.getresponse() as response:
                assert response.readline() == b"event: audio\n"
                assert served.ask(STREAM, order()).status == 429
            connection.close()
            statuses = (served.ask(STREAM, order()).status for _ in range(300))
            assert 200 in statuses


def test_slow_readers_are_held_back_and_hold_nobody_up() -> None:
    """Readers that take nothing cost a bounded piece of memory each; others are served meanwhile."""
    with running("--concurrency", "0") as served:
        for voice in ("daniel", "espeak-en"):
            served.ask(STREAM, order(text="Both engines are loaded before.", voice_id=voice))
        with contextlib.ExitStack() as stack:
            before = served.rss_bytes()
            lines = [stack.enter_context(frozen(served)) for _ in range(8)]
            for _ in range(5):
                assert served.ask(STREAM, order(text="The others are served meanwhile.")).status == 200
            served.wait_until_idle()
            # Eight whole answers would be 300 MB; what the engine holds of its current sentence is a few each.
            grown = served.rss_bytes() - before
            assert grown < 160 * 1024 * 1024
            for line in lines:
                assert line.recv(1)
        assert served.ask(STREAM, order()).status == 200


@contextlib.contextmanager
def frozen(served: Served) -> Iterator[socket.socket]:
    """Ask for a long text and take nothing of it."""
    with socket.create_connection(served.address, timeout=60) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        head = f"POST {STREAM} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(BODY)}\r\n\r\n"
        line.sendall(head.encode() + BODY)
        assert line.recv(12) == b"HTTP/1.1 200"
        yield line


def test_the_note_is_private_and_leads_to_the_server() -> None:
    """Mode 600, the address and the token; gone with the server."""
    assert runtime.running_server() is None
    with running(LIGHTNING_TTS_TOKEN="let-me-in") as served:
        assert stat.S_IMODE(note().stat().st_mode) == 0o600
        assert runtime.running_server() == runtime.RunningServer(served.url, "let-me-in")
        assert "let-me-in" not in repr(runtime.running_server())
    assert runtime.running_server() is None


def test_a_note_that_cannot_be_trusted_counts_for_nothing() -> None:
    """Of a process that is gone, readable by others, broken, or of a pid that is another process by now."""
    with running() as served:
        good = json.loads(note().read_bytes())
        assert served.process.pid == good["pid"]
        changes: tuple[dict[str, object], ...] = ({"started": "1"}, {"pid": 0}, {"pid": -1}, {"url": 3}, {"token": 1})
        for bad in ({**good, **change} for change in changes):
            note().write_text(json.dumps(bad))
            assert runtime.running_server() is None
        note().write_text("{")
        assert runtime.running_server() is None
        note().write_text(json.dumps(good))
        assert runtime.running_server() is not None
        note().chmod(0o644)
        assert runtime.running_server() is None
        note().chmod(0o600)
        served.process.kill()
        served.process.wait(30)
        assert runtime.running_server() is None


def test_looking_for_a_note_loads_nothing() -> None:
    """Without a server the look-up costs one missing file."""
    code = (
        "import sys; from lightning_cli.serve.runtime import running_server; running_server();"
        "sys.exit(bool({'starlette', 'uvicorn', 'numpy', 'requests', 'platformdirs'} & sys.modules.keys()))"
    )
    subprocess.run((sys.executable, "-c", code), check=True, timeout=60)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_others_need_a_token(host: str) -> None:
    """A host that others reach is refused without one, before anything listens."""
    done = lightning("serve", "--host", host)
    assert (done.code, done.stdout) == (3, b"")
    assert "LIGHTNING_TTS_TOKEN" in done.stderr


def test_with_a_token_others_may_come(tmp_path: Path) -> None:
    """The token file is enough; the note leads to an address that works here."""
    path = tmp_path / "token"
    path.write_text("let-me-in\n")
    with running("--host", "0.0.0.0", "--token-file", str(path)) as served:
        found = runtime.running_server()
        assert found is not None
        assert found.url.startswith("http://127.0.0.1:")
        address = _outside_address("0.0.0.0")
        assert served.url == found.url.replace("127.0.0.1", address or "127.0.0.1"), "where others reach it"
        served.url = found.url
        assert served.ask(STREAM, order()).status == 401
        assert served.ask(STREAM, order(), headers={"Authorization": "Bearer let-me-in"}).status == 200


@pytest.mark.parametrize("content", [b"", b"two words", b"\xff\xfe", b"x" * 5000])
def test_an_unusable_token_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty token would admit everybody."""
    path = tmp_path / "token"
    path.write_bytes(content)
    assert lightning("serve", "--token-file", str(path)).code == 3
    assert lightning("serve", "--token-file", str(tmp_path / "none")).code == 3


def test_localhost_is_both_of_its_addresses() -> None:
    """Clients try either first; the note names the one that was bound, not the name."""
    listeners = _listen(ServeSettings(host="localhost", port=0))
    try:
        bound = {one.getsockname()[:2] for one in listeners}
        port = listeners[0].getsockname()[1]
        assert bound == {("127.0.0.1", port), ("::1", port)}
    finally:
        for one in listeners:
            one.close()
    with running("--host", "localhost") as served:
        found = runtime.running_server()
        assert found is not None
        assert found.url == served.url
        assert found.url.startswith("http://127.0.0.1:")


def test_localhost_needs_both_addresses_free() -> None:
    """What listens on the other one would be reached by its name."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"cannot listen on ::1 port {port}: [^(]*in use$"):
            _listen(ServeSettings(host="localhost", port=port))


def test_the_note_goes_before_the_listener() -> None:
    """While streams are finished, no command is led to a port that anyone may take."""
    text = "One two three four five six seven eight nine ten. " * 8
    with running("--rate", "5") as served:
        connection = served.connect()
        connection.request("POST", SYNC, json.dumps(order(text=text)).encode())
        with connection.getresponse() as response:
            response.read(100)
            assert note().exists()
            served.terminate()
            while not _is_refused(served.address):
                pass
            assert not note().exists()
            response.read()
        connection.close()
        served.wait()


def _is_refused(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, 10).close()
    except OSError:
        return True
    return False


def test_a_port_that_is_taken_is_named() -> None:
    """The error says which and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = lightning("serve", "--port", str(taken.getsockname()[1]))
    assert done.code == 3
    assert "--port" in done.stderr


def test_it_says_what_it_is() -> None:
    """At the start, on stderr."""
    with running() as served:
        assert any("offline engine" in line for line in served.told)


@pytest.mark.parametrize("faults", ["oops", "429:2", "cut:0.6,stall:0.6", "200:0.5", "cut"])
def test_faults_that_cannot_be_read(faults: str) -> None:
    """They are usage errors."""
    assert lightning("serve", "--fail", faults).code == 2


@pytest.fixture
def unstarted() -> run._Server:
    """Return a server that is never started."""
    return run._Server(uvicorn.Config(lambda *_: None), None)  # type: ignore[arg-type] # nothing is asked of it


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_wish_told_twice(unstarted: run._Server, signum: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes at once with the first is the same wish; what comes later ends every turn."""
    monkeypatch.setattr(run, "_SIGNAL_REPEAT_S", 3600)
    unstarted.handle_exit(signum, None)
    unstarted.handle_exit(signum, None)
    assert (unstarted.should_exit, unstarted.force_exit) == (True, False)
    monkeypatch.setattr(run, "_SIGNAL_REPEAT_S", -1)
    unstarted.handle_exit(signum, None)
    assert unstarted.force_exit
    monkeypatch.setattr(run, "_SIGNAL_REPEAT_S", 3600)
    unstarted.handle_exit(signum, None)
    assert unstarted.force_exit


def test_a_server_that_outlives_its_terminal(unstarted: run._Server) -> None:
    """Where SIGHUP is ignored, as nohup has it, it stays so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with unstarted.capture_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_server_that_nobody_can_find(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Report that no note could be left, and what to do instead."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        run._announce(ServeSettings(), listener, said.append)
    assert said[1] == "note: no note could be left for other commands; reach this server by --base-url"
    assert runtime.running_server() is None
