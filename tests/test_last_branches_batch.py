"""Batches where hardly anybody goes, in this process: what fails is told with its row, and nothing is left."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.batch_runs import pcm_for, speaks_text
from support.command_line import KEY
from support.fake_server import SpeechServer, serving
from support.size_limits import files_of

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.cli.app import root_command
from lightning_cli.errors import ExitCode, OutputError, UsageFault
from lightning_cli.narration.build import _Binding
from lightning_cli.narration.cache import Entry
from lightning_cli.narration.source import CachedStream
from lightning_cli.sinks.containers import PCM
from lightning_cli.sinks.files import FileSink

ROWS = [{"text": "This is one.", "output": "1.wav"}, {"text": "And here is two.", "output": "2.wav"}]


@pytest.fixture(scope="module")
def server() -> Iterator[SpeechServer]:
    """Return a server that speaks whatever it is sent."""
    with serving(speaks_text) as made:
        yield made


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Be a person with a key, in a directory of their own."""
    monkeypatch.setenv("SMALLEST_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)


def batch(server: SpeechServer, rows: list[dict[str, str]], *more: str) -> int:
    """Run a batch in this process, and return its exit code; what is wrong before it begins passes through."""
    Path("rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    words = ["batch", "rows.jsonl", "--cache", "cache", "--base-url", server.url, *more]
    return int(root_command().main(args=words, prog_name="lightning-tts", standalone_mode=False) or 0)


def test_rows_without_words(server: SpeechServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Name each, before anything is sent or while it is built."""
    before = len(server.requests)
    Path("blank.txt").write_text(" \n")
    with pytest.raises(UsageFault, match="1 problem in the sources"):
        batch(server, [{"file": "blank.txt", "output": "x.wav"}], "--book", "book.wav")
    assert "there is no text" in capsys.readouterr().err
    with pytest.raises(UsageFault):
        batch(server, [{"text": "x" * 8001, "output": "x.wav"}], "-d", "out", "--whole")
    assert "8000" in capsys.readouterr().err
    silent = [{"text": "![](picture.png)", "output": "x.wav"}]
    assert batch(server, silent, "-d", "out", "--markup", "markdown", "--diff") == 0
    told = capsys.readouterr().err
    assert "x.wav: there is no text to speak" in told
    assert "hint: look at the text without its markup" in told
    assert batch(server, silent, "-d", "out", "--markup", "markdown") == ExitCode.SOME_FAILED
    assert len(server.requests) == before


def test_a_file_in_the_place_of_a_directory(server: SpeechServer, capsys: pytest.CaptureFixture[str]) -> None:
    """The row fails, before anything is asked for; the other does not."""
    Path("out").mkdir()
    Path("out", "taken").touch()
    before = len(server.requests)
    assert batch(server, [ROWS[0], {**ROWS[1], "output": "taken/2.wav"}], "-d", "out") == ExitCode.SOME_FAILED
    assert "cannot make the directory 'out/taken' (" in capsys.readouterr().err
    assert len(server.requests) == before + 1
    assert Path("out", "1.wav").exists()


def test_an_output_that_somebody_cut(server: SpeechServer) -> None:
    """It is made again, from what is kept."""
    assert batch(server, ROWS, "-d", "out") == 0
    before = len(server.requests)
    path = Path("out", "2.wav")
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    assert batch(server, ROWS, "-d", "out", "--check") == ExitCode.STALE
    assert batch(server, ROWS, "-d", "out") == 0
    assert path.read_bytes() == whole
    assert len(server.requests) == before


def test_a_book_that_finds_no_room(server: SpeechServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Say so and what it is; the report has it, the parts are gone, and the next run has only to bind."""
    book = ("--book", "book.wav", "--pause-text", "0")
    room = max(len(pcm_for(row["text"])) for row in ROWS) + 4096
    with files_of(room):
        assert batch(server, ROWS, *book, "--report", "report.json") == ExitCode.OUTPUT
    told = capsys.readouterr().err
    assert "error: cannot write 'book.wav': the file would be larger than is allowed" in told
    assert "[1/2] 1.wav: ready, 1 request, 12 characters" in told
    report = json.loads(Path("report.json").read_text())
    assert report["book"]["status"] == "failed"
    assert "larger than is allowed" in report["book"]["reason"]
    assert [name for name in os.listdir() if "book" in name] == []
    before = len(server.requests)
    assert batch(server, ROWS, *book) == 0
    assert len(server.requests) == before
    assert Path("book.wav").stat().st_size > room


def test_a_report_that_cannot_be_written(server: SpeechServer) -> None:
    """Say so once the outputs are there."""
    Path("report.json").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="no space is left"):
        batch(server, ROWS, "-d", "out", "--report", "report.json")
    assert Path("out", "2.wav").exists()


def test_a_book_goes_back_where_its_file_can(tmp_path: Path) -> None:
    """Its parts are taken back as those of any output."""
    binding = _Binding(FileSink("book.pcm", PCM), 4)
    binding.start(PcmFormat(8000))
    binding.write(b"ab")
    binding.commit()
    binding.write(b"cd")
    assert binding.can_rewind()
    binding.rewind()
    binding.start(PcmFormat(8000))
    binding._sink.finish()
    assert (tmp_path / "book.pcm").read_bytes() == b"ab" + bytes(4)


def test_a_check_asks_nobody(server: SpeechServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the service for times of words nor the keyring for the key."""
    monkeypatch.delenv("SMALLEST_API_KEY")
    root_command().main(args=["config", "set", "keyring", "true"], standalone_mode=False)
    before = len(server.requests)
    book = ("--book", "book.wav", "--subtitles", "book.srt", "--transport", "ws", "--check")
    assert batch(server, ROWS, *book) == ExitCode.STALE
    assert len(server.requests) == before


def test_a_kept_answer_without_sound() -> None:
    """Punctuation may have none: it gives no piece, not an empty one."""
    assert list(CachedStream(Entry(b"", 8000, ()))) == []
