"""Encoders against the programs that decode: lengths, samples, tails, memory and interrupts."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sink_parts import (
    FMT,
    GUARD_S,
    encode,
    encode_file,
    ffmpeg_decode,
    filtered,
    libsndfile_decode,
    loudness,
    named,
    noise,
    open_descriptors,
    script,
    sox_decode,
    tone,
)

from lightning_cli.audio import g711
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import OutputError
from lightning_cli.sinks.containers import FLAC, MP3, OGG, OPUS, PCM, WAV, WAV_ALAW, WAV_ULAW, Container, container_for
from lightning_cli.sinks.encoders import Encoder, LibsndfileEncoder, _shorten_pages, encoder_for

# LAME's delay and the filling of the last frame: what an MP3 stream without a length adds.
MP3_EXTRA_FRAMES = 4 * 1152


def test_raw_pcm_is_not_copied() -> None:
    """PCM and WAV pass on the very object they are given."""
    pcm = noise(1000)
    for container in (PCM, WAV):
        encoder = encoder_for(container)
        encoder.begin(FMT)
        assert encoder.encode(pcm) is pcm


@pytest.mark.parametrize(("container", "tag", "coding"), [(WAV_ULAW, 7, "u-law"), (WAV_ALAW, 6, "A-law")])
def test_g711_in_wav(container: Container, tag: int, coding: str, tmp_path: Path) -> None:
    """mu-law and A-law behind the header of telephone systems: three readers agree on coding, length and samples."""
    rate, frames = 8000, 8001
    pcm = noise(frames)
    path = tmp_path / "menu.wav"
    path.write_bytes(encode_file(encoder_for(container), PcmFormat(rate), pcm))
    assert int.from_bytes(path.read_bytes()[20:22], "little") == tag
    assert coding.encode() in filtered(["soxi", str(path)])
    assert filtered(["soxi", "-s", str(path)]).strip() == str(frames).encode()
    expected = g711.expand(g711.compress(pcm, container.law), container.law)
    assert libsndfile_decode(path) == expected
    assert ffmpeg_decode(str(path)) == expected


def test_gsm_is_what_telephone_systems_read(tmp_path: Path) -> None:
    """Raw GSM 06.10: 33 bytes for 20 ms, and sox hears the same level."""
    pcm = tone(8000)
    path = tmp_path / "a.gsm"
    path.write_bytes(encode_file(encoder_for(container_for("a.gsm")), PcmFormat(8000), pcm))
    assert path.stat().st_size == -(-len(pcm) // 320) * 33
    decoded = sox_decode(str(path), "gsm")
    assert abs(loudness(decoded) / loudness(pcm) - 1) < 0.05


@pytest.mark.parametrize("rate", [8000, 24000, 44100])
def test_flac_file_is_exact(rate: int, tmp_path: Path) -> None:
    """Three decoders give back every sample, and the header knows the length."""
    pcm = noise(rate + 17)
    path = tmp_path / "a.flac"
    path.write_bytes(encode_file(encoder_for(FLAC), PcmFormat(rate), pcm))
    assert libsndfile_decode(path) == pcm
    assert ffmpeg_decode(str(path)) == pcm
    assert sox_decode(str(path), "flac") == pcm
    assert filtered(["soxi", "-s", str(path)]).strip() == str(rate + 17).encode()


def test_flac_stream_is_exact() -> None:
    """Without a corrected head FLAC is a stream of unknown length that decodes from a pipe to the last sample."""
    pcm = noise(50_001)
    stream = encode(encoder_for(FLAC, streamed=True), FMT, pcm)
    assert ffmpeg_decode("-", stream) == pcm
    assert sox_decode("-", "flac", stream) == pcm


@settings(deadline=None, max_examples=30)
@given(frames=st.integers(1, 12_000), piece=st.integers(1, 20_000))
def test_flac_pieces_do_not_matter(frames: int, piece: int) -> None:
    """However the PCM arrives, the same bytes leave."""
    pcm = noise(frames)
    whole = encode(encoder_for(FLAC), FMT, pcm, len(pcm))
    assert encode(encoder_for(FLAC), FMT, pcm, 2 * piece) == whole


@pytest.mark.parametrize(
    ("container", "rate"), [(OGG, 44100), (OGG, 8000), (OPUS, 24000), (OPUS, 16000), (MP3, 44100), (MP3, 24000)]
)
def test_lossy_file_has_every_sample(container: Container, rate: int, tmp_path: Path) -> None:
    """The decoded length is exact in libsndfile and ffmpeg, and sound goes on to the very end.

    The audio is noise because ffmpeg misjudges Vorbis by up to a block when all of it is in one page; SoX does not.
    """
    frames = 3 * rate + 13
    path = tmp_path / f"a{container.extensions[0]}"
    path.write_bytes(encode_file(encoder_for(container), PcmFormat(rate), noise(frames)))
    decoded = libsndfile_decode(path)
    assert len(decoded) == 2 * frames
    assert len(ffmpeg_decode(str(path))) == 2 * frames * (48000 // rate if container is OPUS else 1)
    if container is OGG:
        assert len(sox_decode(str(path), "ogg")) == 2 * frames
    assert loudness(decoded[-rate // 50 * 2 :]) > 4000


@pytest.mark.parametrize(("container", "rate"), [(OGG, 44100), (OPUS, 24000)])
def test_ogg_stream_is_exact(container: Container, rate: int) -> None:
    """Ogg needs no head: through a pipe it decodes to the same length."""
    stream = encode(encoder_for(container, streamed=True), PcmFormat(rate), noise(3 * rate))
    assert len(ffmpeg_decode("-", stream)) == 2 * 3 * (48000 if container is OPUS else rate)


@pytest.mark.parametrize("rate", [8000, 24000, 44100])
def test_mp3_stream_is_complete(rate: int) -> None:
    """Through a pipe MP3 has the silence of its coding around it, no other, and loses nothing."""
    stream = encode(encoder_for(MP3, streamed=True), PcmFormat(rate), tone(rate))
    decoded = ffmpeg_decode("-", stream)
    assert 0 <= len(decoded) // 2 - rate <= MP3_EXTRA_FRAMES
    loud = [index for index, sample in enumerate(memoryview(decoded).cast("h")) if abs(sample) > 4000]
    assert loud[-1] - loud[0] > 0.98 * rate
    # The delays of encoder and decoder; LAME's empty first frame would be 1152 frames more.
    assert loud[0] < 576 + 529 + rate // 1000
    # SoX leaves out the last frame of any MP3.
    assert len(decoded) // 2 - len(sox_decode("-", "mp3", stream)) // 2 <= 2 * 1152


def test_mp3_stream_has_one_bit_rate(tmp_path: Path) -> None:
    """A saved stream is read to its end by what guesses the length from the first frame, here libsndfile."""
    path = tmp_path / "a.mp3"
    path.write_bytes(encode(encoder_for(MP3, streamed=True), FMT, bytes(24_000) + noise(24_000) + tone(24_000)))
    assert 0 <= len(libsndfile_decode(path)) // 2 - 60_000 <= MP3_EXTRA_FRAMES


def test_opus_pages_are_short_on_a_pipe() -> None:
    """A listener of a pipe waits for a tenth of a second of audio, not for a whole one."""
    counts = []
    for streamed in (False, True):
        encoder = encoder_for(OPUS, streamed=streamed)
        encoder.begin(FMT)
        pieces = [encoder.encode(noise(240, seed)) for seed in range(200)]
        counts.append(sum(1 for piece in pieces if piece))
        encoder.close()
    assert counts[0] <= 5
    assert counts[1] >= 18


def test_mp3_stream_keeps_what_has_no_placeholder() -> None:
    """What begins like an empty frame and ends there is passed on."""
    encoder = LibsndfileEncoder(MP3, streamed=True)
    encoder.begin(FMT)
    empty = b"\xff\xf3\x84\xc4" + bytes(100)
    assert encoder._without_placeholder(empty[:50]) == b""
    assert encoder._without_placeholder(empty[50:] + b"\x07") == empty + b"\x07"
    encoder.close()


@pytest.mark.parametrize("container", [FLAC, OGG, OPUS, MP3], ids=named)
def test_the_title_is_the_only_tag(container: Container, tmp_path: Path) -> None:
    """A title of any script, and nothing else of ours; libsndfile names itself in Vorbis and Opus."""
    title = "Grüße an 日本"
    path = tmp_path / f"a{container.extensions[0]}"
    path.write_bytes(encode_file(encoder_for(container, title=title), FMT, noise(2000)))
    shown = ["ffprobe", "-v", "error", "-show_entries", "format_tags:stream_tags", "-of", "default=nk=0:nw=1"]
    tags = filtered([*shown, str(path)]).decode().lower().splitlines()
    assert [tag for tag in tags if "encoder=" not in tag] == [f"tag:title={title.lower()}"]
    path.write_bytes(encode_file(encoder_for(container), FMT, noise(2000)))
    assert b"title" not in filtered([*shown, str(path)]).lower()


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("container", "rate", "kbits"), [(MP3, 44100, 128), (MP3, 24000, 32), (MP3, 8000, 16), (OPUS, 24000, 64)]
)
def test_bitrate(*, container: Container, rate: int, kbits: int, streamed: bool, tmp_path: Path) -> None:
    """The size follows the bitrate, and a file keeps its exact length at low ones."""
    seconds = 4
    encoder = encoder_for(container.at_bitrate(kbits), streamed=streamed)
    pcm = noise(seconds * rate)
    encoded = (encode if streamed else encode_file)(encoder, PcmFormat(rate), pcm)
    assert abs(len(encoded) * 8 / 1000 / seconds / kbits - 1) < 0.1
    if not streamed:
        path = tmp_path / f"a{container.extensions[0]}"
        path.write_bytes(encoded)
        assert len(libsndfile_decode(path)) == len(pcm)


@pytest.mark.parametrize("container", [FLAC, OGG, OPUS, MP3], ids=named)
def test_no_audio_is_still_a_valid_file(container: Container, tmp_path: Path) -> None:
    """One silent frame stands for nothing at all."""
    path = tmp_path / f"a{container.extensions[0]}"
    path.write_bytes(encode_file(encoder_for(container), FMT, b""))
    assert libsndfile_decode(path) in {b"\0\0", b"\1\0", b"\xff\xff"}


def test_scratch_file_stays_small() -> None:
    """A minute of FLAC passes through a scratch file that keeps no more than its head."""
    encoder = LibsndfileEncoder(FLAC)
    encoder.begin(FMT)
    second = noise(24000)
    sizes = []
    for _ in range(60):
        encoder.encode(second)
        sizes.append(os.fstat(encoder._scratch).st_blocks * 512)
    assert max(sizes) <= 16384
    encoder.close()


@pytest.mark.parametrize("finished", [True, False])
def test_descriptors_are_given_back(finished: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Neither an end nor a drop leaks a descriptor; close may be repeated."""
    before = open_descriptors()
    encoder = encoder_for(OGG)
    encoder.begin(FMT)
    encoder.encode(noise(5000))
    if finished:
        encoder.end()
    encoder.close()
    encoder.close()
    assert open_descriptors() == before


