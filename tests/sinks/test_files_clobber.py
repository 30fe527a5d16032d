"""``--no-clobber``: what exists is left as it is, also in a race."""

import contextlib
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.sink_parts import FMT, GUARD_S, OLD, feed, libsndfile_decode, noise, parts

from lightning_cli.errors import OutputError, UsageFault
from lightning_cli.sinks.containers import WAV
from lightning_cli.sinks.files import FileSink, claim, reserve_and_rename


def test_no_clobber_refuses_at_once(tmp_path: Path) -> None:
    """An existing file is a usage error before anything is asked of the service; a new name is fine."""
    path = tmp_path / "a.wav"
    feed(FileSink(str(path), WAV, clobber=False), FMT, [noise(10)])
    with pytest.raises(UsageFault, match="exists") as caught:
        FileSink(str(path), WAV, clobber=False)
    assert "--no-clobber" in str(caught.value.hint)
    assert [item.name for item in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("keep_partial", [True, False])
def test_no_clobber_when_a_file_appears(keep_partial: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    """A file that came meanwhile is left as it is; ours is removed, or kept whole under its part's name."""
    path = tmp_path / "a.wav"
    sink = FileSink(str(path), WAV, clobber=False, keep_partial=keep_partial)
    sink.start(FMT)
    sink.write(noise(10))
    path.write_bytes(OLD)
    with pytest.raises(OutputError, match="meanwhile"):
        sink.finish()
    sink.abort()
    assert path.read_bytes() == OLD
    assert parts(tmp_path) == ([sink.partial_path] if keep_partial else [])
    if keep_partial:
        assert libsndfile_decode(str(sink.partial_path)) == noise(10)


def test_no_clobber_race(tmp_path: Path) -> None:
    """Of many that finish under one name at the same moment one wins, and its audio stays."""
    path = tmp_path / "a.wav"
    sinks = [FileSink(str(path), WAV, clobber=False) for _ in range(8)]
    for seed, sink in enumerate(sinks):
        sink.start(FMT)
        sink.write(noise(100, seed))
    winners = []
    ready = threading.Barrier(len(sinks))

    def finish(seed: int, sink: FileSink) -> None:
        ready.wait(GUARD_S)
        with contextlib.suppress(OutputError):
            sink.finish()
            winners.append(seed)

    threads = [threading.Thread(target=finish, args=item) for item in enumerate(sinks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GUARD_S)
    assert len(winners) == 1
    assert libsndfile_decode(path) == noise(100, winners[0])
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("take", [claim, reserve_and_rename])
def test_taking_a_name(take: Callable[[Path, Path], None], tmp_path: Path) -> None:
    """With and without hard links a name is taken only when it is free."""
    part, final = tmp_path / "part", tmp_path / "final"
    part.write_bytes(b"one")
    take(part, final)
    assert final.read_bytes() == b"one"
    assert not part.exists()
    part.write_bytes(b"two")
    with pytest.raises(FileExistsError):
        take(part, final)
    assert final.read_bytes() == b"one"
    assert part.read_bytes() == b"two"


def test_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where links are refused the other way is taken; other faults are not hidden."""

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    part, final = tmp_path / "part", tmp_path / "final"
    part.write_bytes(b"one")
    code = errno.EIO
    with pytest.raises(OSError, match=r"I/O|Input"):
        claim(part, final)
    code = errno.EPERM
    claim(part, final)
    assert final.read_bytes() == b"one"


def test_reserved_name_is_given_back(tmp_path: Path) -> None:
    """When the rename fails, the empty file that held the name is removed."""
    with pytest.raises(FileNotFoundError):
        reserve_and_rename(tmp_path / "missing", tmp_path / "final")
    assert list(tmp_path.iterdir()) == []
