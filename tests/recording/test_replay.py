"""Recordings played again: what the client makes of them is what it made of the service."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.command_line import KEY
from support.fake_server import (
    Exchange,
    Responder,
    SpeechServer,
    audio_event,
    ramp,
    refuses,
    serving,
    speaks,
    speech_events,
)
from support.recorded_run import Lines, recorded, written
from support.service_client import HELLO

from lightning_cli.client.routes import RouteMemory
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.errors import LightningError, UsageFault
from lightning_cli.recording import recording_file
from lightning_cli.recording.record import Recorder
from lightning_cli.recording.recording_file import Recording
from lightning_cli.recording.replay import PATIENT, Replay, _Clock, _ReplayBody


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """Return the lines of a recorded run."""
    return recorded(tmp_path_factory.mktemp("kept"))


def test_nothing_reads_on_for_ever(kept: Lines, tmp_path: Path) -> None:
    """An answer that was read to its end stays empty, and what was not read of it is passed over."""
    settings = ServiceSettings(base_url="https://x.invalid")
    with recording_file.Recording(str(written(tmp_path, kept))) as recording:
        replay = Replay(recording, in_real_time=False)
        with (
            SpeechClient(settings, tape=replay) as client,
            pytest.raises(UsageFault, match="a recording has speech only"),
        ):
            client.call("GET", "/pronunciation-dicts")
        assert replay.tries_again_after_s() is None
        recording.close()


def test_an_answer_is_over_however_often_it_is_read(kept: Lines, tmp_path: Path) -> None:
    """Another way of reading gets the same, and then nothing."""
    with recording_file.Recording(str(written(tmp_path, kept))) as recording:
        replay = Replay(recording, in_real_time=False)
        asked = replay.take_request()
        replay.take_of_answer()
        body = _ReplayBody(replay, _Clock(replay, asked.at_s), is_refusal=False)
        read = b"".join(iter(body.read, b""))
        assert read.endswith(b'"done":true}\n\n')
        assert body.read1() == b""
        recording.close()


PCM = ramp(6_000)


def _heard(client: SpeechClient) -> list[object]:
    """Return all that one request leads to: the audio, and what went wrong."""
    heard = b""
    with client:
        try:
            with client.stream(HELLO) as stream:
                answer: object = stream.answer
                for pcm in stream:
                    heard += pcm
        except LightningError as fault:
            return [heard, type(fault), fault.message, fault.hint, vars(fault).get("transient")]
    return [heard, answer]


def _recorded(url: str, path: Path, transport: str, timeouts: Timeouts) -> list[object]:
    known = ServiceSettings(base_url=url, key=KEY, transport=transport, timeouts=timeouts)
    lines: list[bytes] = []
    recorder = Recorder(lines.append)
    recorder.begin({})
    heard = _heard(SpeechClient(known, tape=recorder))
    recorder.done(0, complete=True)
    path.write_bytes(b"".join(lines))
    return heard


def _replayed(url: str, path: Path, transport: str, *, in_real_time: bool = False) -> list[object]:
    known = ServiceSettings(base_url=url, transport=transport, timeouts=PATIENT)
    with Recording(str(path)) as recording:
        return _heard(SpeechClient(known, tape=Replay(recording, in_real_time=in_real_time)))


@pytest.fixture(scope="module")
def scripted() -> Iterator[tuple[SpeechServer, list[Responder]]]:
    """Return a server that answers as the list's last entry says."""
    plan: list[Responder] = []

    def answer(exchange: Exchange) -> None:
        plan[-1](exchange)

    with serving(answer) as server:
        yield server, plan


EVENTS = b"".join(speech_events(PCM[:1200], size=500))


WAV = (
    b"RIFF"
    + (36 + 1200).to_bytes(4, "little")
    + b"WAVEfmt \x10\0\0\0\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0data"
    + (1200).to_bytes(4, "little")
    + PCM[:1200]
)


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.integers(0, len(EVENTS)), max_size=6),
    length=st.integers(0, len(EVENTS)) | st.just(len(EVENTS)),
    framing=st.sampled_from(["chunked", "close", "length"]),
    ends=st.sampled_from(["well", "hang up", "reset"]),
    transport=st.sampled_from(["sse", "sync"]),
)
def test_any_cut_of_any_answer_is_heard_again(
    scripted: tuple[SpeechServer, list[Responder]],
    tmp_path_factory: pytest.TempPathFactory,
    cuts: list[int],
    length: int,
    framing: str,
    ends: str,
    transport: str,
) -> None:
    """Wherever an answer is cut into pieces and wherever it breaks off, its recording leads to the same."""
    server, plan = scripted
    body = (EVENTS if transport == "sse" else WAV)[:length]
    places = sorted({0, len(body), *(place for place in cuts if place < len(body))})

    def answer(exchange: Exchange) -> None:
        kind = "text/event-stream" if transport == "sse" else "audio/wav"
        told = len(EVENTS if transport == "sse" else WAV)
        how = {
            "chunked": "Transfer-Encoding: chunked",
            "close": "Connection: close",
            "length": f"Content-Length: {told}",
        }
        exchange.head(kind=kind, extra=(how[framing], "X-Request-Id: one"))
        for begin, end in itertools.pairwise(places):
            (exchange.chunk if framing == "chunked" else exchange.send)(body[begin:end])
        if framing == "chunked" and ends == "well":
            exchange.end_chunks()
        elif ends == "reset":
            exchange.reset()
        else:
            exchange.hang_up()

    plan.append(answer)
    path = tmp_path_factory.mktemp("any") / "a.rec"
    patient = Timeouts(connect_s=20.0, first_byte_s=20.0, idle_s=20.0)
    first = _recorded(server.url, path, transport, patient)
    assert _replayed(server.url, path, transport) == first
    assert KEY.encode() not in path.read_bytes()


