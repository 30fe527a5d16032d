"""Where the API key comes from; it is never taken from the command line and never shown."""

import os
from pathlib import Path
from typing import NamedTuple

from lightning_cli.errors import ConfigError

KEY_VARIABLE = "SMALLEST_API_KEY"
KEY_FILE_LIMIT_BYTES = 4096


class Key(NamedTuple):
    """Hold a key and the name of the place it came from."""

    value: str
    source: str

    def __repr__(self) -> str:
        return f"Key(from {self.source})"


def find_key(key_file: Path | None = None) -> Key | None:
    """Find the key: ``key_file`` if given, else the environment variable; None when there is none.

    Raises ``ConfigError`` for a file that cannot be read and for a key that cannot stand in a header.
    """
    if key_file is not None:
        return _checked(_read(key_file), f"the key file {key_file}")
    value = os.environ.get(KEY_VARIABLE, "").strip()
    return _checked(value, KEY_VARIABLE) if value else None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(KEY_FILE_LIMIT_BYTES + 1)
    except OSError as fault:
        raise ConfigError(
            f"the key file {path} cannot be read ({fault.strerror})", hint="check --api-key-file and its permissions"
        ) from fault
    # A part of something longer is no key.
    return raw.decode("utf-8", "replace").strip() if len(raw) <= KEY_FILE_LIMIT_BYTES else ""


def _checked(value: str, source: str) -> Key:
    if not value or not (value.isascii() and value.isprintable()) or " " in value:
        raise ConfigError(
            f"{source} holds no usable key", hint="a key is one word of plain characters, beginning with sk_"
        )
    return Key(value, source)
