"""Where the configuration and the stored keys are: read at every start, so the standard library's ``os`` alone."""

import os
import sys
from pathlib import Path

CONFIG_VARIABLE = "LIGHTNING_TTS_CONFIG"
PROFILE_VARIABLE = "LIGHTNING_TTS_PROFILE"
_PROGRAM = "lightning-tts"


def config_dir() -> Path:
    """Return the directory for what the person has set; the same as platformdirs' (held by a test).

    platformdirs takes 16 to 24 ms to import; where the rule is two lines (XDG Base Directory Specification 0.8) it is
    written out.
    """
    if sys.platform not in {"linux", "freebsd"}:  # pragma: no cover - the tests run on Linux
        import platformdirs

        return platformdirs.user_config_path(_PROGRAM, appauthor=False)
    root = os.environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(root):  # noqa: PTH117 - a Path here costs more than the rest
        root = os.path.expanduser("~/.config")  # noqa: PTH111 - the same
    return Path(root, _PROGRAM)


def config_path() -> Path:
    """Name the configuration file, which may not exist: the one the environment names, else the platform's."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else config_dir() / "config.toml"


def existing_config() -> Path | None:
    """Return the configuration file if there is one: one look at the disk."""
    path = config_path()
    try:
        path.stat()
    except OSError:
        # A file that was named must be there; in a home that cannot be entered there is none.
        return path if os.environ.get(CONFIG_VARIABLE) else None
    return path
