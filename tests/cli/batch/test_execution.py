"""A batch as it runs, in this process: what fails is told with its row, and nothing is left."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.batch_runs import pcm_for
from support.fake_server import SpeechServer
from support.size_limits import files_of

from lightning_cli.errors import ExitCode, OutputError

Run = Callable[..., int]
ROWS = [{"text": "This is one.", "output": "1.wav"}, {"text": "And here is two.", "output": "2.wav"}]


def test_a_file_in_the_place_of_a_directory(
    server: SpeechServer, capsys: pytest.CaptureFixture[str], batch: Run
) -> None:
    """The row fails, before anything is asked for; the other does not."""
    Path("out").mkdir()
    Path("out", "taken").touch()
    before = len(server.requests)
    assert batch([ROWS[0], {**ROWS[1], "output": "taken/2.wav"}], "-d", "out") == ExitCode.SOME_FAILED
    assert "cannot make the directory 'out/taken' (" in capsys.readouterr().err
    assert len(server.requests) == before + 1
    assert Path("out", "1.wav").exists()


def test_an_output_that_was_edited(server: SpeechServer, capsys: pytest.CaptureFixture[str], batch: Run) -> None:
    """It is kept and told; with another text that is a failure; deleted, or by force, it is made again."""
    assert batch(ROWS, "-d", "out") == 0
    before = len(server.requests)
    path = Path("out", "2.wav")
    whole = path.read_bytes()
    path.write_bytes(b"my own recording")
    assert batch(ROWS, "-d", "out", "--check") == 0
    assert batch(ROWS, "-d", "out") == 0
    told = "warning: keeping 'out/2.wav', which was changed by hand (--force replaces it)"
    assert capsys.readouterr().err.count(told) == 2
    changed = [ROWS[0], {**ROWS[1], "text": "And here are two."}]
    assert batch(changed, "-d", "out", "--check") == ExitCode.STALE
    assert batch(changed, "-d", "out") == ExitCode.SOME_FAILED
    assert "it was changed by hand" in capsys.readouterr().err
    assert path.read_bytes() == b"my own recording"
    assert len(server.requests) == before
    path.unlink()
    assert batch(ROWS, "-d", "out") == 0
    assert path.read_bytes() == whole
    assert len(server.requests) == before
    path.write_bytes(b"my own recording")
    assert batch(ROWS, "-d", "out", "--force") == 0
    assert path.read_bytes() == whole


def test_a_book_that_was_edited(batch: Run) -> None:
    """It is kept while it would be the same, and refused before anything is sent when it would not."""
    assert batch(ROWS, "--book", "book.wav") == 0
    Path("book.wav").write_bytes(b"my own recording")
    assert batch(ROWS, "--book", "book.wav") == 0
    with pytest.raises(OutputError, match=r"refusing to replace 'book\.wav', which was changed by hand"):
        batch(ROWS[:1], "--book", "book.wav")
    assert Path("book.wav").read_bytes() == b"my own recording"
    assert batch(ROWS[:1], "--book", "book.wav", "--force") == 0
    assert Path("book.wav").read_bytes().startswith(b"RIFF")


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


def test_an_opus_of_a_wav_costs_nothing(server: SpeechServer, batch: Run) -> None:
    """Its audio is made from what is kept, and so is that of defaults that are spelled out."""
    assert batch(ROWS, "-d", "out") == 0
    before = len(server.requests)
    assert batch([{**row, "output": f"{row['output']}.opus"} for row in ROWS], "-d", "out") == 0
    assert batch(ROWS, "-d", "other", "-m", "lightning_v3.1") == 0
    assert batch(ROWS, "-d", "other", "-s", "1.0", "--check") == 0
    assert len(server.requests) == before


def test_a_book_that_finds_no_room(server: SpeechServer, capsys: pytest.CaptureFixture[str], batch: Run) -> None:
    """Say so and what it is; the report has it, the parts are gone, and the next run has only to bind."""
    book = ("--book", "book.wav", "--pause-text", "0")
    room = max(len(pcm_for(row["text"])) for row in ROWS) + 4096
    with files_of(room):
        assert batch(ROWS, *book, "--report", "report.json") == ExitCode.OUTPUT
    told = capsys.readouterr().err
    assert "error: cannot write 'book.wav': the file would be larger than is allowed" in told
    assert "[1/2] 1.wav: ready, 1 request, 12 characters" in told
    report = json.loads(Path("report.json").read_text())
    assert report["book"]["status"] == "failed"
    assert "larger than is allowed" in report["book"]["reason"]
    assert [name for name in os.listdir() if "book" in name] == []
    before = len(server.requests)
    assert batch(ROWS, *book) == 0
    assert len(server.requests) == before
    assert Path("book.wav").stat().st_size > room


def test_a_report_that_cannot_be_written(batch: Run) -> None:
    """Say so once the outputs are there."""
    Path("report.json").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="no space is left"):
        batch(ROWS, "-d", "out", "--report", "report.json")
    assert Path("out", "2.wav").exists()
