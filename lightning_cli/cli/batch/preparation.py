"""A batch from its sources to its exit code: read, plan, look, and only then ask for anything."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from lightning_cli.cli.batch.batch_options import BatchOptions
from lightning_cli.cli.batch.batch_output import list_difference
from lightning_cli.cli.batch.execution import Batch, Plan, narrate
from lightning_cli.cli.say.captions import Captions
from lightning_cli.cli.terminal.console import Console
from lightning_cli.cli.terminal.listing import write_json
from lightning_cli.errors import ExitCode, UsageFault
from lightning_cli.narration.build import Book
from lightning_cli.narration.manifest import STDIN, read_sources
from lightning_cli.narration.plan import Identity, Item, Planner, Recipe, Shard, scheduled_shard, shard_of
from lightning_cli.narration.source import ask_contents, kept_contents
from lightning_cli.narration.stamps import Stamps
from lightning_cli.sinks import SinkOptions, open_sink
from lightning_cli.sinks.containers import PCM, container_for, known_container
from lightning_cli.sinks.files import FileSink
from lightning_cli.sinks.targets import PathRegistry, output_fault

_READ_BYTES = 1 << 20


def run_batch(batch: Batch) -> None:
    """Do what a batch asks for; ends by ``typer.Exit`` unless all is well.

    What goes wrong before it begins is raised as ``LightningError``.
    """
    options, console = batch.options, batch.reporter.console
    _check_options(options)
    book = _book(batch)
    # Refused now rather than after the money is spent.
    report = open_sink(options.report, PCM) if options.report else None
    items = _items(batch, book)
    recipe = Recipe(_identity(batch, items), batch.cutting, batch.rule)
    reads_only = options.check or options.diff
    with (
        _stamps(options.directory, reads_only) as stamps,
        _stamps(book.path.parent if book else None, reads_only) as shelf,
    ):
        unbound = bool(
            book and shelf and (options.force or not book.is_current(shelf, book.fingerprint(recipe, items)))
        )
        stale = [item for item in items if _is_stale(item, recipe, stamps, force=options.force, unbound=unbound)]
        if reads_only:
            written = [item.name for item in stale if stamps and not (unbound and _is_current(item, recipe, stamps))]
            _tell(batch, stale, [*written, *([str(options.book)] if unbound else [])], recipe)
            return
        code = narrate(batch, Plan(items, stale, recipe, stamps, book, shelf), report)
    if code is not ExitCode.OK:
        raise typer.Exit(code)
    console.detail(f"the audio is kept in {batch.cache.root}")


def _check_options(options: BatchOptions) -> None:
    if options.directory is None and options.book is None:
        raise UsageFault("there is no place for the outputs", hint="add -d DIR, or --book FILE")
    if options.book == STDIN:
        raise UsageFault("a book is a file", hint="name one, as in: --book book.wav")
    if options.as_json and not (options.check or options.diff):
        raise UsageFault(
            "--json lists what --check or --diff finds", hint="add one of them; --report FILE tells of a run"
        )
    if options.subtitles and options.book is None:
        raise UsageFault("--subtitles are those of a book", hint="add --book FILE")
    if options.shard and options.book:
        raise UsageFault(
            "a book cannot be made in slices", hint="run the slices with -d, then --book alone: it takes the kept audio"
        )


def _book(batch: Batch) -> Book | None:
    options = batch.options
    if options.book is None:
        return None
    captions = Captions(options.subtitles, SinkOptions()) if options.subtitles else None
    # Beside a directory --format is that of the outputs in it.
    is_for_rows = options.directory is not None and known_container(options.book) is not None
    container = container_for(options.book, None if is_for_rows else options.format_name)
    # What cannot be written shows before anything is asked for.
    FileSink(options.book, container)
    return Book(
        path=Path(options.book),
        container=container,
        pause_ms=options.pause_text,
        captions=captions,
        subtitles=tuple(map(Path, options.subtitles or ())),
    )


def _items(batch: Batch, book: Book | None) -> list[Item]:
    """Read and plan; every problem gets a line of its own, and then nothing is sent."""
    options, console = batch.options, batch.reporter.console
    only_book = book is not None and options.directory is None
    # What the flags alone get wrong is told once, not for every row.
    batch.make_defaults(
        {}, book.container if book else container_for(f"x.{options.format_name or 'wav'}", options.format_name)
    )
    reading = read_sources(options.sources, _standard_input(), options.reading)
    for note in reading.notes:
        console.note(note)
    for warning in reading.warnings:
        console.warn(warning)
    planner = Planner(
        options.directory or Path(),
        options.format_name,
        batch.make_defaults,
        book=book.container if book else None,
        only_book=only_book,
        whole=batch.cutting.whole,
        places=_places(options),
    )
    items, problems = planner.plan(reading.rows)
    problems = reading.problems + problems
    for problem in problems:
        console.error(problem)
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise UsageFault(f"{count} in the sources", hint="correct the lines named above; nothing was sent")
    shard = _shard(options, console)
    return list(shard.of(items)) if shard else items


def _places(options: BatchOptions) -> PathRegistry:
    """Return what is read and written besides the rows; raises ``UsageFault`` for a place that is to be both."""
    places = PathRegistry()
    for source in options.sources:
        if source != STDIN:
            places.read(source, "the source")
    if options.book is not None:
        places.write(options.book, "the book")
    for name in options.subtitles or ():
        places.write(name, "the subtitles")
    if options.report is not None:
        places.write(options.report, "the report")
    return places


def _shard(options: BatchOptions, console: Console) -> Shard | None:
    """Choose the slice: the one asked for, else the task's of a Slurm array, which is told; a book is never cut."""
    if options.shard or options.book:
        return shard_of(options.shard) if options.shard else None
    shard = scheduled_shard()
    if shard is not None:
        console.warn(
            f"SLURM_ARRAY_TASK_ID makes this slice {shard.number} of {shard.slices}; --shard 1/1 narrates every row"
        )
    return shard


