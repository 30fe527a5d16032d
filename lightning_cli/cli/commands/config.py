"""The commands ``config``: where the configuration is, what holds, and a way to change it."""

import json

import typer

from lightning_cli.cli import options as opt
from lightning_cli.cli import options_other as more
from lightning_cli.cli.app import CONTEXT_SETTINGS
from lightning_cli.cli.terminal.console import Console
from lightning_cli.cli.terminal.listing import write_json, write_list
from lightning_cli.errors import ExitCode
from lightning_cli.system import paths

_COLUMNS = ("key", "value", "source", "where")

app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=CONTEXT_SETTINGS)


@app.callback(invoke_without_command=True)
def config(ctx: typer.Context) -> None:
    """Show or edit the configuration.

    It is a TOML file whose keys are the long names of the options that have an environment variable. Flags take
    precedence over variables, variables over the profile, and the profile over the rest of the file.

    For example:

      lightning-tts config edit

      lightning-tts config show --profile work
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(ExitCode.USAGE)


@app.command("path")
def path_command(
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Print the path of the configuration file.

    For example:

      lightning-tts config path

      cp "$(lightning-tts config path)" backup.toml
    """
    console = Console(quiet=quiet)
    path = paths.config_path()
    console.result(str(path))
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        console.note("note: this file does not exist; create it with lightning-tts config edit")
    except OSError as fault:
        console.note(f"note: cannot read it ({fault.strerror})")


@app.command("show")
def show_command(
    profile: opt.Profile = None,
    only_set: more.OnlySet = False,
    as_json: opt.Json = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Print every value, and where it comes from.

    The values are those before flags. A key with a dot belongs to one command. The API key is never read, only its
    place.

    For example:

      lightning-tts config show --set

      lightning-tts config show --profile work --json
    """
    from lightning_cli.cli.config.config_report import DEFAULT, effective

    console, rows = Console(), effective(profile)
    if only_set:
        rows = [row for row in rows if row.source != DEFAULT]
    if as_json:
        write_json(console, (row._asdict() for row in rows))
        return
    write_list(console, _COLUMNS, [(row.key, _text(row.value), row.source, row.where or "") for row in rows])


@app.command("get")
def get_command(
    key: more.ConfigKey,
    profile: opt.Profile = None,
    as_json: opt.Json = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Print one value; nothing when it is not set.

    For example:

      lightning-tts config get voice

      lightning-tts config get batch.jobs
    """
    from lightning_cli.cli.config.config_report import effective, row_of

    console, row = Console(), row_of(effective(profile), key)
    if as_json:
        console.result(json.dumps(row.value))
    else:
        for one in row.value if isinstance(row.value, list) else [row.value]:
            if one is not None:
                console.result(_text(one))


@app.command("set")
def set_command(
    key: more.ConfigKey,
    value: more.ConfigValue,
    profile: more.InProfile = None,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Set one key and keep the rest, comments too.

    For example:

      lightning-tts config set voice avery

      lightning-tts config set batch.jobs 4 --profile work
    """
    _change(Console(quiet=quiet), key, value, profile)


@app.command("unset")
def unset_command(
    key: more.ConfigKey,
    profile: more.InProfile = None,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Take one key out of the file.

    For example:

      lightning-tts config unset voice

      lightning-tts config unset speed --profile work
    """
    _change(Console(quiet=quiet), key, None, profile)


@app.command("edit")
def edit_command(
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Edit the file, and save what is right.

    It opens in $VISUAL or $EDITOR. Before there is a file it begins as a list of every key, each commented out. What
    cannot be used is not saved.

    For example:

      lightning-tts config edit

      EDITOR=nano lightning-tts config edit
    """
    from lightning_cli.cli.config.config_edit import edit

    edit(Console(quiet=quiet), paths.config_path())


def _change(console: Console, key: str, value: list[str] | None, profile: str | None) -> None:
    from lightning_cli.cli.config.config_change import change, spot_of

    path = paths.config_path()
    if not change(path, spot_of(key, profile), value):
        console.note("nothing changed")
        return
    console.note(f"saved {path}")


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
