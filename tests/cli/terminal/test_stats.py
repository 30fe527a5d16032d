"""The numbers of a run: they are those of the file, of the server and of the clock."""

import itertools
import json
import re
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import certificates, fake_websocket_server
from support.command_line import COMMAND, Done, keyed, lightning, refusal_of
from support.fake_server import SpeechServer, ramp, refuses, serving, speaks
from support.null_sink import SoundCard
from support.pty_session import terminal

from lightning_cli.cli.say.metrics import FigureCollector, Figures
from lightning_cli.cli.terminal import stats
from lightning_cli.cli.terminal.console import Console
from lightning_cli.errors import (
    MissingKey,
)
from lightning_cli.system import trace

TEXT = "The first sentence stands here. The second one is a little longer than that."
KEYS = [
    *("characters", "segments", "audio_seconds", "sample_rate", "requests", "retries", "connections", "request_ids"),
    *("request_seconds", "first_byte_seconds", "first_sound_seconds", "first_write_seconds", "total_seconds"),
    *("real_time_factor", "underruns", "silence_seconds"),
]
STEPS_TO_A_FILE = [
    *("interpreter", "program's imports", "command's imports", "arguments", "settings", "request", "DNS"),
    *("TCP connect", "request sent", "answer's head", "first audio event", "rest of the answer"),
    *("first PCM to the sinks", "first audio written", "finish"),
]


def told(done: Done) -> dict[str, Any]:
    """Read the numbers off standard error."""
    parsed = json.loads(done.lines[-1])
    assert isinstance(parsed, dict)
    return parsed


def say(server: SpeechServer, *arguments: str, **extra: str) -> Done:
    """Speak a sentence through a server."""
    return lightning("say", "--base-url", server.url, *arguments, env=keyed(**extra))


def test_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    """Characters, segments, seconds, ids and connections are what the server saw and the file holds."""
    target = tmp_path / "out.wav"
    first, second = (speaks(ramp(frames), extra=(f"x-request-id: id-{frames}",)) for frames in (9000, 12000))
    with serving(first, second) as server:
        begun = time.monotonic()
        done = say(server, TEXT, "-o", str(target), "--stats=json")
        took_s = time.monotonic() - begun
        texts = [request.json["text"] for request in server.requests]
        connections = server.connections
    assert done.code == 0
    numbers = told(done)
    with wave.open(str(target)) as audio:
        frames, rate = audio.getnframes(), audio.getframerate()
    assert list(numbers) == [*KEYS, "steps"]
    assert numbers["audio_seconds"] == pytest.approx(frames / rate, abs=1e-6)
    assert numbers["sample_rate"] == rate == 44100
    assert numbers["characters"] == sum(map(len, texts))
    assert numbers["segments"] == numbers["requests"] == len(texts) == 2
    assert (numbers["retries"], numbers["connections"]) == (0, connections) == (0, 1)
    assert numbers["request_ids"] == ["id-9000", "id-12000"]
    assert numbers["first_sound_seconds"] is numbers["underruns"] is numbers["silence_seconds"] is None
    check_times(numbers, took_s)


def check_times(numbers: dict[str, Any], took_s: float) -> None:
    """Every moment comes after the one it needs, and none outside the time the command took."""
    moments = [numbers[f"{name}_seconds"] for name in ("request", "first_byte", "first_write", "total")]
    assert 0 < moments[0] < moments[1] <= moments[2] <= moments[3]
    # A clock tick of the kernel may lie between the start it tells and the real one.
    assert moments[3] < took_s + 0.011
    steps = {step["name"]: step for step in numbers["steps"]}
    assert steps["interpreter"]["begin_seconds"] == 0
    assert all(0 <= one["begin_seconds"] <= one["end_seconds"] <= one["last_end_seconds"] for one in steps.values())
    assert steps["request"]["times"] == steps["answer's head"]["times"] == numbers["requests"]
    spoken_s = steps["rest of the answer"]["last_end_seconds"] - steps["request"]["begin_seconds"]
    assert numbers["real_time_factor"] == pytest.approx(spoken_s / numbers["audio_seconds"], abs=1e-3)


