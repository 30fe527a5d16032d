"""Answer a shell that wants to complete a command line: from a table, without loading a command, Typer or the network.

A shell's script (completion_scripts.py) calls the program with ``_LIGHTNING_TTS_COMPLETE`` set to the shell's name and
the words of the line as arguments, the one to complete last. The first line of the answer is a kind and a count:
``values``, ``files``, ``directories`` or ``nothing``, and how many characters of the word stand before what is
completed, as the nine of ``--output=``. Of values, one a line follows: the word, a tab, and what to show beside it.
Answers for bash can be inserted as they are, since it leaves quoting to the script.

Bash hands a completion function words that it has cut at ``COMP_WORDBREAKS`` (a colon and an equals sign among them)
and inserts what it is given in place of the part after the last cut, without quoting it. So the line is read here.
"""

import json
import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

# Windows PowerShell loses empty arguments, so the word to complete comes in a variable.
WORD_VARIABLE = "_LIGHTNING_TTS_COMPLETE_WORD"
_FILES = {"file": "files", "directory": "directories"}


class CompletionTarget(NamedTuple):
    """The target of a completion.

    ``kind`` is a kind of value, ``prefix`` what stands before it in the same word, ``given`` the options of the line
    by name with their last values, ``used`` words that need not be offered again.
    """

    kind: str
    prefix: str = ""
    command: dict[str, Any] | None = None
    given: dict[str, str] = {}  # noqa: RUF012 - a default that is never changed
    used: frozenset[str] = frozenset()
    choices: Sequence[str] = ()


