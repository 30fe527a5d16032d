"""Small files of state that cannot be written."""

import os
from pathlib import Path

from lightning_cli.system.small_files import write_json


def test_small_files(tmp_path: Path) -> None:
    """Report that a file could not be replaced, and leave nothing behind."""
    assert not write_json(tmp_path, {})
    (tmp_path / "taken").mkdir()
    assert not write_json(tmp_path / "taken", {})
    assert os.listdir(tmp_path) == ["taken"]
