"""Where outputs may be written: below their directory, never through links or over the parts of others."""

import fcntl
import os
import time
from pathlib import Path

import pytest
from support.planted_links import planted

from lightning_cli.errors import OutputError
from lightning_cli.narration.output_paths import OutputDirectory, sink_at
from lightning_cli.sinks.containers import WAV
from lightning_cli.sinks.links import follow_links


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    """Neither as an output, nor as a directory of outputs, nor as a book, and nothing is made where it leads."""
    target = tmp_path / "target"
    shared = tmp_path / "shared"
    planted(shared, "a.wav", target / "a.wav")
    planted(shared, "folder", target)
    target.mkdir()
    outputs = OutputDirectory(shared)
    for name in ("a.wav", "folder/b.wav", "folder/deep/b.wav"):
        with pytest.raises(OutputError, match="another user"):
            outputs.prepare(name, WAV)
        with pytest.raises(OutputError, match="another user"):
            sink_at(str(shared / name), WAV)
    with pytest.raises(OutputError, match="another user"):
        OutputDirectory(shared / "folder").prepare("a.wav", WAV)
    assert list(target.iterdir()) == []


def test_links_of_ones_own(tmp_path: Path) -> None:
    """The named directory and a book may be links; one inside the outputs may not lead out of them."""
    real, elsewhere = tmp_path / "real", tmp_path / "elsewhere"
    (real / "inner").mkdir(parents=True)
    elsewhere.mkdir()
    (tmp_path / "out").symlink_to("real")
    (real / "link").symlink_to("inner")
    (real / "leaves").symlink_to(elsewhere)
    (real / "a.wav").symlink_to("../elsewhere/a.wav")
    outputs = OutputDirectory(tmp_path / "out")
    assert outputs.prepare("link/b.wav", WAV).final_path == real / "inner" / "b.wav"
    assert outputs.prepare("new/c.wav", WAV).final_path == real / "new" / "c.wav"
    for name in ("a.wav", "leaves/d.wav", "leaves/new/d.wav"):
        with pytest.raises(OutputError, match="leads out of the output directory"):
            outputs.prepare(name, WAV)
    assert list(elsewhere.iterdir()) == []
    assert sink_at(str(real / "a.wav"), WAV).final_path == elsewhere / "a.wav"
    (real / "round").symlink_to("round")
    with pytest.raises(OutputError, match="circle"):
        follow_links(str(real / "round" / "x"))


def test_what_killed_runs_have_left(tmp_path: Path) -> None:
    """Parts without a writer go, with lock files; a part that is being written, and what only looks alike, stays."""
    dead, alive = (tmp_path / f".a.wav.{digit * 16}.part" for digit in "01")
    names = (".b.wav.lock", ".a.wav.mine.part", ".notes.lock")
    for path in (dead, alive, *(tmp_path / name for name in names)):
        path.touch()
    (tmp_path / ".notes.lock").write_text("of another program")
    with alive.open() as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        outputs = OutputDirectory(tmp_path)
        sink = outputs.prepare("a.wav", WAV)
        assert dead.exists()
        with outputs.locked(sink, time.sleep):
            assert sorted(path.name for path in tmp_path.iterdir()) == [
                ".a.wav.1111111111111111.part",
                ".a.wav.lock",
                ".a.wav.mine.part",
                ".notes.lock",
            ]


def test_parts_where_there_are_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those that were not written to for an hour have no writer."""
    old, young = (tmp_path / f".a.wav.{digit * 16}.part" for digit in "01")
    old.touch()
    young.touch()
    os.utime(old, (1, 1))

    def fails(descriptor: int, operation: int) -> None:
        raise OSError(37, "no locks")

    monkeypatch.setattr(fcntl, "flock", fails)
    outputs = OutputDirectory(tmp_path)
    with outputs.locked(outputs.prepare("a.wav", WAV), time.sleep):
        assert (old.exists(), young.exists()) == (False, True)
