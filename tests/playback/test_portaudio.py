"""PortAudio as it is loaded: whatever its drivers have to say stays away from the terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import ctypes, sys
if "quiet" in sys.argv:
    from lightning_cli.playback import portaudio
    portaudio.load()
if "alsa" in sys.argv:
    handle = ctypes.c_void_p()
    assert ctypes.CDLL("libasound.so.2").snd_pcm_open(ctypes.byref(handle), b"nosuch", 0, 0) < 0
else:
    library = ctypes.CDLL("libjack.so.0")
    library.jack_client_open.restype = ctypes.c_void_p
    assert not library.jack_client_open(b"name", 1, None)
"""


@pytest.mark.parametrize("driver", ["alsa", "jack"])
def test_drivers_are_quiet(tmp_path: Path, driver: str) -> None:
    """A device that cannot be opened is our error to tell; ALSA and JACK print theirs where nothing stops them."""
    environment = os.environ | {"HOME": str(tmp_path), "PULSE_SERVER": "", "XDG_RUNTIME_DIR": str(tmp_path)}
    told = {
        words: subprocess.run(
            [sys.executable, "-c", SCRIPT, *words], env=environment, capture_output=True, text=True, check=True
        ).stderr
        for words in ((driver,), (driver, "quiet"))
    }
    assert "nosuch" in told[driver,] or "server" in told[driver,]
    assert told[driver, "quiet"] == ""
