"""`say --record` and `say --replay` as commands: the same sounds, the same failures, the same exit codes."""

import json
import os
import re
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.command_line import COMMAND, Done, environment, keyed, lightning
from support.fake_server import (
    Exchange,
    SpeechServer,
    audio_event,
    ramp,
    refuses,
    serving,
    speaks,
    speech_events,
)
from support.recorded_run import TEXT, recorded_by_client

PCM = ramp(6_000)


def _record(server: SpeechServer, path: Path, *arguments: str, stdin: bytes | None = None) -> Done:
    fed: dict[str, Any] = {} if stdin is None else {"stdin": stdin}
    return lightning("say", *arguments, "--record", str(path), "--base-url", server.url, env=keyed(), **fed)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def _cut(exchange: Exchange) -> None:
    exchange.stream(speech_events(PCM)[:-1], extra=("X-Request-Id: cut-1",))


def test_a_run_is_played_again(tmp_path: Path) -> None:
    """A switch of routes, a retry and several sentences: the same file and the same words, without key or network."""
    path = tmp_path / "a.rec"
    path.write_text("old")
    path.chmod(0o644)
    gone = refuses("404 Not Found", {"error": "gone"})
    again = speaks(PCM, extra=("X-Request-Id: two",))
    given = ("-v", "avery", "--field", "emotion=calm")
    with serving(gone, speaks(PCM), _cut, again) as server:
        done = _record(server, path, TEXT, *given, "-r", "24000", "-o", str(tmp_path / "a.wav"), "--verbose")
    assert done.code == 0, done.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for same in ([], [TEXT, *given]):
        # The environment is about other runs.
        env = environment(LIGHTNING_TTS_VOICE="liam", LIGHTNING_TTS_SAMPLE_RATE="8000")
        played = lightning("say", *same, "--replay", str(path), "-o", str(tmp_path / "b.wav"), "--verbose", env=env)
        assert (played.code, played.stderr) == (0, done.stderr)
        assert (tmp_path / "b.wav").read_bytes() == (tmp_path / "a.wav").read_bytes()
    kept = _lines(path)
    assert all(line["body"]["emotion"] == "calm" for line in kept if line.get("event") == "request")
    assert [line["body"]["text"] for line in kept if line.get("event") == "request"] == [
        *(["This is the first sentence."] * 2),
        *(["Here comes the second one!"] * 2),
    ]
    assert b"uthorization" not in path.read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["a.rec", "a.wav", "b.wav"]


def test_live_text_is_played_again(tmp_path: Path) -> None:
    """What came through a pipe is cut as it was, and can be passed on."""
    with serving(speaks(PCM)) as server:
        done = _record(server, tmp_path / "a.rec", "-o", "-", "--join", "raw", stdin=TEXT.encode())
    assert (done.code, done.stdout) == (0, PCM + PCM)
    played = lightning("say", "--replay", str(tmp_path / "a.rec"), "-o", "-")
    assert (played.code, played.stdout, played.stderr) == (0, PCM + PCM, "")
    echoed = lightning("say", "--replay", str(tmp_path / "a.rec"), "--echo", "-o", str(tmp_path / "b.pcm"))
    assert (echoed.code, echoed.stdout) == (0, TEXT.encode())
    assert (tmp_path / "b.pcm").read_bytes() == PCM + PCM


def test_a_failed_run_fails_again(tmp_path: Path) -> None:
    """Exit code, message and the bytes that had left a pipe are the same."""
    with serving(speaks(PCM), _cut) as server:
        done = _record(server, tmp_path / "a.rec", TEXT, "-o", "-")
    assert done.code == 5
    assert done.stdout
    played = lightning("say", "--replay", str(tmp_path / "a.rec"), "-o", "-")
    assert (played.code, played.stdout, played.stderr) == (5, done.stdout, done.stderr)


def test_a_busy_service_is_waited_for_again(tmp_path: Path) -> None:
    """What is said of a wait is said again."""
    busy = refuses("429 Too Many Requests", {"error": "busy"})
    with serving(busy, speaks(PCM)) as server:
        done = _record(server, tmp_path / "a.rec", "Hello", "-o", str(tmp_path / "a.pcm"))
    assert done.code == 0
    played = lightning(
        "say", "--replay", str(tmp_path / "a.rec"), "-o", str(tmp_path / "b.pcm"), "--replay-speed", "real"
    )
    assert (played.code, played.stderr) == (0, done.stderr)
    assert (tmp_path / "b.pcm").read_bytes() == PCM


def test_the_offline_engine_can_be_recorded(tmp_path: Path) -> None:
    """What was spoken without a service is played again without the engine."""
    path = tmp_path / "a.rec"
    spoken = ("say", "--local", "-v", "espeak-de", "Guten Tag", "-o", str(tmp_path / "a.pcm"), "--record", str(path))
    assert lightning(*spoken).code == 0
    played = lightning("say", "--replay", str(path), "-o", str(tmp_path / "b.pcm"))
    assert (played.code, played.stderr) == (0, "")
    assert (tmp_path / "a.pcm").read_bytes() == (tmp_path / "b.pcm").read_bytes()


# Several command lines in one process: each says what it is refused for.
_REFUSALS = """
import json, sys
from lightning_cli.cli.app import root_command
from lightning_cli.errors import OutputError, UsageFault
said = []
for arguments in json.loads(sys.argv[1]):
    try:
        root_command().main(args=arguments, prog_name="lightning-tts", standalone_mode=False)
    except (OutputError, UsageFault) as fault:
        said.append(fault.message)
print(json.dumps(said))
"""


