"""The calls for pronunciation dictionaries (protocol.md 1.6). A dictionary has an id and items, and no name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lightning_cli.errors import ProtocolError

if TYPE_CHECKING:
    # For the annotations alone; whoever has a client has loaded it.
    from lightning_cli.client.service import SpeechClient

_PATH = "/pronunciation-dicts"


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Hold a dictionary as the service has it: pairs of word and pronunciation, and when it was made, if it says."""

    id: str
    items: tuple[tuple[str, str], ...]
    created_at: str | None = None

    def holds(self, words: Mapping[str, str]) -> bool:
        """Say whether these are exactly its items, in whatever order."""
        return set(self.items) == set(words.items())


def list_dictionaries(client: "SpeechClient") -> list[Dictionary]:
    """Ask for every dictionary of the account; raises what ``SpeechClient.call`` raises."""
    answer = client.call("GET", _PATH)
    if not isinstance(answer, list):
        raise ProtocolError("the service's list of dictionaries is no list", hint="check --base-url")
    return [found for found in map(_parsed, answer) if found]


def create_dictionary(client: "SpeechClient", words: Mapping[str, str]) -> str:
    """Make a dictionary and give its id; raises what ``SpeechClient.call`` raises."""
    made = _parsed(client.call("POST", _PATH, {"items": _items(words)}))
    if made is None:
        raise ProtocolError("the service made a dictionary without an id", hint="see: lightning-tts dicts list")
    return made.id


def replace_dictionary(client: "SpeechClient", dictionary_id: str, words: Mapping[str, str]) -> None:
    """Give a dictionary new items in place of all it had; raises what ``SpeechClient.call`` raises."""
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
