"""Segments in, sound out: in order, complete, repaired where it can be, and never half a result that looks whole."""

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from support.fake_server import Exchange, Responder, ramp, refuses, serving, speaks, speech_events
from support.joined_speech import FMT, RAW, Recorder, request_for, run, segments, voice
from support.service_client import client_of

from lightning_cli.audio.joins import JoinRule
from lightning_cli.client.stream import Answer
from lightning_cli.errors import (
    Interrupted,
    InvalidRequest,
    KeyRefused,
    LightningError,
    NoDevice,
    OutputError,
    ProtocolError,
    ReaderGone,
    StreamCut,
    StreamFault,
    Unavailable,
)
from lightning_cli.pipeline.pipeline import Observer, Pipeline, PlacedSegment
from lightning_cli.request import SpeechRequest
from lightning_cli.text.segmenter import Segment

LONG_S = 20.0


class Listener(Observer):
    """Write down what the pipeline tells."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, str]] = []
        self.answers: list[Answer] = []
        self.retries: list[tuple[str, float]] = []

    def segment_begins(self, number: int, segment: Segment) -> None:
        """Hear of a segment."""
        self.begun.append((number, segment.spoken))

    def answered(self, request: SpeechRequest, answer: Answer) -> None:  # noqa: ARG002 - the observer's signature
        """Hear of an answer."""
        self.answers.append(answer)

    def retrying(self, fault: LightningError, delay_s: float) -> None:
        """Hear of a repair."""
        self.retries.append((type(fault).__name__, delay_s))


def by_text(answers: dict[str, Responder]) -> Responder:
    """Answer by the text that is asked for."""
    return lambda exchange: answers[exchange.request.json["text"]](exchange)


TEXTS = ("One.", "Two.", "Three.")
VOICES = {text: speaks(voice(number)) for number, text in enumerate(TEXTS)}


def test_in_order_and_complete() -> None:
    """Ask for one segment after the other over one connection, and write every answer whole."""
    sink, listener = Recorder(), Listener()
    with serving(by_text(VOICES)) as server:
        summary = run(server, sink, segments(*TEXTS), observer=listener)
        assert [request.json["text"] for request in server.requests] == list(TEXTS)
        assert [request.json["request_id"] for request in server.requests] == ["mine-1", "mine-2", "mine-3"]
        assert server.connections == 1
    assert sink.data == b"".join(voice(number) for number in range(3))
    assert sink.state == "finish"
    assert listener.begun == [(1, "One."), (2, "Two."), (3, "Three.")]
    assert len(listener.answers) == 3
    assert listener.retries == []
    assert (summary.segments, summary.characters, summary.retries) == (3, 14, 0)
    assert summary.request_ids == []
    assert summary.audio_bytes == len(sink.data)


def test_commits_end_every_segment() -> None:
    """Commit once per segment, at its end, and once for the last tail."""
    sink = Recorder()
    with serving(by_text(VOICES)) as server:
        run(server, sink, segments(*TEXTS))
    size = len(voice(0))
    assert sink.committed == [size, 2 * size, 3 * size, 3 * size]


@pytest.mark.parametrize("growing", [False, True])
def test_joined_naturally(*, growing: bool) -> None:
    """Put the chosen pause between segments, whether or not it is known which is the last."""
    sink = Recorder()
    parts = segments(*TEXTS)
    with serving(by_text(VOICES)) as server:
        summary = run(server, sink, iter(parts) if growing else parts, join=JoinRule())
    sound = [voice(number)[3800:-16000] for number in range(3)]
    pause = bytes(FMT.bytes_in_ms(350))
    assert sink.data == bytes(3800) + pause.join(sound) + bytes(16000)
    assert summary.audio_bytes == len(sink.data)


def cut_once(pcm: bytes, at: int, end: Callable[[Exchange], None]) -> Responder:
    """Break the first answer after ``at`` bytes of its body, and return the whole on the second try."""
    tried: list[bool] = []

    def responder(exchange: Exchange) -> None:
        body = b"".join(speech_events(pcm))
        if tried:
            exchange.answer(body)
            return
        tried.append(True)
        exchange.head(extra=(f"Content-Length: {len(body)}",))
        exchange.send(body[:at])
        end(exchange)

    return responder


BODY_BYTES = len(b"".join(speech_events(voice(0))))


@pytest.mark.parametrize("broken", TEXTS)
@pytest.mark.parametrize("join", [RAW, JoinRule()], ids=["raw", "natural"])
@pytest.mark.parametrize("at", [0, 1, 30, 1400, 1440, 6_000, 9_999, 15_000, 30_000, BODY_BYTES - 40, BODY_BYTES - 3])
def test_a_cut_segment_is_said_again(broken: str, join: JoinRule, at: int) -> None:
    """Leave no trace of a broken try in a file, wherever in a segment it broke."""
    whole, repaired, listener = Recorder(), Recorder(), Listener()
    with serving(by_text(VOICES)) as server:
        run(server, whole, segments(*TEXTS), join=join)
    end = Exchange.reset if at % 2 else Exchange.hang_up
    answers = VOICES | {broken: cut_once(voice(TEXTS.index(broken)), at, end)}
    with serving(by_text(answers)) as server:
        summary = run(server, repaired, segments(*TEXTS), join=join, observer=listener)
        assert len(server.requests) == 4
    assert repaired.data == whole.data
    assert repaired.committed == whole.committed
    assert repaired.calls.count("rewind") == 1
    assert summary.retries == 1
    assert listener.retries == [("StreamCut", 0.005)]
    assert summary.audio_bytes == len(whole.data), "what was taken back does not count"
    assert summary.segments == 3


def test_segments_are_placed_where_they_sound() -> None:
    """Show where in the result each segment's own audio stands, after a repair too."""
    sink = Recorder()
    told: list[PlacedSegment] = []

    class Placing(Observer):
        def spoken(self, placed: PlacedSegment) -> None:
            told.append(placed)

    answers = VOICES | {"Two.": cut_once(voice(1), 9_999, Exchange.hang_up)}
    with serving(by_text(answers)) as server:
        run(server, sink, segments(*TEXTS), join=JoinRule(), observer=Placing())
    assert [item.segment.spoken for item in told] == list(TEXTS)
    margin = bytes(FMT.bytes_in_ms(10))
    own = [sink.data[2 * item.start_frames : 2 * item.end_frames] for item in told]
    assert own == [
        bytes(3800) + voice(0)[3800:-16000],
        margin + voice(1)[3800:-16000],
        margin + voice(2)[3800:],
    ]


