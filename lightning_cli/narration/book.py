"""A book: every text in one file, in order, with pauses between them and subtitles for the whole."""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.narration.build import assembled
from lightning_cli.narration.chapters import Chapter, render_chapters, title_of
from lightning_cli.narration.clock import Clock, Take, Track
from lightning_cli.narration.finishing import Finished, FinishOptions, ScratchSink, finish_book
from lightning_cli.narration.lock_file import LockFile
from lightning_cli.narration.output_paths import clear_parts, sink_at, write_bytes
from lightning_cli.narration.pace import Progress, Stop
from lightning_cli.narration.plan import Item, Recipe
from lightning_cli.narration.source import CachedSource
from lightning_cli.pipeline.pipeline import Observer, Placed
from lightning_cli.sinks.base import Sink, Tee
from lightning_cli.sinks.containers import PCM, Container
from lightning_cli.system import store


class Captions(Protocol):
    """Take what was spoken and write subtitles of it."""

    def add(self, placed: Placed, sample_rate: int) -> None:
        """Take one segment and where it stands, in frames."""

    def write(self, fmt: PcmFormat) -> None:
        """Write them; raises ``OutputError``."""


@dataclass(slots=True, kw_only=True)
class Book:
    """Put every item into one file, in order, with ``pause_ms`` of silence between two, and subtitles for the whole."""

    path: Path
    container: Container
    pause_ms: int
    captions: Captions | None = None
    subtitles: Sequence[Path] = ()
    clock: Clock | None = None
    finish: FinishOptions = field(default_factory=FinishOptions)
    chapter_files: Sequence[Path] = ()
    # Where the chapters of books that were made are remembered.
    memory: Path | None = None
    chapters: list[Chapter] = field(default_factory=list)
    finished: Finished | None = None
    progress: Progress = field(default_factory=Progress)

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

    def build(self, recipe: Recipe, items: Sequence[Item], source: CachedSource, stop: Stop) -> float:
        """Write the book and its subtitles; give its length in seconds. The caller holds ``locked_output``.

        Raises ``Stopped`` and what the pipeline raises.
        """
        fmt = PcmFormat(items[0].defaults.sample_rate)
        encoded = self.finish.is_encoded_by_ffmpeg(self.container)
        sink = sink_at(str(self.path), PCM if encoded else self.container)
        clear_parts(sink.final_path)
        scratch = ScratchSink(sink.final_path) if self.finish.uses_ffmpeg(self.container) else None
        self.chapters.clear()
        try:
            length_s = self._join(recipe, items, source, (scratch or sink, fmt, stop))
            if scratch is not None:
                self.finished = finish_book(scratch.path, sink, fmt, self.finish, self.container, self.chapters, stop)
            if self.captions is not None:
                self.captions.write(fmt)
            for path in self.chapter_files:
                write_bytes(path, render_chapters(path, self.chapters))
            sink.finish()
        except BaseException:
            sink.abort()
            raise
        finally:
            if scratch is not None:
                scratch.abort()
        return length_s

    def _join(
        self, recipe: Recipe, items: Sequence[Item], source: CachedSource, output: tuple[Sink, PcmFormat, Stop]
    ) -> float:
        """Write every item, in order or at its time; return the length in seconds."""
        sink, fmt, stop = output
        if self.clock is not None:
            return fmt.seconds(self._tell_time(self.clock, recipe, items, source, output))
        head_ms, tail_ms = self.finish.pad
        binding = ConcatSink(sink, fmt.bytes_in_ms(head_ms))
        for item in items:
            stop.check()
            begin_bytes = binding.next_bytes
            observer = OffsetObserver(self.captions, fmt, begin_bytes)
            assembled(recipe, item, item.requests(recipe.cutting, in_book=True), source, binding, observer)
            self.progress.add(item.characters)
            length_s = fmt.seconds(binding.written_bytes - begin_bytes)
            self.chapters.append(Chapter(title_of(item), fmt.seconds(begin_bytes), length_s))
            pause_ms = item.row.pause_after_ms
            binding.pause_bytes = fmt.bytes_in_ms(self.pause_ms if pause_ms is None else pause_ms)
        if tail_ms:
            binding.write(bytes(fmt.bytes_in_ms(tail_ms)))
            binding.commit()
        return fmt.seconds(binding.written_bytes)

    def _tell_time(
        self,
        clock: Clock,
        recipe: Recipe,
        items: Sequence[Item],
        source: CachedSource,
        output: tuple[Sink, PcmFormat, Stop],
    ) -> int:
        """Write every item at its time; return the number of bytes."""
        sink, fmt, stop = output

        def take_of(item: Item) -> Take:
            stop.check()
            return clock.fit(item, item.requests(recipe.cutting, in_book=True), source, partial(assembled, recipe))

        def spoken(placed: Placed) -> None:
            if self.captions is not None:
                self.captions.add(placed, fmt.sample_rate)

        track = Track(sink, fmt, spoken)
        clock.build(items, take_of, track)
        return track.frames * fmt.frame_bytes

    def record(self, record: LockFile, fingerprint: str) -> None:
        """Remember the book and its subtitles as they are now."""
        for name in self._names(record):
            record.record(name, fingerprint, is_book=True)
        if (path := self._memory_of(record)) is not None and self.chapters:
            store.write_json(path, [list(chapter) for chapter in self.chapters])

    def remembered_chapters(self, record: LockFile) -> list[Chapter]:
        """Return the chapters of a book that is up to date; none where the cache knows nothing of it."""
        path = self._memory_of(record)
        kept = store.read_json(path) if path is not None else None
        if not isinstance(kept, list):
            return []
        with contextlib.suppress(TypeError, ValueError):
            return [Chapter(str(title), float(start), float(length)) for title, start, length in kept]
        return []

    def _memory_of(self, record: LockFile) -> Path | None:
        content = record.content_of(_name_in(record, self.path))
        return self.memory / f"{content}.json" if self.memory is not None and content is not None else None

    def _names(self, record: LockFile) -> list[str]:
        return [_name_in(record, path) for path in (self.path, *self.subtitles, *self.chapter_files)]


