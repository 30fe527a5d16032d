"""Subtitles that are written beside the audio."""

from pathlib import Path

import pytest

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.cli.say.captions import Captions
from lightning_cli.errors import (
    OutputError,
)
from lightning_cli.sinks import SinkOptions


def test_subtitles_that_cannot_be_written(tmp_path: Path) -> None:
    """Say so; the name leads to a full device."""
    (tmp_path / "x.vtt").symlink_to("/dev/full")
    captions = Captions([str(tmp_path / "x.vtt")], SinkOptions())
    with pytest.raises(OutputError, match="no space is left on the device"):
        captions.write(PcmFormat(8000))
