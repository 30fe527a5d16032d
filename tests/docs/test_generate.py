"""The files that are made from the commands."""

from pathlib import Path

import pytest

from tools import generate


def test_the_files_that_follow_from_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is written where it belongs, and named."""
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "TABLE", tmp_path / "data" / "commands.json")
    monkeypatch.setattr(generate, "MANPAGE", tmp_path / "docs" / "lightning-tts.1")
    monkeypatch.setattr(generate, "REFERENCE", tmp_path / "docs" / "reference.md")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "reference.md").write_text("<!-- help:begin -->\n<!-- help:end -->\n")
    assert generate.main(["completions"]) == 0
    assert generate.main(["docs"]) == 0
    named = capsys.readouterr().err.splitlines()
    assert "docs/lightning-tts.1" in named
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == {*named}
