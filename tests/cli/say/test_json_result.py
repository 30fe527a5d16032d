"""The result of a run for programs."""

from lightning_cli.cli.say import json_result
from lightning_cli.errors import (
    ExitCode,
)


def test_a_bug_as_json() -> None:
    """Its class is its kind."""
    told = json_result._error_of(ZeroDivisionError("x"), ("unexpected", "report it"))
    assert (told["kind"], told["exit_code"], told["hint"]) == ("ZeroDivisionError", ExitCode.UNEXPECTED, "report it")
