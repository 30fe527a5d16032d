"""Checks in threads: what they raise, and those that never end."""

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from lightning_cli.client.settings import ServiceSettings
from lightning_cli.doctor import run
from lightning_cli.doctor.checks import Finding, ok
from lightning_cli.doctor.run import _Task
from lightning_cli.errors import ExitCode
from lightning_cli.settings.keys import Key


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


@pytest.mark.parametrize(
    ("key", "has_base_url", "needed"),
    [(None, False, True), (None, True, False), (Key("sk_0123456789", "here"), False, False)],
)
def test_what_needs_the_engine(
    monkeypatch: pytest.MonkeyPatch, key: Key | None, *, has_base_url: bool, needed: bool
) -> None:
    """Without a key and an address nothing else can speak."""
    told: list[bool] = []

    def engine(_children: object, *, needed: bool) -> Iterable[Finding]:
        told.append(needed)
        return []

    monkeypatch.setattr(run, "engine", engine)
    patient = run.DoctorOptions(
        find_key=lambda: key,
        make_settings=lambda _: ServiceSettings(),
        has_base_url=has_base_url,
        config=(Path("none.toml"), None),
        streams={},
        colour=False,
        areas=frozenset({"engine"}),
    )
    assert list(run.examine(patient)) == []
    assert told == [needed]
