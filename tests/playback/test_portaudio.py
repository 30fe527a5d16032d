"""PortAudio as it is loaded: whatever its drivers have to say stays away from the terminal."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lightning_cli.playback import portaudio

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


def test_what_a_killed_program_left_of_jack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty file goes, which libjack would wait for; one that is in use, or just being made, stays."""
    monkeypatch.setattr(portaudio, "_JACK_FILE", str(tmp_path / "jack_db-{uid}"))
    path = tmp_path / f"jack_db-{os.getuid()}"
    for content, age_s, stays in ((b"", 60, False), (b"", 0, True), (b"laid out", 60, True)):
        path.write_bytes(content)
        os.utime(path, (time.time() - age_s,) * 2)
        portaudio._drop_unfinished_jack_file()
        assert path.exists() == stays
    path.unlink()
    portaudio._drop_unfinished_jack_file()
