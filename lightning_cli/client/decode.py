"""Speech events to audio, wherever the bytes of the event stream were cut.

The common event is sliced between its quotes and decoded without parsing; anything else goes through the full grammar
and ``json.loads``, with the same result (protocol.md 3.2; held by a property test).

The audio of an event is base64 that is whole by itself: as the service sends it, or wrapped in lines or in the URL-safe
alphabet (``decode_base64`` has the rule). Anything else is an error, never skipped.
"""

import binascii
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pybase64

from lightning_cli.client.sse import EVENT_LIMIT_BYTES, Decoder, Event
from lightning_cli.errors import ProtocolError, StreamFault

if TYPE_CHECKING:
    from lightning_cli.client.notices import Announce

# How the known servers begin and end an audio event, newest first: key order, spaces and names as they write them.
_PREFIXES = (b'event: audio\ndata: {"audio":"', b'data: {"audio":"', b'event: audio\ndata: {"audio": "')
_TAILS = (b'","done":false,"status":"206"}\n\n', b'"}\n\n', b'", "done": false, "status": "206"}\n\n')
_HEALTHY_STATUS = frozenset({"200", "206", "chunk", "complete", "success"})
_SNIPPET_BYTES = 200
_AGAIN = "try again; if it persists, report it with the request id"
# The most of a known event that waits here for its rest; what is larger waits in the grammar, at a cost of its own.
_HELD_BYTES = 32 * 1024


