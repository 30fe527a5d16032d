"""How soon a warm server's first audio leaves, against the engine's own first block."""

import contextlib
import http.client
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.faults import BenchmarkFault
from benchmarks.lab import Lab
from benchmarks.processes import Child
from benchmarks.results import Measure, against, at_most

_TEXT = "The quick brown fox jumps over the lazy dog."
_VOICES = {"espeak-en": "eSpeak NG", "heart": "hibari"}
_PATH = "/waves/v1/lightning-v3.1/stream"
_STARTS_WITHIN_S = 30.0
_ANSWERS_WITHIN_S = 60.0


def measure(lab: Lab) -> Iterator[Measure]:
    """Ask over one kept connection, in turns with the engine in a process of its own."""
    server = Child(lab.ours("serve", "--port", "0", "--concurrency", "0"), lab.environment)
    engine = subprocess.Popen(
        lab.reference("engine_blocks", _TEXT),
        env=dict(lab.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server, engine:
        with contextlib.closing(_connected(server)) as line:
            for voice, name in _VOICES.items():
                contestants: dict[str, Callable[[], float]] = {
                    "ours": partial(_first_event_ms, line, voice),
                    "engine": _asked(engine, voice),
                }
                taken = lab.interleave(contestants)
                peer = ("the engine's first block", taken["engine"], at_most(1.5))
                yield from against(f"request to first audio event, {name}", "ms", taken["ours"], [peer])
        if engine.stdin is not None:
            engine.stdin.close()


def _connected(server: Child) -> http.client.HTTPConnection:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while (found := re.search(r"http://(127\.0\.0\.1:\d+)", server.errors)) is None:
        if time.monotonic() > deadline:
            raise BenchmarkFault(f"the server does not start: {server.errors}")
        time.sleep(0.05)
    return http.client.HTTPConnection(found[1], timeout=_ANSWERS_WITHIN_S)


def _first_event_ms(line: http.client.HTTPConnection, voice: str) -> float:
    body = json.dumps({"text": _TEXT, "voice_id": voice, "sample_rate": 44_100, "output_format": "pcm"})
    began = time.perf_counter()
    line.request("POST", _PATH, body, {"Content-Type": "application/json"})
    answer = line.getresponse()
    got = answer.read1()
    taken_ms = (time.perf_counter() - began) * 1e3
    if answer.status != http.client.OK or b'"audio":"' not in got:
        raise BenchmarkFault(f"the server answered {answer.status}: {got[:200]!r}")
    answer.read()
    return taken_ms


def _asked(engine: "subprocess.Popen[str]", voice: str) -> Callable[[], float]:
    def ask() -> float:
        if engine.stdin is None or engine.stdout is None:
            raise BenchmarkFault("the engine has no pipes")
        engine.stdin.write(f"{voice}\n")
        engine.stdin.flush()
        return float(engine.stdout.readline())

    return ask
