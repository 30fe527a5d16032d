"""Messages of the WebSocket, read: audio, word times, the end, and failures of every shape (protocol.md 3.5)."""

import json
from dataclasses import dataclass

import requests

from lightning_cli.client.decode import audio_of, decode_base64, reports_failure
from lightning_cli.client.faults import error_message, refusal_hint, refusal_of
from lightning_cli.client.notices import announced_by
from lightning_cli.client.stream import WordTime, word_of
from lightning_cli.errors import (
    KeyRefused,
    LightningError,
    ProtocolError,
    ServiceError,
    StreamCut,
    StreamFault,
    Unavailable,
)
from lightning_cli.request import KEY_VARIABLE

_TOO_MANY_REQUESTS = 429
_ID_CHARS = 1000
_STATUSES = frozenset(str(status) for status in range(400, 600))
# An error message has no status; its words have to do. In this order: the first that fits decides.
_IDLE = ("inactivity",)
_KEY = ("unauthor", "api key", "api_key", "token")
_BUSY = ("concurren", "rate limit", "too many")
_REQUEST = ("invalid", "validation", "required", "not found", "unsupported", "not allowed", "denied", "filter")
_OUTAGE = ("internal", "unavailable", "overload", "capacity", "timed out", "timeout", "try again", "fail", "went wrong")


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: its fields, its audio, base64 decoded, and its word time."""

    said: dict[str, object]
    audio: bytes = b""
    word: WordTime | None = None
    failed: bool = False
    warning: str | None = None

    @property
    def complete(self) -> bool:
        """Return whether the answer ends here; the older shape says it twice."""
        return self.said.get("status") == "complete" or self.said.get("done") is True

    @property
    def counts(self) -> bool:
        """Return whether this is part of an answer: a pong and an unknown message are not."""
        return bool(self.audio) or self.word is not None or self.failed or self.complete

    def text(self, name: str) -> str | None:
        """Return a field that holds text, or None."""
        value = self.said.get(name)
        # Cut, so that a hostile service cannot flood a terminal.
        return value[:_ID_CHARS] if isinstance(value, str) and value else None


def read_frame(message: str | bytes) -> Frame:
    """Read one message; raises ``ProtocolError`` for a binary one and for what is not a JSON object."""
    if isinstance(message, bytes):
        raise ProtocolError("the service sent a binary message instead of JSON", hint=_HINT)
    try:
        said = json.loads(message)
    except (ValueError, RecursionError) as fault:
        raise ProtocolError(f"the service sent a message that is not JSON: {message[:60]}", hint=_HINT) from fault
    if not isinstance(said, dict):
        raise ProtocolError(f"the service sent a message that is not a JSON object: {message[:60]}", hint=_HINT)
    if reports_failure(said):
        return Frame(said, failed=True)
    if said.get("status") == "word_timestamp":
        return Frame(said, word=word_of(said.get("data")))
    encoded = audio_of(said)
    try:
        audio = decode_base64(encoded.encode("ascii")) if encoded else b""
        return Frame(said, audio=audio, warning=announced_by(said))
    except UnicodeEncodeError as fault:
        raise ProtocolError("the service sent audio that is not base64", hint=_HINT) from fault


_HINT = "try again; if it persists, check --base-url or use --transport sse"


def failure_of(frame: Frame, *, heard: bool) -> LightningError:
    """Build the error that a failure message stands for; ``heard`` says whether audio of the answer came before it.

    Before audio it is what an HTTP status would have said; the message itself has none, so a number in it or its
    words decide between a refusal, which is final, and a service that is busy or down, which is tried again.
    """
    # Half of a surrogate pair, which JSON can say and UTF-8 cannot, is escaped as JSON does it.
    body = json.dumps(frame.said, ensure_ascii=False).encode(errors="backslashreplace")
    said = error_message(body)
    request_id = frame.text("request_id")
    about = f" [request {request_id}]" if request_id else ""
    if heard:
        return StreamFault(
            f"the service reported a failure inside its answer: {said}{about}",
            hint="try again; if it persists, report it with the request id",
        )
    lowered = said.lower()
    if _any(_IDLE, lowered):
        return StreamCut(f"the service closed the connection: {said}{about}", hint="try again")
    status = _status_in(frame.said)
    if status is not None:
        headers: requests.structures.CaseInsensitiveDict[str] = requests.structures.CaseInsensitiveDict()
        headers["x-request-id"] = request_id or ""
        return refusal_of(status, headers, body)
    return _by_words(lowered, f"{said}{about}", request_id, refusal_hint(None, said, body))


def _by_words(lowered: str, told: str, request_id: str | None, hint: str) -> LightningError:
    refused = f"the service refused the request: {told}"
    if _any(_KEY, lowered):
        return KeyRefused(refused, request_id=request_id, hint=f"check the key in {KEY_VARIABLE}")
    if _any(_BUSY, lowered):
        busy = "the account is at its limit of requests; wait longer with --max-wait, or try again later"
        message = f"the service is not available: {told}"
        return Unavailable(message, status=_TOO_MANY_REQUESTS, request_id=request_id, hint=busy)
    if not _any(_REQUEST, lowered) and _any(_OUTAGE, lowered):
        message = f"the service is not available: {told}"
        return Unavailable(
            message, request_id=request_id, hint="try again later; if it persists, contact support with the request id"
        )
    return ServiceError(refused, request_id=request_id, hint=hint)


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)


def _status_in(said: dict[str, object]) -> int | None:
    """Return the HTTP status among the codes of a failure."""
    inner = said.get("error")
    for holder in (said, inner if isinstance(inner, dict) else {}):
        for name in ("code", "status_code", "statusCode", "status"):
            value = holder.get(name)
            if str(value) in _STATUSES:
                return int(str(value))
    return None
