"""Checks in threads: what they raise, and those that never end."""

import threading
import time
from collections.abc import Callable, Iterable

import pytest

from lightning_cli.doctor.checks import Finding, ok
from lightning_cli.doctor.run import _Task
from lightning_cli.errors import ExitCode


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_check_that_breaks_or_never_ends() -> None:
    """Raise what a check did not foresee, where it is waited for; tell of one that is not heard of any more."""
    ended = threading.Event()

    def breaks() -> Iterable[Finding]:
        raise ZeroDivisionError

    def waits() -> Iterable[Finding]:
        yield ok("first", "is fine")
        ended.wait(30)

    with pytest.raises(ZeroDivisionError):
        _Task("service", breaks, 30, ExitCode.NETWORK).findings()
    task = _Task("service", waits, 0.0, ExitCode.NETWORK)
    until(lambda: len(task._found) == 1)
    first, found = task.findings()
    assert first.check == "first"
    assert (found.check, found.state, found.message) == ("service", "fail", "no answer within 0 s")
    ended.set()
    task.wait(30)