class CommandLine:
    """The words of a line, followed as the program's own parser would."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._commands: dict[str, dict[str, Any]] = table["commands"]
        self._path = ""
        self._command = self._commands[""]
        self._pending: dict[str, Any] | None = None
        self._options_ended = False
        self._arguments: list[str] = []
        self._given: dict[str, str] = {}
        self._lost = False

    def follow(self, word: str) -> None:
        """Follow one word before the one to complete."""
        if self._pending is not None:
            self._give(self._pending, word)
            self._pending = None
        elif self._options_ended or not word.startswith("-") or word == "-":
            self._follow_argument(word)
        elif word == "--":
            self._options_ended = True
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            self._follow_option(self._option(name), value if equals else None)
        else:
            self._follow_letters(word)

    def asked(self, word: str) -> CompletionTarget:
        """Return the target for ``word``, the one that the cursor is in."""
        if self._lost:
            return CompletionTarget("none")
        if self._pending is not None:
            return self._value(self._pending, "")
        if self._options_ended or not word.startswith("-"):
            return self._argument(word)
        if word.startswith("--") and "=" in word:
            name = word.partition("=")[0]
            option = self._option(name)
            return self._value(option, name + "=") if option and "value" in option else CompletionTarget("none")
        option, at = self._letters(word)
        if option is not None and len(word) > at:
            return self._value(option, word[:at])
        return self._named("option")

    def _follow_argument(self, word: str) -> None:
        below = self._command.get("commands")
        if below is None:
            self._arguments.append(word)
            return
        path = f"{self._path} {word}".strip()
        if word in below and path in self._commands:
            self._path, self._command, self._given = path, self._commands[path], {}
        else:
            self._lost = True

    def _follow_option(self, option: dict[str, Any] | None, value: str | None) -> None:
        if option is None:
            return
        if "value" in option and value is None and not option.get("joined"):
            self._pending = option
        else:
            self._give(option, value or "")

    def _follow_letters(self, word: str) -> None:
        """Follow short options, several of them in one word, the last with its value."""
        for at, letter in enumerate(word[1:], start=2):
            option = self._option("-" + letter)
            if option is not None and "value" in option:
                self._follow_option(option, word[at:] or None)
                return
            self._follow_option(option, None)

    def _letters(self, word: str) -> tuple[dict[str, Any] | None, int]:
        """Find the short option whose value a word holds, and where the value begins."""
        if not word.startswith("--"):
            for at, letter in enumerate(word[1:], start=2):
                option = self._option("-" + letter)
                if option is not None and "value" in option:
                    return option, at
        return None, 0

    def _option(self, name: str) -> dict[str, Any] | None:
        return next((option for option in self._command["options"] if name in option["names"]), None)

    def _give(self, option: dict[str, Any], value: str) -> None:
        for name in option["names"]:
            self._given[name] = value

    def _argument_value(self) -> str:
        """Return the kind of the next argument; empty where none is taken."""
        arguments = self._command["arguments"]
        if not arguments:
            return ""
        at = min(len(self._arguments), len(arguments) - 1)
        full = len(self._arguments) >= len(arguments) and not arguments[at].get("many")
        return "" if full else str(arguments[at]["value"])

    def _argument(self, word: str) -> CompletionTarget:
        if "commands" in self._command:
            return self._named("command")
        kind = self._argument_value()
        if not kind:
            # Nothing but an option can follow.
            return self._named("option") if not word and not self._options_ended else CompletionTarget("none")
        if kind == "setting":
            return self._setting(self._arguments[0])
        used = frozenset(self._arguments)
        at = min(len(self._arguments), len(self._command["arguments"]) - 1)
        return CompletionTarget(
            kind, "", self._command, self._given, used, self._command["arguments"][at].get("choices", ())
        )

    def _setting(self, key: str) -> CompletionTarget:
        """Return the target for a key of the configuration: that of the option of its name."""
        command, dot, name = key.rpartition(".")
        commands = [self._commands[command]] if dot and command in self._commands else self._commands.values()
        named = "--" + (name if dot else key).replace("_", "-")
        option = next((one for told in commands for one in told["options"] if named in one["names"]), None)
        if option is None:
            return CompletionTarget("none")
        return self._value(option, "") if "value" in option else CompletionTarget("choice", choices=("true", "false"))

    def _value(self, option: dict[str, Any], prefix: str) -> CompletionTarget:
        return CompletionTarget(
            option["value"], prefix, self._command, self._given, frozenset(), option.get("choices", ())
        )

    def _named(self, kind: str) -> CompletionTarget:
        return CompletionTarget(kind, "", {**self._command, "path": self._path}, self._given)


def _names(table: dict[str, Any], asked: CompletionTarget, word: str) -> list[tuple[str, str]]:
    """Return the commands, or the options that can still be given."""
    command = asked.command or {}
    if asked.kind == "command":
        path = command["path"]
        return [(name, table["commands"][f"{path} {name}".strip()]["help"]) for name in command["commands"]]
    return [
        (name, option["help"])
        for option in command["options"]
        if option.get("many") or option["names"][0] not in asked.given
        for name in option["names"]
        if name.startswith("--") or not word.startswith("--")
    ]


def complete(words: Sequence[str]) -> tuple[str, str, list[tuple[str, str]]]:
    """Complete the last of ``words``, which follow the program's name.

    Returns how (values, files, directories or nothing), what stands before the completed part of the word, and the
    values with what to show beside them, in the order in which to show them; not yet cut down to what fits the word.
    """
    package = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    with open(os.path.join(package, "data", "commands.json"), "rb") as file:
        table = json.load(file)
    line = CommandLine(table)
    *before, word = words or [""]
    for one in before:
        line.follow(one)
    asked = line.asked(word)
    if asked.kind in _FILES:
        return _FILES[asked.kind], asked.prefix, []
    if asked.kind in {"command", "option"}:
        values = _names(table, asked, word)
    elif asked.kind == "choice":
        values = [(choice, "") for choice in asked.choices]
    else:
        from lightning_cli.cli.completion.completion_values import values_of

        values = values_of(asked.kind, table["values"], asked.given)
    shown = [(value, _shown(text)) for value, text in values if value.isprintable() and value not in asked.used]
    return ("values" if shown else "nothing"), asked.prefix, shown


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def matching(values: Sequence[tuple[str, str]], typed: str) -> list[tuple[str, str]]:
    """Return the values that begin with ``typed``, else those that do so in another case."""
    exact = [one for one in values if one[0].startswith(typed)]
    folded = typed.casefold()
    return exact or [one for one in values if one[0].casefold().startswith(folded)]


def main(shell: str, arguments: Sequence[str]) -> int:
    """Answer the shell on standard output; 2 for a shell that is not known."""
    if shell == "bash":
        lines = answer(*arguments[:2])
    elif shell in {"zsh", "fish", "powershell"}:
        # PowerShell drops an empty variable too.
        words = [*arguments, os.environ.get(WORD_VARIABLE, "")] if shell == "powershell" else list(arguments)
        how, prefix, values = complete(words)
        if shell == "powershell":
            values = matching(values, words[-1][len(prefix) :])
        # fish compares whole words, zsh and PowerShell what the script leaves of them.
        start = prefix if shell == "fish" else ""
        lines = [f"{how} {len(prefix)}", *(f"{start}{value}\t{shown}" for value, shown in values)]
    else:
        return 2
    sys.stdout.buffer.write("".join(line + "\n" for line in lines).encode(errors="surrogateescape"))
    return 0


_SPECIAL = frozenset(" \t\"'\\><;|&()#$`?*[]!{}~")
_REDIRECTION, _SEPARATORS = "<>", ";|&()"
# Readline leaves these with the word that they begin (bash's rl_special_prefixes).
_KEPT = "@$"


class LineWords(NamedTuple):
    """A line's words without their quotes, the last the one that the cursor is in.

    ``replaced_from`` is where in that word the part begins that readline replaces; ``quote`` is the quote that is
    still open there. ``redirected`` is True when the word names a file for the shell to open.
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
            # The number of a descriptor is not a word.
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


def read_line(line: str, breaks: str) -> LineWords:
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
    return LineWords([*reader.words, reader.word], reader.replaced_from, reader.quote, reader.redirected)


def quoted(text: str, quote: str) -> str:
    """Write ``text`` so that bash reads it as one word again, after ``quote`` if one is open."""
    if quote == "'":
        return text.replace("'", "'\\''")
    special = '"\\$`' if quote else _SPECIAL
    return "".join("\\" + char if char in special else char for char in text)


def answer(line: str = "", breaks: str = "") -> list[str]:
    """Return the lines for the script: how to complete, then what to insert, each quoted."""
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
