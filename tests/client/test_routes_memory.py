"""What is remembered of the routes: for a day, in one small file, and never at the price of a word."""

import json
import threading
from pathlib import Path

import pytest
from support.fake_server import serving
from support.route_service import PCM, SEED, UNIFIED, has, hear, speak

from lightning_cli.client.routes import RouteMemory
from lightning_cli.client.settings import ServiceSettings


class Clock:
    """Return the time that a test sets."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_memory_lasts_a_day(tmp_path: Path) -> None:
    """A day later the older path is the first again; other entries keep their own time."""
    clock = Clock()
    memory = RouteMemory(tmp_path, clock)
    memory.record("a", other=True)
    clock.now += 20 * 3600
    memory.record("b", other=True)
    assert memory.recall("a")
    clock.now += 5 * 3600
    assert not memory.recall("a")
    assert memory.recall("b")
    memory.record("c", other=True)
    assert set(json.loads((tmp_path / "routes.json").read_text())) == {"b", "c"}, "what has expired is swept out"
    memory.record("b", other=False)
    assert not memory.recall("b")


def test_memory_distrusts_the_future(tmp_path: Path) -> None:
    """A clock that was wrong once does not fix the path for years."""
    clock = Clock()
    (tmp_path / "routes.json").write_text(json.dumps({"a": clock.now + 365 * 86400}))
    assert not RouteMemory(tmp_path, clock).recall("a")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b'{"a": "soon"}', b'{"a": null}', b"\xff\xfe", b"[" * 50_000, b'{"a": NaN}']
)
def test_memory_survives_what_it_finds(tmp_path: Path, content: bytes) -> None:
    """A file that makes no sense is ignored, and replaced."""
    (tmp_path / "routes.json").write_bytes(content)
    memory = RouteMemory(tmp_path)
    assert not memory.recall("a")
    memory.record("a", other=True)
    assert memory.recall("a")


def test_memory_that_cannot_be_written_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state directory that is a file does not keep a run from speaking."""
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    with serving(has(unified=speak)) as server:
        assert hear(ServiceSettings(base_url=server.url)) == PCM
        assert hear(ServiceSettings(base_url=server.url)) == PCM
        assert [request.path for request in server.requests] == [SEED, UNIFIED] * 2
    (tmp_path / "routes.json").mkdir()
    RouteMemory(tmp_path).record("a", other=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blocked", "routes.json"], "no part is left behind"


def test_memory_is_replaced_whole(tmp_path: Path) -> None:
    """A reader that has the file open reads what was there, to its end; the new content comes under a new file."""
    memory = RouteMemory(tmp_path)
    memory.record("a", other=True)
    path = tmp_path / "routes.json"
    before = path.read_bytes()
    with path.open("rb") as reader:
        memory.record("b", other=True)
        assert reader.read() == before
    assert set(json.loads(path.read_bytes())) == {"a", "b"}


def test_writers_side_by_side(tmp_path: Path) -> None:
    """Threads that record at once leave one good file and no part."""
    start = threading.Barrier(3)

    def write(name: str) -> None:
        memory = RouteMemory(tmp_path)
        start.wait(timeout=30)
        for _ in range(50):
            memory.record(name, other=True)

    writers = [threading.Thread(target=write, args=(name,), name=f"writer-{name}") for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=30)
    assert set(json.loads((tmp_path / "routes.json").read_bytes())) <= set("abc")
    assert [path.name for path in tmp_path.iterdir()] == ["routes.json"]


def test_a_time_of_any_length(tmp_path: Path) -> None:
    """A number beyond a float is not a time at which a route was found."""
    (tmp_path / "routes.json").write_text('{"a": ' + "9" * 400 + ', "b": -' + "9" * 400 + "}")
    memory = RouteMemory(tmp_path)
    assert not memory.recall("a")
    assert not memory.recall("b")
    memory.record("c", other=True)
    assert memory.recall("c")
