"""The part of a batch that works: build what is stale, bind the book, tell how it went."""

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from lightning_cli.audio.joins import JoinRule
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.cli import backend
from lightning_cli.cli.batch.batch_options import BatchOptions
from lightning_cli.cli.batch.batch_output import Screen, close
from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import ExitCode, LightningError
from lightning_cli.narration.build import Book, Builder, Result, locked_output
from lightning_cli.narration.cache import SpeechCache
from lightning_cli.narration.pace import Budget, Pace, Stop, Stopped
from lightning_cli.narration.plan import Cutting, Item, MakeDefaults, Recipe
from lightning_cli.narration.run import Totals, WorkerPool, render
from lightning_cli.narration.source import CachedSource, RunContext
from lightning_cli.narration.stamps import Stamps
from lightning_cli.sinks.base import Sink


class BatchReporter(NamedTuple):
    """Say who is told, and whether the person chose the offline engine."""

    console: Console
    engine_asked_for: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything a batch needs."""

    options: BatchOptions
    settings: ServiceSettings
    make_defaults: MakeDefaults
    cutting: Cutting
    rule: JoinRule
    cache: SpeechCache
    reporter: BatchReporter

    def client(self, item: Item) -> SpeechClient:
        """Open a client; the caller closes it."""
        return backend.open_client(
            self.settings, self.reporter.console, item.defaults, asked_for=self.reporter.engine_asked_for
        )


class Plan(NamedTuple):
    """What is to be done; ``stamps`` is None without a directory, ``shelf`` without a book."""

    items: list[Item]
    stale: list[Item]
    recipe: Recipe
    stamps: Stamps | None
    book: Book | None
    shelf: Stamps | None


def narrate(batch: Batch, plan: Plan, report: Sink | None) -> ExitCode:
    """Build what is stale; tell how it went, whatever happens."""
    options, console = batch.options, batch.reporter.console
    jobs = 1 if batch.settings.is_local else options.jobs
    stop = Stop()
    studio = RunContext(
        cache=batch.cache,
        identity=plan.recipe.identity,
        stop=stop,
        pace=Pace(jobs, stop),
        budget=Budget(options.budget),
        retry=batch.settings.retry,
        force=options.force,
    )
    builder = Builder(studio=studio, recipe=plan.recipe, stamps=plan.stamps)
    totals = Totals(keep=report is not None)
    todo = {id(item) for item in plan.stale}
    for item in plan.items:
        if id(item) not in todo:
            totals.add(Result(item, "current"))
    screen = Screen(console, len(plan.stale))
    code: ExitCode | None = None  # stays so when the run is interrupted
    bound: dict[str, object] | None = None
    try:
        crew: WorkerPool[Result] = WorkerPool(
            studio, min(jobs, max(1, len(plan.stale))), lambda: batch.client(plan.items[0])
        )
        # Closed before anything else when a signal arrives, so that the threads know.
        with closing(crew.run(partial(builder.build, item) for item in plan.stale)) as results:
            for result in results:
                totals.add(result)
                screen.show(result)
        code = totals.exit_code(studio)
        if plan.book and plan.stale and code is ExitCode.OK:
            bound, code = _bind(batch, plan, studio, screen)
    finally:
        screen.end()
        close(console, totals, screen.seconds, _why(studio))
        if report is not None:
            _write(report, render(totals, exit_code=code, seconds=screen.seconds, book=bound))
        if totals.requests:
            batch.cache.trim()
    return code


def _bind(batch: Batch, plan: Plan, studio: RunContext, screen: Screen) -> tuple[dict[str, object] | None, ExitCode]:
    """Make the book, in a thread of its own: an interrupt must not fall into the decoder's callbacks."""
    book, shelf = plan.book, plan.shelf
    if book is None or shelf is None:
        return None, ExitCode.OK
    fingerprint = book.fingerprint(plan.recipe, plan.items)
    if not batch.options.force and book.is_current(shelf, fingerprint):
        return {"output": str(book.path), "status": "current"}, ExitCode.OK

    def task(source: CachedSource) -> float | LightningError | Stopped:
        try:
            # Recorded before another run may replace it.
            with locked_output(studio, book.path):
                length_s = book.build(plan.recipe, plan.items, source, studio.stop)
                book.record(shelf, fingerprint)
        except (LightningError, Stopped) as fault:
            return fault
        return length_s

    crew: WorkerPool[float | LightningError | Stopped] = WorkerPool(studio, 1, lambda: batch.client(plan.items[0]))
    (made,) = crew.run([task])
    if isinstance(made, LightningError):
        screen.aside(lambda: batch.reporter.console.fault(made))
        return {"output": str(book.path), "status": "failed", "reason": made.message}, made.exit_code
    if isinstance(made, Stopped):
        return {"output": str(book.path), "status": "held", "reason": str(made)}, ExitCode.BUDGET
    screen.aside(lambda: batch.reporter.console.note(f"{book.path}: {made:.1f} s"))
    return {"output": str(book.path), "status": "built", "audio_seconds": round(made, 3)}, ExitCode.OK


def _why(studio: RunContext) -> str:
    if studio.stop.asked:
        return studio.stop.reason
    return "the budget is used up" if studio.budget.exceeded else ""


def _write(sink: Sink, data: bytes) -> None:
    try:
        # A container that takes bytes as they are; its rate says nothing.
        sink.start(PcmFormat(8000))
        sink.write(data)
        sink.commit()
        sink.finish()
    except BaseException:
        sink.abort()
        raise
