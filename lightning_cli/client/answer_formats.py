"""Audio formats in answers, recognised by their bytes: pieces as they arrive come in, PCM goes out; no I/O.

First the two containers: WAV (its head, with the codings inside) and MP3 (its frames; libsndfile decodes them,
protocol.md 3.1). Then what unwraps them: ``EventPayload`` the audio of an answer's events, ``BodyPayload`` a body.

How the service frames formats other than PCM inside an event stream is undocumented (protocol.md 3.4): raw PCM whatever
was asked has been seen, a container per event or one in front of all is documented. All give the same PCM here. The
header of a body says ``audio/wav`` whatever follows (protocol.md 0.13), and an error can stand where audio belongs.
"""

import codecs
import io
import json
import string
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from lightning_cli.audio.g711 import expand
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.faults import BODY_LIMIT_BYTES, error_message, page_fault
from lightning_cli.errors import ProtocolError, StreamCut

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


_HINT = "try again; if it persists, drop --wire-format and report this with the request id"


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
        raise ProtocolError(f"the service sent audio of {channels} channels instead of one", hint=_HINT)


SIZE_LIMIT_BYTES = 64 * 1024 * 1024
_HEADER_BYTES = 4
_ID3_HEADER_BYTES = 10
_ID3 = b"ID3"
# Eleven bits set begin a frame.
_SYNC = 0xFFE0
_TRAILERS = (b"TAG", b"APETAGEX", b"LYRICS")
# Layer III, kbit/s by bitrate index, Hz by rate index (ISO 11172-3 2.4.2.3; 13818-3 2.4.2.3 for the lower rates).
_KBITS_MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MPEG1 = 3
_LAYER_3 = 1
_DECODED_FRAMES = 64 * 1024


def begins_mp3(head: bytes, *, ended: bool = False) -> bool | None:
    """Return whether ``head`` begins MPEG audio; None when it is too short to tell, never so when it ``ended``.

    Two sync bytes alone come up in PCM; a second frame where the first one's header says it ends does not.
    """
    if head.startswith(_ID3):
        return True
    if len(head) < _HEADER_BYTES:
        could_be = _ID3.startswith(head) or _is_sync((head + b"\xff\xff")[:2])
        return None if could_be and not ended else False
    size = _frame_bytes(head, 0)
    if size is None:
        return False
    if len(head) < size + _HEADER_BYTES:
        return len(head) == size if ended else None
    return _frame_bytes(head, size) is not None and _kind(head, 0) == _kind(head, size)


def ends_whole(data: bytes) -> bool:
    """Return whether MPEG audio ends with the end of a frame or a trailer, as far as its frames can be followed."""
    at = 0
    while at < len(data):
        if data.startswith(_ID3, at):
            if at + _ID3_HEADER_BYTES > len(data):
                return False
            size = 0
            for byte in data[at + 6 : at + _ID3_HEADER_BYTES]:
                size = size << 7 | byte & 0x7F
            at += _ID3_HEADER_BYTES + size
            continue
        if data.startswith(_TRAILERS, at):
            return True
        step = _frame_bytes(data, at) if at + _HEADER_BYTES <= len(data) else None
        if step is None:
            # Less than a header is a cut; more, which is not a frame, is data of unknown length.
            return at + _HEADER_BYTES <= len(data)
        at += step
    return at == len(data)


class Mp3Collector:
    """Collector of MPEG audio until its end, when it can be decoded; at most ``SIZE_LIMIT_BYTES``."""

    def __init__(self, begun: bytes = b"") -> None:
        self._data = bytearray(begun)

    def add(self, piece: bytes) -> None:
        """Take the next bytes; raises ``ProtocolError`` beyond the limit."""
        self._data += piece
        if len(self._data) > SIZE_LIMIT_BYTES:
            raise ProtocolError(
                f"the service sent more than {SIZE_LIMIT_BYTES} bytes of MP3 audio", hint="drop --wire-format"
            )

    @property
    def is_whole(self) -> bool:
        """Return whether the audio ends with a frame or a trailer."""
        return ends_whole(bytes(self._data))

    def decode(self, fmt: PcmFormat) -> bytes:
        """Decode everything to PCM of ``fmt``; raises ``ProtocolError``."""
        return decode_mp3(bytes(self._data), fmt)


