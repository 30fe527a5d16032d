"""The last mile of a book: options, and what is refused before anything is spent."""

from pathlib import Path

import pytest

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import UsageFault
from lightning_cli.narration import ffmpeg
from lightning_cli.narration.finishing import (
    AAC,
    M4A,
    M4B,
    FinishOptions,
    ScratchSink,
    finished_container,
    pad_ms,
)
from lightning_cli.narration.loudness import LoudnessTarget
from lightning_cli.sinks.containers import FLAC, MP3, WAV, Container


def test_values() -> None:
    """Of flags, and names of files."""
    assert pad_ms("700,2000") == (700, 2000)
    assert pad_ms("500") == (500, 500)
    assert finished_container("a/B.M4B") is M4B
    assert finished_container("b.mp3") is None


@pytest.mark.parametrize("text", ["", "1,2,3", "-1", "60001", "1.5"])
def test_what_is_no_pad(text: str) -> None:
    """It is refused."""
    with pytest.raises(UsageFault, match="not a pad"):
        pad_ms(text)


@pytest.mark.parametrize(
    ("options", "container"),
    [
        (FinishOptions(title="T"), WAV),
        (FinishOptions(author="A"), AAC),
        (FinishOptions(cover=Path("c.jpg")), FLAC),
        (FinishOptions(kbits=64), FLAC),
        (FinishOptions(cover=Path("absent.jpg")), M4B),
    ],
)
def test_what_a_container_cannot_have(options: FinishOptions, container: Container) -> None:
    """It is refused."""
    with pytest.raises(UsageFault):
        options.check(container)


def test_a_cover_is_a_picture(tmp_path: Path) -> None:
    """By its bytes, whatever its name: FFmpeg is told what it is and does not guess."""
    path = tmp_path / "cover.jpg"
    path.write_text("#EXTM3U\nfile:///etc/passwd\n")
    with pytest.raises(UsageFault, match="neither JPEG nor PNG"):
        FinishOptions(cover=path).check(M4B)
    path.write_bytes(b"\x89PNG\r\n\x1a\n rest")
    FinishOptions(cover=path).check(M4B)


@pytest.mark.parametrize(
    ("options", "container"),
    [
        (FinishOptions(), M4A),
        (FinishOptions(loudness=LoudnessTarget(-16, -1)), WAV),
        (FinishOptions(title="T"), MP3),
    ],
)
def test_without_ffmpeg(options: FinishOptions, container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says so; a plain .mp3 is made all the same, without chapters."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageFault, match="needs ffmpeg, which is not installed"):
        options.check(container)
    FinishOptions().check(MP3)
    assert FinishOptions().lacks_chapters(MP3)
    assert not FinishOptions().lacks_chapters(WAV)


def test_only_what_was_asked_for_shapes_a_book(tmp_path: Path) -> None:
    """Without any of it the fingerprint is that of versions before; the cover counts by content."""
    assert FinishOptions().fingerprint() == []
    cover = tmp_path / "c.jpg"
    prints = []
    for content in (b"\xff\xd8\xff one", b"\xff\xd8\xff two"):
        cover.write_bytes(content)
        prints.append(FinishOptions(cover=cover).fingerprint())
    assert prints[0] != prints[1]


def test_scratch_leaves_nothing(tmp_path: Path) -> None:
    """It is named as parts are, is for this user alone, can go back, and goes."""
    sink = ScratchSink(tmp_path / "book.m4b")
    sink.start(PcmFormat(8000))
    sink.write(b"ab")
    sink.commit()
    sink.write(b"cd")
    assert sink.can_rewind()
    sink.rewind()
    sink.finish()
    assert sink.path.read_bytes() == b"ab"
    assert sink.path.stat().st_mode & 0o777 == 0o600
    assert sink.path.name.startswith(".book.m4b.")
    sink.abort()
    sink.abort()
    assert list(tmp_path.iterdir()) == []


def test_names_are_no_options() -> None:
    """Whatever a file is called, FFmpeg takes it for a file."""
    assert ffmpeg.url(Path("-y")).startswith("file:/")
    assert ffmpeg.url(Path("http://x")).startswith("file:/")
