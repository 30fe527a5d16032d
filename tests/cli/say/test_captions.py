"""Subtitles that are written beside the audio."""

import json
from pathlib import Path

import pytest
from support.command_line import run_here

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.cli.say.captions import Captions
from lightning_cli.errors import (
    OutputError,
)
from lightning_cli.sinks import SinkOptions


def test_subtitles_that_cannot_be_written(tmp_path: Path) -> None:
    """Raise ``OutputError``; the name leads to a full device."""
    (tmp_path / "x.vtt").symlink_to("/dev/full")
    captions = Captions([str(tmp_path / "x.vtt")], SinkOptions())
    with pytest.raises(OutputError, match="no space is left on the device"):
        captions.write(PcmFormat(8000))


def test_cues_of_the_offline_engine_have_its_word_times(tmp_path: Path) -> None:
    """Where a sentence is cut, the next cue begins with its first word; a replay has the same cues."""
    text = "It was the best of times, it was the worst of times, it was the age of wisdom, and of many other things."
    path, again, record = tmp_path / "a.json", tmp_path / "b.json", str(tmp_path / "a.rec")
    ours = ("say", "--local", "-q", "-v", "espeak-en", text, "-o", str(tmp_path / "a.wav"), "--record", record)
    run_here(*ours, "--subtitles", str(path))
    run_here("say", "-q", "--replay", record, "-o", str(tmp_path / "b.wav"), "--subtitles", str(again))
    assert json.loads(again.read_text()) == json.loads(path.read_text())
    first, second = json.loads(path.read_text())["cues"]
    assert (first["source"], second["source"]) == ("engine-word", "engine-word")
    assert second["start_frames"] == second["words"][0]["start_frames"]
    assert first["end_frames"] == first["words"][-1]["end_frames"] < second["start_frames"]
