"""Frames and the WAV header, against the standard library's own readers."""

import io
import struct
import wave

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cuts import cut, places, singles

from lightning_cli.audio.pcm import WAV_HEADER_BYTES, FrameAligner, PcmFormat, wav_header

RATES = (8000, 16000, 24000, 44100)


@settings(deadline=None)
@given(data=st.binary(max_size=80), where=places, frame_bytes=st.sampled_from([1, 2, 4, 6]))
def test_aligner(data: bytes, where: list[int], frame_bytes: int) -> None:
    """Return whole frames as early as they are there, in order, and hold back less than one."""
    for pieces in ([data], cut(data, where), singles(data)):
        aligner = FrameAligner(frame_bytes)
        fed, given_back = 0, b""
        for piece in pieces:
            fed += len(piece)
            given_back += aligner.feed(piece)
            assert len(given_back) == fed // frame_bytes * frame_bytes
            assert aligner.carried_bytes == fed % frame_bytes
        assert given_back == data[: len(given_back)]


def test_aligner_passes_whole_frames_without_copying() -> None:
    """Hand the very same object on when there is nothing to cut."""
    piece = bytes(1024)
    assert FrameAligner(2).feed(piece) is piece


@pytest.mark.parametrize("rate", RATES)
def test_format_arithmetic(rate: int) -> None:
    """Count bytes, milliseconds and seconds of the wire's format."""
    fmt = PcmFormat(rate)
    assert (fmt.frame_bytes, fmt.bytes_per_second) == (2, 2 * rate)
    assert fmt.bytes_in_ms(1000) == 2 * rate
    assert fmt.bytes_in_ms(0.01) % 2 == 0
    assert fmt.seconds(3 * rate) == 1.5


def test_block_sizes_of_the_engine() -> None:
    """Agree with the block sizes that were observed (protocol.md 3.1)."""
    assert PcmFormat(24000).bytes_in_ms(160) == 7680
    assert PcmFormat(44100).bytes_in_ms(160) == 14112


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("channels", "width"), [(1, 2), (2, 2), (1, 1), (2, 4)])
def test_wav_header_fields(rate: int, channels: int, width: int) -> None:
    """Write each field of the header where RIFF has it."""
    header = wav_header(PcmFormat(rate, channels, width), 1000)
    assert len(header) == WAV_HEADER_BYTES == 44
    riff, riff_size, kind = struct.unpack_from("<4sI4s", header)
    assert (riff, riff_size, kind) == (b"RIFF", 1000 + 36, b"WAVE")
    assert struct.unpack_from("<4sI", header, 12) == (b"fmt ", 16)
    frame = channels * width
    assert struct.unpack_from("<HHIIHH", header, 20) == (1, channels, rate, rate * frame, frame, width * 8)
    assert struct.unpack_from("<4sI", header, 36) == (b"data", 1000)


@pytest.mark.parametrize("rate", RATES)
def test_wav_read_by_the_standard_library(rate: int) -> None:
    """Read back what was written."""
    pcm = bytes(range(256)) * 4
    with wave.open(io.BytesIO(wav_header(PcmFormat(rate), len(pcm)) + pcm)) as file:
        assert file.getparams()[:4] == (1, 2, rate, len(pcm) // 2)
        assert file.readframes(10_000) == pcm


def test_wav_like_the_services() -> None:
    """Equal the header of a file that the service itself made, size field included (protocol.md 3.1)."""
    header = wav_header(PcmFormat(24000), 122924 - 44)
    assert header[:8] == bytes.fromhex("52 49 46 46 24 e0 01 00")


def test_wav_for_a_pipe() -> None:
    """Promise as much as readers accept when the length is not known, without overflowing the outer length."""
    header = wav_header(PcmFormat(44100), None)
    (riff_size,) = struct.unpack_from("<I", header, 4)
    (data_size,) = struct.unpack_from("<I", header, 40)
    assert riff_size == data_size + 36
    assert 0x7FFF0000 <= data_size < 0x80000000
    assert data_size % 2 == 0


@pytest.mark.parametrize(
    ("data_bytes", "riff_size"),
    [(0, 36), (2, 38), (0xFFFFFFFE - 37, 0xFFFFFFFD), (0xFFFFFFFE - 35, 0xFFFFFFFF)],
)
def test_wav_lengths_at_the_edges(data_bytes: int, riff_size: int) -> None:
    """Write every length that 32 bits hold into the header of 44 bytes."""
    header = wav_header(PcmFormat(44100), data_bytes)
    assert len(header) == WAV_HEADER_BYTES
    assert struct.unpack_from("<I", header, 40) == (data_bytes,)
    assert struct.unpack_from("<I", header, 4) == (riff_size,)


@pytest.mark.parametrize("data_bytes", [0xFFFFFFFE - 33, 0xFFFFFFFE, 1 << 32, 1 << 40])
def test_wav_beyond_four_gibibytes_is_rf64(data_bytes: int) -> None:
    """Write a length beyond 32 bits into the ds64 chunk of RF64, without wrapping around."""
    header = wav_header(PcmFormat(44100), data_bytes)
    assert struct.unpack_from("<4sI4s4sI", header) == (b"RF64", 0xFFFFFFFF, b"WAVE", b"ds64", 28)
    assert struct.unpack_from("<QQQI", header, 20) == (data_bytes + 72, data_bytes, data_bytes // 2, 0)
    assert header[48:72] == wav_header(PcmFormat(44100), 0)[12:36]
    assert header[72:] == struct.pack("<4sI", b"data", 0xFFFFFFFF)
