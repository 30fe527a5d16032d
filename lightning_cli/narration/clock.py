"""Narration to a clock: each sentence of a track begins when its cue does.

A sentence is measured once it is in the cache. What is too long first borrows the silence up to the next cue, then is
asked for again at a higher speed; what still runs over moves the next one, and both are told. The sound itself begins
at the cue's time: the silence that a service puts before it is cut.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from lightning_cli.audio.joins import first_sound, last_sound
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.narration.plan import Item
from lightning_cli.narration.source import CachedSource
from lightning_cli.pipeline.pipeline import Observer, PlacedSegment
from lightning_cli.request import SPEED_RANGE, SpeechRequest
from lightning_cli.sinks.base import Sink
from lightning_cli.text.segmenter import Segment

DEFAULT_MAX_SPEED = 1.25
# Soft consonants begin before what can be measured.
_MARGIN_MS = 10
_TAIL_MS = 30
# Services answer a speed within a few per cent.
_SPEED_SLACK = 1.02
_SILENCE_FRAMES = 1 << 15

Requests = Sequence[tuple[Segment, SpeechRequest]]


class Speak(Protocol):
    """Join the answers to an item's requests in a sink."""

    def __call__(
        self, item: Item, requests: Requests, source: CachedSource, sink: Sink, observer: Observer, /
    ) -> object:
        """Speak the item; raise what the pipeline raises."""


class CueTiming(NamedTuple):
    """What became of a cue, in seconds: where it should begin and does, its length, its speed, what does not fit."""

    place: str
    wanted_s: float
    start_s: float
    length_s: float
    speed: float
    excess_s: float


@dataclass(slots=True)
class Take:
    """A sentence as it is spoken, without the silence around it; ``onset`` and ``cut`` in frames."""

    pcm: bytes
    onset: int
    cut: int
    speed: float
    placed: Sequence[PlacedSegment]

    def length_s(self, fmt: PcmFormat) -> float:
        """Return how long it is from its first sound."""
        return fmt.seconds(len(self.pcm)) - self.onset / fmt.sample_rate


@dataclass(slots=True)
class CueClock:
    """Fit sentences into their times; any thread, but for ``build`` and ``slots``."""

    max_speed: float = DEFAULT_MAX_SPEED
    slots: list[CueTiming] = field(default_factory=list)

    def fingerprint(self, items: Iterable[Item]) -> list[object]:
        """Return what shapes the track besides its sentences."""
        return [self.max_speed, [item.row.clock for item in items]]

    def fit(self, item: Item, requests: Requests, source: CachedSource, speak: Speak) -> Take:
        """Return an item's sound, spoken faster where it must be; raise what ``speak`` raises."""
        fmt = PcmFormat(item.defaults.sample_rate)
        usual = item.defaults.speed or 1.0
        highest = max(usual, min(SPEED_RANGE[1], usual * self.max_speed))
        take = _spoken(item, requests, source, speak, None)
        window_s = _window_s(item)
        if window_s is None:
            return take
        needed = usual * take.length_s(fmt) / window_s * _SPEED_SLACK if window_s > 0 else highest
        for speed in (needed, highest):
            if take.length_s(fmt) <= window_s or take.speed >= highest:
                break
            take = _spoken(item, requests, source, speak, min(highest, math.ceil(speed * 100) / 100))
        return take

    def build(self, items: Iterable[Item], take_of: Callable[[Item], Take], track: "Track") -> None:
        """Write every item at its time; ``slots`` then says what became of each."""
        self.slots.clear()
        end_ms = 0
        for item in items:
            take = take_of(item)
            start_ms, until_ms, follows_ms = item.row.clock or (0, 0, None)
            end_ms = max(end_ms, until_ms)
            wanted = track.frames_at(start_ms)
            begin = max(track.frames, wanted - take.onset)
            track.write(begin, take)
            over = track.frames - (track.frames_at(follows_ms) if follows_ms is not None else track.frames)
            rate = track.fmt.sample_rate
            self.slots.append(
                CueTiming(
                    place=item.place,
                    wanted_s=round(start_ms / 1000, 3),
                    start_s=round((begin + take.onset) / rate, 3),
                    length_s=round(take.length_s(track.fmt), 3),
                    speed=take.speed,
                    excess_s=round(max(0, over) / rate, 3),
                )
            )
        track.fill(track.frames_at(end_ms))


