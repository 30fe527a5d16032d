"""Text that comes in fragments on a WebSocket: when it is released to be spoken (protocol.md 3.5); no I/O.

A context has a ``context_id``; the older way of buffering, without one, is a context of its own rules.

Messages a WebSocket client sends, read and checked (protocol.md 2.5); pure.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from lightning_cli.local.chunks import Ending, pieces
from lightning_cli.local.validation import Issue, parse_body, read_request, validate
from lightning_cli.request import FIELDS, TEXT_LIMIT_CHARS, SpeechRequest
from lightning_cli.serve.utterance import to_json

PINGS = frozenset({"ping", "keepalive", "keep_alive", "keep-alive"})
_FLAGS = ("continue", "flush", "context_close", "cancel_request")
_RANGES = {"max_buffer_flush_ms": (0, 1000), "complete_backoff_ms": (0, 10_000), "max_buffer_delay_ms": (0, 5000)}
_MAX_BUFFER_DELAY_MS = 3000
_SURROGATE = re.compile("[\ud800-\udfff]")
_BODY = (name for name, field in FIELDS.items() if field.is_body_field)
_KNOWN = frozenset(("text", *_BODY, *_FLAGS, *_RANGES, "context_id", "word_timestamps"))

IDLE_S, IDLE_LIMIT_S = 60, 180


class BadMessage(Exception):
    """The message is refused; ``issues`` are what is wrong with it."""

    def __init__(self, message: str, issues: list[Issue] | None = None) -> None:
        super().__init__(message)
        self.issues = issues or []


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """One message: ``order`` is None when it only steers, ``text`` may be blank."""

    text: str
    speech_request: SpeechRequest | None
    goes_on: bool
    flush: bool
    flush_after_ms: int
    backoff_ms: float | None
    context_id: str | None
    delay_ms: int
    close: bool
    cancel: bool
    wants_words: bool

    @property
    def blank(self) -> bool:
        """Return whether there is nothing in it to speak."""
        return not self.text.strip()


def read_fragment(fields: dict[str, Any]) -> Fragment:
    """Check and read a message; raises ``BadMessage``."""
    # What is not ours is not looked at: it may be nested deeper than can be written again.
    fields = {name: value for name, value in fields.items() if name in _KNOWN or not isinstance(value, dict | list)}
    issues = _issues(fields)
    steers = any(fields.get(name) is True for name in ("flush", "context_close", "cancel_request"))
    text = fields.get("text", "" if steers else None)
    # White space alone keeps a context alive; an empty text beside a flag only steers.
    blank = isinstance(text, str) and not text.strip() and (steers or text != "" or "continue" in fields)
    spoken = {**fields, "text": "x"} if blank else fields
    if blank:
        issues += [issue for issue in validate(spoken) if issue["path"] != ["voice_id"]]
    else:
        issues += validate(spoken)
    if isinstance(text, str) and _SURROGATE.search(text):
        issues.append(_issue("text", "Invalid Unicode"))
    if issues:
        raise BadMessage(_sentence(issues), issues)
    speech_request = None if blank and "voice_id" not in fields else read_request(parse_body(to_json(spoken)))
    return Fragment(
        text=text if isinstance(text, str) else "",
        speech_request=speech_request,
        goes_on=bool(fields.get("continue", False)),
        flush=bool(fields.get("flush", False)),
        flush_after_ms=int(fields.get("max_buffer_flush_ms", 0)),
        backoff_ms=fields.get("complete_backoff_ms"),
        context_id=fields.get("context_id"),
        delay_ms=int(fields.get("max_buffer_delay_ms", _MAX_BUFFER_DELAY_MS)),
        close=bool(fields.get("context_close", False)),
        cancel=bool(fields.get("cancel_request", False)),
        wants_words=bool(fields.get("word_timestamps", False)),
    )


def _issues(fields: dict[str, Any]) -> list[Issue]:
    issues = [_issue(name, "Expected boolean") for name in _FLAGS if not isinstance(fields.get(name, False), bool)]
    for name, (low, high) in _RANGES.items():
        value = fields.get(name, low)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            issues.append(_issue(name, f"Number must be from {low} to {high}"))
    if "context_id" in fields:
        # Its pattern is that of the other ids.
        found = validate({"text": "x", "voice_id": "x", "request_id": fields["context_id"]})
        issues += [{**issue, "path": ["context_id"]} for issue in found]
        for name in ("flush", "max_buffer_flush_ms"):
            if fields.get(name):
                issues.append(_issue(name, f"{name} cannot be used with context_id"))
    return issues


def _issue(name: str, message: str) -> Issue:
    return {"code": "custom", "path": [name], "message": message}


def _sentence(issues: list[Issue]) -> str:
    return "; ".join(f"{'.'.join(map(str, issue['path'])) or 'message'}: {issue['message']}" for issue in issues)


def idle_seconds(given: str | None) -> int:
    """Read ``?timeout=N``: seconds, at most 180; 60 for anything else."""
    digits = (given or "").lstrip("0")
    # As many as are needed to be above the limit: Python reads no number of thousands of them.
    return min(int(digits[:4]), IDLE_LIMIT_S) if digits.isascii() and digits.isdecimal() else IDLE_S


# A shorter sentence waits for its neighbour: each release is an utterance with its own melody.
_LONG_ENOUGH_CHARS = 12
_CHUNK_CHARS = 250
# As much as tells how a text ends.
_TAIL_CHARS = 300
_ENDS = re.compile(r"(?:[.?!\u2026\u0964]+[\"')\]\u201d\u2019]*)\s*$")


@dataclass(slots=True)
class Context:
    """The fragments of one context; ``order`` is the latest that said how to speak."""

    speech_request: SpeechRequest | None = None
    wants_words: bool = False
    backoff_ms: float | None = None
    goes_on: bool = False
    _held: str = ""
    released: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Return whether something waits for more."""
        return bool(self._held.strip())

    def add(self, fragment: Fragment) -> None:
        """Take a fragment's text and the way it is to be spoken."""
        if fragment.speech_request is not None:
            self.speech_request = fragment.speech_request
        self.wants_words = fragment.wants_words or self.wants_words
        self.backoff_ms = fragment.backoff_ms if fragment.backoff_ms is not None else self.backoff_ms
        self.goes_on = fragment.goes_on
        if fragment.cancel:
            self._held = ""
        self._held += fragment.text
        if self._held.isspace():
            # It keeps the context alive, and says nothing however long it is.
            self._held = self._held[:1]
        if len(self._held.strip()) > TEXT_LIMIT_CHARS:
            # More than one request may hold.
            self.release_long()

    def release_sentences(self) -> None:
        """Release what ends a sentence and is long enough, and what is too long to wait."""
        if len(self._held.strip()) >= _LONG_ENOUGH_CHARS and _ends_sentence(self._held[-_TAIL_CHARS:]):
            self.release_all()
        self.release_long()

    def release_long(self) -> None:
        """Release the front of a text longer than one chunk, cut at a sentence, a clause or a space.

        The text is cut once, however long it is.
        """
        left = len(self._held.strip())
        if left <= _CHUNK_CHARS:
            return
        cut = [piece.text for piece in pieces(self._held, limit_chars=_CHUNK_CHARS)]
        first = 0
        while left > _CHUNK_CHARS and first < len(cut):
            behind = first + 1
            size = len(cut[first])
            # The last piece waits for what is still to come.
            while behind < len(cut) - 1 and size + len(cut[behind]) <= _CHUNK_CHARS:
                size += len(cut[behind])
                behind += 1
            self._put("".join(cut[first:behind]))
            left -= size
            first = behind
        self._held = "".join(cut[first:])

    def release_all(self) -> None:
        """Release everything that is held."""
        held, self._held = self._held, ""
        self._put(held)

    def take(self) -> list[SpeechRequest]:
        """Take the released texts as orders."""
        texts, self.released = self.released, []
        return [self.speech_request._replace(text=text) for text in texts] if self.speech_request is not None else []

    def _put(self, text: str) -> None:
        if text.strip():
            self.released.append(text)


def _ends_sentence(text: str) -> bool:
    if not _ENDS.search(text):
        return False
    # The cutter knows abbreviations; a decimal may still grow, so a digit before a lone full stop waits for more.
    if re.search(r"\d\.$", text):
        return False
    *_, last = pieces(text.rstrip() + " X", limit_chars=_CHUNK_CHARS)
    return last.text.strip() == "X" and last.ending is Ending.WORD
