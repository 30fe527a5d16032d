"""The deck as a sink: a listener at the keyboard can pause, go back, skip and turn the volume up or down."""

from typing import Protocol

from lightning_cli.audio import PcmFormat
from lightning_cli.deck import Deck
from lightning_cli.errors import Quit
from lightning_cli.player import PlayerOptions, PlayerStats


class Remote(Protocol):
    """Whatever passes the listener's wishes on to a deck."""

    def start(self, deck: Deck) -> None:
        """Begin; called in the thread that drives the sink."""

    def stop(self) -> None:
        """End and leave everything as it was; idempotent, never raises."""


class InteractiveSink:
    """Play what is written, as ``remote`` wishes.

    When the listener quits, a sink that is ``alone`` raises ``Quit`` from its next call; one beside others goes on
    taking audio, which nobody hears.
    """

    def __init__(self, options: PlayerOptions, remote: Remote, *, percent: int = 100, alone: bool = True) -> None:
        self._options = options
        self._remote = remote
        self._percent = percent
        self._alone = alone
        self._deck: Deck | None = None

    @property
    def stats(self) -> PlayerStats:
        """Give the counts so far; any thread."""
        return self._deck.stats if self._deck else PlayerStats()

    @property
    def limited_db(self) -> float:
        """Say by how much the volume was reduced at most, so that nothing clipped."""
        return self._deck.limited_db if self._deck else 0.0

    @property
    def heard_s(self) -> float:
        """Give where the listener is, in seconds of audio; any thread."""
        return self._deck.status.heard_s if self._deck else 0.0

    def start(self, fmt: PcmFormat) -> None:
        """Begin to open the device and return at once; what goes wrong is raised later. Raises ``OutputError``."""
        self._deck = Deck(fmt, self._options, self._percent)
        self._deck.start()
        self._remote.start(self._deck)

    def begin_sentence(self, text: str) -> None:
        """Say what the audio that follows says."""
        self._started().begin_sentence(text)

    def write(self, pcm: bytes) -> None:
        """Take whole frames; waits while the listener is far behind. Raises ``AudioError`` or ``OutputError``."""
        self._started().write(pcm)
        self._check_quit()

    def commit(self) -> None:
        """Mark the end of a segment and wait until the listener is near; raises what ``write`` raises."""
        self._started().commit()
        self._check_quit()

    def can_rewind(self) -> bool:
        """Say yes: what nobody has heard is taken back in silence, and the rest is said again."""
        return True

    def rewind(self) -> None:
        """Take back the segment as far as nobody has heard it; raises ``DeviceLost``."""
        self._started().rewind()
        self._check_quit()

    def finish(self) -> None:
        """Wait until the listener has heard all; raises what ``write`` raises."""
        self._started().finish()
        self._remote.stop()
        self._check_quit()

    def abort(self) -> None:
        """Fall silent at once, give the keyboard back and let the device go; idempotent, never raises."""
        if self._deck is not None:
            self._deck.silence()
        self._remote.stop()
        if self._deck is not None:
            self._deck.abort()

    def _check_quit(self) -> None:
        if self._alone and self._deck is not None and self._deck.has_quit:
            raise Quit

    def _started(self) -> Deck:
        if self._deck is None:
            raise RuntimeError("the sink was not started")
        return self._deck
