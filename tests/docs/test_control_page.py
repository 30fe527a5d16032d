"""The recipes of docs/control.md and the module for Speech Dispatcher: each is run as it stands."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import KEY, environment
from support.fake_server import SpeechServer, serving, speaks
from support.null_sink import SoundCard, contains, noise, without_silence
from support.pty_session import until

DOCS = Path(__file__).resolve().parents[2] / "docs"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOTKEY, LONG_COMMAND, HOOK = _BLOCK.findall((DOCS / "control.md").read_text(encoding="utf-8"))
RATE = 24_000
SHORT, LONG = noise(RATE // 2, 1), noise(RATE * 20, 2)
MODULE = "lightning-tts-generic.conf"
SPEECHD = f"""
LogLevel 1
DefaultVolume 100
AddModule "lightning-tts" "sd_generic" "{MODULE}"
DefaultModule "lightning-tts"
"""


@pytest.fixture
def card(sound_card: SoundCard) -> SoundCard:
    """Return the card at a rate that makes short recordings."""
    return sound_card.at(RATE)


def reader(card: SoundCard, server: SpeechServer, tmp_path: Path) -> dict[str, str]:
    """Return an environment with the command and a key."""
    program = tmp_path / "bin" / "lightning-tts"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m lightning_cli "$@"\n')
    program.chmod(0o700)
    return environment(
        **card.environment,
        SMALLEST_API_KEY=KEY,
        LIGHTNING_TTS_BASE_URL=server.url,
        LIGHTNING_TTS_SAMPLE_RATE=str(RATE),
        LIGHTNING_TTS_JOIN="raw",
        PATH=f"{program.parent}:{os.environ['PATH']}",
    )


def run(script: str, env: dict[str, str], stdin: str = "") -> str:
    """Run a script as a shell does and return what it says."""
    done = subprocess.run(
        ("bash", "-eo", "pipefail", "-c", script),
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def texts(server: SpeechServer) -> list[str]:
    """Return what was asked for."""
    return [request.json["text"] for request in server.requests]


def test_a_long_command_and_the_hook_of_an_assistant(card: SoundCard, tmp_path: Path) -> None:
    """The one says what has ended, the other two sentences without the code between them."""
    message = "All tests pass now. I changed:\n\n```python\nprint(1. + 2.)\n```\n\ntwo lines! More follows. And more."
    with serving(speaks(SHORT)) as server, card.record() as recording:
        env = reader(card, server, tmp_path)
        run(LONG_COMMAND, env)
        for name in ("last_assistant_message", "last-assistant-message"):
            run(HOOK, env, json.dumps({"type": "end", name: message}))
    assert texts(server)[:2] == ["sleep is done", "All tests pass now."]
    assert "".join(texts(server)[1:]).count("print") == 0
    assert texts(server)[2].split() == "I changed: two lines!".split()
    assert texts(server)[3:] == texts(server)[1:3]
    assert contains(recording, SHORT)


def test_a_hotkey(card: SoundCard, tmp_path: Path) -> None:
    """It pauses what plays, and plays on what is paused."""
    with serving(speaks(LONG)) as server, card.record() as recording:
        env = reader(card, server, tmp_path)
        with subprocess.Popen(("lightning-tts", "say", "Hello there."), env=env) as player:
            try:
                recording.wait_for_sound()
                until(lambda: "playing" in run("lightning-tts status", env), "it does not play")
                assert run(HOTKEY, env).startswith("paused at")
                assert run(HOTKEY, env).startswith("playing from")
                assert run("lightning-tts stop", env) == "stopped\n"
                assert player.wait(30) == 0
            finally:
                player.kill()


@contextlib.contextmanager
def speech_dispatcher(env: dict[str, str], directory: Path) -> Iterator[dict[str, str]]:
    """Run the daemon with our module; yields the environment of its clients."""
    (directory / "modules").mkdir()
    (directory / "modules" / MODULE).write_text((DOCS / MODULE).read_text())
    (directory / "speechd.conf").write_text(SPEECHD)
    # A socket's path may have 107 bytes.
    address = Path(env["XDG_RUNTIME_DIR"], "speechd.socket")
    places = ("-C", str(directory), "-L", str(directory), "-P", str(directory / "pid"), "-S", str(address))
    daemon = subprocess.Popen(
        ("speech-dispatcher", "--run-single", "--timeout", "0", *places), env=env, stderr=subprocess.DEVNULL
    )
    try:
        until(address.exists, "the daemon does not listen")
        yield {**env, "SPEECHD_ADDRESS": f"unix_socket:{address}"}
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(30)
        address.unlink(missing_ok=True)


def test_speech_dispatcher(card: SoundCard, tmp_path: Path) -> None:
    """spd-say is heard whole, at its speed and volume, and is silent when it is told to stop."""
    with serving(speaks(SHORT), speaks(SHORT), speaks(LONG)) as server, card.record() as recording:
        env = reader(card, server, tmp_path)
        with speech_dispatcher(env, tmp_path) as client:
            assert "lightning-tts" in run("spd-say --list-output-modules", client)
            run("spd-say --wait \"It's 5 o'clock, isn't it?\"", client)
            assert without_silence(recording) == SHORT
            run("spd-say --wait --rate 100 Faster.", client)
            heard = len(without_silence(recording)) - len(SHORT)
            assert heard < 0.9 * len(SHORT)
            before = len(without_silence(recording))
            run("spd-say 'And this goes on for long.'", client)
            until(lambda: len(without_silence(recording)) > before, "nothing is said")
            run("spd-say -S", client)
            recording.wait_for_bytes(RATE)
            silent_at = len(without_silence(recording))
            recording.wait_for_bytes(RATE)
    assert len(without_silence(recording)) == silent_at < before + len(LONG) // 2
    assert texts(server) == ["It's 5 o'clock, isn't it?", "Faster.", "And this goes on for long."]
    assert {request.json["language"] for request in server.requests} == {"en"}
