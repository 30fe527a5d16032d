"""Sinks that play: ``PlaybackSink`` alone, ``InteractiveSink`` with controls.

The second keeps a history: a listener can pause, go back, skip, and change volume and speed.
"""

import threading
from bisect import bisect_right
from typing import Protocol

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import DeviceLost, Quit
from lightning_cli.playback.deck import Deck
from lightning_cli.playback.history import onset
from lightning_cli.playback.player import Player, PlayerOptions, PlayerStats
from lightning_cli.system import trace
from lightning_cli.system.watchdog import abandon_thread, is_stuck

__all__ = ["PlaybackSink", "PlayerOptions", "PlayerStats"]

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
    def player(self) -> Player | None:
        """Return the player, None before ``start``; its ``stats``, ``pause`` and ``resume`` are for any thread."""
        return self._player

    @property
    def stats(self) -> PlayerStats:
        """Return the counts so far; any thread."""
        return self._player.stats if self._player else PlayerStats()

    @property
    def heard_s(self) -> float:
        """Return the seconds of audio that were heard; any thread."""
        player = self._player
        return player.heard_frames / player.device_rate if player else 0.0

    @property
    def heard_sentences(self) -> int:
        """Return how many sentences have begun to sound; any thread."""
        return bisect_right(self._onsets, self._player.heard_frames) if self._player and self._onsets else 0

    def begin_sentence(self, _text: str) -> None:
        """Mark the beginning of another sentence."""
        self._awaits_onset = True

    def start(self, fmt: PcmFormat) -> None:
        """Begin to open the device and return at once; what goes wrong is raised by the first ``write``."""
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
        if self._awaits_onset and (offset := onset(pcm, self._fmt)) is not None:
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

    def _opened(self) -> Player:
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


class DeckControls(Protocol):
    """Controls that pass the listener's commands on to a deck."""

    def start(self, deck: Deck) -> None:
        """Begin; called in the thread that drives the sink."""

    def stop(self) -> None:
        """End and leave everything as it was; idempotent, never raises."""


class InteractiveSink:
    """A sink that plays at any volume and speed, controlled by ``remote`` if there is one.

    When the listener quits, a sink that is ``alone`` raises ``Quit`` from its next call; one beside others goes on
    taking audio, which is not played.
    """

    def __init__(
        self,
        options: PlayerOptions,
        remote: DeckControls | None,
        *,
        percent: int = 100,
        rate: float = 1.0,
        alone: bool = True,
    ) -> None:
        self._options = options
        self._remote = remote
        self._percent = percent
        self._rate = rate
        self._alone = alone
        self._deck: Deck | None = None

    @property
    def stats(self) -> PlayerStats:
        """Return the counts so far; any thread."""
        return self._deck.stats if self._deck else PlayerStats()

    @property
    def limited_db(self) -> float:
        """Return the largest reduction that kept the audio from clipping, in dB."""
        return self._deck.limited_db if self._deck else 0.0

    @property
    def heard_s(self) -> float:
        """Return where the listener is, in seconds of audio; any thread."""
        return self._deck.status.heard_s if self._deck else 0.0

    @property
    def heard_sentences(self) -> int:
        """Return how many sentences have begun to sound where the listener is; any thread."""
        return self._deck.heard_sentences if self._deck else 0

    def start(self, fmt: PcmFormat) -> None:
        """Begin to open the device and return at once; what goes wrong is raised later. Raises ``OutputError``."""
        self._deck = Deck(fmt, self._options, self._percent, self._rate)
        self._deck.start()
        if self._remote is not None:
            self._remote.start(self._deck)

    def begin_sentence(self, text: str) -> None:
        """Set the sentence that the audio from here on speaks."""
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
        """Return True: unheard audio is taken back silently, and the segment is spoken again."""
        return True

    def rewind(self) -> None:
        """Take back the part of the segment that was not heard yet; raises ``DeviceLost``."""
        self._started().rewind()
        self._check_quit()

    def finish(self) -> None:
        """Wait until the listener has heard all; raises what ``write`` raises."""
        self._started().finish()
        if self._remote is not None:
            self._remote.stop()
        self._check_quit()

    def abort(self) -> None:
        """Fall silent at once, give the keyboard back and close the device; idempotent, never raises."""
        if self._deck is not None:
            self._deck.silence()
        if self._remote is not None:
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
