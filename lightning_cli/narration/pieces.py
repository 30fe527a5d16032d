"""A book in pieces: runs of texts that are joined, measured and encoded by themselves, and kept.

When the book is made again, a piece of which nothing has changed is copied: out of the book as it was, where every
frame takes the same space, else out of the cache. What a piece holds follows from its texts alone, and where pieces end
from theirs too, so that an edit moves no other piece's end.
"""

import json
import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.stream import WordTime
from lightning_cli.narration import ffmpeg
from lightning_cli.narration.build import assembled
from lightning_cli.narration.codings import Coded, Coding
from lightning_cli.narration.ffmpeg import Blocks, Loudness
from lightning_cli.narration.finishing import ScratchSink, level_options, scratch_path
from lightning_cli.narration.loudness import (
    UNCHANGED,
    Finished,
    Level,
    LoudnessTarget,
    coded_level,
    find_level,
    loudness_of,
)
from lightning_cli.narration.plan import Item, Recipe, digest_of_values
from lightning_cli.narration.source import CachedSource, RunContext
from lightning_cli.pipeline.pipeline import Observer, PlacedSegment
from lightning_cli.sinks.base import Sink, Tee, register_cleanup, unregister_cleanup
from lightning_cli.sinks.files import FileSink
from lightning_cli.text.segmenter import Boundary, Segment

Made = TypeVar("Made")
# The key of a piece that is not kept: a track for a clock, whose every time depends on all of it.
TRACK = ""
# A piece ends with a text behind which so many characters are reached, or earlier where chance has it so: FFmpeg's
# start costs as much as some seconds of audio, and loudness is measured in blocks that short texts do not fill.
_MOST_CHARS, _LEAST_CHARS = 3000, 400
_ONE_IN = 8
# So many pieces tell what an encoder does to the loudness of a book.
_SAMPLES = 4
_WORKERS = min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


class PieceLayout(NamedTuple):
    """What a piece came to: its length, where its texts begin and how long they are, and its segments; in frames."""

    frames: int
    texts: Sequence[tuple[int, int]]
    placed: Sequence[PlacedSegment]

    def as_bytes(self) -> bytes:
        """Return it for the cache."""
        placed = [
            [
                *(one.segment.source, int(one.segment.boundary), one.segment.shown, one.start_frames, one.end_frames),
                [list(word._asdict().values()) for word in one.words],
            ]
            for one in self.placed
        ]
        return json.dumps([self.frames, self.texts, placed], ensure_ascii=False).encode("utf-8", "surrogateescape")


def _about_of(raw: bytes) -> PieceLayout:
    frames, texts, listed = json.loads(raw.decode("utf-8", "surrogateescape"))
    placed = [
        PlacedSegment(
            Segment(source, Boundary(boundary), shown=shown),
            start,
            end,
            tuple(WordTime(*word) for word in words),
        )
        for source, boundary, shown, start, end, words in listed
    ]
    return PieceLayout(frames, [(start, length) for start, length in texts], placed)


@dataclass(slots=True, kw_only=True)
class BookPiece:
    """Texts that follow one another, with the silence before the first and behind each, in frames.

    ``pause`` is that behind the last, which is not part of it; ``at`` is where its audio lies in the scratch file.
    """

    items: list[Item]
    head: int = 0
    pauses: list[int] = field(default_factory=list)
    key: str = ""
    about: PieceLayout | None = None
    at: tuple[int, int] | None = None

    @property
    def pause(self) -> int:
        """Return the silence behind the last text."""
        return self.pauses[-1]


def pieces_of(items: Sequence[Item], recipe: Recipe, pause_of: Callable[[Item], int], head: int) -> list[BookPiece]:
    """Cut a book into pieces; ``pause_of`` tells the silence behind an item, ``head`` is that before the first."""
    pieces: list[BookPiece] = []
    characters = _MOST_CHARS
    for item in items:
        if characters >= _MOST_CHARS or (characters >= _LEAST_CHARS and _is_end(pieces[-1].items[-1])):
            pieces.append(BookPiece(items=[], head=0 if pieces else head))
            characters = 0
        pieces[-1].items.append(item)
        pieces[-1].pauses.append(pause_of(item))
        characters += item.characters
    for piece in pieces:
        piece.key = digest_of_values(["piece", [*map(recipe.of, piece.items)], piece.pauses[:-1], piece.head])
    return pieces


