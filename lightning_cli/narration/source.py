"""Segments from the cache, and from the service what the cache lacks: each of them asked for once.

A segment is taken whole before it is handed on, so an output is assembled from complete audio alone and no file is
open while the service is slow.

What each pronunciation dictionary contains, as a digest, so that audio made with other words counts as stale.

The service keeps dictionaries under ids whose content can change. A run asks for them once; what it heard is kept in
the cache, for runs that may send nothing.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Self

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.stream import Answer, PcmStream, WordTime
from lightning_cli.errors import (
    LightningError,
    OutputError,
    Unavailable,
)
from lightning_cli.narration.cache import Entry, SpeechCache
from lightning_cli.narration.file_locks import Notice, no_notice
from lightning_cli.narration.pace import Budget, CharacterProgress, Pace, Stop
from lightning_cli.narration.plan import Identity
from lightning_cli.pipeline.pipeline import SpeechSource, WholeAnswer
from lightning_cli.request import DEFAULT_SAMPLE_RATE, SpeechRequest
from lightning_cli.system.small_files import read_json, write_json
from lightning_cli.text.wordlist import load_words


@dataclass(slots=True)
class RequestCounts:
    """Count what one item took; ``first_byte_s`` is the shortest wait from a request to its first audio."""

    characters: int = 0
    requests: int = 0
    retries: int = 0
    request_ids: list[str] = field(default_factory=list)
    first_byte_s: float | None = None

    def add(self, other: "RequestCounts") -> None:
        """Add what a part of it took."""
        self.characters += other.characters
        self.requests += other.requests
        self.retries += other.retries
        self.request_ids += other.request_ids
        waits = [one for one in (self.first_byte_s, other.first_byte_s) if one is not None]
        self.first_byte_s = min(waits, default=None)


@dataclass(slots=True, kw_only=True)
class RunContext:
    """What the threads of a run share; ``force`` asks anew for what the cache has, once.

    ``notice`` takes a sentence for the person; any thread.
    """

    cache: SpeechCache
    identity: Identity
    stop: Stop
    pace: Pace
    budget: Budget
    retry: RetryPolicy
    force: bool = False
    # The ids under which the service has word lists, by the names that requests have for them here.
    word_lists: Mapping[str, str] = field(default_factory=dict)
    notice: Notice = no_notice
    progress: CharacterProgress = field(default_factory=CharacterProgress)
    _renewed: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wants(self, request: SpeechRequest) -> bool:
        """Return whether audio is still to be asked for."""
        fingerprints = self.identity.all_of(request)
        return self._is_stale(fingerprints[0]) or not any(map(self.cache.seems_to_have, fingerprints))

    def find(self, request: SpeechRequest) -> Entry | None:
        """Return the audio that the cache has; None also for what is to be asked for anew."""
        fingerprints = self.identity.all_of(request)
        if self._is_stale(fingerprints[0]):
            return None
        return next((entry for one in fingerprints if (entry := self.cache.get(one)) is not None), None)

    def sent(self, request: SpeechRequest) -> SpeechRequest:
        """Return a request as the service takes it."""
        if not self.word_lists:
            return request
        ids = tuple(self.word_lists.get(one, one) for one in request.pronunciation_dicts)
        return request._replace(pronunciation_dicts=ids)

    def renewed(self, fingerprint: str) -> None:
        """Note that a fingerprint has been asked for."""
        if self.force:
            with self._lock:
                self._renewed.add(fingerprint)

    def _is_stale(self, fingerprint: str) -> bool:
        with self._lock:
            return self.force and fingerprint not in self._renewed


class CachedStream:
    """An entry as the answer to a request."""

    def __init__(self, entry: Entry) -> None:
        self.format = PcmFormat(entry.sample_rate)
        self.answer = Answer()
        self.words: Sequence[WordTime] = entry.words
        self._pcm = entry.pcm

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: there is no connection to hold."""

    def __iter__(self) -> Iterator[bytes]:
        if self._pcm:
            yield self._pcm


