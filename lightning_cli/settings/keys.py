"""The look-up of the API key, which is never taken from the command line and never shown.

The places, and the first that has one gives it: the file of --api-key-file, the variable, the file that the
configuration names, its key-command, the system keyring, and what ``lightning-tts login`` stored.
"""

import errno
import os
import stat
from pathlib import Path

from lightning_cli.errors import ConfigError
from lightning_cli.request import KEY_VARIABLE
from lightning_cli.system.paths import config_dir
from lightning_cli.system.records import Record
from lightning_cli.system.secret_words import keep_secret

KEY_FILE_LIMIT_BYTES = 4096
KEY_COMMAND_NAME = "the key-command"
KEYRING_NAME = "the system keyring"
# What stands in the stored file of a key that the keyring keeps: no key, since it has spaces.
KEYRING_POINTER = "the key is in the system keyring"


class Key(Record):
    """A key and the name of the place it came from; ``warning`` is a note about that for the user."""

    value: str
    source: str
    warning: str = ""

    def __repr__(self) -> str:
        return f"Key(from {self.source})"


def find_key(key_file: Path | None = None, places: "KeyPlaces | None" = None, *, asks: bool = True) -> Key | None:
    """Return the key; None when there is none. Without any, this costs one look at the disk.

    ``asks`` False is for a command that sends nothing: no program is asked, and the key that it would tell is a word
    that stands for it. Raises ``ConfigError`` for a place that cannot be used and for a key that cannot stand in a
    header.
    """
    if key_file is not None:
        return checked_key(_read(key_file, "--api-key-file"), f"the key file {key_file}")
    value = os.environ.get(KEY_VARIABLE, "").strip()
    if value:
        return checked_key(value, KEY_VARIABLE)
    if places is None:
        return _stored(None, asks=asks)
    if places.file is not None:
        return checked_key(_read(Path(places.file), "api-key-file"), f"the key file {places.file}")
    if places.command is not None:
        return _from_command(places.command, asks=asks)
    # A profile without a key of its own uses the one stored for all.
    names = (places.profile, None) if places.profile else (None,)
    kept = (_from_keyring(name, asks=asks) for name in names if places.keyring)
    stored = (_stored(name, asks=asks) for name in names)
    return next((key for keys in (kept, stored) for key in keys if key is not None), None)


def place_of_key(key_file: Path | None, places: "KeyPlaces | None") -> str | None:
    """Return the place where ``find_key`` would look first, without looking inside; None when it knows of no place."""
    if key_file is not None:
        return f"the key file {key_file}"
    if os.environ.get(KEY_VARIABLE, "").strip():
        return KEY_VARIABLE
    if places is not None and places.file is not None:
        return f"the key file {places.file}"
    if places is not None and places.command is not None:
        return KEY_COMMAND_NAME
    if places is not None and places.keyring:
        return KEYRING_NAME
    names = (places.profile, None) if places is not None and places.profile else (None,)
    stored = (path for path in map(stored_path, names) if os.path.lexists(path))
    return next((f"the stored key {path}" for path in stored), None)


def stored_path(profile: str | None) -> Path:
    """Return the path of the file that ``login`` writes; a profile has one of its own."""
    return config_dir() / stored_name(profile)


def stored_name(profile: str | None) -> str:
    """Return the name under which a key is stored, as a file and in the keyring."""
    return f"key-{profile}" if profile else "key"


def is_stored(profile: str) -> bool:
    """Return whether something is stored for a profile."""
    return os.path.lexists(stored_path(profile))


def checked_key(value: str, source: str, warning: str = "") -> Key:
    """Return the key of a text; raises ``ConfigError``, without repeating it, for what a header cannot hold."""
    if value.startswith((f"{KEY_VARIABLE}=", "export ", "Bearer ", "bearer ")):
        raise ConfigError(f"no valid API key in {source}", hint="give the key alone, with nothing before it")
    if any(sign in value for sign in "\"'`<>"):
        raise ConfigError(f"no valid API key in {source}", hint="give the key as it is, without quotes or brackets")
    too_long = len(value) > KEY_FILE_LIMIT_BYTES
    if not value or too_long or not (value.isascii() and value.isprintable()) or " " in value:
        raise ConfigError(
            f"no valid API key in {source}", hint="a key is one word of plain characters, beginning with sk_"
        )
    keep_secret(value)
    return Key(value, source, warning)


def read_stored(profile: str | None) -> tuple[str, int] | None:
    """Read the stored file and its permissions; None when there is none.

    Raises ``ConfigError`` for one that cannot be read, and for one that is not a plain file of this name.
    """
    path = stored_path(profile)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as fault:
        if fault.errno == errno.EACCES and not os.path.lexists(path):
            # A home that this user may not enter.
            return None
        problem = "is a symbolic link" if fault.errno == errno.ELOOP else f"cannot be read ({fault.strerror})"
        raise _unusable(path, problem) from fault
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise _unusable(path, "is not a plain file")
        return _text(os.read(descriptor, KEY_FILE_LIMIT_BYTES + 1)), stat.S_IMODE(about.st_mode)
    except OSError as fault:
        raise _unusable(path, f"cannot be read ({fault.strerror})") from fault
    finally:
        os.close(descriptor)


def _stored(profile: str | None, *, asks: bool) -> Key | None:
    found = read_stored(profile)
    if found is None:
        return None
    value, mode = found
    path = stored_path(profile)
    if value == KEYRING_POINTER:
        key = _from_keyring(profile, asks=asks)
        if key is None:
            raise ConfigError(f"{path} points to the system keyring, which has no key", hint="lightning-tts login")
        return key
    # Permissions are the POSIX kind.
    loose = os.name == "posix" and bool(mode & 0o077)
    warning = f"others may read the stored key (mode {mode:o}): chmod 600 {path}" if loose else ""
    return checked_key(value, f"the stored key {path}", warning)


def _from_command(command: str | tuple[str, ...], *, asks: bool) -> Key:
    if not asks:
        return Key("not-asked-for", KEY_COMMAND_NAME)
    from lightning_cli.settings.key_programs import first_line_of

    return checked_key(first_line_of(command, KEY_COMMAND_NAME), KEY_COMMAND_NAME)


def _from_keyring(profile: str | None, *, asks: bool) -> Key | None:
    if not asks:
        return Key("not-asked-for", KEYRING_NAME)
    from lightning_cli.settings.key_programs import keyring_get

    value = keyring_get(stored_name(profile))
    return checked_key(value, KEYRING_NAME) if value is not None else None


def _read(path: Path, named_by: str) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(KEY_FILE_LIMIT_BYTES + 1)
    except OSError as fault:
        raise ConfigError(
            f"cannot read the key file {path} ({fault.strerror})", hint=f"check {named_by} and its permissions"
        ) from fault
    return _text(raw)


def _text(raw: bytes) -> str:
    # A part of something longer is not a key.
    return raw.decode("utf-8", "replace").strip() if len(raw) <= KEY_FILE_LIMIT_BYTES else ""


def _unusable(path: Path, problem: str) -> ConfigError:
    return ConfigError(
        f"the stored key {path} {problem}", hint="remove it with lightning-tts logout, then run lightning-tts login"
    )


class KeyPlaces(Record):
    """The places of the key: a file, a command (a shell text, or its words), the keyring; and the profile in use."""

    file: str | None = None
    command: str | tuple[str, ...] | None = None
    keyring: bool = False
    profile: str | None = None
