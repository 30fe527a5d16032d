"""The exit code that follows from findings; child processes that hang, die or are ended."""

import threading
import time
from collections.abc import Callable

import pytest

from lightning_cli.doctor.checks import Children, exit_code, fail, ok, warn
from lightning_cli.errors import ExitCode


def test_children_are_ended() -> None:
    """End a process that is still asked when the check-up ends, and begin no other."""
    children = Children()
    answers: list[dict[str, object]] = []
    asking = threading.Thread(target=lambda: answers.append(children.ask("engine", timeout_s=60)))
    asking.start()
    until(lambda: bool(children._running))
    children.end()
    asking.join(60)
    assert answers == [{"died": -9, "said": ""}]
    assert children.ask("engine", timeout_s=60) == {"died": 0, "said": ""}


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_child_that_hangs_or_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a crash nor a stand-still of foreign code is ours; what it said is kept."""
    children = Children()
    monkeypatch.setattr("lightning_cli.doctor.checks._CODE", "import os; os.write(2, b'why'); os.abort()#{module}")
    assert children.ask("any", timeout_s=30) == {"died": -6, "said": "why"}
    monkeypatch.setattr("lightning_cli.doctor.checks._CODE", "import time; time.sleep(60)#{module}")
    assert children.ask("any", timeout_s=0.2) == {"hung": True, "said": ""}
    children.end()
    assert children.ask("any", timeout_s=30) == {"died": 0, "said": ""}


def test_the_lowest_code_among_the_failures_counts() -> None:
    """Settings come before the network, the network before the sound; warnings fail nothing."""
    sound = fail("sound", "", "", ExitCode.AUDIO)
    network = fail("service", "", "", ExitCode.NETWORK)
    assert exit_code([ok("a", ""), warn("b", "", "")]) == ExitCode.OK
    assert exit_code([sound, network]) == ExitCode.NETWORK
    assert exit_code([sound, network, fail("key", "", "", ExitCode.CONFIG)]) == ExitCode.CONFIG
