"""Sinks that play: ``PlaybackSink`` alone, ``InteractiveSink`` with controls.

The second keeps a history: a listener can pause, go back, skip, and change volume and speed. It waits for its turn.
"""

import contextlib
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import DeviceLost, Quit
from lightning_cli.playback.player_options import PlayerOptions
from lightning_cli.system import trace
from lightning_cli.system.watchdog import abandon_thread, is_stuck

if TYPE_CHECKING:
    from lightning_cli.playback.deck import Deck, DeckStatus
    from lightning_cli.playback.feed import PlayerStats
    from lightning_cli.playback.player import Player

__all__ = ["InteractiveSink", "PlaybackSink", "PlayerOptions"]

# PortAudio asks every sound system it knows; a second is slow, this is never.
OPEN_S = 10.0


class PlaybackSink:
    """A sink that plays; ``start`` opens the device in a thread, so that it hides behind the network's wait.

    The thread is not a daemon: a process that exits in the middle of PortAudio's start-up crashes. The first of
    ``write``, ``commit``, ``finish`` or ``abort`` joins it.
    """

    def __init__(self, options: PlayerOptions) -> None:
        self._options = options
        self._fmt = PcmFormat(0)
        self._player: Player | None = None
        self._thread: threading.Thread | None = None
        # Set by the thread before it ends, looked at after the join.
        self._fault: Exception | None = None
        self._segment_begin = 0
        # Where each sentence begins to sound, in frames of the device; the last may not sound yet.
        self._onsets: list[int] = []
        self._awaits_onset = False

    @property
    def player(self) -> "Player | None":
        """Return the player, None before ``start``; its ``stats``, ``pause`` and ``resume`` are for any thread."""
        return self._player

    @property
    def stats(self) -> "PlayerStats":
        """Return the counts so far; any thread."""
        return self._player.stats if self._player else _no_stats()

    @property
    def heard_sentences(self) -> int:
        """Return how many sentences have begun to sound; any thread."""
        return bisect_right(self._onsets, self._player.heard_frames) if self._player and self._onsets else 0

    def begin_sentence(self, _text: str) -> None:
        """Mark the beginning of another sentence."""
        self._awaits_onset = True

    def start(self, fmt: PcmFormat) -> None:
        """Begin to open the device and return at once; what goes wrong is raised by the first ``write``."""
        from lightning_cli.playback.player import Player

        self._fmt = fmt
        self._player = player = Player(fmt, self._options)

        def open_device() -> None:
            begun = trace.now()
            try:
                player.open()
                trace.mark(trace.DEVICE, begun)
            except Exception as fault:  # noqa: BLE001 - raised by the thread that joins this one
                self._fault = fault

        self._thread = threading.Thread(target=open_device, name="lightning-audio")
        self._thread.start()

    def write(self, pcm: bytes) -> None:
        """Take whole frames; waits for the device to be open and for room. Raises ``NoDevice`` or ``DeviceLost``."""
        player = self._opened()
        if self._awaits_onset:
            from lightning_cli.playback.history import onset

            if (offset := onset(pcm, self._fmt)) is not None:
                self._awaits_onset = False
                frames = offset // self._fmt.frame_bytes * player.device_rate // self._fmt.sample_rate
                self._onsets.append(player.written_frames + frames)
        player.write(pcm)

    def commit(self) -> None:
        """Mark the end of a segment; raises what ``write`` raises."""
        player = self._opened()
        self._segment_begin = player.mark()
        if self._awaits_onset:
            # It had no sound at all.
            self._awaits_onset = False
            self._onsets.append(player.written_frames)

    def can_rewind(self) -> bool:
        """Return True: unheard audio is taken back silently, and the segment is spoken again."""
        return True

    def rewind(self) -> None:
        """Take back the part of the segment that was not heard yet; raises ``DeviceLost``."""
        player = self._opened()
        player.withdraw(self._segment_begin)
        # What was heard stays: the segment begins anew after it.
        self._segment_begin = player.mark()
        if self._onsets and self._onsets[-1] >= player.written_frames:
            self._onsets.pop()
            self._awaits_onset = True

    def finish(self) -> None:
        """Play to the last frame and close the device; raises what ``write`` raises."""
        player = self._opened()
        player.end()
        player.drain()
        player.close()

    def abort(self) -> None:
        """Fall silent at once and close the device; idempotent, never raises."""
        if self._join() and self._player is not None:
            self._player.abort()

    def _opened(self) -> "Player":
        if self._player is None:
            raise RuntimeError("the sink was not started")
        if not self._join():
            raise DeviceLost(
                f"the audio device did not open within {OPEN_S:g} s",
                hint="check the sound server, or write to a file with -o FILE",
            )
        if self._fault is not None:
            raise self._fault
        return self._player

    def _join(self) -> bool:
        """Wait for the thread and return whether it has ended."""
        # A signal may have come before it was started.
        if self._thread is not None and self._thread.ident is not None:
            if is_stuck(self._thread):
                return False
            self._thread.join(OPEN_S)
            if self._thread.is_alive():
                abandon_thread(self._thread)
                return False
            self._thread = None
        return True


