"""The check of the sound: PortAudio, the devices, and whether one plays a moment of silence.

``sound`` asks a child process, which runs ``main``.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.doctor.checks import Children, Finding, fail, ok, warn
from lightning_cli.errors import ExitCode, LightningError
from lightning_cli.playback.player import Player, list_devices
from lightning_cli.playback.player_options import PlayerOptions

# PortAudio asks every sound system it knows; a second is slow.
_PATIENCE_S = 25.0
_OTHERWISE = "or write the audio to a file with -o FILE"


def sound(children: Children, device: str | None) -> Iterator[Finding]:
    """Try the output device, the default one when ``device`` is None."""
    arguments = [device] if device is not None else []
    found = children.ask("sound", *arguments, timeout_s=_PATIENCE_S)
    if "died" in found:
        # libjack's client threads crash now and then while PortAudio starts on a busy machine.
        found = children.ask("sound", *arguments, timeout_s=_PATIENCE_S)
    if "hung" in found or "died" in found:
        yield _lost(found)
        return
    library = found.get("portaudio")
    if library is not None:
        yield ok("portaudio", f"{library['version']}, {library['library']}", **library)
    else:
        yield fail("portaudio", found["error"], found["hint"], ExitCode.AUDIO)
        return
    yield from _device(found)


def _lost(found: dict[str, Any]) -> Finding:
    said = found.get("said", "")
    if "hung" in found:
        what, hint = f"did not answer within {_PATIENCE_S:g} s", "does the sound server still run? restart it, "
    else:
        what, hint = f"crashed the process that tried it, twice (status {found['died']})", "reinstall PortAudio, "
    return fail("sound", f"the sound system {what}", hint + _OTHERWISE, ExitCode.AUDIO, said=said)


def _device(found: dict[str, Any]) -> Iterator[Finding]:
    devices, stream = found.get("devices", []), found.get("stream", {})
    if devices:
        default = next((one["name"] for one in devices if one["default"]), None)
        told = f"{len(devices)}, the default is {default}" if default else f"{len(devices)}, none is the default"
        yield ok("devices", told, devices=devices)
    if "error" in found:
        # Without any device, this is the player's error.
        check = "playback" if devices else "devices"
        yield fail(check, found["error"], found["hint"], ExitCode(found["exit_code"]), **stream)
        return
    told = f"silence was played at {stream['rate']} Hz, latency {stream['latency_seconds'] * 1000:.0f} ms"
    if stream["resampled"]:
        told += f", after converting it from {RATE} Hz"
    if stream["late_blocks"]:
        yield warn(
            "playback", f"{told}, with a buffer underrun", "try --prebuffer 500 if the machine is busy", **stream
        )
    else:
        yield ok("playback", told, **stream)


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
