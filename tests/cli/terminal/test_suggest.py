"""What is said of a command line that cannot be read."""

import pytest
from support.command_line import run_here

# Typer keeps its copy of click private.
from typer._click.exceptions import ClickException

from lightning_cli.cli.names import PROGRAM
from lightning_cli.cli.terminal.suggest import usage_problem

LISTS = f"{PROGRAM} say --help-all lists the options"


def problem(words: str) -> tuple[str, str]:
    """Return the message and the hint for a command line that the parser refuses."""
    arguments = words.split()
    with pytest.raises(ClickException) as caught:
        run_here(*arguments)
    return usage_problem(caught.value, PROGRAM, arguments)


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("say x --out y.wav", "unknown option '--out'", "did you mean --output?"),
        ("batch x --out y", "unknown option '--out'", "did you mean --directory?"),
        ("batch x -o y", "unknown option '-o'", "did you mean --directory?"),
        ("say --text hi", "unknown option '--text'", f"the text needs no option: {PROGRAM} say TEXT"),
        ("say x --lang en", "unknown option '--lang'", "did you mean --language?"),
        ("say x --speaker z", "unknown option '--speaker'", "did you mean --voice?"),
        ("say x --api-key k", "unknown option '--api-key'", "did you mean --api-key-file?"),
        ("say x --timeout 3", "unknown option '--timeout'", "did you mean --connect-timeout or --first-byte-timeout?"),
        ("say x --voic y", "unknown option '--voic'", "did you mean --voice?"),
        ("say x --speeed 2", "unknown option '--speeed'", "did you mean --speed?"),
        ("say -5", "unknown option '-5'", f"text that starts with a dash goes after --; {LISTS}"),
        ("say --zope", "unknown option '--zope'", f"text that starts with a dash goes after --; {LISTS}"),
        ("config --zope", "unknown option '--zope'", f"{PROGRAM} config --help lists the options"),
        ("voices --zope", "unknown option '--zope'", f"{PROGRAM} voices --help-all lists the options"),
        ("--verison", "unknown option '--verison'", "did you mean --version?"),
        ("auth", "unknown command 'auth'", "did you mean login?"),
        ("sya", "unknown command 'sya'", "did you mean say?"),
        ("next", "unknown command 'next'", "did you mean skip?"),
        ("skip --all", "unknown option '--all'", f"{PROGRAM} skip --help-all lists the options"),
        ("skip --help-al", "unknown option '--help-al'", "did you mean --help-all?"),
        ("stop all", "unexpected argument 'all'", "did you mean --all?"),
        ("pause now please", "unexpected argument 'now'", f"{PROGRAM} pause --help"),
        ("dicts rm", "unknown command 'rm'", "did you mean delete?"),
        ("config ls", "unknown command 'ls'", "did you mean show?"),
        ("dicts xyz", "unknown command 'xyz'", f"{PROGRAM} dicts --help lists the commands"),
        ("say x -v", "option '-v' requires an argument", f"{PROGRAM} say --help"),
        ("say x --quiet=3", "option '--quiet' does not take a value", f"{PROGRAM} say --help"),
        ("say x --volume 500", "--volume must be from 0 to 400, not 500", f"{PROGRAM} say --help"),
        ("say x --idle-timeout 0", "--idle-timeout must be at least 0.001, not 0.0", f"{PROGRAM} say --help"),
        ("say x --retries many", "--retries: 'many' is not a whole number", f"{PROGRAM} say --help"),
        ("say x --max-wait many", "--max-wait: 'many' is not a number", f"{PROGRAM} say --help"),
        ("say x --join nat", "--join 'nat' is not one of natural, raw", "did you mean natural?"),
        ("completion", "missing SHELL; it takes bash, zsh, fish, powershell", f"{PROGRAM} completion --help"),
        ("batch", "missing SOURCE...", f"{PROGRAM} batch --help"),
    ],
)
def test_a_line_that_cannot_be_read(words: str, message: str, hint: str) -> None:
    """What was typed is quoted, and one hint says what was meant or where it is listed."""
    assert problem(words) == (message, hint)


def test_a_value_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, since no option was typed."""
    monkeypatch.setenv("LIGHTNING_TTS_VOLUME", "500")
    assert problem("say x")[0] == "LIGHTNING_TTS_VOLUME must be from 0 to 400, not 500"
