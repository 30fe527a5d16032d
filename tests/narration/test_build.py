"""One row becomes one file: what is in its place, what is known of it, what is said when it fails."""

from pathlib import Path

import pytest
from support.fake_server import SpeechServer
from support.narrated_rows import ROWS, Run, Scripted, narrated, refusing

from lightning_cli.errors import ExitCode


def test_a_file_in_the_place_of_a_directory(
    batch_server: SpeechServer, capsys: pytest.CaptureFixture[str], batch: Run
) -> None:
    """The row fails, before anything is asked for; the other does not."""
    Path("out").mkdir()
    Path("out", "taken").touch()
    before = len(batch_server.requests)
    assert batch([ROWS[0], {**ROWS[1], "output": "taken/2.wav"}], "-d", "out") == ExitCode.SOME_FAILED
    assert "cannot make the directory 'out/taken' (" in capsys.readouterr().err
    assert len(batch_server.requests) == before + 1
    assert Path("out", "1.wav").exists()


def test_an_output_that_was_edited(batch_server: SpeechServer, capsys: pytest.CaptureFixture[str], batch: Run) -> None:
    """It is kept and told; with another text that is a failure; deleted, or by force, it is made again."""
    assert batch(ROWS, "-d", "out") == 0
    before = len(batch_server.requests)
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
    assert len(batch_server.requests) == before
    path.unlink()
    assert batch(ROWS, "-d", "out") == 0
    assert path.read_bytes() == whole
    assert len(batch_server.requests) == before
    path.write_bytes(b"my own recording")
    assert batch(ROWS, "-d", "out", "--force") == 0
    assert path.read_bytes() == whole


def test_an_opus_of_a_wav_costs_nothing(batch_server: SpeechServer, batch: Run) -> None:
    """Its audio is made from what is kept, and so is that of defaults that are spelled out."""
    assert batch(ROWS, "-d", "out") == 0
    before = len(batch_server.requests)
    assert batch([{**row, "output": f"{row['output']}.opus"} for row in ROWS], "-d", "out") == 0
    assert batch(ROWS, "-d", "other", "-m", "lightning_v3.1") == 0
    assert batch(ROWS, "-d", "other", "-s", "1.0", "--check") == 0
    assert len(batch_server.requests) == before


def test_a_refused_sentence_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its number in the text, and the book that was not made."""
    monkeypatch.chdir(tmp_path)
    text = "\n\n".join(f"This is sentence number {number} of the long chapter." for number in range(1, 13))
    refuse = refusing("400 Bad Request", "unsupported characters")
    script = Scripted(lambda _, said: refuse if "number 7 " in said else None)
    code, lines, report = narrated(script, "--book", "b.wav", "-j", "3", text=text)
    assert code == ExitCode.SOME_FAILED
    assert "sentence 7 ('This is sentence number 7 of the long chapter.'): " in report["items"][0]["reason"]
    assert report["book"] == {"output": "b.wav", "status": "held", "reason": "not every text was made"}
    assert any(line.endswith("b.wav was not written because some texts failed") for line in lines)
