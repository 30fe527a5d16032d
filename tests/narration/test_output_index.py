"""Contents of outputs that are known without reading them again."""

import os
from pathlib import Path

import pytest
from support.recorded_outputs import A, recorded

from lightning_cli.narration.lock_file import LockFile
from lightning_cli.narration.output_index import OutputIndex


def test_contents_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an index an output whose size and times are the same is not read again, and one without is."""
    out = tmp_path / "out"
    recorded(out, {"a.wav": A})
    reads: list[str] = []
    from lightning_cli.narration import lock_file

    plain = lock_file.digest_of

    def counted(path: str) -> str:
        reads.append(path)
        return plain(path)

    monkeypatch.setattr(lock_file, "digest_of", counted)
    for wanted in (1, 1):
        lock = LockFile(out, OutputIndex(tmp_path / "cache", out))
        assert lock.look("a.wav", (A,)).is_current
        lock.close()
        assert len(reads) == wanted
    os.utime(out / "a.wav", (1, 1))
    assert LockFile(out, OutputIndex(tmp_path / "cache", out)).look("a.wav", (A,)).is_current
    assert len(reads) == 2
