"""One answer as a stream of PCM: the contract of every transport, and the event stream that keeps it.

``take_chunks`` takes chunked framing off many chunks at a time (RFC 9112 7.1); pure, no I/O. http.client hands over one
chunk per call, at several times what it costs to decode the event inside, and live servers put every event in a
chunk of its own. Only plain chunks are taken here; whatever else a size line can say, the last chunk and the trailers
included, is left for http.client to read where it stands.

``check_length`` and ``check_words`` have the limits that no honest answer exceeds, so that an endless one ends.
"""

import contextlib
import http.client
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, Self, TypeGuard

import requests
import urllib3
import urllib3.exceptions as u3

from lightning_cli.audio.pcm import FrameAligner, PcmFormat
from lightning_cli.client.guard import Guard, mapped_faults
from lightning_cli.errors import ProtocolError, StreamCut
from lightning_cli.request import TEXT_LIMIT_CHARS, SpeechRequest
from lightning_cli.system.records import Record
from lightning_cli.system.secret_words import without_secrets

if TYPE_CHECKING:
    from lightning_cli.client.answer_formats import EventPayload
    from lightning_cli.client.notices import Announce

_READ_BYTES = 64 * 1024
# What a server may still send after its terminator before the connection is given up instead of kept.
_DRAIN_READS = 4
_DRAIN_TIMEOUT_S = 0.05
_LONGEST_S = 1e6
# How a chunked body ends, in front of the line end of the chunk before or behind it.
_LAST_CHUNKS = (b"0\r\n\r\n", b"\r\n0\r\n\r\n")
_FIELDS = (b":", b"data", b"event", b"id", b"retry")
_OTHER_TYPES = ("application/json", "application/problem+json", "text/html")


class Answer(Record):
    """The head of an answer: the server's ids and the echoes of ours (protocol.md 1.5)."""

    request_id: str | None = None
    session_id: str | None = None
    external_request_id: str | None = None
    external_session_id: str | None = None
    content_expiry: str | None = None

    def _check(self) -> None:
        for name, value in self.__dict__.items():
            if value:
                self.__dict__[name] = without_secrets(value)


class WordTime(Record):
    """The time of one word: its 0-based ``position``, the word as sent, and seconds from the start of the answer."""

    position: int
    word: str
    start_s: float
    end_s: float


def word_of(data: object) -> WordTime:
    """Read the time of a word; raises ``ProtocolError``."""
    if isinstance(data, dict):
        index, word, start, end = (data.get(name) for name in ("id", "word", "start", "end"))
        if isinstance(index, int) and _is_text(word) and _is_time(start) and _is_time(end):
            return WordTime(index, without_secrets(word), float(start), float(end))
    raise ProtocolError(
        f"the service sent a word time that cannot be read: {str(data)[:60]}",
        hint="try again; if it persists, check --base-url",
    )


def _is_text(value: object) -> TypeGuard[str]:
    # JSON can spell half of a surrogate pair, which no file can store.
    return isinstance(value, str) and value == value.encode(errors="replace").decode()


def _is_time(value: object) -> TypeGuard[float]:
    # A whole number may have any number of digits, and JSON as it is read here knows infinity.
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LONGEST_S < value < _LONGEST_S


class PcmStream(Protocol):
    """Whole frames of PCM as they arrive; iterating to the end without an error means that nothing is missing."""

    @property
    def format(self) -> PcmFormat:
        """Return the format of what is yielded."""

    @property
    def answer(self) -> Answer:
        """Return the head of the answer."""

    @property
    def words(self) -> Sequence[WordTime]:
        """Return the words' times so far; only the WebSocket and the offline engine have them."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield PCM; raises ``TransportError`` or ``ProtocolError``. Can be iterated once."""

    def __enter__(self) -> Self:
        """Return the stream itself."""

    def __exit__(self, *exc_info: object) -> None:
        """Release the connection, at once if the stream was not read to its end."""


