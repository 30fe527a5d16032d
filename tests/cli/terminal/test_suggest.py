"""What is said of a command line that cannot be read."""

import pytest
from support.command_line import run_here

from lightning_cli.cli.names import PROGRAM
from lightning_cli.cli.terminal.suggest import usage_problem


def test_a_missing_choice_is_told_on_one_line() -> None:
    """Name the choices as a sentence does: a line end of the framework's would be shown escaped."""
    with pytest.raises(Exception, match=r"SHELL|Missing") as caught:
        run_here("completion")
    message, hint = usage_problem(caught.value, PROGRAM, ["completion"])
    assert message == "Missing argument 'SHELL'. Choose from: bash, zsh, fish, powershell"
    assert hint == "lightning-tts completion --help"


def test_a_number_is_told_as_one() -> None:
    """Speak of the number that is none, and not of a range."""
    with pytest.raises(Exception, match=r"many") as caught:
        run_here("say", "Hello", "--retries", "many")
    message, _ = usage_problem(caught.value, PROGRAM, ["say"])
    assert message.endswith("'many' is not a valid int")
