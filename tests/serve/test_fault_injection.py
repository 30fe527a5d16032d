"""The switches that rehearse trouble: dialects, containers, retirement, latency, pace and chance failures."""

import asyncio
import base64
import http.client
import itertools
import time
from collections.abc import AsyncIterator

import pytest
from support.serve_process import LONG, STREAM, SYNC, order
from support.serve_thread import running_here
from support.websocket_line import ask, frame, socket_to
from websockets.exceptions import ConnectionClosed

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.answer_formats import EventPayload
from lightning_cli.serve.fault_injection import FaultInjector, InjectedCut, PlannedFault
from lightning_cli.serve.settings import FaultSettings, parse_faults

WORDY = order(text="One two three four five six seven eight nine ten eleven twelve thirteen.")


def test_the_seed_dialect() -> None:
    """Chunks have only audio, and the terminator is the seed page's, with its space."""
    with running_here("--sse-dialect", "seed", "--event-bytes", "333") as served:
        answer = served.ask(STREAM, order())
        *chunks, last = answer.events
        assert all(set(chunk) == {"audio"} and len(chunk["audio"]) <= 444 for chunk in chunks)
        assert last == {"done": True}
        assert answer.body.endswith(b'\n\ndata: {"done": true}\n\n')
        assert answer.audio == served.ask(SYNC, order()).body


@pytest.mark.parametrize("container", ["first", "each"])
@pytest.mark.parametrize("kind", ["wav", "mp3"])
def test_containers_on_the_wire_come_out_as_pcm(container: str, kind: str) -> None:
    """Our own client's reader of event payloads makes PCM of both documented readings."""
    with running_here("--wire-container", container) as served:
        pcm = served.ask(SYNC, order(sample_rate=24000)).body
        answer = served.ask(STREAM, order(sample_rate=24000, output_format=kind))
        assert served.ask(STREAM, order(sample_rate=24000)).audio == pcm
    payload = EventPayload(PcmFormat(24000), kind)
    pieces = [answer.audio] if container == "first" else [_audio(event) for event in answer.events[:-1]]
    decoded = b"".join([*(payload.feed(piece) for piece in pieces), payload.finish()])
    assert payload.detected_format == kind
    if kind == "wav":
        assert decoded == pcm
        if container == "each":
            assert all(len(piece) == int.from_bytes(piece[4:8], "little") + 8 for piece in pieces)
    else:
        assert len(decoded) >= len(pcm) * 0.9


def _audio(event: dict[str, str]) -> bytes:
    return base64.b64decode(event["audio"])


@pytest.mark.parametrize("status", ["404", "410"])
def test_the_older_routes_can_be_retired(status: str) -> None:
    """They answer as documented, and the newer ones live on."""
    with running_here("--retire-legacy", status) as served:
        for path in (STREAM, "/waves/v1/lightning-v3.1/get_speech"):
            answer = served.ask(path, order())
            assert answer.status == int(status)
            if status == "410":
                assert answer.json["error_code"] == "MODEL_DEPRECATED"
        assert served.ask("/waves/v1/tts/live", order()).status == 200
        assert served.ask("/waves/v1/lightning-v3.1/get_voices", method="GET").status == 200


def test_latency_and_pace() -> None:
    """The first audio waits as long as it should, and audio takes at least its time at the rate."""
    with running_here("--latency", "700", "--rate", "5") as served:
        began = time.monotonic()
        connection = served.connect()
        connection.request("POST", STREAM, b'{"text":"%s","voice_id":"heart","sample_rate":8000}' % (b"One two. " * 3))
        with connection.getresponse() as response:
            first = time.monotonic() - began
            response.read()
        connection.close()
        assert first >= 0.7
        pcm = served.ask(SYNC, {"text": "One two. " * 3, "voice_id": "heart", "sample_rate": 8000}).body
        assert time.monotonic() - began - first >= (len(pcm) / 16000 - 0.16) / 5


def outcomes(seed: int) -> list[str]:
    """Ask twelve times of a server that fails by chance."""
    found: list[str] = []
    with running_here("--fail", "429:0.3,503:0.2,cut:0.4", "--seed", str(seed)) as served:
        for _ in range(12):
            try:
                answer = served.ask(STREAM, WORDY)
            except http.client.IncompleteRead:
                found.append("cut")
            else:
                found.append(str(answer.status))
                assert answer.status != 200 or answer.events[-1]["done"]
    return found


