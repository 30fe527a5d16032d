"""Run the commands that list and keep things, and answer them as the service would."""

import json
import os
import pty
import select
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from typing import Any

from support.command_line import COMMAND, KEY, TIMEOUT_S, environment, lightning
from support.fake_server import Exchange, serving

from lightning_cli.catalogue.dictionaries import ensure_dictionary
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings

JSON_KIND = "application/json; charset=utf-8"
_NO_RETRIES = {"LIGHTNING_TTS_RETRIES": "0"}


@dataclass(frozen=True)
class Listed:
    """How a command ended and what it listed."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[list[str]]:
        """Split a tab-separated listing."""
        return [line.split("\t") for line in self.out.splitlines()]

    @property
    def json(self) -> Any:
        """Parse a JSON listing."""
        return json.loads(self.out)


def run(*arguments: str | Path, **env: str) -> Listed:
    """Run a command to its end in the test's private environment plus ``env``, without retries."""
    done = lightning(*map(str, arguments), env=environment(**_NO_RETRIES, **env))
    return Listed(done.code, done.stdout.decode(), done.stderr)


def start(*arguments: str | Path, **env: str) -> subprocess.Popen[str]:
    """Start a command; ``ended`` waits for it."""
    return subprocess.Popen(
        (*COMMAND, *map(str, arguments)),
        env=environment(**_NO_RETRIES, **env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def ended(process: subprocess.Popen[str]) -> Listed:
    """Wait for a command that was started."""
    with process:
        out, err = process.communicate(timeout=TIMEOUT_S)
    return Listed(process.returncode, out, err)


def run_on_terminal(columns: int, *arguments: str, **env: str) -> str:
    """Run a command whose stdout is a terminal of that width; returns what the terminal received."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        (*COMMAND, *arguments),
        env=environment(TERM="xterm", **_NO_RETRIES, **env),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(theirs)
        received = _read_to_end(ours)
        assert process.wait(timeout=TIMEOUT_S) == 0
    os.close(ours)
    return received.decode().replace("\r\n", "\n")


def cache_files() -> list[Path]:
    """List the cache files of the test's person."""
    return sorted(Path(os.environ["XDG_CACHE_HOME"], "lightning-tts").glob("*"))


def state_file() -> Path:
    """Name the file that ties dictionaries to files."""
    return Path(os.environ["XDG_STATE_HOME"], "lightning-tts", "dictionaries.json")


def _read_to_end(descriptor: int) -> bytes:
    received = b""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline and select.select([descriptor], [], [], TIMEOUT_S)[0]:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:
            # Linux tells the end of a terminal by EIO.
            break
        if not piece:
            break
        received += piece
    return received


def answers(exchange: Exchange, value: object) -> None:
    """Answer with JSON."""
    exchange.answer(json.dumps(value).encode(), kind=JSON_KIND)


def live_voice(voice_id: str, **tags: object) -> dict[str, object]:
    """Describe a voice the way get_voices does."""
    return {"voiceId": voice_id, "displayName": voice_id.capitalize(), "tags": tags}


class VoiceService:
    """Answer for the pools of voices given by path segment; a pool that is not there is a 404."""

    def __init__(self, pools: dict[str, object], everything: object = None) -> None:
        self.pools = pools
        self.everything = everything

    def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        path = exchange.request.path.removeprefix("/waves/v1/")
        pool = path.removesuffix("/get_voices")
        if path == "voice/get-all-models" and self.everything is not None:
            answers(exchange, self.everything)
        elif pool in self.pools:
            answers(exchange, self.pools[pool])
        else:
            exchange.refuse("404 Not Found", {"error": "Not Found"})


AVERY = live_voice(
    "avery",
    language=["english"],
    accent="american",
    gender="female",
    age="young",
    emotions=[],
    usecases=["conversational"],
)
DEVANSH = live_voice("devansh", language=["english", "hindi"], accent="indian", gender="male", age="senior")
MEHER = live_voice("meher", language=["hindi"], gender="female")
AVERY_ROW = ["avery", "lightning_v3.1", "en", "female", "american", "Avery"]
DEVANSH_ROW = ["devansh", "lightning_v3.1", "en,hi", "male", "indian", "Devansh"]
MEHER_ROW = ["meher", "lightning_v3.1_pro", "hi", "female", "-", "Meher"]


def both_pools() -> VoiceService:
    """Make a service with both pools; one voice has no id and one more than it should."""
    return VoiceService(
        {
            "lightning-v3.1": {"voices": [DEVANSH, AVERY, {"displayName": "Nobody"}], "extra": 1},
            "lightning-v3.1-pro": {"voices": [MEHER | {"surprise": {"deep": []}}]},
        }
    )


class DictionaryService:
    """Keep dictionaries as the service does (protocol.md 1.6); many threads may ask."""

    def __init__(self) -> None:
        self.kept: dict[str, list[dict[str, str]]] = {}
        self.log: list[tuple[str, Any]] = []
        self._lock = threading.Lock()
        self._made = 0

    def add(self, **words: str) -> str:
        """Put a dictionary there as another user would."""
        with self._lock:
            return self._add([{"word": word, "pronunciation": sound} for word, sound in words.items()])

    def calls(self) -> list[str]:
        """Name the methods called since the last time of asking."""
        with self._lock:
            methods = [method for method, _ in self.log]
            self.log.clear()
        return methods

    def __call__(self, exchange: Exchange) -> None:
        """Answer one request."""
        request = exchange.request
        assert request.path == "/waves/v1/pronunciation-dicts"
        body = json.loads(request.body) if request.body else None
        with self._lock:
            self.log.append((request.method, body))
            answer = self._answer(request.method, body)
        if answer is None:
            exchange.refuse("404 Not Found", {"error": "Dictionary not found"})
        else:
            answers(exchange, answer)

    def _answer(self, method: str, body: Any) -> object:
        if method == "GET":
            return [self._shown(one) for one in self.kept]
        if method == "POST":
            return self._shown(self._add(body["items"]))
        if body["id"] not in self.kept:
            return None
        if method == "PUT":
            self.kept[body["id"]] = body["items"]
            return {"id": body["id"], "items": body["items"]}
        assert method == "DELETE"
        del self.kept[body["id"]]
        return {"id": body["id"], "deleted": True}

    def _add(self, items: list[dict[str, str]]) -> str:
        self._made += 1
        dictionary_id = f"64f1234567890abcdef{self._made:05x}"
        self.kept[dictionary_id] = items
        return dictionary_id

    def _shown(self, dictionary_id: str) -> dict[str, object]:
        created = "2026-01-02T03:04:05.678Z"
        return {"id": dictionary_id, "items": self.kept[dictionary_id], "createdAt": created}


class Account:
    """Run the commands against one service."""

    def __init__(self, service: DictionaryService, url: str) -> None:
        self.service = service
        self.url = url

    def run(self, *arguments: str | Path) -> Listed:
        """Run a command with a key."""
        return run("dicts", *arguments, SMALLEST_API_KEY=KEY, LIGHTNING_TTS_BASE_URL=self.url)

    def sync(self, path: Path) -> tuple[str, list[str]]:
        """Sync a file; returns the id and the methods that were called."""
        self.service.calls()
        done = self.run("sync", path)
        assert done.code == 0, done.err
        (line,) = done.out.splitlines()
        assert line in done.err
        assert line in self.service.kept
        return line, self.service.calls()

    def ensure(self, path: Path) -> tuple[str, list[str]]:
        """Do the same without a process."""
        self.service.calls()
        with SpeechClient(ServiceSettings(base_url=self.url)) as client:
            made = ensure_dictionary(client, path, self.url)
        assert made in self.service.kept
        return made, self.service.calls()


@contextmanager
def account() -> Iterator[Account]:
    """Open an account at a service of its own."""
    service = DictionaryService()
    with serving(service) as server:
        yield Account(service, server.url)
