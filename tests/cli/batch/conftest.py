"""Batches in this process: a server, a key, a directory of their own."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.batch_runs import speaks_text
from support.command_line import KEY
from support.fake_server import SpeechServer, serving

from lightning_cli.cli.app import root_command


@pytest.fixture(scope="module")
def server() -> Iterator[SpeechServer]:
    """Return a server that speaks whatever it is sent."""
    with serving(speaks_text) as made:
        yield made


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Be a person with a key, in a directory of their own."""
    monkeypatch.setenv("SMALLEST_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)


Run = Callable[..., int]


@pytest.fixture
def batch(server: SpeechServer) -> Run:
    """Return what runs a batch in this process and gives its exit code; what is wrong before it begins is raised."""

    def run(rows: list[dict[str, str]], *more: str) -> int:
        Path("rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
        words = ["batch", "rows.jsonl", "--cache", "cache", "--base-url", server.url, *more]
        return int(root_command().main(args=words, prog_name="lightning-tts", standalone_mode=False) or 0)

    return run
