"""The command that changes this installation: pip, pipx or uv, whichever made it. Read only for hints."""

import importlib.metadata
import importlib.util
import json
import os
import shlex
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

_DISTRIBUTION = "lightning-tts"
# A module that each extra brings: pipx and uv are told all extras anew, or they take the others away.
_EXTRAS = {"local": "hibari", "espeak": "espeakng_loader", "keyring": "keyring", "tables": "python_calamine"}


def install_command(*extras: str, again: bool = False) -> str:
    """Return the command that adds ``extras`` to this installation, or with ``again`` repairs it."""
    prefix = Path(sys.prefix)
    if (prefix / "pipx_metadata.json").exists():
        return f"pipx install --force {_requirement(*_installed_extras(), *extras)}"
    if (prefix / "uv-receipt.toml").exists():
        return f"uv tool install {'--reinstall ' if again else ''}{_requirement(*_installed_extras(), *extras)}"
    is_active = sys.prefix == sys.base_prefix or os.environ.get("VIRTUAL_ENV") == sys.prefix
    if importlib.util.find_spec("pip") is None:
        where = "" if is_active else f"--python {shlex.quote(sys.executable)} "
        return f"uv pip install {where}{'--reinstall ' if again else ''}{_requirement(*extras)}"
    pip = "pip" if is_active else f"{shlex.quote(sys.executable)} -m pip"
    return f"{pip} install {'--force-reinstall ' if again else ''}{_requirement(*extras)}"


def _installed_extras() -> list[str]:
    return [extra for extra, module in _EXTRAS.items() if importlib.util.find_spec(module) is not None]


def _requirement(*extras: str) -> str:
    """Return what to install, quoted for a shell: where this installation came from, with ``extras``."""
    wanted = f"[{','.join(dict.fromkeys(extras))}]" if extras else ""
    source, is_editable = _source()
    quoted = shlex.quote(f"{source or _DISTRIBUTION}{wanted}")
    return f"-e {quoted}" if is_editable else quoted


def _source() -> tuple[str, bool]:
    """Return the directory that this was installed from, "" for an index, and whether it is used in place."""
    try:
        told = importlib.metadata.distribution(_DISTRIBUTION).read_text("direct_url.json")
        about = json.loads(told or "{}")
        url = urlsplit(str(about.get("url", "")))
    except (importlib.metadata.PackageNotFoundError, OSError, ValueError):
        return "", False
    if url.scheme != "file" or "dir_info" not in about:
        return "", False
    return unquote(url.path), bool(about["dir_info"].get("editable"))
