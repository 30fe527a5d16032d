"""What each pronunciation dictionary contains, as a digest, so that audio made with other words counts as stale.

The service keeps dictionaries under ids whose content can change. A run asks for them once; what it heard is kept in
the cache, for runs that may send nothing.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lightning_cli import storage
from lightning_cli.client.dictionaries import list_dictionaries

if TYPE_CHECKING:
    # For the annotations alone; whoever has a client has loaded it.
    from lightning_cli.client.service import SpeechClient

ABSENT = "absent"


def ask_contents(client: "SpeechClient", ids: Collection[str], cache: Path, engine: str) -> Mapping[str, str]:
    """Ask the service for the digests of dictionaries and keep them; raises what ``SpeechClient.call`` raises."""
    listed = {one.id: one.items for one in list_dictionaries(client) if one.id in ids}
    found = {one: _digest(listed[one]) if one in listed else ABSENT for one in ids}
    path = _path(cache, engine)
    storage.write_json(path, {**_read(path), **found})
    return found


def kept_contents(ids: Collection[str], cache: Path, engine: str) -> Mapping[str, str]:
    """Give the digests that the last run heard; one that nobody asked for yet has none."""
    known = _read(_path(cache, engine))
    return {one: known.get(one, "unknown") for one in ids}


def _path(cache: Path, engine: str) -> Path:
    return cache / f"dictionaries-{hashlib.sha256(engine.encode()).hexdigest()[:16]}.json"


def _read(path: Path) -> dict[str, str]:
    known = storage.read_json(path)
    return {str(one): str(said) for one, said in known.items()} if isinstance(known, dict) else {}


def _digest(items: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256(json.dumps(sorted(items), ensure_ascii=False).encode()).hexdigest()
