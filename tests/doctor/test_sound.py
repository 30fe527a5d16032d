"""The sound as it is found: a device, none, a library that ends its process."""

from typing import Any

import pytest
from support.command_line import lightning
from support.null_sink import SoundCard

from lightning_cli.doctor.checks import Children, Finding
from lightning_cli.doctor.sound import sound
from lightning_cli.errors import ExitCode


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise the limits, so that a busy machine does not decide what is found."""
    monkeypatch.setattr("lightning_cli.doctor.sound._PATIENCE_S", 100)
    monkeypatch.setattr("lightning_cli.doctor.engine._PATIENCE_S", 100)


@pytest.mark.usefixtures("patience")
def test_the_sound_is_tried(sound_card: SoundCard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device is opened and takes a moment of silence, to the last frame."""
    for name, value in sound_card.environment.items():
        monkeypatch.setenv(name, value)
    found = {one.check: one for one in sound(Children(), None)}
    assert list(found) == ["portaudio", "devices", "playback"]
    # A busy machine may let the device run dry, which is told.
    assert {name for name, one in found.items() if one.state != "ok"} <= {"playback"}
    assert found["playback"].facts["frames_played"] == 44100 // 5
    devices = found["devices"].facts["devices"]
    assert isinstance(devices, list)
    assert sum(one["default"] for one in devices) == 1
    (wrong,) = [one for one in sound(Children(), "nobody's") if one.state == "fail"]
    assert (wrong.check, wrong.exit_code) == ("playback", ExitCode.AUDIO)


@pytest.mark.usefixtures("patience")
def test_no_device_at_all_fails_the_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a device ends with the code of the sound and says what to do."""
    monkeypatch.setenv("PULSE_SERVER", "")
    found = {one.check: one for one in sound(Children(), None)}
    assert {name: one.state for name, one in found.items()} == {"portaudio": "ok", "devices": "fail"}
    assert "-o FILE" in str(found["devices"].hint)
    assert lightning("doctor", "sound").code == ExitCode.AUDIO


@pytest.mark.usefixtures("patience")
def test_a_sound_system_that_crashes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """PortAudio may end its process where ALSA has no configuration; it is not ours that ends."""
    monkeypatch.setenv("PULSE_SERVER", "")
    monkeypatch.setenv("ALSA_CONFIG_PATH", "/nonexistent")
    (found,) = sound(Children(), None)
    assert (found.state, found.exit_code) == ("fail", ExitCode.AUDIO)


STREAM = {"rate": 48_000, "latency_seconds": 0.05, "resampled": True, "late_blocks": 3}


LIBRARY = {"version": "19.7", "library": "libportaudio.so.2"}


DEVICES = [{"name": "Speakers", "default": True}]


class Answering:
    """Answer in place of the process that tries the sound, with one answer after another."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self._answers = [*answers]

    def ask(self, *_: str, timeout_s: float) -> dict[str, Any]:
        """Return the next answer."""
        assert timeout_s > 0
        return self._answers.pop(0)


def findings(*answers: dict[str, Any]) -> list[Finding]:
    """Look at the sound of a machine that says this."""
    return list(sound(Answering(*answers), None))  # type: ignore[arg-type] # all that is asked of it


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
