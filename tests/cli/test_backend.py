"""Which backend speaks, and what is said where the one that was asked for cannot."""

from pathlib import Path

import pytest
from support.command_line import lightning, run_here
from support.serve_thread import running_here

from lightning_cli.errors import MissingKey


@pytest.mark.usefixtures("key_holder")
def test_g711_where_nobody_has_seen_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Warn that it is taken for PCM, and say what gives it."""
    run_here("say", "Hi", "--wire-format", "ulaw", "--dry-run")
    assert "ulaw has never been seen in event streams; treating the audio as PCM" in capsys.readouterr().err


def test_no_other_voice_speaks_without_a_key(tmp_path: Path) -> None:
    """A voice or a model that only the service has is an error, also where a server of the person's own is found."""
    for words in (["--voice", "daniel"], ["--model", "lightning_v3.1_pro"]):
        for more, why in (([], "no API key is set"), (["--local"], "--local is set")):
            with pytest.raises(MissingKey, match=f"'{words[1]}' needs the smallest.ai service, but {why}"):
                run_here("say", "Hello", *more, "-o", str(tmp_path / "a.wav"), *words)
    with running_here():
        found = lightning("say", "Hello", "-q", "-o", "a.wav", "--voice", "daniel", cwd=tmp_path)
    assert (found.code, found.lines[0]) == (
        3,
        "error: voice 'daniel' needs the smallest.ai service, but no API key is set",
    )
    assert list(tmp_path.iterdir()) == []
