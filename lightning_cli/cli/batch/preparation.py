"""A batch from its sources to its exit code: read, plan, check, and only then send requests."""

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from lightning_cli.catalogue.dictionaries import list_dictionaries
from lightning_cli.cli.batch.batch_options import BatchOptions
from lightning_cli.cli.batch.batch_output import list_difference, list_summary
from lightning_cli.cli.batch.execution import Batch, Plan, narrate
from lightning_cli.cli.say.captions import Captions
from lightning_cli.cli.terminal.listing import write_json
from lightning_cli.client.settings import LOCAL_URL, ServiceSettings
from lightning_cli.errors import ExitCode, LightningError, OutputError, UsageFault
from lightning_cli.narration.book import Book
from lightning_cli.narration.cast import Cast
from lightning_cli.narration.chapters import check_chapter_file
from lightning_cli.narration.clock import CueClock
from lightning_cli.narration.finishing import FINISHED_ENDINGS, FinishOptions, finished_container
from lightning_cli.narration.lock_file import LockFile
from lightning_cli.narration.manifest import STDIN, read_sources
from lightning_cli.narration.orphans import find_orphans, remove_orphans
from lightning_cli.narration.output_index import OutputIndex
from lightning_cli.narration.output_paths import sink_at
from lightning_cli.narration.pace import seconds_of
from lightning_cli.narration.plan import Identity, Item, Planner, Recipe
from lightning_cli.narration.shards import SlurmArray, scheduled_shard, shard_of
from lightning_cli.narration.source import keep_contents, kept_contents
from lightning_cli.pipeline import speech_backend
from lightning_cli.request import DEFAULT_MODEL, DEFAULT_VOICES, RequestDefaults
from lightning_cli.serve.settings import DEFAULT_PORT
from lightning_cli.sinks import SinkOptions, open_sink
from lightning_cli.sinks.containers import OPUS, PCM, Container, container_for, known_container
from lightning_cli.sinks.links import follow_links
from lightning_cli.sinks.targets import PathRegistry, output_fault
from lightning_cli.system.counting import counted

_READ_BYTES = 1 << 20
_LOCAL_ROOT = ServiceSettings(base_url=LOCAL_URL).api_root
# Of problems of the same kind, and what differs in them: what is quoted, numbers, names of files.
_SHOWN_PROBLEMS = 5
_KIND_CHARS = 300
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|\S*\d\S*")


def run_batch(batch: Batch) -> None:
    """Run a batch; ends by ``typer.Exit`` unless all is well.

    What goes wrong before it begins is raised as ``LightningError``.
    """
    options, console = batch.options, batch.reporter.console
    reads_only = options.check or options.diff
    _check_options(options)
    if not reads_only:
        _make_directory(options.directory)
    book = _book(batch)
    # Refused now rather than after requests were paid for.
    report = open_sink(options.report, PCM) if options.report else None
    every = _items(batch, book)
    with contextlib.ExitStack() as stack:
        records = _LockFiles(batch.cache.root, reads_only=reads_only)
        stack.callback(records.close)
        record = records.of(options.directory)
        shelf = records.of(book.path.parent if book else None)
        items = _slice(batch, every, record)
        recipe = Recipe(_identity(batch, items, record or shelf), batch.cutting, batch.rule)
        release = _offline_release() if speech_backend.is_offline(batch.settings) else None
        records.note_engine(_engine_root(batch.settings), recipe.identity.dictionaries, release)
        unbound = _is_unbound(batch, book, shelf, recipe, items)
        survey = _survey(items, recipe, record, force=options.force)
        stale = items if unbound else survey.stale
        for item in survey.edited:
            console.warn(f"keeping {str(item.path)!r}, which was changed by hand (--force replaces it)")
        orphans = _orphans(batch, record, every) if record and options.clean else []
        if reads_only:
            written = [item.name for item in survey.stale] if record else []
            unbound_books = [str(options.book)] if unbound else []
            _tell(batch, Plan(items, stale, recipe, record, book, shelf), [*written, *unbound_books])
            return
        code = narrate(batch, Plan(items, stale, recipe, record, book, shelf), report)
        if code is ExitCode.OK and record is not None:
            remove_orphans(record, orphans, console)
    if code is not ExitCode.OK:
        raise typer.Exit(code)
    console.detail(f"audio cache: {batch.cache.root}")


