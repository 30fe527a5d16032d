"""Answers that break off, or fall silent, at any byte: only what is whole counts as whole, and nothing hangs."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.broken_answers import FRAMINGS, PCM, answer, breaking, heard
from support.command_line import COMMAND, keyed, lightning
from support.fake_server import Exchange, audio_event, ramp, serving, speech_events
from support.fake_websocket_server import Turn, talking
from support.null_sink import SoundCard
from support.service_client import client_of

from lightning_cli.audio.pcm import PcmFormat, wav_header
from lightning_cli.client.retry import Retrier, RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.errors import LightningError, TimedOut

HANG_S = 5.0
SHORT_S = 0.1
LONG = ramp(12_000)


def is_retried(fault: LightningError) -> bool:
    """Return whether another try would follow."""
    return Retrier(RetryPolicy()).delay_after(fault) is not None


@pytest.mark.parametrize("transport", ["sse", "sync"])
@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("end", [Exchange.hang_up, Exchange.reset], ids=["FIN", "RST"])
def test_every_byte(transport: str, framing: str, end: Callable[[Exchange], None]) -> None:
    """Cut after every byte of a short answer: whole, or an error that is worth another try, and never in between."""
    whole = answer(transport, framing)
    assert len(whole.raw) <= 600
    with serving(breaking(whole, iter(range(len(whole.raw) + 1)), end)) as server:
        settings = ServiceSettings(base_url=server.url, transport=transport)
        with SpeechClient(settings) as client:
            for place in range(len(whole.raw) + 1):
                begun = time.monotonic()
                pcm, fault = heard(client)
                assert time.monotonic() - begun < HANG_S, f"hangs after byte {place}"
                assert PCM.startswith(pcm), f"wrong audio after byte {place}"
                if fault is None:
                    assert place >= whole.never_before, f"taken for whole after byte {place}"
                    assert pcm == PCM
                else:
                    assert is_retried(fault), f"{fault!r} after byte {place}"
                    assert end is Exchange.reset or place < whole.whole_from, f"{fault!r} after byte {place}"


@pytest.mark.parametrize("framing", FRAMINGS)
def test_silence_at_many_bytes(framing: str) -> None:
    """Stall after every 23rd byte: a clock of ours ends it, wherever it is."""
    whole = answer("sse", framing)
    places = range(0, whole.never_before, 23)

    def stalled(place: int) -> None:
        with (
            serving(breaking(whole, iter([place]), Exchange.stall)) as server,
            client_of(server, first_byte_s=SHORT_S, idle_s=SHORT_S) as client,
        ):
            begun = time.monotonic()
            pcm, fault = heard(client)
        assert time.monotonic() - begun < HANG_S, f"hangs after byte {place}"
        assert isinstance(fault, TimedOut), f"{fault!r} after byte {place}"
        assert PCM.startswith(pcm)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(stalled, places))


@contextmanager
def cutting(transport: str) -> Iterator[str]:
    """Serve a part of a long answer, then end the connection; give the URL."""
    sent = threading.Event()

    def events(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        for event in speech_events(LONG)[:6]:
            exchange.chunk(event)
        sent.set()
        exchange.hang_up()

    def body(exchange: Exchange) -> None:
        data = wav_header(PcmFormat(44_100), len(LONG)) + LONG
        exchange.head(kind="audio/wav", extra=(f"Content-Length: {len(data)}",))
        exchange.send(data[:6000])
        exchange.hang_up()

    def messages(turn: Turn) -> None:
        turn.chunk(LONG[:6000])
        turn.cut()

    if transport == "ws":
        with talking(messages) as socket_server:
            yield socket_server.url
    else:
        with serving(events if transport == "sse" else body) as server:
            yield server.url


@pytest.mark.parametrize("transport", ["sse", "sync", "ws"])
def test_files_and_a_pipe_through_the_command(transport: str, tmp_path: Path) -> None:
    """Exit 5, nothing new under a final name, nothing but a beginning in a pipe."""
    with cutting(transport) as url:
        command = ("say", "Hello.", "--base-url", url, "--transport", transport, "--retries", "0")
        names = [f"a.{name}" for name in ("wav", "pcm", "flac", "mp3")]
        old = tmp_path / names[0]
        old.write_bytes(b"what was there")
        files = [word for name in names for word in ("-o", str(tmp_path / name))]
        done = lightning(*command, *files, env=keyed())
        assert done.code == 5, done.stderr
        assert old.read_bytes() == b"what was there"
        assert [path.name for path in tmp_path.iterdir()] == names[:1]
        piped = lightning(*command, "-o", "-", env=keyed())
        assert (piped.code, LONG.startswith(piped.stdout)) == (5, True), piped.stderr


def test_a_fifo_and_a_player_through_the_command(tmp_path: Path, sound_card: SoundCard) -> None:
    """A FIFO gets nothing but a beginning, a player stops; exit 5 and no hang."""
    env, fifo = keyed(**sound_card.environment), tmp_path / "fifo"
    os.mkfifo(fifo)
    with cutting("sse") as url, subprocess.Popen(("cat", str(fifo)), stdout=subprocess.PIPE) as reader:
        command = ("say", "Hello.", "--base-url", url, "--retries", "0")
        assert lightning(*command, "-o", str(fifo), env=env).code == 5
        assert LONG.startswith(reader.communicate(timeout=HANG_S)[0])
        done = subprocess.run((*COMMAND, *command), env=env, capture_output=True, timeout=HANG_S * 4, check=False)
        assert done.returncode == 5, done.stderr


def test_half_a_sample_is_missing() -> None:
    """An answer with an odd number of bytes has lost at least one: it is incomplete over every transport."""
    odd = LONG[:1001]

    def events(exchange: Exchange) -> None:
        exchange.stream([audio_event(odd), b'data: {"done":true}\n\n'])

    def messages(turn: Turn) -> None:
        turn.chunk(odd)
        turn.complete()

    with serving(events) as server, client_of(server) as client:
        pcm, fault = heard(client)
    assert pcm == odd[:-1]
    assert fault is not None
    assert "within a sample" in fault.message
    assert is_retried(fault)
    with talking(messages) as socket_server:
        settings = ServiceSettings(base_url=socket_server.url, transport="ws", timeouts=Timeouts(idle_s=HANG_S))
        with SpeechClient(settings) as client:
            pcm, fault = heard(client)
    assert pcm == odd[:-1]
    assert fault is not None
    assert "within a sample" in fault.message