def _no_stats() -> "PlayerStats":
    """Return the counts of what has not played yet."""
    from lightning_cli.playback.feed import PlayerStats

    return PlayerStats()


@contextlib.contextmanager
def in_turn() -> Iterator[None]:
    """Wait for the turn to play and keep it for the block; where there are no turns the block runs without one."""
    from lightning_cli.playback.turn import Turn, directory_of_turns  # the command has its own way

    turn: Turn | None = None
    try:
        # Where all are sent away, one that cannot give up comes again.
        with contextlib.suppress(OSError), directory_of_turns() as directory:
            turn = Turn(directory)
            while turn.wait(None, lambda _: None) is not None:
                pass
        yield
    finally:
        if turn is not None:
            turn.release()


class DeckControls(Protocol):
    """Controls that pass the listener's commands on to a deck."""

    def start(self, deck: "Deck") -> None:
        """Begin; called in the thread that drives the sink."""

    def stop(self) -> None:
        """End and leave everything as it was; idempotent, never raises."""


class PlayTurn(Protocol):
    """The turn of this process among those that want to play."""

    def take(self) -> bool:
        """Wait for the turn; return False where nothing is to be played any more. In the thread that drives the sink.

        What it raises ends the run.
        """

    def when_near(self, call: Callable[[], None]) -> None:
        """Call ``call`` at once, or, where others wait too, when this is the next to play; never else."""

    def rest(self) -> None:
        """Note that nothing is to be said until ``take`` is called again; in the same thread."""

    def lend(self) -> None:
        """Release the turn if nothing is to be said just now; any thread."""

    def release(self) -> None:
        """Release the turn; idempotent, never raises, any thread."""