def _check_options(options: BatchOptions) -> None:
    if options.directory is None and options.book is None:
        raise UsageFault("no output directory given", hint="add -d DIR, or --book FILE")
    if options.book == STDIN:
        raise UsageFault("--book needs a file name", hint="name one, as in: --book book.wav")
    if options.as_json and not (options.check or options.diff):
        raise UsageFault("--json needs --check or --diff", hint="add one of them, or use --report FILE for a run")
    if options.summary and not options.diff:
        raise UsageFault("--summary needs --diff", hint="add --diff")
    if options.wait_for_service:
        seconds_of(options.wait_for_service)
    if options.subtitles and options.book is None:
        raise UsageFault("--subtitles needs --book", hint="add --book FILE")
    finish = options.finish
    if options.book is None and (options.chapters or finish != FinishOptions(kbits=finish.kbits)):
        raise UsageFault(
            "--title, --author, --cover, --chapters, --loudness and --pad are for a book",
            hint="add --book FILE",
        )
    if options.shard and options.book:
        raise UsageFault(
            "--shard cannot be combined with --book",
            hint="run the slices with -d, then run --book alone: it uses the cached audio",
        )


def _book(batch: Batch) -> Book | None:
    options = batch.options
    if options.book is None:
        return None
    captions = None
    if options.subtitles:
        by_engine = batch.settings.is_local or batch.settings.speaks_offline
        captions = Captions(options.subtitles, SinkOptions(), by_engine=by_engine)
    # Beside a directory --format is that of the outputs in it.
    is_for_rows = options.directory is not None and known_container(options.book) is not None
    container = finished_container(options.book) or container_for(
        options.book, None if is_for_rows else options.format_name, others=FINISHED_ENDINGS
    )
    finish = options.finish
    finish.check(container)
    if finish.kbits is not None and (container.name == OPUS.name or not finish.is_encoded_by_ffmpeg(container)):
        container = container.at_bitrate(finish.kbits)
    for name in options.chapters or ():
        check_chapter_file(name)
        sink_at(name, PCM)
    # An output that cannot be written is reported before any request.
    sink_at(options.book, PCM)
    return Book(
        path=Path(options.book),
        container=container,
        pause_ms=options.pause_text,
        captions=captions,
        subtitles=tuple(map(Path, options.subtitles or ())),
        finish=finish,
        chapter_files=tuple(map(Path, options.chapters or ())),
        memory=batch.cache.root / "books",
    )


def _items(batch: Batch, book: Book | None) -> list[Item]:
    """Read and plan; every problem gets a line of its own, and then nothing is sent."""
    options, console = batch.options, batch.reporter.console
    only_book = book is not None and options.directory is None
    # Errors of the flags alone are reported once, not for every row.
    usual = _usual_container(options, book)
    batch.make_defaults({}, usual)
    reads = options.reading
    if reads.cast is not None:
        _check_cast(batch, reads.cast, usual)
    reading = read_sources(options.sources, _standard_input(), reads)
    for note in reading.notes:
        console.note(note)
    for warning in reading.warnings:
        console.warn(warning)
    if book is not None and any(row.clock for row in reading.rows):
        if len(options.sources) > 1:
            raise UsageFault("a track takes one subtitle file", hint="run the other sources by themselves")
        if options.pad or options.chapters:
            raise UsageFault(
                "--pad and --chapters cannot be combined with a track for subtitles",
                hint="drop them: the subtitles set the times",
            )
        book.clock = CueClock(options.max_speed)
    if book is not None and reading.book is not None and len(options.sources) == 1:
        book.finish = book.finish.with_facts(reading.book, book.container)
    planner = Planner(
        options.directory or Path(),
        options.format_name,
        batch.make_defaults,
        book=book.container if book else None,
        only_book=only_book,
        whole=batch.cutting.whole,
        cutting=batch.cutting,
        places=_places(options),
        kbits=options.finish.kbits,
    )
    items, problems = planner.plan(reading.rows)
    problems = reading.problems + problems
    for problem in _shortened(problems):
        console.error(problem)
    if problems:
        count = counted(len(problems), "problem")
        raise UsageFault(f"{count} in the sources", hint="fix the lines above and run again; nothing was sent")
    _check_bitrate(options, items)
    return items


def _shortened(problems: list[str]) -> Iterator[str]:
    """Yield problems, and of each kind that many rows have only the first ones and the number of the rest."""
    kinds: dict[str, list[str]] = {}
    for problem in problems:
        kinds.setdefault(_VARYING.sub("", problem[:_KIND_CHARS]), []).append(problem)
    for alike in kinds.values():
        shown = len(alike) if len(alike) <= _SHOWN_PROBLEMS + 1 else _SHOWN_PROBLEMS
        yield from alike[:shown]
        if rest := len(alike) - shown:
            yield f"{rest} more like the last, up to {alike[-1]}"


