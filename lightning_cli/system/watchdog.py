"""Waits for devices that may have died: countable sleeps, and calls with a timeout."""

import threading
import time
from collections.abc import Callable


def sleep(seconds: float) -> float:
    """Sleep and return ``seconds``: unlike a clock it stands still while the machine or the process is suspended."""
    time.sleep(seconds)
    return seconds


_abandoned: list[threading.Thread] = []


def abandon_thread(thread: threading.Thread) -> None:
    """Abandon a thread that a call holds for ever; the process must then end without waiting for it."""
    _abandoned.append(thread)


def is_stuck(thread: threading.Thread | None = None) -> bool:
    """Return whether ``thread`` was given up, or any, and is still held."""
    return any(one.is_alive() for one in _abandoned if thread in {None, one})


def call_with_timeout(call: Callable[[], None], limit_s: float, name: str = "lightning-audio-call") -> bool:
    """Make a call in a thread and return whether it ended within ``limit_s``; it must not raise.

    A frozen sound server holds a call for ever, and a main thread inside it is deaf to Ctrl-C. The thread is a daemon
    for that case only: the process must be able to end without it.
    """
    thread = threading.Thread(target=call, name=name, daemon=True)
    thread.start()
    thread.join(limit_s)
    return not thread.is_alive()
