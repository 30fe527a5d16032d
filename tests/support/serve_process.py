"""A real ``lightning-tts serve`` in a process of its own, and small ways to talk to it."""

import base64
import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from support.command_line import COMMAND, environment

from lightning_cli.client.sse import Decoder

_HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")
START_S = 60
# uvicorn's own clock ticks ten times a second, in tests with asyncio's debugging; that counts as idle.
_IDLE_LOOK_S, _IDLE_SHARE = 0.5, 0.15
END_S = 90
STREAM = "/waves/v1/lightning-v3.1/stream"
SYNC = "/waves/v1/tts"
LONG = "The quick brown fox jumps over the lazy dog near the river bank. " * 100
_URL = re.compile(r"Listening on (http://\S+) ")


@dataclass
class Answer:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Parse the body."""
        return json.loads(self.body)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Parse the body as events."""
        decoder = Decoder()
        return [json.loads(event.data) for event in [*decoder.feed(self.body), *decoder.finish()]]

    @property
    def audio(self) -> bytes:
        """Join the audio of the events."""
        return b"".join(base64.b64decode(event.get("audio", "")) for event in self.events)


@dataclass
class ServedAddress:
    """Where a server listens, and small ways to talk to it."""

    url: str

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection; the caller closes it."""
        return http.client.HTTPConnection(*self.address, timeout=60)

    def ask(
        self, path: str, fields: object = None, *, method: str = "POST", headers: dict[str, str] | None = None
    ) -> Answer:
        """Ask for a whole answer; ``fields`` as bytes are sent as they are."""
        raw = fields if isinstance(fields, bytes) else json.dumps(fields).encode() if fields is not None else b""
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path, raw, {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())


class Served(ServedAddress):
    """A running server; ``told`` grows with what it says on stderr."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__("")
        self.process = process
        self.told: list[str] = []
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read, name="served-stderr")
        self._reader.start()
        assert self._listening.wait(START_S), "it said nothing"
        assert self.url, self.told

    def terminate(self) -> None:
        """Ask it to end."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait for its end and return its status."""
        code = self.process.wait(END_S)
        self._reader.join(10)
        return code

    def rss_bytes(self) -> int:
        """Return the memory it holds."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:  # noqa: PTH123 # one line of the kernel
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def wait_until_idle(self) -> None:
        """Wait until it computes nothing: with readers that take nothing, the engine has to stop."""
        spent = -1.0
        for _ in range(120):
            before, spent = spent, self._cpu_s()
            if spent - before < _IDLE_SHARE * _IDLE_LOOK_S:
                return
            time.sleep(_IDLE_LOOK_S)
        raise AssertionError("it never stopped computing")

    def _cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.told.append(line.rstrip())
            found = _URL.search(line)
            if found:
                self.url = found[1]
                self._listening.set()
        self._listening.set()


@contextlib.contextmanager
def running(*arguments: str, home: Path | None = None, **extra: str) -> Iterator[Served]:
    """Run a server on a free port for as long as the test needs it.

    ``home`` is for fixtures that outlive a test: the directories of their own that every test has, they have not.
    """
    command = (*COMMAND, "serve", "--port", "0", *arguments)
    env = environment(**extra)
    if home is not None:
        env = {name: value for name, value in env.items() if not name.startswith(("LIGHTNING_TTS_", "SMALLEST_"))}
        env |= {name: str(home) for name in _HOMES} | extra
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)
    try:
        served = Served(process)
        yield served
        if process.poll() is None:
            served.terminate()
            assert served.wait() == -signal.SIGTERM, served.told
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)
        if process.stderr is not None:
            process.stderr.close()


def order(**fields: Any) -> dict[str, Any]:
    """Make the body of a small request."""
    return {"text": "Hello there.", "voice_id": "daniel", "sample_rate": 8000, **fields}