def _check_bitrate(options: BatchOptions, items: list[Item]) -> None:
    if options.bitrate and options.book is None and not any(item.container.kbits for item in items):
        raise UsageFault("no output has a bitrate", hint="add --format mp3 or --format opus, or drop --bitrate")


def _usual_container(options: BatchOptions, book: Book | None) -> Container:
    """Return the container of the book, else that of rows which name none."""
    if book is not None:
        return book.container
    usual = container_for(f"x.{options.format_name or 'wav'}", options.format_name)
    kbits = options.finish.kbits
    return usual if kbits is None or not usual.has_bitrate else usual.at_bitrate(kbits)


def _check_cast(batch: Batch, cast: Cast, container: Container) -> None:
    """Raise ``UsageFault`` that names the member whose voice cannot speak."""
    for name, fields in zip(("narrator", *cast.names), (cast.narrator, *map(cast.member, cast.names)), strict=True):
        try:
            batch.make_defaults(dict(fields or ()), container)
        except LightningError as fault:
            raise UsageFault(f"the cast's {name}: {fault.message}", hint=fault.hint or "correct the cast") from fault


def _places(options: BatchOptions) -> PathRegistry:
    """Return what is read and written besides the rows; raises ``UsageFault`` for a place that is to be both."""
    places = PathRegistry()
    for source in options.sources:
        if source != STDIN:
            places.read(source, "the source")
    if options.book is not None:
        places.write(options.book, "the book")
    if options.cover is not None:
        places.read(str(options.cover), "the cover")
    for name in options.subtitles or ():
        places.write(name, "the subtitles")
    for name in options.chapters or ():
        places.write(name, "the chapters")
    if options.report is not None:
        places.write(options.report, "the report")
    return places


def _slice(batch: Batch, items: list[Item], record: LockFile | None) -> list[Item]:
    """Return the slice: the given one, else that of a Slurm array's task, which is reported; a book has none."""
    options, console = batch.options, batch.reporter.console
    if options.shard:
        return shard_of(options.shard).of(items)
    if options.book:
        return items
    known = record.array if record is not None else None
    scheduled = scheduled_shard(SlurmArray(*known) if known else None)
    if scheduled.shard is None:
        return items
    if scheduled.array is not None and record is not None:
        record.note_array(scheduled.array)
    as_before = ", as in the first run" if scheduled.is_resubmitted else ""
    number, slices = scheduled.shard
    console.warn(
        f"SLURM_ARRAY_TASK_ID makes this slice {number} of {slices}{as_before}; --shard 1/1 narrates every row"
    )
    return scheduled.shard.of(items)


def _standard_input() -> Iterator[bytes]:
    if sys.stdin is None:
        raise UsageFault("standard input is closed", hint="name a file")
    try:
        while block := os.read(sys.stdin.fileno(), _READ_BYTES):
            yield block
    except OSError as fault:
        raise UsageFault(f"standard input cannot be read ({fault.strerror})", hint="check what it leads to") from fault


def _identity(batch: Batch, items: list[Item], record: LockFile | None) -> Identity:
    """Return the identity of the backend; the contents of dictionaries are asked for unless nothing may be sent."""
    settings, sends_nothing = batch.settings, batch.options.check or batch.options.diff
    root = _engine_root(settings)
    release = record.engine if record is not None else None
    name = _engine_name(settings, root, release)
    roots: list[str] = []
    voice_before = None
    if record is not None and speech_backend.is_offline(settings) and record.service is not None:
        # Versions before took a server of the user's own for another engine, by its address.
        roots = [record.service, settings.api_root]
    elif record is not None and sends_nothing and settings.key is None and not speech_backend.is_offline(settings):
        # The address is the recorded one: it may be that of such a server, which spoke with the offline voices.
        voice_before = _with_offline_voice
        if record.is_of_earlier_version:
            roots = [_LOCAL_ROOT, f"http://127.0.0.1:{DEFAULT_PORT}{root.removeprefix(settings.base_url)}"]
    before = tuple(dict.fromkeys(one for root in roots if (one := _engine_name(settings, root, release)) != name))
    ids = {one for item in items for one in item.defaults.pronunciation_dicts} - batch.word_lists.keys()
    if not ids:
        return Identity(name, {}, before, voice_before)
    if sends_nothing:
        recorded = record.dictionaries if record is not None else {}
        return Identity(name, kept_contents(ids, batch.cache.root, name, recorded), before, voice_before)
    with batch.client(items[0]) as client:
        listed = {one.id: one.items for one in list_dictionaries(client)}
    return Identity(name, keep_contents(listed, ids, batch.cache.root, name), before)