def decode_mp3(data: bytes, fmt: PcmFormat) -> bytes:
    """Decode to PCM of ``fmt``; raises ``ProtocolError`` for another sample rate and for what cannot be decoded."""
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            check_shape(sound.samplerate, sound.channels, fmt)
            return b"".join(_blocks(sound))
    except soundfile.SoundFileError as fault:
        raise ProtocolError(
            f"the service sent MP3 audio that cannot be decoded ({fault})", hint="drop --wire-format"
        ) from fault


def _blocks(sound: Any) -> Iterator[bytes]:
    import numpy as np

    while True:
        block = sound.read(_DECODED_FRAMES, dtype="float32")
        if not len(block):
            return
        # Read as integers, a sample beyond full scale, which lossy audio has, would wrap around.
        yield np.clip(np.rint(block * 32768.0), -32768, 32767).astype("<i2").tobytes()


def _frame_bytes(data: bytes, at: int) -> int | None:
    """Return the size of the Layer III frame whose header is at ``at``; None when there is none."""
    if not _is_sync(data[at : at + 2]):
        return None
    version, layer = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    bitrate, rate, padding = data[at + 2] >> 4, data[at + 2] >> 2 & 3, data[at + 2] >> 1 & 1
    if (
        layer != _LAYER_3
        or version not in _RATES
        or not 0 < bitrate < len(_KBITS_MPEG1)
        or rate >= len(_RATES[version])
    ):
        return None
    kbits, slots = (_KBITS_MPEG1, 144) if version == _MPEG1 else (_KBITS_MPEG2, 72)
    return slots * kbits[bitrate] * 1000 // _RATES[version][rate] + padding


def _is_sync(start: bytes) -> bool:
    return int.from_bytes(start, "big") & _SYNC == _SYNC


def _kind(data: bytes, at: int) -> tuple[int, int]:
    """Return what two frames of one stream share: version and layer, and sample rate."""
    return data[at + 1] & 0x1E, data[at + 2] & 0x0C


# Chunks that writers put behind the audio of a WAV container.
_TRAILING_CHUNKS = (b"LIST", b"id3 ", b"ID3 ", b"fact", b"cue ", b"bext", b"JUNK", b"smpl", b"inst")


class EventPayload:
    """Unwrapper of the audio in one answer's events; ``detected_format`` names its format: ``pcm``, ``wav`` or ``mp3``.

    Headers of WAV containers are taken away wherever an event or the end of a container lets one begin, also when
    events cut them. MP3 is decoded at the end, from all events joined. Bytes that are neither are taken for PCM, even
    if mu-law or A-law was asked for: those cannot be recognised, and on event streams raw PCM is what has been seen.
    """

    def __init__(self, fmt: PcmFormat, wire_format: str) -> None:
        self.detected_format = "pcm"
        self._fmt = fmt
        self._asked_mp3 = wire_format == "mp3"
        self._held = b""
        self._begun = False
        self._may_begin = True
        self._left: int | None = None  # what the container at hand still holds; None for no container or no length
        self._padding = 0
        self._skip = 0
        self._coding = "pcm"
        self._mp3: Mp3Collector | None = None

    def feed(self, audio: bytes) -> bytes:
        """Return the PCM of the next event; raises ``ProtocolError`` for a container that is not what was asked."""
        if self._mp3 is not None:
            self._mp3.add(audio)
            return b""
        out: list[bytes] = []
        looked_like = self._held and begins_wav(self._held) is not False
        if looked_like and begins_wav(self._held + audio) is False and begins_wav(audio) is not False:
            # What looked like the beginning of a header was none, and this event may be one.
            self._may_begin = False
            self._run(self._release(), out)
        if begins_wav(audio):
            self._skip = 0
        self._may_begin = True
        self._run(self._release() + audio, out)
        return b"".join(out)

    def finish(self) -> bytes:
        """Return the PCM that only the end of the answer decides on."""
        held = self._release()
        if self._asked_mp3 and not self._begun and begins_mp3(held, ended=True):
            self._mp3 = Mp3Collector(held)
        if self._mp3 is not None:
            self.detected_format = "mp3"
            return self._mp3.decode(self._fmt)
        if begins_wav(held):
            return b""
        out: list[bytes] = []
        self._may_begin = False
        self._run(held, out)
        return b"".join(out)

    def _release(self) -> bytes:
        held, self._held = self._held, b""
        return held

    def _run(self, data: bytes, out: list[bytes]) -> None:
        while data:
            data = self._begin(data) if self._may_begin else self._consume(data, out)

    def _begin(self, data: bytes) -> bytes:
        """Look for a container where one may begin; return what is left to look at."""
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            return data[skipped:]
        wav = begins_wav(data)
        head = read_head(data, self._fmt) if wav else None
        if wav is None or (wav and head is None):
            return self._hold(data)
        if head is not None:
            self.detected_format, self._begun, self._may_begin = "wav", True, False
            self._coding, self._left, self._padding = head.coding, head.data_bytes, (head.data_bytes or 0) & 1
            return data[head.data_at :]
        if self._left == 0:
            return self._after_container(data)
        if not self._begun and self._asked_mp3:
            mp3 = begins_mp3(data)
            if mp3 is None:
                return self._hold(data)
            if mp3:
                self.detected_format, self._mp3 = "mp3", Mp3Collector(data)
                return b""
        self._begun, self._may_begin = True, False
        return data

    def _hold(self, data: bytes) -> bytes:
        self._held = data
        return b""

    def _after_container(self, data: bytes) -> bytes:
        """Skip a chunk behind the audio; anything else is audio that no container counts."""
        if len(data) < _CHUNK_BYTES and any(name.startswith(data[:4]) for name in _TRAILING_CHUNKS):
            return self._hold(data)
        if data[:4] in _TRAILING_CHUNKS:
            (size,) = struct.unpack_from("<I", data, 4)
            self._skip = _CHUNK_BYTES + size + (size & 1)
            return data
        self._left, self._coding, self._may_begin = None, "pcm", False
        return data

    def _consume(self, data: bytes, out: list[bytes]) -> bytes:
        """Take audio up to the end of the container; return what follows."""
        if self._left is None:
            out.append(linear(data, self._coding))
            return b""
        if self._left == 0:
            self._left, self._coding = None, "pcm"
            return data
        taken = data[: self._left]
        out.append(linear(taken, self._coding))
        self._left -= len(taken)
        if self._left == 0:
            self._may_begin, self._skip = True, self._padding
        return data[len(taken) :]


