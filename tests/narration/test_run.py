"""The threads of a batch."""

from contextlib import AbstractContextManager
from typing import Any

import pytest

from lightning_cli.narration.run import WorkerPool


def test_a_bug_in_a_thread_of_a_batch() -> None:
    """Raise it where the results are waited for."""

    class RunContext:
        class stop:  # noqa: N801 - it stands for an attribute
            reasons: list[str] = []  # noqa: RUF012 - one test's

            @classmethod
            def now(cls, reason: str) -> None:
                cls.reasons.append(reason)

    def connect() -> AbstractContextManager[Any]:
        raise AssertionError

    crew: WorkerPool[int] = WorkerPool(RunContext(), 1, connect)  # type: ignore[arg-type] # what a crew needs of it
    with pytest.raises(ZeroDivisionError):
        list(crew.run([lambda _: 1 // 0]))
    assert RunContext.stop.reasons == ["interrupted"]
