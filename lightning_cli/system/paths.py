"""Every directory of the tool: configuration, cache, state and runtime, where the platform wants them.

platformdirs knows where that is. On Linux and FreeBSD its rule is two lines (XDG Base Directory Specification 0.8) and
is written out here, once: every run looks at the configuration before its request leaves, and importing platformdirs
costs it 2.4 ms (10.5 of 600 million instructions); a test holds the two to the same answer. ``os`` alone is loaded,
since the early connection and completion come here before anything else.
"""

import os
import sys

# typing would bring re and more.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

CONFIG_VARIABLE = "LIGHTNING_TTS_CONFIG"
PROFILE_VARIABLE = "LIGHTNING_TTS_PROFILE"
_PROGRAM = "lightning-tts"
# Where systemd makes a directory for each user who is logged in.
_SESSIONS = "/run/user"
_XDG = {
    "config": ("XDG_CONFIG_HOME", "~/.config"),
    "cache": ("XDG_CACHE_HOME", "~/.cache"),
    "state": ("XDG_STATE_HOME", "~/.local/state"),
}


class NotPrivate(PermissionError):
    """A directory that other users own or can enter."""


def directory_of(kind: str) -> str:
    """Return the directory for ``config``, ``cache`` or ``state`` as a text; it may not exist yet."""
    if sys.platform not in {"linux", "freebsd"}:  # pragma: no cover - the tests run on Linux
        import platformdirs

        return str(getattr(platformdirs, f"user_{kind}_dir")(_PROGRAM, appauthor=False))
    variable, usual = _XDG[kind]
    root = os.environ.get(variable, "")
    return os.path.join(root if os.path.isabs(root) else os.path.expanduser(usual), _PROGRAM)


def config_dir() -> "Path":
    """Return the directory for the user's settings."""
    from pathlib import Path

    return Path(directory_of("config"))


def cache_dir() -> "Path":
    """Return the directory for what can be fetched again."""
    from pathlib import Path

    return Path(directory_of("cache"))


def state_dir() -> "Path":
    """Return the directory for the tool's state."""
    from pathlib import Path

    return Path(directory_of("state"))


def runtime_dir() -> "Path":
    """Return the directory for what ends with the session: this user's own, in the temporary files if need be.

    Raises ``OSError`` where neither is to be had, as in a container in which nothing can be written.
    """
    from pathlib import Path

    home = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(home):
        return Path(home, _PROGRAM)
    user = os.getuid() if hasattr(os, "getuid") else 0
    # cron and sudo lose the variable: what they start must still meet what the session's shells start.
    session = Path(_SESSIONS, str(user))
    try:
        if session.lstat().st_uid == user and os.access(session, os.W_OK):
            return session / _PROGRAM
    except OSError:
        pass
    import tempfile

    return Path(tempfile.gettempdir(), f"{_PROGRAM}-{user}")


def private_runtime_dir() -> "Path":
    """Make the runtime directory if need be and return it; raise ``OSError`` where there can be none.

    Raise ``NotPrivate`` for one that other users own or can enter: nothing in it can be trusted.
    """
    from lightning_cli.system.small_files import make_private

    directory = runtime_dir()
    make_private(directory)
    check_private(directory, directory.lstat())
    return directory


def check_private(directory: "Path", found: os.stat_result) -> None:
    """Raise ``NotPrivate`` unless ``found`` describes a directory of this user that is closed to all others."""
    if found.st_uid != os.getuid():
        raise NotPrivate(f"{directory} belongs to another user")
    # A symbolic link is open to all.
    if found.st_mode & 0o077:
        raise NotPrivate(f"{directory} can be entered by other users")


def config_path() -> "Path":
    """Return the path of the configuration file, which may not exist: what the environment names, else the usual."""
    from pathlib import Path

    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else config_dir() / "config.toml"


def existing_config() -> "Path | None":
    """Return the configuration file if there is one: one look at the disk."""
    path = config_path()
    try:
        path.stat()
    except OSError:
        # A file that was named must be there; in a home that cannot be entered there is none.
        return path if os.environ.get(CONFIG_VARIABLE) else None
    return path
