"""``report``: reports of batch runs are merged."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lightning_cli.cli.app import root_command

ROWS = [{"text": f"This is row {number}.", "output": f"{number}.wav"} for number in range(4)]


def test_slices_are_merged(batch: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """What two slices have done is told as of one run."""
    names = []
    for number in (1, 2):
        names.append(f"r-{number}.json")
        assert batch(ROWS, "-d", "out", "--shard", f"{number}/2", "--report", names[-1]) == 0
    capsys.readouterr()
    root_command().main(args=["report", "merge", *names], prog_name="lightning-tts", standalone_mode=False)
    merged = json.loads(capsys.readouterr().out)
    assert sorted(item["output"] for item in merged["items"]) == [f"{number}.wav" for number in range(4)]
    assert (merged["exit_code"], merged["totals"]["built"], merged["totals"]["requests"]) == (0, 4, 4)
    assert Path("out/3.wav").exists()
