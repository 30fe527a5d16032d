"""The calls that list voices (protocol.md 1.2, 6); what they answer is parsed in voices.py."""

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    # Importing the client costs a tenth of a second, and a fresh cache needs none.
    from lightning_cli.client.service import SpeechClient


def get_voices(client: "SpeechClient", pool: str) -> object:
    """Ask for the voices of one model; ``pool`` is the model's name in paths, as ``lightning-v3.1``.

    Raises what ``SpeechClient.call`` raises.
    """
    return client.call("GET", f"/{quote(pool, safe='')}/get_voices")


def get_all_voices(client: "SpeechClient") -> object:
    """Ask for the voices of every model at once; raises what ``SpeechClient.call`` raises."""
    return client.call("GET", "/voice/get-all-models")