class SseStream:
    """A stream of PCM out of one event stream; the response belongs to it.

    Events are taken for PCM when ``wire_format`` asked for it, and unwrapped otherwise.
    """

    def __init__(
        self,
        response: requests.Response,
        fmt: PcmFormat,
        guard: Guard,
        idle_timeout_s: float,
        wire_format: str = "pcm",
        announce: "Announce | None" = None,
    ) -> None:
        """Raise ``ProtocolError`` for a 200 answer that is declared as something else."""
        _check_type(response, guard)
        self.format = fmt
        self.answer = answer_of(response)
        self.words: list[WordTime] = []
        self._response = response
        self._guard = guard
        self._idle_timeout_s = idle_timeout_s
        from lightning_cli.client.decode import SpeechDecoder

        self._decoder = SpeechDecoder(announce=announce, take_word=self._take_word)
        self._payload = _payload_for(fmt, wire_format)
        self._complete = False
        self._read = reader_of(response)

    @property
    def detected_format(self) -> str:
        """Return the detected format of the events: ``pcm``, ``wav`` or ``mp3``."""
        return self._payload.detected_format if self._payload is not None else "pcm"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        kept = self._complete and self._drain()
        self._guard.rest()
        if not kept:
            self._response.close()

    def __iter__(self) -> Iterator[bytes]:
        decoder, payload, aligner = self._decoder, self._payload, FrameAligner(self.format.frame_bytes)
        heard = False
        for piece in pieces_of(self._read, self._guard):
            audio = decoder.feed(piece) if piece else decoder.finish()
            if audio:
                if not heard:
                    self._guard.watch("next audio", self._idle_timeout_s)
                    heard = True
                pcm = aligner.feed(b"".join(audio if payload is None else map(payload.feed, audio)))
                # The listener may take as long as it likes: only what the service takes is counted.
                self._guard.suspend()
                if pcm:
                    yield pcm
                self._guard.progress()
            if decoder.done:
                self._guard.suspend()
                rest = aligner.feed(payload.finish()) if payload is not None else b""
                if rest:
                    yield rest
                if aligner.carried_bytes:
                    raise StreamCut("the answer ended within a sample: the audio is incomplete", hint="try again")
                self._complete = True
                return
        raise self._cut()

    def _take_word(self, data: object) -> None:
        # A text has no more words than characters.
        if len(self.words) < TEXT_LIMIT_CHARS:
            self.words.append(word_of(data))

    def _cut(self) -> StreamCut | ProtocolError:
        if self._decoder.event_count == 0 and not _begins_event_stream(self._decoder.snippet):
            from lightning_cli.client.faults import error_message

            said = error_message(self._decoder.snippet)
            return ProtocolError(f"the service did not send an event stream: {said}", hint="check --base-url")
        about = f" [request {self.answer.request_id}]" if self.answer.request_id else ""
        return StreamCut(f"the answer ended before its terminator: the audio is incomplete{about}", hint="try again")

    def _drain(self) -> bool:
        """Read what follows the terminator so that the connection can serve again; False when it cannot."""
        raw = self._response.raw
        connection = getattr(raw, "connection", None)
        if connection is None:
            # Its length told where the answer ended: the connection was given back with the last byte.
            return True
        sock = getattr(connection, "sock", None)
        if sock is None:
            return False
        with contextlib.suppress(u3.HTTPError, OSError, AttributeError, ValueError):
            sock.settimeout(_DRAIN_TIMEOUT_S)
            if not _ends_at_once(raw):
                # One read can last for ever: http.client skips trailers as long as there are any.
                self._guard.watch("next audio", _DRAIN_READS * _DRAIN_TIMEOUT_S)
            for _ in range(_DRAIN_READS):
                if not self._read():
                    if self._guard.expired:
                        return False
                    raw.release_conn()
                    return True
        return False


def pieces_of(read: Callable[[], bytes], guard: Guard) -> Iterator[bytes]:
    """Yield what ``reader_of`` reads; an empty piece stands for the end. Raises ``TransportError``."""
    # Nothing that the consumer of a generator raises passes through it: one handler serves the whole body.
    with mapped_faults(guard, connected=True):
        # Much may have arrived by the time the clock runs out, and compressed it may be a thousand times as much.
        while not guard.expired and (piece := read()):
            yield piece
    if guard.expired:
        from lightning_cli.client.faults import timed_out

        raise timed_out(guard.expired)
    yield b""


def reader_of(response: requests.Response) -> Callable[[], bytes]:
    """Return the function that reads a body: what the socket has, without its framing; empty at the end.

    Plain chunks are taken out of http.client's buffer many at a time, and its place in the body is kept true, so that
    it reads on wherever something else comes: what ends a body, and what breaks it, stays its business.
    """
    raw = response.raw

    def read() -> bytes:
        piece: bytes = raw.read1(_READ_BYTES, decode_content=True)
        return piece

    # urllib3 keeps http.client's object under the name of its public parameter; requests reads it there too.
    answer = getattr(raw, "_original_response", None)
    if type(raw) is not urllib3.HTTPResponse or not isinstance(answer, http.client.HTTPResponse):
        return read
    if not answer.chunked or "content-encoding" in raw.headers:
        return read
    chunked = answer

    def read_chunks() -> bytes:
        # No file once the last chunk was read.
        while (file := chunked.fp) is not None:
            # At most one read of the socket, and none while something is left in the buffer.
            body, used, chunked.chunk_left = take_chunks(file.peek(), chunked.chunk_left)
            if not used:
                break
            file.read(used)
            if body:
                return body
        return read()

    return read_chunks


