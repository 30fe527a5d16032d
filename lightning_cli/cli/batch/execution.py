"""The execution of a batch: build what is stale, bind the book, report the result."""

import queue
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from lightning_cli.audio.joins import JoinRule
from lightning_cli.catalogue.dictionaries import ensure_dictionary
from lightning_cli.cli import backend
from lightning_cli.cli.batch.batch_options import BatchOptions
from lightning_cli.cli.batch.batch_output import BatchProgress, close, tell_loudness, tell_overruns
from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import ExitCode, LightningError
from lightning_cli.local.offline_voices import check_engine
from lightning_cli.narration.book import Book
from lightning_cli.narration.build import Builder, BuildResult
from lightning_cli.narration.cache import SpeechCache
from lightning_cli.narration.chapters import Chapter
from lightning_cli.narration.lock_file import LockFile
from lightning_cli.narration.output_paths import OutputDirectory, locked_output
from lightning_cli.narration.pace import Budget, Pace, Stop, Stopped, seconds_of
from lightning_cli.narration.plan import Cutting, Item, MakeDefaults, Recipe
from lightning_cli.narration.run import Totals, WorkerPool, render
from lightning_cli.narration.source import CachedSource, RunContext
from lightning_cli.sinks.base import Sink, write_whole
from lightning_cli.sinks.links import follow_links


