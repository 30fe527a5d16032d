"""Take terminal escape sequences and control characters out of a growing text.

Sequences are those of ECMA-48 (CSI, OSC and the other strings, in their 7-bit and 8-bit forms) and of ISO 2022.
"""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CSI = re.compile(r"[0-?]{0,64}[ -/]{0,8}")
_STRING_END = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPE = re.compile(r"[ -/]{0,8}")
_CSI_OPENERS = ("\x1b[", "\x9b")
_STRING_OPENERS = ("\x1b]", "\x1bP", "\x1bX", "\x1b^", "\x1b_", "\x90", "\x98", "\x9d", "\x9e", "\x9f")
# A string that meets a line end, or is longer than this, was none: only its opener goes.
_STRING_LIMIT = 65536
_LINE_ENDS = "\r\x0b\x0c\x85"


class ControlFilter:
    """Drop sequences and control characters except newline and tab; other line ends become newlines.

    A backspace takes the character before it along, as in the bold and underlined words of manual pages.
    """

    def __init__(self) -> None:
        self._held = ""
        # What has come of an open string behind ``_held``: joined and looked through once, when it may have ended.
        self._string: list[str] = []
        self._string_length = 0
        self._after_return = False

    def feed(self, text: str) -> str:
        """Return what is certain; a sequence still open and a last character are held."""
        if self._held.startswith(_STRING_OPENERS) and not _STRING_END.search(text):
            self._string.append(text)
            self._string_length += len(text)
            if len(self._held) + self._string_length < _STRING_LIMIT:
                return ""
            text = ""
        return self._pass(text, final=False)

    def finish(self) -> str:
        """Return what was held."""
        return self._pass("", final=True)

    def _pass(self, text: str, *, final: bool) -> str:
        text = "".join((self._held, *self._string, text))
        self._held, self._string, self._string_length = "", [], 0
        if self._after_return and text:
            text = text.removeprefix("\n")
            self._after_return = False
        passed: list[str] = []
        at = 0
        while found := _CONTROL.search(text, at):
            start, mark = found.start(), found[0]
            plain = text[at:start]
            at = found.end()
            if mark == "\b":
                plain = plain if plain[-1:].isspace() else plain[:-1]
            elif mark in _LINE_ENDS:
                plain += "\n"
                if mark == "\r":
                    self._after_return = at == len(text)
                    at += text.startswith("\n", at)
            else:
                end = _sequence_end(text, start, final=final)
                if end is None:
                    self._held = text[start:]
                    return "".join((*passed, plain))
                at = end
            passed.append(plain)
        rest = text[at:]
        if rest and not final and not rest[-1].isspace():
            # A backspace may follow.
            rest, self._held = rest[:-1], rest[-1]
        return "".join((*passed, rest))


def _sequence_end(text: str, at: int, *, final: bool) -> int | None:
    """Return where the sequence at ``at`` ends, None if more text is needed to say."""
    for opener in _STRING_OPENERS:
        if text.startswith(opener, at):
            return _string_end(text, at + len(opener), final=final)
    for opener in _CSI_OPENERS:
        if text.startswith(opener, at):
            return _final_byte(text, _CSI.match(text, at + len(opener)), "@", final=final)
    if text[at] == "\x1b":
        return _final_byte(text, _ESCAPE.match(text, at + 1), "0", final=final)
    return at + 1


def _final_byte(text: str, body: re.Match[str] | None, lowest: str, *, final: bool) -> int | None:
    end = body.end() if body else len(text)
    if end == len(text):
        return end if final else None
    return end + (lowest <= text[end] <= "~")


def _string_end(text: str, start: int, *, final: bool) -> int | None:
    stop = start + _STRING_LIMIT
    end = _STRING_END.search(text, start, stop)
    if end is None:
        return start if final or len(text) >= stop else None
    if end[0] in "\x07\x9c":
        return end.end()
    if end[0] == "\x1b":
        if end.end() == len(text) and not final:
            return None
        return end.end() + 1 if text.startswith("\\", end.end()) else start
    return start
