"""Calls that may never return, and threads that they hold."""

import threading

from lightning_cli.system import watchdog


def test_a_call_that_returns_in_time() -> None:
    """It is over when this one is."""
    done = threading.Event()
    assert watchdog.call_with_timeout(done.set, 30)
    assert done.is_set()


def test_a_call_that_is_held() -> None:
    """It is told, and the thread is known as stuck for as long as it is held, once it was given up."""
    go = threading.Event()

    def held() -> None:
        go.wait(60)

    assert not watchdog.call_with_timeout(held, 0.01, name="held")
    (thread,) = [one for one in threading.enumerate() if one.name == "held"]
    assert not watchdog.is_stuck(thread)
    watchdog.abandon_thread(thread)
    assert watchdog.is_stuck(thread)
    assert watchdog.is_stuck()
    go.set()
    thread.join(60)
    assert not watchdog.is_stuck(thread)


def test_a_sleep_tells_how_long_it_was() -> None:
    """It is what was asked for, whatever a clock says."""
    assert watchdog.sleep(0.001) == 0.001
