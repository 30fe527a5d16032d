"""The output devices and pronunciation dictionaries that were listed last, which completion offers.

Small files in the cache directory, read without a device or a network. Written only where something changed; one that
cannot be written is not a reason to fail.
"""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

from lightning_cli.system.paths import directory_of
from lightning_cli.system.small_files import read_small

_VERSION = 1
_LIMIT_BYTES = 4 * 1024 * 1024
# Words of a dictionary that are shown beside its id.
_SHOWN_CHARS = 60


class _Device(Protocol):
    """The stored fields of an output device."""

    @property
    def name(self) -> str:
        """Return its name."""

    @property
    def host_api(self) -> str:
        """Return the name of the sound system that has it."""

    @property
    def sink(self) -> str:
        """Return what the sound server calls it, which no other device is called; empty for another system's."""


_AnyDevice = TypeVar("_AnyDevice", bound=_Device)


def read(name: str) -> dict[str, Any]:
    """Read a file of the cache directory; empty for one that is absent or not what we write."""
    try:
        found = json.loads(read_small(os.path.join(directory_of("cache"), name), _LIMIT_BYTES, own=True))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and found.get("version") == _VERSION else {}


def remembered(devices: list[_AnyDevice]) -> list[_AnyDevice]:
    """Store which devices can play, and return them; any thread."""
    _keep("devices.json", {"devices": [{"name": one.sink or one.name, "host_api": one.host_api} for one in devices]})
    return devices


def remember_device(name: str, host_api: str) -> None:
    """Store a device that was played on beside those that were listed, unless one of this name was; any thread."""
    kept = read("devices.json").get("devices")
    others = kept if isinstance(kept, list) else []
    if not any(isinstance(one, dict) and one.get("name") == name for one in others):
        _keep("devices.json", {"devices": [*others, {"name": name, "host_api": host_api}]})


def remember_dictionaries(api_root: str, words_by_id: Mapping[str, Iterable[str]]) -> None:
    """Store the dictionaries that an account has at the service whose API is at ``api_root``."""
    listed = [{"id": one, "words": ", ".join(words)[:_SHOWN_CHARS]} for one, words in words_by_id.items()]
    kept = read("dictionaries.json").get("dictionaries")
    others = kept if isinstance(kept, dict) else {}
    _keep("dictionaries.json", {"dictionaries": {**others, api_root: listed}})


def _keep(name: str, value: Mapping[str, object]) -> None:
    told = {"version": _VERSION, **value}
    if read(name) == told:
        return
    # Written only when it changed, which is rare.
    from pathlib import Path

    from lightning_cli.system.small_files import write_json

    write_json(Path(directory_of("cache")) / name, told)
