"""`logout`, after `login`."""

import os
import stat
from pathlib import Path

from support.command_line import Done, lightning
from support.config_files import config_home, parsed

from lightning_cli.settings.keys import KeyPlaces

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


def test_login_and_logout_in_a_pipe() -> None:
    """Store, replace and remove, each said with its place; a directory that others may read is closed to them."""
    path = config_home() / "key"
    path.parent.mkdir(mode=0o755)
    path.parent.chmod(0o755)
    assert piped().lines == [f"stored the key in {path}, readable by you alone"]
    assert mode_of(path.parent) == 0o700
    assert piped("--profile", "new", key=KEYS["profile"]).code == 0
    assert [file.read_text().strip() for file in (path, config_home() / "key-new")] == [KEY, KEYS["profile"]]
    assert parsed("say", "--profile", "new").key_places() == KeyPlaces(profile="new")
    done = lightning("logout")
    assert (done.code, done.lines) == (0, [f"removed the key from {path}"])
    assert os.listdir(config_home()) == ["key-new"]
    done = lightning("logout", "--profile", "new")
    assert done.lines == [f"removed the key of the profile new from {config_home()}/key-new"]
    assert lightning("logout").lines == ["no key is stored"]
