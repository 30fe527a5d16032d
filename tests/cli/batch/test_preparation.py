"""What is found out before anything is sent."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_server import SpeechServer
from support.old_stamps_sample import put_old_stamps

from lightning_cli.audio.joins import JoinRule
from lightning_cli.cli.app import root_command
from lightning_cli.cli.batch import preparation
from lightning_cli.cli.batch.batch_options import BatchOptions
from lightning_cli.cli.batch.execution import Batch, BatchReporter
from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.settings import LOCAL_URL, SERVICE_URL, ServiceSettings
from lightning_cli.errors import ExitCode, UsageFault
from lightning_cli.narration.cache import SpeechCache
from lightning_cli.narration.lock_file import LockFile
from lightning_cli.narration.plan import Cutting, Identity
from lightning_cli.request import RequestDefaults

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


def identity(settings: ServiceSettings, tmp_path: Path, record: LockFile, *, check: bool = False) -> Identity:
    """Return who speaks, as a batch sees it."""

    def make(*_: object) -> RequestDefaults:
        return RequestDefaults(voice_id="heart")

    made = Batch(
        options=BatchOptions(sources=["s.csv"], check=check),
        settings=settings,
        make_defaults=make,
        cutting=Cutting("auto", 1000, False),
        rule=JoinRule(),
        cache=SpeechCache(tmp_path),
        reporter=BatchReporter(Console(), engine_asked_for=False),
    )
    return preparation._identity(made, [], record)


def test_the_offline_engine_is_one_wherever_it_runs(tmp_path: Path) -> None:
    """In this process and in a server of the user's own, which has gone since; an older lock file has its address."""
    record = LockFile(tmp_path)
    here = identity(ServiceSettings(base_url=LOCAL_URL), tmp_path, record)
    there = ServiceSettings(base_url="http://127.0.0.1:8765", speaks_offline=True)
    assert identity(there, tmp_path, record) == here
    other = identity(ServiceSettings(base_url="http://127.0.0.1:8765"), tmp_path, record)
    request = RequestDefaults(voice_id="heart")
    assert other.of(request) != here.of(request)
    record.note_engine(there.api_root, {})
    for settings in (there, ServiceSettings(base_url=LOCAL_URL)):
        assert identity(settings, tmp_path, record).all_of(request) == (here.of(request), other.of(request))


def test_a_check_knows_a_server_of_ours_that_has_gone(tmp_path: Path) -> None:
    """A version before recorded its address, and before that none at all; it spoke with the offline voices."""
    record = LockFile(tmp_path)
    gone = ServiceSettings(base_url="http://127.0.0.1:8765")
    heart, usual = RequestDefaults(voice_id="heart"), RequestDefaults(voice_id="daniel")
    made = identity(gone, tmp_path, record).of(heart)
    assert made not in identity(gone, tmp_path, record).all_of(usual), "what is made anew has the voice asked for"
    assert made in identity(gone, tmp_path, record, check=True).all_of(usual)
    assert made not in identity(gone, tmp_path, record, check=True).all_of(RequestDefaults(voice_id="emily"))
    service = ServiceSettings(base_url=SERVICE_URL)
    assert made not in identity(service, tmp_path, record, check=True).all_of(usual)
    put_old_stamps(tmp_path)
    earlier = LockFile(tmp_path, read_only=True)
    assert earlier.is_of_earlier_version
    found = identity(service, tmp_path, earlier, check=True).all_of(usual)
    here = identity(ServiceSettings(base_url=LOCAL_URL), tmp_path, record).of(heart)
    assert {made, here} < set(found)


def test_a_check_needs_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its release is recorded: a build that checks outputs of the offline engine has none."""
    offline = ServiceSettings(base_url=LOCAL_URL)
    record = LockFile(tmp_path)
    made = identity(offline, tmp_path, record)
    record.note_engine(offline.api_root, {}, preparation._offline_release() or "0.1")
    monkeypatch.setattr(preparation, "_offline_release", lambda: None)
    assert identity(offline, tmp_path, record, check=True) == made
    assert identity(offline, tmp_path, LockFile(tmp_path / "other"), check=True) != made


def test_a_summary_says_what_and_why(
    batch_server: SpeechServer, capsys: pytest.CaptureFixture[str], batch: Run
) -> None:
    """By output and voice, with why each is outdated; the sums by voice follow."""
    rows = [{"text": f"This is row {number}.", "output": f"{number}.wav"} for number in range(5)]
    assert batch(rows, "-d", "out", "-v", "emily") == 0
    lock = Path("out/narration.lock").read_text()
    rows[0]["text"] = "This is another text. It has two sentences."
    rows[1]["voice"] = "daniel"
    rows[2]["pause_after"] = "300"
    Path("out/3.wav").unlink()
    before = len(batch_server.requests)
    capsys.readouterr()
    assert batch(rows, "-d", "out", "-v", "emily", "--diff", "--summary") == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "0.wav\ttext\temily\t2\t42\t0.1",
        "1.wav\tvoice\tdaniel\t1\t14\t0.0",
        "2.wav\tpause\temily\t0\t0\t0.0",
        "3.wav\tmissing\temily\t0\t0\t0.0",
    ]
    assert "emily: 3 files, 2 sentences, 42 characters, about 4 s" in told.err
    assert batch(rows[:1], "-d", "out", "-v", "daniel", "--diff", "--summary", "--json") == 0
    assert '"why": "text+voice"' in capsys.readouterr().out
    # As a version before has written it.
    Path("out/narration.lock").write_text("\n".join(line for line in lock.split("\n") if "  from " not in line))
    assert batch(rows[:1], "-d", "out", "-v", "emily", "--diff", "--summary") == 0
    assert capsys.readouterr().out.startswith("0.wav\tchanged\temily\t2")
    assert batch(rows[:1], "--book", "b.wav", "-v", "emily", "--diff", "--summary") == 0
    assert capsys.readouterr().out == "0.wav\tmissing\temily\t2\t42\t0.1\n"
    assert len(batch_server.requests) == before
    with pytest.raises(UsageFault, match="--summary needs --diff"):
        batch(rows, "-d", "out", "--summary")


def test_many_problems_of_a_kind(capsys: pytest.CaptureFixture[str], batch: Run) -> None:
    """A table of 93 wrong rows gives the first ones and one line for the rest; another kind is told beside it."""
    rows = [{"text": "One.", "output": f"{number}.wav", "speed": "fast"} for number in range(93)]
    with pytest.raises(UsageFault, match="94 problems in the sources"):
        batch([*rows, {"text": "", "output": "x.wav"}], "-d", "out")
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(told) == 7
    assert "88 more like the last, up to" in told[5]
    assert "no text" in told[6]
