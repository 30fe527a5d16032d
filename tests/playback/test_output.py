"""The devices that there are, and machines that have none."""

from pathlib import Path

import pytest
from support.null_sink import SoundCard, contains, noise
from support.playback_process import play

from lightning_cli.errors import ExitCode


def test_devices_are_listed(card: SoundCard, tmp_path: Path) -> None:
    """The listing has the server's device and one default."""
    script = """
from lightning_cli.playback.player import list_devices
report(devices=[device._asdict() for device in list_devices()])
"""
    devices = play(script, b"", card.environment, tmp_path)["devices"]
    assert "pulse" in [device["name"] for device in devices]
    assert "out24000" in [device["sink"] for device in devices]
    assert len({device["index"] for device in devices}) == len(devices)
    assert [device["is_default"] for device in devices].count(True) == 1
    assert all(device["channels"] > 0 and device["default_rate"] > 0 and device["host_api"] for device in devices)


@pytest.mark.parametrize("wanted", ["'OUT24000'", "'t240'", "devices.choose(list_devices(), 'out24000').index"])
def test_a_sink_of_the_server_is_a_device(wanted: str, sound_card: SoundCard, tmp_path: Path) -> None:
    """By its name, an unmistakable part of that, or its number, whatever the server would choose."""
    script = f"""
from lightning_cli.playback import devices
from lightning_cli.playback.player import list_devices
player = open_player(24_000, device={wanted})
player.write(pcm)
player.end()
player.drain()
player.close()
report(output=type(player._output).__name__)
"""
    pcm = noise(2400)
    with sound_card.at(24_000).record() as recording:
        assert play(script, pcm, sound_card.environment, tmp_path)["output"] == "PulseOutput"
    assert contains(recording, pcm)


def test_an_unknown_device_suggests_a_known_one(card: SoundCard, tmp_path: Path) -> None:
    """A misspelt name is answered with the name that was meant."""
    result = play("open_player(24_000, device='pluse')", b"", card.environment, tmp_path)
    assert result["error"] == "NoDevice"
    assert result["exit_code"] == ExitCode.AUDIO
    assert "'pluse'" in result["message"]
    assert "'pulse'" in result["hint"]


def test_no_sound_system_at_all(tmp_path: Path) -> None:
    """Without any device the error says so and how to get a file instead."""
    result = play("open_player(24_000)", b"", {"HOME": str(tmp_path), "PULSE_SERVER": ""}, tmp_path)
    assert result["error"] == "NoDevice"
    assert "no audio output device" in result["message"]
    assert "-o FILE" in result["hint"]


def test_no_portaudio_library(tmp_path: Path) -> None:
    """Without the library the error names what to install."""
    script = """
import ctypes.util
ctypes.util.find_library = lambda name: None
open_player(24_000)
"""
    result = play(script, b"", {}, tmp_path)
    assert result["error"] == "NoDevice"
    assert "PortAudio" in result["message"]
    assert "install" in result["hint"]