def test_without_memory_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the system has no memory files, an unlinked temporary file does the same."""
    monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    pcm = noise(30_000)
    stream = encode(encoder_for(FLAC, streamed=True), FMT, pcm)
    assert ffmpeg_decode("-", stream) == pcm
    assert list(tmp_path.iterdir()) == []


def test_libsndfile_makes_only_its_own() -> None:
    """Asking libsndfile's encoder for PCM is a bug."""
    with pytest.raises(RuntimeError):
        LibsndfileEncoder(PCM)


def test_missing_libsndfile_is_an_output_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library the message says what still works."""
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(OutputError, match="libsndfile") as caught:
        encoder_for(FLAC).begin(FMT)
    assert ".wav" in str(caught.value.hint)


def test_interrupt_is_not_lost_in_the_encoder(capfd: pytest.CaptureFixture[str]) -> None:
    """A signal that arrives while libsndfile works raises where it was sent, every time."""

    def encode_for_ever(encoder: Encoder, pcm: bytes) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.005)
        while True:
            encoder.encode(pcm)

    def stop(_signum: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, stop)
    pcm = noise(200_000)
    try:
        for _ in range(20):
            encoder = encoder_for(OGG)
            encoder.begin(FMT)
            with pytest.raises(KeyboardInterrupt):
                encode_for_ever(encoder, pcm)
            encoder.close()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert capfd.readouterr().err == ""


@pytest.mark.unmeasured("what measures loads tempfile itself")
def test_plain_containers_need_no_numpy(tmp_path: Path) -> None:
    """Writing PCM, WAV and G.711 loads neither numpy nor soundfile nor tempfile."""
    code = """
