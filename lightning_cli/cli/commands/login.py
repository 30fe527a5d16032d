"""The command ``login``: keep the key where the next run finds it."""

import os
import sys
from typing import TYPE_CHECKING, cast

import typer

from lightning_cli.cli import options as opt
from lightning_cli.cli.terminal.console import Console, is_terminal
from lightning_cli.errors import ConfigError
from lightning_cli.request import KEY_VARIABLE
from lightning_cli.settings import key_store
from lightning_cli.settings.keys import KEY_FILE_LIMIT_BYTES, checked_key

if TYPE_CHECKING:
    from lightning_cli.cli.settings_context import SettingsContext

_KEYS_BEGIN = "sk_"


def login(
    ctx: typer.Context,
    profile: opt.Profile = None,  # noqa: ARG001 - read by the context
    keyring: opt.Keyring = False,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Store the API key.

    On a terminal the key is asked for and not shown; otherwise it is read from standard input. It goes into a file
    that you alone may read, or into the system keyring. With a profile it is the key of that profile.

    For example:

      lightning-tts login

      pass show smallest | lightning-tts login --profile work
    """
    console = Console(quiet=quiet)
    settings = cast("SettingsContext", ctx).configured
    places = settings.key_places()
    is_typed = is_terminal(sys.stdin)
    key = checked_key(_asked() if is_typed else _piped(), "what was typed" if is_typed else "standard input")
    if not key.value.startswith(_KEYS_BEGIN):
        console.warn(f"this does not look like an API key of the service (they begin with {_KEYS_BEGIN})")
    where = key_store.store_key(key.value, settings.profile, in_keyring=keyring or places.keyring)
    of_profile = f" of the profile {settings.profile}" if settings.profile else ""
    console.note(f"stored the key{of_profile} in {where}")
    first = KEY_VARIABLE if os.environ.get(KEY_VARIABLE, "").strip() else None
    first = first or ("api-key-file" if places.file else "key-command" if places.command else None)
    if first:
        console.warn(f"{first} is set and takes precedence over the stored key")


def _asked() -> str:
    import getpass

    try:
        return getpass.getpass("API key (input hidden): ").strip()
    except EOFError:
        return ""


def _piped() -> str:
    if sys.stdin is None:
        raise ConfigError("standard input is closed", hint="pass the key on standard input")
    raw = sys.stdin.buffer.read(KEY_FILE_LIMIT_BYTES + 1)
    return raw.decode("utf-8", "replace").strip() if len(raw) <= KEY_FILE_LIMIT_BYTES else ""
