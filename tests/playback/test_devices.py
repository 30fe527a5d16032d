"""Which device is meant, and what is said when there is none."""

import platform

import pytest

from lightning_cli.errors import ExitCode, NoDevice
from lightning_cli.playback import devices
from lightning_cli.playback.devices import OutputDevice, _linux_command, choose, portaudio_missing, refused
from lightning_cli.playback.pulse_server import PulseSink

DEVICES = [
    OutputDevice(0, "HDA Intel: ALC257 Analog (hw:0,0)", "ALSA", 2, 48_000, 0.03, is_default=False),
    OutputDevice(3, "pulse", "ALSA", 32, 44_100, 0.03, is_default=False),
    OutputDevice(4, "default", "ALSA", 32, 44_100, 0.03, is_default=True),
    OutputDevice(7, "default", "JACK", 2, 48_000, 0.03, is_default=False),
]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [(None, 4), (3, 3), ("7", 7), ("pulse", 3), ("PULSE", 3), ("alc257", 0), ("default, jack", 7)],
)
def test_the_device_meant_is_found(wanted: str | int | None, index: int) -> None:
    """By nothing, number, name, part of a name, or name and host API."""
    assert choose(DEVICES, wanted).index == index


def test_without_a_default_the_first_one_plays() -> None:
    """PortAudio may know devices and none that is the default."""
    assert choose(DEVICES[:2], None).index == 0


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("default", ["4: default (ALSA)", "7: default (JACK)"]),
        ("puls e", ["did you mean 'pulse'"]),
        ("bluetooth", ["'HDA Intel: ALC257 Analog (hw:0,0)', 'pulse', 'default'"]),
        (5, ["'pulse'"]),
    ],
)
def test_what_is_not_clear_is_explained(wanted: str | int, told: list[str]) -> None:
    """Ambiguous, misspelt or unknown: the hint names what there is."""
    with pytest.raises(NoDevice) as caught:
        choose(DEVICES, wanted)
    assert caught.value.exit_code is ExitCode.AUDIO
    assert caught.value.hint
    assert all(part in caught.value.hint for part in told)


@pytest.mark.parametrize(
    ("host_api", "name", "channels", "one_side"),
    [
        ("ALSA", "pulse", 32, False),
        ("ALSA", "HDA Intel: ALC (hw:0,0)", 2, True),
        ("JACK Audio Connection Kit", "system", 2, True),
        ("JACK Audio Connection Kit", "mono", 1, False),
        ("Core Audio", "Built-in Output", 2, True),
    ],
)
def test_who_spreads_mono(host_api: str, name: str, channels: int, *, one_side: bool) -> None:
    """Plugins and sound servers put a mono stream on both sides; others need it twice."""
    device = OutputDevice(0, name, host_api, channels, 48_000, 0.03, is_default=False)
    assert devices.plays_mono_on_one_side(device) == one_side


@pytest.mark.parametrize(
    ("wanted", "pulse", "sink"),
    [(None, True, None), ("Default", True, None), ("pulse", True, None), ("HDA", True, "HDA"), ("", True, "")],
)
def test_who_means_pulseaudio(wanted: str | None, sink: str | None, *, pulse: bool) -> None:
    """What leads to the sound server anyway is played by it directly, and so is a sink of its own."""
    assert devices.may_be_pulse(wanted) == pulse
    assert devices.sink_named(wanted) == sink


@pytest.mark.parametrize("wanted", [3, "3"])
def test_a_number_is_of_the_list(wanted: str | int) -> None:
    """No sink is known to the server by such a number."""
    assert not devices.may_be_pulse(wanted)


def test_sinks_stand_behind_the_other_devices() -> None:
    """They are found by what people are shown and by what programs call them."""
    sinks = [PulseSink("bluez_output.1", "Headphones", 2, 48_000), PulseSink("alsa_output.2", "Built-in", 2, 44_100)]
    every = [*DEVICES, *devices.pulse_outputs(sinks, 8)]
    for wanted in (8, "headphones", "head", "bluez_output.1", "BLUEZ", "headphones, pulseaudio"):
        assert choose(every, wanted).sink == "bluez_output.1"
    # PortAudio's, as before there were any.
    assert choose(every, "puls").name == "pulse"
    with pytest.raises(NoDevice, match="2 output devices match 'output'"):
        choose(every, "output")


def test_no_devices_at_all() -> None:
    """The way out is a file."""
    with pytest.raises(NoDevice, match="no audio output device") as caught:
        choose([], None)
    assert "-o FILE" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("names", "command"),
    [
        (["ubuntu", "debian"], "apt install libportaudio2"),
        (["fedora"], "dnf install portaudio"),
        (["rocky", "rhel", "centos", "fedora"], "dnf install portaudio"),
        (["manjaro", "arch"], "pacman -S portaudio"),
        (["opensuse-tumbleweed", "suse"], "zypper install libportaudio2"),
        (["alpine"], "apk add portaudio"),
    ],
)
def test_the_package_is_named_for_this_system(names: list[str], command: str) -> None:
    """Names are those of os-release, the system's own first, then its relatives."""
    assert command in (_linux_command(names) or "")


def test_errors_name_the_cause() -> None:
    """A missing library and a device that refuses say what to do next."""
    assert _linux_command(["", "plan9"]) is None
    assert "libportaudio" in (portaudio_missing().hint or "")
    fault = refused(DEVICES[0], "Device unavailable")
    assert "ALC257" in fault.message
    assert "Device unavailable" in fault.message


@pytest.mark.parametrize(("system", "told"), [("Darwin", "brew install portaudio"), ("Plan 9", "libportaudio.so.2")])
def test_systems_without_portaudio(system: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the package, also on systems that do not say what they are."""

    def unknown() -> dict[str, str]:
        raise OSError

    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "freedesktop_os_release", unknown)
    assert told in (devices.portaudio_missing().hint or "")
    assert "libasound2" not in devices._no_device_hint()