def test_every_step_has_its_row(tmp_path: Path) -> None:
    """The table names each step once, in the order of their beginnings, without bars in a pipe."""
    with serving(speaks(ramp(9000))) as server:
        done = say(server, TEXT, "-o", str(tmp_path / "out.wav"), "--stats=trace")
    rows = done.lines[done.lines.index("") + 2 :]
    assert done.lines[done.lines.index("") + 1].split() == ["begin", "end", "took", "step"]
    names = [row.split("ms")[-1].strip().removesuffix(" (x2)") for row in rows]
    assert sorted(names) == sorted(STEPS_TO_A_FILE)
    begins = [float(row.split()[0]) for row in rows]
    # They are rounded for the eye.
    assert all(later >= sooner - 0.11 for sooner, later in itertools.pairwise(begins))
    assert "█" not in done.stderr
    assert "#" not in done.stderr


def test_a_wide_terminal_shows_bars(tmp_path: Path) -> None:
    """On a terminal with room the rows have bars, in a narrow one and without Unicode they do not or are plain."""
    with serving(speaks(ramp(9000))) as server:
        command = (*COMMAND, "say", "Hello.", "--base-url", server.url, "-o", str(tmp_path / "a.wav"), "--stats=trace")
        shown = []
        for columns, encoding in ((140, "utf-8"), (140, "ascii"), (70, "utf-8")):
            with terminal(command, keyed(PYTHONIOENCODING=encoding), columns=columns) as opened:
                assert opened.end() == 0
                shown.append(opened.text)
    assert "█" in shown[0]
    assert "█" not in shown[1]
    assert "##" in shown[1]
    assert "█" not in shown[2]
    assert "##" not in shown[2]


def test_the_flag_alone_takes_no_text(tmp_path: Path) -> None:
    """``--stats`` without a value leaves the word behind it alone; after ``--`` it is text."""
    with serving(speaks(ramp(900))) as server:
        done = say(server, "--stats", "Hello.", "-o", str(tmp_path / "a.wav"))
        spoken = say(server, "-o", str(tmp_path / "a.wav"), "--", "--stats")
        texts = [request.json["text"] for request in server.requests]
    assert texts == ["Hello.", "--stats"]
    assert re.fullmatch(r"first byte +[\d.]+ ms after the start, [\d.]+ ms after the request", done.lines[1])
    assert done.lines[-1].split(maxsplit=1)[1] == "1 request, no retries, over 1 connection"
    assert [line[:18].strip() for line in done.lines] == [
        *("request sent", "first byte", "first written", "all done", "audio", "text", "real-time factor", "requests"),
    ]
    assert not spoken.stderr


@pytest.mark.parametrize("kind", ["summary", "json"])
def test_ids_are_escaped(tmp_path: Path, kind: str) -> None:
    """What a server calls a request reaches no terminal raw."""
    with serving(speaks(ramp(900), extra=("x-request-id: a\x1b[31mb",))) as server:
        done = say(server, "Hello.", "-o", str(tmp_path / "a.wav"), f"--stats={kind}", "--quiet")
    assert done.code == 0
    assert "\x1b" not in done.stderr
    shown = told(done)["request_ids"] == ["a\x1b[31mb"] if kind == "json" else "a\\x1b[31mb" in done.stderr
    assert shown


def test_retries_are_counted(tmp_path: Path) -> None:
    """A try that failed is a request and a retry, and its connection counts."""
    with serving(lambda exchange: exchange.reset(), speaks(ramp(900))) as server:
        done = say(server, "Hello.", "-o", str(tmp_path / "a.wav"), "--stats=json")
        connections = server.connections
    numbers = told(done)
    assert (numbers["requests"], numbers["retries"], numbers["segments"]) == (2, 1, 1)
    assert numbers["connections"] == connections == 2


def test_a_run_that_fails_has_numbers_too(tmp_path: Path) -> None:
    """The numbers come before the error and leave its exit code alone."""
    with serving(refuses("400 Bad Request", {"error": "no"})) as server:
        done = say(server, "Hello.", "-o", str(tmp_path / "a.wav"), "--stats=json")
    assert done.code == 4
    numbers = json.loads(done.lines[0])
    assert (numbers["requests"], numbers["segments"], numbers["audio_seconds"]) == (1, 0, 0)
    assert numbers["first_byte_seconds"] is numbers["real_time_factor"] is None
    assert done.lines[1].startswith("error: ")


def test_tls_is_a_step_of_its_own(tmp_path: Path) -> None:
    """An encrypted connection shows how long its handshake took."""
    both = certificates.make(tmp_path, "IP:127.0.0.1")
    server = SpeechServer([speaks(ramp(900))], certificates.serving_context(both))
    try:
        done = say(server, "Hello.", "-o", str(tmp_path / "a.wav"), "--stats=json", REQUESTS_CA_BUNDLE=str(both))
    finally:
        server.close()
    assert done.code == 0
    steps = {step["name"]: step for step in told(done)["steps"]}
    assert steps["TCP connect"]["end_seconds"] <= steps["TLS handshake"]["begin_seconds"] + 1e-4
    assert steps["TLS handshake"]["end_seconds"] <= steps["request sent"]["end_seconds"]


