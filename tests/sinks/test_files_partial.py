"""Disks that fill up, and audio that is kept all the same."""

import random
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sink_parts import DISK_BYTES, FMT, encode_file, limited_files, named, noise, parts, small_disk
from support.size_limits import files_of

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import OutputError
from lightning_cli.sinks import files
from lightning_cli.sinks.base import Sink
from lightning_cli.sinks.containers import FLAC, MP3, OGG, PCM, ULAW, WAV, Container
from lightning_cli.sinks.encoders import encoder_for
from lightning_cli.sinks.files import FileSink


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a directory on a disk that is soon full."""
    with small_disk(tmp_path / "small") as directory:
        yield directory


def overfill(sink: Sink) -> None:
    """Write more than the disk holds, segment by segment."""
    for seed in range(100):
        sink.write(noise(24000, seed))
        sink.commit()


@pytest.mark.parametrize("container", [WAV, FLAC, MP3], ids=named)
def test_full_disk(container: Container, disk: Path) -> None:
    """A disk that fills up is an output error; afterwards the part is gone and so is the name."""
    sink = FileSink(str(disk / "a"), container)
    sink.start(FMT)
    # Where only the size of files is limited, the encoder's scratch file may meet the limit first.
    with pytest.raises(OutputError, match=r"space|larger|libsndfile") as caught:
        overfill(sink)
    assert caught.value.hint
    sink.abort()
    assert list(disk.iterdir()) == []


def test_file_size_limit(tmp_path: Path) -> None:
    """``ulimit -f`` is met like a full disk."""
    sink = FileSink(str(tmp_path / "a.pcm"), PCM)
    sink.start(FMT)
    with limited_files(10_000), pytest.raises(OutputError, match="larger"):
        sink.write(noise(10_000))
    sink.abort()
    assert list(tmp_path.iterdir()) == []


def test_partial_keeps_whole_frames(tmp_path: Path) -> None:
    """With ``keep_partial`` what fitted is a correct WAV file, cut at a frame although the disk was not."""
    sink = FileSink(str(tmp_path / "a.wav"), WAV, keep_partial=True)
    sink.start(FMT)
    pcm = noise(10_000)
    with limited_files(10_001):
        with pytest.raises(OutputError):
            sink.write(pcm)
        sink.abort()
    part = sink.partial_path
    assert part is not None
    assert list(tmp_path.iterdir()) == [part]
    assert part.stat().st_size == 10_000
    with wave.open(str(part)) as file:
        assert file.getnframes() == (10_000 - 44) // 2
        assert file.readframes(10_000) == pcm[: 10_000 - 44]


@pytest.mark.parametrize("container", [WAV, PCM, ULAW, FLAC], ids=named)
def test_partial_is_playable(container: Container, tmp_path: Path) -> None:
    """An aborted file that is kept holds all audio so far, also what was not committed, under no final name."""
    path = tmp_path / "a"
    sink = FileSink(str(path), container, keep_partial=True)
    sink.start(FMT)
    sink.write(noise(5000, 1))
    sink.commit()
    sink.write(noise(700, 2))
    sink.abort()
    part = sink.partial_path
    assert part is not None
    assert list(tmp_path.iterdir()) == [part]
    assert part.read_bytes() == encode_file(encoder_for(container, title="a"), FMT, noise(5000, 1) + noise(700, 2))


@pytest.mark.parametrize("container", [WAV, FLAC], ids=named)
def test_partial_without_audio_is_not_kept(container: Container, tmp_path: Path) -> None:
    """There is nothing to keep before the first sample, or once it was taken back."""
    sink = FileSink(str(tmp_path / "a"), container, keep_partial=True)
    sink.start(FMT)
    sink.write(noise(10))
    sink.rewind()
    sink.abort()
    assert list(tmp_path.iterdir()) == []
    assert sink.partial_path is None


def test_full_temporary_directory(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment that can be held nowhere is an output error that names TMPDIR."""
    monkeypatch.setattr(files, "IN_MEMORY_BYTES", 1000)
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    sink = FileSink(str(tmp_path / "a.flac"), FLAC)
    sink.start(FMT)
    with pytest.raises(OutputError, match="temporary") as caught:
        sink.write(noise(2 * DISK_BYTES))
    assert "TMPDIR" in str(caught.value.hint)
    sink.abort()
    assert not (tmp_path / "a.flac").exists()
    assert parts(tmp_path) == []


def test_a_part_that_somebody_removed(tmp_path: Path) -> None:
    """There is nothing to keep, and nothing is said to be kept."""
    sink = FileSink(str(tmp_path / "x.wav"), WAV, keep_partial=True)
    sink.start(PcmFormat(8000))
    sink.write(bytes(1600))
    (part,) = tmp_path.iterdir()
    part.unlink()
    sink.abort()
    assert sink.partial_path is None
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_finds_no_room(tmp_path: Path) -> None:
    """Its fault is told with its container, and what was made is kept."""
    sink = FileSink(str(tmp_path / "x.ogg"), OGG, keep_partial=True)
    sink.start(PcmFormat(8000))
    with files_of(12_000):
        sink.write(random.Random(1).randbytes(16_000))
        sink.commit()
        sink.write(random.Random(2).randbytes(160_000))
        with pytest.raises(OutputError, match="libsndfile cannot make ogg") as told:
            sink.finish()
    assert told.value.hint == "write .wav or .flac, and convert it"
    (part,) = tmp_path.iterdir()
    assert part == sink.partial_path
    assert part.read_bytes().startswith(b"OggS")
