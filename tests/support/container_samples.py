"""Containers of audio as a service could send them, written by hand or by ffmpeg."""

import functools
import struct
import subprocess

UNKNOWN_SIZES = (0, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def chunk(name: bytes, data: bytes, size: int | None = None) -> bytes:
    """Write one RIFF chunk, padded to an even size."""
    return name + struct.pack("<I", len(data) if size is None else size) + data + b"\0" * (len(data) & 1)


def fmt_chunk(rate: int = 24000, *, tag: int = 1, channels: int = 1, bits: int = 16, extensible: bool = False) -> bytes:
    """Write the chunk that describes the audio."""
    width = channels * bits // 8
    fields = struct.pack("<HHIIHH", 0xFFFE if extensible else tag, channels, rate, rate * width, width, bits)
    if extensible:
        guid = struct.pack("<H", tag) + bytes.fromhex("000000001000800000aa00389b71")
        fields += struct.pack("<HHI", 22, bits, 4) + guid
    return chunk(b"fmt ", fields)


def wav(
    audio: bytes, fmt: bytes | None = None, *, size: int | None = None, before: bytes = b"", after: bytes = b""
) -> bytes:
    """Write a WAV container; ``size`` replaces the true size of the audio in its header."""
    body = (fmt_chunk() if fmt is None else fmt) + before + chunk(b"data", audio, size) + after
    return b"RIFF" + struct.pack("<I", (len(body) + 4) & 0xFFFFFFFF) + b"WAVE" + body


@functools.cache
def mp3(pcm: bytes, rate: int, *, tagged: bool = False, channels: int = 1) -> bytes:
    """Encode PCM by ffmpeg: bare frames as the service sends them, or with tags before and behind."""
    tags = ("-id3v2_version", "3", "-write_id3v1", "1", "-metadata", "title=t") if tagged else ("-id3v2_version", "0")
    xing = "1" if tagged else "0"
    command = ("ffmpeg", "-v", "error", "-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "-", "-ac", str(channels))
    how = ("-b:a", "64k", "-write_xing", xing, *tags, "-f", "mp3", "-")
    return subprocess.run((*command, *how), input=pcm, capture_output=True, check=True, timeout=60).stdout


def ffmpeg_decode(data: bytes, codec: str, rate: int) -> bytes:
    """Decode raw samples of a codec by ffmpeg to PCM."""
    command = ("ffmpeg", "-v", "error", "-f", codec, "-ar", str(rate), "-ac", "1", "-i", "-", "-f", "s16le", "-")
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=60).stdout
