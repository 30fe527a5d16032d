"""The commands ``report``: what runs of ``batch`` have written with ``--report``."""

import json
from typing import Annotated

import typer

from lightning_cli.cli import options as opt
from lightning_cli.cli.app import CONTEXT_SETTINGS
from lightning_cli.cli.terminal.console import Console
from lightning_cli.errors import ExitCode
from lightning_cli.narration.reports import merge_reports, read_report

app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=CONTEXT_SETTINGS)


@app.callback(invoke_without_command=True)
def report(ctx: typer.Context) -> None:
    """Work with the reports of batch runs.

    For example:

      lightning-tts report merge r-*.json

      lightning-tts report merge first.json again.json > report.json
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(ExitCode.USAGE)


@app.command("merge")
def merge_command(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Reports, the later runs last.")],
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Print the reports of several runs as one, as of the slices of a table.

    For example:

      lightning-tts report merge r-*.json

      lightning-tts report merge r-1.json r-2.json > report.json
    """
    merged = merge_reports([read_report(name) for name in files])
    console = Console(quiet=quiet)
    for line in json.dumps(merged, indent=1).splitlines():
        console.result(line)