def _name_in(record: LockFile, path: Path) -> str:
    """Return a path relative to the lock file, so that it stays true when the project moves."""
    with contextlib.suppress(ValueError):
        return os.path.relpath(path, record.directory)
    return str(path.absolute())


class ConcatSink(Tee):
    """Join several runs of the pipeline in one sink, with ``pause_bytes`` of silence before the next.

    The first pause is the silence at the head.
    """

    def __init__(self, sink: Sink, head_bytes: int = 0) -> None:
        super().__init__((sink,))
        self._begun = False
        self.pause_bytes = head_bytes
        self.written_bytes = 0

    @property
    def next_bytes(self) -> int:
        """Return where the next item will stand."""
        return self.written_bytes + self.pause_bytes

    def start(self, fmt: PcmFormat) -> None:
        """Begin an item, behind the pause where it is not the first."""
        if not self._begun:
            super().start(fmt)
            self._begun = True
        if self.pause_bytes:
            self.write(bytes(self.pause_bytes))
            self.commit()

    def write(self, pcm: bytes) -> None:
        """Pass PCM on."""
        super().write(pcm)
        self.written_bytes += len(pcm)

    def finish(self) -> None:
        """Leave the end to the owner."""

    def abort(self) -> None:
        """Leave this to the owner too."""


class OffsetObserver(Observer):
    """Place an item's segments in the whole book."""

    def __init__(self, captions: Captions | None, fmt: PcmFormat, before_bytes: int) -> None:
        self._captions = captions
        self._fmt = fmt
        self._before_frames = before_bytes // fmt.frame_bytes

    def spoken(self, placed: Placed) -> None:
        """Take one segment."""
        if self._captions is None:
            return
        before_s = self._before_frames / self._fmt.sample_rate
        words = tuple(
            word._replace(start_s=word.start_s + before_s, end_s=word.end_s + before_s) for word in placed.words
        )
        start, end = placed.start_frames + self._before_frames, placed.end_frames + self._before_frames
        self._captions.add(Placed(placed.segment, start, end, words), self._fmt.sample_rate)
