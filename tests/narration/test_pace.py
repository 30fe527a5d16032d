"""How fast a run goes and when it stops: turns, budget, stop."""

import threading
import time

import pytest

from lightning_cli.narration.pace import Budget, Pace, Stop, Stopped

LONG_S = 20.0


def test_turns_follow_refusals_and_calm() -> None:
    """Each refusal takes one turn away, never the last; enough answers in a row give one back."""
    pace = Pace(3, Stop())
    assert pace._allowed == 3
    for _ in range(5):
        pace.refused(0.0)
    assert pace._allowed == 1
    for _ in range(2000):
        pace.answered()
    assert pace._allowed == 3


def test_nobody_takes_a_turn_before_the_time_the_service_named() -> None:
    """A refusal of one holds all of them back; stopping ends the wait."""
    stop = Stop()
    pace = Pace(2, stop)
    with pace.turn(), pace.turn():
        pass
    begun = time.monotonic()
    pace.refused(0.3)
    with pace.turn():
        assert time.monotonic() - begun >= 0.3
    pace.refused(3600.0)
    held = threading.Event()

    def waits() -> None:
        with pytest.raises(Stopped, match="enough"), pace.turn():
            pass
        held.set()

    waiting = threading.Thread(target=waits, name="waiting")
    waiting.start()
    stop.now("enough")
    stop.now("too late")
    assert held.wait(LONG_S)
    waiting.join(LONG_S)
    with pytest.raises(Stopped, match="enough"):
        stop.sleep(3600.0)


def test_a_budget_is_for_all_threads() -> None:
    """Characters are counted once whoever spends them; after the first that does not fit nothing else does."""
    budget = Budget(100)
    spent: list[int] = []

    def spends() -> None:
        for _ in range(10):
            try:
                budget.take(7)
            except Stopped:
                return
            spent.append(7)

    threads = [threading.Thread(target=spends, name=f"spends-{number}") for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    assert sum(spent) == budget.spent == 98
    with pytest.raises(Stopped):
        budget.take(1)
    Budget(None).take(10**12)
