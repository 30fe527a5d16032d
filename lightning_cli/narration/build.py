"""Outputs from cached segments: first every segment of an item is in the cache, then its file is written in one go."""

import contextlib
import hashlib
import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.errors import ExitCode, LightningError, OutputError
from lightning_cli.narration.pace import Stop, Stopped
from lightning_cli.narration.plan import Item, Recipe
from lightning_cli.narration.source import CachedSource, RequestCounts, RunContext
from lightning_cli.narration.stamps import Stamps
from lightning_cli.pipeline.pipeline import Observer, Pipeline, Placed, Summary
from lightning_cli.request import SpeechRequest
from lightning_cli.sinks.base import Sink
from lightning_cli.sinks.containers import Container
from lightning_cli.sinks.files import FileSink
from lightning_cli.text.segmenter import Segment

Status = Literal["current", "built", "failed", "held"]
# Whatever can be tried again was tried where it was asked for.
_ONCE = RetryPolicy(retries=0, max_wait_s=0.0)
_PART = re.compile(r"\.(.+)\.[0-9a-f]{16}\.part", re.DOTALL)


@dataclass(slots=True)
class Result:
    """Say what became of an item; ``seconds`` is how long it took, ``audio_s`` how long it is."""

    item: Item
    status: Status
    reason: str | None = None
    hint: str | None = None
    seconds: float = 0.0
    audio_s: float = 0.0
    tally: RequestCounts = field(default_factory=RequestCounts)


class Captions(Protocol):
    """Take what was spoken and write subtitles of it."""

    def add(self, placed: Placed, sample_rate: int) -> None:
        """Take one segment and where it stands, in frames."""

    def write(self, fmt: PcmFormat) -> None:
        """Write them; raises ``OutputError``."""


class StalePartFiles:
    """Remove the parts that killed runs have left beside outputs; any thread.

    Each directory is looked through once, before the first output in it: what was there by then, and belongs to an
    output whose lock the caller holds, has no writer any more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Path, dict[str, list[Path]]] = {}

    def prepare(self, path: Path) -> None:
        """Make the directory of an output and look through it; raises ``OutputError``."""
        try:
            with self._lock:
                if path.parent not in self._found:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self._found[path.parent] = _parts_in(path.parent)
        except OSError as fault:
            raise OutputError(
                f"cannot make the directory {str(path.parent)!r} ({fault.strerror})",
                hint="check the path and its permissions",
            ) from fault

    def clear(self, path: Path) -> None:
        """Remove the parts of an output whose lock the caller holds; raises ``OutputError``."""
        self.prepare(path)
        with self._lock:
            parts = self._found[path.parent].pop(path.name, [])
        for part in parts:
            with contextlib.suppress(OSError):
                part.unlink()


def _parts_in(directory: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in directory.iterdir():
        if part := _PART.fullmatch(path.name):
            found.setdefault(part[1], []).append(path)
    return found


@contextlib.contextmanager
def locked_output(studio: RunContext, path: Path) -> Iterator[None]:
    """Keep other runs with the same cache from an output; raises ``OutputError`` and what ``Stop.sleep`` raises."""
    name = hashlib.sha256(str(path.absolute()).encode("utf-8", "surrogateescape")).hexdigest()
    with studio.cache.locked(f"output-{name}", studio.stop.sleep):
        yield


@dataclass(slots=True, kw_only=True)
class Builder:
    """Build items; any thread. Without ``stamps`` the segments are fetched and no file is written."""

    studio: RunContext
    recipe: Recipe
    stamps: Stamps | None
    leftovers: StalePartFiles = field(default_factory=StalePartFiles)

    def is_current(self, item: Item) -> bool:
        """Return whether an item's output needs nothing."""
        return (
            self.stamps is not None
            and not self.studio.force
            and self.stamps.is_current(item.name, self.recipe.of(item))
        )

    def build(self, item: Item, source: CachedSource) -> Result:
        """Bring an item up to date; what fails is told by the result. Raises nothing of the tree."""
        begun = time.monotonic()
        source.tally = RequestCounts()
        result = Result(item, "current", tally=source.tally)
        try:
            if not self.is_current(item):
                self.studio.stop.check()
                result.audio_s = self._built(item, source)
                result.status = "built"
        except Stopped as held:
            result.status, result.reason = "held", str(held)
        except LightningError as fault:
            result.status, result.reason, result.hint = "failed", fault.message, fault.hint
            if fault.exit_code is ExitCode.CONFIG:
                # A refused key is refused for every item.
                self.studio.stop.now(fault.message, fault)
        result.seconds = time.monotonic() - begun
        return result

    def _built(self, item: Item, source: CachedSource) -> float:
        if self.stamps is not None:
            # What cannot be written shows before anything is asked for.
            self.leftovers.prepare(item.path)
            FileSink(str(item.path), item.container)
        requests = item.requests(self.recipe.cutting)
        for _, request in requests:
            source.ensure(request)
        if self.stamps is None:
            return 0.0
        with locked_output(self.studio, item.path):
            if self.is_current(item):
                return 0.0
            self.leftovers.clear(item.path)
            sink = FileSink(str(item.path), item.container)
            summary = _assembled(self.recipe, item, requests, source, sink, Observer())
            self.stamps.record(item.name, self.recipe.of(item))
        return PcmFormat(item.defaults.sample_rate).seconds(summary.audio_bytes)


