"""What is found out before anything is sent."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_server import SpeechServer

from lightning_cli.cli.app import root_command
from lightning_cli.errors import ExitCode, UsageFault

Run = Callable[..., int]
ROWS = [{"text": "This is one.", "output": "1.wav"}, {"text": "And here is two.", "output": "2.wav"}]


def test_rows_without_words(batch_server: SpeechServer, capsys: pytest.CaptureFixture[str], batch: Run) -> None:
    """Name each, before anything is sent or while it is built."""
    before = len(batch_server.requests)
    Path("blank.txt").write_text(" \n")
    with pytest.raises(UsageFault, match="1 problem in the sources"):
        batch([{"file": "blank.txt", "output": "x.wav"}], "--book", "book.wav")
    assert "no text to speak" in capsys.readouterr().err
    with pytest.raises(UsageFault):
        batch([{"text": "x" * 8001, "output": "x.wav"}], "-d", "out", "--whole")
    assert "8000" in capsys.readouterr().err
    silent = [{"text": "![](picture.png)", "output": "x.wav"}]
    assert batch(silent, "-d", "out", "--markup", "markdown", "--diff") == 0
    told = capsys.readouterr().err
    assert "x.wav: no text to speak" in told
    assert "hint: look at the text without its markup" in told
    assert batch(silent, "-d", "out", "--markup", "markdown") == ExitCode.SOME_FAILED
    assert len(batch_server.requests) == before


def test_a_check_asks_nobody(batch_server: SpeechServer, monkeypatch: pytest.MonkeyPatch, batch: Run) -> None:
    """Neither the service for times of words nor the keyring for the key."""
    monkeypatch.delenv("SMALLEST_API_KEY")
    root_command().main(args=["config", "set", "keyring", "true"], standalone_mode=False)
    before = len(batch_server.requests)
    book = ("--book", "book.wav", "--subtitles", "book.srt", "--transport", "ws", "--check")
    assert batch(ROWS, *book) == ExitCode.STALE
    assert len(batch_server.requests) == before
