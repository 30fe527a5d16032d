"""`devices`, and what playing on one tells afterwards."""

import json
import re

from support.command_line import keyed, lightning
from support.fake_server import ramp, serving, speaks
from support.null_sink import SoundCard


def test_devices_and_gaps(sound_card: SoundCard) -> None:
    """List the devices for programs, and tell after playing whether there were gaps."""
    env = keyed(**sound_card.environment)
    (listed, *_) = json.loads(lightning("devices", "--json", env=env).stdout)
    assert list(listed) == ["index", "name", "host_api", "channels", "default_rate", "default", "sink"]
    with serving(speaks(ramp(4410))) as server:
        done = lightning("say", "Hi", "--stats", "--base-url", server.url, env=env)
    assert done.code == 0, done.stderr
    assert re.search(r"gaps +\d+ underruns?, \S+ ms of silence put in", done.stderr), done.stderr