def _with_offline_voice(request: RequestDefaults) -> RequestDefaults:
    """Return a request with the offline voice of its language in place of the service's usual one."""
    from lightning_cli.local.offline_voices import default_voice

    if request.voice_id != DEFAULT_VOICES.get(request.model or DEFAULT_MODEL):
        return request
    try:
        return request._replace(voice_id=default_voice(request.language))
    except LightningError:
        return request


def _engine_root(settings: ServiceSettings) -> str:
    """Return the address that stands for the engine: one, whether it runs in this process or in a server of ours."""
    return _LOCAL_ROOT if speech_backend.is_offline(settings) else settings.api_root


def _engine_name(settings: ServiceSettings, root: str, release: str | None = None) -> str:
    """Return the name of an engine; ``release`` is that of the offline one where it is not installed here."""
    engine = [root, settings.wire_format if settings.wire_format not in {None, "wav"} else "pcm"]
    if root.startswith(LOCAL_URL) and (found := _offline_release() or release):
        # Another release of the engine sounds different.
        engine.append(found)
    if settings.word_timestamps:
        engine.append("words")
    return " ".join(map(str, engine))


def _offline_release() -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("hibari-tts")
    except PackageNotFoundError:
        return None


def _make_directory(directory: Path | None) -> None:
    if directory is None:
        return
    place = follow_links(str(directory))
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise output_fault(fault, str(directory)) from fault


class _LockFiles:
    """The lock files of a run, one for each directory: a book may lie among its parts."""

    def __init__(self, cache: Path, *, reads_only: bool) -> None:
        self._cache = cache
        self._reads_only = reads_only
        self._made: dict[str, LockFile] = {}

    def of(self, directory: Path | None) -> LockFile | None:
        """Return the lock file of a directory."""
        if directory is None:
            return None
        place = os.path.realpath(directory)
        if place not in self._made:
            index = OutputIndex(self._cache, directory)
            self._made[place] = LockFile(directory, index, read_only=self._reads_only)
        return self._made[place]

    def note_engine(self, service: str, dictionaries: Mapping[str, str], engine: str | None) -> None:
        """Store the backend's identity in each of them, should it be written."""
        for one in self._made.values():
            one.note_engine(service, dictionaries, engine)

    def close(self) -> None:
        """Write what has changed."""
        for one in self._made.values():
            one.close()


@dataclass(frozen=True, slots=True)
class _Survey:
    """Items that need work, and those whose outputs are to be kept although they were changed by hand."""

    stale: list[Item]
    edited: list[Item]


def _survey(items: list[Item], recipe: Recipe, record: LockFile | None, *, force: bool) -> _Survey:
    survey = _Survey([], [])
    if record is None:
        return survey
    for item in items:
        look = record.look(item.name, recipe.all_of(item))
        if force or not look.is_current:
            survey.stale.append(item)
        elif look.is_edited:
            survey.edited.append(item)
    return survey


def _is_unbound(batch: Batch, book: Book | None, shelf: LockFile | None, recipe: Recipe, items: list[Item]) -> bool:
    """Return whether the book is to be made; raises ``OutputError`` where it was changed by hand."""
    if book is None or shelf is None:
        return False
    if batch.options.force:
        return True
    edited = book.is_edited(shelf)
    if book.is_current(shelf, book.fingerprints(recipe, items)):
        if edited:
            batch.reporter.console.warn(f"keeping {str(book.path)!r}, which was changed by hand (--force replaces it)")
        return False
    if edited and not (batch.options.check or batch.options.diff):
        raise OutputError(
            f"refusing to replace {str(book.path)!r}, which was changed by hand",
            hint="delete it to have it made again, or use --force",
        )
    return True


def _orphans(batch: Batch, record: LockFile, every: list[Item]) -> list[str]:
    """Return the outputs that no row names any more; they are listed where nothing is to be removed."""
    options = batch.options
    kept = [Path(one) for one in (options.book, *(options.subtitles or ())) if one is not None]
    orphans = find_orphans(record, {item.name for item in every}, kept)
    if options.check or options.diff:
        for name in orphans:
            batch.reporter.console.note(f"no row names {str(record.directory / name)!r} any more")
    return orphans


def _tell(batch: Batch, plan: Plan, names: list[str]) -> None:
    """Print what is stale: ``names`` of outputs, or what is to be spoken of items."""
    console, options = batch.reporter.console, batch.options
    if options.summary:
        list_summary(console, plan.stale, plan.recipe, batch.cache, plan.record, as_json=options.as_json)
    elif options.diff:
        list_difference(console, plan.stale, plan.recipe, batch.cache, as_json=options.as_json)
    elif options.as_json:
        write_json(console, [{"output": name} for name in names])
    else:
        for name in names:
            console.result(name)
    if options.check and names:
        raise typer.Exit(ExitCode.STALE)
