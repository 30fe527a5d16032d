"""Shells for tests: a prompt to type at, with the completion a person would have."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from support.pty_session import Terminal, terminal, until

SCRIPTS = Path(__file__).resolve().parents[2] / "completions"
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
_SHOW = "\x07"
_COLUMNS = 200
_PROMPT = "prompt: "
# Ctrl-G shows the line as the shell has it, and empties it. The marks are spelt so that no echo is taken for them.
_BASH_SET_UP = (
    f"PS1='{_PROMPT}'",
    "bind 'set bell-style none'",
    "bind 'set page-completions off'",
    r"""bind -x '"\C-g": printf "\x3c\x3c%s\x3e\x3e\n" "$READLINE_LINE"; READLINE_LINE='""",
)
_ZSH_SET_UP = (
    f"PS1='{_PROMPT}'",
    "bindkey '^I' complete-word; unsetopt beep",
    r"""show() { zle -I; printf "\x3c\x3c%s\x3e\x3e\n" "$BUFFER"; BUFFER= }; zle -N show; bindkey '^G' show""",
)


def surroundings(**extra: str) -> dict[str, str]:
    """Return the environment of a person who has the program on the path."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", "INPUTRC": "/dev/null", **extra}


class Prompt:
    """A shell's command line."""

    def __init__(self, shown: Terminal) -> None:
        self._terminal = shown

    def run(self, line: str) -> None:
        """Run a line and wait for its end."""
        self._ask(f"{line}; echo '>''>'\n")

    def completed(self, line: str) -> str:
        """Type ``line`` and the tab key; returns the line as it is then."""
        return self._ask(line + "\t" + _SHOW).rpartition("<<")[2].partition(">>")[0]

    def listed(self, line: str) -> str:
        """Type ``line`` and the tab key twice; returns what was shown."""
        return self._ask(line + "\t\t" + _SHOW).rpartition("<<")[0]

    def _ask(self, keys: str) -> str:
        """Press keys; returns what is shown until the shell is ready again, and no sooner."""
        before = len(self._terminal.text)
        self._terminal.press(keys)
        until(lambda: _is_ready(self._terminal.text[before:]), f"no prompt after {keys!r}: {self._terminal.raw!r}")
        return self._terminal.text[before:]


def _is_ready(shown: str) -> bool:
    """Return whether a prompt follows what was asked for."""
    _, mark, after = shown.rpartition(">>")
    return bool(mark) and _PROMPT in after


@contextlib.contextmanager
def bash(*set_up: str, environment: Mapping[str, str], options: Sequence[str] = ("--norc",)) -> Iterator[Prompt]:
    """Return an interactive bash, after the lines ``set_up`` have run in it."""
    with terminal(("bash", *options, "-i"), environment, _COLUMNS) as shown:
        prompt = Prompt(shown)
        for line in (*_BASH_SET_UP, *set_up):
            prompt.run(line)
        yield prompt


@contextlib.contextmanager
def zsh(*set_up: str, environment: Mapping[str, str], options: Sequence[str] = ("-f",)) -> Iterator[Prompt]:
    """Return an interactive zsh, after the lines ``set_up`` have run in it."""
    with terminal(("zsh", *options, "-i"), environment, _COLUMNS) as shown:
        prompt = Prompt(shown)
        for line in (*_ZSH_SET_UP, *set_up):
            prompt.run(line)
        yield prompt


def fish(lines: Sequence[str], environment: Mapping[str, str], *set_up: str) -> list[list[tuple[str, str]]]:
    """Ask fish what it would offer for each line: words with what is shown beside them."""
    script = "\n".join((*set_up, "for line in $argv", "complete -C $line", "echo '>>'", "end"))
    done = subprocess.run(
        ("fish", "-c", script, *lines), env=dict(environment), capture_output=True, text=True, timeout=60, check=True
    )
    assert not done.stderr, done.stderr
    answers = done.stdout.split(">>\n")[: len(lines)]
    return [
        [(word, told) for word, _, told in (row.partition("\t") for row in answer.splitlines())] for answer in answers
    ]
