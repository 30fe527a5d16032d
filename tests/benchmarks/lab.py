"""What every row works with: a scrubbed environment, a server, the commands to compare, and turns taken in order."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.faults import PeerMissing
from benchmarks.processes import Finished, run
from benchmarks.results import Series
from benchmarks.serving import SpeechService

KEY = "sk_bench_0123456789abcdef"
_REFERENCE = Path(__file__).with_name("reference")
# What runs inherit; nothing else of the caller's environment reaches them, PYTHONDONTWRITEBYTECODE least of all:
# without .pyc files every import costs four to five times as much.
_KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
_HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "TMPDIR")


def scrubbed_environment(directory: Path) -> dict[str, str]:
    """Return the environment of every run: homes of its own, a key, no proxies, no telemetry of the peers'."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    for name in _HOMES:
        home = directory / name.lower()
        home.mkdir(mode=0o700, exist_ok=True)
        environment[name] = str(home)
    return environment | {
        "LANG": "C.UTF-8",
        "SMALLEST_API_KEY": KEY,
        "SMALLESTAI_TELEMETRY": "0",
        "DO_NOT_TRACK": "1",
    }


@dataclass(frozen=True, slots=True)
class Lab:
    """What a row needs: ``runs`` turns for each contestant, ``minutes`` for what takes its time."""

    runs: int
    minutes: int
    directory: Path
    environment: Mapping[str, str]
    service: SpeechService

    def program(self, name: str) -> str:
        """Return the path of a program of the system."""
        path = shutil.which(name)
        if path is None:
            raise PeerMissing(f"{name} is not on PATH")
        return path

    def tool(self, name: str) -> str:
        """Return the path of a console script of this interpreter's environment."""
        return str(Path(sys.executable).with_name(name))

    def ours(self, *arguments: str) -> list[str]:
        """Return a command line of ours."""
        return [self.tool("lightning-tts"), *arguments]

    def say(self, *arguments: str, text: str = "Hello") -> list[str]:
        """Return a command line of ours that speaks through the server."""
        return self.ours("say", text, "--base-url", self.service.url, *arguments)

    def reference(self, name: str, *arguments: str) -> list[str]:
        """Return the command line of a script to compare with."""
        return [self.tool("python"), str(_REFERENCE / f"{name}.py"), *arguments]

    def run(self, argv: list[str]) -> Finished:
        """Run a command to its end."""
        return run(argv, self.environment)

    def compare(
        self, commands: Mapping[str, list[str]], take: Callable[[list[str]], float], runs: int | None = None
    ) -> dict[str, Series]:
        """Return every command its turns, each taken by ``take``."""
        return self.interleave({name: partial(take, argv) for name, argv in commands.items()}, runs)

    def interleave(self, contestants: Mapping[str, Callable[[], float]], runs: int | None = None) -> dict[str, Series]:
        """Return every contestant a warm-up, then its turns; each round begins with another one."""
        names = list(contestants)
        for contestant in contestants.values():
            contestant()
        samples: dict[str, list[float]] = {name: [] for name in names}
        for turn in range(runs or self.runs):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                samples[name].append(contestants[name]())
        return {name: Series(tuple(taken)) for name, taken in samples.items()}
