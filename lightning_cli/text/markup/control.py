"""What a terminal makes of a growing text: sequences go, and of what it overwrites the last state stays.

Sequences are those of ECMA-48 (CSI, OSC and the other strings) and of ISO 2022.
"""

import re
from itertools import pairwise

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CSI = re.compile(r"[0-?]{0,64}[ -/]{0,8}")
_STRING_END = re.compile(r"[\x00-\x1f\x7f\x9c]")
_ESCAPE = re.compile(r"[ -/]{0,8}")
_STRING_OPENERS = ("\x1b]", "\x1bP", "\x1bX", "\x1b^", "\x1b_")
# A string that meets a line end, or is longer than this, was none: only its opener goes.
_STRING_LIMIT = 65536
# The signs that windows-1252 has where Unicode has control characters, which no text contains; the five that it has
# none for are left to the repair of texts that were decoded twice.
_WINDOWS_1252 = {
    chr(code): bytes((code,)).decode("cp1252", "replace").replace("\ufffd", chr(code)) for code in range(0x80, 0xA0)
}
_8BIT_CSI = "\x9b"
# Sequences that make the line what it was at its start: the cursor's return to it, and its erasure.
_RETURNS = re.compile(r"\x1b\[[01]?G")
_ERASURES = re.compile(r"\x1b\[[12]K")
_ERASED = "\0"


class ControlFilter:
    """Drop sequences and control characters except newline and tab; other line ends become newlines.

    A backspace takes the character before it along, as in the bold and underlined words of manual pages. A line that a
    carriage return or an erasure takes back to its start says only what is written last, as far as it is not spoken
    yet: see ``Overprint``.
    """

    def __init__(self) -> None:
        self._held = ""
        # What has come of an open string behind ``_held``: joined and looked through once, when it may have ended.
        self._string: list[str] = []
        self._string_length = 0
        self._overprint = Overprint()

    def feed(self, text: str) -> str:
        """Return what is certain; a sequence still open, a last character and a line's beginning are held."""
        if self._held.startswith(_STRING_OPENERS) and not _STRING_END.search(text):
            self._string.append(text)
            self._string_length += len(text)
            if len(self._held) + self._string_length < _STRING_LIMIT:
                return ""
            text = ""
        return self._overprint.feed(self._pass(text, final=False))

    def finish(self) -> str:
        """Return what was held."""
        return self._overprint.feed(self._pass("", final=True)) + self._overprint.finish()

    def settle(self) -> str:
        """Return what was held, save a line that is being overwritten: the writer has paused for long."""
        return self._overprint.feed(self._pass("", final=True)) + self._overprint.settle()

    def _pass(self, text: str, *, final: bool) -> str:
        text = "".join((self._held, *self._string, text))
        self._held, self._string, self._string_length = "", [], 0
        passed: list[str] = []
        at = 0
        while found := _CONTROL.search(text, at):
            start, mark = found.start(), found[0]
            plain = text[at:start]
            at = found.end()
            if mark == "\b":
                plain = plain if plain[-1:].isspace() else plain[:-1]
            elif mark in "\r\x0b\x0c":
                plain += "\r" if mark == "\r" else "\n"
            elif mark in {"\x1b", _8BIT_CSI}:
                end = _sequence_end(text, start, final=final)
                if end is None:
                    self._held = text[start:]
                    return "".join((*passed, plain))
                plain += _meaning(text[start:end])
                at = end
            else:
                plain += _WINDOWS_1252.get(mark, "")
            passed.append(plain)
        rest = text[at:]
        if rest and not final and not rest[-1].isspace():
            # A backspace may follow.
            rest, self._held = rest[:-1], rest[-1]
        return "".join((*passed, rest))


def _meaning(sequence: str) -> str:
    """Return what a sequence comes to for a line of text."""
    if sequence == _8BIT_CSI:
        return _WINDOWS_1252[sequence]
    if _RETURNS.fullmatch(sequence):
        return "\r"
    return _ERASED if _ERASURES.fullmatch(sequence) else ""


