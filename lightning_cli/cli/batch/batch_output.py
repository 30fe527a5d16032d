"""The messages of a batch: a bar at a terminal, plain lines in a log, a table at the end."""

import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lightning_cli.cli.terminal.console import Console, is_terminal
from lightning_cli.cli.terminal.listing import write_json, write_list
from lightning_cli.cli.terminal.progress_bar import ProgressBar
from lightning_cli.errors import LightningError
from lightning_cli.narration.build import BuildResult
from lightning_cli.narration.cache import SpeechCache
from lightning_cli.narration.clock import CueTiming
from lightning_cli.narration.lock_file import LockFile
from lightning_cli.narration.loudness import Finished
from lightning_cli.narration.pace import CharacterProgress
from lightning_cli.narration.plan import Item, Recipe
from lightning_cli.narration.run import Totals
from lightning_cli.request import SpeechRequest
from lightning_cli.system.counting import counted

if TYPE_CHECKING:
    import queue

# Below what can be heard.
_LATE_S = 0.02
_HELD = "not done"
# How often the progress is written to a log.
_LOG_S = 30.0
_SUMMARY = ("output", "why", "voice", "sentences", "characters", "minutes")
# What voices speak, more or less.
_CHARACTERS_A_SECOND = 15
_DIFFERENCE = ("output", "characters", "text")


class BatchProgress:
    """The display of a run's progress, by characters; for one thread."""

    def __init__(self, console: Console, items: Sequence[Item], notices: "queue.SimpleQueue[str]") -> None:
        self._console = console
        self._notices = notices
        # For the run's threads: a note must not land on the bar.
        self.quiet_console = QueuedConsole(console, notices)
        self._bar = ProgressBar() if items and _wants_bar(console) else None
        self._run_begun = time.monotonic()
        self.begin("", items, CharacterProgress())

    def begin(self, what: str, items: Sequence[Item], progress: CharacterProgress) -> None:
        """Start a part of the work; ``progress`` counts the characters of its items."""
        self._what, self._progress = what, progress
        self._total, self._characters = len(items), sum(item.characters for item in items)
        self._done = self._failures = 0
        self._begun = self._told = time.monotonic()
        if self._bar:
            self._bar.begin(self._characters, what)

    def show(self, result: BuildResult) -> None:
        """Show the result of an item."""
        self._done += 1
        self._failures += result.status == "failed"
        self.tick()
        if result.status == "failed":
            told = f"{result.item.place}: {result.item.name}: {result.reason}"
            self.aside(lambda: self._console.error(told, result.hint))
        elif self._bar is None and result.status == "built" and (result.audio_s or result.counts.requests):
            self._console.note(f"[{self._done}/{self._total}] {result.item.name}: {_work(result)}")

    def tick(self) -> None:
        """Show the progress, in a log twice a minute, and the notes of the run's threads."""
        while not self._notices.empty():
            notice = self._notices.get()
            self.aside(lambda: self._console.note(notice))  # noqa: B023 - called at once
        if self._bar:
            items = f"{self._done}/{self._total}" if not self._what else ""
            self._bar.step(self._progress.done, items, failures=self._failures)
        elif time.monotonic() - self._told >= _LOG_S:
            self._told = time.monotonic()
            self._console.note(self._how_far())

    def _how_far(self) -> str:
        done, passed_s = self._progress.done, time.monotonic() - self._begun
        what = self._what or f"{self._done} of {self._total} texts"
        told = f"{what}: {min(done, self._characters):,} of {self._characters:,} characters"
        if 0 < done < self._characters:
            told += f", about {_duration(passed_s / done * (self._characters - done))} left"
        return told

    def aside(self, write: Callable[[], None]) -> None:
        """Hide the bar while something else is written."""
        if self._bar is None:
            write()
            return
        with self._bar.aside():
            write()

    def end(self) -> None:
        """Remove the bar; idempotent."""
        if self._bar:
            self._bar.end()
            self._bar = None
        while not self._notices.empty():
            self._console.note(self._notices.get())

    @property
    def seconds(self) -> float:
        """Return the time since the beginning."""
        return time.monotonic() - self._run_begun


class QueuedConsole(Console):
    """A console for threads: notes wait until the bar is away."""

    def __init__(self, console: Console, notices: "queue.SimpleQueue[str]") -> None:
        super().__init__(quiet=console.quiet, verbose=console.verbose)
        self._notices = notices

    def note(self, text: str) -> None:
        """Hand a note to the thread that shows the run."""
        self._notices.put(text)


