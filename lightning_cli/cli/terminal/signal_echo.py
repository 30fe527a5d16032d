"""A signal that asks a run to stop is sent again where it came too early to wake the main thread.

Python handles signals between two instructions of the main thread. One that comes after the last of them and before
the thread waits for the network does not wake it: it would be handled when the wait is over. With the threads of a
player beside it, on a busy machine, that is one in fifty.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lightning_cli.playback.deck import Deck

_STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
# How long a main thread that is awake may take to handle it, and how often it is sent again.
_HANDLED_S, _TIMES = 0.05, 20
_JOIN_S = 2.0


class SignalEcho:
    """Watch over the signals of a run; ``start`` and ``stop`` in the main thread. ``is_handled`` looks at the run."""

    def __init__(self, is_handled: Callable[[], bool]) -> None:
        self._is_handled = is_handled
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._before = -1
        self._writes = -1

    def start(self, deck: "Deck") -> None:
        """Begin, in a thread."""
        del deck
        reads, self._writes = os.pipe()
        # Written to by Python itself, whichever thread the system chose for the signal.
        os.set_blocking(self._writes, False)
        self._before = signal.set_wakeup_fd(self._writes, warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._run, args=(reads,), name="lightning-signals", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; idempotent."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._ended.set()
        signal.set_wakeup_fd(self._before)
        os.close(self._writes)
        thread.join(_JOIN_S)

    def _run(self, reads: int) -> None:
        try:
            while came := os.read(reads, 64):
                for signum in _STOPPING & set(came):
                    self._send_again(signum)
        finally:
            os.close(reads)

    def _send_again(self, signum: int) -> None:
        for _ in range(_TIMES):
            if self._ended.wait(_HANDLED_S) or self._is_handled():
                return
            with contextlib.suppress(OSError):
                signal.pthread_kill(threading.main_thread().ident or 0, signum)
