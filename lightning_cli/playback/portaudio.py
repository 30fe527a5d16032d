"""PortAudio, loaded when it is needed, and what sounddevice has no name for.

The only importer of sounddevice, and only inside functions: importing it starts PortAudio (30 to 70 ms).
"""

import atexit
import sys
from typing import Any

from lightning_cli.playback import devices
from lightning_cli.playback.devices import OutputDevice
from lightning_cli.system import last_seen


def load() -> Any:
    """Import sounddevice and return it; raises ``NoDevice`` without the library."""
    try:
        import sounddevice  # importing it starts PortAudio
    except OSError as fault:
        raise devices.portaudio_missing() from fault
    return sounddevice


def outputs(sounddevice: Any) -> list[OutputDevice]:
    """List what can play, the default marked."""
    try:
        default = sounddevice.query_devices(kind="output")["index"]
    except sounddevice.PortAudioError:
        default = None  # there are outputs, but none is the default; or there are none
    return last_seen.remembered(devices.outputs(sounddevice.query_devices(), sounddevice.query_hostapis(), default))


def abandon() -> None:
    """Leave PortAudio as it is at exit: its orderly end would wait for the call that never returns."""
    sounddevice = sys.modules.get("sounddevice")
    if sounddevice is not None:
        atexit.unregister(sounddevice._exit_handler)  # noqa: SLF001 - it has no public name
