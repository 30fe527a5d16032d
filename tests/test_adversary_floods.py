"""Too much of anything: what it costs grows with its size and no faster, and what is kept of it is bounded.

The bounds in seconds are hang guards: what they guard against took minutes to hours.
"""

import gzip
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from commandline import COMMAND, keyed
from speechserver import Exchange, serving

from lightning_cli.audio import PcmFormat
from lightning_cli.client.guard import Guard
from lightning_cli.client.messages import error_message
from lightning_cli.client.wav import read_head
from lightning_cli.errors import ProtocolError
from lightning_cli.text import Segmenter, segments_of
from lightning_cli.wordlist import read_words

HANG_S = 20.0
MEMORY_KIB = 200_000
MANY = 400_000

FLOODS = {
    "spaces": " " * MANY,
    "word and spaces": "word" + " " * MANY,
    "short sentence and lines": "Hi." + " \n" * (MANY // 2),
    "empty lines": "\n" * MANY,
    "lines of Windows": "\r\n" * (MANY // 2),
    "no space": "a" * MANY,
    "no sentence end": "word " * (MANY // 5),
    "Chinese": "今天天气很好。" * (MANY // 70),
    "list numbers": "1. " * (MANY // 30),
    "marks": "a" + "\u0301" * (MANY // 10),
}


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
def test_text(text: str) -> None:
    """A flood becomes segments that are the text, and a live one is not kept until its end."""
    begun = time.monotonic()
    assert "".join(segment.source for segment in segments_of(text)) == text
    live, sources, given = Segmenter(live=True), [], 0
    kept = 0
    for at in range(0, len(text), 997):
        segments = live.feed(text[at : at + 997])
        sources += [segment.source for segment in segments]
        given += sum(len(segment.source) for segment in segments)
        kept = max(kept, at - given)
    sources += [segment.source for segment in live.finish()]
    assert "".join(sources) == text
    assert kept < 4000, "a text that is still being written must not pile up"
    assert time.monotonic() - begun < HANG_S


def test_a_dictionary_of_many_words(tmp_path: Path) -> None:
    """Every word of a long TOML file finds its line at once."""
    path = tmp_path / "words.toml"
    path.write_text("".join(f'word{number} = "sound"\n' for number in range(20_000)) + 'last = ""\n')
    begun = time.monotonic()
    assert f"{path}:20001: " in read_words(path).problems[0]
    assert time.monotonic() - begun < HANG_S


def test_what_a_service_says_is_cut() -> None:
    """A reason of any length becomes one that can be read."""
    assert len(error_message(b'{"error":"' + b"x" * 60_000 + b'"}')) < 1100
    assert error_message(b'{"errors":[{"path":[[[["a"]]],"b"],"message":"no"}]}') == "b: no"


def test_a_header_of_nothing_but_chunks() -> None:
    """A WAV header that goes on and on is refused, since it is looked at again with every piece."""
    head = b"RIFF\0\0\0\0WAVE" + b"LIST\0\0\0\0" * 1000
    with pytest.raises(ProtocolError, match="without audio"):
        read_head(head, PcmFormat(24_000))


def one_line(exchange: Exchange) -> None:
    """Answer a line of a gigabyte."""
    exchange.head(extra=("Connection: close",))
    exchange.send(b'data: {"audio":"')
    for _ in range(1024):
        exchange.send(b"A" * (1 << 20))


def deep(exchange: Exchange) -> None:
    """Answer JSON a million deep."""
    exchange.stream([b"data: " + b"[" * 1_000_000 + b"\n\n"], "close")


def bomb(exchange: Exchange) -> None:
    """Answer 300 MB of zeros in 300 KB, although nobody said that it may be compressed."""
    exchange.answer(BOMB, extra=("Content-Encoding: gzip",))


def refused_bomb(exchange: Exchange) -> None:
    """Refuse with the same."""
    exchange.answer(BOMB, status="400 Bad Request", kind="application/json", extra=("Content-Encoding: gzip",))


def layers(exchange: Exchange) -> None:
    """Answer what is compressed five thousand times."""
    exchange.answer(b"x", extra=("Content-Encoding: " + ", ".join(["gzip"] * 5000),))


def continued(exchange: Exchange) -> None:
    """Answer that an answer will come, for ever."""
    while not exchange.server.closing.is_set():
        exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def chunk_size(exchange: Exchange) -> None:
    """Answer the size of a chunk without an end."""
    exchange.head(extra=("Transfer-Encoding: chunked",))
    for _ in range(100):
        exchange.send(b"0" * (1 << 20))


BOMB = gzip.compress(bytes(300_000_000), 1)


@pytest.mark.parametrize("answer", [one_line, deep, bomb, refused_bomb, layers, continued, chunk_size])
def test_answers(answer: Callable[[Exchange], None]) -> None:
    """A flood for an answer ends in an error of ours, in bounded time and memory."""
    measured = (
        "import resource, subprocess, sys\ndone = subprocess.run(sys.argv[1:])\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\nsys.exit(done.returncode)"
    )
    with serving(answer) as server:
        clocks = ("--first-byte-timeout", "1", "--idle-timeout", "1", "--retries", "0")
        command = (sys.executable, "-c", measured, *COMMAND, "say", "Hi.", "-o", "/dev/null", "--format", "pcm")
        done = subprocess.run(
            (*command, *clocks, "--base-url", server.url), env=keyed(), capture_output=True, timeout=60, check=False
        )
        server.faults = [fault for fault in server.faults if not isinstance(fault, OSError)]
    assert done.returncode in {4, 5}, done.stderr
    assert int(done.stdout) < MEMORY_KIB
    assert len(done.stderr) < 3000


def test_a_guard_that_a_signal_hit_can_be_closed() -> None:
    """A thread that was made and not started yet is nobody to wait for."""
    guard = Guard()
    guard._thread = threading.Thread(target=guard.close)
    guard.close()


def test_a_signal_that_was_lost_still_ends_the_run() -> None:
    """What a signal raises may be replaced by what a clean-up raises; it ends the process all the same."""
    code = (
        "import signal, sys\nfrom lightning_cli.cli import run\n"
        "class Command:\n    def main(self, **_):\n"
        "        try:\n            signal.raise_signal(signal.SIGTERM)\n"
        "        except BaseException:\n            raise RuntimeError('in the way') from None\n"
        "run.root_command = Command\nrun.main([])\n"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, b"")