def _stalls(exchange: Exchange) -> None:
    exchange.head(extra=("Transfer-Encoding: chunked",))
    exchange.chunk(audio_event(PCM))
    exchange.stall()


def _stalls_unframed(exchange: Exchange) -> None:
    exchange.head(extra=("Connection: close",))
    exchange.send(audio_event(PCM))
    exchange.stall()


def _mumbles(exchange: Exchange) -> None:
    exchange.head("503 Service Unavailable", "application/json", ("Content-Length: 1000",))
    exchange.send(b'{"error": "half of wh')
    exchange.hang_up()


@pytest.mark.parametrize(
    "responder",
    [
        _stalls,
        _stalls_unframed,
        lambda exchange: exchange.stall(),
        lambda exchange: exchange.hang_up(),
        lambda exchange: exchange.send(b"SSH-2.0-nonsense\r\n"),
        _mumbles,
        refuses("401 Unauthorized", {"error": f"the key {KEY} is unknown"}),
        refuses("400 Bad Request", {"error": "no voice \x1b[31m"}),
        refuses("301 Moved", {}, "Location: https://elsewhere.example"),
        refuses("200 OK", {"error": "not today"}),
        lambda exchange: exchange.stream([audio_event(PCM), b'event: error\ndata: {"error": "ran dry"}\n\n']),
        lambda exchange: exchange.answer(b"\x1f\x8b\x08 broken", extra=("Content-Encoding: gzip",)),
    ],
    ids="stall unframed silence nothing nonsense half-refusal key voice redirect json-200 error-event gzip".split(),
)
def test_every_failure_comes_again(tmp_path: Path, responder: Responder) -> None:
    """Clocks that ran out, broken connections and refusals are told as they were, and at once."""
    path = tmp_path / "a.rec"
    with serving(responder) as server:
        first = _recorded(server.url, path, "sse", Timeouts(connect_s=20.0, first_byte_s=0.3, idle_s=0.3))
    again = _replayed(server.url, path, "sse")
    # What the service told of the key is blotted out.
    assert again == [part.replace("***", "*" * len(KEY)) if isinstance(part, str) else part for part in first]
    assert len(first) > 2


def test_no_connection_comes_again(tmp_path: Path) -> None:
    """Without a server there is nothing but the fault."""
    with serving() as server:
        url = server.url
    first = _recorded(url, tmp_path / "a.rec", "sse", Timeouts())
    assert _replayed(url, tmp_path / "a.rec", "sse") == first
    assert "CannotConnect" in str(first[1])


def test_a_remembered_route_is_part_of_the_recording(tmp_path: Path) -> None:
    """What the recorded run knew of the service's routes is not looked up, and nothing is remembered from a replay."""
    path = tmp_path / "a.rec"
    with serving(speaks(PCM)) as server:
        key = f"{ServiceSettings(base_url=server.url).api_root} sse"
        RouteMemory().record(key, other=True)
        first = _recorded(server.url, path, "sse", Timeouts())
        (request,) = server.requests
    assert request.path == "/waves/v1/tts/live"
    RouteMemory().record(key, other=False)
    assert _replayed(server.url, path, "sse") == first
    assert not RouteMemory().recall(key)
    with serving(refuses("404 Not Found", {}), speaks(PCM)) as server:
        first = _recorded(server.url, path, "sse", Timeouts())
    key = f"{ServiceSettings(base_url=server.url).api_root} sse"
    assert RouteMemory().recall(key)
    RouteMemory().record(key, other=False)
    assert _replayed(server.url, path, "sse") == first
    assert not RouteMemory().recall(key)


def test_real_speed_takes_its_time(tmp_path: Path) -> None:
    """A stall lasts as long as it did."""
    path = tmp_path / "a.rec"
    with serving(_stalls) as server:
        first = _recorded(server.url, path, "sse", Timeouts(connect_s=20.0, first_byte_s=20.0, idle_s=0.3))
    begun = time.monotonic()
    assert _replayed(server.url, path, "sse", in_real_time=True) == first
    # At least: the rest is the machine's.
    assert time.monotonic() - begun > 0.3


def test_a_key_that_is_no_secret_harms_nothing(tmp_path: Path) -> None:
    """Servers of one's own take any key, one letter too; it may be part of anything."""
    path = tmp_path / "a.rec"
    with serving(speaks(PCM)) as server:
        known = ServiceSettings(base_url=server.url, key="a")
        lines: list[bytes] = []
        recorder = Recorder(lines.append)
        recorder.begin({})
        first = _heard(SpeechClient(known, tape=recorder))
        recorder.done(0, complete=True)
        path.write_bytes(b"".join(lines))
    assert first[0] == PCM
    assert _replayed(server.url, path, "sse") == first