def _ends_at_once(raw: urllib3.BaseHTTPResponse) -> bool:
    """Return whether the end of a chunked body is here already, whole."""
    file = getattr(getattr(raw, "_original_response", None), "fp", None)
    return file is not None and file.peek().startswith(_LAST_CHUNKS)


def _payload_for(fmt: PcmFormat, wire_format: str) -> "EventPayload | None":
    if wire_format == "pcm":
        return None
    from lightning_cli.client.answer_formats import EventPayload

    return EventPayload(fmt, wire_format)


def _check_type(response: requests.Response, guard: Guard) -> None:
    """Raise ``ProtocolError`` for an answer of another type, which is read for what it says."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _OTHER_TYPES:
        from lightning_cli.client.faults import error_message, page_fault

        with response, mapped_faults(guard, connected=True):
            body = response.raw.read1(_READ_BYTES, decode_content=True)
        page = page_fault(body)
        if page is not None:
            raise page
        raise ProtocolError(
            f"the service answered {kind} instead of an event stream: {error_message(body)}",
            hint="check --base-url; if it is right, report this with the request id",
        )


def _begins_event_stream(snippet: bytes) -> bool:
    """Return whether these could be the first bytes of an event stream that never came to its first event."""
    begun = snippet.removeprefix(b"\xef\xbb\xbf").lstrip()
    return any(begun.startswith(name) or name.startswith(begun) for name in _FIELDS)


def answer_of(response: requests.Response) -> Answer:
    """Return the ids in the headers of an answer."""
    headers = response.headers
    return Answer(
        request_id=headers.get("x-request-id") or None,
        session_id=headers.get("x-session-id") or None,
        external_request_id=headers.get("x-external-request-id") or None,
        external_session_id=headers.get("x-external-session-id") or None,
        content_expiry=headers.get("x-content-expiry") or None,
    )


_HEX_DIGITS = b"0123456789abcdefABCDEF"
_SIZE_DIGITS = 8
_LINE_END = b"\r\n"


def take_chunks(window: bytes, left: int | None) -> tuple[bytes, int, int | None]:
    """Return the body that the start of ``window`` holds, how many of its bytes that took, and where it ended.

    ``left`` is where the window begins, and the third value where what was taken ends, in the terms of
    ``http.client.HTTPResponse.chunk_left``: None at a size line, a number with so much of a chunk still to come, 0
    between the last byte of a chunk and its line end. Nothing taken means that the window does not go on with a plain
    chunk, or not with enough of one.
    """
    parts: list[bytes] = []
    at, size = 0, len(window)
    while at < size:
        if left is None:
            end = window.find(_LINE_END, at, at + _SIZE_DIGITS + 2)
            digits = window[at:end]
            if end <= at or digits.strip(_HEX_DIGITS):
                break
            length = int(digits, 16)
            if not length:
                break
            left = length
            at = end + 2
        elif left > 0:
            part = window[at : at + left]
            parts.append(part)
            at += len(part)
            left -= len(part)
        elif left == 0 and window.startswith(_LINE_END, at):
            at += 2
            left = None
        else:
            # http.client takes a negative size for one.
            break
    return b"".join(parts), at, left


# Speech takes 0.07 s a character, a digit read as a word half a second: this is several times more, at any speed.
_BASE_S = 600.0
_CHARACTER_S = 4.0
# A digit may be read as a word, and a sign as several.
_BASE_LETTERS = 10_000
_CHARACTER_LETTERS = 30


def check_length(received_bytes: int, request: SpeechRequest) -> None:
    """Raise ``ProtocolError`` when an answer has brought more PCM than its text can take to speak."""
    if received_bytes <= _BASE_S * request.sample_rate:
        return
    received_s = PcmFormat(request.sample_rate).seconds(received_bytes)
    if received_s > _BASE_S + _CHARACTER_S * len(request.text) / (request.speed or 1.0):
        raise ProtocolError(
            f"the answer does not end: {received_s / 60:.0f} minutes of audio for {len(request.text)} characters",
            hint="try again; if it persists, report it with the request id",
        )


def check_words(letters: int, request: SpeechRequest) -> None:
    """Raise ``ProtocolError`` when an answer has brought the times of more words than its text can have.

    ``letters`` counts those of all words and one more for each.
    """
    if letters > _BASE_LETTERS + _CHARACTER_LETTERS * len(request.text):
        raise ProtocolError(
            f"the answer does not end: times for words of {letters} letters, and {len(request.text)} characters",
            hint="try again; if it persists, report it with the request id",
        )