class SpeechDecoder:
    """Decoder of the audio of one answer; ``done`` turns True at the terminator and what follows it is ignored.

    ``feed`` and ``finish`` return one ``bytes`` per audio event, base64 decoded and otherwise as sent. They raise
    ``ProtocolError`` for what is not a speech event and ``StreamFault`` for a failure that the service reports. An
    event that the end of the stream broke off is neither: the answer is then merely not ``done``. What the service
    merely warns of goes to ``announce``, what is said of a word's time to ``take_word``.
    """

    __slots__ = (
        "_announce",
        "_ended",
        "_events",
        "_held",
        "_held_limit_bytes",
        "_prefix",
        "_tail",
        "_take_word",
        "done",
        "event_count",
        "snippet",
    )

    def __init__(
        self,
        *,
        limit_bytes: int = EVENT_LIMIT_BYTES,
        announce: "Announce | None" = None,
        take_word: Callable[[object], None] | None = None,
    ) -> None:
        self._events = Decoder(limit_bytes=limit_bytes)
        self._prefix = _PREFIXES[0]
        self._tail = _TAILS[0]
        self._held = b""
        self._held_limit_bytes = min(_HELD_BYTES, limit_bytes)
        self._ended = False
        self._announce = announce
        self._take_word = take_word
        self.done = False
        self.event_count = 0
        self.snippet = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the audio of every event that ``piece`` completes."""
        audio: list[bytes] = []
        if len(self.snippet) < _SNIPPET_BYTES:
            self.snippet += piece[: _SNIPPET_BYTES - len(self.snippet)]
        if self._held:
            piece, self._held = self._held + piece, b""
        at, size = 0, len(piece)
        while at < size and not self.done:
            if self._events.idle:
                at = self._known_events(piece, at, audio)
                if self._goes_on(piece, at):
                    self._held = piece[at:]
                    break
            # Up to the next blank line the full grammar reads; then the known shape is tried again.
            blank = piece.find(b"\n\n", at)
            end = size if blank < 0 else blank + 2
            self._take(self._events.feed(piece[at:end]), audio)
            at = end
        return audio

    def finish(self) -> list[bytes]:
        """Return the audio of an event that the end of the stream completes."""
        audio: list[bytes] = []
        self._ended = True
        if not self.done:
            self._take(self._events.feed(self._held) + self._events.finish(), audio)
        return audio

    def _known_events(self, piece: bytes, at: int, audio: list[bytes]) -> int:
        """Decode events of the known shape from ``at`` on; return where the first other one begins."""
        if not piece.startswith(self._prefix, at):
            self._prefix = next((known for known in _PREFIXES if piece.startswith(known, at)), self._prefix)
        prefix, tail = self._prefix, self._tail
        count = 0
        while piece.startswith(prefix, at):
            begin = at + len(prefix)
            quote = piece.find(b'"', begin)
            if quote < 0:
                break
            if not piece.startswith(tail, quote):
                self._tail = next((known for known in _TAILS if piece.startswith(known, quote)), tail)
                if self._tail is tail:
                    break
                tail = self._tail
            if quote > begin:
                try:
                    audio.append(pybase64.b64decode(piece[begin:quote], None, True))
                except ValueError:
                    # An escape, or nothing that base64 has: the grammar tells which.
                    break
            count += 1
            at = quote + len(tail)
        self.event_count += count
        return at

    def _goes_on(self, piece: bytes, at: int) -> bool:
        """Return whether ``piece`` ends inside an event of the known shape so far, so that its rest can wait."""
        size = len(piece)
        if not 0 < size - at <= self._held_limit_bytes:
            return False
        begin = at + len(self._prefix)
        if not piece.startswith(self._prefix, at):
            return self._prefix.startswith(piece[at:])
        quote = piece.find(b'"', begin)
        if quote >= 0:
            return size - quote < len(self._tail) and self._tail.startswith(piece[quote:])
        # A line that ends inside the text makes the event another one, perhaps a whole one.
        return b"\n" not in piece[begin:] and b"\r" not in piece[begin:]

    def _take(self, events: list[Event], audio: list[bytes]) -> None:
        for event in events:
            if self.done:
                return
            self.event_count += 1
            self._read(event, audio)

    def _read(self, event: Event, audio: list[bytes]) -> None:
        try:
            said = json.loads(event.data)
        except (ValueError, RecursionError) as fault:
            if event.type == b"error":
                raise _failure(event.data) from fault
            if self._ended:
                return
            raise ProtocolError(
                f"the service sent an event that is not JSON: {_excerpt(event.data)}",
                hint="try again; if it persists, check --base-url",
            ) from fault
        if event.type == b"error" or not isinstance(said, dict) or reports_failure(said):
            raise _failure(event.data)
        if said.get("status") == "word_timestamp" and self._take_word is not None:
            self._take_word(said.get("data"))
            return
        from lightning_cli.client.notices import announced_by

        warning = announced_by(said)
        if warning and self._announce is not None:
            self._announce(warning)
        encoded = audio_of(said)
        if encoded:
            try:
                audio.append(decode_base64(encoded.encode("ascii")))
            except UnicodeEncodeError as fault:
                raise ProtocolError("the service sent audio that is not base64", hint=_AGAIN) from fault
        elif said.get("done") is not True and not warning and is_unhealthy(said):
            raise _failure(event.data)
        # The value decides: newer events all carry the key (protocol.md 0.4).
        self.done = said.get("done") is True


def audio_of(said: dict[str, object]) -> str:
    """Return the base64 text, also where the oldest generation put it; empty when there is none."""
    encoded = said.get("audio")
    if encoded is None:
        inner = said.get("data")
        encoded = inner.get("audio") if isinstance(inner, dict) else None
    if encoded is None:
        return ""
    if not isinstance(encoded, str):
        raise ProtocolError(f"the service sent audio that is not text but {type(encoded).__name__}", hint=_AGAIN)
    return encoded


def reports_failure(said: dict[str, object]) -> bool:
    """Return whether a message reports a failure, in any of the shapes of protocol.md 3.5."""
    return bool(said.get("error")) or bool(said.get("errors")) or "error" in (said.get("status"), said.get("type"))


def is_unhealthy(said: dict[str, object]) -> bool:
    """Return whether a message has a status that no good one has."""
    return "status" in said and str(said["status"]) not in _HEALTHY_STATUS


def _failure(data: bytes) -> StreamFault:
    from lightning_cli.client.faults import error_message

    return StreamFault(
        f"the service reported a failure inside its answer: {error_message(data) or 'no reason given'}",
        hint=_AGAIN,
    )


def _excerpt(data: bytes) -> str:
    return data[:60].decode("utf-8", "replace")


def decode_base64(text: bytes | memoryview) -> bytes:
    """Decode base64 in any form that can be read in one way alone; raise ``ProtocolError`` for anything else.

    The service sends the alphabet of RFC 4648 section 4 with padding. What other encoders make of the same bytes is
    taken too: lines (spaces, tabs and line ends between the letters) and the URL-safe alphabet of section 5. Padding
    belongs to each, since a text without it may have lost letters, and a sample too few shifts all that follow; for the
    same reason both alphabets in one text and all other characters are refused instead of dropped.
    """
    try:
        return pybase64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        decoded = _other_base64(bytes(text).translate(None, b" \t\r\n"))
        if decoded is not None:
            return decoded
        raise ProtocolError(
            f"the service sent audio that is not base64 ({fault})",
            hint="try again; if it persists, report it with the request id",
        ) from fault


def _other_base64(text: bytes) -> bytes | None:
    """Decode the other forms of base64, without white space; None for what is none of them."""
    if b"-" in text or b"_" in text:
        if b"+" in text or b"/" in text:
            return None
        text = text.translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return pybase64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
