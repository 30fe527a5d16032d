"""From the bytes of a keyboard to keys; pure."""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple


class Key(Enum):
    """What a listener can ask for."""

    PAUSE = auto()
    PREVIOUS = auto()
    NEXT = auto()
    REPEAT = auto()
    LOUDER = auto()
    QUIETER = auto()
    QUIT = auto()


class Typed(NamedTuple):
    """Hold the bytes of one key, and what it is to us."""

    raw: bytes
    key: Key | None


_KEYS = {
    b" ": Key.PAUSE,
    b"\x1b[D": Key.PREVIOUS,
    b"\x1b[C": Key.NEXT,
    # The same two from a terminal in application mode.
    b"\x1bOD": Key.PREVIOUS,
    b"\x1bOC": Key.NEXT,
    b"r": Key.REPEAT,
    b"+": Key.LOUDER,
    # The same key without shift, where the plus needs it.
    b"=": Key.LOUDER,
    b"-": Key.QUIETER,
    b"q": Key.QUIT,
}
# A control sequence, a function key, a key with Alt, or one byte.
_TYPED = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[ -~]|\x1b[^\x1b\[O]|[^\x1b]|\x1b(?=\x1b)", re.DOTALL)
_UNFINISHED = re.compile(rb"\x1b(\[[0-?]*[ -/]*|O)?\Z")


class KeyDecoder:
    """Cut what is typed into keys, however it arrives."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, typed: bytes) -> Iterator[Typed]:
        """Take what was typed; give it back key by key, all of it but a beginning that may go on."""
        typed, self._pending = self._pending + typed, b""
        at = 0
        while at < len(typed):
            if _UNFINISHED.match(typed, at):
                self._pending = typed[at:]
                return
            match = _TYPED.match(typed, at)
            # A sequence that breaks off is no key: its first byte stands alone, and the rest is looked at anew.
            raw = match[0] if match else typed[at : at + 1]
            at += len(raw)
            yield Typed(raw, _KEYS.get(raw))

    def flush(self) -> bytes:
        """Give back a beginning that nothing followed."""
        pending, self._pending = self._pending, b""
        return pending