@dataclass(slots=True, kw_only=True)
class Book:
    """Put every item into one file, in order, with ``pause_ms`` of silence between two, and subtitles for the whole."""

    path: Path
    container: Container
    pause_ms: int
    captions: Captions | None = None
    subtitles: Sequence[Path] = ()

    def fingerprint(self, recipe: Recipe, items: Iterable[Item]) -> str:
        """Return the fingerprint of the book."""
        return recipe.of_book(items, self.pause_ms, self.container)

    def is_current(self, stamps: Stamps, fingerprint: str) -> bool:
        """Return whether the book and its subtitles need nothing."""
        return all(stamps.is_current(str(path.absolute()), fingerprint) for path in (self.path, *self.subtitles))

    def build(self, recipe: Recipe, items: Sequence[Item], source: CachedSource, stop: Stop) -> float:
        """Write the book and its subtitles; give its length in seconds. The caller holds ``locked_output``.

        Raises ``Stopped`` and what the pipeline raises.
        """
        fmt = PcmFormat(items[0].defaults.sample_rate)
        StalePartFiles().clear(self.path)
        sink = FileSink(str(self.path), self.container)
        binding = _Binding(sink, fmt.bytes_in_ms(self.pause_ms))
        try:
            for item in items:
                stop.check()
                shelf = _Shelf(self.captions, fmt, binding.next_bytes)
                _assembled(recipe, item, item.requests(recipe.cutting), source, binding, shelf)
            if self.captions is not None:
                self.captions.write(fmt)
            sink.finish()
        except BaseException:
            sink.abort()
            raise
        return fmt.seconds(binding.written_bytes)

    def record(self, stamps: Stamps, fingerprint: str) -> None:
        """Remember the book and its subtitles as they are now."""
        for path in (self.path, *self.subtitles):
            stamps.record(str(path.absolute()), fingerprint)


class _Binding:
    """Join several runs of the pipeline in one sink, with silence between them."""

    def __init__(self, sink: Sink, pause_bytes: int) -> None:
        self._sink = sink
        self._pause_bytes = pause_bytes
        self._begun = False
        self.written_bytes = 0

    @property
    def next_bytes(self) -> int:
        """Return where the next item will stand."""
        return self.written_bytes + (self._pause_bytes if self._begun else 0)

    def start(self, fmt: PcmFormat) -> None:
        if not self._begun:
            self._sink.start(fmt)
            self._begun = True
        elif self._pause_bytes:
            self.write(bytes(self._pause_bytes))
            self.commit()

    def write(self, pcm: bytes) -> None:
        self._sink.write(pcm)
        self.written_bytes += len(pcm)

    def commit(self) -> None:
        self._sink.commit()

    def can_rewind(self) -> bool:
        return self._sink.can_rewind()

    def rewind(self) -> None:
        self._sink.rewind()

    def finish(self) -> None:
        """Leave the end to the owner."""

    def abort(self) -> None:
        """Leave this to the owner too."""


class _Shelf(Observer):
    """Place an item's segments in the whole book."""

    def __init__(self, captions: Captions | None, fmt: PcmFormat, before_bytes: int) -> None:
        self._captions = captions
        self._fmt = fmt
        self._before_frames = before_bytes // fmt.frame_bytes

    def spoken(self, placed: Placed) -> None:
        if self._captions is None:
            return
        before_s = self._before_frames / self._fmt.sample_rate
        words = tuple(
            word._replace(start_s=word.start_s + before_s, end_s=word.end_s + before_s) for word in placed.words
        )
        start, end = placed.start_frames + self._before_frames, placed.end_frames + self._before_frames
        self._captions.add(Placed(placed.segment, start, end, words), self._fmt.sample_rate)


def _assembled(
    recipe: Recipe,
    item: Item,
    requests: Sequence[tuple[Segment, SpeechRequest]],
    source: CachedSource,
    sink: Sink,
    observer: Observer,
) -> Summary:
    pipeline = Pipeline(
        source=source,
        sink=sink,
        fmt=PcmFormat(item.defaults.sample_rate),
        join=recipe.rule,
        retry=_ONCE,
        observer=observer,
    )
    made: list[SpeechRequest] = [request for _, request in requests]
    return pipeline.speak([segment for segment, _ in requests], lambda number, _: made[number - 1])
