"""A progress bar on stderr, at a terminal alone: items, rate, time left, failures."""

import contextlib
from collections.abc import Iterator


class ProgressBar:
    """The bar of a run; for one thread. Between ``begin`` and ``end`` others write inside ``aside`` only."""

    def __init__(self) -> None:
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.fields[what]}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[items]}", markup=False),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failures]}", markup=False),
            console=RichConsole(stderr=True),
            # Removed when the run is over: the closing lines have the rest.
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, what="", items="", rate="", failures="")

    def begin(self, total: int, what: str = "") -> None:
        """Show the bar, for so many characters; called again for the next part of the work."""
        self._progress.reset(self._task, total=total, what=what, items="", rate="", failures="")
        self._progress.start()

    def step(self, done: int, items: str, *, failures: int = 0) -> None:
        """Show how many characters are done, and the text ``items``."""
        speed = self._progress.tasks[0].speed
        self._progress.update(
            self._task,
            completed=done,
            items=items,
            rate=f"{speed:,.0f} characters/s" if speed else "",
            failures=f"{failures} failed" if failures else "",
        )

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Hide the bar while something else is written."""
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()

    def end(self) -> None:
        """Remove the bar; idempotent."""
        self._progress.stop()
