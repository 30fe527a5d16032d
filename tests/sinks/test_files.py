"""Files: read back by four programs, replaced in one step, whatever their names."""

import errno
import os
import stat
import struct
import wave
from pathlib import Path

import pytest
from support.sink_parts import (
    ALL,
    FMT,
    OLD,
    encode_file,
    feed,
    ffmpeg_decode,
    filtered,
    libsndfile_decode,
    named,
    noise,
    parts,
    sox_decode,
    tone,
)

from lightning_cli.audio import g711
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import OutputError, UsageFault
from lightning_cli.sinks.containers import CONTAINERS, OGG, OPUS, PCM, WAV, WAV_ULAW, Container
from lightning_cli.sinks.encoders import encoder_for
from lightning_cli.sinks.files import FileSink


def test_wav_is_exact_everywhere(tmp_path: Path) -> None:
    """Python, libsndfile, ffprobe, ffmpeg and SoX agree on every sample and on the length."""
    path = tmp_path / "a.wav"
    segments = [noise(24000, 1), noise(1, 2), noise(999, 3)]
    feed(FileSink(str(path), WAV), FMT, segments)
    pcm = b"".join(segments)
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24000, 1, 2)
        assert file.getnframes() == 25000
        assert file.readframes(30000) == pcm
    assert libsndfile_decode(path) == pcm
    assert ffmpeg_decode(str(path)) == pcm
    assert sox_decode(str(path), "wav") == pcm
    assert filtered(["soxi", "-s", str(path)]) == b"25000\n"
    probe = ["ffprobe", "-v", "error", "-show_entries", "stream=duration_ts", "-of", "csv=p=0", str(path)]
    assert filtered(probe).strip() == b"25000"


def test_wav_header_bytes(tmp_path: Path) -> None:
    """The header has 44 bytes, a fmt chunk of 16 and true lengths."""
    path = tmp_path / "a.wav"
    feed(FileSink(str(path), WAV), PcmFormat(44100), [bytes(200)])
    rate_and_size = (44100, 88200, 2, 16)
    fields = (b"RIFF", 236, b"WAVE", b"fmt ", 16, 1, 1, *rate_and_size, b"data", 200)
    expected = struct.pack("<4sI4s4sIHHIIHH4sI", *fields)
    assert path.read_bytes() == expected + bytes(200)


