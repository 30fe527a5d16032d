"""A recorded run of two segments, line by line, to be changed and replayed."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.command_line import KEY, run_here
from support.fake_server import ramp, serving, speaks
from support.service_client import HELLO

from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.recording.record import Recorder

TEXT = "This is the first sentence. Here comes the second one!"
Lines = list[dict[str, Any]]


def recorded(directory: Path) -> Lines:
    """Record a run and return the lines of its recording."""
    with pytest.MonkeyPatch.context() as patch, serving(speaks(ramp(600))) as server:
        patch.setenv("SMALLEST_API_KEY", KEY)
        patch.setenv("HOME", str(directory))
        run_here("say", TEXT, "-o", directory / "x.wav", "--record", directory / "x.jsonl", "--base-url", server.url)
    return [json.loads(line) for line in (directory / "x.jsonl").read_text().splitlines()]


def written(directory: Path, lines: Lines) -> Path:
    """Write a recording."""
    path = directory / "r.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def recorded_by_client() -> bytes:
    """Return a good recording of two sentences."""
    lines: list[bytes] = []
    recorder = Recorder(lines.append)
    absent = "model speed language session_id request_id number_language math_notation wire_format".split()
    options: dict[str, object] = dict.fromkeys(absent)
    options |= {"voice": "daniel", "sample_rate": 24000, "dicts": [], "expire_content": False, "route": "auto"}
    options |= {"transport": "sse", "whole": False, "max_chars": 250, "markup": "auto", "join": "natural"}
    options |= {"pause_sentence": 350, "pause_paragraph": 700}
    with serving(speaks(ramp(6_000))) as server:
        recorder.begin({"base_url": server.url, "options": options, "segments": 2})
        with SpeechClient(ServiceSettings(base_url=server.url), tape=recorder) as client:
            for text in ("This is the first sentence.", "Here comes the second one!"):
                recorder.segment(text, 2)
                with client.stream(HELLO._replace(text=text)) as stream:
                    assert b"".join(stream) == ramp(6_000)
    recorder.done(0, complete=True)
    return b"".join(lines)
