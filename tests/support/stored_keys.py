"""Keys that are given to login."""

import stat
from pathlib import Path

from support.command_line import Done, lightning

PLACES = ("flag", "variable", "file", "command", "keyring", "stored")


KEYS = {place: f"sk_{place}_0123456789" for place in (*PLACES, "profile")}


KEY = KEYS["stored"]


def piped(*arguments: str, key: str = KEY) -> Done:
    """Run login with a key on standard input; it is in no output."""
    done = lightning("login", *arguments, stdin=f"{key}\n".encode())
    assert done.stdout == b""
    assert key not in done.stderr
    return done


def mode_of(path: Path) -> int:
    """Return a file's permissions."""
    return stat.S_IMODE(path.stat().st_mode)
