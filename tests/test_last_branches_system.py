"""Machines, shells and accounts that few have: what is told there, and what goes on all the same."""

import errno
import os
import pty
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from support.size_limits import files_of

from lightning_cli.audio.gain import LARGEST_PERCENT
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.cli import run as edge
from lightning_cli.cli.app import root_command
from lightning_cli.cli.terminal import keyboard as remote_terminal
from lightning_cli.cli.terminal.keyboard import Keyboard, open_keyboard
from lightning_cli.doctor import sound
from lightning_cli.doctor.findings import Finding
from lightning_cli.errors import ConfigError, ExitCode, OutputError
from lightning_cli.playback.deck import Deck
from lightning_cli.playback.feed import Feed
from lightning_cli.playback.jitter_buffer import Prebuffer
from lightning_cli.playback.ring import Ring
from lightning_cli.settings import key_store
from lightning_cli.sinks.containers import FLAC, OGG, WAV
from lightning_cli.sinks.encoders import _shorten_pages, encoder_for
from lightning_cli.sinks.files import FileSink
from lightning_cli.sinks.playback_sink import PlayerOptions

STREAM = {"rate": 48_000, "latency_seconds": 0.05, "resampled": True, "late_blocks": 3}
LIBRARY = {"version": "19.7", "library": "libportaudio.so.2"}
DEVICES = [{"name": "Speakers", "default": True}]


class Answering:
    """Give what the process that tries the sound would say, each time anew."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self._answers = [*answers]

    def ask(self, *_: str, timeout_s: float) -> dict[str, Any]:
        """Say the next."""
        assert timeout_s > 0
        return self._answers.pop(0)


def findings(*answers: dict[str, Any]) -> list[Finding]:
    """Look at the sound of a machine that says this."""
    return list(sound.sound(Answering(*answers), None))  # type: ignore[arg-type] # all that is asked of it


def test_doctor_on_machines_with_poor_sound() -> None:
    """A server that hangs, a library that is missing, a device at its own rate that runs dry."""
    (hung,) = findings({"hung": True, "said": "..."})
    assert "did not answer within 25 s" in hung.message
    assert "restart it" in (hung.hint or "")
    (missing,) = findings({"error": "PortAudio is missing", "hint": "apt install libportaudio2"})
    assert (missing.message, missing.hint, missing.exit_code) == (
        "PortAudio is missing",
        "apt install libportaudio2",
        ExitCode.AUDIO,
    )
    *_, played = findings({"died": -11}, {"portaudio": LIBRARY, "devices": DEVICES, "stream": STREAM})
    assert "played at 48000 Hz, latency 50 ms, after converting it from" in played.message
    assert played.message.endswith("with a buffer underrun")
    assert "--prebuffer" in (played.hint or "")


def test_a_device_that_ran_dry_is_counted() -> None:
    """It says so itself."""
    feed = Feed(PcmFormat(8000), Ring(1600), Prebuffer(0, 0))
    feed.fill(memoryview(bytearray(160)), late=True)
    feed.fill(memoryview(bytearray(160)))
    assert feed.late_blocks == 1


def test_a_sandbox_without_files_in_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The disk takes their place; where that has none either, say what to set."""

    def refused(_name: str) -> NoReturn:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    made = []
    for _ in range(2):
        encoder = encoder_for(FLAC)
        made.append(encoder.begin(PcmFormat(8000)) + encoder.encode(bytes(1600)) + encoder.end())
        encoder.close()
        monkeypatch.setattr(os, "memfd_create", refused)
    assert made[0] == made[1] != b""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(OutputError, match="cannot create a temporary file") as told:
        encoder_for(FLAC).begin(PcmFormat(8000))
    assert told.value.hint == "set TMPDIR to a writable directory"


def test_another_release_of_soundfile() -> None:
    """Without what the shorter pages need, the file is made all the same."""
    _shorten_pages(SimpleNamespace(), SimpleNamespace())


def test_serving_without_its_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name what is missing, and what to install."""
    monkeypatch.delitem(sys.modules, "lightning_cli.serve.run", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ConfigError, match="serve needs uvicorn, which is not installed") as told:
        root_command().main(args=["serve"], prog_name="lightning-tts", standalone_mode=False)
    assert told.value.hint == "pip install 'lightning-tts[local]'"


def test_a_directory_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is not stored there."""
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    with pytest.raises(ConfigError, match="belongs to another user"):
        key_store.store_key("x" * 20, None, in_keyring=False)


def test_faults_in_destructors_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are told as ever; only a signal is sent anew."""
    seen: list[object] = []
    monkeypatch.setattr(edge, "_others_hook", seen.append)
    fault: Any = SimpleNamespace(exc_value=ValueError("x"))
    edge._raise_anew(fault)
    assert seen == [fault]


def test_a_script_that_ignores_ctrl_c() -> None:
    """So do the commands in it, from their first line on."""
    code = (
        "import signal, sys\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "sys.argv = ['lightning-tts', '--version']\n"
        "import lightning_cli.__main__ as program\n"
        "try:\n    program.run()\nfinally:\n"
        "    print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)\n"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines()[-1] == "True", done
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def test_terminals_that_are_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is read or set; what was typed counts as given back on systems that do not tell whether it can be."""
    master, slave = pty.openpty()
    keyboard = Keyboard(slave, owns=True)
    assert keyboard.take()
    os.close(master)
    assert keyboard.read() == b""
    assert not keyboard.in_foreground()
    assert (keyboard.is_taken, keyboard.is_usable) == (False, True)
    keyboard.close()
    monkeypatch.setattr(remote_terminal, "_LEGACY_TIOCSTI", tmp_path / "nothing")
    assert remote_terminal._can_return()


@pytest.mark.parametrize("wanted", [False, None])
def test_keys_that_nobody_wants(*, wanted: bool | None) -> None:
    """Where standard input is no terminal the process's own is opened only for whoever asks."""
    assert open_keyboard(wanted=wanted, text_on_stdin=False) is None


def test_a_part_that_somebody_removed(tmp_path: Path) -> None:
    """There is nothing to keep, and nothing is said to be kept."""
    sink = FileSink(str(tmp_path / "x.wav"), WAV, keep_partial=True)
    sink.start(PcmFormat(8000))
    sink.write(bytes(1600))
    (part,) = tmp_path.iterdir()
    part.unlink()
    sink.abort()
    assert sink.partial_path is None
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_finds_no_room(tmp_path: Path) -> None:
    """Its fault is told with its container, and what was made is kept."""
    sink = FileSink(str(tmp_path / "x.ogg"), OGG, keep_partial=True)
    sink.start(PcmFormat(8000))
    with files_of(12_000):
        sink.write(random.Random(1).randbytes(16_000))
        sink.commit()
        sink.write(random.Random(2).randbytes(160_000))
        with pytest.raises(OutputError, match="libsndfile cannot make ogg") as told:
            sink.finish()
    assert told.value.hint == "write .wav or .flac, and convert it"
    (part,) = tmp_path.iterdir()
    assert part == sink.partial_path
    assert part.read_bytes().startswith(b"OggS")


def test_a_volume_beyond_the_loudest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that changes nothing interrupts nothing."""
    deck = Deck(PcmFormat(24_000), PlayerOptions(), percent=LARGEST_PERCENT)
    told: list[object] = []
    monkeypatch.setattr(deck, "_tell", told.append)
    deck.change_volume(10)
    assert told == []
    deck.change_volume(-10)
    assert len(told) == 1
    deck.abort()
