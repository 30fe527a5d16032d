"""The values that completion offers, from files on disk; no network, no sound system.

Unreadable files are skipped.
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from lightning_cli.system import last_seen as known_cache
from lightning_cli.system.paths import directory_of
from lightning_cli.system.small_files import read_small

Values = list[tuple[str, str]]
Given = Mapping[str, str]
_PREFIX = "LIGHTNING_TTS_"
_LIMIT_BYTES = 4 * 1024 * 1024


def values_of(kind: str, known: Mapping[str, Any], given: Given) -> Values:
    """Return the values of a kind with what to show beside each; ``known`` holds those that never change."""
    if kind in _FROM_DISK:
        return _FROM_DISK[kind](known, given)
    return list(known.get(kind, {}).items()) if kind != "offline" else []


def _voices(known: Mapping[str, Any], given: Given) -> Values:
    """Offer the voices of the model and language that the line names; without a model, every one."""
    model = given.get("--model") or os.environ.get(_PREFIX + "MODEL")
    language = given.get("--language")
    offline = {} if "--cloud" in given else known["offline"]
    own = [(voice, f"offline, {code}") for voice, code in offline.items() if language in {None, "auto", code}]
    if "--local" in given or "--offline" in given:
        return own
    found = [
        (voice["id"], _described(voice))
        for voice in _records().values()
        if (model is None or voice.get("model") in {None, model})
        and (language in {None, "auto"} or language in (voice.get("languages") or [language]))
    ]
    return sorted(found) + own


def _described(voice: Mapping[str, Any]) -> str:
    languages = " ".join(_texts(voice.get("languages")))
    told = [voice.get("gender"), *_texts(voice.get("accents")), languages, voice.get("description")]
    if str(voice.get("model")).endswith("_pro"):
        told.append("Pro")
    return ", ".join(part for part in told if isinstance(part, str) and part)


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _records() -> dict[str, dict[str, Any]]:
    """Return the bundled voices and those of every cache, which take precedence, by id."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    files = [os.path.join(package, "data", "voices.json"), *_cached("voices-")]
    records: dict[str, dict[str, Any]] = {}
    for path in files:
        read = _read(path)
        listed = read.get("voices")
        for voice in listed if isinstance(listed, list) else []:
            if isinstance(voice, dict) and isinstance(voice.get("id"), str):
                records[voice["id"]] = voice
    return records


def _of_voices(field: str) -> Callable[[Mapping[str, Any], Given], Values]:
    """Offer the values of a field of the known voices."""

    def values(_known: Mapping[str, Any], _given: Given) -> Values:
        found = set()
        for voice in _records().values():
            value = voice.get(field)
            found.update(_texts(value if isinstance(value, list) else [value]))
        return [(value, "") for value in sorted(found)]

    return values


def _devices(_known: Mapping[str, Any], _given: Given) -> Values:
    """Offer the devices that were there when they were last listed; with the system's name where one is not enough."""
    kept = known_cache.read("devices.json").get("devices")
    devices = [
        (one["name"], one["host_api"])
        for one in (kept if isinstance(kept, list) else [])
        if isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("host_api"), str)
    ]
    names = [name for name, _ in devices]
    return [(name if names.count(name) == 1 else f"{name}, {host}", host) for name, host in devices]


def _dictionaries(_known: Mapping[str, Any], _given: Given) -> Values:
    """Offer the dictionaries that were listed last, of every account."""
    kept = known_cache.read("dictionaries.json").get("dictionaries")
    found: dict[str, str] = {}
    for listed in kept.values() if isinstance(kept, dict) else ():
        for one in listed if isinstance(listed, list) else []:
            if isinstance(one, dict) and isinstance(one.get("id"), str):
                found[one["id"]] = one["words"] if isinstance(one.get("words"), str) else ""
    return list(found.items())


def _profiles(_known: Mapping[str, Any], _given: Given) -> Values:
    """Offer the profiles of the configuration."""
    from lightning_cli.system import toml_text
    from lightning_cli.system.paths import config_path

    try:
        found = toml_text.parse(read_small(config_path(), _LIMIT_BYTES).decode()).get("profiles")
    except (OSError, ValueError, RecursionError):
        return []
    return [(name, "") for name in found] if isinstance(found, dict) else []


_FROM_DISK: dict[str, Callable[[Mapping[str, Any], Given], Values]] = {
    "voice": _voices,
    "gender": _of_voices("gender"),
    "accent": _of_voices("accents"),
    "age": _of_voices("age"),
    "use": _of_voices("use_cases"),
    "device": _devices,
    "dictionary": _dictionaries,
    "profile": _profiles,
}


def _cached(start: str) -> list[str]:
    directory = directory_of("cache")
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    return [os.path.join(directory, name) for name in sorted(names) if name.startswith(start)]


def _read(path: str) -> dict[str, Any]:
    try:
        read = json.loads(read_small(path, _LIMIT_BYTES, own=True))
    except (OSError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
