"""Batches of a few rows against a service that follows a script."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.batch_runs import numbered, speaks_text
from support.command_line import keyed, lightning
from support.fake_server import Exchange, serving

Run = Callable[..., int]


ROWS = [{"text": "This is one.", "output": "1.wav"}, {"text": "And here is two.", "output": "2.wav"}]


class Scripted:
    """Answer each request by what the script says of its number, counted from 0."""

    def __init__(self, script: Callable[[int, str], Callable[[Exchange], None] | None]) -> None:
        self.asked: list[str] = []
        self._script = script

    def __call__(self, exchange: Exchange) -> None:
        """Answer."""
        text = exchange.request.json["text"]
        self.asked.append(text)
        act = self._script(len(self.asked) - 1, text)
        (act or speaks_text)(exchange)


def refusing(status: str, words: str) -> Callable[[Exchange], None]:
    """Refuse a request."""
    return lambda exchange: exchange.refuse(status, {"error": {"message": words}})


def narrated(script: Scripted, *more: str, text: str | None = None) -> tuple[int, list[str], dict[str, Any]]:
    """Run a batch of nine rows, or of one text; return its exit code, what it says and its report."""
    name = "ch.md" if text is not None else "s.csv"
    if text is not None:
        Path(name).write_text(text)
    else:
        numbered(Path(name), 9)
    with serving(script) as server:
        places = ("--cache", "cache", "--base-url", server.url, "--report", "r.json", "--retries", "0")
        done = lightning("batch", name, *places, *(more or ("-d", "out")), env=keyed(), cwd=Path.cwd())
    return done.code, done.lines, json.loads(Path("r.json").read_text())
