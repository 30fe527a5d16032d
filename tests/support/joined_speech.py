"""Segments spoken over a real connection into a sink that insists on its contract."""

import array
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from support.fake_server import SpeechServer
from support.service_client import HELLO, client_of

from lightning_cli.audio.joins import JoinRule
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.pipeline.pipeline import Observer, Pipeline, Summary
from lightning_cli.request import SpeechRequest
from lightning_cli.text.segmenter import Boundary, Segment

FMT = PcmFormat(HELLO.sample_rate)


QUICK = RetryPolicy(base_s=0.005, jitter=0.0)


RAW = JoinRule(raw=True)


@dataclass
class Recorder:
    """Keep audio as a file does, and insist that the pipeline keeps its side of the contract in ``sinks.base``.

    ``kind`` says what can be taken back: ``file`` everything since the last commit, ``pipe`` nothing that was written.
    """

    kind: str = "file"
    fail: Callable[[str], None] = lambda _: None
    data: bytes = b""
    committed: list[int] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    may_rewind: bool = False
    first_write: threading.Event = field(default_factory=threading.Event)

    @property
    def state(self) -> str:
        """Return the last of the calls that change what is allowed."""
        return next((call for call in reversed(self.calls) if call in {"start", "finish", "abort"}), "new")

    def start(self, fmt: PcmFormat) -> None:
        """Begin, once."""
        assert self.state == "new"
        assert fmt == FMT
        self.note("start")

    def write(self, pcm: bytes) -> None:
        """Take whole frames."""
        assert self.state == "start"
        assert pcm
        assert len(pcm) % FMT.frame_bytes == 0
        self.data += pcm
        self.first_write.set()
        self.note("write")

    def commit(self) -> None:
        """Mark what stays."""
        assert self.state == "start"
        self.committed.append(len(self.data))
        self.note("commit")

    def can_rewind(self) -> bool:
        """Return whether it can be taken back."""
        assert self.state == "start"
        self.may_rewind = self.kind == "file" or len(self.data) == self.kept
        self.calls.append("can_rewind")
        return self.may_rewind

    def rewind(self) -> None:
        """Take it back, after having been asked."""
        assert self.calls[-1] == "can_rewind"
        assert self.may_rewind
        self.data = self.data[: self.kept]
        self.note("rewind")

    def finish(self) -> None:
        """Complete."""
        assert self.state == "start"
        assert self.kept == len(self.data), "the last bytes were not committed"
        self.note("finish")

    def abort(self) -> None:
        """Stop; allowed always, raises never."""
        self.calls.append("abort")

    @property
    def kept(self) -> int:
        """Return the size of what was committed."""
        return self.committed[-1] if self.committed else 0

    def note(self, call: str) -> None:
        """Remember a call and fail where the test wants it."""
        self.calls.append(call)
        self.fail(call)


def request_for(number: int, segment: Segment) -> SpeechRequest:
    """Make the request of a segment."""
    return HELLO._replace(text=segment.spoken, request_id=f"mine-{number}")


def segments(*texts: str) -> list[Segment]:
    """Make segments of sentences."""
    return [Segment(text + " ", Boundary.SENTENCE) for text in texts]


def run(
    server: SpeechServer,
    sink: Recorder,
    parts: Sequence[Segment] | Iterator[Segment],
    *,
    join: JoinRule = RAW,
    retry: RetryPolicy = QUICK,
    observer: Observer | None = None,
) -> Summary:
    """Speak segments over a real connection into a sink."""
    with client_of(server) as client:
        pipeline = Pipeline(source=client, sink=sink, fmt=FMT, join=join, retry=retry.retrier, observer=observer)
        return pipeline.speak(parts, request_for)


def voice(number: int) -> bytes:
    """Make what a service answers to a segment: silence, sound that tells its place, silence."""
    sound = array.array("h", [3000 + (number * 777 + index) % 20_000 for index in range(2500)]).tobytes()
    return bytes(2 * 1900) + sound + bytes(2 * 8000)