def _duration(seconds: float) -> str:
    minutes = math.ceil(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 - of an hour


def close(console: Console, totals: Totals, seconds: float, stopped: str, book_s: float = 0.0) -> None:
    """Write the closing table; ``book_s`` is the length of a book that was made."""
    counts = totals.counts
    lines = [
        ("built", str(counts["built"])),
        ("up to date", str(counts["current"])),
        ("failed", str(counts["failed"])),
        (_HELD, str(counts["held"]) + (f" ({stopped})" if stopped and counts["held"] else "")),
        ("spoken", _spoken(totals)),
        ("audio", f"{totals.audio_s or book_s:.1f} s in {seconds:.1f} s"),
    ]
    for label, value in lines:
        if value != "0" or label in {"built", "up to date"}:
            console.note(f"{label:<12}{value}")


def _spoken(totals: Totals) -> str:
    size = f"{counted(totals.characters, 'character')} in {counted(totals.requests, 'request')}"
    return f"{size}, {counted(totals.retries, 'retry')}"


def tell_loudness(console: Console, done: Finished | None) -> None:
    """Report the measured loudness and what was done about it."""
    if done is None or done.measured is None:
        return
    if done.measured.is_silent:
        console.warn("the book is silent: its loudness is left as it is")
        return
    limited = f", peaks limited by up to {done.limited_db:.1f} dB" if done.limited_db else ""
    console.note(f"loudness: {done.measured.integrated:.1f} LUFS, gain {done.gain_db:+.2f} dB{limited}")


def tell_overruns(console: Console, slots: Sequence[CueTiming]) -> None:
    """List the items that do not fit into their time, by how much, and those that are late because of them."""
    for slot in slots:
        late_s = slot.start_s - slot.wanted_s
        late = f", {late_s:.2f} s late" if late_s > _LATE_S else ""
        if slot.excess_s or late:
            over = f"runs {slot.excess_s:.2f} s over" if slot.excess_s else "begins after its time"
            console.warn(f"{slot.place}: {over} at speed {slot.speed:g}{late}")


def list_difference(
    console: Console, stale: Sequence[Item], recipe: Recipe, cache: SpeechCache, *, as_json: bool = False
) -> None:
    """List the segments that would be asked for: output, characters, text; and the sums."""
    rows = [
        (item.name, len(request.text), request.text)
        for item, requests in _wanted(console, stale, recipe, cache)
        for request in requests
    ]
    if as_json:
        write_json(console, [{"output": name, "characters": count, "text": text} for name, count, text in rows])
    else:
        write_list(console, _DIFFERENCE, [[name, str(count), text] for name, count, text in rows])
    characters = sum(count for _, count, _ in rows)
    console.note(
        f"{counted(len(stale), 'file')} to build, {counted(len(rows), 'segment')}, "
        f"{counted(characters, 'character')}; nothing was sent"
    )


def _wanted(
    console: Console, stale: Sequence[Item], recipe: Recipe, cache: SpeechCache
) -> Iterator[tuple[Item, list[SpeechRequest]]]:
    """Yield each item with the requests that would be sent for it; a segment is sent once."""
    known: set[str] = set()
    for item in stale:
        wanted = []
        try:
            requests = item.requests(recipe.cutting)
        except LightningError as fault:
            console.error(f"{item.place}: {item.name}: {fault.message}", fault.hint)
            continue
        for _, request in requests:
            fingerprint = recipe.identity.of(request)
            if fingerprint not in known and not cache.has(fingerprint):
                known.add(fingerprint)
                wanted.append(request)
        yield item, wanted


def list_summary(
    console: Console,
    stale: Sequence[Item],
    recipe: Recipe,
    cache: SpeechCache,
    record: LockFile | None,
    *,
    as_json: bool = False,
) -> None:
    """List what would be spoken by output and voice, and why the output is stale; and the sums by voice."""
    rows: list[dict[str, object]] = []
    sums: dict[str, Counter[str]] = {}
    for item, requests in _wanted(console, stale, recipe, cache):
        why = record.why(item.name, recipe.parts(item)) if record is not None else ("missing",) * bool(requests)
        voices = {request.voice_id: Counter[str]() for request in requests} or {item.defaults.voice_id: Counter[str]()}
        for request in requests:
            voices[request.voice_id].update(
                sentences=1, characters=len(request.text), seconds=math.ceil(_spoken_s(request))
            )
        for voice, counts in voices.items():
            about = {"sentences": counts["sentences"], "characters": counts["characters"]}
            rows.append(
                {"output": item.name, "why": "+".join(why), "voice": voice, **about, "minutes": _minutes(counts)}
            )
            sums.setdefault(voice, Counter()).update(counts, files=1)
    if as_json:
        write_json(console, rows)
    else:
        write_list(console, _SUMMARY, [[str(row[name]) for name in _SUMMARY] for row in rows])
    for voice, counts in sorted(sums.items()):
        told = [counted(counts[f"{noun}s"], noun) for noun in ("file", "sentence", "character")]
        minutes = _minutes(counts)
        how_long = f"{minutes} min" if minutes >= 1 else f"{counts['seconds']} s"
        console.note(f"{voice}: {', '.join(told)}, about {how_long}")


def _spoken_s(request: SpeechRequest) -> float:
    return len(request.text) / (_CHARACTERS_A_SECOND * (request.speed or 1.0))


def _minutes(counts: Mapping[str, int]) -> float:
    return round(counts["seconds"] / 60, 1)


def _wants_bar(console: Console) -> bool:
    can_draw = is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"
    return can_draw and not (console.quiet or console.is_plain)


def _work(result: BuildResult) -> str:
    counts = result.counts
    requests, characters = counted(counts.requests, "request"), counted(counts.characters, "character")
    if not result.audio_s:
        # Made ready for a book.
        return f"ready, {requests}, {characters}"
    if not counts.requests:
        return f"{result.audio_s:.1f} s from the cache"
    return f"{result.audio_s:.1f} s, {requests}, {characters}"