def _sequence_end(text: str, at: int, *, final: bool) -> int | None:
    """Return where the sequence at ``at`` ends, None if more text is needed to say."""
    for opener in _STRING_OPENERS:
        if text.startswith(opener, at):
            return _string_end(text, at + len(opener), final=final)
    if text.startswith("\x1b[", at):
        return _final_byte(text, _CSI.match(text, at + 2), "@", final=final)
    if text[at] == _8BIT_CSI:
        # Without a number behind it, it is a quotation mark of windows-1252.
        if text[at + 1 : at + 2].isdigit():
            return _final_byte(text, _CSI.match(text, at + 1), "@", final=final)
        return at + 1 if final or len(text) > at + 1 else None
    return _final_byte(text, _ESCAPE.match(text, at + 1), "0", final=final)


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


_STEPS = re.compile(r"([\n\r\0])")
# Behind these a line has been spoken, or is about to be; a longer one is not a status line.
_SPOKEN = re.compile(r"[.!?\u2026][\"'\u201d\u2019)\]*_`]*\s|[\u3002\uff01\uff1f\u0964]")
_HELD_CHARS = 500
_STATE_CHARS = 8000
_STATES_CHARS = 65536
_BARS = re.compile(r"[|\[][#=>\-. \u2580-\u259f]{3,}[|\]]")


class Overprint:
    """Pass on only the last state of a line that is written over and over.

    The beginning of a line is held until its first sentence is complete: what is spoken cannot be taken back, and
    nothing is spoken before that. Of a text that has carriage returns alone, each ends a line.
    """

    def __init__(self) -> None:
        self._line = ""  # what is held of the line
        self._states: list[str] = []  # what stood there before, while that may still be lines
        self._states_chars = 0
        self._passing = False
        self._returned = False  # the last character was a carriage return
        self._overprinted = False
        self._erased = False  # something was, which lines of text never are
        self._fed_lines = False

    def feed(self, text: str) -> str:
        """Return what is certain."""
        if not text:
            return ""
        return "".join(self._step(step) for step in _STEPS.split(text) if step)

    def finish(self) -> str:
        """Return what was held."""
        return self._final()

    def settle(self) -> str:
        """Return what was held, save a line that is being overwritten."""
        if self._overprinted or self._returned:
            return ""
        line, self._line, self._passing = self._line, "", self._passing or bool(self._line)
        return line

    def _step(self, step: str) -> str:
        if step == "\n":
            line = self._final()
            self._fed_lines = True
            self._passing = self._returned = self._overprinted = False
            return line + "\n"
        if step == "\r":
            self._returned = True
            return ""
        if step == _ERASED:
            self._erased = True
            self._returned = False
            return self._take_back()
        before = self._take_back() if self._returned else ""
        self._returned = False
        if self._passing:
            return before + step
        self._line += step
        if self._overprinted:
            return before + (self._released() if len(self._line) > _STATE_CHARS else "")
        if len(self._line) > _HELD_CHARS or _SPOKEN.search(self._line):
            return before + self._released()
        return before

    def _released(self) -> str:
        line = self._final()
        self._passing, self._overprinted = True, False
        return line

    def _take_back(self) -> str:
        """Begin the line anew; what has been passed of it ends there."""
        if self._passing:
            self._passing = False
            return "\n"
        if not self._fed_lines and not self._erased and self._line:
            self._states.append(self._line)
            self._states_chars += len(self._line)
            if self._states_chars > _STATES_CHARS:
                self._line = ""
                return self._final() + "\n"
        self._overprinted = self._overprinted or bool(self._line)
        self._line = ""
        return ""

    def _final(self) -> str:
        """Return the line as it stands in the end, or the lines if they were."""
        states, line = self._states, self._line
        overprinted = self._overprinted
        self._states, self._states_chars, self._line = [], 0, ""
        if states and not self._fed_lines and not self._erased and not _alike([*states, line]):
            return "\n".join([*states, line]) if line else "\n".join(states)
        return _BARS.sub(" ", line) if overprinted else line


def _alike(states: list[str]) -> bool:
    """Return whether two of the states differ in figures and signs alone."""
    words = [re.sub(r"[\W\d_]+", " ", state).split() for state in states[-3:] if state]
    return any(one == other for one, other in pairwise(words))
