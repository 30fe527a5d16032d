"""What PortAudio reaches, through ALSA: every sample, and both sides of a device that would leave one silent."""

from array import array
from pathlib import Path

import pytest
from support.null_sink import SoundCard, contains, noise
from support.playback_process import play, play_recorded

SPEAK = """
player = open_player(24_000, device={device!r}, lead_in_ms={lead_in})
player.write(pcm)
player.end()
player.drain()
player.close()
report(player)
"""


@pytest.mark.parametrize("lead_in", [0, 300])
def test_every_sample_is_heard(sound_card: SoundCard, tmp_path: Path, lead_in: int) -> None:
    """A part of a device's name leads here, and with silence before it all of it comes too."""
    pcm = noise(12_000)
    recording, _ = play_recorded(
        sound_card.at(24_000), SPEAK.format(device="PULS", lead_in=lead_in), pcm, tmp_path, counted=False
    )
    assert contains(recording, pcm)


def test_mono_fills_both_sides(tmp_path: Path) -> None:
    """Where a device takes what it gets as it is, both sides get the same."""
    target = tmp_path / "out.raw"
    (tmp_path / ".asoundrc").write_text(f"pcm.both {{ type file file {target} format raw slave.pcm null }}\n")
    script = "import lightning_cli.playback.devices\n"
    script += "lightning_cli.playback.devices.plays_mono_on_one_side = lambda device: True\n"
    pcm = noise(6_000)
    play(script + SPEAK.format(device="both", lead_in=0), pcm, {"HOME": str(tmp_path), "PULSE_SERVER": ""}, tmp_path)
    samples = array("h", target.read_bytes())
    left, right = samples[::2], samples[1::2]
    assert left == right
    assert left.tobytes().find(pcm) >= 0
