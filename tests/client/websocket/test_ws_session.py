"""The WebSocket transport: what is asked over it, and what an answer is made of."""

import threading

import pytest
from support.command_line import KEY
from support.container_samples import mp3, wav
from support.fake_server import ramp
from support.fake_websocket_server import HELLO, LONG_S, PCM, UNIFIED, Turn, client_of, hear, speaks, talking
from support.sound_samples import tone

from lightning_cli.audio.joins import JoinRule
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.answer_formats import decode_mp3
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.client.stream import Answer, WordTime
from lightning_cli.client.websocket.ws_session import WsStream
from lightning_cli.errors import LightningError
from lightning_cli.pipeline.pipeline import Pipeline
from lightning_cli.request import SpeechRequest
from lightning_cli.text.segmenter import Boundary, Segment

# Answers.


def test_what_is_sent() -> None:
    """One message with the request's fields; the key and the wish to forget go with the upgrade, never in the URL."""
    request = SpeechRequest(
        text="Grüße, 你好!",
        voice_id="meher",
        sample_rate=24000,
        speed=1.5,
        request_id="mine",
        expire_content=True,
        further=("emotion=calm",),
    )
    with talking(speaks(PCM)) as server, client_of(server) as client:
        assert hear(client, request) == PCM
        asked = server.messages[0]
    assert asked.path == UNIFIED
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["x-source"] == "lightning-tts"
    assert asked.headers["user-agent"].startswith("lightning-tts/")
    assert asked.headers["x-expire-content"] == "true"
    assert "sec-websocket-extensions" not in asked.headers
    assert list(asked.fields)[:4] == ["text", "voice_id", "sample_rate", "output_format"]
    backoff = asked.fields.pop("complete_backoff_ms")
    assert 0 <= backoff <= 1000
    assert asked.fields == {
        "text": "Grüße, 你好!",
        "voice_id": "meher",
        "sample_rate": 24000,
        "output_format": "pcm",
        "speed": 1.5,
        "request_id": "mine",
        "emotion": "calm",
    }


def test_no_key_sends_none() -> None:
    """Without a key there is no header, and without the wish no other."""
    with talking(speaks(PCM)) as server, client_of(server, key=None) as client:
        assert hear(client) == PCM
        assert not {"authorization", "x-expire-content"} & server.messages[0].headers.keys()


@pytest.mark.parametrize("size", [1, 333, 1024, 16384, 200_000])
def test_all_of_it_arrives(size: int) -> None:
    """Every sample once and in order, in whole frames, whatever the size of the chunks."""
    pcm = ramp(300 if size == 1 else 50_000)
    with talking(speaks(pcm, size)) as server, client_of(server) as client:
        assert hear(client) == pcm


@pytest.mark.parametrize(
    "more", [{}, {"message": "All chunks sent", "done": True}, {"data": {"audio": ""}}, {"data": {"audio": "/v8="}}]
)
def test_shapes_of_the_end(more: dict[str, object]) -> None:
    """The older and the newer last message both end the answer, and audio in it counts."""

    def script(turn: Turn) -> None:
        turn.chunk(PCM)
        turn.complete(**more)

    with talking(script) as server, client_of(server) as client:
        assert hear(client) == PCM + (b"\xfe\xff" if "/v8=" in str(more) else b"")


def test_ids_of_the_answer() -> None:
    """The first message names the server's ids and echoes ours."""

    def script(turn: Turn) -> None:
        echo = {"external_request_id": turn.asked.fields["request_id"], "external_session_id": "s"}
        turn.send(**turn.ids, **echo, status="chunk", data={"audio": "/v8="})
        turn.complete()

    request = SpeechRequest(text="Hello.", voice_id="daniel", sample_rate=24000, request_id="mine", session_id="s")
    with talking(script) as server, client_of(server) as client, client.stream(request) as stream:
        assert stream.format == PcmFormat(24000)
        assert stream.answer == Answer("task_1", "ws_1", "mine", "s")
        assert b"".join(stream) == b"\xfe\xff"


def test_word_times() -> None:
    """Word times are asked for and come in among the audio, also before the first of it."""

    def script(turn: Turn) -> None:
        assert turn.asked.fields["word_timestamps"] is True
        turn.word(0, "It", 0, 0.21)
        turn.chunk(PCM[:1000])
        turn.word(1, "costs", 0.21, 0.5)
        turn.word(2, "$100.", 0.5, 1.25)
        turn.chunk(PCM[1000:])
        turn.complete()

    times = [WordTime(0, "It", 0.0, 0.21), WordTime(1, "costs", 0.21, 0.5), WordTime(2, "$100.", 0.5, 1.25)]
    with talking(script) as server, client_of(server, word_timestamps=True) as client, client.stream(HELLO) as stream:
        assert isinstance(stream, WsStream)
        assert b"".join(stream) == PCM
        assert stream.words == times


