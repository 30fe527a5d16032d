"""A batch from its sources to its exit code: read, plan, look, and only then ask for anything."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from lightning_cli.cli.batch.batch_output import list_difference
from lightning_cli.cli.batch.execution import Batch, BatchOptions, Plan, narrate
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
from lightning_cli.sinks.containers import PCM, container_for
from lightning_cli.sinks.files import FileSink
from lightning_cli.sinks.targets import PathRegistry, output_fault

_READ_BYTES = 1 << 20


def run_batch(batch: Batch) -> None:
    """Do what a batch asks for; ends by ``typer.Exit`` unless all is well.

    What goes wrong before it begins is raised as ``LightningError``.
    """
    given, console = batch.given, batch.shown.console
    _check_given(given)
    book = _book(batch)
    # Refused now rather than after the money is spent.
    report = open_sink(given.report, PCM) if given.report else None
    items = _items(batch, book)
    recipe = Recipe(_identity(batch, items), batch.cutting, batch.rule)
    reads_only = given.check or given.diff
    with (
        _stamps(given.directory, reads_only) as stamps,
        _stamps(book.path.parent if book else None, reads_only) as shelf,
    ):
        unbound = bool(book and shelf and (given.force or not book.is_current(shelf, book.fingerprint(recipe, items))))
        stale = [item for item in items if _is_stale(item, recipe, stamps, force=given.force, unbound=unbound)]
        if reads_only:
            written = [item.name for item in stale if stamps and not (unbound and _is_current(item, recipe, stamps))]
            _tell(batch, stale, [*written, *([str(given.book)] if unbound else [])], recipe)
            return
        code = narrate(batch, Plan(items, stale, recipe, stamps, book, shelf), report)
    if code is not ExitCode.OK:
        raise typer.Exit(code)
    console.detail(f"the audio is kept in {batch.cache.root}")


def _check_given(given: BatchOptions) -> None:
    if given.directory is None and given.book is None:
        raise UsageFault("there is no place for the outputs", hint="add -d DIR, or --book FILE")
    if given.book == STDIN:
        raise UsageFault("a book is a file", hint="name one, as in: --book book.wav")
    if given.as_json and not (given.check or given.diff):
        raise UsageFault(
            "--json lists what --check or --diff finds", hint="add one of them; --report FILE tells of a run"
        )
    if given.subtitles and given.book is None:
        raise UsageFault("--subtitles are those of a book", hint="add --book FILE")
    if given.shard and given.book:
        raise UsageFault(
            "a book cannot be made in slices", hint="run the slices with -d, then --book alone: it takes the kept audio"
        )


def _book(batch: Batch) -> Book | None:
    given = batch.given
    if given.book is None:
        return None
    captions = Captions(given.subtitles, SinkOptions()) if given.subtitles else None
    container = container_for(given.book, given.format_name)
    # What cannot be written shows before anything is asked for.
    FileSink(given.book, container)
    return Book(
        path=Path(given.book),
        container=container,
        pause_ms=given.pause_text_ms,
        captions=captions,
        subtitles=tuple(map(Path, given.subtitles)),
    )


def _items(batch: Batch, book: Book | None) -> list[Item]:
    """Read and plan; every problem gets a line of its own, and then nothing is sent."""
    given, console = batch.given, batch.shown.console
    only_book = book is not None and given.directory is None
    # What the flags alone get wrong is told once, not for every row.
    batch.make_wish({}, book.container if book else container_for(f"x.{given.format_name or 'wav'}", given.format_name))
    reading = read_sources(given.sources, _standard_input())
    planner = Planner(
        given.directory or Path(),
        given.format_name,
        batch.make_wish,
        book=book.container if book else None,
        only_book=only_book,
        whole=batch.cutting.whole,
        places=_places(given),
    )
    items, problems = planner.plan(reading.rows)
    problems = reading.problems + problems
    for problem in problems:
        console.error(problem)
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise UsageFault(f"{count} in the sources", hint="correct the lines named above; nothing was sent")
    shard = _shard(given, console)
    return list(shard.of(items)) if shard else items


def _places(given: BatchOptions) -> PathRegistry:
    """Return what is read and written besides the rows; raises ``UsageFault`` for a place that is to be both."""
    places = PathRegistry()
    for source in given.sources:
        if source != STDIN:
            places.read(source, "the source")
    if given.book is not None:
        places.write(given.book, "the book")
    for name in given.subtitles:
        places.write(name, "the subtitles")
    if given.report is not None:
        places.write(given.report, "the report")
    return places


def _shard(given: BatchOptions, console: Console) -> Shard | None:
    """Choose the slice: the one asked for, else the task's of a Slurm array, which is told; a book is never cut."""
    if given.shard or given.book:
        return shard_of(given.shard) if given.shard else None
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
    ids = {one for item in items for one in item.wish.pronunciation_dicts}
    if not ids:
        return Identity(name, {})
    if batch.given.check or batch.given.diff:
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
    console = batch.shown.console
    if batch.given.diff:
        list_difference(console, stale, recipe, batch.cache, as_json=batch.given.as_json)
    elif batch.given.as_json:
        write_json(console, [{"output": name} for name in names])
    else:
        for name in names:
            console.result(name)
    if batch.given.check and names:
        raise typer.Exit(ExitCode.STALE)
