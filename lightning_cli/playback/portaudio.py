"""PortAudio, loaded when it is needed, and what sounddevice has no name for.

The only importer of sounddevice, and only inside functions: importing it starts PortAudio (30 to 70 ms).
"""

import atexit
import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Any

from lightning_cli.playback import devices
from lightning_cli.playback.devices import OutputDevice


def load() -> Any:
    """Import sounddevice and return it; raises ``NoDevice`` without the library."""
    _silence_drivers()
    _drop_unfinished_jack_file()
    try:
        import sounddevice  # importing it starts PortAudio
    except OSError as fault:
        raise devices.portaudio_missing() from fault
    return sounddevice


# The callbacks given to C; they live as long as the process.
_handlers: list[Any] = []


def _silence_drivers() -> None:
    """Keep what ALSA and JACK have to say away from the terminal; their faults reach us as PortAudio's."""
    import ctypes  # sounddevice loads it, and so much later than the rest

    if _handlers:
        return
    text, number = ctypes.c_char_p, ctypes.c_int
    # ALSA's has a variable number of arguments; those behind the format are not looked at.
    alsa_handler = ctypes.CFUNCTYPE(None, text, number, text, number, text)(_say_nothing)
    jack_handler = ctypes.CFUNCTYPE(None, text)(_say_nothing)
    _handlers.extend((alsa_handler, jack_handler))
    for library, setter, handler in (
        ("libasound.so.2", "snd_lib_error_set_handler", alsa_handler),
        ("libjack.so.0", "jack_set_error_function", jack_handler),
        ("libjack.so.0", "jack_set_info_function", jack_handler),
    ):
        with contextlib.suppress(OSError, AttributeError):
            getattr(ctypes.CDLL(library), setter)(handler)


def _say_nothing(*_: Any) -> None:
    """Take a message of a driver."""


# Where libjack keeps its clients' metadata, in Berkeley DB, which lays the file out as soon as it has made it.
_JACK_FILE = "/dev/shm/jack_db-{uid}/__db.001"  # noqa: S108 - a name that libjack chose
_JACK_FILE_LAID_OUT_S = 2.0


def _drop_unfinished_jack_file() -> None:
    """Remove a file that a killed program left empty: libjack waits 18 seconds for it, at each of its three starts."""
    with contextlib.suppress(OSError, AttributeError):  # AttributeError: Windows has no getuid
        path = Path(_JACK_FILE.format(uid=os.getuid()))
        about = path.lstat()
        if about.st_size == 0 and time.time() - about.st_mtime > _JACK_FILE_LAID_OUT_S:
            path.unlink()


def outputs(sounddevice: Any) -> list[OutputDevice]:
    """List what can play, the default marked."""
    try:
        default = sounddevice.query_devices(kind="output")["index"]
    except sounddevice.PortAudioError:
        default = None  # there are outputs, but none is the default; or there are none
    return devices.outputs(sounddevice.query_devices(), sounddevice.query_hostapis(), default)


def abandon() -> None:
    """Leave PortAudio as it is at exit: its orderly end would wait for the call that never returns."""
    sounddevice = sys.modules.get("sounddevice")
    if sounddevice is not None:
        atexit.unregister(sounddevice._exit_handler)  # noqa: SLF001 - it has no public name
