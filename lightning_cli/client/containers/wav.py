"""The head of a WAV container, read as it arrives: the coding and the size of its audio; no I/O."""

import struct
from dataclasses import dataclass

from lightning_cli.audio.g711 import expand
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import ProtocolError

# Both bound what it costs to look at a header again with every byte that a server drips.
HEADER_LIMIT_BYTES = 64 * 1024
_CHUNKS = 64
_RIFF_BYTES = 12
_CHUNK_BYTES = 8
_FMT_BYTES = 16
_EXTENSIBLE = 0xFFFE
_EXTENSION_AT = 24
# (format tag, bits per sample) to what ``linear`` makes of the bytes (RFC 2361 lists the tags).
_CODINGS = {(1, 16): "pcm", (6, 8): "alaw", (7, 8): "ulaw"}
# Writers that cannot seek leave zero, or a number as large as 31 or 32 bits hold, give or take a header.
_UNKNOWN_FROM = 0x7FFFF000


@dataclass(frozen=True, slots=True)
class WavHead:
    """Where the audio begins, its coding (``pcm``, ``ulaw`` or ``alaw``) and its size, None when not known."""

    data_at: int
    coding: str
    data_bytes: int | None


def begins_wav(head: bytes) -> bool | None:
    """Return whether ``head`` begins a WAV container; None when it is too short to tell."""
    if head[:4] != b"RIFF"[: len(head)] or head[8:12] != b"WAVE"[: max(0, len(head) - 8)]:
        return False
    return True if len(head) >= _RIFF_BYTES else None


def read_head(head: bytes, fmt: PcmFormat) -> WavHead | None:
    """Read the chunks up to the audio; None when ``head`` ends before it.

    Raises ``ProtocolError`` for audio that is not one channel of ``fmt``'s rate in a coding that is known exactly.
    """
    coding: str | None = None
    at, chunks = _RIFF_BYTES, 0
    while at + _CHUNK_BYTES <= len(head):
        name, size = struct.unpack_from("<4sI", head, at)
        at += _CHUNK_BYTES
        if name == b"data":
            if coding is None:
                raise ProtocolError("the service sent a WAV container that does not say what it holds", hint=_HINT)
            return WavHead(at, coding, None if size == 0 or size >= _UNKNOWN_FROM else size)
        if name == b"fmt " and len(head) >= at + size:
            coding = _coding(head[at : at + size], fmt)
        at += size + (size & 1)
        chunks += 1
        if at > HEADER_LIMIT_BYTES or chunks > _CHUNKS:
            raise ProtocolError("the service sent a WAV container without audio near its beginning", hint=_HINT)
    return None


def linear(data: bytes, coding: str) -> bytes:
    """Turn audio bytes of a coding into signed 16-bit little-endian PCM."""
    return data if coding == "pcm" else expand(data, coding)


_HINT = "try again; if it stays, drop --wire-format and report this with the request id"


def _coding(fields: bytes, fmt: PcmFormat) -> str:
    if len(fields) < _FMT_BYTES:
        raise ProtocolError("the service sent a WAV container with a broken header", hint=_HINT)
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fields)
    if tag == _EXTENSIBLE and len(fields) >= _EXTENSION_AT + 2:
        # The first two bytes of the GUID are the tag that is meant.
        (tag,) = struct.unpack_from("<H", fields, _EXTENSION_AT)
    check_shape(rate, channels, fmt)
    coding = _CODINGS.get((tag, bits))
    if coding is None:
        raise ProtocolError(f"the service sent WAV audio of format {tag} with {bits} bits", hint=_HINT)
    return coding


def check_shape(rate: int, channels: int, fmt: PcmFormat) -> None:
    """Raise ``ProtocolError`` unless a container's audio is what was asked for: played otherwise it would be wrong."""
    if rate != fmt.sample_rate:
        raise ProtocolError(
            f"the service sent audio at {rate} Hz where {fmt.sample_rate} Hz was asked for",
            hint=f"ask for {rate} Hz with --sample-rate, or drop --wire-format",
        )
    if channels != fmt.channels:
        raise ProtocolError(f"the service sent audio of {channels} channels where one belongs", hint=_HINT)
