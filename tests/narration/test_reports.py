"""Reports of several runs as one."""

import json
from pathlib import Path
from typing import Any

import pytest

from lightning_cli.errors import UsageFault
from lightning_cli.narration.reports import merge_reports, read_report


def report(code: int | None, **statuses: str) -> dict[str, Any]:
    """Return a report of a run, with a request for each output."""
    items = [{"output": name, "status": status, "audio_seconds": 1.5} for name, status in statuses.items()]
    totals = {"characters": 10, "requests": len(items), "retries": 1}
    return {"version": 1, "exit_code": code, "seconds": 2.0 + len(items), "items": items, "totals": totals}


def test_sums() -> None:
    """The last run decides on an output, every run on what was paid, the first failure on the exit code."""
    merged = merge_reports([report(0, a="built", b="current"), report(7, c="failed"), report(0, c="built")])
    assert merged["totals"] == {
        "built": 2,
        "current": 1,
        "failed": 0,
        "held": 0,
        "characters": 30,
        "requests": 4,
        "retries": 3,
        "audio_seconds": 4.5,
    }
    assert (merged["exit_code"], merged["seconds"], len(merged["items"])) == (7, 4.0, 3)  # type: ignore[arg-type] # as it is in JSON
    assert merge_reports([report(7), report(None)])["exit_code"] is None
    assert "book" not in merged
    assert merge_reports([{**report(0), "book": {"output": "b.wav"}}, report(0)])["book"] == {"output": "b.wav"}


@pytest.mark.parametrize("content", ["{}", "[1]", "no", '{"version": 1, "items": [{}], "totals": {}}', "null"])
def test_what_is_no_report(content: str, tmp_path: Path) -> None:
    """It is refused."""
    path = tmp_path / "r.json"
    path.write_text(content)
    with pytest.raises(UsageFault, match="is not a report"):
        read_report(str(path))
    with pytest.raises(UsageFault, match="cannot read the report"):
        read_report(str(tmp_path / "absent.json"))
    path.write_text(json.dumps(report(0, a="built")))
    assert read_report(str(path))["totals"]["requests"] == 1
