"""What sinks have in common: clean-ups when the process ends, and several fed as one."""

from pathlib import Path

import pytest
from support.sink_parts import FMT, noise

from lightning_cli.errors import OutputError
from lightning_cli.sinks.base import Tee, register_cleanup, undo_all, unregister_cleanup, write_whole
from lightning_cli.sinks.containers import PCM, WAV
from lightning_cli.sinks.files import FileSink


def test_every_cleanup_runs_once() -> None:
    """One that fails keeps no other; one that was taken back does not run."""
    ran: list[str] = []

    def fails() -> None:
        ran.append("fails")
        raise OSError

    def removed() -> None:
        ran.append("removed")

    for undo in (fails, removed):
        register_cleanup(undo)
    register_cleanup(lambda: ran.append("runs"))
    unregister_cleanup(removed)
    unregister_cleanup(removed)
    undo_all()
    undo_all()
    assert sorted(ran) == ["fails", "runs"]


def test_two_files_get_the_same(tmp_path: Path) -> None:
    """What is taken back is taken back in both."""
    (tmp_path / "gone").mkdir()
    tee = Tee([FileSink(str(tmp_path / "a.pcm"), PCM), FileSink(str(tmp_path / "b.wav"), WAV)])
    kept, dropped = noise(100), noise(50)
    tee.start(FMT)
    tee.write(kept)
    tee.commit()
    tee.write(dropped)
    assert tee.can_rewind()
    tee.rewind()
    tee.finish()
    assert (tmp_path / "a.pcm").read_bytes() == kept == (tmp_path / "b.wav").read_bytes()[44:]


def test_a_failure_leaves_neither(tmp_path: Path) -> None:
    """The owner aborts them all."""
    (tmp_path / "gone").mkdir()
    tee = Tee([FileSink(str(tmp_path / "a.pcm"), PCM), FileSink(str(tmp_path / "gone" / "b.pcm"), PCM)])
    (tmp_path / "gone").rmdir()
    with pytest.raises(OutputError):
        tee.start(FMT)
    tee.abort()
    assert list(tmp_path.iterdir()) == []


def test_bytes_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """Whatever goes wrong on the way."""
    write_whole(FileSink(str(tmp_path / "a"), PCM), b"abc")
    assert (tmp_path / "a").read_bytes() == b"abc"
    (tmp_path / "b").mkdir()
    with pytest.raises(OutputError):
        write_whole(FileSink(str(tmp_path / "b"), PCM), b"abc")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