def test_every_segment_has_its_own_tries() -> None:
    """Count tries per segment: a long text may need many in all."""
    sink = Recorder()
    broken = breaking_answers(2)
    with serving(by_text(dict(zip(TEXTS, (broken(number) for number in range(3)), strict=True)))) as server:
        summary = run(server, sink, segments(*TEXTS))
        assert len(server.requests) == 9
    assert summary.retries == 6
    assert sink.data == b"".join(voice(number) for number in range(3))


def breaking_answers(times: int) -> Callable[[int], Responder]:
    """Make answers that break ``times`` times before they are whole."""

    def responder_of(number: int) -> Responder:
        left = [times]

        def responder(exchange: Exchange) -> None:
            events = speech_events(voice(number))
            if left[0]:
                left[0] -= 1
                exchange.stream(events[:3], "close")
            else:
                exchange.stream(events)

        return responder

    return responder_of


def test_a_fault_that_stays_ends_the_run() -> None:
    """Stop after the last try, with the fault itself and nothing that looks complete."""
    sink = Recorder()
    with serving(breaking_answers(99)(0)) as server:
        with pytest.raises(StreamCut):
            run(server, sink, segments("One."))
        assert len(server.requests) == 3
    assert sink.calls.count("rewind") == 2
    assert sink.state == "abort"
    assert "finish" not in sink.calls


def test_what_cannot_be_taken_back_ends_the_run() -> None:
    """Raise the fault when bytes have left for good; never say a segment twice into a pipe."""
    sink = Recorder(kind="pipe")
    with serving(breaking_answers(1)(0)) as server:
        with pytest.raises(StreamCut):
            run(server, sink, segments("One."))
        assert len(server.requests) == 1
    assert sink.data == voice(0)[: 3 * 1024]
    assert "rewind" not in sink.calls
    assert sink.state == "abort"


