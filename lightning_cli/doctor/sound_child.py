"""The child process of the sound check: list the devices, open one, play a moment of silence."""

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import LightningError
from lightning_cli.playback.player import Player, PlayerOptions, list_devices

RATE = 44_100
_SILENCE_MS = 200


def main(arguments: Sequence[str]) -> None:
    """Write the answer to standard output; the one argument, if any, names the device."""
    answers = os.fdopen(os.dup(1), "w")
    # Output of the sound system must not mix with the answer.
    os.dup2(2, 1)
    facts: dict[str, Any] = {}
    try:
        _look(facts, arguments[0] if arguments else None)
    except LightningError as fault:
        facts |= {"error": fault.message, "hint": fault.hint, "exit_code": int(fault.exit_code)}
    answers.write("\n" + json.dumps(facts) + "\n")
    answers.flush()
    # The answer is complete, and PortAudio's own end may hang or crash where its beginning did not.
    os._exit(0)


def _look(facts: dict[str, Any], wanted: str | None) -> None:
    devices = list_devices()
    # The player has imported it; it alone does.
    sounddevice: Any = sys.modules["sounddevice"]
    number, text = sounddevice.get_portaudio_version()
    facts["portaudio"] = {
        "version": text.partition(",")[0].removeprefix("PortAudio "),
        "number": number,
        "library": str(sounddevice._libname),  # noqa: SLF001 - it has no public name
    }
    facts["devices"] = [
        {
            "index": one.index,
            "name": one.name,
            "host_api": one.host_api,
            "default": one.is_default,
            "rate": one.default_rate,
        }
        for one in devices
    ]
    fmt = PcmFormat(RATE)
    player = Player(fmt, PlayerOptions(device=wanted))
    try:
        player.open()
        facts["stream"] = {
            "rate": player.device_rate,
            "resampled": player.resampled_to is not None,
            "latency_seconds": round(player.latency_s, 4),
        }
        player.write(bytes(fmt.bytes_in_ms(_SILENCE_MS)))
        player.end()
        player.drain()
        stats = player.stats
        player.close()
        facts["stream"] |= {
            "frames_played": stats.frames_played,
            "underruns": stats.underruns,
            "late_blocks": stats.late_blocks,
        }
    finally:
        player.abort()
