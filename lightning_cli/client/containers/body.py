"""The body of a sync answer, recognised by its bytes alone and unwrapped to PCM as it arrives; no I/O.

The header says ``audio/wav`` whatever follows (protocol.md 0.13), and an error can stand where audio belongs.
"""

import codecs
import json
import string
from typing import Protocol

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.containers.mp3 import Mp3Collector, begins_mp3
from lightning_cli.client.containers.wav import WavHead, begins_wav, linear, read_head
from lightning_cli.client.faults import BODY_LIMIT_BYTES, error_message, page_fault
from lightning_cli.errors import ProtocolError, StreamCut

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
                f"the service answered text where audio belongs: {error_message(data)}",
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
