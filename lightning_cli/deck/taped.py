"""A player whose filling can be looked at."""

from lightning_cli.player import Player
from lightning_cli.reserve import LEAST_S

# Taking back and putting again must be done before the device gets there: a block, and this.
_LEAD_MS = 20


class TapedPlayer(Player):
    """A player whose ring can be looked at; sizes in bytes at the device's rate."""

    @property
    def consumed(self) -> int:
        """Give the position that the device has come to."""
        return self._feed.ring.consumed

    @property
    def filled_to(self) -> int:
        """Give the position that was written to."""
        return self._feed.ring.written

    @property
    def unheard(self) -> int:
        """Give how much waits for the device."""
        return self._feed.ring.readable

    @property
    def need(self) -> int:
        """Give how much it wants to hold before it plays on."""
        return self._feed.prebuffer.need_bytes

    @property
    def calls(self) -> int:
        """Give how often the device has asked for audio; 0 before it was started."""
        return self._feed.calls

    @property
    def grace_s(self) -> float:
        """Give how long the device sounds, at least, after it has taken the last of the audio."""
        return max(self.latency_s - LEAST_S, 0.0) if self._feed.reserve is not None and self.calls else 0.0

    @property
    def is_marked(self) -> bool:
        """Say whether it was told that it holds a complete segment."""
        return self._feed.complete

    @property
    def lead(self) -> int:
        """Give how far ahead of the device what it holds may be changed."""
        return self._feed.block_bytes + self._fmt.bytes_in_ms(_LEAD_MS)

    def bytes_in_s(self, seconds: float) -> int:
        """Give the size of a time at the device's rate."""
        return self._fmt.bytes_in_ms(seconds * 1000)
