"""How to play is known without loading what plays."""

import subprocess
import sys

from lightning_cli.playback.player_options import PlayerOptions


def test_usual_options() -> None:
    """The default device, an adaptive buffer, and a minute of room."""
    options = PlayerOptions()
    assert (options.device, options.prebuffer_ms, options.ring_ms, options.lead_in_ms) == (None, None, 60_000, 0)


def test_a_sink_loads_what_plays_when_it_begins() -> None:
    """A request leaves before the player loads: making a sink that plays loads no more than its options."""
    code = (
        "import sys\nfrom lightning_cli.sinks.playback_sink import InteractiveSink, PlayerOptions\n"
        "InteractiveSink(PlayerOptions(), turn=None)\n"
        "print(*(one for one in sys.modules if one.startswith('lightning_cli.playback')))"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["lightning_cli.playback", "lightning_cli.playback.player_options"]
