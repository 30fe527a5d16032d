"""The root command: a table of commands, each loaded only when it is named.

Building every command's options would make each run a third slower, so the root knows their names and first lines
from a table; a test holds the table to what the commands say themselves.
"""

import importlib
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from lightning_cli import __version__
from lightning_cli.errors import ExitCode

PROGRAM = "lightning-tts"
COMMANDS = {
    "say": "Speak text: play it, or write it to a file or pipe.",
    "batch": "Narrate many texts into files, and later only what changed.",
    "voices": "List the voices.",
    "dicts": "Manage pronunciation dictionaries.",
    "devices": "List the audio output devices.",
    "serve": "Serve the offline engine over the service's protocol, as a stand-in for it.",
    "cache": "Look at the audio kept for batch, and remove what was not used for long.",
}
EXIT_CODES = "Exit codes: " + "; ".join(f"{code.value} {code.meaning}" for code in ExitCode) + "."
CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(typer.core.TyperGroup):
    """Import a command's module when the command is asked for, and not before."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the framework's signature
        """Name the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the framework's signature
        """Load one command; None for a name that is none."""
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the framework's signature
        """List the commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def load_command(name: str) -> Any:
    """Build one command from its module."""
    module = importlib.import_module(f"lightning_cli.cli.{name}")
    # A module with commands of its own brings their group.
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=CONTEXT_SETTINGS)
        app.command(name, epilog=EXIT_CODES)(getattr(module, name))
    command = typer.main.get_command(app)
    command.name = name
    return command


def root_command() -> Any:
    """Build the root."""
    app = typer.Typer(
        cls=LazyGroup,
        add_completion=False,
        no_args_is_help=False,
        rich_markup_mode=None,
        context_settings=CONTEXT_SETTINGS,
        epilog=EXIT_CODES,
    )
    app.callback(invoke_without_command=True)(_root)
    return typer.main.get_command(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _root(
    ctx: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback acts on it
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Turn text into speech in a terminal, a pipe or a script."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(ExitCode.USAGE)
