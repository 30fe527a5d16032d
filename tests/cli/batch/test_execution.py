"""A batch as it runs, in this process: what fails is told with its row, and nothing is left."""

import json
import os
import shutil
import threading
from pathlib import Path

import pytest
from support.batch_runs import pcm_for, sentence, speaks_text
from support.fake_server import Exchange, SpeechServer, serving
from support.narrated_rows import ROWS, Run, Scripted, narrated, refusing
from support.size_limits import files_of

from lightning_cli.errors import ExitCode, OutputError


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


def test_a_book_that_finds_no_room(batch_server: SpeechServer, capsys: pytest.CaptureFixture[str], batch: Run) -> None:
    """The message names the reason; the report has it, the parts are gone, and the next run has only to bind."""
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
    before = len(batch_server.requests)
    assert batch(ROWS, *book) == 0
    told = capsys.readouterr().err
    assert "ready" not in told
    assert "spoken      0 characters in 0 requests, 0 retries\naudio       0.0 s" not in told
    assert len(batch_server.requests) == before
    assert Path("book.wav").stat().st_size > room


def test_a_report_that_cannot_be_written(batch: Run) -> None:
    """The error comes once the outputs are there."""
    Path("report.json").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="no space is left"):
        batch(ROWS, "-d", "out", "--report", "report.json")
    assert Path("out", "2.wav").exists()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("402 Payment Required", "Insufficient credits"),
        ("403 Forbidden", "Your plan has no access to this"),
        ("404 Not Found", "Not Found"),
    ],
)
def test_a_refusal_of_everyone_stops_the_run(status: str, words: str) -> None:
    """One error, the rest not done, exit 4; what was refused was not spoken."""
    script = Scripted(lambda number, _: refusing(status, words) if number >= 2 else None)
    code, lines, report = narrated(script)
    assert code == report["exit_code"] == ExitCode.REFUSED
    assert sum(line.startswith("error") for line in lines) == 1
    totals = report["totals"]
    assert (totals["built"], totals["failed"], totals["held"]) == (2, 1, 6)
    assert totals["characters"] == 2 * len(sentence(0))
    # A path that is missing is tried at the other address once.
    assert len(script.asked) <= 4


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_a_service_that_breaks_off_stops_the_run(jobs: str) -> None:
    """After three rows without an answer the rest is not done."""
    script = Scripted(lambda number, _: Exchange.reset if number >= 2 else None)
    code, lines, report = narrated(script, "-d", "out", "-j", jobs)
    assert code == ExitCode.SOME_FAILED
    # With several jobs an answer may come after the first failures.
    assert report["totals"]["held"] >= (4 if jobs == "1" else 1)
    assert sum(line.startswith("error") for line in lines) == report["totals"]["failed"]
    assert any("the service does not answer" in line for line in lines)


def test_too_many_requests_for_ever() -> None:
    """It ends as one request would: exit 5."""
    script = Scripted(lambda *_: refusing("429 Too Many Requests", "busy"))
    assert narrated(script, "-d", "out", "--max-wait", "0")[0] == ExitCode.NETWORK


def test_an_outage_that_is_waited_for() -> None:
    """With --wait-for-service the run goes on once the service answers."""
    script = Scripted(lambda number, _: Exchange.reset if number in {1, 2} else None)
    code, lines, report = narrated(script, "-d", "out", "--wait-for-service", "5m")
    assert (code, report["totals"]["built"]) == (0, 9)
    assert sum(line.startswith("waiting for the service, which does not answer") for line in lines) == 1
    assert narrated(script, "-d", "out", "--wait-for-service", "soon")[0] == ExitCode.USAGE


def test_a_budget_counts_what_was_spoken() -> None:
    """Refused characters are not spent."""
    refuse = refusing("400 Bad Request", "no")
    script = Scripted(lambda number, _: refuse if number < 4 else None)
    code, _, report = narrated(script, "-d", "out", "--budget", str(5 * len(sentence(0))))
    assert code == ExitCode.SOME_FAILED
    assert (report["totals"]["failed"], report["totals"]["built"]) == (4, 5)


def test_one_text_is_asked_for_by_all_jobs() -> None:
    """Four requests of one text are under way at the same time, in order, and the output is that of one job."""
    text = "\n\n".join(f"This is sentence number {number} of the long chapter." for number in range(12))
    assert narrated(Scripted(lambda *_: None), "-d", "calm", text=text)[0] == 0
    together = threading.Barrier(4)

    def waits(exchange: Exchange) -> None:
        together.wait(60)
        speaks_text(exchange)

    script = Scripted(lambda *_: waits)
    shutil.rmtree("cache")
    assert narrated(script, "-d", "quick", "-j", "4", text=text)[0] == 0
    assert {*script.asked[:4]} == {*script_of(text)[:4]}
    assert Path("quick", "ch.wav").read_bytes() == Path("calm", "ch.wav").read_bytes()


def script_of(text: str) -> list[str]:
    """Return the sentences of a text."""
    return text.split("\n\n")


def test_word_lists_are_known_by_their_words(batch: Run) -> None:
    """They are synced once something is to be spoken; other words make outputs stale, another id does not."""
    kept: list[dict[str, object]] = []

    def answers(exchange: Exchange) -> None:
        if "speech" not in exchange.request.path and "stream" not in exchange.request.path:
            if exchange.request.method == "POST":
                kept.append({"id": f"{len(kept):024}", "createdAt": "2026", **exchange.request.json})
            exchange.refuse("200 OK", kept[-1] if exchange.request.method == "POST" else kept)
        else:
            speaks_text(exchange)

    words = Path("words.csv")
    words.write_text("mysql,my sequel\n")
    with serving(answers) as server:
        args = ("-d", "out", "--dict-file", "words.csv", "--dict", "d0", "--base-url", server.url)
        assert batch(ROWS, *args, "--check") == ExitCode.STALE
        assert not server.requests
        assert batch(ROWS, *args) == 0
        assert server.requests[-1].json["pronunciation_dicts"] == ["d0", f"{0:024}"]
        count = len(server.requests)
        assert batch(ROWS, *args, "--check") == 0
        assert len(server.requests) == count
        words.write_text("mysql,my ess cue ell\n")
        assert batch(ROWS, *args, "--check") == ExitCode.STALE
        assert batch(ROWS, *args) == 0
        spoken = [one.json["pronunciation_dicts"] for one in server.requests if b'"text"' in one.body]
        assert spoken == [["d0", f"{0:024}"]] * 4


def test_an_mp3_without_chapters(
    batch: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where FFmpeg is not installed the book is made all the same, and the lack is told."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert batch(ROWS, "--book", "book.mp3") == 0
    assert "book.mp3 has no chapters: ffmpeg, which writes them, is not installed" in capsys.readouterr().err
    assert Path("book.mp3").stat().st_size > 100
