"""Formats that are not read: the command that makes something readable of each."""

import shlex
from pathlib import Path

import pytest

from lightning_cli.narration.manifest import READ
from lightning_cli.narration.unread_formats import _COMMANDS, how_to_convert


@pytest.mark.parametrize("suffix", sorted(_COMMANDS))
def test_every_command_can_be_pasted(suffix: str) -> None:
    """Names with spaces, quotes and a leading dash stay one argument; what we read needs no conversion."""
    assert suffix not in READ
    for name in (f"a b{suffix}", f"it's{suffix}", f"-x{suffix}", f"dir/$HOME{suffix}"):
        told = how_to_convert(Path(name))
        assert told is not None
        if "convert it: " in told and "duckdb" not in told:
            words = shlex.split(told.partition("convert it: ")[2])
            assert any(word.removeprefix("./") == name for word in words), told


def test_what_the_bytes_say() -> None:
    """A foreign ending with known contents, and the other way round."""
    assert "pdftotext" in str(how_to_convert(Path("a.bin"), b"%PDF-1.7"))
    assert ".xlsx or .ods" in str(how_to_convert(Path("a.csv"), b"PK\x03\x04"))
    assert "pandoc" in str(how_to_convert(Path("a.docx"), b"PK\x03\x04"))
    assert "audio, not a text" in str(how_to_convert(Path("a.wav"), b"RIFF"))
    assert how_to_convert(Path("a.bin"), b"x") is None
