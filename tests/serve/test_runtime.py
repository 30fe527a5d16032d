"""A command without a key finds the server that its user runs, and does without it when it is gone."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from support.command_line import lightning
from support.serve_process import running

from lightning_cli.serve import runtime


def test_say_uses_the_running_server_while_it_lives() -> None:
    """The note leads to the server; --local does not ask it; after a kill -9 the engine speaks in the process."""
    with running() as served:
        found = lightning("say", "Hello there", "-o", "-")
        alone = lightning("say", "Hello there", "-o", "-", "--local")
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait(timeout=30)
        left = lightning("say", "Hello there", "-o", "-")
    assert (found.code, alone.code, left.code) == (0, 0, 0)
    assert found.stderr == f"note: no API key; using the local server at {served.url}\n"
    assert alone.stderr == ""
    assert left.stderr == "note: no API key; using the offline voice 'heart' (--local hides this note)\n"
    assert found.stdout == alone.stdout == left.stdout


def test_a_note_without_a_runtime_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is for this user's eyes in the temporary directory too, and of no use once its process has gone."""
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    path = runtime.note_path()
    assert path.parent.parent == Path(tempfile.gettempdir())
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            assert runtime.write_note(url, "secret-token")
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            found = runtime.running_server()
            assert found is not None
            assert found.url == url
        assert runtime.running_server() is None, "no socket of this user listens there"
        ended = subprocess.Popen((sys.executable, "-S", "-c", ""))
        ended.wait()
        assert runtime._started(ended.pid) == ""
        path.write_text(path.read_text().replace(str(os.getpid()), str(ended.pid)))
        assert runtime.running_server() is None
    finally:
        path.unlink()
        path.parent.rmdir()


def test_a_pipe_in_the_place_of_the_note() -> None:
    """Another user may make one in a shared directory: it is not waited for."""
    path = runtime.note_path()
    path.parent.mkdir(parents=True)
    os.mkfifo(path, 0o600)
    assert runtime.running_server() is None


def test_the_note_of_a_server() -> None:
    """Report that it could not be left, and leave that of another server alone."""
    path = runtime.note_path()
    path.mkdir(parents=True)
    assert not runtime.write_note("http://127.0.0.1:1", None)
    assert os.listdir(path.parent) == [path.name]
    path.rmdir()
    path.write_text(json.dumps({"pid": os.getpid() + 1}))
    runtime.remove_note()
    assert path.exists()
