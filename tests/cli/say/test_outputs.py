"""The outputs that `say` opens."""

import pytest
from support.command_line import run_here
from support.config_files import configure

from lightning_cli.errors import MissingKey, UsageFault


def test_a_standing_format_lets_speech_be_played(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format of the configuration or a variable waits for a file; as a flag without one it is a mistake."""

    def problem(*words: str) -> str:
        with pytest.raises(MissingKey) as caught:
            run_here("say", "Hello", "--cloud", *words)
        return caught.value.message

    configure("format = 'mp3'\n")
    assert problem() == "no API key found"
    configure("")
    monkeypatch.setenv("LIGHTNING_TTS_FORMAT", "mp3")
    assert problem() == "no API key found"
    with pytest.raises(UsageFault, match="--format needs -o"):
        run_here("say", "Hello", "--cloud", "--format", "mp3")
