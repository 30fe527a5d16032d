"""The pipeline: requests one segment at a time, hands its PCM to the sinks, and retries what fails.

The segment is the unit of recovery: what it wrote is taken back and it is asked for again, as long as every sink can
take it back; otherwise the run ends with the fault. Each sink's promise is in ``sinks.base``.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Protocol, Self

from lightning_cli.audio.joins import Joiner, JoinRule
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.stream import Answer, PcmStream, WordTime, check_length
from lightning_cli.errors import AudioError, InvalidRequest, LightningError, OutputError, ProtocolError
from lightning_cli.request import SpeechRequest, has_words
from lightning_cli.sinks.base import Sink
from lightning_cli.system import trace
from lightning_cli.system.records import Record
from lightning_cli.text.segmenter import Segment

# One step for each piece of audio, and the words' times at the end.
Steps = Generator[None, None, Sequence[WordTime]]


class SpeechSource(Protocol):
    """A source that answers a request with a stream of PCM."""

    def stream(self, request: SpeechRequest) -> PcmStream:
        """Open the answer to ``request``."""


class PlacedSegment(Record):
    """The place of a segment's own audio in the output, in frames; ``words`` are the service's, likewise placed."""

    segment: Segment
    start_frames: int
    end_frames: int
    words: tuple[WordTime, ...]


class Observer:
    """An observer of a run; every method does nothing unless a subclass overrides it."""

    def begins(self, pipeline: "Pipeline", segments: Iterable[Segment]) -> None:
        """Handle the beginning of a run; the segments must not be consumed."""

    def segment_begins(self, number: int, segment: Segment) -> None:
        """Handle the first request for a segment, counted from 1."""

    def answered(self, request: SpeechRequest, answer: Answer) -> None:
        """Handle the head of the answer to ``request``."""

    def spoken(self, placed: "PlacedSegment") -> None:
        """Handle a complete segment and its place in the output."""

    def retrying(self, fault: LightningError, delay_s: float) -> None:
        """Handle a fault that leads to another try."""

    def ends(self) -> None:
        """Handle the moment when all of the audio is handed over and only the sink has work left."""

    def finished(self) -> None:
        """Handle the end of the run: the sink has finished."""


class Summary:
    """The counts of a run; times are ``time.monotonic`` seconds."""

    def __init__(self) -> None:
        self.segments = 0
        self.characters = 0
        self.audio_bytes = 0
        self.requests = 0
        self.retries = 0
        self.first_audio_at: float | None = None
        self.request_ids: list[str] = []


class Pipeline:
    """A pipeline from a source to a sink; ``speak`` runs in the caller's thread and keeps nothing after it."""

    def __init__(
        self,
        *,
        source: SpeechSource,
        sink: Sink,
        fmt: PcmFormat,
        join: JoinRule | None = None,
        retry: Callable[[], Retrier] | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.source = source
        self.sink = sink
        self.fmt = fmt
        self.join = join or JoinRule()
        self.retry = retry or RetryPolicy().retrier
        self.observer = observer or Observer()
        self.summary = Summary()

    def speak(self, segments: Iterable[Segment], request_for: Callable[[int, Segment], SpeechRequest]) -> Summary:
        """Speak every segment in order and finish the sink; on any failure the sink is aborted and the error raised.

        ``request_for`` makes the request of a segment from its number, counted from 1.
        """
        for _ in self.steps(segments, request_for):
            pass
        return self.summary

    def steps(
        self, segments: Iterable[Segment], request_for: Callable[[int, Segment], SpeechRequest]
    ) -> Iterator[None]:
        """Do what ``speak`` does, step by step: behind each step the sink has taken the next piece of audio.

        Closing the iterator early counts as a failure: the sink is aborted and the answer under way let go.
        """
        try:
            self.observer.begins(self, segments)
            self.sink.start(self.fmt)
            joiner = Joiner(self.fmt, self.join)
            for number, (segment, last) in enumerate(_marking_last(segments), start=1):
                self._pause(joiner, segment.pause_s)
                if not segment.spoken and segment.pause_s is not None:
                    continue  # the silence that the text ends with
                self.observer.segment_begins(number, segment)
                request = request_for(number, segment)
                before_bytes = self.summary.audio_bytes
                words = yield from self._repeat(request, joiner, last=last and segment.pause_after_s is None)
                self._write(joiner.end(segment.boundary))
                self.sink.commit()
                self.observer.spoken(self._placed(segment, before_bytes, joiner, words))
                self._pause(joiner, segment.pause_after_s)
                self.summary.segments += 1
                self.summary.characters += len(request.text)
                yield
            self._write(self._last_tail(joiner))
            self.sink.commit()
            self.observer.ends()
            started = trace.now()
            self.sink.finish()
            trace.mark(trace.FINISH, started)
            self.observer.finished()
            yield
        except BaseException:
            self.sink.abort()
            raise

    def _pause(self, joiner: Joiner, pause_s: float | None) -> None:
        """Insert the silence that a mark of the text asks for."""
        if pause_s is not None:
            self._write(joiner.pause(1000 * pause_s))
            self.sink.commit()

    def _last_tail(self, joiner: Joiner) -> bytes:
        if not self.summary.segments:
            raise InvalidRequest("text", "no text to speak", hint='try: lightning-tts say "Hello"')
        return joiner.finish()

    def _placed(self, segment: Segment, before_bytes: int, joiner: Joiner, words: Sequence[WordTime]) -> PlacedSegment:
        start = before_bytes // self.fmt.frame_bytes + joiner.lead_frames
        end = max(start, self.summary.audio_bytes // self.fmt.frame_bytes)
        offset_s = (start - joiner.cut_frames) / self.fmt.sample_rate
        shifted = (word._replace(start_s=word.start_s + offset_s, end_s=word.end_s + offset_s) for word in words)
        return PlacedSegment(segment, start, end, tuple(shifted))

    def _repeat(self, request: SpeechRequest, joiner: Joiner, *, last: bool) -> Steps:
        """Request one segment until it is complete or its fault is final; return the words' times, if any came."""
        retrier = self.retry()
        before_bytes = self.summary.audio_bytes
        while True:
            with retrier.attempt(lambda _: self.sink.can_rewind()) as attempt:
                return (yield from self._once(request, joiner, last=last))
            self.sink.rewind()
            self.summary.audio_bytes = before_bytes
            self.summary.retries += 1
            self.observer.retrying(attempt.fault, attempt.delay_s)

    def _once(self, request: SpeechRequest, joiner: Joiner, *, last: bool) -> Steps:
        self.summary.requests += 1
        started = trace.now()
        with self.source.stream(request) as stream, WholeAnswer(stream, request) as whole:
            head = trace.now()
            trace.mark(trace.REQUEST, started, head)
            self.observer.answered(request, stream.answer)
            if stream.answer.request_id:
                self.summary.request_ids.append(stream.answer.request_id)
            joiner.begin(last=last)
            first = None
            for pcm in stream:
                whole.count(len(pcm))
                if first is None:
                    first = trace.now()
                    trace.mark(trace.FIRST_AUDIO, head, first)
                self._write(joiner.feed(pcm))
                yield
            trace.mark(trace.REST, head if first is None else first)
        return stream.words

    def _write(self, pcm: bytes) -> None:
        if pcm:
            if self.summary.first_audio_at is None:
                self.summary.first_audio_at = time.monotonic()
            self.sink.write(pcm)
            self.summary.audio_bytes += len(pcm)


_NO_AUDIO = "check that the text has something to say in this language, and the voice"


def _marking_last(segments: Iterable[Segment]) -> Iterator[tuple[Segment, bool]]:
    """Pair each segment with whether it is known to be the last; in a text still growing none is."""
    count = len(segments) if isinstance(segments, Sequence) else None
    for index, segment in enumerate(segments, start=1):
        yield segment, index == count


class WholeAnswer:
    """A check that an answer is whole, as a context around reading it; its errors get the server's request id.

    Raises ``ProtocolError`` for more audio than the text can have, and for none at all: words would be lost silently.
    """

    def __init__(self, stream: PcmStream, request: SpeechRequest) -> None:
        self._stream = stream
        self._request = request
        self._received = 0

    def __enter__(self) -> Self:
        return self

    def count(self, size_bytes: int) -> None:
        """Count audio that has come; raises ``ProtocolError``."""
        self._received += size_bytes
        check_length(self._received, self._request)

    def __exit__(self, kind: object, fault: BaseException | None, traceback: object) -> None:
        if fault is None and not self._received and has_words(self._request.text):
            fault = ProtocolError("the service answered with no audio at all", hint=_NO_AUDIO)
            fault.request_id = self._stream.answer.request_id
            raise fault
        # What the sink says of a device or a disk is nothing that the server could look up.
        if isinstance(fault, (AudioError, OutputError)):
            return
        if isinstance(fault, LightningError) and fault.request_id is None:
            fault.request_id = self._stream.answer.request_id
