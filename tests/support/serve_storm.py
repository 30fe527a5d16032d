"""Signals into a server while its three kinds of clients are spoken to, and what must hold for it and for them."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from support.command_line import COMMAND, environment
from support.serve_process import Served, running

ENDS_WITHIN_S = 5.0
TEXT = "One two three four five six seven eight nine ten. " * 3
# So many times as fast as it plays: a signal finds something to interrupt.
_RATE = "8"
_ACCIDENTS = ("Traceback", "Exception", "exception", "unexpected", "never retrieved", "coroutine")
_PAUSE_S = 0.4


class Shot(NamedTuple):
    """What is sent to a server: signals, each so long after the last."""

    name: str
    signals: tuple[tuple[signal.Signals, float], ...]

    @property
    def is_gentle(self) -> bool:
        """Return whether the server may finish what it is saying."""
        ending = [signum for signum, _ in self.signals if signum not in {signal.SIGSTOP, signal.SIGCONT}]
        return len(ending) == 1 and ending[0] in {signal.SIGINT, signal.SIGTERM}


SHOTS = (
    Shot("SIGINT", ((signal.SIGINT, 0),)),
    Shot("SIGTERM", ((signal.SIGTERM, 0),)),
    Shot("SIGHUP", ((signal.SIGHUP, 0),)),
    Shot("SIGKILL", ((signal.SIGKILL, 0),)),
    Shot("SIGINT twice", ((signal.SIGINT, 0), (signal.SIGINT, 0.1))),
    Shot("SIGTERM, SIGINT", ((signal.SIGTERM, 0), (signal.SIGINT, 0.05))),
    Shot("SIGTERM, SIGHUP", ((signal.SIGTERM, 0), (signal.SIGHUP, 0.05))),
    Shot("stopped, then SIGTERM", ((signal.SIGSTOP, 0), (signal.SIGCONT, _PAUSE_S), (signal.SIGTERM, 0.1))),
)


class Heard(NamedTuple):
    """What a client got: its exit status, its audio, its words on stderr."""

    code: int
    audio: bytes
    told: str


def _commands(url: str) -> dict[str, tuple[str, ...]]:
    say = (*COMMAND, "say", TEXT, "-r", "8000", "--base-url", url, "--retries", "0", "--whole", "-o", "-")
    order = json.dumps({"model": "tts-1", "input": TEXT, "voice": "alloy", "response_format": "pcm"})
    post = ("curl", "-sS", "--fail", "--max-time", "30", "-H", "Content-Type: application/json", "-d", order)
    return {
        "events": say,
        "socket": (*say, "--transport", "ws"),
        "openai": (*post, f"{url}/v1/audio/speech"),
    }


@contextmanager
def _clients(url: str) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    pipe = subprocess.PIPE
    clients = {
        name: subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)
        for name, command in _commands(url).items()
    }
    try:
        yield clients
    finally:
        for client in clients.values():
            client.kill()
            client.communicate()


def _heard(clients: dict[str, subprocess.Popen[bytes]], timeout_s: float) -> dict[str, Heard]:
    heard = {}
    deadline = time.monotonic() + timeout_s
    for name, client in clients.items():
        audio, told = client.communicate(timeout=max(0.1, deadline - time.monotonic()))
        heard[name] = Heard(client.returncode, audio, told.decode())
    return heard


@contextmanager
def _server() -> Iterator[Served]:
    with running("--engine", "espeak", "--rate", _RATE, "--concurrency", "0") as served:
        yield served


class Target:
    """Measure what undisturbed clients hear and how long that takes."""

    def __init__(self) -> None:
        with _server() as served:
            begun = time.monotonic()
            with _clients(served.url) as clients:
                self.whole = _heard(clients, 60)
            self.lasts_s = time.monotonic() - begun
        assert all(one.code == 0 and one.audio for one in self.whole.values()), self.whole

    def hit(self, shot: Shot, after_s: float) -> str:
        """Shoot at a server and check what becomes of it and of its clients; give in a word how the clients ended."""
        told = f"{shot.name} after {after_s:.3f} s"
        with _server() as served, _clients(served.url) as clients:
            time.sleep(after_s)
            for signum, pause_s in shot.signals:
                time.sleep(pause_s)
                served.process.send_signal(signum)
            try:
                # Signals that come together are one wish, and it may finish what it is saying.
                served.process.wait(ENDS_WITHIN_S + self.lasts_s)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"the server does not end: {told}") from None
            code = served.wait()
            heard = _heard(clients, ENDS_WITHIN_S + self.lasts_s)
        assert code in {-signum for signum, _ in shot.signals}, f"{code}: {told}"
        noise = [line for line in served.told if any(word in line for word in _ACCIDENTS)]
        assert not noise, f"{served.told}: {told}"
        for name, one in heard.items():
            self._check(one, self.whole[name], f"{name}, {told}: {one.code}, {one.told}", gentle=shot.is_gentle)
        if code != -signal.SIGKILL:
            left = list(Path(os.environ["XDG_RUNTIME_DIR"]).rglob("*serve.json*"))
            assert not left, f"{left}: {told}"
        return "".join(sorted("w" if one.code == 0 else "c" if one.audio else "n" for one in heard.values()))

    @staticmethod
    def _check(one: Heard, whole: Heard, told: str, *, gentle: bool) -> None:
        assert whole.audio.startswith(one.audio), told
        assert one.code == 0 or (one.code > 0 and one.told), told
        assert one.code != 0 or one.audio == whole.audio, told
        # The listener is gone before a late client comes; a client that was answered is served to the end.
        assert not (gentle and one.audio) or one.code == 0, told
        assert "Traceback" not in one.told, told


def servestorm(times: int, seed: int) -> dict[str, int]:
    """Shoot at random moments; count by shot and what the clients got: whole, cut, or nothing."""
    chance = random.Random(seed)
    target = Target()
    ends: dict[str, int] = {}
    for number in range(times):
        shot = SHOTS[number % len(SHOTS)]
        end = f"{shot.name}: {target.hit(shot, chance.uniform(0, target.lasts_s * 1.1))}"
        ends[end] = ends.get(end, 0) + 1
    return ends
