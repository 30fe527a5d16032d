"""A command built with the options of one line behaves as the command with all of them."""

import inspect
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from support.command_line import lightning

from lightning_cli.cli import app, narrow
from lightning_cli.cli.commands import batch, login, say, serve, voices

COMMANDS: dict[str, Callable[..., None]] = {
    "say": say.say,
    "batch": batch.batch,
    "voices": voices.voices,
    "login": login.login,
    "serve": serve.serve,
}


def received(command: Callable[..., None], arguments: Sequence[str]) -> object:
    """Return what ``command`` would be called with, or the words of the refusal."""
    calls: list[dict[str, Any]] = []

    def collect(**given: Any) -> None:
        calls.append({name: value for name, value in given.items() if name != "ctx"})

    parameters = inspect.signature(command).parameters.values()
    keyword_only = [one.replace(kind=one.KEYWORD_ONLY) for one in parameters]
    collect.__signature__ = inspect.Signature(keyword_only)  # type: ignore[attr-defined] # what Typer goes by
    built = typer.Typer(add_completion=False, rich_markup_mode=None)
    whole = typer.Typer(add_completion=False, rich_markup_mode=None)
    built.command("x", cls=app._Command)(narrow.narrowed(collect, arguments))
    whole.command("x", cls=app._Command)(collect)
    outcomes: list[object] = []
    for one in (built, whole):
        calls.clear()
        try:
            typer.main.get_command(one).main(list(arguments), "x", standalone_mode=False)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it must be the same twice
            outcomes.append((type(fault), str(fault)))
        else:
            outcomes.append(calls[:])
    assert outcomes[0] == outcomes[1], arguments
    return outcomes[0]


def flags_of(command: Callable[..., None]) -> list[str]:
    """List the flags of a command."""
    return sorted(flag for one in inspect.signature(command).parameters.values() for flag in narrow._of(one)[0])


VALUES = ["5", "-5", "-", "a.txt", "auto", "daniel", "x=y", "", "--", "--nothing", "-h", "--help", "1.5", "http://a"]


@pytest.mark.parametrize("name", COMMANDS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_same_call(name: str, data: st.DataObject) -> None:
    """Whatever the line and the environment, the command is called with the same, or refused in the same words."""
    command = COMMANDS[name]
    flag = st.sampled_from(flags_of(command))
    token = st.one_of(flag, st.sampled_from(VALUES), st.builds("{}={}".format, flag, st.sampled_from(VALUES)))
    arguments = data.draw(st.lists(token, max_size=5))
    variables = [one for p in inspect.signature(command).parameters.values() for one in narrow._of(p)[1]]
    chosen = st.dictionaries(st.sampled_from(variables or ["UNUSED"]), st.sampled_from(VALUES), max_size=2)
    with patch.dict(os.environ, data.draw(chosen)):
        received(command, arguments)


def test_builds_what_the_line_names() -> None:
    """Leave out what is not on the line, and nothing where something is unknown."""
    names = set(inspect.signature(narrow.narrowed(say.say, ["Hello", "-v", "x", "--play"])).parameters)
    assert names == {"ctx", "words", "voice", "play"}
    for line in (["-vx"], ["--help"], ["--voise", "x"], ["-5"]):
        assert narrow.narrowed(say.say, line) is say.say
    assert set(inspect.signature(narrow.narrowed(say.say, ["--", "--help"])).parameters) == {"ctx", "words"}


def test_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build what a variable is set for."""
    monkeypatch.setenv("LIGHTNING_TTS_VOICE", "zorin")
    assert set(inspect.signature(narrow.narrowed(say.say, [])).parameters) == {"ctx", "words", "voice"}


def test_configuration_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Build everything where a file may say something about it."""
    monkeypatch.setenv("LIGHTNING_TTS_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").write_text('voice = "zorin"\n')
    assert narrow.narrowed(say.say, ["Hello"]) is say.say


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("say Hello --pitch 3", "No such option: --pitch"),
        ("say Hello --sped 1", "--speed"),
        ("say Hello --voice", "requires an argument"),
        ("say Hello --max-chars many", "is not a valid int"),
        ("say Hello --markup html", "is not one of"),
    ],
)
def test_refusals_read_the_same(line: str, words: str) -> None:
    """Say what is wrong with a line as the whole command does."""
    ended = lightning(*line.split())
    assert ended.code == 2
    assert words in ended.stderr
