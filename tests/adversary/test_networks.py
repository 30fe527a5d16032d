"""Answers on the edge of what HTTP allows, and beyond: unrequested framing, and answers without audio."""

import itertools

import pytest
from support import fake_websocket_server
from support.container_samples import fmt_chunk, wav
from support.fake_server import EVENT_STREAM, Exchange, Responder, ramp, refuses, serving, speech_events
from support.service_client import HELLO, client_of, hear

from lightning_cli.client.guard import Guard
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.client.stream import pieces_of
from lightning_cli.errors import ExitCode, LightningError, ProtocolError, ServiceError, TimedOut

PCM = ramp(2000)
WAV = wav(PCM, fmt_chunk(24000))
HALF_A_PAIR = "\ud800"


def hear_sync(responder: Responder, *, idle_s: float = 20.0, wire_format: str | None = None) -> bytes:
    """Ask a server of its own once, over the sync transport."""
    timeouts = Timeouts(connect_s=20.0, first_byte_s=20.0, idle_s=idle_s)
    with serving(responder) as server:
        settings = ServiceSettings(
            base_url=server.url, transport="sync", timeouts=timeouts, wire_format=wire_format, concurrency=0
        )
        with SpeechClient(settings) as client:
            return hear(client)


# How an answer is framed.


@pytest.mark.parametrize("status", [100, 102, 103, 104, 199])
@pytest.mark.parametrize("count", [1, 20])
def test_informational_answers_come_first(status: int, count: int) -> None:
    """However many of them precede the answer, it is heard, and so is the next one on the same connection."""

    def respond(exchange: Exchange) -> None:
        exchange.send(f"HTTP/1.1 {status} Wait\r\nLink: </a>\r\n\r\n".encode() * count)
        exchange.stream(speech_events(PCM))

    with serving(respond) as server, client_of(server) as client:
        assert [hear(client), hear(client)] == [PCM, PCM]
        assert server.connections == 1


