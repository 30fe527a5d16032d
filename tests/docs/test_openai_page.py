"""The page for programs that used OpenAI's speech API: its commands are run, and each program's requests replayed."""

import configparser
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.serve_process import Served, running
from support.serve_thread import running_here

from lightning_cli.cli.commands.serve import serve
from lightning_cli.serve.openai import _KINDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "openai.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8765"
SPEECH = "/v1/audio/speech"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return one server for this file."""
    with running("--engine", "espeak", "--concurrency", "0", home=tmp_path_factory.mktemp("home")) as served:
        yield served


def test_the_curl_command(server: Served, tmp_path: Path) -> None:
    """It writes an MP3."""
    (command,) = (body for language, body in BLOCKS if language == "sh" and body.startswith("curl"))
    subprocess.run(("bash", "-ec", command.replace(ADDRESS, server.url)), cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "hello.mp3").read_bytes()[:2] == b"\xff\xf3"


def test_the_python_program(server: Served, tmp_path: Path) -> None:
    """OpenAI's SDK, as the page has it."""
    ((_, program),) = (block for block in BLOCKS if block[0] == "python")
    python = ROOT / ".venv" / "vendor-5.14.0" / "bin" / "python"
    subprocess.run((python, "-c", program.replace(ADDRESS, server.url)), cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "hello.wav").read_bytes()[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("program", "path", "body", "kind"),
    [
        # Each as the program's own source sends it.
        ("Open WebUI", SPEECH, {"model": "tts-1", "input": "Hello.", "voice": "alloy"}, "audio/mpeg"),
        (
            "SillyTavern",
            SPEECH,
            {"model": "tts-1", "input": "Hello.", "voice": "nova", "response_format": "mp3", "speed": 1},
            "audio/mpeg",
        ),
        ("LibreChat", SPEECH, {"input": "Hello.", "model": "tts-1", "voice": "shimmer", "backend": None}, "audio/mpeg"),
        (
            "Home Assistant",
            SPEECH,
            {"model": "tts-1", "input": "Hello.", "voice": "shimmer", "response_format": "wav", "speed": 1.0},
            "audio/wav",
        ),
        (
            "LiveKit",
            SPEECH,
            {
                "input": "Hello.",
                "model": "gpt-4o-mini-tts",
                "voice": "ash",
                "response_format": "mp3",
                "speed": 1.0,
                "instructions": "Speak kindly.",
            },
            "audio/mpeg",
        ),
        (
            "pipecat",
            SPEECH,
            {"input": "Hello.", "model": "gpt-4o-mini-tts", "voice": "alloy", "response_format": "pcm"},
            "audio/pcm",
        ),
    ],
)
def test_what_a_program_asks(server: Served, program: str, path: str, body: dict[str, object], kind: str) -> None:
    """It is answered with sound, and the page has a line for the program."""
    assert f"| {program}" in PAGE or f", {program} |" in PAGE
    answer = server.ask(path, body, headers={"Authorization": "Bearer sk-any"})
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert len(answer.body) > 2000


@pytest.mark.parametrize(("path", "key"), [("/v1/audio/models", "models"), ("/v1/audio/voices", "voices")])
def test_what_open_webui_lists(server: Served, path: str, key: str) -> None:
    """Without a key, and each with an id."""
    listed = server.ask(path, method="GET").json[key]
    assert listed
    assert all(isinstance(one["id"], str) for one in listed)


def test_the_servers_commands() -> None:
    """Every option that the page and the files beside it name is one of the command's."""
    known = set(re.findall(r"--[a-z-]+", json.dumps([str(one) for one in serve.__annotations__.values()])))
    known |= {f"--{name.replace('_', '-')}" for name in serve.__annotations__}
    texts = [body for _, body in BLOCKS] + [(ROOT / "docs" / "lightning-tts.service").read_text()]
    for text in texts:
        for line in re.findall(r"lightning-tts serve (.*)", text):
            assert {word for word in shlex.split(line) if word.startswith("--")} <= known


def test_the_table_of_fields() -> None:
    """It names the formats that there are."""
    (formats,) = re.findall(r"^\| `response_format` \| (.*?), all", PAGE, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", formats)) == set(_KINDS)


def test_the_systemd_unit() -> None:
    """It starts the server and takes a SIGTERM for a good end."""
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # names of systemd have capitals
    unit.read(ROOT / "docs" / "lightning-tts.service")
    assert unit["Service"]["ExecStart"].startswith("%h/.local/bin/lightning-tts serve")
    assert unit["Service"]["SuccessExitStatus"] == "SIGTERM"


def test_the_containers_steps() -> None:
    """What it copies is there, what it starts exists, and its check of health finds a server."""
    lines = (ROOT / "docs" / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    for line in lines:
        if line.startswith("COPY"):
            assert all((ROOT / name).exists() for name in line.split()[1:-1])
    (entry,) = (json.loads(line.removeprefix("ENTRYPOINT ")) for line in lines if line.startswith("ENTRYPOINT"))
    (check,) = (json.loads(line.partition(" CMD ")[2]) for line in lines if line.startswith("HEALTHCHECK"))
    assert entry[:2] == ["lightning-tts", "serve"]
    assert entry[2:4] == ["--host", "0.0.0.0"]  # a container's own interfaces
    with running_here(*entry[4:], LIGHTNING_TTS_TOKEN="let-me-in") as served:
        program = check[2].replace(ADDRESS, served.url)
        subprocess.run((sys.executable, "-c", program), check=True, timeout=60, env={**os.environ, "no_proxy": "*"})
