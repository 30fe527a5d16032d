"""What users of other tools type."""

import re

import pytest

from lightning_cli.cli.app import load_command
from lightning_cli.cli.names import COMMANDS, PROGRAM
from lightning_cli.cli.terminal import other_ways
from lightning_cli.cli.terminal.other_ways import other_command, other_option


@pytest.mark.parametrize(
    ("command", "option", "hint"),
    [
        ("say", "--stdout", "-o - writes"),
        ("say", "-y", "--no-clobber"),
        ("batch", "-y", "--force"),
        ("batch", "--resume", "needs no option"),
        ("say", "--resume", ""),
        ("say", "--api_key", f"set SMALLEST_API_KEY, or run {PROGRAM} login"),
        ("login", "--key", f"{PROGRAM} login asks for the key"),
        ("say", "--no-color", "NO_COLOR=1"),
        ("say", "--emotion", "--field emotion=VALUE"),
        ("doctor", "--emotion", ""),
    ],
)
def test_an_option(command: str, option: str, hint: str) -> None:
    """The command decides, then the name."""
    told = other_option(command, option, PROGRAM)
    assert told.startswith(hint) or hint in told
    assert bool(told) == bool(hint)


def test_a_command() -> None:
    """Help may name another command."""
    assert other_command("help", "say", PROGRAM) == f"{PROGRAM} say --help"
    assert other_command("help", "", PROGRAM) == f"{PROGRAM} --help"
    assert other_command("version", "", PROGRAM) == f"{PROGRAM} --version"
    assert other_command("daniel", "", PROGRAM) == ""


def test_hints_name_what_there_is() -> None:
    """Every option in a hint is one of its commands', and no option that there is has a hint."""
    options = {
        name: {flag for one in load_command(name).params for flag in (*one.opts, *one.secondary_opts)}
        for name in COMMANDS
    }
    for commands, names, hint in other_ways._OPTIONS:
        for command in commands.split():
            named = set(re.findall(r"(?<!\S)--[a-z][a-z-]+", hint)) - {"--version"}
            assert named <= options[command], (command, hint)
            assert not {f"--{name}" for name in names.split()} & options[command], (command, names)
