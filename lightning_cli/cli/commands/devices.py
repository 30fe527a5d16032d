"""The command ``devices``: where sound can go."""

from lightning_cli.cli import options as opt
from lightning_cli.cli.terminal.console import Console
from lightning_cli.cli.terminal.listing import write_json, write_list
from lightning_cli.playback.player import list_devices


def devices(
    as_json: opt.Json = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """List the audio output devices; an asterisk marks the default.

    For example:

      lightning-tts devices

      lightning-tts say "Hello" --device "$(lightning-tts devices --json | jq '.[0].index')"
    """
    console = Console(quiet=quiet, verbose=verbose)
    found = list_devices()
    if as_json:
        write_json(
            console,
            (
                {
                    "index": device.index,
                    "name": device.name,
                    "host_api": device.host_api,
                    "channels": device.channels,
                    "default_rate": device.default_rate,
                    "default": device.is_default,
                    "sink": device.sink or None,
                }
                for device in found
            ),
        )
        return
    rows = [
        (
            f"{device.index}{'*' if device.is_default else ''}",
            device.name,
            device.host_api,
            str(device.channels),
            str(device.default_rate),
        )
        for device in found
    ]
    write_list(console, ("index", "name", "system", "channels", "rate"), rows)
    if not found:
        console.note("note: no audio output device found")
