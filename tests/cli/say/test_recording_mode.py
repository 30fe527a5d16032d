"""A recording while it is made: full disks, runs that fail, runs without a request."""

from pathlib import Path

import pytest
from support.size_limits import files_of

from lightning_cli.cli.say.recording_mode import CountedSegments, RecordedRun
from lightning_cli.cli.terminal.console import Console
from lightning_cli.errors import OutputError, ServiceError


def test_a_disk_that_is_full(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The recording is given up once, with a warning, and there is no file; what failed besides is told first."""
    recording = RecordedRun(str(tmp_path / "x.jsonl"), Console(), clobber=True)
    recording.start()
    with files_of(100_000):
        for number in range(1, 4):
            assert recording.tape.request("POST", "/x", {}, {"text": "x" * 90_000}) == number
    with pytest.raises(OutputError, match="the file would be larger than is allowed"):
        recording.end(None)
    assert capsys.readouterr().err.count("warning: recording stopped") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_and_whose_recording_cannot_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run's own fault is raised by who ran it; the other is a warning."""
    path = tmp_path / "x.jsonl"
    recording = RecordedRun(str(path), Console(), clobber=False)
    recording.start()
    recording.tape.request("POST", "/x", {}, {})
    path.write_text("somebody else's")
    recording.end(ServiceError("refused"))
    assert "warning: no recording was written: " in capsys.readouterr().err
    assert path.read_text() == "somebody else's"


def test_a_run_without_a_request_leaves_no_recording(tmp_path: Path) -> None:
    """There is nothing in it to play."""
    recording = RecordedRun(str(tmp_path / "x.jsonl"), Console(), clobber=True)
    recording.start()
    recording.end(None)
    assert list(tmp_path.iterdir()) == []


def test_segments_are_taken_in_order() -> None:
    """No place among them can be asked for."""
    counted = CountedSegments(iter([]), 0, None)
    with pytest.raises(RuntimeError, match="from the first to the last"):
        counted[0]