class CachedSource:
    """Answer from the cache; for one thread. ``connect`` gives the client when the first request has to be sent."""

    def __init__(self, context: RunContext, connect: Callable[[], SpeechSource]) -> None:
        self._context = context
        self._connect = connect
        self._client: SpeechSource | None = None
        self.counts = RequestCounts()

    def ensure(self, request: SpeechRequest, *, may_resample: bool = False) -> None:
        """See to it that the cache has the audio.

        ``may_resample`` takes audio of the usual rate, which another container was made from. Raises ``Stopped``,
        ``OutputError`` when the cache cannot be written, and what the client raises once trying again is of no use.
        """
        context = self._context
        if not context.wants(request):
            return
        context.stop.check()
        fingerprint = context.identity.of(request)
        try:
            with context.cache.locked(fingerprint, context.stop.sleep, context.notice):
                if context.find(request) is None and not (may_resample and self._resampled(request)):
                    context.cache.put(fingerprint, self._paid(request))
                    context.renewed(fingerprint)
        except OutputError as fault:
            context.stop.unwritable(fault)
            raise

    def stream(self, request: SpeechRequest) -> PcmStream:
        """Return the audio; an entry that has gone meanwhile is asked for again. Raises what ``ensure`` raises."""
        entry = self._context.find(request)
        while entry is None:
            fingerprint = self._context.identity.of(request)
            if self._context.cache.seems_to_have(fingerprint) and not self._context.cache.has(fingerprint):
                # It is torn: nothing else would ask for it again.
                self._context.cache.drop(fingerprint)
            self.ensure(request)
            entry = self._context.find(request)
        return CachedStream(entry)

    def _paid(self, request: SpeechRequest) -> Entry:
        """Ask for the audio; what was not spoken is not counted as spent."""
        characters = len(request.text)
        self._context.budget.take(characters)
        try:
            entry = self._asked(request)
        except BaseException:
            self._context.budget.give_back(characters)
            raise
        self.counts.characters += characters
        return entry

    def _resampled(self, request: SpeechRequest) -> bool:
        if request.sample_rate >= DEFAULT_SAMPLE_RATE or self._context.force:
            return False
        entry = self._context.find(request._replace(sample_rate=DEFAULT_SAMPLE_RATE))
        if entry is None:
            return False
        self._context.cache.put(self._context.identity.of(request), _at_rate(entry, request.sample_rate))
        return True

    def _asked(self, request: SpeechRequest) -> Entry:
        retrier = _RunRetrier(self._context)
        while True:
            with retrier.attempt(), self._context.pace.turn():
                entry = self._once(request)
                self._context.pace.answered()
                self._context.stop.answered()
                return entry
            self.counts.retries += 1

    def _once(self, request: SpeechRequest) -> Entry:
        if self._client is None:
            self._client = self._connect()
        self.counts.requests += 1
        started = time.monotonic()
        pieces: list[bytes] = []
        with self._client.stream(self._context.sent(request)) as stream, WholeAnswer(stream, request) as whole:
            if stream.answer.request_id:
                self.counts.request_ids.append(stream.answer.request_id)
            for pcm in stream:
                whole.count(len(pcm))
                if not pieces:
                    waited_s = time.monotonic() - started
                    self.counts.first_byte_s = min(waited_s, self.counts.first_byte_s or waited_s)
                pieces.append(pcm)
            words = tuple(stream.words)
        return Entry(b"".join(pieces), request.sample_rate, words)


class _RunRetrier(Retrier):
    """A retrier that slows the whole run down after a 429, and may wait for a service that does not answer."""

    def __init__(self, context: RunContext) -> None:
        super().__init__(context.retry, context.stop)
        self._context = context

    def delay_after(self, fault: LightningError) -> float | None:
        """Return the policy's wait, else how long to wait for a service that does not answer."""
        delay_s = super().delay_after(fault)
        if isinstance(fault, Unavailable) and fault.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._context.pace.refused(delay_s or 0.0)
        if delay_s is not None:
            return delay_s
        pause = self._context.stop.outage_pause_s(fault)
        if pause is None:
            self._context.stop.gave_up(fault)
            return None
        # As long as the service is waited for, every try counts anew.
        self.reset()
        if pause[1]:
            self._context.notice(f"waiting for the service, which does not answer: {fault.message}")
        return pause[0]


def _at_rate(entry: Entry, sample_rate: int) -> Entry:
    """Return the audio at another rate; the words stand where they stood."""
    import numpy as np
    import soxr

    samples = np.frombuffer(entry.pcm, dtype="<i2")
    made = soxr.resample(samples, entry.sample_rate, sample_rate, quality="VHQ")
    return replace(entry, pcm=made.astype("<i2").tobytes(), sample_rate=sample_rate)


def name_word_lists(files: Sequence[Path]) -> dict[str, Path]:
    """Return word lists by names that follow from their words: audio made with them is known by these.

    What the service calls them may differ from account to account. Raises ``UsageFault`` for a bad file.
    """
    return {f"words-{_digest(tuple(load_words(path).items()))[:32]}": path for path in files}


ABSENT = "absent"


def keep_contents(
    listed: Mapping[str, tuple[tuple[str, str], ...]], ids: Collection[str], cache: Path, engine: str
) -> Mapping[str, str]:
    """Return the digests of dictionaries, ``listed`` by their ids with the words the service has, and keep them."""
    found = {one: _digest(listed[one]) if one in listed else ABSENT for one in ids}
    path = _path(cache, engine)
    write_json(path, {**_read(path), **found})
    return found


def kept_contents(ids: Collection[str], cache: Path, engine: str, recorded: Mapping[str, str]) -> Mapping[str, str]:
    """Return the digests that the last run heard, else those ``recorded`` with the outputs; else "unknown"."""
    known = {**recorded, **_read(_path(cache, engine))}
    return {one: known.get(one, "unknown") for one in ids}


def _path(cache: Path, engine: str) -> Path:
    return cache / f"dictionaries-{hashlib.sha256(engine.encode()).hexdigest()[:16]}.json"


def _read(path: Path) -> dict[str, str]:
    known = read_json(path)
    return {str(one): str(said) for one, said in known.items()} if isinstance(known, dict) else {}


def _digest(items: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256(json.dumps(sorted(items), ensure_ascii=False).encode()).hexdigest()
