"""The command ``serve``: the offline engine behind the service's protocol on a socket."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from lightning_cli.cli import options as opt
from lightning_cli.cli.terminal.console import Console
from lightning_cli.errors import ConfigError
from lightning_cli.serve.settings import (
    DEFAULT_PORT,
    EVENT_BYTES,
    TOKEN_VARIABLE,
    FaultSettings,
    ServeSettings,
    parse_faults,
    parse_origin,
    parse_retired_model,
    read_token,
)

_PREFIX = "LIGHTNING_TTS_SERVE_"


def serve(
    host: Annotated[
        str,
        typer.Option(
            metavar="HOST", envvar=_PREFIX + "HOST", help="Address to bind; anything but localhost requires a token."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, max=65535, envvar=_PREFIX + "PORT", help="Port to listen on; 0 picks a free one."
        ),
    ] = DEFAULT_PORT,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help=f"Require the token stored in FILE; default: {TOKEN_VARIABLE}.")
    ] = None,
    engine: Annotated[
        Literal["auto", "neural", "espeak"], typer.Option(envvar=_PREFIX + "ENGINE", help="Engine for English.")
    ] = "auto",
    concurrency: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            envvar=_PREFIX + "CONCURRENCY",
            help="Maximum simultaneous requests, 0 means no limit; more get 429.",
        ),
    ] = 1,
    event_bytes: Annotated[
        int, typer.Option(metavar="N", min=1, max=65536, help="The most audio that one event carries.")
    ] = EVENT_BYTES,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="Let web pages of this origin use the server (repeatable)."),
    ] = None,
    any_voice: Annotated[
        bool, typer.Option("--any-voice", help="Accept voices of the wrong model and unknown ones.")
    ] = False,
    expiry: Annotated[
        Literal["applied", "not-entitled", "unavailable"], typer.Option(help="What x-expire-content is answered.")
    ] = "not-entitled",
    complete_backoff: Annotated[
        int, typer.Option(metavar="MS", min=0, max=10000, help="Wait before 'complete' where the client names no time.")
    ] = 0,
    sse_dialect: Annotated[Literal["new", "seed"], typer.Option(help="Form of the events.")] = "new",
    wire_container: Annotated[
        Literal["raw", "first", "each"],
        typer.Option(
            help="In event streams of another format than pcm: PCM all the same, one header, or one per event."
        ),
    ] = "raw",
    retire_legacy: Annotated[
        Literal["404", "410"] | None, typer.Option(help="Rehearse the end of the lightning-v3.1 routes.")
    ] = None,
    retire_model: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL[=DAY]", help="Rehearse the end of a model: announced before DAY, refused from it."),
    ] = None,
    latency: Annotated[int, typer.Option(metavar="MS", min=0, max=600000, help="Wait before the first audio.")] = 0,
    rate: Annotated[
        float, typer.Option(metavar="X", min=0, help="Send audio X times as fast as it plays; 0: at once.")
    ] = 0,
    fail: Annotated[
        str, typer.Option(metavar="KIND:P,...", help="Fail by chance: a status, cut or stall, as in 429:0.2,cut:0.05.")
    ] = "",
    seed: Annotated[int | None, typer.Option(metavar="N", help="Make the chances of --fail repeatable.")] = None,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Run a local server that imitates the service using the offline engine.

    Commands without a key use the server while it runs. Ctrl-C ends it once the streams under way are finished.

    For example:

      lightning-tts serve

      lightning-tts serve --port 9000 --fail 429:0.2,cut:0.05 --seed 1
    """
    settings = ServeSettings(
        host=host,
        port=port,
        token=read_token(token_file, os.environ.get(TOKEN_VARIABLE)),
        engine=engine,
        concurrency=concurrency,
        event_bytes=event_bytes,
        dialect=sse_dialect,
        wire_container=wire_container,
        any_voice=any_voice,
        expiry=expiry,
        complete_backoff_ms=complete_backoff,
        allowed_origins=tuple(map(parse_origin, allow_origin or ())),
        faults=FaultSettings(
            latency_ms=latency,
            rate=rate,
            chances=parse_faults(fail),
            seed=seed,
            retired_status=int(retire_legacy) if retire_legacy else None,
            retired_models=tuple(map(parse_retired_model, retire_model or ())),
        ),
    )
    console = Console(quiet=quiet, verbose=verbose)
    try:
        from lightning_cli.serve.run import serve as run_server
    except ImportError as fault:
        from lightning_cli.system.install import install_command

        raise ConfigError(f"serve needs {fault.name}, which is not installed", hint=install_command("local")) from fault
    run_server(settings, console.note, console.detail)
