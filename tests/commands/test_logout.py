"""`logout`, after `login`."""

import os

from support.command_line import lightning
from support.config_files import config_home, parsed
from support.stored_keys import KEY, KEYS, mode_of, piped

from lightning_cli.settings.keys import KeyPlaces


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
