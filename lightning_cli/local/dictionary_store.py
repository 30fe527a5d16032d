"""Pronunciation dictionaries kept on disk, and applied to text before it is spoken (protocol.md 1.6)."""

import hashlib
import json
import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from lightning_cli.local.validation import Issue
from lightning_cli.system import paths
from lightning_cli.system.file_lock import locked
from lightning_cli.system.small_files import read_json, write_json

_LOCK_WAIT_S = 10.0
# Spellings may lengthen a text; an engine fed a book instead of a paragraph would speak for days.
_SPOKEN_LIMIT_CHARS = 100_000
# Of the file as it is written; its reader takes more.
_STORE_LIMIT_BYTES = 24 * 1024 * 1024
# A word is such a part or a row of them: it begins and ends where no letter or digit stands beside it.
_PART = re.compile(r"\w+|\W", re.DOTALL)
# Longer ones are not words, and looking for them would take time that grows with the square.
_LONGEST_PARTS = 200
# From each part to the parts behind it; None leads to the pronunciation of the word that ends there.
_Trie = dict[Any, Any]
_SURROGATE = re.compile("[\ud800-\udfff]")
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


class DictionaryFault(Exception):
    """A request names a dictionary that is not there, or one that cannot be applied; the text is the message."""


class DictionaryStore:
    """Keep dictionaries in one file, locked while it is changed; several servers may share it."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or paths.state_dir() / "serve" / "dictionaries.json"
        self._caching = threading.Lock()
        self._read_stamp: tuple[int, int, int] | None = None
        self._empty_stamp: tuple[int, int, int] | None = None
        self._known: dict[str, dict[str, Any]] = {}
        self._tries: dict[str, tuple[list[dict[str, str]], _Trie]] = {}

    def all(self) -> list[dict[str, Any]]:
        """List the dictionaries as the service shows them."""
        return list(self._read().values())

    def create(self, items: list[dict[str, str]], *, by_content: bool = False) -> dict[str, Any] | None:
        """Add one; None when it cannot be stored. ``by_content`` makes its id of its words: equal words, equal id."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        made: dict[str, Any] = {"id": secrets.token_hex(12), "items": items, "createdAt": now}
        if by_content:
            made["id"] = content_id(items)
        return made if self._change(made["id"], made) else None

    def replace(self, dictionary_id: str, items: list[dict[str, str]]) -> bool | None:
        """Replace the words of one; None when there is none of that id, False when it cannot be stored."""
        known = self._read().get(dictionary_id)
        return None if known is None else self._change(dictionary_id, {**known, "items": items})

    def delete(self, dictionary_id: str) -> bool | None:
        """Remove one; None when there is none of that id, False when that cannot be stored."""
        return None if dictionary_id not in self._read() else self._change(dictionary_id, None)

    def respell(self, text: str, ids: Sequence[str]) -> str:
        """Write ``text`` as it is to be said: whole words, exact case, the longest first. Raises ``DictionaryFault``.

        Each word of the text is looked up where it stands, so the time does not grow with the dictionaries.
        """
        if not ids:
            return text
        known = self._read()
        tries: list[_Trie] = []
        for one in dict.fromkeys(ids):
            if one not in known:
                raise DictionaryFault("Invalid input data")
            tries.append(self._trie(one, known[one]["items"]))
        parts = [found[0] for found in _PART.finditer(text)]
        spoken: list[str] = []
        length = place = 0
        while place < len(parts):
            best, best_end = parts[place], place + 1
            is_found = False
            for trie in tries:
                for end, pronunciation in _matches(trie, parts, place):
                    if not is_found or end > best_end:
                        best, best_end, is_found = pronunciation, end, True
            spoken.append(best)
            length += len(best)
            if length > _SPOKEN_LIMIT_CHARS:
                raise DictionaryFault("the pronunciations make the text too long")
            place = best_end
        return "".join(spoken)

    def _trie(self, dictionary_id: str, items: list[dict[str, str]]) -> "_Trie":
        with self._caching:
            kept = self._tries.get(dictionary_id)
        if kept is not None and kept[0] is items:
            return kept[1]
        root: _Trie = {}
        for item in items:
            node = root
            for part in _PART.findall(item["word"]):
                node = node.setdefault(part, {})
            node.setdefault(None, item["pronunciation"])
        with self._caching:
            self._tries[dictionary_id] = (items, root)
        return root

    def _change(self, dictionary_id: str, dictionary: dict[str, Any] | None) -> bool:
        with locked(self._path.with_suffix(".lock"), _LOCK_WAIT_S):
            known = dict(self._read())
            if not known and self._path.exists() and self._stamp() not in {None, self._empty_stamp}:
                return False  # there is something that cannot be read; it is not written over
            if dictionary is None:
                known.pop(dictionary_id, None)
            else:
                known[dictionary_id] = dictionary
            kept = {"version": 1, "dictionaries": list(known.values())}
            if dictionary is not None and len(json.dumps(kept, separators=(",", ":"))) > _STORE_LIMIT_BYTES:
                return False
            return write_json(self._path, kept)

    def _stamp(self) -> tuple[int, int, int] | None:
        """Return what tells one state of the file from another; None when there is no file."""
        try:
            about = self._path.stat()
        except OSError:
            return None
        return about.st_ino, about.st_mtime_ns, about.st_size

    def _read(self) -> dict[str, dict[str, Any]]:
        """Return the dictionaries by their ids, parsed once for each state of the file."""
        stamp = self._stamp()
        with self._caching:
            if stamp is not None and stamp == self._read_stamp:
                return self._known
        stored: Any = read_json(self._path)
        listed = stored.get("dictionaries") if isinstance(stored, dict) else None
        known = {one["id"]: one for one in listed if _is_whole(one)} if isinstance(listed, list) else {}
        with self._caching:
            self._read_stamp, self._known = stamp, known
            self._empty_stamp = stamp if listed == [] else None
            self._tries = {name: one for name, one in self._tries.items() if name in known}
        return known


