"""Text that is spoken while it is still being written, as a model writes it: token by token."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.command_line import COMMAND, keyed
from support.fake_server import Exchange, SpeechServer, ramp, serving, speech_events
from support.null_sink import SoundCard, contains

SENTENCES = (
    "The first sentence comes from Dr. Smith.",
    "It cost $3.50 at 5 p.m. on that day!",
    "Visit https://example.com/a.b?c=d for more, will you?",
)
PCM = [ramp(4000, start=4000 * number) for number in range(3)]


class Speaker:
    """Answer each request with its own PCM, and tell when it came."""

    def __init__(self) -> None:
        self.asked = [threading.Event() for _ in PCM]
        self._count = 0

    def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        number = self._count
        self._count += 1
        self.asked[number].set()
        exchange.stream(speech_events(PCM[number]))


@contextmanager
def speaking(server: SpeechServer, *arguments: str, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``say`` with a pipe to write into."""
    with subprocess.Popen(
        (*COMMAND, "say", "--base-url", server.url, *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=env,
    ) as process:
        yield process


def write(process: subprocess.Popen[bytes], text: str) -> None:
    """Write to the command's standard input at once."""
    assert process.stdin is not None
    process.stdin.write(text.encode())
    process.stdin.flush()


def test_a_token_stream_is_spoken_sentence_by_sentence(sound_card: SoundCard) -> None:
    """Each sentence is asked for before the next one is complete, and everything is heard in order."""
    speaker = Speaker()
    tick = threading.Event()
    with (
        serving(speaker) as server,
        sound_card.record() as recorder,
        speaking(server, env={**keyed(), **sound_card.environment}) as process,
    ):
        for number, sentence in enumerate(SENTENCES):
            *words, last = sentence.split(" ")
            for word in words:
                write(process, f"{word} ")
                tick.wait(0.05)  # a model writes some twenty tokens a second
            if number:
                assert speaker.asked[number - 1].wait(30), "a complete sentence waits for the one behind it"
            write(process, f"{last} ")
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert [request.json["text"] for request in server.requests] == list(SENTENCES)
    for pcm in PCM:
        assert contains(recorder.pcm, pcm)


@pytest.mark.parametrize(("written", "spoken"), [("This one is never finis", "This one is never finis"), ("Hi", "Hi")])
def test_a_writer_that_stops_is_spoken(written: str, spoken: str) -> None:
    """After --flush-after what was written is spoken, though no sentence has ended."""
    speaker = Speaker()
    with serving(speaker) as server, speaking(server, "-o", "-", "--flush-after", "200", env=keyed()) as process:
        write(process, written)
        assert speaker.asked[0].wait(30)
        process.communicate(timeout=60)
    assert [request.json["text"] for request in server.requests] == [spoken]


def test_characters_cut_anywhere() -> None:
    """UTF-8 that arrives byte by byte is put together, and a mark at its start is dropped."""
    speaker = Speaker()
    text = "\ufeffनमस्ते दुनिया, यह पहला वाक्य है। 你好，世界。 Grüße!"
    with serving(speaker) as server, speaking(server, "-o", "-", env=keyed()) as process:
        assert process.stdin is not None
        for byte in text.encode():
            process.stdin.write(bytes([byte]))
            process.stdin.flush()
        process.communicate(timeout=60)
    assert " ".join(request.json["text"] for request in server.requests) == text.removeprefix("\ufeff")
