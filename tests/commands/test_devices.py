"""`devices`, and what playing on one tells afterwards."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import keyed, lightning
from support.fake_server import ramp, serving, speaks
from support.null_sink import SoundCard
from support.pty_session import until


def test_devices_and_gaps(sound_card: SoundCard) -> None:
    """List the devices for programs, and tell after playing whether there were gaps."""
    env = keyed(**sound_card.environment)
    (listed, *_) = json.loads(lightning("devices", "--json", env=env).stdout)
    assert list(listed) == ["index", "name", "host_api", "channels", "default_rate", "default", "sink"]
    with serving(speaks(ramp(4410))) as server:
        done = lightning("say", "Hi", "--stats", "--base-url", server.url, env=env)
    assert done.code == 0, done.stderr
    assert re.search(r"gaps +\d+ underruns?, \S+ ms of silence put in", done.stderr), done.stderr


@pytest.fixture
def jack(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return the environment of a JACK server that plays to nothing, in time."""
    name = f"lightning-{os.getpid()}"
    environment = {"HOME": str(tmp_path), "JACK_DEFAULT_SERVER": name, "PULSE_SERVER": "unix:/nowhere"}
    words = f"jackd --name {name} --no-realtime --no-mlock -d dummy --rate 48000 --period 1024"
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words.split(), env=os.environ | environment, stdout=quiet, stderr=quiet) as server:
        try:
            listed = ("jack_lsp",)
            until(
                lambda: (
                    not subprocess.run(
                        listed, env=os.environ | environment, stdout=quiet, stderr=quiet, check=False
                    ).returncode
                ),
                "the server does not start",
            )
            yield environment
        finally:
            server.terminate()


def test_playing_through_jack(jack: dict[str, str]) -> None:
    """It is found by its name, gets its own rate, and what its library says stays away from the terminal."""
    env = keyed(**jack)
    listed = json.loads(lightning("devices", "--json", env=env).stdout)
    assert [device["default_rate"] for device in listed if "JACK" in device["host_api"]] == [48_000]
    with serving(speaks(ramp(24_000))) as server:
        done = lightning("say", "Hi", "-r", "24000", "--device", "system, JACK", "--base-url", server.url, env=env)
    assert (done.code, done.stdout, done.stderr) == (0, b"", "")
