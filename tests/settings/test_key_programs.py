"""Programs and libraries that know the key, where they do not do as they should."""

import sys

import pytest

from lightning_cli.errors import (
    ConfigError,
)
from lightning_cli.settings import key_programs
from lightning_cli.settings.key_programs import first_line_of
from lightning_cli.settings.keys import KeyPlaces, find_key


def test_programs_that_know_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report a program that does not take what it is told, and of a library that is missing."""
    with pytest.raises(ConfigError, match="it does not listen"):
        key_programs._run(["true"], "it", 30, bytes(1024 * 1024))
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match="keyring, which is not installed"):
        key_programs.keyring_get("key")


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("echo sk_0123456789; echo first >&2; printf 'last\\033[2J' >&2; exit 3", "failed with status 3: last"),
        ("kill -9 $$", "died of signal 9"),
        ("true", "printed nothing"),
        ("echo; echo oops >&2", "printed nothing: oops"),
        (["/no/such/program"], "/no/such/program: No such file"),
        (["/"], "Permission denied"),
        ("echo two words", "no valid API key in"),
        ("yes sk_0123456789 | tr -d '\\n' | head -c 100000", "no valid API key in"),
    ],
    ids=range(8),
)
def test_key_commands_that_fail(command: str | list[str], problem: str) -> None:
    """Report what happened and the last line of the complaint, and nothing of the output."""
    places = KeyPlaces(command=command if isinstance(command, str) else tuple(command))
    with pytest.raises(ConfigError) as fault:
        find_key(None, places)
    assert problem in fault.value.message
    assert "0123456789" not in f"{fault.value.message}{fault.value.hint}"


def test_key_command_that_takes_too_long() -> None:
    """End it, also when another process holds its output."""
    for command in (["sleep", "600"], "exec >&- 2>&-; exec sleep 600"):
        with pytest.raises(ConfigError, match=r"took longer than 0\.2 s"):
            first_line_of(command, "the key-command", 0.2)


def test_key_command_reads_nothing_and_fills_pipes() -> None:
    """Leave standard input to the text, and read a long complaint beside the output."""
    assert first_line_of("cat; head -c 300000 /dev/zero >&2; echo sk_x; head -c 300000 /dev/zero", "it") == "sk_x"


def test_words_need_no_shell() -> None:
    """Run a list of words as it is."""
    assert first_line_of([sys.executable, "-c", "print('$HOME;')"], "it") == "$HOME;"
