"""Outputs that no row names any more."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., int]


ROWS = [{"text": "This is one.", "output": "1.wav"}, {"text": "And here is two.", "output": "2.wav"}]


def test_orphans_are_listed_and_removed(capsys: pytest.CaptureFixture[str], batch: Run) -> None:
    """What no row names any more goes by --clean alone; edited ones, books and files of others stay."""
    rows = [*ROWS, {"text": "Three.", "output": "deep/3.wav"}, {"text": "Four.", "output": "4.wav"}]
    assert batch(rows, "-d", "out", "--book", "out/book.wav") == 0
    Path("out", "4.wav").write_bytes(b"edited")
    Path("out", "mine.wav").write_bytes(b"mine")
    assert batch(ROWS, "-d", "out") == 0
    assert Path("out", "deep", "3.wav").exists()
    capsys.readouterr()
    assert batch(ROWS, "-d", "out", "--clean", "--check") == 0
    assert "no row names 'out/deep/3.wav' any more" in capsys.readouterr().err
    assert Path("out", "deep", "3.wav").exists()
    assert batch(ROWS, "-d", "out", "--clean") == 0
    assert "keeping 'out/4.wav'" in capsys.readouterr().err
    assert sorted(os.listdir("out")) == ["1.wav", "2.wav", "4.wav", "book.wav", "mine.wav", "narration.lock"]
