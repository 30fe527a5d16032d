"""Options of recording and replay that exclude each other, refused before anything is opened."""

from pathlib import Path

import pytest
from support.command_line import refusal_of

from lightning_cli.errors import UsageFault


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--record a --replay b", "--record cannot be combined with --replay"),
        ("--replay-speed full", "--replay-speed needs --replay"),
        ("--record x.wav", "x.wav cannot be both the audio and the recording"),
        ("--subtitles a.srt --record a.srt", "a.srt cannot be both the subtitles and the recording"),
    ],
)
@pytest.mark.usefixtures("key_holder")
def test_what_excludes_each_other(words: str, said: str) -> None:
    """By the name of the place, or of the options."""
    fault = refusal_of("say", "Hello", "-o", "x.wav", *words.split())
    assert isinstance(fault, UsageFault)
    assert fault.message.startswith(said)
    assert list(Path().iterdir()) == []
