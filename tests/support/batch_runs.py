"""What the tests of batch share: a server that speaks every text in its own way, manifests, runs."""

import csv
import hashlib
import itertools
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.command_line import Done, keyed, lightning
from support.fake_server import Exchange, SpeechServer, ramp, serving, speech_events

SILENCE = bytes(2 * 800)


def pcm_for(text: str) -> bytes:
    """Make the audio of a text: the same for the same text, another for another, silence around it."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:2], "big") % 20_000
    return SILENCE + ramp(1000 + 10 * len(text), seed) + SILENCE


def speaks_text(exchange: Exchange) -> None:
    """Answer with the audio of the text."""
    exchange.stream(speech_events(pcm_for(exchange.request.json["text"]), size=4096))


def asked(server: SpeechServer) -> Counter[str]:
    """Count how often each text was asked for."""
    return Counter(request.json["text"] for request in list(server.requests) if request.method == "POST")


@contextmanager
def speaking(answer: Callable[[Exchange], None] = speaks_text) -> Iterator[SpeechServer]:
    """Run a server that speaks whatever it is sent."""
    with serving(answer) as server:
        yield server


def sentence(number: int) -> str:
    """Return a text of one segment."""
    return f"This is the sentence of row number {number}."


def write_rows(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = ("text", "output")) -> Path:
    """Write a CSV manifest."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(itertools.chain([header], rows))
    return path


def numbered(path: Path, count: int, suffix: str = ".wav") -> Path:
    """Write a CSV manifest of so many rows."""
    return write_rows(path, [(sentence(number), f"{number:05}{suffix}") for number in range(count)])


def arguments(source: Path | str, directory: Path, server: SpeechServer | None, *more: str) -> tuple[str, ...]:
    """Return the arguments of a run into ``directory / "out"`` with the cache beside it."""
    url = server.url if server else "http://127.0.0.1:9"
    places = ("-d", str(directory / "out"), "--cache", str(directory / "cache"))
    return ("batch", str(source), *places, "--base-url", url, *more)


def batch(source: Path | str, directory: Path, server: SpeechServer | None, *more: str, **env: str) -> Done:
    """Run a batch to its end; without a server nothing can be sent."""
    return lightning(*arguments(source, directory, server, *more), env=keyed(**env), cwd=directory)


def outputs(directory: Path) -> dict[str, bytes]:
    """Return every file below ``directory / "out"`` but the record of what is up to date."""
    root = directory / "out"
    found = [Path(folder, name) for folder, _, names in os.walk(root) for name in names]
    return {str(path.relative_to(root)): path.read_bytes() for path in found if path.name != "narration.lock"}


class Gate:
    """Requests back until a test lets them go."""

    def __init__(self, wanted: int) -> None:
        self._together = threading.Barrier(wanted)

    def __call__(self, exchange: Exchange) -> None:
        """Answer once so many requests are under way at the same time; a minute without that is a failure."""
        self._together.wait(60)
        speaks_text(exchange)
