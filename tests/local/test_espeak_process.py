"""The process that holds eSpeak NG, its parts called in this one."""

import marshal
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import espeakng_loader
import pytest

from lightning_cli.local import espeak_process
from lightning_cli.local.espeak_process import FRAME, LENGTH, PHONEMES, SPEAK, STATUS, WORD, Channel


class Conversation:
    """The other side of the pipes: requests go in, frames come out."""

    def __init__(self) -> None:
        self._requests, self._sink = os.pipe()
        self._source, self._answers = os.pipe()
        self._thread = threading.Thread(target=self._answer, name="espeak-process")
        self._thread.start()

    def ask(self, *request: Any) -> None:
        """Send a request."""
        body = marshal.dumps(request)
        os.write(self._sink, LENGTH.pack(len(body)) + body)

    def until(self, last: bytes) -> list[tuple[bytes, bytes]]:
        """Return the frames up to one of a kind."""
        frames: list[tuple[bytes, bytes]] = []
        while not frames or frames[-1][0] != last:
            kind, length = FRAME.unpack(self._read(FRAME.size))
            frames.append((kind, self._read(length)))
        return frames

    def close(self) -> None:
        """Leave, and wait for the other side."""
        os.close(self._sink)
        self._thread.join(30)
        for pipe in (self._requests, self._answers, self._source):
            os.close(pipe)

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += os.read(self._source, size - len(data))
        return data

    def _answer(self) -> None:
        espeak_process.answer_requests(Channel(self._requests, self._answers))


@pytest.fixture
def conversation() -> Iterator[Conversation]:
    """Open a conversation, and end it behind the test."""
    made = Conversation()
    yield made
    made.close()


def named() -> tuple[str, bytes]:
    """Return what the first request names."""
    return espeakng_loader.get_library_path(), os.fsencode(espeakng_loader.get_data_path())


def test_a_text_is_answered_by_samples_words_and_an_end(conversation: Conversation) -> None:
    """The library is ready again behind each answer; a voice that is not there is a fault and no end."""
    conversation.ask(*named())
    assert conversation.until(b"R") == [(b"E", STATUS.pack(22_050)), (b"R", b"")]
    conversation.ask(SPEAK, b"Hello there.", b"en-us", 175, True)
    frames = conversation.until(b"R")
    kinds = [kind for kind, _ in frames]
    assert [kind for kind in kinds if kind != b"A"] == [b"V", b"W", b"E", b"R"]
    assert [word[0] for word in WORD.iter_unpack(frames[kinds.index(b"W")][1])] == [0, 6]
    conversation.ask(SPEAK, b"Hello there.", b"en-us", 175, False)
    assert [one for one in conversation.until(b"R") if one[0] == b"A"] == [one for one in frames if one[0] == b"A"]
    conversation.ask(PHONEMES, [b"hello", b"there"], frames[0][1])
    assert [body.decode() for kind, body in conversation.until(b"E") if kind == b"P"] == [
        "həl\u02c8o\u028a",
        "ð\u02c8\u025b\u0279",
    ]
    conversation.until(b"R")
    conversation.ask(PHONEMES, [b"hello"], b"xx-none")
    assert conversation.until(b"E") == [(b"F", b"eSpeak NG has no voice xx-none"), (b"E", STATUS.pack(-1))]
    conversation.ask(3)
    assert (b"F", b"eSpeak NG was asked for something unknown") in conversation.until(b"E")


def test_a_library_that_cannot_be_loaded_is_a_fault(conversation: Conversation) -> None:
    """It says which, and ends."""
    conversation.ask("/nowhere/libespeak-ng.so", None)
    ((kind, fault), _) = conversation.until(b"E")
    assert kind == b"F"
    assert b"/nowhere/libespeak-ng.so" in fault


@contextmanager
def script(*request: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the script as a program and send it its first request."""
    body = marshal.dumps(request)
    pipe = subprocess.PIPE
    command = (sys.executable, espeak_process.__file__)
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0) as process:
        assert process.stdin is not None
        process.stdin.write(LENGTH.pack(len(body)) + body)
        process.stdin.flush()
        yield process


def test_the_script_serves_its_pipes_in_limits_until_they_close() -> None:
    """Standard input and output are the pipes; what else is printed goes nowhere."""
    with script(*named()) as process:
        assert process.stdout is not None
        assert process.stdout.read(FRAME.size + STATUS.size) == FRAME.pack(b"E", 4) + STATUS.pack(22_050)
        assert resource.prlimit(process.pid, resource.RLIMIT_AS)[0] == espeak_process.MEMORY_LIMIT_BYTES
        assert resource.prlimit(process.pid, resource.RLIMIT_CORE)[0] == 0
        assert process.communicate(timeout=60) == (FRAME.pack(b"R", 0), b"")
    assert process.returncode == 0


def test_the_script_tells_where_the_data_are_missing() -> None:
    """Then it ends, and not by its fault."""
    with script(espeakng_loader.get_library_path(), b"/nowhere") as process:
        answer, told = process.communicate(timeout=60)
    fault = b"eSpeak NG cannot use its data in /nowhere"
    assert answer == FRAME.pack(b"F", len(fault)) + fault + FRAME.pack(b"E", 4) + STATUS.pack(-1)
    assert (told, process.returncode) == (b"", 0)


def test_a_sound_before_the_first_word_belongs_to_none() -> None:
    """What is heard before any word begins no word."""
    heard = espeak_process._Words()
    events = (espeak_process._Event * 3)()
    events[0].type, events[0].sample = espeak_process._PHONEME_EVENT, 5
    events[0].id.string = b"a"
    events[1].type, events[1].sample, events[1].text_position = espeak_process._WORD_EVENT, 10, 1
    heard.take(events)
    assert list(WORD.iter_unpack(heard.packed())) == [(0, 10, 10)]


class _Left(Channel):
    """A channel whose other side leaves when it has heard the first sound."""

    sounds = 0

    def send(self, kind: bytes, body: bytes) -> None:
        del body
        self.sounds += kind == b"A"
        if self.sounds:
            raise EOFError


def test_a_listener_that_has_left_ends_the_synthesis() -> None:
    """No exception crosses C: the library is told to stop, and the exception comes behind it."""
    channel = _Left(0, 1)
    library = espeak_process.Library(*named(), channel)
    with pytest.raises(EOFError):
        library.speak(b"Hello there. " * 20, b"en-us", 175, False)  # a request's field
    assert channel.sounds == 1
