"""The choice of how to play, apart from the player: it is made before a request, and the player loads behind it."""

from typing import Literal

from lightning_cli.system.records import Record


class PlayerOptions(Record):
    """Choose how to play.

    ``device`` is a name, a part of it, or an index; ``prebuffer_ms`` fixes how much is gathered before sound begins,
    None adapts it; ``ring_ms`` is how far writing may run ahead; ``lead_in_ms`` is silence before the first sound;
    ``latency`` is PortAudio's in seconds, or a word for the device's own; its high one is taken for 60 ms at least.
    """

    device: str | int | None = None
    prebuffer_ms: int | None = None
    ring_ms: int = 60_000
    latency: Literal["high", "low"] | float = "high"
    lead_in_ms: int = 0
