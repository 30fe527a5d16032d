"""The program that reads spreadsheets: cells as a person sees them, and its exit codes."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from lightning_cli.narration import sheet_reader


def run(path: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as the table reader does."""
    command = (sys.executable, *options, "-P", sheet_reader.__file__, str(path))
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [(24000.0, "24000"), (1.5, "1.5"), (5, "5"), (True, "true"), ("x", "x"), (dt.date(2026, 1, 2), "2026-01-02")],
)
def test_cells(value: object, text: str) -> None:
    """Whole numbers have no point, truth is true."""
    assert sheet_reader.cell_text(value) == text


def test_hidden_sheets_are_left_out(tmp_path: Path) -> None:
    """Rows keep their numbers; trailing empty cells and hidden sheets go."""
    pytest.importorskip("python_calamine")
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["text", None])
    book.active.append([None])
    book.active.append([None, 5.0])
    book.create_sheet("Secret").append(["x"])
    book["Secret"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    done = run(tmp_path / "a.xlsx")
    assert done.returncode == 0
    assert json.loads(done.stdout) == [["Sheet", [[1, ["text"]], [3, ["", "5"]]]]]


def test_exit_codes(tmp_path: Path) -> None:
    """A file that is none is refused with a sentence; without the library the code says so."""
    pytest.importorskip("python_calamine")
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04broken")
    done = run(tmp_path / "a.xlsx")
    assert done.returncode == sheet_reader.REFUSED
    assert done.stdout
    # -S: no installed packages.
    assert run(tmp_path / "a.xlsx", "-S").returncode == sheet_reader.MISSING
