"""The measuring end of ``server.py``."""

import contextlib
import fcntl
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.faults import BenchmarkFault

_ANSWERS_WITHIN_S = 60.0
_REPORTS_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the server saw it; times are ``time.monotonic_ns``."""

    asked_ns: int
    sent_ns: int
    connection: int
    target: str
    body_bytes: int


class SpeechService:
    """Own the server's process."""

    def __init__(self, process: "subprocess.Popen[bytes]", root: str = "http://127.0.0.1") -> None:
        self._process = process
        self._held = b""
        self.url = f"{root}:{self._line(_ANSWERS_WITHIN_S)['port']}"

    @property
    def stream_url(self) -> str:
        """Return the address that a script posts to."""
        return f"{self.url}/waves/v1/lightning-v3.1/stream"

    def plan(self, **how: Any) -> None:
        """Set what every request is answered from now on: the fields of ``server.Plan``."""
        self._order({"plan": how})
        self._expect("planned")

    def release(self) -> None:
        """Release a gated answer."""
        self._order({"release": True})

    def asked(self) -> Asked:
        """Return the next request; raises ``BenchmarkFault`` when none comes."""
        return Asked(**self._expect("asked_ns"))

    def forget(self) -> list[Asked]:
        """Return every request that has been reported."""
        # A plan is acknowledged behind all reports that were made before it.
        self._order({"plan": {}})
        gathered: list[Asked] = []
        while True:
            line = self._line(_ANSWERS_WITHIN_S)
            if "planned" in line:
                return gathered
            if "asked_ns" in line:
                gathered.append(Asked(**line))

    def _expect(self, key: str) -> dict[str, Any]:
        """Skip what earlier runs left unread."""
        deadline = time.monotonic() + _ANSWERS_WITHIN_S
        while True:
            line = self._line(deadline - time.monotonic())
            if key in line:
                return line

    def _order(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()

    def _line(self, timeout_s: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._held:
            if not select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise BenchmarkFault("the server reports nothing: no request has reached it")
            piece = os.read(descriptor, 65536)
            if not piece:
                raise BenchmarkFault("the server has ended")
            self._held += piece
        line, _, self._held = self._held.partition(b"\n")
        parsed = json.loads(line)
        assert isinstance(parsed, dict)
        return parsed


@contextlib.contextmanager
def speech_service(address: str = "127.0.0.1", certificate: Path | None = None) -> Iterator[SpeechService]:
    """Run a server for as long as the block runs; over TLS, if there is a file with certificate and key."""
    argv = [sys.executable, "-I", "-S", str(Path(__file__).with_name("server.py")), address, str(certificate or "")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        # Reports wait here until they are asked for, and the server must not wait for that.
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _REPORTS_BYTES)
        try:
            yield SpeechService(process, f"http{'s' if certificate else ''}://{address}")
        finally:
            process.kill()
