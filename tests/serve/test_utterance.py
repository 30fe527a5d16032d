"""Encoders behind a text that is spoken: AAC by ffmpeg, which runs beside it."""

import subprocess
from pathlib import Path

import pytest

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import OutputError
from lightning_cli.local.synthesiser import Synthesiser
from lightning_cli.serve.utterance import AacEncoder, Utterance
from lightning_cli.serve.voice_mapping import VoiceMapping

FORMAT = PcmFormat(24_000)
SECOND = bytes(48_000)


def test_aac_comes_while_it_is_made_and_whole() -> None:
    """Frames of ADTS, as long as the audio."""
    encoder = AacEncoder()
    assert encoder.begin(FORMAT) == b""
    made = b"".join(encoder.encode(SECOND) for _ in range(3)) + encoder.end()
    assert encoder.head(len(made)) == b""
    encoder.close()
    assert made[:1] == b"\xff"
    decoded = subprocess.run(
        ("ffmpeg", "-v", "error", "-i", "-", "-f", "s16le", "-"),
        input=made,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    assert len(decoded) == pytest.approx(3 * len(SECOND), abs=8192)


def test_an_encoder_that_is_closed_early_leaves_nothing() -> None:
    """Neither its process nor its thread, whenever that is and however often."""
    AacEncoder().close()
    encoder = AacEncoder()
    encoder.begin(FORMAT)
    encoder.encode(SECOND)
    encoder.close()
    encoder.close()
    assert encoder.encode(SECOND) == b""
    assert encoder.end() == b""


def test_ffmpeg_that_is_missing_or_dies_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is an error of the output, with what to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputError, match="cannot start ffmpeg"):
        AacEncoder().begin(FORMAT)
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    encoder = AacEncoder()
    encoder.begin(FORMAT)
    with pytest.raises(OutputError, match="has ended before the audio"):
        all(encoder.encode(SECOND) == b"" for _ in range(1000))
    with pytest.raises(OutputError, match="could not encode"):
        encoder.end()
    encoder.close()


def test_a_long_sentence_is_said_in_one_piece() -> None:
    """No request is known for the first of a run, so that none is cut for a quick start."""
    synthesiser = Synthesiser()
    text = "When the sun had gone down behind the mountains, the old watchmaker closed his shop, put on his coat, "
    text += "and walked along the river to the bridge."
    utterance = Utterance(synthesiser, text, VoiceMapping("heart", "en"), 24_000, 1.0, tells_words=True)
    try:
        while utterance.take() is not None:
            pass
        assert [(one.start, one.end) for one in utterance.said] == [(0, len(text))]
    finally:
        utterance.close()
        synthesiser.close()
