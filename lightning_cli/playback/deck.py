"""A player with a memory: speech that is still being made can be paused, repeated, skipped and turned up or down.

    writer ──► tape ──► pump (thread lightning-deck) ──► player ──► device
               ten minutes           0.8 to 2 s

The writer may run ahead of the listener, so an answer is read as fast as it comes, also while playback is paused or
the listener has gone back; between two segments it waits until the listener is near.
"""

import queue
import threading
from collections.abc import Callable
from typing import Literal

from lightning_cli.audio.gain import LARGEST_PERCENT
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.audio.stretch import FASTEST, SLOWEST
from lightning_cli.errors import DeviceLost
from lightning_cli.playback.feed import PlayerStats
from lightning_cli.playback.history import History
from lightning_cli.playback.player_options import PlayerOptions
from lightning_cli.playback.pump import Pump, Sound, TapedPlayer
from lightning_cli.system.records import Record
from lightning_cli.system.watchdog import abandon_thread, is_stuck, sleep

__all__ = ["Deck", "DeckStatus"]

# PortAudio asks every sound system it knows; a second is slow, this is never.
OPEN_S = 10.0
# Room for the largest prebuffer that underruns can lead to, twice.
_RING_MS = 12_000
_NAP_S = 0.02

State = Literal["waiting", "playing", "paused", "skipping"]


class DeckStatus(Record):
    """Where the listener is, in seconds of audio, and what they hear."""

    state: State
    heard_s: float
    arrived_s: float
    # Whether all of it has arrived.
    is_complete: bool
    percent: int
    sentence: str
    rate: float = 1.0