@pytest.mark.parametrize("when", ["first", "second"])
def test_a_pipe_repairs_what_nobody_has_seen(when: str) -> None:
    """Try again into a pipe too as long as nothing of the segment was written."""
    sink, busy = Recorder(kind="pipe"), refuses("429 Too Many Requests", {"error": "busy"})
    good = speaks(voice(0))
    order = [busy, busy, good, good] if when == "first" else [good, busy, busy, good]
    with serving(*order) as server:
        summary = run(server, sink, segments("One.", "Two."))
    assert sink.data == voice(0) * 2
    assert summary.retries == 2


@pytest.mark.parametrize(
    ("responder", "expected", "requests"),
    [
        (refuses("401 Unauthorized", {"error": "Unauthorized"}), KeyRefused, 1),
        (refuses("500 Internal Server Error", {}), Unavailable, 2),
        (refuses("503 Service Unavailable", {}), Unavailable, 3),
        (lambda exchange: exchange.stream([b"data: [DONE]\n\n"]), ProtocolError, 1),
        (lambda exchange: exchange.stream([b"event: error\ndata: gone\n\n"]), StreamFault, 3),
    ],
)
def test_which_faults_are_repaired(responder: Responder, expected: type[LightningError], requests: int) -> None:
    """Try again what may work another time, and only that."""
    sink = Recorder()
    with serving(responder) as server:
        with pytest.raises(expected):
            run(server, sink, segments("One."))
        assert len(server.requests) == requests
    assert sink.state == "abort"


@pytest.mark.parametrize("call", ["start", "write", "commit", "rewind", "finish"])
@pytest.mark.parametrize("kind", [OutputError, ReaderGone, Interrupted, KeyboardInterrupt, MemoryError])
def test_aborted_whatever_the_sink_raises(call: str, kind: type[BaseException]) -> None:
    """Abort once, and let any exception of a sink through as it is, without another try."""
    fault = kind("full") if kind is not Interrupted else Interrupted(2)

    def fail(name: str) -> None:
        if name == call:
            raise fault

    sink = Recorder(fail=fail)
    with serving(breaking_answers(1)(0)) as server:
        with pytest.raises(kind) as caught:
            run(server, sink, segments("One."))
        assert len(server.requests) == {"start": 0, "write": 1, "commit": 2, "rewind": 1, "finish": 2}[call]
    assert caught.value is fault
    assert sink.calls.count("abort") == 1
    assert sink.calls[-1] == "abort"


@pytest.mark.parametrize("kind", [OutputError, NoDevice])
def test_faults_of_the_sink_have_no_request_id(kind: type[LightningError]) -> None:
    """Support of the service could do nothing with a full disk."""

    def fail(name: str) -> None:
        if name == "write":
            raise kind("gone")

    with serving(speaks(voice(1), extra=["X-Request-Id: r-1"])) as server, pytest.raises(kind) as caught:
        run(server, Recorder(fail=fail), segments("One."))
    assert caught.value.request_id is None


