"""The call that ends a run: what the main thread is called out of, and when it is not."""

import signal
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from lightning_cli.cli.terminal.quit_call import QuitCall
from lightning_cli.errors import Quit

DECK: Any = SimpleNamespace(status=SimpleNamespace(is_complete=False))


def test_the_main_thread_is_called_out_of_its_wait() -> None:
    """Once for each call, from any thread; the signal is then as it was, and harmless."""
    call = QuitCall(alone=True, note=pytest.fail)
    call.start(DECK)
    signal.raise_signal(signal.SIGURG)
    thread = threading.Timer(0.05, call.call)
    thread.start()
    with pytest.raises(Quit):
        threading.Event().wait(30)
    thread.join()
    call.stop()
    call.stop()
    assert signal.getsignal(signal.SIGURG) == signal.SIG_DFL
    call.call()


def test_a_call_that_is_lost_is_made_again() -> None:
    """A signal that came too early to wake the thread is followed by others."""
    call = QuitCall(alone=True, note=pytest.fail)
    call.start(DECK)
    handler = signal.signal(signal.SIGURG, signal.SIG_IGN)
    thread = threading.Thread(target=call.call)
    thread.start()
    threading.Event().wait(0.02)
    with pytest.raises(Quit):
        _listen_again(handler)
    thread.join()
    call.stop()


def _listen_again(handler: Any) -> None:
    signal.signal(signal.SIGURG, handler)
    threading.Event().wait(30)


def test_a_run_with_more_to_do_goes_on() -> None:
    """It says so, unless everything has arrived."""
    told: list[str] = []
    call = QuitCall(alone=False, note=told.append)
    call.call()
    call.start(DECK)
    call.call()
    DECK.status.is_complete = True
    call.call()
    call.stop()
    assert told == ["note: playback stopped; still writing the rest"]


def test_a_handler_of_another_stays() -> None:
    """Where the signal is taken nothing is called."""
    before = signal.signal(signal.SIGURG, signal.SIG_IGN)
    call = QuitCall(alone=True, note=pytest.fail)
    call.start(DECK)
    call.call()
    call.stop()
    assert signal.signal(signal.SIGURG, before) == signal.SIG_IGN