def test_a_web_socket_is_a_connection_too(tmp_path: Path) -> None:
    """Over a WebSocket the same numbers are there, its opening in one step."""
    with fake_websocket_server.talking(fake_websocket_server.speaks(ramp(900))) as server:
        arguments = ("--base-url", server.url, "--transport", "ws", "-o", str(tmp_path / "a.wav"), "--stats=json")
        done = lightning("say", "Hello.", *arguments, env=keyed())
    assert done.code == 0
    numbers = told(done)
    assert numbers["connections"] == 1
    assert 0 < numbers["request_seconds"] < numbers["first_byte_seconds"]
    assert "WebSocket connect" in {step["name"] for step in numbers["steps"]}


def test_what_was_heard_is_told(sound_card: SoundCard) -> None:
    """Playing has the moment of the first sound, the opened device and the gaps."""
    with serving(speaks(ramp(8000))) as server:
        done = say(server, "Hello.", "--no-keys", "--stats=json", **sound_card.environment)
    assert done.code == 0
    numbers = told(done)
    assert numbers["first_write_seconds"] is None
    assert numbers["first_byte_seconds"] < numbers["first_sound_seconds"] < numbers["total_seconds"]
    assert isinstance(numbers["underruns"], int)
    assert numbers["silence_seconds"] >= 0
    steps = {step["name"]: step for step in numbers["steps"]}
    assert steps["audio device opened"]["end_seconds"] <= steps["first sound"]["begin_seconds"]
    assert steps["first sound"]["begin_seconds"] < steps["finish"]["end_seconds"]


@pytest.mark.parametrize("extra", [("--volume", "50", "--no-keys"), ("--keys",)])
def test_every_way_to_play_tells(sound_card: SoundCard, extra: tuple[str, ...]) -> None:
    """The numbers are there at another volume and with keys too."""
    with serving(speaks(ramp(4000))) as server:
        command = (*COMMAND, "say", "Hello.", "--base-url", server.url, "--stats=json", *extra)
        with terminal(command, keyed(**sound_card.environment), columns=4000) as opened:
            assert opened.end() == 0
            line = next(line for line in opened.text.splitlines() if line.startswith("{"))
    numbers = json.loads(line)
    assert numbers["first_sound_seconds"] > numbers["first_byte_seconds"]
    assert numbers["underruns"] is not None


def test_the_offline_engine_has_numbers(tmp_path: Path) -> None:
    """Without a wire there is neither a sent request nor a connection, and everything else."""
    done = lightning("say", "--local", "-v", "espeak-en", "Hello.", "-o", str(tmp_path / "a.wav"), "--stats=json")
    assert done.code == 0
    numbers = told(done)
    assert (numbers["connections"], numbers["request_seconds"]) == (0, None)
    assert 0 < numbers["first_byte_seconds"] <= numbers["first_write_seconds"]
    assert numbers["real_time_factor"] > 0


def figures(**other: Any) -> Figures:
    """Make numbers."""
    values: dict[str, Any] = dict.fromkeys(Figures._fields)
    values |= {"request_ids": (), "audio_s": 1.0, "total_s": 2.0}
    return Figures(**(values | other))


@pytest.mark.parametrize("change", [lambda one: one, lambda one: one._replace(request_ids=("a\x9bb",))])
def test_json_is_json(change: Callable[[Figures], Figures]) -> None:
    """The numbers survive a round trip."""
    value = change(figures()).as_json()
    assert list(value) == KEYS
    assert json.loads(json.dumps(value)) == value


def test_numbers_of_a_run_that_never_spoke(capsys: pytest.CaptureFixture[str]) -> None:
    """There are none, and nothing is claimed."""
    try:
        fault = refusal_of("say", "Hi", "--stats", "--cloud", "-o", "x.wav")
        assert isinstance(fault, MissingKey)
        ledger = FigureCollector()
        stats.show(Console(), ledger, stats.SUMMARY)
        assert capsys.readouterr() == ("", "")
        assert next(name for name, _ in ledger.timeline()) == "interpreter"
    finally:
        trace.stop()  # a command ends with its process