import sys
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.sinks import open_sink
from lightning_cli.sinks.containers import container_for
for name in ("wav", "pcm", "ulaw", "alaw"):
    path = sys.argv[1] + "/a." + name
    sink = open_sink(path, container_for(path))
    sink.start(PcmFormat(8000))
    sink.write(bytes(800))
    sink.commit()
    sink.finish()
print([name for name in ("numpy", "soundfile", "tempfile", "sounddevice", "requests") if name in sys.modules])
"""
    done = subprocess.run(script(code, str(tmp_path)), capture_output=True, timeout=GUARD_S, check=True)
    assert done.stdout == b"[]\n"
    assert len(list(tmp_path.iterdir())) == 4


def test_a_sandbox_without_files_in_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The disk takes their place; where that has none either, say what to set."""

    def refused(_name: str) -> NoReturn:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    made = []
    for _ in range(2):
        encoder = encoder_for(FLAC)
        made.append(encoder.begin(PcmFormat(8000)) + encoder.encode(bytes(1600)) + encoder.end())
        encoder.close()
        monkeypatch.setattr(os, "memfd_create", refused)
    assert made[0] == made[1] != b""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(OutputError, match="cannot create a temporary file") as told:
        encoder_for(FLAC).begin(PcmFormat(8000))
    assert told.value.hint == "set TMPDIR to a writable directory"


def test_another_release_of_soundfile() -> None:
    """Without what the shorter pages need, the file is made all the same."""
    _shorten_pages(SimpleNamespace(), SimpleNamespace())
