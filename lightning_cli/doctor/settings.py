"""The settings: the configuration's place, and the key's; never what the key is."""

import os
from collections.abc import Callable
from pathlib import Path

from lightning_cli.doctor.findings import Finding, failed, ok, warn
from lightning_cli.errors import ConfigError
from lightning_cli.keys import KEY_VARIABLE, Key


def config(path: Path, profile: str | None) -> Finding:
    """Tell which configuration holds; one that cannot be read has ended the command before this."""
    exists = os.path.exists(path)  # noqa: PTH110 - one that cannot be looked up is none, and Path's raises
    told = f"{path}" if exists else f"none at {path}"
    used = f", profile {profile}" if profile else ""
    return ok("configuration", told + used, path=str(path), exists=exists, profile=profile)


def key(find: Callable[[], Key | None], *, has_base_url: bool) -> tuple[Key | None, Finding]:
    """Look for the key once, and tell where it comes from."""
    try:
        found = find()
    except ConfigError as fault:
        return None, failed("key", fault)
    if found is not None and found.warning:
        return found, warn("key", f"from {found.source}", found.warning, source=found.source)
    if found is not None:
        return found, ok("key", f"from {found.source}", source=found.source)
    if has_base_url:
        return None, ok("key", "none; the server at --base-url is asked without one", source=None)
    hint = f"set {KEY_VARIABLE} to use the service"
    return None, warn("key", "none, so the offline engine speaks", hint, source=None)
