"""A book: every text in one file, in order, with pauses between them and subtitles for the whole."""

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.narration.build import assembled
from lightning_cli.narration.chapters import Chapter, render_chapters, title_of
from lightning_cli.narration.clock import CueClock, Take, Track
from lightning_cli.narration.codings import coding_of
from lightning_cli.narration.finishing import (
    FinishOptions,
    ScratchSink,
    level_book,
    publish_book,
    publish_opus,
    scratch_path,
    skipped_samples,
)
from lightning_cli.narration.lock_file import LockFile
from lightning_cli.narration.loudness import Finished
from lightning_cli.narration.output_paths import clear_parts, sink_at, write_bytes
from lightning_cli.narration.pace import CharacterProgress
from lightning_cli.narration.pieces import (
    TRACK,
    BookPiece,
    OldPieces,
    PieceBinder,
    PieceLayout,
    moved,
    pieces_of,
)
from lightning_cli.narration.plan import Item, Recipe
from lightning_cli.narration.source import CachedSource, RunContext
from lightning_cli.pipeline.pipeline import PlacedSegment
from lightning_cli.sinks.base import Sink, register_cleanup, unregister_cleanup
from lightning_cli.sinks.containers import OPUS, PCM, Container
from lightning_cli.sinks.files import FileSink
from lightning_cli.sinks.targets import output_fault
from lightning_cli.system.small_files import read_json, write_json


class CaptionWriter(Protocol):
    """Take what was spoken and write subtitles of it."""

    def add(self, placed: PlacedSegment, sample_rate: int) -> None:
        """Take one segment and where it stands, in frames."""

    def write(self, fmt: PcmFormat) -> None:
        """Write them; raises ``OutputError``."""


