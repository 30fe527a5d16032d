"""The commands ``cache``: the audio that batch keeps, so that nothing is spoken twice."""

import time
from pathlib import Path

import typer

from lightning_cli.cli import options as opt
from lightning_cli.cli import options_other as more
from lightning_cli.cli.app import CONTEXT_SETTINGS
from lightning_cli.cli.terminal.console import Console
from lightning_cli.cli.terminal.listing import write_json, write_list
from lightning_cli.errors import ExitCode
from lightning_cli.narration.cache import DEFAULT_LIMIT_BYTES, MEGABYTE, SpeechCache
from lightning_cli.system import paths
from lightning_cli.system.counting import counted

_DAY_S = 86400.0

app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=CONTEXT_SETTINGS)


def speech_cache(directory: Path | None, limit_mb: int) -> SpeechCache:
    """Return the cache in ``directory``, else in the platform's place."""
    return SpeechCache(directory or paths.cache_dir() / "speech", limit_mb * MEGABYTE)


@app.callback(invoke_without_command=True)
def cache(ctx: typer.Context) -> None:
    """Inspect or prune cached batch audio.

    For example:

      lightning-tts cache info

      lightning-tts cache prune --cache-limit 500
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help(), err=True)
        raise typer.Exit(ExitCode.USAGE)


@app.command("info")
def info_command(
    directory: more.CacheDirectory = None,
    limit_mb: more.CacheLimit = DEFAULT_LIMIT_BYTES // MEGABYTE,
    as_json: opt.Json = False,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Print where the audio is kept, and how much there is.

    For example:

      lightning-tts cache info

      lightning-tts cache info --cache /shared/cache --json
    """
    console = Console(quiet=quiet)
    kept = speech_cache(directory, limit_mb)
    usage = kept.usage()
    about: dict[str, object] = {
        "directory": str(kept.root),
        "entries": usage.entries,
        "bytes": usage.size_bytes,
        "limit_bytes": kept.limit_bytes,
        "oldest_use_days": None if usage.oldest_s is None else round((time.time() - usage.oldest_s) / _DAY_S, 1),
    }
    if as_json:
        write_json(console, [about])
        return
    write_list(
        console, ("what", "value"), [[name, "" if value is None else str(value)] for name, value in about.items()]
    )


@app.command("prune")
def prune_command(
    directory: more.CacheDirectory = None,
    limit_mb: more.CacheLimit = DEFAULT_LIMIT_BYTES // MEGABYTE,
    everything: more.PruneAll = False,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Remove the least recently used audio above the size limit.

    For example:

      lightning-tts cache prune --cache-limit 500

      lightning-tts cache prune --all
    """
    kept = speech_cache(directory, limit_mb)
    removed = kept.prune(0 if everything else None)
    told = f"removed {counted(removed.entries, 'entry')}, freed {removed.size_bytes / MEGABYTE:.1f} MB"
    Console(quiet=quiet).note(told)
