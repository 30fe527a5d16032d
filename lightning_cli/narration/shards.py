"""Slices of a manifest, for as many machines as there are.

GNU parallel and Snakemake name the slice; a Slurm array, an indexed Kubernetes Job and GitLab's parallel jobs are known
by their variables.
"""

import hashlib
import heapq
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lightning_cli.errors import UsageFault
from lightning_cli.narration.plan import Item

_SHARD = re.compile(r"(?:(\d{1,9})|auto)(?:/(\d{1,9}))?", re.ASCII)


class Shard(NamedTuple):
    """Take the ``number``-th of ``slices``, counted from 1."""

    number: int
    slices: int

    def of(self, items: Sequence[Item]) -> list[Item]:
        """Return the items of this slice, in their order.

        Slices have about as many characters each, and every process cuts the same list in the same way: the longest
        text goes to the slice that has least.
        """
        slices = [(0, number) for number in range(1, self.slices + 1)]
        mine = set()
        for item in sorted(items, key=_weight):
            characters, number = slices[0]
            heapq.heapreplace(slices, (characters + item.characters, number))
            if number == self.number:
                mine.add(id(item))
        return [item for item in items if id(item) in mine]


def _weight(item: Item) -> tuple[int, str]:
    # Where lengths are equal chance decides, so that neighbours do not all go one way.
    return -item.characters, hashlib.sha256(os.fsencode(item.name)).hexdigest()


class SlurmArray(NamedTuple):
    """What Slurm says of an array: its first index, the step, how many tasks."""

    first: int
    step: int
    tasks: int

    def shard(self, task: int) -> Shard | None:
        """Return the slice of a task; None for one that is not of this array."""
        place, rest = divmod(task - self.first, self.step)
        return Shard(place + 1, self.tasks) if not rest and 0 <= place < self.tasks else None


def shard_of(text: str) -> Shard:
    """Read ``--shard``; raises ``UsageFault``.

    ``auto`` is an array task of Slurm, a completion of an indexed Kubernetes Job or a parallel job of GitLab.
    """
    match = _SHARD.fullmatch(text)
    number = slices = None
    if match and match[1]:
        number, slices = int(match[1]), int(match[2] or 0)
    elif match:
        number, slices = _scheduled()
        slices = int(match[2]) if match[2] else slices
        if number is None or not slices:
            raise UsageFault(
                "cannot tell which slice this is: no scheduler has set it",
                hint="set SLURM_ARRAY_TASK_ID and _COUNT, CI_NODE_INDEX and _TOTAL, or JOB_COMPLETION_INDEX",
            )
    return _slice(number, slices, repr(text))


def _slice(number: int | None, slices: int | None, source: str) -> Shard:
    if number is None or slices is None or not 1 <= number <= slices:
        raise UsageFault(f"{source} is not a slice", hint="use one such as --shard 2/4, counted from 1")
    return Shard(number, slices)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What the scheduler says: the slice if there is one, and the Slurm array to remember for single tasks."""

    shard: Shard | None
    array: SlurmArray | None = None
    is_resubmitted: bool = False


def scheduled_shard(first_run: SlurmArray | None = None) -> Scheduled:
    """Return the slice of a Slurm array's task, or none where no array says both which it is and of how many.

    ``first_run`` is the array that a directory was made by: tasks of it that are submitted again, as by
    ``--array=3,5``, take the slices they had. Raises ``UsageFault`` for another array with gaps, whose slices would
    not all be done.
    """
    task = os.environ.get("SLURM_ARRAY_TASK_ID", "")
    array = _slurm_array() if task.isdecimal() else None
    if array is not None and first_run is not None and array.tasks < first_run.tasks:
        again = first_run.shard(int(task))
        if again is not None:
            return Scheduled(again, None, is_resubmitted=True)
    number, slices = _scheduled()
    if not task.isdecimal() or slices < 2:  # noqa: PLR2004 - one slice is the whole
        return Scheduled(None)
    return Scheduled(_slice(number, slices, "SLURM_ARRAY_TASK_ID"), array)


def _slurm_array() -> SlurmArray | None:
    first, step, count = (_number(f"SLURM_ARRAY_TASK_{name}") for name in ("MIN", "STEP", "COUNT"))
    return None if first is None or not count else SlurmArray(first, step or 1, count)


def _scheduled() -> tuple[int | None, int]:
    """Return the slice, counted from 1, and the number of slices, 0 if that is not said."""
    task = os.environ.get("SLURM_ARRAY_TASK_ID", "")
    if task.isdecimal():
        first, step, count = (_number(f"SLURM_ARRAY_TASK_{name}") for name in ("MIN", "STEP", "COUNT"))
        if first is None and count:
            # Set by hand, from 0 or from 1: either way each of the tasks has a slice of its own.
            return int(task) % count + 1, count
        return (int(task) - (first or 0)) // (step or 1) + 1, count or 0
    completion = os.environ.get("JOB_COMPLETION_INDEX", "")
    if completion.isdecimal():
        return int(completion) + 1, 0
    return _number("CI_NODE_INDEX"), _number("CI_NODE_TOTAL") or 0


def _number(variable: str) -> int | None:
    value = os.environ.get(variable, "")
    return int(value) if value.isdecimal() else None