class InteractiveSink:
    """A sink that plays at any volume and speed, controlled by ``remotes`` if there are any.

    What plays loads and opens with the first sentence or audio, or when what ``opener`` returned is called. It begins
    to play when there is something to say and its ``turn`` has come, and gives the turn back as soon as the device is
    let go; a text that is still being written lends it to others while it pauses. When the listener quits, or the turn
    does not come, a sink that is ``alone`` raises ``Quit`` from its next call; one beside others goes on taking audio,
    which is not played.
    """

    def __init__(
        self,
        options: PlayerOptions,
        remotes: Sequence[DeckControls] = (),
        *,
        turn: PlayTurn,
        percent: int = 100,
        rate: float = 1.0,
        alone: bool = True,
    ) -> None:
        self._options = options
        self._remotes = remotes
        self._turn = turn
        self._percent = percent
        self._rate = rate
        self._alone = alone
        self._fmt: PcmFormat | None = None
        self._deck: Deck | None = None
        self._is_mute = False
        self._opens_later = False
        # What the first sentence says, until the deck is there.
        self._first_sentence: str | None = None

    @property
    def stats(self) -> "PlayerStats":
        """Return the counts so far; any thread."""
        return self._deck.stats if self._deck else _no_stats()

    @property
    def status(self) -> "DeckStatus | None":
        """Return where the listener is, None before anything is played; any thread."""
        return self._deck.status if self._deck else None

    @property
    def limited_db(self) -> float:
        """Return the largest reduction that kept the audio from clipping, in dB."""
        return self._deck.limited_db if self._deck else 0.0

    @property
    def heard_sentences(self) -> int:
        """Return how many sentences have begun to sound where the listener is; any thread."""
        return self._deck.heard_sentences if self._deck else 0

    def when_near(self, call: Callable[[], None]) -> None:
        """Call ``call`` when the turn is near."""
        self._turn.when_near(call)

    def start(self, fmt: PcmFormat) -> None:
        """Get ready to play, once there is something to say and the turn has come."""
        self._fmt = fmt

    def opener(self) -> Callable[[], None]:
        """Return what opens the device, for the driver to call; the first sentence then does not, only audio does."""
        self._opens_later = True
        return self._open

    def _open(self) -> None:
        self._opens_later = False
        if self._fmt is not None:
            self._playing()

    def begin_sentence(self, text: str) -> None:
        """Set the sentence that the audio from here on speaks."""
        if self._opens_later and self._deck is None:
            self._first_sentence = text
            if not self._is_mute:
                self._take_turn()
            return
        deck = self._playing()
        if deck is not None:
            if not self._turn.take():
                deck.quit()
                self._check_quit()
            deck.begin_sentence(text)

    def write(self, pcm: bytes) -> None:
        """Take whole frames; waits while the listener is far behind. Raises ``AudioError`` or ``OutputError``."""
        deck = self._playing()
        if deck is not None:
            deck.write(pcm)
            self._check_quit()

    def commit(self) -> None:
        """Mark the end of a segment and wait until the listener is near; raises what ``write`` raises."""
        deck = self._playing()
        if deck is not None:
            deck.commit()
            self._turn.rest()
            self._check_quit()

    def can_rewind(self) -> bool:
        """Return True: unheard audio is taken back silently, and the segment is spoken again."""
        return True

    def rewind(self) -> None:
        """Take back the part of the segment that was not heard yet; raises ``DeviceLost``."""
        deck = self._playing()
        if deck is not None:
            deck.rewind()
            self._check_quit()

    def finish(self) -> None:
        """Wait until the listener has heard all; raises what ``write`` raises."""
        deck = self._playing()
        if deck is not None:
            deck.finish()
            self._stop_remotes()
            self._check_quit()

    def abort(self) -> None:
        """Fall silent at once, give the keyboard back and close the device; idempotent, never raises."""
        if self._deck is not None:
            self._deck.silence()
        self._stop_remotes()
        if self._deck is not None:
            self._deck.abort()
        self._turn.release()

    def _take_turn(self) -> bool:
        """Wait for the turn; return False where nothing will be played."""
        if not self._turn.take():
            self._is_mute = True
            if self._alone:
                raise Quit
            return False
        return True

    def _begin(self) -> None:
        if self._fmt is None:
            raise RuntimeError("the sink was not started")
        if not self._take_turn():
            return
        from lightning_cli.playback.deck import Deck

        release, lend = self._turn.release, self._turn.lend
        self._deck = Deck(self._fmt, self._options, self._percent, self._rate, release, lend)
        self._deck.start()
        for remote in self._remotes:
            remote.start(self._deck)
        if self._first_sentence is not None:
            self._deck.begin_sentence(self._first_sentence)

    def _stop_remotes(self) -> None:
        for remote in reversed(self._remotes):
            remote.stop()

    def _check_quit(self) -> None:
        if self._alone and self._deck is not None and self._deck.has_quit:
            raise Quit

    def _playing(self) -> "Deck | None":
        """Return the deck, None where nothing is to be played."""
        if self._deck is None and not self._is_mute:
            self._begin()
        return self._deck