@pytest.mark.parametrize("kind", [Interrupted, KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("where", ["text", "request", "observer"])
def test_aborted_whatever_else_fails(kind: type[BaseException], where: str) -> None:
    """Abort also when the text, the request or an observer fails in the middle of a run."""
    fault = kind(2)
    sink = Recorder()

    def texts() -> Iterator[Segment]:
        yield from segments("One.")
        if where == "text":
            raise fault
        yield from segments("Two.")

    def making(number: int, segment: Segment) -> SpeechRequest:
        if where == "request" and number == 2:
            raise fault
        return request_for(number, segment)

    class Failing(Observer):
        def segment_begins(self, number: int, segment: Segment) -> None:  # noqa: ARG002 - the observer's signature
            if where == "observer" and number == 2:
                raise fault

    with serving(speaks(voice(0))) as server, client_of(server) as client, pytest.raises(kind):
        Pipeline(source=client, sink=sink, fmt=FMT, observer=Failing()).speak(texts(), making)
    assert sink.calls.count("abort") == 1
    assert sink.calls[-1] == "abort"
    assert len(sink.committed) == 1


def test_interrupted_while_waiting_for_the_next_try() -> None:
    """A signal ends the wait between two tries."""

    class Interrupting(Observer):
        def retrying(self, fault: LightningError, delay_s: float) -> None:  # noqa: ARG002 - the observer's signature
            raise Interrupted(15)

    sink = Recorder()
    with serving(breaking_answers(9)(0)) as server, pytest.raises(Interrupted):
        run(server, sink, segments("One."), observer=Interrupting())
    assert sink.state == "abort"


@pytest.mark.parametrize("parts", [[], iter([])], ids=["list", "iterator"])
def test_no_segments(parts: Sequence[Segment] | Iterator[Segment]) -> None:
    """Refuse an empty text, and leave no empty file that looks complete."""
    sink = Recorder()
    with serving(speaks(b"")) as server:
        with pytest.raises(InvalidRequest) as refusal:
            run(server, sink, parts)
        assert server.requests == []
    assert refusal.value.field == "text"
    assert sink.state == "abort"


def test_an_empty_answer_to_words_is_a_fault() -> None:
    """Take no silence for an answer where there was something to say."""
    sink = Recorder()
    with serving(speaks(b"")) as server:
        with pytest.raises(ProtocolError, match="no audio at all"):
            run(server, sink, segments("नमस्ते"))
        assert len(server.requests) == 1
    assert sink.state == "abort"


@pytest.mark.parametrize("join", [RAW, JoinRule()], ids=["raw", "natural"])
def test_an_empty_answer_to_marks_is_none(join: JoinRule) -> None:
    """Continue when a segment of nothing but marks has no sound; its neighbours meet as if it were not there."""
    sink = Recorder()
    answers = VOICES | {"...": speaks(b"")}
    with serving(by_text(answers)) as server:
        summary = run(server, sink, segments("One.", "...", "Two."), join=join)
    between = voice(0)[-16000:] + voice(1)[:3800] if join.raw else bytes(FMT.bytes_in_ms(350))
    assert sink.data == voice(0)[:-16000] + between + voice(1)[3800:]
    assert summary.segments == 3


def test_speaks_while_the_text_is_being_written() -> None:
    """Ask for the first segment before there is a second, and write its sound meanwhile."""
    sink = Recorder()

    def texts() -> Iterator[Segment]:
        yield from segments("One.")
        assert sink.first_write.wait(LONG_S)
        yield from segments("Two.")

    with serving(by_text(VOICES)) as server:
        summary = run(server, sink, texts(), join=JoinRule())
    assert summary.segments == 2
    assert sink.data.startswith(voice(0)[:-16000])
    assert sink.data.endswith(voice(1)[3800:])


def test_sound_is_written_as_it_comes() -> None:
    """Write the first audio while the server still holds the rest back."""
    sink = Recorder()

    def responder(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        events = speech_events(ramp(4000))
        exchange.chunk(events[0])
        assert sink.first_write.wait(LONG_S)
        for event in events[1:]:
            exchange.chunk(event)
        exchange.end_chunks()

    with serving(responder) as server:
        run(server, sink, segments("One."), join=JoinRule())
    assert sink.data == ramp(4000)


def test_a_single_segment_is_never_held_back() -> None:
    """Write silence too as it comes when the segment is known to be the only one: it may be in the middle of a word."""
    parts = [ramp(700), bytes(1400), bytes(1400)]
    arrived = threading.Semaphore(0)
    sink = Recorder(fail=lambda call: arrived.release() if call == "write" else None)

    def responder(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        for part in parts:
            exchange.chunk(speech_events(part, size=2000)[0])
            assert arrived.acquire(timeout=LONG_S)
        exchange.chunk(speech_events(b"")[0])
        exchange.end_chunks()

    with serving(responder) as server:
        run(server, sink, segments("One."), join=JoinRule())
    assert sink.data == b"".join(parts)
