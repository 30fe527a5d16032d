"""Outputs from cached segments: first every segment of an item is in the cache, then its file is written in one go.

The segments of one text are asked for by as many threads as there are, in their order; the last of them to come in
writes the file.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.errors import LightningError, OutputError
from lightning_cli.narration.clock import CueClock
from lightning_cli.narration.lock_file import LockFile, OutputState
from lightning_cli.narration.output_paths import OutputDirectory
from lightning_cli.narration.pace import Stopped, is_unanswered, refuses_everyone
from lightning_cli.narration.plan import Item, Recipe
from lightning_cli.narration.source import CachedSource, RequestCounts, RunContext
from lightning_cli.pipeline.pipeline import Observer, Pipeline, Summary
from lightning_cli.request import SpeechRequest
from lightning_cli.sinks.base import Sink
from lightning_cli.text.segmenter import Segment

Status = Literal["current", "built", "failed", "held"]
# Whatever can be tried again was tried where it was asked for.
_ONCE = RetryPolicy(retries=0, max_wait_s=0.0)
_QUOTED_CHARS = 60
_EDITED_HINT = "delete it to have it made again, or use --force"


@dataclass(slots=True)
class BuildResult:
    """What became of an item; ``seconds`` is how long it took, ``audio_s`` how long it is."""

    item: Item
    status: Status
    reason: str | None = None
    hint: str | None = None
    seconds: float = 0.0
    audio_s: float = 0.0
    counts: RequestCounts = field(default_factory=RequestCounts)
    fault: LightningError | None = None


Task = Callable[[CachedSource], BuildResult | None]


class _Job:
    """An item whose segments are asked for; any thread.

    ``open`` counts those that are under way, and one more for as long as others may follow.
    """

    def __init__(self, item: Item) -> None:
        self.result = BuildResult(item, "current")
        self.requests: Sequence[tuple[Segment, SpeechRequest]] = ()
        self.counts_by_number: dict[int, RequestCounts] = {}
        self.started = time.monotonic()
        self.counted = 0
        self.open = 1
        self.lock = threading.Lock()
        self.is_to_build = False

    @property
    def item(self) -> Item:
        return self.result.item

    @property
    def has_failed(self) -> bool:
        return self.result.status in {"failed", "held"}

    def fail(self, fault: Exception, sentence: str = "") -> None:
        """Note what went wrong first; what was merely stopped gives way to a fault."""
        with self.lock:
            result = self.result
            if result.status == "failed":
                return
            if isinstance(fault, LightningError):
                result.status, result.reason, result.hint = "failed", f"{sentence}{fault.message}", fault.hint
                result.fault = fault
            else:
                result.status, result.reason = "held", str(fault)


@dataclass(slots=True, kw_only=True)
class Builder:
    """Build items; any thread. Without ``outputs`` the segments are fetched and no file is written.

    ``for_book`` fetches the segments of outputs that are up to date too. ``clock`` has those spoken faster that do not
    fit into their time.
    """

    context: RunContext
    recipe: Recipe
    record: LockFile | None
    outputs: OutputDirectory | None
    for_book: bool = False
    clock: CueClock | None = None

    def tasks(self, items: Iterable[Item]) -> Iterator[Task]:
        """Return what is to be done, in order; whatever becomes of an item is the result of one of its tasks."""
        for item in items:
            job = _Job(item)
            try:
                self._open(job)
            except (LightningError, Stopped) as fault:
                job.fail(fault)
            for number, (_, request) in enumerate(job.requests):
                if job.has_failed:
                    break
                if not self.context.wants(request):
                    self._count(job, len(request.text))
                    continue
                with job.lock:
                    job.open += 1
                yield partial(self._fetch, job, number)
            yield partial(self._close, job)

    def _open(self, job: _Job) -> None:
        look = self._look(job.item)
        if look.is_current and not self.context.force:
            if self.for_book:
                job.requests = job.item.requests(self.recipe.cutting)
            return
        self.context.stop.check()
        if look.is_edited and not self.context.force:
            raise _edited()
        job.is_to_build = True
        if self.outputs is not None:
            # What cannot be written shows before anything is asked for.
            self.outputs.prepare(job.item.name, job.item.container)
        job.requests = job.item.requests(self.recipe.cutting)

    def _look(self, item: Item) -> OutputState:
        return OutputState(False) if self.record is None else self.record.look(item.name, self.recipe.all_of(item))

    def _fetch(self, job: _Job, number: int, source: CachedSource) -> BuildResult | None:
        request = job.requests[number][1]
        source.counts = job.counts_by_number[number] = RequestCounts()
        try:
            if not job.has_failed:
                source.ensure(request, may_resample=job.item.container.usual_rate == request.sample_rate)
                self._count(job, len(request.text))
        except (LightningError, Stopped) as fault:
            job.fail(fault, _named(number, request) if len(job.requests) > 1 else "")
        return self._close(job, source)

    def _count(self, job: _Job, characters: int) -> None:
        with job.lock:
            job.counted += characters
        self.context.progress.add(characters)

    def _close(self, job: _Job, source: CachedSource) -> BuildResult | None:
        """End the job once nothing of it is under way any more."""
        with job.lock:
            job.open -= 1
            if job.open:
                return None
        source.counts = job.result.counts
        for _, counts in sorted(job.counts_by_number.items()):
            source.counts.add(counts)
        try:
            if job.is_to_build and not job.has_failed:
                self._finish(job, source)
        except (LightningError, Stopped) as fault:
            job.fail(fault)
        self.context.progress.add(job.item.characters - job.counted)
        job.result.seconds = time.monotonic() - job.started
        self._forgive(job.result)
        return job.result

    def _forgive(self, result: BuildResult) -> None:
        """Take what met several rows at once, and has stopped the run, for the failure of one of them."""
        stop, fault = self.context.stop, result.fault
        if fault is None:
            return
        if refuses_everyone(fault):
            stop.now(fault.message, fault)
        if stop.cause is not None and stop.cause is not fault and (is_unanswered(fault) or refuses_everyone(fault)):
            result.status, result.reason, result.hint, result.fault = "held", stop.reason, None, None

    def _finish(self, job: _Job, source: CachedSource) -> None:
        item, context = job.item, self.context
        if self.clock is not None:
            # On every thread, and found in the cache by the track.
            self.clock.fit(item, job.requests, source, partial(assembled, self.recipe))
        if self.outputs is None or self.record is None:
            job.result.status = "built"
            return
        sink = self.outputs.prepare(item.name, item.container)
        with self.outputs.locked(sink, context.stop.sleep, context.notice):
            self.record.refresh()
            look = self._look(item)
            if look.is_current and not context.force:
                # Another process has made it.
                job.result.status = "built"
                return
            if look.is_edited and not context.force:
                raise _edited()
            summary = assembled(self.recipe, item, job.requests, source, sink, Observer())
            self.record.record(item.name, self.recipe.of(item), self.recipe.parts(item))
        job.result.status = "built"
        job.result.audio_s = PcmFormat(item.defaults.sample_rate).seconds(summary.audio_bytes)


def _edited() -> OutputError:
    return OutputError("it was changed by hand, and its text or settings have changed too", hint=_EDITED_HINT)


def _named(number: int, request: SpeechRequest) -> str:
    """Name a segment of a long text."""
    text = " ".join(request.text.split())
    shown = text if len(text) <= _QUOTED_CHARS else text[: _QUOTED_CHARS - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return f"sentence {number + 1} ({shown!r}): "


def assembled(
    recipe: Recipe,
    item: Item,
    requests: Sequence[tuple[Segment, SpeechRequest]],
    source: CachedSource,
    sink: Sink,
    observer: Observer,
) -> Summary:
    """Join an item's segments in a sink; raises what the pipeline raises, the sink is then aborted."""
    pipeline = Pipeline(
        source=source,
        sink=sink,
        fmt=PcmFormat(item.defaults.sample_rate),
        join=recipe.rule,
        retry=_ONCE.retrier,
        observer=observer,
    )
    made: list[SpeechRequest] = [request for _, request in requests]
    return pipeline.speak([segment for segment, _ in requests], lambda number, _: made[number - 1])
