"""A sync answer that is cut, refused, something else, or never comes."""

import threading
import time

import pytest
from support.container_samples import mp3
from support.fake_server import Exchange, refuses, serving
from support.sound_samples import tone
from support.sync_exchanges import HELLO, LONG_S, PCM, WAV, hear, sends, settings

from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import Timeouts
from lightning_cli.errors import (
    CannotConnect,
    KeyRefused,
    LightningError,
    ProtocolError,
    ServiceError,
    StreamCut,
    TimedOut,
    Unavailable,
)


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("cut", [0, 3, 20, 43, 44, 45, 1000, len(WAV) - 1])
def test_a_wav_cut_short(framing: str, cut: int) -> None:
    """A body that breaks off is incomplete, even where only the header of the container can tell."""
    with pytest.raises(StreamCut):
        hear(sends(WAV, framing, cut=cut))


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("wire_format", ["pcm", "ulaw", "mp3"])
def test_other_formats_cut_short(framing: str, wire_format: str) -> None:
    """Where the body is framed, a cut shows in every format."""
    body = mp3(tone(0.5, 44100), 44100) if wire_format == "mp3" else PCM
    with pytest.raises(StreamCut):
        hear(sends(body, framing, cut=len(body) // 2), wire_format=wire_format)


def test_cuts_that_nothing_frames() -> None:
    """In a body that ends with its connection a cut shows within a frame or a sample; between samples it cannot."""
    data = mp3(tone(0.5, 44100), 44100)
    with pytest.raises(StreamCut):
        hear(sends(data, "close", cut=len(data) - 10), wire_format="mp3")
    with pytest.raises(StreamCut):
        hear(sends(PCM, "close", cut=1001), wire_format="pcm")
    assert hear(sends(PCM, "close", cut=1000), wire_format="pcm") == PCM[:1000]


def test_a_reset_in_the_middle() -> None:
    """A reset is a cut, and one that is tried again."""

    def respond(exchange: Exchange) -> None:
        exchange.head(kind="audio/wav", extra=(f"Content-Length: {len(WAV)}",))
        exchange.send(WAV[:1000])
        exchange.reset()

    with pytest.raises(StreamCut) as caught:
        hear(respond)
    assert Retrier(RetryPolicy()).delay_after(caught.value) is not None


@pytest.mark.parametrize(
    "body", [b'{"error":{"message":"Invalid Voice ID"}}', b"<!DOCTYPE html><html>Invalid Voice ID</html>"]
)
def test_text_with_a_status_of_200(body: bytes) -> None:
    """An error in place of audio is told in its own words."""
    with pytest.raises(ProtocolError, match="Invalid Voice ID"):
        hear(sends(body))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 Bad Request", ServiceError),
        ("401 Unauthorized", KeyRefused),
        ("429 Too Many Requests", Unavailable),
        ("500 Internal Server Error", Unavailable),
        ("302 Found", ServiceError),
    ],
)
def test_refusals(status: str, kind: type[LightningError]) -> None:
    """A status other than 200 means what it means on every transport."""
    with pytest.raises(kind) as caught:
        hear(refuses(status, {"error": [{"path": ["voice_id"], "message": "Invalid Voice ID"}]}, "x-request-id: r-7"))
    assert "r-7" in caught.value.message


def test_nobody_there() -> None:
    """Without a server ``CannotConnect`` is raised."""
    with serving(refuses("500 x", {})) as server:
        url = server.url
    with SpeechClient(settings(url)) as client, pytest.raises(CannotConnect):
        client.stream(HELLO)


@pytest.mark.parametrize("sent", [None, b"", WAV[:20]])
def test_a_server_that_says_nothing(sent: bytes | None) -> None:
    """No answer, an answer without a body, and one that stops within its header each run out of a clock."""

    def respond(exchange: Exchange) -> None:
        if sent is not None:
            exchange.head(kind="audio/wav", extra=(f"Content-Length: {len(WAV)}",))
            exchange.send(sent)
        exchange.stall()

    timeouts = Timeouts(connect_s=LONG_S, first_byte_s=0.2, idle_s=0.2)
    with pytest.raises(TimedOut, match="first audio"):
        hear(respond, timeouts=timeouts)


def test_a_server_that_stops_in_the_middle() -> None:
    """Silence after the first audio has a clock of its own, and the option that sets it is named."""

    def respond(exchange: Exchange) -> None:
        exchange.head(kind="audio/wav", extra=(f"Content-Length: {len(WAV)}",))
        exchange.send(WAV[:2000])
        exchange.stall()

    with pytest.raises(TimedOut, match="waiting for more audio") as caught:
        hear(respond, timeouts=Timeouts(connect_s=LONG_S, first_byte_s=LONG_S, idle_s=0.2))
    assert "--idle-timeout" in (caught.value.hint or "")


def test_a_listener_may_take_its_time() -> None:
    """A pause of the listener does not count as silence of the service."""

    def respond(exchange: Exchange) -> None:
        exchange.head(kind="audio/wav", extra=(f"Content-Length: {len(WAV)}",))
        exchange.send(WAV[:2000])
        assert paused.wait(LONG_S)
        exchange.send(WAV[2000:])

    paused = threading.Event()
    timeouts = Timeouts(connect_s=LONG_S, first_byte_s=LONG_S, idle_s=0.25)
    with serving(respond) as server, SpeechClient(settings(server.url, timeouts=timeouts)) as client:
        with client.stream(HELLO) as stream:
            pieces = iter(stream)
            got = next(pieces)
            time.sleep(0.6)
            paused.set()
            assert got + b"".join(pieces) == PCM
        with client.stream(HELLO) as stream:
            assert b"".join(stream) == PCM


@pytest.mark.parametrize("framing", [f"Content-Length: {len(WAV)}", "Connection: close"])
def test_leaving_early_hangs_up(framing: str) -> None:
    """A listener that stops releases the connection, and the client can still be used."""
    gone = threading.Event()

    def respond(exchange: Exchange) -> None:
        if len(exchange.server.requests) > 1:
            exchange.answer(WAV, kind="audio/wav")
            return
        exchange.head(kind="audio/wav", extra=(framing,))
        exchange.send(WAV[:2000])
        if exchange.wait_for_close(LONG_S):
            gone.set()
        exchange.hang_up()

    with serving(respond) as server, SpeechClient(settings(server.url)) as client:
        with client.stream(HELLO) as stream:
            next(iter(stream))
        assert gone.wait(LONG_S), "before anything else is asked"
        with client.stream(HELLO) as stream:
            assert b"".join(stream) == PCM
        assert server.connections == 2
