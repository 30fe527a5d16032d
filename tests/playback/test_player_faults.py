"""Sound servers that die, freeze or are not there, unknown devices, and misuse: each ends as it should."""

from pathlib import Path

import pytest
from support.null_sink import SoundCard, noise
from support.playback_process import play

from lightning_cli.errors import ExitCode


def test_the_server_dies(doomed_card: SoundCard, tmp_path: Path) -> None:
    """A sound server that goes away while speech plays ends the run with the audio exit code."""
    script = f"""
player = open_player(24_000, ring_ms=1000)
player.write(pcm[:40_000])
until_played(player, 1)
os.kill({doomed_card.pid}, 9)
try:
    player.write(pcm)
finally:
    player.abort()
"""
    result = play(script, noise(200_000), doomed_card.environment, tmp_path)
    assert result["error"] == "DeviceLost"
    assert result["exit_code"] == ExitCode.AUDIO
    assert result["message"] == "the audio device stopped"


@pytest.mark.parametrize("step", ["player.write(pcm)", "player.end(); player.drain()"])
def test_the_server_freezes(doomed_card: SoundCard, tmp_path: Path, step: str) -> None:
    """A sound server that no longer answers is given up on, and the process ends although PortAudio hangs in it."""
    script = f"""
import lightning_cli.playback.player
lightning_cli.playback.player.STALL_S = lightning_cli.playback.player.CALL_S = 0.5
player = open_player(24_000, ring_ms=1000)
player.write(pcm[:40_000])
until_played(player, 1)
os.kill({doomed_card.pid}, 19)
try:
    {step}
finally:
    player.abort()
"""
    result = play(script, noise(200_000), doomed_card.environment, tmp_path)
    assert result["error"] == "DeviceLost"
    assert "took no audio for 0.5 s" in result["message"]


def test_a_fault_in_the_callback_reaches_the_writer(card: SoundCard, tmp_path: Path) -> None:
    """An exception on PortAudio's thread is raised where the audio comes from."""
    script = """
player = open_player(24_000, ring_ms=1000, device="PULS")
player.write(pcm[:20_000])
until_played(player, 1)
player._feed.jitter_buffer = None
try:
    player.write(pcm)
except AttributeError as fault:
    report(fault=str(fault))
player.abort()
"""
    result = play(script, noise(100_000), card.environment, tmp_path)
    assert "NoneType" in result["fault"]


def test_misuse_is_a_bug(card: SoundCard, tmp_path: Path) -> None:
    """Writing to a player that is not open, or has been told of the end, raises ``RuntimeError``."""
    script = """
for player in Player(PcmFormat(24_000), PlayerOptions()), open_player(24_000):
    player.end()
    try:
        player.write(pcm)
    except RuntimeError as fault:
        report(**{f"fault {player.latency_s > 0}": str(fault)})
    player.close()
"""
    result = play(script, noise(10), card.environment, tmp_path)
    assert "fault True" in result
    assert "fault False" in result
