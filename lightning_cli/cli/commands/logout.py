"""The command ``logout``: remove the stored key from every place where it was stored."""

from typing import TYPE_CHECKING, cast

import typer

from lightning_cli.cli import options as opt
from lightning_cli.cli.terminal.console import Console
from lightning_cli.settings import key_store

if TYPE_CHECKING:
    from lightning_cli.cli.settings_context import SettingsContext


def logout(
    ctx: typer.Context,
    profile: opt.Profile = None,  # noqa: ARG001 - read by the context
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001 - read at the edge, which prints the traceback
) -> None:
    """Remove the stored API key.

    With --profile, removes only the key of that profile.

    For example:

      lightning-tts logout

      lightning-tts logout --profile work
    """
    console = Console(quiet=quiet)
    settings = cast("SettingsContext", ctx).configured
    of_profile = f" of the profile {settings.profile}" if settings.profile else ""
    removed = key_store.remove_key(settings.profile, look_in_keyring=settings.key_places().keyring)
    for place in removed:
        console.note(f"removed the key{of_profile} from {place}")
    if not removed:
        console.note(f"no key{of_profile} is stored")
