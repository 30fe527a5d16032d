"""The functions of the package that a frame passes through, from the socket to a file: ``python -m support.hops FILE``.

A function counts when the frame is in its arguments, its local names or its result, and it does more with it than to
check it.
"""

import base64
import random
import sys
from pathlib import Path
from types import CodeType, FrameType

from support.fake_server import Exchange, serving, speech_events

import lightning_cli
from lightning_cli.cli.run import main

PACKAGE = str(Path(lightning_cli.__file__).parent) + "/"


class HopCounter:
    """A profiler that keeps the functions which had a frame in the middle of ``pcm`` in their hands, in order."""

    def __init__(self, pcm: bytes) -> None:
        at = len(pcm) // 2
        # As PCM, and inside base64 wherever its groups of four begin.
        self._marks = [pcm[at : at + 24], *(base64.b64encode(pcm[at - k : at + 48])[4:40] for k in range(3))]
        self._checks: set[CodeType] = set()
        self._seen: dict[CodeType, str] = {}

    def __call__(self, frame: FrameType, event: str, result: object) -> None:
        """Look at one call or return."""
        code = frame.f_code
        if event not in {"call", "return"} or not code.co_filename.startswith(PACKAGE):
            return
        if isinstance(result, bool):
            self._checks.add(code)
        if code in self._seen:
            return
        if self._has(result) or any(map(self._has, frame.f_locals.values())):
            self._seen[code] = f"{code.co_filename.removeprefix(PACKAGE)}:{code.co_name}"

    @property
    def hops(self) -> list[str]:
        """Return file and name of each function."""
        return [name for code, name in self._seen.items() if code not in self._checks]

    def _has(self, value: object) -> bool:
        if isinstance(value, list):
            return any(map(self._has, value))
        return isinstance(value, bytes | memoryview) and any(mark in bytes(value) for mark in self._marks)


def hops_to(path: str) -> list[str]:
    """Speak one sentence into a file and return the functions on the way."""
    spread = random.Random(5)
    pcm = b"".join(spread.randrange(-9000, 9000).to_bytes(2, "little", signed=True) for _ in range(4_000))
    counter = HopCounter(pcm)
    events = [f"{len(event):x}\r\n".encode() + event + b"\r\n" for event in speech_events(pcm)]

    def answer(exchange: Exchange) -> None:
        # At once: an event that arrives in two parts takes another way.
        exchange.head(extra=("Transfer-Encoding: chunked",))
        exchange.send(b"".join(events))
        exchange.end_chunks()

    with serving(answer) as server:
        sys.setprofile(counter)
        try:
            code = main(["say", "-q", "Hello there.", "--base-url", server.url, "-o", path])
        finally:
            sys.setprofile(None)
    assert code == 0
    return counter.hops


if __name__ == "__main__":
    sys.stdout.write("\n".join([*hops_to(sys.argv[1]), ""]))
