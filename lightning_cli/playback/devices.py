"""Which output device is meant, and what to install when there is none; pure, the player does the asking."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lightning_cli.errors import NoDevice
from lightning_cli.system.close_words import close_words, question
from lightning_cli.system.records import Record

if TYPE_CHECKING:
    from lightning_cli.playback.pulse_server import PulseSink

_INSTALL = {
    "debian": "sudo apt install libportaudio2",
    "fedora": "sudo dnf install portaudio",
    "rhel": "sudo dnf install portaudio",
    "arch": "sudo pacman -S portaudio",
    "suse": "sudo zypper install libportaudio2",
    "alpine": "sudo apk add portaudio",
    "gentoo": "sudo emerge media-libs/portaudio",
}
ALSA, PULSE = "ALSA", "PulseAudio"
_PULSE_NAMES = {"default", "pulse", "pipewire"}
_OTHERWISE = "or write the audio to a file with -o FILE"


class OutputDevice(Record):
    """Describe something that plays; ``default_rate`` in Hz, ``high_latency_s`` what it likes for safe playback.

    ``sink`` is what PulseAudio calls it, where it is one of its own.
    """

    index: int
    name: str
    host_api: str
    channels: int
    default_rate: int
    high_latency_s: float
    is_default: bool
    sink: str = ""


def outputs(
    infos: Iterable[Mapping[str, Any]], host_apis: Sequence[Mapping[str, Any]], default: int | None
) -> list[OutputDevice]:
    """Pick what can play from PortAudio's tables; ``default`` is an index."""
    return [
        OutputDevice(
            index=info["index"],
            name=info["name"],
            host_api=host_apis[info["hostapi"]]["name"],
            channels=info["max_output_channels"],
            default_rate=round(info["default_samplerate"]),
            high_latency_s=info["default_high_output_latency"],
            is_default=info["index"] == default,
        )
        for info in infos
        if info["max_output_channels"] > 0
    ]


def pulse_outputs(sinks: "Iterable[PulseSink]", first_index: int) -> list[OutputDevice]:
    """List the sinks of PulseAudio behind what PortAudio knows."""
    return [
        OutputDevice(index, sink.description, PULSE, sink.channels, sink.rate, 0.0, is_default=False, sink=sink.name)
        for index, sink in enumerate(sinks, first_index)
    ]


def choose(devices: Sequence[OutputDevice], wanted: str | int | None) -> OutputDevice:
    """Find the device that is meant: an index, a name, or an unmistakable part of ``name, host API``, in any case.

    A sink's own name counts as well. None means the system's default. Raises ``NoDevice`` with what was close.
    """
    if not devices:
        raise NoDevice("no audio output device found", hint=_no_device_hint())
    if wanted is None:
        return next((device for device in devices if device.is_default), devices[0])
    if isinstance(wanted, int) or wanted.isdecimal():
        found = [device for device in devices if device.index == int(wanted)]
    else:
        found = _named(devices, wanted.casefold())
    if len(found) == 1:
        return found[0]
    if not found:
        raise NoDevice(f"unknown output device {wanted!r}", hint=_close_names(devices, str(wanted)))
    names = ", ".join(f"{device.index}: {device.name} ({device.host_api})" for device in found)
    raise NoDevice(f"{len(found)} output devices match {wanted!r}", hint=f"choose one by its number: {names}")


def may_be_pulse(wanted: str | int | None) -> bool:
    """Return whether PulseAudio (or PipeWire in its place) may be meant, if it runs: by all but a number."""
    return not isinstance(wanted, int) and not (wanted or "").isdecimal()


def sink_named(wanted: str | int | None) -> str | None:
    """Return the name of the sink that is meant, None for the server's own choice, which ``default`` leads to."""
    return None if wanted is None or str(wanted).casefold() in _PULSE_NAMES else str(wanted)


def plays_mono_on_one_side(device: OutputDevice) -> bool:
    """Return whether a mono stream would leave one side of a stereo device silent.

    ALSA's plugins and sound servers spread it; its bare hardware, JACK and the systems of others do not.
    """
    spreads = device.host_api == ALSA and "(hw:" not in device.name
    return device.channels > 1 and not spreads


def _named(devices: Sequence[OutputDevice], wanted: str) -> list[OutputDevice]:
    exact = [
        device for device in devices if wanted in {device.name.casefold(), _full_name(device), device.sink.casefold()}
    ]
    part = [device for device in devices if not device.sink and wanted in _full_name(device)]
    # What names a device of PortAudio's goes on doing so, whatever sinks there are.
    sinks = (device for device in devices if device.sink and wanted in f"{device.name}\n{device.sink}".casefold())
    return exact or part or list(sinks)


def _full_name(device: OutputDevice) -> str:
    return f"{device.name}, {device.host_api}".casefold()


def _close_names(devices: Sequence[OutputDevice], wanted: str) -> str:
    names = list({device.name.casefold(): device.name for device in devices}.values())
    close = close_words(wanted, names, most=3)
    if close:
        return question(*map(repr, close))
    return f"the devices are {', '.join(map(repr, names))}"


def portaudio_missing() -> NoDevice:
    """Build the error for a system without the PortAudio library; names its package."""
    import platform  # needed only to explain a missing library

    if platform.system() == "Darwin":
        command: str | None = "brew install portaudio"
    else:
        command = _linux_command(_linux_names())
    step = f"install it with: {command}" if command else "install the package that holds libportaudio.so.2"
    return NoDevice("playing sound needs the PortAudio library, which is not installed", hint=f"{step}; {_OTHERWISE}")


def refused(device: OutputDevice, cause: str) -> NoDevice:
    """Build the error for a device that is there but cannot be opened."""
    return NoDevice(
        f"the output device {device.name!r} cannot be opened: {cause}",
        hint=f"it may be in use by another program; choose another one, {_OTHERWISE}",
    )


def _linux_names() -> list[str]:
    import platform

    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return []
    return [release.get("ID", ""), *release.get("ID_LIKE", "").split()]


def _linux_command(names: Sequence[str]) -> str | None:
    """Find the command for a system that calls itself ``names``, nearest relative first."""
    return next((command for name in names for key, command in _INSTALL.items() if key in name), None)


def _no_device_hint() -> str:
    if any("debian" in name for name in _linux_names()):
        return f"start a sound server and install libasound2-plugins, {_OTHERWISE}"
    return f"start a sound server, {_OTHERWISE}"
