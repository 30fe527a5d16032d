"""What the configuration says about the place of the key."""

from typing import NamedTuple


class KeyPlaces(NamedTuple):
    """Name the places: a file, a command (a text for the shell, or its words), the keyring; and the profile in use."""

    file: str | None = None
    command: str | tuple[str, ...] | None = None
    keyring: bool = False
    profile: str | None = None