def test_another_protocol_is_no_answer() -> None:
    """What follows an unrequested upgrade is not read as HTTP."""
    with (
        serving(lambda exchange: exchange.send(b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n")) as server,
        client_of(server) as client,
        pytest.raises(ServiceError, match="101"),
    ):
        hear(client)


@pytest.mark.parametrize("coding", ["chunked ", " \tchunked\t", "Chunked "])
def test_spaces_around_the_transfer_coding(coding: str) -> None:
    """White space around a field's value is not part of it (RFC 9110 5.5)."""

    def respond(exchange: Exchange) -> None:
        exchange.head(kind="audio/wav", extra=(f"Transfer-Encoding: {coding}",))
        exchange.chunk(WAV[:1001])
        exchange.chunk(WAV[1001:])
        exchange.end_chunks()

    assert hear_sync(respond) == PCM


@pytest.mark.parametrize("coding", ["gzip, chunked", "chunked, chunked", "gzip", "chunked;q=1"])
def test_a_transfer_coding_nobody_knows(coding: str) -> None:
    """What frames a body is never taken for samples."""

    def respond(exchange: Exchange) -> None:
        exchange.head(kind="audio/wav", extra=(f"Transfer-Encoding: {coding}",))
        # With the line ends of the framing, 0 modulo 2: as samples it would be whole.
        exchange.send(b"0fa0\r\n" + PCM + b"\r\n00\r\n\r\n")
        exchange.hang_up()

    with pytest.raises(ProtocolError, match="did not answer in HTTP"):
        hear_sync(respond, wire_format="pcm")


@pytest.mark.parametrize("lengths", [("10", "20"), ("10, 20",)])
def test_lengths_that_contradict_each_other(lengths: tuple[str, ...]) -> None:
    """It is the answer that is wrong, and neither the request nor the key."""

    def respond(exchange: Exchange) -> None:
        exchange.head(kind=EVENT_STREAM, extra=[f"Content-Length: {length}" for length in lengths])
        exchange.hang_up()

    refused = pytest.raises(ProtocolError, match="did not answer in HTTP")
    with serving(respond) as server, client_of(server) as client, refused as told:
        hear(client)
    assert told.value.exit_code == ExitCode.NETWORK


# What brings no audio.


def test_a_clock_that_ran_out_while_much_was_there_to_read() -> None:
    """What a few bytes unfold to is not read to its end once the time is up."""
    read = itertools.count()

    def comments() -> bytes:
        assert next(read) < 10, "it reads on"
        if guard.expired is None:
            guard.expired = "first audio"
        return b": nothing\n"

    with Guard() as guard, pytest.raises(TimedOut, match="waiting for the first audio"):
        list(pieces_of(comments, guard))


@pytest.mark.parametrize("tail", [b"", b"LIST", b"LIST" * 10_000])
def test_what_follows_the_audio_of_a_wav(tail: bytes) -> None:
    """Once all the audio is here nothing can make it late: neither silence nor an endless tail."""
    sent = itertools.count()

    def respond(exchange: Exchange) -> None:
        exchange.head(kind="audio/wav", extra=("Connection: close",))
        exchange.send(WAV)
        # Ends when the client hangs up; a client that listens to all of it never hears the end.
        while tail and next(sent) < 1_000_000:
            exchange.send(tail)
        exchange.stall()

    assert hear_sync(respond, idle_s=0.5) == PCM


@pytest.mark.parametrize(
    "text", ["no healthy upstream", "The service is resting.", '{"error": "cut sho', "सेवा उपलब्ध नहीं है"]
)
def test_a_sentence_where_a_wav_belongs(text: str) -> None:
    """Who asked for a WAV and gets a plain text with a status of 200 does not play it."""
    body = ("Sorry, dear listener: " + text).encode()
    for sent in (body, body + b"."):
        with pytest.raises(ProtocolError, match="text instead of audio"):
            hear_sync(lambda exchange, sent=sent: exchange.answer(sent, kind="text/plain"))  # type: ignore[misc] # bound


# What an answer says.


def failure(frame: dict[str, object], *, after_audio: bool) -> LightningError:
    """Return what becomes of a failure message on a WebSocket."""

    def script(turn: fake_websocket_server.Turn) -> None:
        if after_audio:
            turn.chunk(PCM)
        turn.send(**frame)
        turn.stall()

    with fake_websocket_server.talking(script) as server, fake_websocket_server.client_of(server) as client:
        with pytest.raises(LightningError) as caught:
            fake_websocket_server.hear(client)
        return caught.value


@pytest.mark.parametrize("after_audio", [False, True])
@pytest.mark.parametrize(
    "frame",
    [
        {"status": "error", "message": f"Sorry {HALF_A_PAIR}"},
        {"errors": [f"Sorry {HALF_A_PAIR}"]},
        {"error": {"message": "Sorry", "code": HALF_A_PAIR}},
        {"status": "error", "message": "Sorry", "code": 503, "more": HALF_A_PAIR},
    ],
)
def test_half_a_surrogate_pair_in_a_failure(frame: dict[str, object], after_audio: bool) -> None:  # noqa: FBT001 - a parameter
    """JSON can say what UTF-8 cannot; the failure is reported all the same."""
    assert "Sorry" in failure(frame, after_audio=after_audio).message


def test_a_word_that_cannot_be_written() -> None:
    """A word that no file of subtitles can hold is refused where it comes in."""
    for word in (HALF_A_PAIR, f"Hel{HALF_A_PAIR}lo"):

        def script(turn: fake_websocket_server.Turn, word: str = word) -> None:
            turn.word(0, word, 0.0, 0.1)
            turn.speak(PCM)

        with (
            fake_websocket_server.talking(script) as server,
            fake_websocket_server.client_of(server) as client,
            pytest.raises(ProtocolError, match="word time"),
        ):
            fake_websocket_server.hear(client)


def test_a_redirect_to_nothing() -> None:
    """An empty target is told as such."""
    with (
        serving(refuses("302 Found", {}, "Location:")) as server,
        client_of(server) as client,
        pytest.raises(ServiceError, match="to nowhere"),
    ):
        client.stream(HELLO)