LAWS = ("ulaw", "alaw")
_PRINTABLE = frozenset(string.printable.encode())
_CONTROLS = frozenset(map(chr, range(32))) - set(string.whitespace)
_TEXT_BYTES = 16
_OPENINGS = (b"{", b"[", b"<")
_PAGES = (b"<!doctype", b"<html", b"<?xml")


class BodyPayload:
    """Unwrapper of one body; ``detected_format`` names it once known: ``wav``, ``mp3``, ``pcm``, ``ulaw``, ``alaw``.

    ``finish`` raises ``StreamCut`` for a container that says it holds more and for an MP3 frame without its end. Raw
    samples end where the body ends: if nothing frames that either, a body cut short cannot be told from a whole one.
    Both methods raise ``ProtocolError`` for text, and for audio that is not of the format.
    """

    def __init__(self, fmt: PcmFormat, wire_format: str) -> None:
        self.detected_format: str | None = None
        self._fmt = fmt
        self._wire_format = wire_format
        # Where a WAV was asked for, text is an error message and not samples that look like one.
        self._plain = wire_format == "wav"
        self._head = b""
        self._reader: _Reader | None = None

    @property
    def whole(self) -> bool:
        """Return whether all the audio is here, whatever may follow it; only a WAV that says its length tells so."""
        return isinstance(self._reader, _WavReader) and self._reader.left_bytes == 0

    def feed(self, piece: bytes) -> bytes:
        """Return the PCM that ``piece`` brings."""
        if self._reader is not None:
            return self._reader.feed(piece)
        self._head += piece
        return self._decide(ended=False)

    def finish(self) -> bytes:
        """Return the PCM that only the end of the body decides on."""
        pcm = b"" if self._reader is not None else self._decide(ended=True)
        if self._reader is None:
            raise RuntimeError("a body that ended is decided")
        return pcm + self._reader.finish()

    def _decide(self, *, ended: bool) -> bytes:
        """Choose the reader as soon as no other can be meant, and feed it the bytes so far."""
        head = self._head
        verdicts = {
            "wav": begins_wav(head),
            "mp3": begins_mp3(head, ended=ended),
            "text": _begins_text(head, plain=self._plain, ended=ended),
        }
        kind = next((name for name, verdict in verdicts.items() if verdict), None)
        if kind is None and None in verdicts.values():
            if not ended:
                return b""
            # A WAV that was asked for and ends before it can be recognised is a WAV cut short.
            kind = "wav" if self._wire_format == "wav" else None
        coding = self._wire_format if self._wire_format in LAWS else "pcm"
        if kind == "wav":
            self._reader = _WavReader(self._fmt)
        elif kind == "mp3":
            self._reader = _Mp3Reader(self._fmt)
        elif kind == "text":
            self._reader = _TextReader(coding, plain=self._plain)
        else:
            self._reader = _RawReader(coding)
        self.detected_format = kind if kind in {"wav", "mp3"} else coding
        return self._reader.feed(head)


