"""Runs among files that were exchanged or edited, and beside other runs of the same kind."""

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from support.command_line import COMMAND, TIMEOUT_S, environment, lightning

from lightning_cli.cli.config.config_change import change, spot_of
from lightning_cli.client.routes import RouteMemory
from lightning_cli.local.neural import TableCache
from lightning_cli.narration.cache import Entry, SpeechCache
from lightning_cli.narration.lock_file import NAME, LockFile
from lightning_cli.system import last_seen
from lightning_cli.system.small_files import read_json, read_small

T = TypeVar("T")
PRINT = "ab" * 32


def promptly(act: Callable[[], T], pipe: Path) -> T:
    """Run what must not wait for a writer of ``pipe``; one that waits is let go and fails the test."""
    given: list[T] = []
    thread = threading.Thread(target=lambda: given.append(act()), daemon=True)
    thread.start()
    thread.join(10)
    waited = thread.is_alive()
    while thread.is_alive():
        # A reader that waits for a writer has one now, and then reads its end.
        os.close(os.open(pipe, os.O_WRONLY))
        thread.join(1)
    assert not waited, "it waited for a writer"
    return given[0]


def test_a_pipe_under_the_name_of_a_kept_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe under the name of a file of ours is not waited for; the file counts as absent."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    pipe = tmp_path / "lightning-tts" / "devices.json"
    pipe.parent.mkdir()
    os.mkfifo(pipe)
    assert promptly(lambda: last_seen.read("devices.json"), pipe) == {}
    assert promptly(lambda: read_json(pipe), pipe) is None
    routes = tmp_path / "routes.json"
    os.mkfifo(routes)
    memory = RouteMemory(tmp_path)
    assert promptly(lambda: memory.recall("a"), routes) is False
    memory.record("a", other=True)
    assert memory.recall("a"), "and it is replaced"


def test_a_pipe_that_a_person_names_is_waited_for(tmp_path: Path) -> None:
    """``<(program)`` is read like a file where a person names it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"hello"))
    writer.start()
    assert read_small(pipe, 100) == b"hello"
    writer.join()


def test_a_pipe_or_a_device_as_an_entry(tmp_path: Path) -> None:
    """An entry of the cache that is not a file is absent, and neither waited for nor read without end."""
    cache = SpeechCache(tmp_path)
    cache.put(PRINT, Entry(b"\1\2", 8000))
    path = tmp_path / PRINT[:2] / PRINT
    path.unlink()
    os.mkfifo(path)
    assert promptly(lambda: cache.has(PRINT), path) is False
    assert promptly(lambda: cache.get(PRINT), path) is None
    cache.put(PRINT, Entry(b"\1\2", 8000))
    assert cache.has(PRINT)


def test_a_pipe_as_the_lock_file_or_a_table(tmp_path: Path) -> None:
    """``batch --check`` and the offline engine wait for no writer either."""
    pipe = tmp_path / NAME
    os.mkfifo(pipe)
    assert promptly(lambda: LockFile(tmp_path, read_only=True).look("a.wav", ("x",)).is_current, pipe) is False
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "table").write_text("{}")
    tables = TableCache(lambda _: {"parsed": 1}, tmp_path / "assets", tmp_path / "home")
    copy = tables._path("table")
    copy.parent.mkdir()
    os.mkfifo(copy)
    assert promptly(lambda: tables.load("table"), copy) == {"parsed": 1}


def test_a_value_that_is_no_utf8() -> None:
    """``config set`` names what is wrong with it; the file stays as it was."""
    path = Path(lightning("config", "path", "--quiet").stdout.decode().strip())
    before = path.read_bytes() if path.exists() else None
    done = lightning("config", "set", "voice", os.fsdecode(b"\xff"))
    assert done.code == 2
    assert done.lines[0] == "error: voice must be text in UTF-8"
    assert done.lines[1].startswith("hint: ")
    assert (path.read_bytes() if path.exists() else None) == before


def test_many_change_the_configuration_at_once(tmp_path: Path) -> None:
    """Every change that is reported as saved is in the file."""
    path = tmp_path / "config.toml"
    values = {"voice": "avery", "speed": "1.5", "batch.jobs": "2", "retries": "1", "max-wait": "5", "say.speed": "1.2"}
    saved: list[bool] = []
    spots = [(spot_of(key, None), value) for key, value in values.items()]
    threads = [
        threading.Thread(target=lambda spot=spot, value=value: saved.append(change(path, spot, [value])))
        for spot, value in spots
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert saved == [True] * len(values)
    text = path.read_text()
    assert all(f"{key.rpartition('.')[2]} = " in text for key in values)
    assert os.listdir(tmp_path) == ["config.toml"]


def test_many_bind_one_book_at_once(tmp_path: Path) -> None:
    """None takes another's unfinished file for one that a killed run has left."""
    (tmp_path / "a.txt").write_text("".join(f"This is sentence number {number}.\n\n" for number in range(6)))
    words = (*COMMAND, "batch", "a.txt", "--local", "--cache", "kept", "-q", "--book")
    subprocess.run((*words, "first.mp3"), cwd=tmp_path, env=environment(), check=True, timeout=TIMEOUT_S)
    running = [
        subprocess.Popen((*words, "book.mp3"), cwd=tmp_path, env=environment(), stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    told = [process.communicate(timeout=TIMEOUT_S)[1] for process in running]
    assert ([process.returncode for process in running], told) == ([0] * 3, [b""] * 3)
    assert (tmp_path / "book.mp3").read_bytes() == (tmp_path / "first.mp3").read_bytes()
    assert not list(tmp_path.glob(".*.part"))
