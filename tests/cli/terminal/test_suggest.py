"""What is said of a command line that cannot be read."""

import pytest
from support.command_line import run_here

# Typer keeps its copy of click private.
from typer._click.exceptions import ClickException

from lightning_cli.cli.app import root_command
from lightning_cli.cli.names import PROGRAM
from lightning_cli.cli.terminal.suggest import one_dash_hint, usage_problem

LISTS = f"{PROGRAM} say --help-all lists the options"
BEHIND = "options stand behind the command:"
ASKS = f"{PROGRAM} login asks for the key, or reads it from standard input"
FIELD = "to send a field of the service that this version does not know"


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
        ("say x --timeout 3", "unknown option '--timeout'", "did you mean --connect-timeout or --first-byte-timeout?"),
        ("say x --voic y", "unknown option '--voic'", "did you mean --voice?"),
        ("say x --speeed 2", "unknown option '--speeed'", "did you mean --speed?"),
        ("say -5", "unknown option '-5'", f"text that starts with a dash goes after --; {LISTS}"),
        ("say --zope", "unknown option '--zope'", f"{LISTS}; text that starts with a dash goes after --"),
        ("say -hello", "unknown option '-e' in '-hello'", f"{LISTS}; text that starts with a dash goes after --"),
        ("say x -quiet", "unknown option '-u' in '-quiet'", "did you mean --quiet?"),
        ("say x -ar 8000", "unknown option '-a' in '-ar'", "did you mean --sample-rate?"),
        ("say x --seed 7", "unknown option '--seed'", f"{FIELD}: --field seed=VALUE"),
        ("say x --start 1", "unknown option '--start'", f"{LISTS}; text that starts with a dash goes after --"),
        ("say x --force", "unknown option '--force'", "files are replaced without a question; --no-clobber keeps them"),
        ("say x --file-format=wave", "unknown option '--file-format'", "did you mean --format?"),
        ("say x --retry 5", "unknown option '--retry'", "did you mean --retries?"),
        ("say x --pause 500", "unknown option '--pause'", "did you mean --pause-sentence?"),
        ("batch x --dry-run", "unknown option '--dry-run'", "did you mean --diff?"),
        ("voices --sex female", "unknown option '--sex'", "did you mean --gender?"),
        ("voices --list", "unknown option '--list'", f"{PROGRAM} voices lists all of them"),
        (
            "--voice daniel say x",
            "unknown option '--voice'",
            f"{BEHIND} {PROGRAM} say --voice",
        ),
        ("-v en x", "unknown option '-v'", f"{BEHIND} {PROGRAM} say -v"),
        ("--local voices", "unknown option '--local'", f"{PROGRAM} --help lists the options"),
        ("--list-voices", "unknown option '--list-voices'", f"{PROGRAM} voices lists them"),
        ("-V", "unknown option '-V'", "did you mean --version?"),
        ("serve 8080", "unexpected argument '8080'", "did you mean --port 8080?"),
        (
            "login sk_12345678",
            "unexpected argument",
            f"{PROGRAM} login asks for the key, or reads it from standard input",
        ),
        ("config voice", "unknown command 'voice'", f"did you mean {PROGRAM} config get voice?"),
        ("config voice emily", "unknown command 'voice'", f"did you mean {PROGRAM} config set voice emily?"),
        ("config set voice=emily", "missing VALUE...", f"did you mean {PROGRAM} config set voice emily?"),
        ("config list", "unknown command 'list'", "did you mean show?"),
        ("config reset", "unknown command 'reset'", "did you mean unset?"),
        ("list", "unknown command 'list'", "did you mean voices?"),
        ("generate hi", "unknown command 'generate'", "did you mean say?"),
        ("say x --speed 1,5", "--speed: '1,5' is not a number", "did you mean --speed 1.5?"),
        ("say x -r 44.1k", "--sample-rate: '44.1k' is not a whole number", "did you mean --sample-rate 44100?"),
        ("say x --idle-timeout 10s", "--idle-timeout: '10s' is not a number", "did you mean --idle-timeout 10?"),
        ("say x --lead-in 1s", "--lead-in: '1s' is not a whole number", f"{PROGRAM} say --help"),
        ("say x --volume 0.5", "--volume: '0.5' is not a whole number", f"{PROGRAM} say --help"),
        ("say x --volume=+50%", "--volume: '+50%' is not a whole number", f"{PROGRAM} say --help"),
        ("say x --transport websocket", "--transport 'websocket' is not one of sse, sync, ws", "did you mean ws?"),
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


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("say x -voice daniel", "did you mean --voice?"),
        ("say x -output y.wav", "did you mean --output?"),
        ("say -loglevel error", ""),
        ("say -qo y.wav", ""),
        ("say -- x -voice", ""),
        ("-voice x", ""),
    ],
)
def test_a_dash_too_few(words: str, hint: str) -> None:
    """What is read as a short option and its value may be a long option, exactly as it is spelt."""
    assert one_dash_hint(root_command(), words.split()) == hint


def test_a_value_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, since no option was typed."""
    monkeypatch.setenv("LIGHTNING_TTS_VOLUME", "500")
    assert problem("say x")[0] == "LIGHTNING_TTS_VOLUME must be from 0 to 400, not 500"
