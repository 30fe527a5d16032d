"""Which device is meant, and what is said when there is none."""

import pytest

from lightning_cli.errors import ExitCode, NoDevice
from lightning_cli.playback import devices
from lightning_cli.playback.devices import OutputDevice, _linux_command, choose, portaudio_missing, refused

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
    ("names", "wanted", "starts_empty"),
    [
        (["pulse", "default"], "default", True),
        (["pulse", "default"], "pulse", True),
        (["pipewire", "pulse", "default"], "pulse", True),
        (["pipewire", "pulse", "default"], "default", False),
        (["pipewire", "default"], "pipewire", False),
        (["default"], "default", False),
        (["HDA Intel (hw:0,0)", "pulse"], "HDA", False),
    ],
)
def test_only_pulseaudio_begins_with_the_first_words(names: list[str], wanted: str, *, starts_empty: bool) -> None:
    """A large buffer makes nobody wait there; elsewhere it is full of silence at first."""
    for host_api in ("ALSA", "JACK"):
        listed = [
            OutputDevice(index, name, host_api, 2, 48_000, 0.03, is_default=False) for index, name in enumerate(names)
        ]
        device = choose(listed, f"{wanted}, {host_api}" if wanted != "HDA" else wanted)
        assert devices.starts_empty(device, listed) == (starts_empty and host_api == "ALSA")


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
