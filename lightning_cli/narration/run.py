"""Threads that work through tasks, and what a run adds up to.

The report of a run as JSON: what became of every item, and the sums.
"""

import contextlib
import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lightning_cli.errors import ExitCode
from lightning_cli.narration.build import BuildResult
from lightning_cli.narration.output_paths import length_s
from lightning_cli.narration.pace import is_busy
from lightning_cli.narration.source import CachedSource, RunContext
from lightning_cli.pipeline.pipeline import SpeechSource
from lightning_cli.system.secret_words import without_secrets

Done = TypeVar("Done")
_LOOK_S = 0.5
# A thread that waits for the network may take longer; what it has written so far is safe at any moment.
_JOIN_S = 1.0
_SHOWN_FAILURES = 20


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class _Left:
    """The end of a thread, and the bug that ended it, if any."""

    bug: BaseException | None = None

    def check(self) -> None:
        """Raise the bug."""
        if self.bug is not None:
            raise self.bug


class WorkerPool(Generic[Done]):
    """Run tasks on ``jobs`` threads, each with a source and, once it needs one, a client of its own.

    The threads are daemons: after an interrupt the process does not wait for a server that says nothing.
    """

    def __init__(
        self, context: RunContext, jobs: int, connect: Callable[[], AbstractContextManager[SpeechSource]]
    ) -> None:
        self._context = context
        self._jobs = jobs
        self._connect = connect
        self._results: queue.SimpleQueue[Done | _Left] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def run(
        self, tasks: Iterable[Callable[[CachedSource], Done | None]], tick: Callable[[], None] = _nothing
    ) -> Generator[Done, None, None]:
        """Yield results as they come; a task without one has None. ``tick`` is called again and again meanwhile.

        Closing it early stops the run; a bug in a thread is raised here.
        """
        shared = iter(tasks)
        threads = [
            threading.Thread(target=self._work, args=(shared,), name=f"lightning-narration-{number}", daemon=True)
            for number in range(1, self._jobs + 1)
        ]
        for thread in threads:
            thread.start()
        working = len(threads)
        try:
            while working:
                tick()
                try:
                    result = self._results.get(timeout=_LOOK_S)
                except queue.Empty:
                    continue
                if not isinstance(result, _Left):
                    yield result
                    continue
                working -= 1
                result.check()
        except BaseException:
            self._context.stop.now("interrupted")
            raise
        finally:
            deadline = time.monotonic() + _JOIN_S
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self, tasks: Iterator[Callable[[CachedSource], Done | None]]) -> None:
        bug: BaseException | None = None
        try:
            with contextlib.ExitStack() as stack:
                source = CachedSource(self._context, lambda: stack.enter_context(self._connect()))
                while (task := self._next(tasks)) is not None:
                    result = task(source)
                    if result is not None:
                        self._results.put(result)
        except BaseException as fault:  # noqa: BLE001 - a thread has no caller: the thread that joins it raises this
            bug = fault
        self._results.put(_Left(bug))

    def _next(
        self, tasks: Iterator[Callable[[CachedSource], Done | None]]
    ) -> Callable[[CachedSource], Done | None] | None:
        with self._lock:
            return next(tasks, None)


@dataclass(slots=True)
class Totals:
    """Add up a run; ``results`` are kept only for a report, failures always (the first few)."""

    keep: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    busy: int = 0
    requests: int = 0
    retries: int = 0
    audio_s: float = 0.0
    failures: list[BuildResult] = field(default_factory=list)
    results: list[BuildResult] = field(default_factory=list)

    def add(self, result: BuildResult) -> None:
        """Take a result."""
        self.counts[result.status] += 1
        self.characters += result.counts.characters
        self.requests += result.counts.requests
        self.retries += result.counts.retries
        self.audio_s += result.audio_s
        if result.fault is not None and is_busy(result.fault):
            self.busy += 1
        if result.status == "failed" and len(self.failures) < _SHOWN_FAILURES:
            self.failures.append(result)
        if self.keep:
            self.results.append(result)

    def measure_current(self) -> None:
        """Find out how long the outputs are that were up to date, for the report."""
        for result in self.results:
            result.audio_s = result.audio_s or length_s(result.item.path, result.item.container)

    def exit_code(self, context: RunContext) -> ExitCode:
        """Return what the run ends with: the fault that stopped it, else failures, else a budget, else success."""
        if context.stop.fault is not None:
            return context.stop.fault.exit_code
        if self.busy and self.busy == self.counts["failed"]:
            # Nothing is wrong but that the account took no more requests.
            return ExitCode.NETWORK
        if self.counts["failed"] or (self.counts["held"] and context.stop.asked):
            return ExitCode.SOME_FAILED
        return ExitCode.BUDGET if self.counts["held"] else ExitCode.OK


def render(totals: Totals, *, exit_code: int | None, seconds: float, book: Mapping[str, object] | None) -> bytes:
    """Write the report; the items stand in the order in which they were finished.

    ``exit_code`` None stands for a run that a signal has ended.
    """
    value: dict[str, object] = {
        "version": 1,
        "exit_code": exit_code,
        "seconds": round(seconds, 3),
        "items": [_item(result) for result in totals.results],
        "totals": {
            **{status: totals.counts[status] for status in ("built", "current", "failed", "held")},
            "characters": totals.characters,
            "requests": totals.requests,
            "retries": totals.retries,
            "audio_seconds": round(totals.audio_s, 3),
        },
    }
    if book is not None:
        value["book"] = dict(book)
    told = without_secrets(json.dumps(value, ensure_ascii=False, indent=1))
    return f"{told}\n".encode("utf-8", "backslashreplace")


def _item(result: BuildResult) -> dict[str, object]:
    counts = result.counts
    return {
        "place": result.item.place,
        "output": result.item.name,
        "status": result.status,
        "reason": result.reason,
        "seconds": round(result.seconds, 3),
        "audio_seconds": round(result.audio_s, 3),
        "characters": counts.characters,
        "requests": counts.requests,
        "retries": counts.retries,
        "request_ids": counts.request_ids,
        "first_byte_seconds": None if counts.first_byte_s is None else round(counts.first_byte_s, 4),
    }
