"""Words as they were before a page broke them: parted at line ends, with soft hyphens, ligatures, noncharacters."""

import re

_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
_MARKS = re.compile("-\n[ \t]*|\u00ad(?:\n[ \t]*)?|[\ufb00-\ufb06\ufeff\u2060\ufdd0-\ufdef\ufffe\uffff]")
_LETTERS = re.compile(r"[^\W\d_]*")
# The hyphen behind these is the word's own, and so is one before a hyphen or a word that joins two others.
_FIRST_PARTS = frozenset(
    "well self non ex half high low long short so all cross anti mid ever never much old new first second third one "
    "two three four five six seven eight nine ten twenty thirty forty fifty sixty seventy eighty ninety single double "
    "full part real time state mother father brother sister vice editor cutting up down off on in out by".split()
)
_JOINING = frozenset("and or nor to und oder bzw et ou y o e og och en of и или".split())
_WORD_BEFORE = re.compile(r"[^\W\d_]+\Z")
_REMEMBERED = 40
_LIMIT = 200


class WordJoiner:
    """Join the words of a growing text that were parted at line ends."""

    def __init__(self) -> None:
        self._held = ""
        self._before = ""  # what was last passed on: the word before a hyphen

    def feed(self, text: str) -> str:
        """Return what is certain; a word that may go on in the next line is held."""
        return self._pass(text, final=False)

    def finish(self) -> str:
        """Return what was held."""
        return self._pass("", final=True)

    def _pass(self, text: str, *, final: bool) -> str:
        text = self._held + text
        passed: list[str] = []
        at, end = 0, len(text)
        for mark in _MARKS.finditer(text):
            start, sign = mark.start(), mark[0]
            if sign[0] not in "-\u00ad":
                passed += [text[at:start], _LIGATURES.get(sign, "")]
                at = mark.end()
                continue
            after = mark.end() if sign[0] != "-" else _LETTERS.match(text, mark.end()).end()  # type: ignore[union-attr] # it may be empty
            if after == len(text) and not final and after - start < _LIMIT:
                end = start
                break
            passed.append(text[at:start])
            at = mark.end()
            if sign[0] == "-":
                passed.append(_hyphen(sign, self._until(text, start), text[at:after], text[after : after + 1]))
        if end == len(text) and not final and text[-1:] == "-":
            end -= 1
        passed.append(text[at:end])
        self._before = self._until(text, end)
        self._held = text[end:]
        return "".join(passed)

    def _until(self, text: str, at: int) -> str:
        """Return the last characters before a place of ``text``."""
        return (self._before + text[max(0, at - _REMEMBERED) : at])[-_REMEMBERED:]


def _hyphen(sign: str, before: str, second: str, behind: str) -> str:
    """Return what stands for a hyphen at a line end, between a word and ``second``."""
    first = _WORD_BEFORE.search(before)
    if first is None or not second[:1].islower() or second in _JOINING:
        return sign
    return "-" if behind == "-" or first[0].lower() in _FIRST_PARTS else ""
