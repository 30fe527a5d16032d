"""The clocks of an answer, and signals that hit them."""

import threading

import pytest
from support.pty_session import until

from lightning_cli.client.guard import Guard


def test_a_guard_that_a_signal_hit_can_be_closed() -> None:
    """A thread that has not been started is not waited for."""
    guard = Guard()
    guard._thread = threading.Thread(target=guard.close)
    guard.close()


def test_the_usual_times_wake_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard's thread, asleep, is woken for a time that ends before it would look by itself, and for no other."""
    with Guard() as guard:
        guard.watch("first audio", 30.0)
        until(lambda: guard._looks_at > 0, "the thread sleeps")
        woken: list[float] = []
        monkeypatch.setattr(guard._wake, "notify", lambda: woken.append(guard._timeout_s))
        for timeout_s in (10.0, 30.0, 0.001, 30.0):
            guard.watch("connect", timeout_s)
        assert woken == [0.001]
        monkeypatch.undo()
        guard.watch("next audio", 0.001)
        until(lambda: guard.expired == "next audio", "the short time runs out")
