"""What a player needs from what carries its sound away: the promise that every output keeps."""

from typing import Protocol

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.playback.feed import Feed


class Output(Protocol):
    """Take sound out of a ring and play it; positions are the ring's, sizes in bytes of ``fmt``.

    One thread drives it. ``open`` comes first and may run in another thread that has ended.
    """

    # What the device takes: the rate may not be the one that was asked for.
    fmt: PcmFormat
    # From the ring to the ear, as far as it is known when the output is open.
    latency_s: float
    # How much silence the device puts before the first sound; the words come behind it.
    startup_fill_s: float
    # How much should lie ready for it.
    level_s: float

    def open(self, fmt: PcmFormat) -> None:
        """Get ready to play without a sound; raises ``NoDevice``."""

    def attach(self, feed: Feed, lead_in_bytes: int) -> None:
        """Take the sound from here; before ``start``. So much silence begins now, and no sound before its end."""

    def start(self) -> None:
        """Begin to play; raises ``DeviceLost``."""

    def wake(self) -> None:
        """Look at the feed anew: there is more in it, or it was paused or resumed."""

    def position(self) -> int:
        """Return the position that is about to leave for the ear; any thread."""

    def heard(self) -> int:
        """Return the position that the listener has heard up to; any thread."""

    def withdraw(self, to: int, fade_bytes: int) -> int:
        """Take back what lies after ``to`` as far as possible, and return where the next byte will be written.

        With ``fade_bytes`` what sounds falls silent over so much of it, which is kept.
        """

    def left_s(self) -> float:
        """Return how long it takes until all of it was heard, at least; 0.0 when it was."""

    def has_stopped(self) -> bool:
        """Return whether the device ended by itself."""

    def close(self) -> None:
        """Stop and let the device go; never raises, idempotent."""

    def abort(self) -> None:
        """Fall silent at once and let the device go; never raises, idempotent."""