class _Reader(Protocol):
    def feed(self, piece: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class _RawReader:
    def __init__(self, coding: str) -> None:
        self._coding = coding

    def feed(self, piece: bytes) -> bytes:
        return linear(piece, self._coding)

    def finish(self) -> bytes:
        return b""


class _WavReader:
    """Reader of a WAV: the header until it is whole, then the audio; what follows the audio is dropped."""

    def __init__(self, fmt: PcmFormat) -> None:
        self._fmt = fmt
        self._held = bytearray()
        self._head: WavHead | None = None
        self.left_bytes: int | None = None

    def feed(self, piece: bytes) -> bytes:
        if self._head is None:
            self._held += piece
            self._head = read_head(bytes(self._held), self._fmt)
            if self._head is None:
                return b""
            self.left_bytes = self._head.data_bytes
            piece = bytes(self._held[self._head.data_at :])
            self._held.clear()
        if self.left_bytes is not None:
            piece = piece[: self.left_bytes]
            self.left_bytes -= len(piece)
        return linear(piece, self._head.coding)

    def finish(self) -> bytes:
        if self._head is None or self.left_bytes:
            raise _cut()
        return b""


class _Mp3Reader:
    def __init__(self, fmt: PcmFormat) -> None:
        self._fmt = fmt
        self._collector = Mp3Collector()

    def feed(self, piece: bytes) -> bytes:
        self._collector.add(piece)
        return b""

    def finish(self) -> bytes:
        if not self._collector.is_whole:
            raise _cut()
        return self._collector.decode(self._fmt)


class _TextReader:
    """Reader that refuses JSON, a page, a long text or, on request, ``plain`` text; similar audio passes."""

    def __init__(self, coding: str, *, plain: bool) -> None:
        self._coding = coding
        self._longest_bytes = 0 if plain else BODY_LIMIT_BYTES
        self._held: bytearray | None = bytearray()

    def feed(self, piece: bytes) -> bytes:
        if self._held is None:
            return linear(piece, self._coding)
        self._held += piece
        return self._release() if len(self._held) > BODY_LIMIT_BYTES else b""

    def finish(self) -> bytes:
        return self._release() if self._held is not None else b""

    def _release(self) -> bytes:
        data, self._held = bytes(self._held or b""), None
        if _is_text(data) or (len(data) > self._longest_bytes and _could_be_text(data)):
            page = page_fault(data)
            if page is not None:
                raise page
            raise ProtocolError(
                f"the service answered text instead of audio: {error_message(data)}",
                hint="check --base-url; if it is right, report this with the request id",
            )
        return linear(data, self._coding)


def _begins_text(head: bytes, *, plain: bool, ended: bool) -> bool | None:
    """Return whether ``head`` could begin JSON or a page, or ``plain`` text; None when it is too short to tell."""
    start = head[:_TEXT_BYTES]
    opens = start.lstrip().startswith(_OPENINGS)
    if not _PRINTABLE.issuperset(start) or not (plain or opens):
        return False if start.strip() or ended else None
    if len(head) >= _TEXT_BYTES:
        return True
    # A few letters may be the beginning of a WAV that was cut.
    return opens if ended else None


def _is_text(data: bytes) -> bool:
    if data.lstrip()[:9].lower().startswith(_PAGES):
        return True
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _could_be_text(data: bytes) -> bool:
    """Return whether ``data`` is the beginning of a text; tens of thousands of samples never are one by chance."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return not _CONTROLS.intersection(text)


def _cut() -> StreamCut:
    return StreamCut("the answer ended before its audio did: the audio is incomplete", hint="try again")
