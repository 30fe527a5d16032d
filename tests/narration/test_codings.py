"""Pieces of AAC and MP3: how many frames they take, and what is cut off them."""

from pathlib import Path

import pytest

from lightning_cli.errors import OutputError
from lightning_cli.narration import ffmpeg
from lightning_cli.narration.codings import Coding, coding_of, note_mp3_lead
from lightning_cli.narration.finishing import M4B
from lightning_cli.narration.loudness import UNCHANGED
from lightning_cli.narration.pace import Stop
from lightning_cli.sinks.containers import MP3, OPUS


def test_pauses_fill_whole_frames() -> None:
    """The nearest number of them, and never fewer than the sound needs."""
    coding = coding_of(M4B, 24_000, None)
    assert (coding.frame_samples, coding.lead) == (1024, 1024)
    assert coding.frames(10_240, 0) == 11
    assert coding.frames(10_240, 24_000) == 33
    assert coding.frames(10_241, 0) == 12
    assert coding_of(MP3, 44_100, None).frame_samples == 2 * coding_of(MP3, 24_000, 64).frame_samples == 1152
    assert "64k" in coding_of(MP3, 24_000, 64).options


def test_pieces_of_versions_before_are_known() -> None:
    """The cache keys are made of these values, so that one more would have every book encoded anew."""
    assert list(coding_of(M4B, 24_000, None)) == ["aac", 1024, 1024, ("-c:a", "aac", "-b:a", "48k", "-f", "adts")]
    assert (coding_of(M4B, 24_000, None).silence, coding_of(OPUS, 24_000, None).silence) == (0, 960)


@pytest.mark.parametrize("coding", [coding_of(M4B, 24_000, None), coding_of(MP3, 24_000, None)])
def test_a_piece_has_as_many_frames_as_it_should(coding: Coding, tmp_path: Path) -> None:
    """Whatever the encoder adds; one that gives fewer is told."""
    raw, scratch = tmp_path / "raw", tmp_path / "coded"
    raw.write_bytes(b"\x10\x10" * 5000)
    source = ffmpeg.raw_part(raw, 0, 10_000, 24_000)
    done = coding.encode(source, 12, scratch, UNCHANGED, 24_000, None, Stop()).raw
    assert scratch.read_bytes().startswith(done)
    assert coding._cut(done, 12) == done
    with pytest.raises(OutputError, match="less than"):
        coding._cut(done, 13)


def test_the_lead_is_noted_where_there_is_a_tag(tmp_path: Path) -> None:
    """A file without one stays as it is."""
    path = tmp_path / "a.mp3"
    tag = b"Info" + bytes(116) + b"Lavf" + bytes(60)
    before = b"ID3\3\0\0\0\0\0\5" + b"title" + b"\xff\xf3\x10\xc4" + bytes(9) + tag
    path.write_bytes(before)
    note_mp3_lead(path)
    delay = 15 + 13 + 141
    assert path.read_bytes() == before[:delay] + bytes.fromhex("240000") + before[delay + 3 :]
    path.write_bytes(b"\xff\xf3\x10\xc4" + bytes(300))
    note_mp3_lead(path)
    assert path.read_bytes() == b"\xff\xf3\x10\xc4" + bytes(300)