@dataclass(frozen=True, slots=True)
class BatchReporter:
    """The receivers of a batch's messages, and whether the offline engine was chosen."""

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
    # Files of words by the names that requests have for them.
    word_lists: Mapping[str, Path] = field(default_factory=dict)

    def client(self, item: Item, console: Console | None = None) -> SpeechClient:
        """Open a client; the caller closes it."""
        return backend.open_client(
            self.settings, console or self.reporter.console, item.defaults, asked_for=self.reporter.engine_asked_for
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The work to do; ``record`` is None without a directory, ``shelf``, the book's, without a book."""

    items: list[Item]
    stale: list[Item]
    recipe: Recipe
    record: LockFile | None
    book: Book | None
    shelf: LockFile | None


def narrate(batch: Batch, plan: Plan, report: Sink | None) -> ExitCode:
    """Build what is stale; report the result, whatever happens."""
    options, console = batch.options, batch.reporter.console
    if plan.stale and batch.settings.is_local:
        check_engine(asked_for=batch.reporter.engine_asked_for)
    jobs = 1 if batch.settings.is_local else options.jobs
    notices: queue.SimpleQueue[str] = queue.SimpleQueue()
    stop = Stop(patience_s=seconds_of(options.wait_for_service) if options.wait_for_service else 0.0)
    context = RunContext(
        cache=batch.cache,
        identity=plan.recipe.identity,
        stop=stop,
        pace=Pace(jobs, stop),
        budget=Budget(options.budget),
        retry=batch.settings.retry,
        force=options.force,
        word_lists=_synced(batch, plan),
        notice=notices.put,
    )
    outputs = OutputDirectory(options.directory) if options.directory is not None else None
    builder = Builder(
        context=context,
        recipe=plan.recipe,
        record=plan.record,
        outputs=outputs,
        for_book=bool(plan.book),
        clock=plan.book.clock if plan.book else None,
    )
    totals = Totals(keep=report is not None)
    todo = {id(item) for item in plan.stale}
    for item in plan.items:
        if id(item) not in todo:
            totals.add(BuildResult(item, "current"))
    if report is not None and options.directory is not None:
        totals.measure_current()
    screen = BatchProgress(console, plan.stale, notices)
    screen.begin("", plan.stale, context.progress)
    code: ExitCode | None = None  # stays so when the run is interrupted
    bound: dict[str, object] | None = None
    try:
        pool = WorkerPool[BuildResult](context, jobs, lambda: batch.client(plan.items[0], screen.quiet_console))
        # Closed before anything else when a signal arrives, so that the threads know.
        with closing(pool.run(builder.tasks(plan.stale), screen.tick)) as results:
            for result in results:
                totals.add(result)
                screen.show(result)
        ended = totals.exit_code(context)
        if plan.book:
            bound, ended = _bind(batch, plan, context, screen, ended)
        code = ended
    finally:
        screen.end()
        made_s = bound.get("audio_seconds") if bound else None
        close(console, totals, screen.seconds, _why(context), made_s if isinstance(made_s, float) else 0.0)
        if plan.book and code is None:
            console.warn(f"{plan.book.path} was not written; run the same command again to continue")
        if report is not None:
            write_whole(report, render(totals, exit_code=code, seconds=screen.seconds, book=bound))
        if totals.requests:
            batch.cache.trim()
    return code


def _synced(batch: Batch, plan: Plan) -> dict[str, str]:
    """See to it that the service has the word lists, once something is to be spoken; return their ids by name."""
    if not batch.word_lists or not plan.stale:
        return {}
    # The workers tell which engine speaks.
    with batch.client(plan.items[0], Console(quiet=True)) as client:
        return {
            name: ensure_dictionary(client, path, batch.settings.api_root) for name, path in batch.word_lists.items()
        }


def _bind(
    batch: Batch, plan: Plan, context: RunContext, screen: BatchProgress, code: ExitCode
) -> tuple[dict[str, object] | None, ExitCode]:
    """Bind the book, in a thread of its own: an interrupt must not fall into the decoder's callbacks."""
    book, shelf, console = plan.book, plan.shelf, batch.reporter.console
    if book is None or shelf is None:
        return None, code
    told: dict[str, object] = {"output": str(book.path)}
    fingerprints = book.fingerprints(plan.recipe, plan.items)
    if not batch.options.force and book.is_current(shelf, fingerprints):
        return {**told, "status": "current", **_chapters(book.remembered_chapters(shelf))}, code
    if code is not ExitCode.OK:
        screen.aside(lambda: console.warn(f"{book.path} was not written because some texts failed"))
        return {**told, "status": "held", "reason": "not every text was made"}, code

    screen.begin(f"making {book.path.name}", plan.items, book.progress)

    def task(source: CachedSource) -> float | LightningError | Stopped:
        try:
            # Recorded before another run may replace it.
            with locked_output(follow_links(str(book.path)), context.stop.sleep, context.notice):
                length_s = book.build(plan.recipe, plan.items, source, context, shelf)
                book.record(shelf, fingerprints[0])
        except (LightningError, Stopped) as fault:
            return fault
        return length_s

    pool: WorkerPool[float | LightningError | Stopped] = WorkerPool(
        context, 1, lambda: batch.client(plan.items[0], screen.quiet_console)
    )
    (made,) = pool.run([task], screen.tick)
    if isinstance(made, LightningError):
        screen.aside(lambda: console.fault(made))
        return {**told, "status": "failed", "reason": made.message}, made.exit_code
    if isinstance(made, Stopped):
        return {**told, "status": "held", "reason": str(made)}, ExitCode.BUDGET
    screen.aside(lambda: _tell_book(console, book, made))
    return told | {"status": "built", "audio_seconds": round(made, 3)} | _about(book), ExitCode.OK


def _tell_book(console: Console, book: Book, length_s: float) -> None:
    console.note(f"{book.path}: {length_s:.1f} s")
    if book.finish.lacks_chapters(book.container):
        console.note(f"{book.path} has no chapters: ffmpeg, which writes them, is not installed")
    tell_loudness(console, book.finished)
    if book.clock is not None:
        tell_overruns(console, book.clock.slots)


def _about(book: Book) -> dict[str, object]:
    """Return what the report says of a book that was made."""
    told = _chapters(book.chapters)
    if book.finished is not None and book.finished.measured is not None:
        told["loudness"] = book.finished.as_json()
    if book.clock is not None:
        told["cues"] = [slot._asdict() for slot in book.clock.slots]
    return told


def _chapters(chapters: list[Chapter]) -> dict[str, object]:
    return {"chapters": [chapter.as_json() for chapter in chapters]} if chapters else {}


def _why(context: RunContext) -> str:
    if context.stop.asked:
        return context.stop.reason
    return "the budget is used up" if context.budget.exceeded else ""
