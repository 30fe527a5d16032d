"""Speech from Python: the same audio as the command's, nothing printed, nothing left behind."""

import asyncio
import contextlib
import gc
import os
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import keyed
from support.fake_server import Exchange, audio_event, ramp, refuses, serving, speaks
from support.null_sink import SoundCard, contains
from support.pty_session import until

import lightning_cli
from lightning_cli import LightningError, astream, save, speak, stream
from lightning_cli.errors import InvalidRequest, KeyRefused, MissingKey, StreamCut, UsageFault
from lightning_cli.playback.turn import Turn, open_directory, send_away, waiting

PCM = ramp(2400)
TWO = "This is the first sentence. This is the second one."


def test_a_stream_is_pcm() -> None:
    """Every sentence's audio comes in order, at the rate that was asked for."""
    with serving(speaks(PCM), speaks(PCM)) as server, stream(TWO, base_url=server.url, voice="daniel") as speech:
        assert speech.sample_rate == 24000
        audio = b"".join(speech)
    assert audio.startswith(PCM[:100])
    assert len(audio) > 2 * len(PCM) - 1000
    assert [request.json["text"] for request in server.requests] == TWO.replace(". ", ".|").split("|")


def test_the_first_piece_comes_before_the_last_was_made() -> None:
    """A piece is there as soon as its event is."""
    seen = threading.Event()

    def slow(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        exchange.chunk(audio_event(PCM))
        assert seen.wait(20)
        exchange.chunk(audio_event(PCM))
        exchange.chunk(b'data: {"done":true}\n\n')
        exchange.end_chunks()

    with serving(slow) as server, stream("Hello.", base_url=server.url) as speech:
        first = next(speech)
        assert PCM.startswith(first)
        seen.set()
        assert first + b"".join(speech) == PCM * 2


def test_text_that_is_still_written() -> None:
    """A sentence is asked for as soon as it is complete, before the writer goes on."""
    asked: list[int] = []
    with serving(speaks(PCM), speaks(PCM)) as server:

        def writer() -> Iterator[str]:
            yield "This is the first sentence. This is"
            asked.append(len(server.requests))
            yield " the second one."

        with stream(writer(), base_url=server.url) as speech:
            next(speech)
            assert len(server.requests) == 1
            for _ in speech:
                pass
    assert asked == [1]
    assert len(server.requests) == 2


def test_leaving_early_leaves_nothing() -> None:
    """No thread and no socket stays, whether by close, by the end of the block, or by an exception in it."""
    threads = set(threading.enumerate())

    def endless(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        exchange.chunk(audio_event(PCM))
        exchange.stall()

    with serving(endless, endless) as server:
        speech = stream("Hello.", base_url=server.url)
        next(speech)
        speech.close()
        speech.close()
        with contextlib.suppress(ZeroDivisionError), stream("Hello.", base_url=server.url) as speech:
            next(speech)
            raise ZeroDivisionError
        assert not {one for one in set(threading.enumerate()) - threads if one.name == "lightning-guard"}


@pytest.mark.parametrize("text", [TWO, iter([TWO])], ids=["whole", "live"])
def test_a_stream_that_is_dropped_leaves_nothing(text: str | Iterator[str]) -> None:
    """Without a close too, in the thread where its last reference goes, and without waiting for the collector."""
    before = threading.active_count()
    gc.disable()
    try:
        with serving(speaks(PCM * 100)) as server:
            speech = stream(text, base_url=server.url)
            next(speech)
            del speech
            until(lambda: not any(one.name == "lightning-guard" for one in threading.enumerate()), "a thread is left")
    finally:
        gc.enable()
    assert threading.active_count() == before


def test_failures_are_the_tree() -> None:
    """Whatever goes wrong is a LightningError of its own kind, before or while iterating."""
    with pytest.raises(MissingKey):
        stream("Hello.", offline=False)
    with pytest.raises(MissingKey, match=r"'magnus' needs the smallest.ai service"):
        stream("Hello.", voice="magnus")
    with pytest.raises(UsageFault):
        stream("Hello.", offline=True, key="sk_0123456789abcdef")
    with pytest.raises(InvalidRequest):
        stream("Hello.", offline=True, sample_rate=1)
    with pytest.raises(InvalidRequest), stream(" ", offline=True) as speech:
        next(speech)
    with (
        serving(refuses("401 Unauthorized", {"error": "no"})) as server,
        stream("Hello.", base_url=server.url, key="sk_0123456789abcdef") as speech,
        pytest.raises(KeyRefused),
    ):
        next(speech)

    def cut(exchange: Exchange) -> None:
        exchange.head(extra=("Connection: close",))
        exchange.send(audio_event(PCM))
        exchange.hang_up()

    with serving(cut) as server, stream("Hello.", base_url=server.url) as speech:
        assert next(speech) == PCM
        with pytest.raises(StreamCut):
            next(speech)
        with pytest.raises(StopIteration):
            next(speech)
    assert issubclass(StreamCut, LightningError)


def test_saving(tmp_path: Path) -> None:
    """A file has its name once it is complete, in the format that its name says."""
    path = tmp_path / "a.wav"
    with serving(speaks(PCM), speaks(PCM)) as server:
        spoken = save("Hello.", path, base_url=server.url, sample_rate=24000)
        with pytest.raises(LightningError):
            save("Hello.", tmp_path / "a.xyz", base_url=server.url)
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.readframes(10_000)) == (24000, PCM)
    assert (spoken.audio_s, spoken.sample_rate, spoken.characters) == (0.1, 24000, 6)
    assert [one.name for one in tmp_path.iterdir() if one.suffix] == ["a.wav"]


def test_speaking_in_turn(sound_card: SoundCard, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another plays is waited for before anything is asked for, unless it may overlap."""
    for name, value in sound_card.environment.items():
        monkeypatch.setenv(name, value)
    directory = open_directory()
    own = Turn(directory)
    assert own.take()
    code = "import sys\nfrom lightning_cli import speak\nurl, rate = sys.argv[1], 24000\n"
    code += "speak('Hello.', base_url=url, sample_rate=rate, overlap=True)\nprint('heard', flush=True)\n"
    code += "speak('Again.', base_url=url, sample_rate=rate)\n"
    with serving(speaks(PCM)) as server:
        argv = (sys.executable, "-c", code, server.url)
        with subprocess.Popen(argv, stdout=subprocess.PIPE, env=keyed(**sound_card.environment)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"heard\n"
            until(lambda: waiting(directory) == 1, "it does not wait")
            assert len(server.requests) == 1
            # One that cannot give up comes again.
            assert send_away(directory) == 1
            until(lambda: waiting(directory) == 1, "it does not wait")
            own.release()
            assert process.wait(60) == 0
        assert len(server.requests) == 2
    os.close(directory)


def test_speaking(sound_card: SoundCard) -> None:
    """Sound is heard, and the call returns when it was."""
    card = sound_card.at(24_000)
    code = "import sys\nfrom lightning_cli import speak\nspeak('Hello.', base_url=sys.argv[1], sample_rate=24000)\n"
    with serving(speaks(PCM)) as server, card.record() as recording:
        command = (sys.executable, "-c", code, server.url)
        done = subprocess.run(command, env={**keyed(), **card.environment}, check=False, timeout=60)
    assert done.returncode == 0
    assert contains(recording, PCM)


def test_asyncio() -> None:
    """The event loop goes on while the answer is read; leaving early leaves no thread."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    async def listen(url: str) -> bytes:
        ticking = asyncio.create_task(tick())
        heard = b"".join([pcm async for pcm in astream("Hello.", base_url=url)])
        ticking.cancel()
        return heard

    def slow(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        exchange.chunk(audio_event(PCM))
        exchange.server.closing.wait(0.3)
        exchange.chunk(audio_event(PCM) + b'data: {"done":true}\n\n')
        exchange.end_chunks()

    with serving(slow) as server:
        assert asyncio.run(listen(server.url)) == PCM * 2
    assert ticks > 3


def test_asyncio_left_early() -> None:
    """A cancelled reader does not wait for a service that says nothing more."""

    def endless(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        exchange.chunk(audio_event(PCM))
        exchange.stall()

    async def leave(url: str) -> None:
        speech = astream("Hello.", base_url=url)
        assert await anext(speech) == PCM
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(speech), 0.2)

    with serving(endless) as server:
        asyncio.run(asyncio.wait_for(leave(server.url), 30))
    assert not [one for one in threading.enumerate() if one.name.startswith("lightning-astream")]


def test_importing_is_light() -> None:
    """The package itself loads nothing; a name that it does not have is told as usual."""
    code = "import sys, lightning_cli\nassert not {'requests', 'numpy', 'typer'} & sys.modules.keys()\n"
    code += "lightning_cli.stream\nassert not {'numpy', 'typer', 'sounddevice', 'rich'} & sys.modules.keys()\n"
    subprocess.run((sys.executable, "-c", code), check=True, timeout=60)
    assert {"stream", "speak", "save", "astream", "LightningError"} <= set(dir(lightning_cli))
    with pytest.raises(AttributeError, match="no attribute 'shout'"):
        getattr(lightning_cli, "shout")  # noqa: B009 - a name that the types do not know
    assert callable(speak)


def test_marks_are_read_as_the_command_reads_them() -> None:
    """Voices, substitutes and pauses, in whole and in growing texts alike; thinking is not spoken."""
    text = "Hello [voice:magnus]there[voice], [sub:Dr.|doctor] Who. [pause:300ms]<think>Hm.</think>Bye."
    heard = []
    for form in (text, iter(text)):
        with serving(speaks(PCM)) as server, stream(form, base_url=server.url, voice="daniel") as speech:
            seconds = sum(map(len, speech)) / 2 / 24000
        heard.append(([(one.json["voice_id"], one.json["text"]) for one in server.requests], seconds))
    whole, live = heard
    assert (
        whole[0]
        == live[0]
        == [
            ("daniel", "Hello"),
            ("magnus", "there"),
            ("daniel", ", doctor Who."),
            ("daniel", "Bye."),
        ]
    )
    assert whole[1] == pytest.approx(live[1])
    assert whole[1] > 0.3


def test_marks_that_are_wrong_or_not_wanted(caplog: pytest.LogCaptureFixture) -> None:
    """A whole text fails before anything is sent, a growing one goes on, and without marks they are text."""
    with pytest.raises(UsageFault, match=r"1:4: .speed:9."):
        stream("Hi [speed:9]you.", offline=True)
    with serving(speaks(PCM)) as server:
        with stream(iter("Hi [speed:9]you."), base_url=server.url) as speech:
            assert sum(map(len, speech))
        with stream("Hi [speed:1.2] <think>you.</think>", base_url=server.url, marks=False, thinking=True) as speech:
            assert sum(map(len, speech))
    assert [one.json["text"] for one in server.requests] == ["Hi you.", "Hi [speed:1.2] you."]
    assert "dropped [speed:9]" in caplog.text