def test_a_context() -> None:
    """The requests of one context name it and are released at once; it is closed before the connection is."""
    with talking(speaks(PCM)) as server:
        with client_of(server, context_id="story.1") as client:
            for _ in range(3):
                assert hear(client) == PCM
        assert server.ended.acquire(timeout=LONG_S)
        *asked, last = (asked.fields for asked in server.messages)
        assert [(fields["context_id"], fields["continue"]) for fields in asked] == [("story.1", False)] * 3
        assert last == {"context_id": "story.1", "context_close": True}
        assert server.connections == 1


def test_a_context_elsewhere() -> None:
    """A context lives on the WebSocket, under an id of the API's pattern."""
    for how in ({"transport": "sse"}, {"transport": "sync"}, {"context_id": "a b"}, {"context_id": ""}):
        settings = {"base_url": "http://127.0.0.1:1", "transport": "ws", "context_id": "a", **how}
        with pytest.raises(LightningError):
            ServiceSettings(**settings)  # type: ignore[arg-type] # as a test asks


def test_a_voice_without_word_times() -> None:
    """Most voices have none and say so by silence; that is not a failure."""
    settings = {"word_timestamps": True}
    with talking(speaks(PCM)) as server, client_of(server, **settings) as client, client.stream(HELLO) as stream:
        assert isinstance(stream, WsStream)
        assert b"".join(stream) == PCM
        assert stream.words == []


def test_pongs_and_unknown_messages_are_passed_over() -> None:
    """What is not part of the answer disturbs nothing, at any place."""
    pong: dict[str, object] = {"type": "pong"}

    def script(turn: Turn) -> None:
        turn.send(**pong)
        turn.send(**turn.ids, status="queued")
        turn.chunk(PCM[:500])
        turn.send(**pong)
        turn.send(event="something new")
        turn.send(**turn.ids, status="chunk", data={"audio": ""})
        turn.chunk(PCM[500:])
        turn.send(**pong)
        turn.complete()

    with talking(script) as server, client_of(server) as client:
        assert hear(client) == PCM


@pytest.mark.parametrize("wire_format", ["wav", "mp3", "ulaw"])
def test_other_formats(wire_format: str) -> None:
    """Another format is asked for, and whatever then comes is told by its bytes."""
    sound = mp3(tone(0.4), 24000)
    bodies = {"wav": (wav(PCM), PCM), "mp3": (sound, decode_mp3(sound, PcmFormat(24000))), "ulaw": (PCM, PCM)}
    body, expected = bodies[wire_format]
    with talking(speaks(body, 333)) as server, client_of(server, wire_format=wire_format) as client:
        with client.stream(HELLO) as stream:
            assert b"".join(stream) == expected
            assert isinstance(stream, WsStream)
            assert stream.detected_format == ("pcm" if wire_format == "ulaw" else wire_format)
        assert server.messages[0].fields["output_format"] == wire_format


def test_sound_comes_before_the_end() -> None:
    """Audio is handed over as it arrives: the server finishes only after the client has heard the beginning."""
    heard = threading.Event()

    def script(turn: Turn) -> None:
        turn.chunk(PCM[:1000])
        assert heard.wait(LONG_S)
        turn.speak(PCM[1000:])

    with talking(script) as server, client_of(server) as client, client.stream(HELLO) as stream:
        pieces = iter(stream)
        assert next(pieces) == PCM[:1000]
        heard.set()
        assert b"".join(pieces) == PCM[1000:]


# Behind the pipeline.


class Kept:
    """Keep what a pipeline writes, and take back what was not committed."""

    def __init__(self) -> None:
        self.whole = b""
        self._open = b""

    def start(self, fmt: PcmFormat) -> None:
        """Begin."""

    def write(self, pcm: bytes) -> None:
        """Take PCM."""
        self._open += pcm

    def commit(self) -> None:
        """Keep it."""
        self.whole += self._open
        self._open = b""

    def can_rewind(self) -> bool:
        """Return True."""
        return True

    def rewind(self) -> None:
        """Take back."""
        self._open = b""

    def finish(self) -> None:
        """End."""

    def abort(self) -> None:
        """Raise the failure."""


def test_a_sentence_is_said_again_after_a_cut() -> None:
    """The pipeline repairs a broken WebSocket as it repairs any stream: nothing lost, nothing twice."""

    def broken(turn: Turn) -> None:
        turn.chunk(PCM[:1000])
        turn.reset()

    with talking(speaks(PCM), broken, speaks(PCM)) as server, client_of(server) as client:
        sink = Kept()
        pipeline = Pipeline(
            source=client,
            sink=sink,
            fmt=PcmFormat(24000),
            join=JoinRule(raw=True),
            retry=RetryPolicy(base_s=0.001).retrier,
        )
        summary = pipeline.speak(
            [Segment("One.", Boundary.SENTENCE), Segment("Two.", Boundary.PARAGRAPH)],
            lambda _, segment: request_of(segment.spoken),
        )
        assert sink.whole == PCM * 2
        assert summary.retries == 1
        assert [asked.fields["text"] for asked in server.messages] == ["One.", "Two.", "Two."]


def request_of(text: str) -> SpeechRequest:
    """Ask for a text."""
    return SpeechRequest(text=text, voice_id="daniel", sample_rate=24000)
