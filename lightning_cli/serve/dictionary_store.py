"""Pronunciation dictionaries kept on disk, and applied to text before it is spoken (protocol.md 1.6)."""

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lightning_cli.local.validation import Issue
from lightning_cli.system import store

_LOCK_WAIT_S = 10.0
# Spellings may lengthen a text; an engine fed a book instead of a paragraph would speak for days.
_SPOKEN_LIMIT_CHARS = 100_000
_STORE_LIMIT_CHARS = 8 * 1024 * 1024
_SURROGATE = re.compile("[\ud800-\udfff]")
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


class DictionaryFault(Exception):
    """A request names a dictionary that is not there, or one that cannot be applied; the text is the message."""


class DictionaryStore:
    """Keep dictionaries in one file, locked while it is changed; several servers may share it."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or store.state_dir() / "serve" / "dictionaries.json"

    def all(self) -> list[dict[str, Any]]:
        """List the dictionaries as the service shows them."""
        return list(self._read().values())

    def create(self, items: list[dict[str, str]]) -> dict[str, Any] | None:
        """Add one; None when it cannot be stored."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        made: dict[str, Any] = {"id": secrets.token_hex(12), "items": items, "createdAt": now}
        return made if self._change(made["id"], made) else None

    def replace(self, dictionary_id: str, items: list[dict[str, str]]) -> bool | None:
        """Replace the words of one; None when there is none of that id, False when it cannot be stored."""
        known = self._read().get(dictionary_id)
        return None if known is None else self._change(dictionary_id, {**known, "items": items})

    def delete(self, dictionary_id: str) -> bool | None:
        """Remove one; None when there is none of that id, False when that cannot be stored."""
        return None if dictionary_id not in self._read() else self._change(dictionary_id, None)

    def respell(self, text: str, ids: Sequence[str]) -> str:
        """Write ``text`` as it is to be said: whole words, exact case. Raises ``DictionaryFault``."""
        if not ids:
            return text
        known = self._read()
        sounds: dict[str, str] = {}
        for one in ids:
            if one not in known:
                raise DictionaryFault("Invalid input data")
            for item in known[one]["items"]:
                sounds.setdefault(item["word"], item["pronunciation"])
        words = sorted(sounds, key=len, reverse=True)
        pattern = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words))
        length = len(text) + sum(len(sounds[found[0]]) for found in pattern.finditer(text))
        if length > _SPOKEN_LIMIT_CHARS:
            raise DictionaryFault("the pronunciations make the text too long")
        return pattern.sub(lambda found: sounds[found[0]], text)

    def _change(self, dictionary_id: str, dictionary: dict[str, Any] | None) -> bool:
        with store.locked(self._path.with_suffix(".lock"), _LOCK_WAIT_S):
            known = self._read()
            if dictionary is None:
                known.pop(dictionary_id, None)
            else:
                known[dictionary_id] = dictionary
            size = sum(
                len(item["word"]) + len(item["pronunciation"]) for one in known.values() for item in one["items"]
            )
            if dictionary is not None and size > _STORE_LIMIT_CHARS:
                return False
            return store.write_json(self._path, {"version": 1, "dictionaries": list(known.values())})

    def _read(self) -> dict[str, dict[str, Any]]:
        stored: Any = store.read_json(self._path)
        listed = stored.get("dictionaries") if isinstance(stored, dict) else None
        return {one["id"]: one for one in listed if _is_whole(one)} if isinstance(listed, list) else {}


def _is_whole(one: object) -> bool:
    return isinstance(one, dict) and isinstance(one.get("id"), str) and not item_issues(one.get("items"))


def item_issues(items: object) -> list[Issue]:
    """List what is wrong with the words of a dictionary, in the words of the service's validator."""
    if not isinstance(items, list):
        return [_wrong_type(["items"], "array", items, absent=items is None)]
    if not items:
        message = "Array must contain at least 1 element(s)"
        return [_too_small(["items"], "array", message)]
    issues: list[Issue] = []
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            issues.append(_wrong_type(["items", index], "object", item))
            continue
        for name in ("word", "pronunciation"):
            issues += text_issues(["items", index, name], item.get(name), absent=name not in item)
    return issues


def text_issues(path: list[str | int], value: object, *, absent: bool) -> list[Issue]:
    """List what is wrong with a text that must be there and not empty."""
    if not isinstance(value, str):
        return [_wrong_type(path, "string", value, absent=absent)]
    if _SURROGATE.search(value):
        return [{"code": "custom", "path": path, "message": "Invalid Unicode"}]
    return [] if value.strip() else [_too_small(path, "string", "String must contain at least 1 character(s)")]


def _wrong_type(path: list[str | int], expected: str, value: object, *, absent: bool = False) -> Issue:
    received = "undefined" if absent else "null" if value is None else _TYPES[type(value)]
    message = "Required" if absent else f"Expected {expected}, received {received}"
    return {"code": "invalid_type", "expected": expected, "received": received, "path": path, "message": message}


def _too_small(path: list[str | int], kind: str, message: str) -> Issue:
    head = {"code": "too_small", "minimum": 1, "type": kind, "inclusive": True, "exact": False}
    return {**head, "message": message, "path": path}