class Track:
    """A sink that is written at positions, in frames; ``spoken`` hears where each segment came to stand."""

    def __init__(self, sink: Sink, fmt: PcmFormat, spoken: Callable[[PlacedSegment], None]) -> None:
        self.fmt = fmt
        self.frames = 0
        self._sink = sink
        self._spoken = spoken
        sink.start(fmt)

    def frames_at(self, at_ms: int) -> int:
        """Return the position of a time."""
        return round(at_ms * self.fmt.sample_rate / 1000)

    def write(self, begin: int, take: Take) -> None:
        """Write a take at a position that has not been reached yet."""
        self.fill(begin)
        self._put(take.pcm)
        self._sink.commit()
        for placed in take.placed:
            shift = begin - take.cut
            start, end = (max(begin, min(self.frames, at + shift)) for at in (placed.start_frames, placed.end_frames))
            moved_s = shift / self.fmt.sample_rate
            words = tuple(
                word._replace(start_s=word.start_s + moved_s, end_s=word.end_s + moved_s) for word in placed.words
            )
            self._spoken(PlacedSegment(placed.segment, start, end, words))

    def fill(self, until: int) -> None:
        """Write silence up to a position."""
        while self.frames < until:
            self._put(bytes(min(until - self.frames, _SILENCE_FRAMES) * self.fmt.frame_bytes))
        self._sink.commit()

    def _put(self, pcm: bytes) -> None:
        self._sink.write(pcm)
        self.frames += len(pcm) // self.fmt.frame_bytes


class _Listener(Observer):
    def __init__(self) -> None:
        self.placed: list[PlacedSegment] = []

    def spoken(self, placed: PlacedSegment) -> None:
        self.placed.append(placed)


class _MemorySink:
    """Keep what one sentence or two come to."""

    def __init__(self) -> None:
        self.pcm = bytearray()
        self._committed = 0

    def start(self, fmt: PcmFormat) -> None:
        """Need nothing."""

    def write(self, pcm: bytes) -> None:
        self.pcm += pcm

    def commit(self) -> None:
        self._committed = len(self.pcm)

    def can_rewind(self) -> bool:
        return True

    def rewind(self) -> None:
        del self.pcm[self._committed :]

    def finish(self) -> None:
        """Do nothing: no connection is open."""

    def abort(self) -> None:
        """Do nothing: no connection is open."""


def _spoken(item: Item, requests: Requests, source: CachedSource, speak: Speak, speed: float | None) -> Take:
    if speed is not None:
        requests = [(segment, request._replace(speed=speed)) for segment, request in requests]
    sink, listener = _MemorySink(), _Listener()
    speak(item, requests, source, sink, listener)
    pcm = bytes(sink.pcm)
    fmt = PcmFormat(item.defaults.sample_rate)
    onset, end = first_sound(pcm), last_sound(pcm)
    cut = max(0, onset - fmt.sample_rate * _MARGIN_MS // 1000)
    end += fmt.sample_rate * _TAIL_MS // 1000
    kept = pcm[cut * fmt.frame_bytes : end * fmt.frame_bytes] if onset < end else b""
    used = speed if speed is not None else item.defaults.speed or 1.0
    return Take(kept, min(onset - cut, len(kept) // fmt.frame_bytes), cut, used, listener.placed)


def _window_s(item: Item) -> float | None:
    """Return the time until the next sentence's margin begins; None for the last one."""
    start_ms, _, follows_ms = item.row.clock or (0, 0, None)
    return None if follows_ms is None else (follows_ms - start_ms - _MARGIN_MS) / 1000
