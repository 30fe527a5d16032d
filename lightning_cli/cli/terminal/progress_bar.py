"""A progress bar on stderr, for a person at a terminal alone: rate, time left, failures."""

import contextlib
from collections.abc import Iterator


class ProgressBar:
    """Draw one bar for a run; for one thread. Between ``begin`` and ``end`` others write inside ``aside`` only."""

    def __init__(self) -> None:
        # 30 ms to import, and only at a terminal.
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failures]}", markup=False),
            console=RichConsole(stderr=True),
            # Gone when the run is over: the closing lines say the rest.
            transient=True,
        )
        self._failures = 0
        self._task = self._progress.add_task("", total=None, rate="", failures="")

    def begin(self, total: int) -> None:
        """Show the bar."""
        self._progress.update(self._task, total=total)
        self._progress.start()

    def step(self, *, failed: bool) -> None:
        """Count one item."""
        self._failures += failed
        speed = self._progress.tasks[0].speed
        self._progress.update(
            self._task,
            advance=1,
            rate=f"{speed:.1f}/s" if speed else "",
            failures=f"{self._failures} failed" if self._failures else "",
        )

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bar away while something else is written."""
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()

    def end(self) -> None:
        """Take the bar away; idempotent."""
        self._progress.stop()