class Deck:
    """Play one speech.

    Three kinds of callers, none of which needs a lock:

    *the writer*, one thread: ``start``, ``begin_sentence``, ``write``, ``commit``, ``rewind``, ``finish``, ``abort``;
    *commands*, any thread and any signal handler: ``toggle``, ``pause``, ``resume``, ``go``, ``set_volume``,
    ``set_rate``, ``change_volume``, ``change_rate``, ``hold``, ``quit``;
    *onlookers*, any thread: ``settle``, ``status``, ``stats``, ``limited_db``, ``has_quit``, ``is_silent``.
    """

    def __init__(
        self,
        fmt: PcmFormat,
        options: PlayerOptions,
        percent: int = 100,
        rate: float = 1.0,
        on_end: Callable[[], None] | None = None,
        on_idle: Callable[[], None] | None = None,
    ) -> None:
        """Make the tape; raises ``OutputError``.

        In the deck's thread, ``on_end`` is called as soon as the device was let go, and ``on_idle`` when all was heard
        and nothing follows it for a while.
        """
        self._history = History(fmt)
        ring_ms = max(_RING_MS, 2 * (options.prebuffer_ms or 0))
        self._player = TapedPlayer(fmt, options._replace(ring_ms=ring_ms))
        self._sound = Sound(fmt, percent, rate)
        self._pump = Pump(self._history, self._player, self._sound, on_idle)
        self._on_end = on_end
        self._thread = threading.Thread(target=self._run, name="lightning-deck")
        # Set by the writer.
        self._started = False
        self._unopened_s = 0.0
        # Set by commands: what was asked for, which the pump may not have come to yet.
        self._percent = percent
        self._rate = rate
        self.has_quit = False

    def start(self) -> None:
        """Begin to open the device; what goes wrong is raised by a later call of the writer."""
        self._started = True
        self._thread.start()

    def _run(self) -> None:
        try:
            self._pump.run()
        finally:
            if self._on_end is not None:
                self._on_end()

    def begin_sentence(self, text: str) -> None:
        """Set what the audio that follows says: this is a place to go to."""
        self._history.begin_sentence(text)

    def write(self, pcm: bytes) -> None:
        """Take whole frames; waits while the listener is far behind. Raises ``AudioError`` or ``OutputError``."""
        rest = memoryview(pcm)
        while rest and not self.has_quit:
            self._check()
            room = self._history.soft_room
            if room > 0:
                self._history.note_audio(rest[:room])
                rest = rest[self._history.tape.append(rest[:room]) :]
                if self._history.wants_data:
                    self._tell(_nothing)
            else:
                self._sleep()

    def commit(self) -> None:
        """Mark the end of a segment and wait until the listener is near; raises what ``write`` raises."""
        self._history.commit()
        self._tell(_nothing)
        while not self._history.may_go_on and not self.has_quit:
            self._sleep()
        self._check()

    def rewind(self) -> None:
        """Forget what came since the last ``commit``; what was heard of it is said again. Raises ``DeviceLost``."""
        to = self._history.committed
        done: queue.SimpleQueue[None] = queue.SimpleQueue()

        def rewind() -> None:
            self._pump.rewind(to)
            done.put(None)

        self._tell(rewind)
        while done.empty() and not self.has_quit:
            self._sleep()
        self._history.rewound()

    def finish(self) -> None:
        """Wait until the listener has heard all, however often they go back or pause; raises what ``write`` raises."""
        self._history.commit()
        self._history.ended = True
        self._tell(_nothing)
        while self._thread.is_alive():
            self._sleep()
        self._thread.join(OPEN_S)
        self._check()
        self._history.tape.close()

    def silence(self) -> None:
        """Fall silent as soon as possible, for good, and return before that; idempotent."""
        self._tell(self._pump.stop)

    def abort(self) -> None:
        """Fall silent, let the device go and forget the tape; idempotent, never raises."""
        self.silence()
        if self._thread.is_alive() and not is_stuck(self._thread):
            self._thread.join(OPEN_S)
            if self._thread.is_alive():
                abandon_thread(self._thread)
        if not self._thread.is_alive():
            self._history.tape.close()

    def toggle(self) -> None:
        """Pause, or play on."""
        if not self._pump.paused:
            self._pause_ahead()
        self._tell(self._pump.toggle)

    def pause(self) -> None:
        """Play silence until ``resume``."""
        self._pause_ahead()
        self._tell(lambda: self._pump.set_paused(paused=True))

    def resume(self) -> None:
        """Play on if it was paused."""
        self._tell(lambda: self._pump.set_paused(paused=False))

    def go(self, step: int) -> None:
        """Jump to the start of a sentence: -1 the one before, 0 this one, 1 the next."""
        self._tell(lambda: self._pump.go(step))

    def set_volume(self, percent: int) -> None:
        """Play at this volume from now on."""
        percent = min(max(percent, 0), LARGEST_PERCENT)
        if percent != self._percent:
            _load_numpy()
            self._percent = percent
            self._tell(lambda: self._pump.set_volume(percent))

    def change_volume(self, step_percent: int) -> None:
        """Turn the volume up or down."""
        self.set_volume(self._percent + step_percent)

    def set_rate(self, rate: float) -> None:
        """Speak this many times as fast from now on, at the same pitch."""
        rate = min(max(round(rate, 2), SLOWEST), FASTEST)
        if rate != self._rate:
            _load_numpy()
            self._rate = rate
            self._tell(lambda: self._pump.set_rate(rate))

    def change_rate(self, step: float) -> None:
        """Speak faster or slower."""
        self.set_rate(self._rate + step)

    @staticmethod
    def prepare() -> None:
        """Load what another volume or speed needs, so that the first change is heard at once; any thread."""
        _load_numpy()

    def hold(self, *, held: bool) -> None:
        """Play silence while the process is about to be stopped, or was."""
        self._tell(lambda: self._pump.hold(held=held))

    def quit(self) -> None:
        """Fall silent for good; from now on the writer's calls do nothing."""
        self.has_quit = True
        self.silence()

    @property
    def status(self) -> DeckStatus:
        """Return where the listener is."""
        history, fmt = self._history, self._history.fmt
        listening, sentence = history.listening, history.sentences[history.sentence_at(history.listening)]
        return DeckStatus(
            self._state(),
            fmt.seconds(listening),
            fmt.seconds(history.tape.written),
            history.ended,
            self._percent,
            sentence.text,
            self._rate,
        )

    def settle(self, within_s: float = 0.2) -> None:
        """Wait until what was asked for so far is done, but not for ever; any thread."""
        done = threading.Event()
        self._tell(done.set)
        waited_s = 0.0
        while self._thread.is_alive() and waited_s < within_s and not done.wait(_NAP_S):
            waited_s += _NAP_S

    @property
    def is_silent(self) -> bool:
        """Return whether it has ended and let the device go."""
        return self._started and not self._thread.is_alive()

    @property
    def percent(self) -> int:
        """Return the volume that was asked for."""
        return self._percent

    @property
    def rate(self) -> float:
        """Return the speed that was asked for."""
        return self._rate

    @property
    def heard_sentences(self) -> int:
        """Return how many sentences have begun to sound where the listener is."""
        return self._history.begun_by(self._history.listening_now()) if self._player.calls else 0

    @property
    def stats(self) -> PlayerStats:
        """Return the player's counts."""
        return self._player.stats

    @property
    def limited_db(self) -> float:
        """Return by how much the volume was reduced at most, so that nothing clipped; 0.0 if never."""
        return self._sound.volume.limited_db

    def _state(self) -> State:
        if self._pump.paused:
            return "paused"
        if self._pump.is_skipping:
            return "skipping"
        return "playing" if self._history.ended or (self._player.unheard and self._player.calls) else "waiting"

    def _pause_ahead(self) -> None:
        # On a busy machine the way through the pump is milliseconds longer. What it is told next decides all the same.
        if self._pump.opened and self._pump.inbox.empty():
            self._player.pause()

    def _tell(self, call: Callable[[], None]) -> None:
        self._pump.inbox.put(call)

    def _check(self) -> None:
        if self._pump.fault is not None:
            raise self._pump.fault

    def _sleep(self) -> None:
        """Wait a moment for the pump; raises what it met."""
        self._check()
        if not self._started:
            raise RuntimeError("the deck was not started")
        waited_s = sleep(_NAP_S)
        if not self._pump.opened:
            self._unopened_s += waited_s
        if self._unopened_s > OPEN_S:
            abandon_thread(self._thread)
            raise DeviceLost(
                f"the audio device did not open within {OPEN_S:g} s",
                hint="check the sound server, or write to a file with -o FILE",
            )


def _load_numpy() -> None:
    """Load numpy in the caller's thread, for the pump must not be kept waiting."""
    import numpy as np  # noqa: F401 - most listeners leave volume and speed alone, and it takes 100 ms to load


def _nothing() -> None:
    """Do nothing: the call wakes the pump."""