@dataclass(slots=True, kw_only=True)
class Book:
    """Put every item into one file, in order, with ``pause_ms`` of silence between two, and subtitles for the whole."""

    path: Path
    container: Container
    pause_ms: int
    captions: CaptionWriter | None = None
    subtitles: Sequence[Path] = ()
    clock: CueClock | None = None
    finish: FinishOptions = field(default_factory=FinishOptions)
    chapter_files: Sequence[Path] = ()
    # Where the chapters of books that were made are remembered.
    memory: Path | None = None
    chapters: list[Chapter] = field(default_factory=list)
    # Where the pieces lie in a book whose parts can be copied, and where it ends.
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    end_bytes: int = 0
    finished: Finished | None = None
    progress: CharacterProgress = field(default_factory=CharacterProgress)

    def fingerprints(self, recipe: Recipe, items: Sequence[Item]) -> tuple[str, ...]:
        """Return every fingerprint that the book may have been given, the one it gets now first."""
        clocked = self.clock.fingerprint(items) if self.clock is not None else []
        pauses = [item.row.pause_after_ms for item in items]
        own = ["pauses", *pauses] if any(pause is not None for pause in pauses) else []
        # What shapes few books is left out of the others, so that those of versions before stay up to date.
        extra = [self.pause_ms, self.container.name, *clocked, *own, *self.finish.fingerprint()]
        return recipe.all_of_book(items, extra)

    def is_current(self, record: LockFile, fingerprints: Sequence[str]) -> bool:
        """Return whether the book and its subtitles need nothing."""
        return all(record.look(name, fingerprints).is_current for name in self._names(record))

    def is_edited(self, record: LockFile) -> bool:
        """Return whether the book itself is no longer what a run has written."""
        return record.look(_name_in(record, self.path), ()).is_edited

    def build(
        self, recipe: Recipe, items: Sequence[Item], source: CachedSource, context: RunContext, record: LockFile
    ) -> float:
        """Write the book and its subtitles; return its length in seconds. The caller holds ``locked_output``.

        Raises ``Stopped`` and what the pipeline raises.
        """
        fmt = PcmFormat(items[0].defaults.sample_rate)
        encoded = self.finish.is_encoded_by_ffmpeg(self.container)
        sink = sink_at(str(self.path), PCM if encoded else self.container)
        clear_parts(sink.final_path)
        scratch = ScratchSink(sink.final_path)
        self.chapters.clear()
        work = _Work(recipe, list(items), source, context, fmt, scratch)
        try:
            if encoded:
                length_s = self._encode(work, sink)
            elif self.clock is None and self.container.libsndfile is None:
                length_s = self._copy(work, sink, record)
            else:
                length_s = self._write_whole(work, sink)
            if self.captions is not None:
                self.captions.write(fmt)
            for path in self.chapter_files:
                write_bytes(path, render_chapters(path, self.chapters))
            sink.finish()
        except BaseException:
            sink.abort()
            raise
        finally:
            scratch.abort()
        return length_s

    def _encode(self, work: "_Work", sink: FileSink) -> float:
        """Encode the pieces with FFmpeg, and put them into their container."""
        fmt, coded = work.fmt, scratch_path(sink.final_path)
        coding = coding_of(self.container, fmt.sample_rate, self.finish.kbits)
        skipped = skipped_samples(self.container, coding)
        binder, pieces = self._binder(work)
        if self.clock is not None:
            pieces = [self._track_piece(self.clock, work)]
        register_cleanup(coded.unlink)
        try:
            frames = binder.write_coded(pieces, coded, coding, skipped)
            self.finished = binder.finished
            if self.container.name == OPUS.name:
                publish_opus(coded, sink, fmt, coding)
            else:
                publish_book(coded, sink, fmt, self.finish, self.container, self.chapters, work.context.stop)
        except OSError as fault:
            raise output_fault(fault, str(coded)) from fault
        finally:
            coded.unlink(missing_ok=True)
            unregister_cleanup(coded.unlink)
        return frames / fmt.sample_rate

    def _copy(self, work: "_Work", sink: FileSink, record: LockFile) -> float:
        """Write PCM, and copy what has not changed out of the book as it was."""
        binder, pieces = self._binder(work)
        frame_bytes = 1 if self.container.law else work.fmt.frame_bytes
        with contextlib.ExitStack() as stack:
            frames = binder.write_plain(pieces, sink, frame_bytes, self._old_parts(record, stack))
        self.finished, self.spans, self.end_bytes = binder.finished, binder.spans, sink.end_bytes
        return frames / work.fmt.sample_rate

    def _binder(self, work: "_Work") -> tuple[PieceBinder, list[BookPiece]]:
        fmt = work.fmt
        head_ms, tail_ms = self.finish.pad

        def pause_of(item: Item) -> int:
            own_ms = item.row.pause_after_ms
            pause_ms = self.pause_ms if own_ms is None else own_ms
            return fmt.bytes_in_ms(tail_ms if item is work.items[-1] else pause_ms) // fmt.frame_bytes

        binder = PieceBinder(
            recipe=work.recipe,
            source=work.source,
            context=work.context,
            fmt=fmt,
            scratch=work.scratch,
            place=partial(self._place, fmt),
            target=self.finish.loudness,
        )
        work.scratch.start(fmt)
        return binder, pieces_of(work.items, work.recipe, pause_of, fmt.bytes_in_ms(head_ms) // fmt.frame_bytes)

    def _place(self, fmt: PcmFormat, piece: BookPiece, about: PieceLayout, begin: int) -> None:
        """Note where the texts of a piece stand in the book."""
        rate = fmt.sample_rate
        for item, (start, length) in zip(piece.items, about.texts, strict=False):
            self.progress.add(item.characters)
            self.chapters.append(Chapter(title_of(item), (begin + start) / rate, length / rate))
        if self.captions is not None:
            for placed in about.placed:
                self.captions.add(moved(placed, begin, rate), rate)

    def _track_piece(self, clock: CueClock, work: "_Work") -> BookPiece:
        """Write a track to the scratch file; it is one piece, made anew each time."""
        placed: list[PlacedSegment] = []
        frames = self._tell_time(clock, work, work.scratch, placed.append)
        about = PieceLayout(frames, [], placed)
        return BookPiece(items=work.items, pauses=[0], about=about, at=(0, frames * work.fmt.frame_bytes), key=TRACK)

    def _write_whole(self, work: "_Work", sink: FileSink) -> float:
        """Write what no piece can be copied out of: all of it."""
        target, fmt = self.finish.loudness, work.fmt
        joined: Sink = sink if target is None else work.scratch
        if self.clock is not None:
            frames = self._tell_time(self.clock, work, joined, self._caption(fmt))
        else:
            binder, pieces = self._binder(work)
            if target is None:
                sink.start(fmt)
            frames = binder.write_joined(pieces, joined)
        if target is not None:
            self.finished = level_book(work.scratch.path, sink, self.container, fmt, target, work.context.stop)
        return frames / fmt.sample_rate

    def _caption(self, fmt: PcmFormat) -> Callable[[PlacedSegment], None]:
        def take(placed: PlacedSegment) -> None:
            if self.captions is not None:
                self.captions.add(placed, fmt.sample_rate)

        return take

    def _tell_time(self, clock: CueClock, work: "_Work", sink: Sink, spoken: Callable[[PlacedSegment], None]) -> int:
        """Write every item at its time; return the number of frames."""

        def take_of(item: Item) -> Take:
            work.context.stop.check()
            requests = item.requests(work.recipe.cutting, in_book=True)
            return clock.fit(item, requests, work.source, partial(assembled, work.recipe))

        track = Track(sink, work.fmt, spoken)
        clock.build(work.items, take_of, track)
        return track.frames

    def record(self, record: LockFile, fingerprint: str) -> None:
        """Remember the book and its subtitles as they are now."""
        for name in self._names(record):
            record.record(name, fingerprint, is_book=True)
        if (path := self._memory_of(record)) is not None and self.chapters:
            chapters = [list(chapter) for chapter in self.chapters]
            write_json(path, {"chapters": chapters, "spans": self.spans, "end": self.end_bytes})

    def remembered_chapters(self, record: LockFile) -> list[Chapter]:
        """Return the chapters of a book that is up to date; none where the cache knows nothing of it."""
        return _chapters_of(self._remembered(record))

    def _remembered(self, record: LockFile) -> object:
        path = self._memory_of(record)
        return read_json(path) if path is not None else None

    def _old_parts(self, record: LockFile, stack: contextlib.ExitStack) -> OldPieces | None:
        """Return the parts of the book as it was, if it still is what a run has written."""
        kept = self._remembered(record)
        if not isinstance(kept, dict):
            return None
        with contextlib.suppress(OSError, TypeError, ValueError, KeyError):
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            stack.callback(os.close, descriptor)
            moved_bytes = os.fstat(descriptor).st_size - kept["end"]
            # More than what evens a chunk is a longer head, that of a WAV beyond 4 GiB.
            moved_bytes = moved_bytes if moved_bytes > 1 else 0
            return OldPieces(descriptor, {key: (at + moved_bytes, size) for key, (at, size) in kept["spans"].items()})
        return None

    def _memory_of(self, record: LockFile) -> Path | None:
        content = record.content_of(_name_in(record, self.path))
        return self.memory / f"{content}.json" if self.memory is not None and content is not None else None

    def _names(self, record: LockFile) -> list[str]:
        return [_name_in(record, path) for path in (self.path, *self.subtitles, *self.chapter_files)]


@dataclass(frozen=True, slots=True)
class _Work:
    """What a book is made of, and where."""

    recipe: Recipe
    items: list[Item]
    source: CachedSource
    context: RunContext
    fmt: PcmFormat
    scratch: ScratchSink


def _chapters_of(kept: object) -> list[Chapter]:
    # A version before kept the chapters alone.
    listed = kept.get("chapters") if isinstance(kept, dict) else kept
    if isinstance(listed, list):
        with contextlib.suppress(TypeError, ValueError):
            return [Chapter(str(title), float(start), float(length)) for title, start, length in listed]
    return []


def _name_in(record: LockFile, path: Path) -> str:
    """Return a path relative to the lock file, so that it stays true when the project moves."""
    with contextlib.suppress(ValueError):
        return os.path.relpath(path, record.directory)
    return str(path.absolute())
