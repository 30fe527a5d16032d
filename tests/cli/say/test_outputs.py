"""The outputs that `say` opens: which rate and which bitrate they ask for, and standing formats."""

from pathlib import Path

import pytest
from support.command_line import run_here
from support.config_files import configure

from lightning_cli.cli.say.outputs import OutputOptions, plan
from lightning_cli.errors import MissingKey, UsageFault


def options(directory: Path, *names: str, bitrate: str | None = None) -> OutputOptions:
    """Return the options of a run that writes these files."""
    return OutputOptions(output=[str(directory / name) for name in names], bitrate=bitrate)


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


def test_the_rate_suits_every_output(tmp_path: Path) -> None:
    """What none names is the rate that all take; G.711 without a rate is 8000 Hz, and a rate that was named wins."""
    rates = [plan(options(tmp_path, *names.split())).sample_rate for names in ("a.wav", "a.ulaw", "a.wav a.alaw")]
    assert rates == [44100, 8000, 8000]
    assert plan(options(tmp_path, "a.ulaw"), sample_rate=24000).sample_rate == 24000


def test_a_bitrate_goes_where_there_is_one(tmp_path: Path) -> None:
    """Beside a WAV the MP3 gets it; a bitrate that nothing has, or not at this rate, is refused before anything."""
    plan(options(tmp_path, "a.wav", "a.mp3", bitrate="64k"))
    for wrong, told in (
        (options(tmp_path, "a.wav", bitrate="64k"), "wav takes no --bitrate"),
        (options(tmp_path, "a.mp3", bitrate="100"), "mp3 does not take 100 kbit/s at 44100 Hz"),
        (options(tmp_path, "a.mp3", bitrate="loud"), "'loud' is not a bitrate"),
        (OutputOptions(bitrate="64k"), "--bitrate needs -o"),
    ):
        with pytest.raises(UsageFault, match=told):
            plan(wrong)
