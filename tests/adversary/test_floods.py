"""Too much of anything: what it costs grows with its size and no faster, and what is kept of it is bounded.

The bounds in seconds are hang guards: what they guard against took minutes to hours.
"""

import gzip
import itertools
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.broken_answers import heard
from support.command_line import COMMAND, keyed
from support.fake_server import Exchange, serving

from lightning_cli.cli.say.text_source import cut, read_texts
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.errors import ConfigError, ProtocolError, TransportError, UsageFault
from lightning_cli.narration.manifest import read_sources
from lightning_cli.narration.rows import ReadingOptions
from lightning_cli.settings.config_file import parse_config
from lightning_cli.system import toml_text
from lightning_cli.text.reading import Reading
from lightning_cli.text.segmenter import Segmenter, segments_of
from lightning_cli.text.wordlist import read_words

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
    """Answer 300 MB of zeros in 300 KB, although the request did not allow compression."""
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


def measured(answer: Callable[[Exchange], None], *words: str) -> tuple[int, int, bytes]:
    """Run a command against such a service; give its status, its peak of memory in KiB, and what it complained of."""
    code = (
        "import resource, subprocess, sys\ndone = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\nsys.exit(done.returncode)"
    )
    with serving(answer) as server:
        command = (sys.executable, "-c", code, *COMMAND, *words)
        env = keyed(LIGHTNING_TTS_BASE_URL=server.url)
        done = subprocess.run(command, env=env, capture_output=True, timeout=60, check=False)
        server.faults = [fault for fault in server.faults if not isinstance(fault, OSError)]
    return done.returncode, int(done.stdout), done.stderr


@pytest.mark.parametrize("answer", [one_line, deep, bomb, refused_bomb, layers, continued, chunk_size])
def test_answers(answer: Callable[[Exchange], None]) -> None:
    """A flood for an answer ends in an error of ours, in bounded time and memory."""
    clocks = ("--first-byte-timeout", "1", "--idle-timeout", "1", "--retries", "0")
    code, peak_kib, complaint = measured(answer, "say", "Hi.", "-o", "/dev/null", "--format", "pcm", *clocks)
    assert code in {4, 5}, complaint
    assert peak_kib < MEMORY_KIB
    assert len(complaint) < 3000


def endless_json(exchange: Exchange) -> None:
    """Answer a list that goes on and on."""
    exchange.head(kind="application/json", extra=("Connection: close",))
    exchange.send(b'{"voices":[')
    while not exchange.server.closing.is_set():
        exchange.send(b'{"voiceId":"a"},' * 4000)


def deep_json(exchange: Exchange) -> None:
    """Answer a list in a list in a list."""
    exchange.answer(b"[" * 1_000_000, kind="application/json")


@pytest.mark.parametrize("answer", [endless_json, deep_json, bomb])
def test_catalogues(answer: Callable[[Exchange], None]) -> None:
    """A list of voices without an end, or too deep, is not a list; what is read of it is bounded."""
    code, peak_kib, complaint = measured(answer, "voices", "--refresh")
    assert code == 5, complaint
    assert peak_kib < MEMORY_KIB
    assert len(complaint) < 3000


def endless_headers(exchange: Exchange) -> None:
    """Answer an upgrade with headers that do not end."""
    exchange.send(b"HTTP/1.1 101 Switching Protocols\r\n")
    while not exchange.server.closing.is_set():
        exchange.send(b"X-A: b\r\n" * 1000)


def endless_header(exchange: Exchange) -> None:
    """Answer an upgrade with one header that does not end."""
    exchange.send(b"HTTP/1.1 101 Switching Protocols\r\nX-A: ")
    while not exchange.server.closing.is_set():
        exchange.send(b"b" * 65536)


def endless_refusal(exchange: Exchange) -> None:
    """Refuse an upgrade with reasons that do not end."""
    exchange.send(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n")
    while not exchange.server.closing.is_set():
        exchange.send(b"b" * 65536)


@pytest.mark.parametrize("answer", [endless_headers, endless_header, endless_refusal, continued, deep])
def test_upgrades(answer: Callable[[Exchange], None]) -> None:
    """An upgrade that is answered without an end is given up, and what it said is not a refusal."""
    clocks = Timeouts(connect_s=0.5, first_byte_s=0.5, idle_s=0.5)
    with serving(answer) as server:
        settings = ServiceSettings(server.url, transport="ws", timeouts=clocks)
        with SpeechClient(settings) as client:
            pcm, fault = heard(client)
        server.faults = [fault for fault in server.faults if not isinstance(fault, OSError)]
    assert pcm == b""
    assert isinstance(fault, ProtocolError | TransportError)


def test_a_key_of_many_parts(tmp_path: Path) -> None:
    """TOML with a key of half a million parts is refused at once; what is quoted or long stays TOML."""
    begun = time.monotonic()
    for opener in ("", "[", "a = {", "b = 1\n"):
        with pytest.raises(ValueError, match="parts"):
            toml_text.parse(opener + "a." * 500_000 + "a = 1\n")
    path = tmp_path / "words.toml"
    path.write_text("ok = 'fine'\n" + "a . 'b'." * 100_000 + "a = 1\n")
    assert f"{path}:2: " in read_words(path).problems[0]
    with pytest.raises(ConfigError, match="parts"):
        parse_config(path, path.read_bytes())
    assert toml_text.parse(f'a.b = "{"." * 200_000}"\n"{"c." * 100}" = 1')["a"]["b"] == "." * 200_000
    assert time.monotonic() - begun < HANG_S


def test_sources_without_an_end(tmp_path: Path) -> None:
    """A manifest, a file that a row names, and standard input are read up to a limit."""
    assert "split it" in read_sources(["/dev/zero"], iter(())).problems[0]
    assert "split it" in read_sources(["-"], itertools.repeat(bytes(1 << 20))).problems[0]
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"file": "/dev/zero"}\n')
    (row,) = read_sources([str(rows)], iter(()), ReadingOptions(allow_outside=True)).rows
    with pytest.raises(UsageFault, match="split it"):
        row.read()


def test_texts_without_an_end(tmp_path: Path) -> None:
    """A huge file is spoken as it is read, as a pipe is; one request for all of it is refused."""
    path = tmp_path / "text.txt"
    with path.open("w") as file:
        file.write("A sentence. " * 1000)
        file.truncate(1 << 30)
    pieces = read_texts((), (str(path),))
    assert not isinstance(pieces, list)
    assert next(iter(cut(pieces, Reading(), language=None))).source.startswith("A sentence.")
    with pytest.raises(UsageFault, match="--whole"):
        cut(itertools.repeat("x" * 1000), Reading(whole=True), language=None)
