"""Text that comes in fragments on a WebSocket: when it is released to be spoken (protocol.md 3.5); no I/O.

A context has a ``context_id``; the older way of buffering, without one, is a context of its own rules.
"""

import re
from dataclasses import dataclass, field

from lightning_cli.local.chunks import Ending, pieces
from lightning_cli.request import TEXT_LIMIT_CHARS, SpeechRequest
from lightning_cli.serve.messages import Fragment

# A shorter sentence waits for its neighbour: each release is an utterance with its own melody.
_LONG_ENOUGH_CHARS = 12
_CHUNK_CHARS = 250
_ENDS = re.compile(r"(?:[.?!\u2026\u0964]+[\"')\]\u201d\u2019]*)\s*$")


@dataclass(slots=True)
class Context:
    """Hold the fragments of one context; ``order`` is the latest that said how to speak."""

    order: SpeechRequest | None = None
    wants_words: bool = False
    backoff_ms: float | None = None
    goes_on: bool = False
    _held: str = ""
    released: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Say whether something waits for more."""
        return bool(self._held.strip())

    def add(self, fragment: Fragment) -> None:
        """Take a fragment's text and the way it is to be spoken."""
        if fragment.order is not None:
            self.order = fragment.order
        self.wants_words = fragment.wants_words or self.wants_words
        self.backoff_ms = fragment.backoff_ms if fragment.backoff_ms is not None else self.backoff_ms
        self.goes_on = fragment.goes_on
        if fragment.cancel:
            self._held = ""
        self._held += fragment.text
        if len(self._held.strip()) > TEXT_LIMIT_CHARS:
            # More than one request may hold.
            self.release_long()

    def release_sentences(self) -> None:
        """Release what ends a sentence and is long enough, and what is too long to wait."""
        held = self._held.strip()
        if len(held) >= _LONG_ENOUGH_CHARS and _ends_sentence(self._held):
            self.release_all()
        self.release_long()

    def release_long(self) -> None:
        """Release the front of a text longer than one chunk, cut at a sentence, a clause or a space."""
        while len(self._held.strip()) > _CHUNK_CHARS:
            cut = [piece.text for piece in pieces(self._held, limit_chars=_CHUNK_CHARS)]
            front = cut[0]
            for more in cut[1:-1]:
                if len(front) + len(more) > _CHUNK_CHARS:
                    break
                front += more
            self._put(front)
            self._held = self._held[len(front) :]

    def release_all(self) -> None:
        """Release everything that is held."""
        held, self._held = self._held, ""
        self._put(held)

    def take(self) -> list[SpeechRequest]:
        """Take the released texts as orders."""
        texts, self.released = self.released, []
        return [self.order._replace(text=text) for text in texts] if self.order is not None else []

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
