"""The smaller parts of narration: slices, pace, budget, stamps."""

import threading
import time
from pathlib import Path

import pytest

from lightning_cli.errors import UsageFault
from lightning_cli.narration.pace import Budget, Pace, Stop, Stopped
from lightning_cli.narration.plan import scheduled_shard, shard_of
from lightning_cli.narration.stamps import NAME, Stamps

LONG_S = 20.0


@pytest.mark.parametrize("text", ["0/4", "5/4", "1/0", "x", "1", "-1/4", "auto", "auto/4", "1/4/4", "²/4"])
def test_slices_that_are_none(text: str) -> None:
    """What names no slice is refused; auto needs a scheduler."""
    with pytest.raises(UsageFault):
        shard_of(text)


def test_slices_of_schedulers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slurm counts from any number in any step, Kubernetes from 0 and without saying of how many."""
    assert shard_of("2/4") == (2, 4)
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "0")
    assert shard_of("auto/3") == (1, 3)
    assert scheduled_shard() is None
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "14")
    monkeypatch.setenv("SLURM_ARRAY_TASK_MIN", "10")
    monkeypatch.setenv("SLURM_ARRAY_TASK_STEP", "2")
    monkeypatch.setenv("SLURM_ARRAY_TASK_COUNT", "5")
    assert shard_of("auto") == scheduled_shard() == (3, 5)
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "26")
    with pytest.raises(UsageFault, match="SLURM_ARRAY_TASK_ID"):
        scheduled_shard()


@pytest.mark.parametrize("first", [0, 1])
def test_slices_set_by_hand(monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    """Without Slurm's MIN the tasks may count from 0 or 1: each has a slice of its own."""
    monkeypatch.delenv("SLURM_ARRAY_TASK_MIN", raising=False)
    monkeypatch.setenv("SLURM_ARRAY_TASK_COUNT", "4")
    slices = set()
    for task in range(first, first + 4):
        monkeypatch.setenv("SLURM_ARRAY_TASK_ID", str(task))
        slices.add(scheduled_shard())
    assert slices == {(number, 4) for number in range(1, 5)}


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


def test_stamps_know_an_output_by_what_it_was(tmp_path: Path) -> None:
    """Another fingerprint, size or content is stale; another time alone is not; a torn record counts as none."""
    path = tmp_path / "a.wav"
    path.write_bytes(b"audio")
    stamps = Stamps(tmp_path)
    assert not stamps.is_current("a.wav", "f")
    stamps.record("a.wav", "f")
    assert stamps.is_current("a.wav", "f")
    assert not stamps.is_current("a.wav", "g")
    path.write_bytes(b"audix")
    assert not stamps.is_current("a.wav", "f")
    path.write_bytes(b"audio")
    assert stamps.is_current("a.wav", "f")
    stamps.close()
    stamps.close()
    reader = Stamps(tmp_path, read_only=True)
    assert reader.is_current("a.wav", "f")
    reader.record("a.wav", "g")
    assert reader.is_current("a.wav", "f")
    reader.close()
    (tmp_path / NAME).write_bytes(b"torn " * 1000)
    reader = Stamps(tmp_path, read_only=True)
    assert not reader.is_current("a.wav", "f")
    reader.close()
    renewed = Stamps(tmp_path)
    assert not renewed.is_current("a.wav", "f")
    renewed.record("a.wav", "f")
    assert renewed.is_current("a.wav", "f")
    renewed.close()
    nowhere = Stamps(tmp_path / "absent")
    assert not nowhere.is_current("a.wav", "f")
    nowhere.record("a.wav", "f")
    nowhere.close()
