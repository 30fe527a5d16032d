"""The player as a sink: speech is heard while it is still being made."""

import threading

from lightning_cli import trace
from lightning_cli.audio import PcmFormat
from lightning_cli.errors import DeviceLost
from lightning_cli.patience import abandon, is_held
from lightning_cli.player import Player, PlayerOptions, PlayerStats

__all__ = ["PlaybackSink", "PlayerOptions", "PlayerStats"]

# PortAudio asks every sound system it knows; a second is slow, this is never.
OPEN_S = 10.0


class PlaybackSink:
    """Play what is written; ``start`` opens the device in a thread, so that it hides behind the network's wait.

    The thread is not a daemon: a process that exits in the middle of PortAudio's start-up crashes. The first of
    ``write``, ``commit``, ``finish`` or ``abort`` joins it.
    """

    def __init__(self, options: PlayerOptions) -> None:
        self._options = options
        self._player: Player | None = None
        self._thread: threading.Thread | None = None
        # Set by the thread before it ends, looked at after the join.
        self._fault: Exception | None = None
        self._segment_begin = 0

    @property
    def player(self) -> Player | None:
        """Give the player, None before ``start``; its ``stats``, ``pause`` and ``resume`` are for any thread."""
        return self._player

    @property
    def stats(self) -> PlayerStats:
        """Give the counts so far; any thread."""
        return self._player.stats if self._player else PlayerStats()

    @property
    def heard_s(self) -> float:
        """Give the seconds of audio that were heard; any thread."""
        player = self._player
        return player.stats.frames_played / player.device_rate if player else 0.0

    def start(self, fmt: PcmFormat) -> None:
        """Begin to open the device and return at once; what goes wrong is raised by the first ``write``."""
        self._player = player = Player(fmt, self._options)

        def open_device() -> None:
            begun = trace.now()
            try:
                player.open()
                trace.mark(trace.DEVICE, begun)
            except Exception as fault:  # noqa: BLE001 - a thread has no caller: whoever joins it raises this
                self._fault = fault

        self._thread = threading.Thread(target=open_device, name="lightning-audio")
        self._thread.start()

    def write(self, pcm: bytes) -> None:
        """Take whole frames; waits for the device to be open and for room. Raises ``NoDevice`` or ``DeviceLost``."""
        self._opened().write(pcm)

    def commit(self) -> None:
        """Mark the end of a segment; raises what ``write`` raises."""
        self._segment_begin = self._opened().mark()

    def can_rewind(self) -> bool:
        """Say yes: what nobody has heard is taken back in silence, and the rest is said again."""
        return True

    def rewind(self) -> None:
        """Take back the segment as far as nobody has heard it; raises ``DeviceLost``."""
        player = self._opened()
        player.withdraw(self._segment_begin)
        # What was heard stays: the segment begins anew after it.
        self._segment_begin = player.mark()

    def finish(self) -> None:
        """Play to the last frame and let the device go; raises what ``write`` raises."""
        player = self._opened()
        player.end()
        player.drain()
        player.close()

    def abort(self) -> None:
        """Fall silent at once and let the device go; idempotent, never raises."""
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
        """Wait for the thread and say whether it has ended."""
        # A signal may have come before it was started.
        if self._thread is not None and self._thread.ident is not None:
            if is_held(self._thread):
                return False
            self._thread.join(OPEN_S)
            if self._thread.is_alive():
                abandon(self._thread)
                return False
            self._thread = None
        return True
