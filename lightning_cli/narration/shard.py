"""Slices of a manifest, for as many machines as there are: GNU parallel, a Slurm array, an indexed Kubernetes Job."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lightning_cli.errors import UsageFault
from lightning_cli.narration.plan import Item

_SHARD = re.compile(r"(?:(\d{1,9})|auto)(?:/(\d{1,9}))?", re.ASCII)


class Shard(NamedTuple):
    """Take the ``number``-th of ``slices``, counted from 1; an item stays in its slice wherever it stands."""

    number: int
    slices: int

    def of(self, items: Sequence[Item]) -> Iterator[Item]:
        """Give the items of this slice."""
        for item in items:
            if int(hashlib.sha256(os.fsencode(item.name)).hexdigest()[:12], 16) % self.slices == self.number - 1:
                yield item


def shard_of(text: str) -> Shard:
    """Read ``--shard``; raises ``UsageFault``.

    ``auto`` is an array task of Slurm or a completion of an indexed Kubernetes Job.
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
                "no scheduler says which slice this is, or of how many",
                hint="set SLURM_ARRAY_TASK_ID and _COUNT, or JOB_COMPLETION_INDEX and --shard auto/N",
            )
    return _slice(number, slices, repr(text))


def _slice(number: int | None, slices: int | None, source: str) -> Shard:
    if number is None or slices is None or not 1 <= number <= slices:
        raise UsageFault(f"{source} names no slice", hint="give one like --shard 2/4, counted from 1")
    return Shard(number, slices)


def scheduled_shard() -> Shard | None:
    """Give the slice of a Slurm array's task; None where no scheduler says both which it is and of how many.

    Raises ``UsageFault`` for an array with gaps, whose slices would not all be done.
    """
    number, slices = _scheduled()
    return _slice(number, slices, "SLURM_ARRAY_TASK_ID") if slices > 1 else None


def _scheduled() -> tuple[int | None, int]:
    """Give the slice, counted from 1, and the number of slices, 0 if that is not said."""
    task = os.environ.get("SLURM_ARRAY_TASK_ID", "")
    if task.isdecimal():
        first, step, count = (_number(f"SLURM_ARRAY_TASK_{name}") for name in ("MIN", "STEP", "COUNT"))
        if first is None and count:
            # Set by hand, from 0 or from 1: either way each of the tasks has a slice of its own.
            return int(task) % count + 1, count
        return (int(task) - (first or 0)) // (step or 1) + 1, count or 0
    completion = os.environ.get("JOB_COMPLETION_INDEX", "")
    return (int(completion) + 1, 0) if completion.isdecimal() else (None, 0)


def _number(variable: str) -> int | None:
    value = os.environ.get(variable, "")
    return int(value) if value.isdecimal() else None
