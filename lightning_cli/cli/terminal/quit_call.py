"""The end of a run that a listener has asked for: the main thread is called out of whatever it waits for.

A key and another process ask for it in threads of their own; the main thread may be waiting for the network or for
text, and is interrupted by a signal that has no other effect.
"""

import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

from lightning_cli.errors import Quit

if TYPE_CHECKING:
    from lightning_cli.playback.deck import Deck

# Ignored by default, so that one sent from outside is harmless.
_CALL = signal.SIGURG
_CALLS, _BETWEEN_S = 20, 0.05


class QuitCall:
    """What ends the run of one deck; ``start`` and ``stop`` in the main thread, ``call`` in any.

    A run that is not ``alone`` has more to do than to play: it goes on, and ``note`` is called with what is to be told.
    """

    def __init__(self, *, alone: bool, note: Any) -> None:
        self._alone = alone
        self._note = note
        self._deck: Deck | None = None
        self._before: Any = None
        self._is_on = False
        self._is_called = False
        self._answered = threading.Event()

    def start(self, deck: "Deck") -> None:
        """Install the handler, unless the signal has another one."""
        self._deck = deck
        if signal.getsignal(_CALL) == signal.SIG_DFL:
            self._before = signal.signal(_CALL, self._called)
            self._is_on = True

    def stop(self) -> None:
        """Leave the signal as it was; idempotent."""
        if self._is_on:
            self._is_on = False
            signal.signal(_CALL, self._before)

    def call(self) -> None:
        """End the run once the deck was told to quit, or say that it goes on without being heard."""
        if self._alone:
            self._is_called = True
            for _ in range(_CALLS):
                # One that comes just before the thread begins to wait would wake it when the wait is over.
                signal.pthread_kill(threading.main_thread().ident or 0, _CALL)
                self._answered.wait(_BETWEEN_S)
                if not (self._is_called and self._is_on):
                    break
        elif self._deck is not None and not self._deck.status.is_complete:
            self._note("note: playback stopped; still writing the rest")

    def _called(self, _signum: int, _frame: FrameType | None) -> None:
        if self._is_called and self._is_on:
            self._is_called = False
            self._answered.set()
            raise Quit