def test_chance_is_repeatable() -> None:
    """Equal seeds meet equal fates, other seeds others; every kind of failure occurs."""
    once, again, other = outcomes(3), outcomes(3), outcomes(4)
    assert once == again
    assert once != other
    assert {"429", "503", "cut"} <= {*once, *other}


def test_a_stall_says_nothing_until_the_client_leaves() -> None:
    """Audio begins, then nothing comes; leaving frees the slot."""
    with running_here("--fail", "stall:1") as served:
        connection = served.connect()
        connection.request("POST", STREAM, b'{"text":"One two three four five six.","voice_id":"daniel"}')
        with connection.getresponse() as response:
            assert response.readline() == b"event: audio\n"
            assert connection.sock is None or connection.sock.gettimeout()
        connection.close()
        statuses = (_first_status(served.connect()) for _ in itertools.repeat(None))
        assert 200 in itertools.islice(statuses, 300)


def _first_status(connection: http.client.HTTPConnection) -> int:
    connection.request("POST", STREAM, b'{"text":"One two three four five six.","voice_id":"daniel"}')
    response = connection.getresponse()
    status = response.status
    response.close()
    connection.close()
    return status


@pytest.mark.parametrize("wants_words", [False, True])
def test_a_turn_is_cut_as_a_stream_is(*, wants_words: bool) -> None:
    """A socket's turn ends without its complete, also where word times go with it."""
    with running_here("--fail", "cut:1") as served, socket_to(served) as line:
        ask(line, text=LONG, voice_id="espeak-en", sample_rate=8000, word_timestamps=wants_words)
        frames: list[str] = []
        with pytest.raises(ConnectionClosed) as closed:
            frames.extend(frame(line)["status"] for _ in itertools.count())
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011
    assert "complete" not in frames
    assert "chunk" in frames
    assert ("word_timestamp" in frames) == wants_words


def test_a_status_without_a_name() -> None:
    """Every number from 400 to 599 can be rehearsed, on a socket too, which lives on."""
    with running_here("--fail", "499:1") as served, socket_to(served) as line:
        for _ in range(2):
            ask(line, text="One.", voice_id="daniel")
            assert frame(line) == {"status": "error", "message": "499 Rehearsed: A rehearsed 499."}
        assert served.ask(STREAM, order()).status == 499


def test_streams_that_fall_silent_or_break() -> None:
    """A stall lasts until the reader goes; a short answer is cut before its end."""

    async def blocks() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    async def paced(plan: PlannedFault, taken: list[bytes]) -> None:
        async for block in FaultInjector(FaultSettings()).pace(blocks(), lambda: 0.0, plan):
            taken.append(block)  # noqa: PERF401 - what came before a fault counts

    async def asked() -> None:
        for plan, fault in (
            (PlannedFault(stall_after=1), TimeoutError),
            (PlannedFault(cut_after=1), InjectedCut),
            (PlannedFault(cut_after=4), InjectedCut),
        ):
            taken: list[bytes] = []
            with pytest.raises(fault):
                async with asyncio.timeout(0.01 if plan.stall_after else 30):
                    await paced(plan, taken)
            assert len(taken) == min(2, plan.cut_after or plan.stall_after or 0)

    asyncio.run(asked())


def test_fates_are_drawn_by_their_probability() -> None:
    """A thousand requests, roughly as asked; the same again for the same seed."""
    faults = FaultSettings(chances=parse_faults("429:0.2,cut:.05, stall:0.01"), seed=5)
    fates = [FaultInjector(faults).draw() for _ in range(3)]
    assert len({(plan.status, plan.cut_after, plan.stall_after) for plan in fates}) == 1
    maker = FaultInjector(faults)
    drawn = [maker.draw() for _ in range(1000)]
    assert 150 < sum(plan.status == 429 for plan in drawn) < 250
    assert 25 < sum(plan.cut_after is not None for plan in drawn) < 80
    assert 2 <= sum(plan.stall_after is not None for plan in drawn) < 25
