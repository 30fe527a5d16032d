"""A configuration file for a test, and a command that is parsed as on the command line but not run."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from lightning_cli.cli.app import load_command, root_command
from lightning_cli.cli.names import PROGRAM
from lightning_cli.cli.settings_context import SettingsContext


def config_home() -> Path:
    """Return the directory of the test's own configuration."""
    return Path(os.environ["XDG_CONFIG_HOME"], "lightning-tts")


def configure(text: str) -> Path:
    """Write the test's configuration file."""
    path = config_home() / "config.toml"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def toml(table: Mapping[str, object]) -> str:
    """Write a table of plain values as TOML."""
    return "".join(f"{key} = {literal(value)}\n" for key, value in table.items())


def literal(value: object) -> str:
    """Write one value as TOML: JSON, but for DEL, and for numbers without a point or with an odd name."""
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def parsed(command: str, *arguments: str) -> SettingsContext:
    """Parse a command's arguments, with all that comes before and behind them, as its run would."""
    context: Any = typer.Context(root_command(), info_name=PROGRAM)
    found = load_command(command)
    words = list(arguments)
    while hasattr(found, "commands"):
        context = typer.Context(found, info_name=found.name, parent=context)
        found = found.commands[words.pop(0)]
    made = found.make_context(found.name, words, parent=context)
    assert isinstance(made, SettingsContext)
    made.key_places()
    return made
