"""What bash needs to complete a line: its words found as readline finds them, its answers quoted as they were begun.

Bash hands a completion function words that it has cut at ``COMP_WORDBREAKS`` (a colon and an equals sign among them)
and inserts what it is given in place of the part after the last cut, without quoting it. So the line is read here.
"""

from collections.abc import Sequence
from typing import NamedTuple

from lightning_cli.cli.completing import complete, matching

_SPECIAL = frozenset(" \t\"'\\><;|&()#$`?*[]!{}~")
_REDIRECTION, _SEPARATORS = "<>", ";|&()"
# Readline leaves these with the word that they begin (bash's rl_special_prefixes).
_KEPT = "@$"


class Words(NamedTuple):
    """Hold a line's words without their quotes, the last the one that the cursor is in.

    ``replaced_from`` is where in that word the part begins that readline replaces; ``quote`` is the quote that is
    still open there. ``redirected`` says that the word names a file for the shell to open.
    """

    words: Sequence[str]
    replaced_from: int = 0
    quote: str = ""
    redirected: bool = False


class _Reader:
    def __init__(self, breaks: str) -> None:
        self._breaks = frozenset(breaks) - frozenset(" \t\n\"'")
        self.words: list[str] = []
        self.word = ""
        self.begun = False
        self.quote = ""
        self.replaced_from = 0
        self.redirected = False

    def end_word(self) -> None:
        if self.begun and not self.redirected:
            self.words.append(self.word)
        if self.begun:
            self.redirected = False
        self.word, self.begun, self.replaced_from = "", False, 0

    def plain(self, char: str) -> None:
        if char in " \t\n":
            self.end_word()
        elif char in "\"'":
            self.quote, self.begun, self.replaced_from = char, True, len(self.word)
        elif char in _REDIRECTION:
            # The number of a descriptor is no word.
            self.begun = self.begun and not self.word.isdecimal()
            self.end_word()
            self.redirected = True
        elif char in _SEPARATORS:
            self.end_word()
            if not (self.redirected and char == "&"):
                self.words, self.redirected = [], False
        else:
            self.take(char)
            if char in self._breaks:
                self.replaced_from = len(self.word) - (char in _KEPT)

    def take(self, char: str) -> None:
        self.word += char
        self.begun = True

    def quoted(self, char: str) -> None:
        if char == self.quote:
            self.quote = ""
        else:
            self.take(char)


def read_line(line: str, breaks: str) -> Words:
    """Read ``line``, the command up to the cursor; ``breaks`` is ``COMP_WORDBREAKS``."""
    reader = _Reader(breaks)
    escaped = False
    for char in line:
        if escaped:
            # Inside double quotes a backslash stays itself before most characters.
            reader.take(char if not reader.quote or char in '"\\$`' else "\\" + char)
            escaped = False
        elif char == "\\" and reader.quote != "'":
            escaped = True
        elif reader.quote:
            reader.quoted(char)
        else:
            reader.plain(char)
    return Words([*reader.words, reader.word], reader.replaced_from, reader.quote, reader.redirected)


def quoted(text: str, quote: str) -> str:
    """Write ``text`` so that bash reads it as one word again, after ``quote`` if one is open."""
    if quote == "'":
        return text.replace("'", "'\\''")
    special = '"\\$`' if quote else _SPECIAL
    return "".join("\\" + char if char in special else char for char in text)


def answer(line: str = "", breaks: str = "") -> list[str]:
    """Give the lines for the script: how to complete, then what to insert, each quoted."""
    read = read_line(line, breaks)
    if read.redirected:
        return ["files 0"]
    how, prefix, values = complete(read.words[1:])
    word = read.words[-1]
    typed = word[len(prefix) :]
    # What was cut off stands on the line already; a value spelt in another case cannot take it back.
    cut = max(read.replaced_from - len(prefix), 0)
    kept = [value for value, _ in matching(values, typed) if value.startswith(typed[:cut])]
    before = prefix if read.replaced_from < len(prefix) else ""
    return [f"{how} {len(before)}", *(quoted((before + value)[cut:], read.quote) for value in kept)]
