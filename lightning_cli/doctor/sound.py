"""The check of the sound: PortAudio, the devices, and whether one plays a moment of silence."""

from collections.abc import Iterator
from typing import Any

from lightning_cli.doctor.child import Children
from lightning_cli.doctor.findings import Finding, fail, ok, warn
from lightning_cli.doctor.sound_child import RATE
from lightning_cli.errors import ExitCode

# PortAudio asks every sound system it knows; a second is slow.
_PATIENCE_S = 25.0
_OTHERWISE = "or write the audio to a file with -o FILE"


def sound(children: Children, device: str | None) -> Iterator[Finding]:
    """Try the output device, the default one when ``device`` is None."""
    arguments = [device] if device is not None else []
    found = children.ask("sound_child", *arguments, timeout_s=_PATIENCE_S)
    if "died" in found:
        # libjack's client threads crash now and then while PortAudio starts on a busy machine.
        found = children.ask("sound_child", *arguments, timeout_s=_PATIENCE_S)
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
        yield warn("playback", f"{told}, with a buffer underrun", "is the machine busy? try --prebuffer 500", **stream)
    else:
        yield ok("playback", told, **stream)