def _standard_input() -> Iterator[bytes]:
    if sys.stdin is None:
        raise UsageFault("standard input is closed", hint="name a file")
    try:
        while block := os.read(sys.stdin.fileno(), _READ_BYTES):
            yield block
    except OSError as fault:
        raise UsageFault(f"standard input cannot be read ({fault.strerror})", hint="check what it leads to") from fault


def _identity(batch: Batch, items: list[Item]) -> Identity:
    """Say who speaks; the contents of dictionaries are asked for unless nothing may be sent."""
    settings = batch.settings
    engine = [settings.api_root, settings.wire_format if settings.wire_format not in {None, "wav"} else "pcm"]
    if settings.is_local:
        # Another release of the engine sounds different.
        from importlib.metadata import PackageNotFoundError, version

        with contextlib.suppress(PackageNotFoundError):
            engine.append(version("hibari-tts"))
    if settings.word_timestamps:
        engine.append("words")
    name = " ".join(map(str, engine))
    ids = {one for item in items for one in item.defaults.pronunciation_dicts}
    if not ids:
        return Identity(name, {})
    if batch.options.check or batch.options.diff:
        return Identity(name, kept_contents(ids, batch.cache.root, name))
    with batch.client(items[0]) as client:
        return Identity(name, ask_contents(client, ids, batch.cache.root, name))


@contextlib.contextmanager
def _stamps(directory: Path | None, reads_only: bool) -> Iterator[Stamps | None]:
    if directory is None:
        yield None
        return
    if not reads_only:
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise output_fault(fault, str(directory)) from fault
    stamps = Stamps(directory, read_only=reads_only)
    try:
        yield stamps
    finally:
        stamps.close()


def _is_current(item: Item, recipe: Recipe, stamps: Stamps) -> bool:
    return stamps.is_current(item.name, recipe.of(item))


def _is_stale(item: Item, recipe: Recipe, stamps: Stamps | None, *, force: bool, unbound: bool) -> bool:
    """Return whether there is something to do for an item; a stale book needs every one."""
    return unbound or (stamps is not None and (force or not _is_current(item, recipe, stamps)))


def _tell(batch: Batch, stale: list[Item], names: list[str], recipe: Recipe) -> None:
    """Say what is stale: ``names`` of outputs, or the segments of ``stale`` items."""
    console = batch.reporter.console
    if batch.options.diff:
        list_difference(console, stale, recipe, batch.cache, as_json=batch.options.as_json)
    elif batch.options.as_json:
        write_json(console, [{"output": name} for name in names])
    else:
        for name in names:
            console.result(name)
    if batch.options.check and names:
        raise typer.Exit(ExitCode.STALE)