def _is_end(item: Item) -> bool:
    return int(item.digest[:4], 16) % _ONE_IN == 0


class OldPieces(NamedTuple):
    """An open file whose bytes from an offset on, so many of them, are the audio of a piece."""

    descriptor: int
    spans: dict[str, tuple[int, int]]


@dataclass(slots=True, kw_only=True)
class PieceBinder:
    """Make a book of pieces; one thread, but for FFmpeg's work.

    ``place`` hears where each piece begins, in frames, as it is written.
    """

    recipe: Recipe
    source: CachedSource
    context: RunContext
    fmt: PcmFormat
    scratch: ScratchSink
    place: Callable[[BookPiece, PieceLayout, int], None]
    target: LoudnessTarget | None = None
    finished: Finished | None = None
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    _renewed: set[str] = field(default_factory=set)

    def write_plain(self, pieces: Sequence[BookPiece], sink: FileSink, frame_bytes: int, old: OldPieces | None) -> int:
        """Write the book into a file in which every frame takes so many bytes; return its length in frames.

        Parts of ``old`` are copied.
        """
        level = self._level(pieces)
        sink.start(self.fmt)
        begin, frames = sink.end_bytes, 0
        for piece in pieces:
            self.context.stop.check()
            start = sink.end_bytes
            about = self._known(piece)
            span = (
                old.spans.get(_key("plain", piece, about.frames, level))
                if old is not None and about is not None
                else None
            )
            if old is not None and span is not None:
                sink.copy_from(old.descriptor, *span)
            elif self.target is None:
                about = self._join(piece, sink)
            else:
                for block in ffmpeg.pcm_of(level_options(self.input_of(piece), level, self.fmt), self.context.stop):
                    sink.write(block)
            sink.commit()
            about = about or self.about_of(piece)
            self.spans[_key("plain", piece, about.frames, level)] = (start, sink.end_bytes - start)
            self.place(piece, about, frames)
            sink.write(bytes(piece.pause * self.fmt.frame_bytes))
            sink.commit()
            frames = (sink.end_bytes - begin) // frame_bytes
        return frames

    def write_joined(self, pieces: Sequence[BookPiece], sink: Sink) -> int:
        """Write the book into a sink that has been started; return its length in frames."""
        frames = 0
        for piece in pieces:
            about = self._join(piece, sink)
            self.place(piece, about, frames)
            sink.write(bytes(piece.pause * self.fmt.frame_bytes))
            sink.commit()
            frames += about.frames + piece.pause
        return frames

    def write_coded(self, pieces: Sequence[BookPiece], path: Path, coding: Coding, skipped: int) -> int:
        """Write the book as coded audio to ``path``; return its length in frames, without those that are skipped."""
        level = self._level(pieces)
        if self.target is not None and self.finished is not None and not self.finished.measured_silence:
            level = self._coded_level(pieces, level, self.target, coding, path)
            self.finished.gain_db = level.gain_db
        coder = _Coder(self, coding, level, path)
        frames = coding.lead - skipped
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            for piece, raw in zip(pieces, self._each(pieces, coder.known, coder.encode), strict=True):
                file.write(raw)
                self.place(piece, self.about_of(piece), frames)
                frames += coder.frames_of(piece) * coding.frame_samples
        return frames

    def _coded_level(
        self, pieces: Sequence[BookPiece], level: Level, target: LoudnessTarget, coding: Coding, path: Path
    ) -> Level:
        """Return the level at which the book has its loudness once it is coded; some pieces stand for all."""
        count = min(_SAMPLES, len(pieces))
        sample = [pieces[number * (len(pieces) - 1) // max(1, count - 1)] for number in range(count)]
        wanted = loudness_of(self._blocks(sample, level, pieces)).integrated

        def measure(one: Level) -> Loudness:
            coder = _Coder(self, coding, one, path)
            return loudness_of(self._each(sample, coder.known_blocks, coder.measure))

        return coded_level(level, target, wanted, measure)

    def _level(self, pieces: Sequence[BookPiece]) -> Level:
        if self.target is None:
            return UNCHANGED
        self.finished = Finished()
        return find_level(self.target, lambda level: loudness_of(self._blocks(pieces, level, pieces)), self.finished)

    def _blocks(self, pieces: Sequence[BookPiece], level: Level, book: Sequence[BookPiece]) -> Iterator[Blocks]:
        """Yield the loudness of pieces of a book at a level."""
        filters = level.filters(self.fmt.sample_rate)

        pauses_ms = [0, *(piece.pause * 1000 // self.fmt.sample_rate for piece in book)]
        around = {id(piece): ends for piece, ends in zip(book, pairwise(pauses_ms), strict=True)}

        def key_of(piece: BookPiece) -> str:
            return _key("loudness", piece, level, around[id(piece)])

        def known(piece: BookPiece) -> Blocks | None:
            kept = self.kept(key_of(piece))
            if kept is None:
                return None
            return _blocks_of(kept)

        def measure(piece: BookPiece) -> Blocks:
            blocks = ffmpeg.measure_blocks(self.input_of(piece), self.context.stop, filters, around[id(piece)])
            self.keep(key_of(piece), json.dumps(blocks).encode())
            return blocks

        return self._each(pieces, known, measure)

    def _each(
        self, pieces: Sequence[BookPiece], known: Callable[[BookPiece], Made | None], make: Callable[[BookPiece], Made]
    ) -> Iterator[Made]:
        """Yield for each piece what is known, else what is made of its audio, on several threads."""
        waiting: deque[Made | Future[Made]] = deque()
        pool = ThreadPoolExecutor(_WORKERS, "lightning-pieces")
        try:
            for piece in pieces:
                self.context.stop.check()
                one = known(piece)
                if one is None:
                    self._joined(piece)
                waiting.append(pool.submit(make, piece) if one is None else one)
                if len(waiting) > 2 * _WORKERS:
                    yield _done(waiting.popleft())
            while waiting:
                yield _done(waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)

    def input_of(self, piece: BookPiece) -> list[str]:
        """Return FFmpeg's options for the audio of a piece, which is joined where it is not yet."""
        return ffmpeg.raw_part(self.scratch.path, *self._joined(piece), self.fmt.sample_rate)

    def _joined(self, piece: BookPiece) -> tuple[int, int]:
        """Return where the audio of a piece lies in the scratch file."""
        if piece.at is None:
            begin = self.scratch.end_bytes
            self._join(piece, self.scratch)
            piece.at = (begin, self.scratch.end_bytes)
        return piece.at

    def about_of(self, piece: BookPiece) -> PieceLayout:
        """Return what is known of a piece, which is joined if that is nothing."""
        about = self._known(piece)
        if about is None:
            begin = self.scratch.end_bytes
            about = self._join(piece, self.scratch)
            piece.at = (begin, self.scratch.end_bytes)
        return about

    def _known(self, piece: BookPiece) -> PieceLayout | None:
        if piece.about is None and not self.context.force and (kept := self.kept(piece.key)) is not None:
            piece.about = _about_of(kept)
        return piece.about

    def _join(self, piece: BookPiece, sink: Sink) -> PieceLayout:
        """Join the texts of a piece, into a sink that has been started."""
        frame_bytes = self.fmt.frame_bytes
        binding = ConcatSink(sink, piece.head * frame_bytes, begun=True)
        placed: list[PlacedSegment] = []
        texts: list[tuple[int, int]] = []
        for item, pause in zip(piece.items, piece.pauses, strict=True):
            self.context.stop.check()
            begin = binding.next_bytes // frame_bytes
            requests = item.requests(self.recipe.cutting, in_book=True)
            observer = OffsetObserver(placed.append, self.fmt, begin)
            assembled(self.recipe, item, requests, self.source, binding, observer)
            texts.append((begin, binding.written_bytes // frame_bytes - begin))
            binding.pause_bytes = pause * frame_bytes
        about = piece.about = PieceLayout(binding.written_bytes // frame_bytes, texts, placed)
        self.keep(piece.key, about.as_bytes())
        return about

    def kept(self, key: str) -> bytes | None:
        """Return what the cache has under a key."""
        # What is spoken anew is joined anew, the first time that it is needed.
        if not key or (self.context.force and key not in self._renewed):
            return None
        return self.context.cache.get_bytes(key)

    def keep(self, key: str, data: bytes) -> None:
        """Put something into the cache."""
        if not key:
            return
        self._renewed.add(key)
        self.context.cache.put_bytes(key, data)


@dataclass(frozen=True, slots=True)
class _Coder:
    """Encode the pieces of a book at a level, and keep what they come to."""

    binder: PieceBinder
    coding: Coding
    level: Level
    path: Path

    def frames_of(self, piece: BookPiece) -> int:
        """Return how many frames a piece has."""
        return self.coding.frames(self.binder.about_of(piece).frames, piece.pause)

    def known(self, piece: BookPiece) -> bytes | None:
        """Return a coded piece, None where it is to be encoded."""
        return self.binder.kept(self._key("coded", piece))

    def known_blocks(self, piece: BookPiece) -> Blocks | None:
        """Return the loudness of a coded piece, None where it is to be encoded."""
        kept = self.binder.kept(self._key("coded-loudness", piece))
        return _blocks_of(kept) if kept is not None else None

    def encode(self, piece: BookPiece) -> bytes:
        """Encode a piece."""
        return self._encoded(piece).raw

    def measure(self, piece: BookPiece) -> Blocks:
        """Encode a piece and return its loudness."""
        return self._encoded(piece).blocks or Blocks({}, -math.inf)

    def _encoded(self, piece: BookPiece) -> Coded:
        binder = self.binder
        made = scratch_path(self.path)
        register_cleanup(made.unlink)
        try:
            done = (binder.fmt.sample_rate, binder.target, binder.context.stop)
            coded = self.coding.encode(binder.input_of(piece), self.frames_of(piece), made, self.level, *done)
        finally:
            made.unlink(missing_ok=True)
            unregister_cleanup(made.unlink)
        binder.keep(self._key("coded", piece), coded.raw)
        if coded.blocks is not None:
            binder.keep(self._key("coded-loudness", piece), json.dumps(coded.blocks).encode())
        return coded

    def _key(self, kind: str, piece: BookPiece) -> str:
        about = self.binder.about_of(piece)
        return _key(kind, piece, about.frames, self.coding, self.frames_of(piece), self.level, self.binder.target)


def _blocks_of(kept: bytes) -> Blocks:
    counts, peak = json.loads(kept)
    return Blocks({float(lufs): count for lufs, count in counts.items()}, peak)


def _key(kind: str, piece: BookPiece, *values: object) -> str:
    """Return the key of what is made of a piece."""
    return digest_of_values([kind, piece.key, *values]) if piece.key != TRACK else TRACK


def _done(one: Made | Future[Made]) -> Made:
    return one.result() if isinstance(one, Future) else one


class ConcatSink(Tee):
    """Join several runs of the pipeline in one sink, with ``pause_bytes`` of silence before the next.

    The first pause is the silence at the head. A sink that is ``begun`` has been started.
    """

    def __init__(self, sink: Sink, head_bytes: int = 0, *, begun: bool = False) -> None:
        super().__init__((sink,))
        self._begun = begun
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
    """Place an item's segments in the whole."""

    def __init__(self, take: Callable[[PlacedSegment], None], fmt: PcmFormat, before_frames: int) -> None:
        self._take = take
        self._fmt = fmt
        self._before_frames = before_frames

    def spoken(self, placed: PlacedSegment) -> None:
        """Take one segment."""
        self._take(moved(placed, self._before_frames, self._fmt.sample_rate))


def moved(placed: PlacedSegment, frames: int, sample_rate: int) -> PlacedSegment:
    """Return a segment so many frames later."""
    by_s = frames / sample_rate
    words = tuple(word._replace(start_s=word.start_s + by_s, end_s=word.end_s + by_s) for word in placed.words)
    return PlacedSegment(placed.segment, placed.start_frames + frames, placed.end_frames + frames, words)