def _matches(trie: "_Trie", parts: Sequence[str], place: int) -> Iterator[tuple[int, str]]:
    """Yield the words of a dictionary that stand at a place, with the place behind each, the shortest first."""
    if place and _is_word(parts[place - 1]) and not _is_word(parts[place]):
        return
    node = trie
    for end in range(place, min(len(parts), place + _LONGEST_PARTS)):
        following = node.get(parts[end])
        if following is None:
            return
        node = following
        glued = end + 1 < len(parts) and _is_word(parts[end + 1]) and not _is_word(parts[end])
        if None in node and not glued:
            yield end + 1, node[None]


def _is_word(part: str) -> bool:
    return part[0].isalnum() or part[0] == "_"


def content_id(items: list[dict[str, str]]) -> str:
    """Return the id that words have whatever their order."""
    pairs = sorted((item["word"], item["pronunciation"]) for item in items)
    return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()[:24]


def carry_out(
    dictionaries: DictionaryStore, method: str, fields: dict[str, Any], *, by_content: bool = False
) -> tuple[HTTPStatus, Any]:
    """Do what a request for dictionaries asks for; return the status and the body of the answer (protocol.md 1.6)."""
    if method == "GET":
        return HTTPStatus.OK, dictionaries.all()
    issues = text_issues(["id"], fields.get("id"), absent="id" not in fields) if method != "POST" else []
    if method != "DELETE":
        issues += item_issues(fields.get("items"))
    if issues:
        return HTTPStatus.BAD_REQUEST, {"error": "Invalid request body", "details": issues}
    outcome: bool | None
    answer: Any
    if method == "DELETE":
        outcome, answer = dictionaries.delete(fields["id"]), {"id": fields["id"], "deleted": True}
    else:
        items = [{"word": item["word"], "pronunciation": item["pronunciation"]} for item in fields["items"]]
        if method == "PUT":
            outcome, answer = dictionaries.replace(fields["id"], items), {"id": fields["id"], "items": items}
        else:
            answer = dictionaries.create(items, by_content=by_content)
            outcome = answer is not None
    if outcome is None:
        return HTTPStatus.NOT_FOUND, {"error": "Pronunciation dictionary not found"}
    if not outcome:
        return HTTPStatus.INSUFFICIENT_STORAGE, {"error": "The dictionary cannot be stored"}
    return HTTPStatus.OK, answer


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