@pytest.mark.parametrize("container", [WAV, WAV_ULAW], ids=named)
def test_wav_beyond_four_gibibytes(container: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Audio whose length 32 bits do not hold moves up for the head of RF64, and readers find every sample of it.

    The limit is lowered, as the head of RF64 may say any length; ``make soak`` writes beyond the real one.
    """
    monkeypatch.setattr("lightning_cli.audio.pcm.WAV_LARGEST_BYTES", 20_000)
    monkeypatch.setattr("lightning_cli.sinks.files._MOVE_BYTES", 1001)
    path = tmp_path / "a.wav"
    pcm = noise(25_000)
    feed(FileSink(str(path), container), FMT, [pcm[:30_000], pcm[30_000:]])
    assert path.read_bytes()[:4] == b"RF64"
    expected = g711.expand(g711.compress(pcm, "ulaw"), "ulaw") if container.law else pcm
    assert libsndfile_decode(path) == ffmpeg_decode(str(path)) == expected
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("container", ALL, ids=named)
def test_file_is_what_the_encoder_makes(container: Container, tmp_path: Path) -> None:
    """Every container ends up whole in its file, and nothing else is left in the directory."""
    path = tmp_path / f"a{container.extensions[0]}"
    segments = [noise(30_000, 1), noise(30_000, 2)]
    feed(FileSink(str(path), container), FMT, segments)
    pcm = b"".join(segments)
    if container in {OGG, OPUS}:
        # Ogg streams carry a random serial number.
        assert len(libsndfile_decode(path)) == len(pcm)
    else:
        assert path.read_bytes() == encode_file(encoder_for(container, title="a"), FMT, pcm)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("container", ALL, ids=named)
def test_no_audio_at_all(container: Container, tmp_path: Path) -> None:
    """An empty result is a valid file too."""
    path = tmp_path / f"a{container.extensions[0]}"
    feed(FileSink(str(path), container), FMT, [])
    if container is WAV:
        assert libsndfile_decode(path) == b""
    elif container.libsndfile:
        assert len(libsndfile_decode(path)) == 2
    else:
        assert path.read_bytes() == b""


def test_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    """The name shows the old audio to the last moment, and who has it open keeps it."""
    path = tmp_path / "a.wav"
    path.write_bytes(OLD)
    with path.open("rb") as reader:
        sink = FileSink(str(path), WAV)
        sink.start(FMT)
        sink.write(noise(5000))
        assert path.read_bytes() == OLD
        assert len(parts(tmp_path)) == 1
        sink.finish()
        assert reader.read() == OLD
    assert libsndfile_decode(path) == noise(5000)


def test_permissions(tmp_path: Path) -> None:
    """A new file obeys the umask; a replaced one keeps its permission bits, whatever the umask."""
    path = tmp_path / "a.pcm"
    previous = os.umask(0o027)
    try:
        feed(FileSink(str(path), PCM), FMT, [b"ab"])
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o606)
        feed(FileSink(str(path), PCM), FMT, [b"cd"])
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == 0o606
    assert path.read_bytes() == b"cd"


def test_part_of_a_private_file_is_private(tmp_path: Path) -> None:
    """While a file is replaced, its part is no more readable than the file."""
    path = tmp_path / "a.pcm"
    path.touch(mode=0o600)
    sink = FileSink(str(path), PCM)
    sink.start(FMT)
    assert [stat.S_IMODE(part.stat().st_mode) for part in parts(tmp_path)] == [0o600]
    sink.abort()


def test_symbolic_link_stays(tmp_path: Path) -> None:
    """The file behind a link is replaced, with its part beside it; a link to nothing makes the file."""
    (tmp_path / "there").mkdir()
    link = tmp_path / "link.pcm"
    link.symlink_to("there/a.pcm")
    for content in (b"ab", b"cd"):
        sink = FileSink(str(link), PCM)
        sink.start(FMT)
        assert len(parts(tmp_path / "there")) == 1
        sink.write(content)
        sink.finish()
        assert link.is_symlink()
        assert (tmp_path / "there" / "a.pcm").read_bytes() == content


@pytest.mark.parametrize("name", ["a\nb.wav", "\x1b[31mred.wav", "a b'\".wav", "-o.wav", os.fsdecode(b"\xff\xfe.wav")])
def test_any_name_will_do(name: str, tmp_path: Path) -> None:
    """Names with control characters or bytes that are not text are fine; messages show them quoted."""
    path = tmp_path / name
    feed(FileSink(str(path), WAV), FMT, [noise(10)])
    assert path.stat().st_size == 64
    with pytest.raises(UsageFault) as caught:
        FileSink(str(path), WAV, clobber=False)
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("letter", ["a", "ü", "語"])
def test_longest_name(letter: str, tmp_path: Path) -> None:
    """A name of 255 bytes works although that of its part is longer; one more byte is an error."""
    name = letter * ((255 - 4) // len(letter.encode()))
    name += "x" * (255 - 4 - len(name.encode())) + ".wav"
    feed(FileSink(str(tmp_path / name), WAV), FMT, [noise(10)])
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with pytest.raises(OutputError, match="too long"):
        FileSink(str(tmp_path / f"x{name}"), WAV)


def test_every_extension_has_a_sink(tmp_path: Path) -> None:
    """All formats of the manual write a file, at a rate that they take."""
    for name, container in CONTAINERS.items():
        path = tmp_path / f"a.{name}"
        fmt = PcmFormat(container.rate_or_usual(FMT.sample_rate))
        feed(FileSink(str(path), container), fmt, [tone(2400)])
        assert path.stat().st_size > 0


@pytest.mark.parametrize("refusal", [None, errno.EXDEV, errno.EINVAL])
def test_parts_of_another_file(refusal: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are copied by the system, and by hand where it cannot; one that is too short is told."""
    if refusal is not None:

        def refuses(*_: object) -> int:
            raise OSError(refusal, os.strerror(refusal))

        monkeypatch.setattr(os, "copy_file_range", refuses)
    source, target = tmp_path / "a", tmp_path / "b.wav"
    source.write_bytes(noise(5000, 1))
    sink = FileSink(str(target), WAV)
    sink.start(FMT)
    with source.open("rb") as file:
        begin = sink.end_bytes
        sink.copy_from(file.fileno(), 100, 3000)
        assert sink.end_bytes == begin + 3000
        sink.write(b"ab")
        sink.commit()
        with pytest.raises(OutputError):
            sink.copy_from(file.fileno(), 9990, 100)
        sink.rewind()
    sink.finish()
    assert target.read_bytes()[begin:] == source.read_bytes()[100:3100] + b"ab"
