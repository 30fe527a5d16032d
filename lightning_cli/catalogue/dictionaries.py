"""Pronunciation dictionaries, and which of them belongs to which file: the API gives dictionaries no names.

A state file records, per service and absolute path, the dictionaries that hold or held the file's words. What the
service lists decides: a record that it does not confirm is ignored, and losing the file costs at most one
more dictionary. Only a dictionary made from this very file, and shared with no other, is ever changed; one found
equal is used as it is, since it may belong to another user.

The calls for pronunciation dictionaries (protocol.md 1.6). A dictionary has an id and items, and no name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning_cli.errors import ProtocolError
from lightning_cli.system import paths
from lightning_cli.system.file_lock import locked
from lightning_cli.system.small_files import read_json, write_json
from lightning_cli.text.wordlist import load_words

if TYPE_CHECKING:
    from lightning_cli.client.service import SpeechClient

_PATH = "/pronunciation-dicts"


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A dictionary of the service: pairs of word and pronunciation, and when it was made, if stated."""

    id: str
    items: tuple[tuple[str, str], ...]
    created_at: str | None = None

    def holds(self, words: Mapping[str, str]) -> bool:
        """Return whether these are exactly its items, in whatever order."""
        return set(self.items) == set(words.items())


def list_dictionaries(client: "SpeechClient") -> list[Dictionary]:
    """Return every dictionary of the account; raises what ``SpeechClient.call`` raises."""
    answer = client.call("GET", _PATH)
    if not isinstance(answer, list):
        raise ProtocolError("the service's list of dictionaries is not a list", hint="check --base-url")
    return [found for found in map(_parsed, answer) if found]


def create_dictionary(client: "SpeechClient", words: Mapping[str, str]) -> str:
    """Create a dictionary and return its id; raises what ``SpeechClient.call`` raises."""
    made = _parsed(client.call("POST", _PATH, {"items": _items(words)}))
    if made is None:
        raise ProtocolError("the service made a dictionary without an id", hint="see: lightning-tts dicts list")
    return made.id


def replace_dictionary(client: "SpeechClient", dictionary_id: str, words: Mapping[str, str]) -> None:
    """Replace all items of a dictionary; raises what ``SpeechClient.call`` raises."""
    client.call("PUT", _PATH, {"id": dictionary_id, "items": _items(words)})


def delete_dictionary(client: "SpeechClient", dictionary_id: str) -> None:
    """Delete a dictionary; raises what ``SpeechClient.call`` raises."""
    client.call("DELETE", _PATH, {"id": dictionary_id})


def _items(words: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"word": word, "pronunciation": sound} for word, sound in words.items()]


def _parsed(value: object) -> Dictionary | None:
    """Read one dictionary; None for what has no id and so cannot be used."""
    if not isinstance(value, dict):
        return None
    found_id, items, created = value.get("id"), value.get("items"), value.get("createdAt")
    if not isinstance(found_id, str) or not found_id.strip():
        return None
    pairs = [
        (item["word"], item["pronunciation"])
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and isinstance(item.get("word"), str) and isinstance(item.get("pronunciation"), str)
    ]
    return Dictionary(found_id, tuple(pairs), created if isinstance(created, str) else None)


# Another process that syncs holds the lock for a few requests; after this long two equal dictionaries are the lesser
# evil.
_LOCK_WAIT_S = 30.0
# How many dictionaries are remembered per file: one for each account it is used with.
_REMEMBERED = 8
_VERSION = 1


@dataclass(frozen=True, slots=True)
class SyncResult:
    """The dictionary that holds the file now and what was done: unchanged, found, created or updated.

    ``remembered`` is False when the state file could not be written.
    """

    id: str
    action: str
    remembered: bool


@dataclass(frozen=True, slots=True)
class _Link:
    """A link from a dictionary to a file; ``made`` is True when it was made from that file."""

    id: str
    made: bool


def ensure_dictionary(client: "SpeechClient", path: Path, base_url: str) -> str:
    """Return the id of a dictionary with exactly the words of ``path``, making or changing one if need be.

    Raises ``UsageFault`` for a bad file before anything is sent, and what ``SpeechClient.call`` raises.
    """
    return sync_words(client, load_words(path), path, base_url).id


def sync_words(client: "SpeechClient", words: Mapping[str, str], path: Path, base_url: str) -> SyncResult:
    """Sync words that were already read; return the dictionary and what was done.

    Processes of one account take turns by a lock file, so that the same file synced twice at once is created once.
    """
    state = paths.state_dir() / "dictionaries.json"
    with locked(state.with_suffix(".lock"), _LOCK_WAIT_S):
        memory = _Memory(state, base_url.rstrip("/"), str(path.resolve()))
        listed = {found.id: found for found in list_dictionaries(client)}
        link, action = _settled(client, words, listed, memory)
        return SyncResult(link.id, action, memory.remember(link))


def _settled(
    client: "SpeechClient", words: Mapping[str, str], listed: Mapping[str, Dictionary], memory: "_Memory"
) -> tuple[_Link, str]:
    known = [link for link in memory.links() if link.id in listed]
    for link in known:
        if listed[link.id].holds(words):
            return link, "unchanged"
    own = next((link for link in known if link.made and not memory.is_shared(link.id)), None)
    if own and memory.ids_follow_words:
        # Audio made with the previous words is known by their id; it must not pass for made with these.
        made = _Link(create_dictionary(client, words), made=True)
        delete_dictionary(client, own.id)
        return made, "updated"
    if own:
        replace_dictionary(client, own.id, words)
        return own, "updated"
    equal = next((found for found in listed.values() if found.holds(words)), None)
    if equal:
        return _Link(equal.id, made=False), "found"
    return _Link(create_dictionary(client, words), made=True), "created"


class _Memory:
    """The state file for one service and one path; a file of another shape counts as empty."""

    def __init__(self, state: Path, base_url: str, path: str) -> None:
        self._state = state
        self._base_url = base_url
        # The offline engine's dictionaries: its ids stand for their words.
        self.ids_follow_words = base_url.startswith("local://")
        self._path = path
        read: Any = read_json(state)
        files = read.get("files") if isinstance(read, dict) and read.get("version") == _VERSION else None
        self._files: dict[str, Any] = files if isinstance(files, dict) else {}

    def links(self) -> list[_Link]:
        """Return the dictionaries tied to the path, the latest first."""
        return _links(self._here().get(self._path))

    def is_shared(self, dictionary_id: str) -> bool:
        """Return whether another path is tied to this dictionary."""
        others = (_links(value) for path, value in self._here().items() if path != self._path)
        return any(link.id == dictionary_id for links in others for link in links)

    def remember(self, link: _Link) -> bool:
        """Store ``link`` for the path; return False when it could not be written."""
        before = self.links()
        after = [link, *(other for other in before if other.id != link.id)][:_REMEMBERED]
        if after == before:
            return True
        here = {**self._here(), self._path: [{"id": one.id, "made": one.made} for one in after]}
        return write_json(self._state, {"version": _VERSION, "files": {**self._files, self._base_url: here}})

    def _here(self) -> dict[str, Any]:
        here = self._files.get(self._base_url)
        return here if isinstance(here, dict) else {}


def _links(value: object) -> list[_Link]:
    listed = value if isinstance(value, list) else []
    return [
        _Link(one["id"], one.get("made") is True)
        for one in listed
        if isinstance(one, dict) and isinstance(one.get("id"), str)
    ]
