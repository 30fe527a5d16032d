"""A signal that woke no thread is sent again, and one that was handled is not."""

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from lightning_cli.cli.terminal.signal_echo import SignalEcho

DECK: Any = None


@pytest.fixture
def handled() -> Iterator[list[int]]:
    """Return the signals that were handled."""
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda signum, _frame: seen.append(signum))
    yield seen
    signal.signal(signal.SIGTERM, before)


def test_a_signal_that_woke_nobody(handled: list[int]) -> None:
    """Python has noted it, and the main thread waits all the same."""
    echo = SignalEcho(lambda: bool(handled))
    echo.start(DECK)
    os.write(echo._writes, bytes([signal.SIGURG, signal.SIGTERM]))
    while not handled:
        threading.Event().wait(0.01)
    echo.stop()
    echo.stop()
    assert handled == [signal.SIGTERM]
    assert signal.set_wakeup_fd(-1) == -1


def test_a_signal_that_was_handled(handled: list[int]) -> None:
    """It is not sent again; other signals do not count here."""
    looked = threading.Event()

    def is_handled() -> bool:
        looked.set()
        return True

    echo = SignalEcho(is_handled)
    echo.start(DECK)
    signal.raise_signal(signal.SIGTERM)
    assert looked.wait(20)
    echo.stop()
    assert handled == [signal.SIGTERM]
