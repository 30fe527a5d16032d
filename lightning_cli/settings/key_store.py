"""Storage of the key: in a file that this user alone can read, or in the system keyring.

A key in the keyring leaves a pointer in the place of the file, so that a look-up need not ask a keyring to find that
there is no key.
"""

import contextlib
import os
import stat
from pathlib import Path

from lightning_cli.errors import ConfigError
from lightning_cli.settings.key_programs import keyring_delete, keyring_set
from lightning_cli.settings.keys import KEYRING_NAME, KEYRING_POINTER, read_stored, stored_name, stored_path
from lightning_cli.system.small_files import make_private, replace_file

_INSTEAD = "set api-key-file in the configuration, or use --keyring"


def store_key(value: str, profile: str | None, *, in_keyring: bool) -> str:
    """Store a key, replacing what was stored, and return where; the other place is cleared.

    Raises ``ConfigError`` when it cannot be stored safely; what was stored is then as it was.
    """
    _check_replaceable(stored_path(profile))
    if in_keyring:
        keyring_set(stored_name(profile), value)
        path = _write(stored_path(profile), KEYRING_POINTER)
        return f"{KEYRING_NAME}, and {path} says so"
    was_pointer = _points_to_keyring(profile)
    path = _write(stored_path(profile), value)
    if was_pointer:
        keyring_delete(stored_name(profile))
    return f"{path}, readable by you alone"


def remove_key(profile: str | None, *, look_in_keyring: bool) -> list[str]:
    """Remove what is stored, and return every place it was removed from; raises ``ConfigError`` when one cannot be."""
    removed = []
    path = stored_path(profile)
    if (look_in_keyring or _points_to_keyring(profile)) and keyring_delete(stored_name(profile)):
        removed.append(KEYRING_NAME)
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as fault:
        raise ConfigError(f"{path} cannot be removed ({fault.strerror})", hint="remove it by hand") from fault
    else:
        removed.append(str(path))
    return removed


def _points_to_keyring(profile: str | None) -> bool:
    try:
        found = read_stored(profile)
    except ConfigError:
        # Not a file of ours: it points nowhere.
        return False
    return found is not None and found[0] == KEYRING_POINTER


def _write(path: Path, text: str) -> Path:
    """Write a file of mode 600 that has its name only when it is complete."""
    try:
        _make_private(path.parent)
        replace_file(path, f"{text}\n".encode("ascii"), synced=True)
    except OSError as fault:
        raise ConfigError(f"the key cannot be stored in {path} ({fault.strerror})", hint=_INSTEAD) from fault
    return path


def _make_private(directory: Path) -> None:
    """Make the directory, or make it this user's alone; a link may lead into a repository, so it is refused."""
    with contextlib.suppress(FileExistsError):
        make_private(directory)
    about = directory.lstat()
    if stat.S_ISLNK(about.st_mode):
        raise ConfigError(f"{directory} is a symbolic link; refusing to store a key behind it", hint=_INSTEAD)
    if os.name == "posix":
        if about.st_uid != os.getuid():
            raise ConfigError(f"{directory} belongs to another user", hint=_INSTEAD)
        if about.st_mode & 0o077:
            directory.chmod(0o700)


def _check_replaceable(path: Path) -> None:
    """Raise ``ConfigError`` for a link or anything but a plain file in the place of the key."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        kind = "a symbolic link" if stat.S_ISLNK(mode) else "not a plain file"
        hint = "remove it by hand" if stat.S_ISDIR(mode) else "lightning-tts logout removes it"
        raise ConfigError(f"{path} is {kind}", hint=hint)