def _refused(command_lines: list[list[str]], directory: Path) -> list[str]:
    """Return what each command line is refused for."""
    command = (sys.executable, "-c", _REFUSALS, json.dumps(command_lines))
    done = subprocess.run(command, env=keyed(), cwd=directory, capture_output=True, check=True, timeout=60)
    said = json.loads(done.stdout)
    assert len(said) == len(command_lines), done.stderr
    return [str(message) for message in said]


@pytest.fixture(scope="module")
def kept() -> bytes:
    """Return a recording."""
    return recorded_by_client()


DIFFERENT = {
    "segment 2 was 'Here comes the second one!' when": ["This is the first sentence. Here comes another one!"],
    "the number of segments was '2' when it was recorded, and now is '1'": ["Only one."],
    "--voice was 'daniel' when it was recorded, and now is 'avery'": ["-v", "avery"],
    "--sample-rate was '24000' when it was recorded, and now is '44100'": ["-r", "44100"],
    "--field was absent when it was recorded, and now is 'emotion=calm'": ["--field", "emotion=calm"],
    "--language was absent when it was recorded, and now is 'hi'": ["--language", "hi"],
    "--replay cannot be combined with --base-url": ["--base-url", "http://127.0.0.1:1"],
    "--replay cannot be combined with --local": ["--local"],
    "--replay cannot be combined with --retries": ["--retries", "0"],
    "--replay cannot be combined with --dry-run": ["--dry-run"],
    "--record cannot be combined with --replay": ["--record", "b.rec"],
}


def test_a_replay_says_what_differs(tmp_path: Path, kept: bytes) -> None:
    """A different request is refused with the difference, and nothing is written."""
    (tmp_path / "a.rec").write_bytes(kept)
    lines = [["say", "--replay", "a.rec", *arguments, "-o", "b.wav"] for arguments in DIFFERENT.values()]
    for says, said in zip(DIFFERENT, _refused(lines, tmp_path), strict=True):
        assert says in said
    assert os.listdir(tmp_path) == ["a.rec"]


def test_a_changed_request_is_told_by_its_field(tmp_path: Path, kept: bytes) -> None:
    """A recording that was edited no longer fits itself."""
    (tmp_path / "a.rec").write_bytes(kept.replace(b'"text":"Here comes', b'"text":"There goes'))
    done = lightning("say", "--replay", "a.rec", "-o", "b.wav", cwd=tmp_path)
    assert done.code == 2
    # Which line it is depends on how many pieces the first answer came in.
    assert re.search(r"line \d+: text was 'There goes the second one!' when it was recorded", done.stderr)
    piped = lightning(
        "say", "--replay", "a.rec", "-o", "b.wav", "-", stdin=b"This is the first sentence.", cwd=tmp_path
    )
    assert piped.code == 2
    assert "segment 2 was 'Here comes the second one!' when it was recorded, and now is absent" in piped.stderr


UNUSABLE = {
    "combined with --transport ws": ["--record", "a.rec", "--transport", "ws", "-o", "x.wav"],
    "combined with --dry-run or --curl": ["--record", "a.rec", "--curl", "-o", "x.wav"],
    "the audio and the recording": ["--record", "a.rec", "-o", "./a.rec", "--format", "pcm"],
    "/dev/null is not a file": ["--record", "/dev/null", "-o", "x.wav"],
    "no such directory": ["--record", "none/a.rec", "-o", "x.wav"],
    "/dev/zero is not a file": ["--replay", "/dev/zero", "-o", "x.wav"],
    "No such file": ["--replay", "missing", "-o", "x.wav"],
    "--replay-speed needs --replay": ["--replay-speed", "full", "-o", "x.wav"],
}


def test_what_cannot_be_recorded_is_refused(tmp_path: Path) -> None:
    """Before anything is sent."""
    lines = [["say", "Hello", *arguments, "--base-url", "http://127.0.0.1:1"] for arguments in UNUSABLE.values()]
    for says, said in zip(UNUSABLE, _refused(lines, tmp_path), strict=True):
        assert says in said
    assert os.listdir(tmp_path) == []


def test_a_full_disk_ends_the_recording_and_not_the_speech(tmp_path: Path) -> None:
    """The audio is complete, the recording is gone, and the exit code says so."""

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    with serving(speaks(PCM)) as server:
        done = subprocess.run(
            (*COMMAND, "say", "Hello", "-o", "-", "--record", "a.rec", "--base-url", server.url),
            preexec_fn=small,
            env=keyed(),
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stdout) == (9, PCM)
    assert b"warning: recording stopped: " in done.stderr
    assert b"error: cannot write 'a.rec': " in done.stderr
    assert os.listdir(tmp_path) == []


def test_a_stopped_run_is_recorded_up_to_there(tmp_path: Path) -> None:
    """Ctrl-C completes the recording; its replay ends where the run did."""

    def waits(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        exchange.chunk(audio_event(PCM))
        exchange.stall()

    with serving(waits) as server:
        command = (*COMMAND, "say", "Hello", "-o", "-", "--record", "a.rec", "--base-url", server.url)
        with subprocess.Popen(command, env=keyed(), cwd=tmp_path, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.read(len(PCM)) == PCM
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == -signal.SIGINT
    played = lightning("say", "--replay", "a.rec", "-o", "-", cwd=tmp_path)
    assert (played.code, played.stdout) == (2, PCM)
    assert f"line {len(_lines(tmp_path / 'a.rec')) - 1}: the recorded run was stopped here" in played.stderr
