"""Slices of a manifest: what names one, what schedulers say, and how even they are."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cli.errors import UsageFault
from lightning_cli.narration.plan import Item
from lightning_cli.narration.rows import Row
from lightning_cli.narration.shards import Shard, SlurmArray, scheduled_shard, shard_of
from lightning_cli.request import RequestDefaults
from lightning_cli.sinks.containers import WAV

_DEFAULTS = RequestDefaults(voice_id="daniel")


def item(number: int, characters: int) -> Item:
    """Return an item of that length."""
    name = f"{number}.wav"
    return Item(Row(f"s.csv:{number}", name, "", None, None, ()), name, Path(), WAV, _DEFAULTS, "", characters)


@pytest.mark.parametrize("text", ["0/4", "5/4", "1/0", "x", "1", "-1/4", "auto", "auto/4", "1/4/4", "²/4"])
def test_slices_that_are_none(text: str) -> None:
    """What is not a slice is refused; auto needs a scheduler."""
    with pytest.raises(UsageFault):
        shard_of(text)


def test_slices_of_schedulers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slurm counts from any number in any step, Kubernetes from 0 and without saying of how many."""
    assert shard_of("2/4") == (2, 4)
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "0")
    assert shard_of("auto/3") == (1, 3)
    assert scheduled_shard().shard is None
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "14")
    monkeypatch.setenv("SLURM_ARRAY_TASK_MIN", "10")
    monkeypatch.setenv("SLURM_ARRAY_TASK_STEP", "2")
    monkeypatch.setenv("SLURM_ARRAY_TASK_COUNT", "5")
    assert shard_of("auto") == scheduled_shard().shard == (3, 5)
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
        slices.add(scheduled_shard().shard)
    assert slices == {(number, 4) for number in range(1, 5)}


def test_tasks_that_are_submitted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """``--array=3,5`` after ``--array=1-8`` takes slices 3 and 5 of 8; a task of another array is refused."""
    first_run = SlurmArray(1, 1, 8)
    for name, value in {"MIN": "3", "STEP": "1", "COUNT": "2"}.items():
        monkeypatch.setenv(f"SLURM_ARRAY_TASK_{name}", value)
    for task in (3, 5):
        monkeypatch.setenv("SLURM_ARRAY_TASK_ID", str(task))
        found = scheduled_shard(first_run)
        assert (found.shard, found.is_resubmitted, found.array) == ((task, 8), True, None)
    with pytest.raises(UsageFault):
        scheduled_shard()
    with pytest.raises(UsageFault):
        scheduled_shard(SlurmArray(100, 1, 8))
    monkeypatch.setenv("SLURM_ARRAY_TASK_COUNT", "9")
    assert scheduled_shard(first_run).shard == (3, 9)


def test_parallel_jobs_of_gitlab(monkeypatch: pytest.MonkeyPatch) -> None:
    """GitLab counts from 1 and says of how many; without ``auto`` its jobs narrate everything."""
    monkeypatch.setenv("CI_NODE_INDEX", "2")
    monkeypatch.setenv("CI_NODE_TOTAL", "3")
    assert shard_of("auto") == (2, 3)
    assert shard_of("auto/5") == (2, 5)
    assert scheduled_shard().shard is None


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=60), st.integers(1, 9))
def test_slices_are_even_and_whole(lengths: list[int], slices: int) -> None:
    """Every row is in one slice, in its order, and no two slices differ by more than the longest row."""
    items = [item(number, length) for number, length in enumerate(lengths)]
    made = [Shard(number, slices).of(items) for number in range(1, slices + 1)]
    assert sorted(one.name for slice_ in made for one in slice_) == sorted(one.name for one in items)
    assert all(slice_ == [one for one in items if one in slice_] for slice_ in made)
    sums = [sum(one.characters for one in slice_) for slice_ in made]
    assert max(sums) - min(sums) <= max(lengths)
