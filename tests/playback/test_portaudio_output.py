"""What PortAudio reaches: every sample through ALSA, both sides of a device, and devices that fail."""

import contextlib
import sys
import threading
import time
from array import array
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from support.fed_device import new_feed
from support.null_sink import SoundCard, contains, noise
from support.playback_process import play, play_recorded
from support.pty_session import until

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import DeviceLost, NoDevice
from lightning_cli.playback import portaudio, portaudio_output
from lightning_cli.playback.devices import OutputDevice
from lightning_cli.playback.feed import Feed
from lightning_cli.playback.jitter_buffer import JitterBuffer
from lightning_cli.playback.portaudio_output import PortAudioOutput
from lightning_cli.playback.ring import Ring

if TYPE_CHECKING:
    from collections.abc import Callable

SPEAK = """
player = open_player(24_000, device={device!r}, lead_in_ms={lead_in})
player.write(pcm)
player.end()
player.drain()
player.close()
report(player)
"""


@pytest.mark.parametrize("lead_in", [0, 300])
def test_every_sample_is_heard(sound_card: SoundCard, tmp_path: Path, lead_in: int) -> None:
    """A part of a device's name leads here, and with silence before it all of it comes too."""
    pcm = noise(12_000)
    recording, _ = play_recorded(
        sound_card.at(24_000), SPEAK.format(device="PULS", lead_in=lead_in), pcm, tmp_path, counted=False
    )
    assert contains(recording, pcm)


def test_mono_fills_both_sides(tmp_path: Path) -> None:
    """Where a device takes what it gets as it is, both sides get the same."""
    target = tmp_path / "out.raw"
    (tmp_path / ".asoundrc").write_text(f"pcm.both {{ type file file {target} format raw slave.pcm null }}\n")
    script = "import lightning_cli.playback.devices\n"
    script += "lightning_cli.playback.devices.plays_mono_on_one_side = lambda device: True\n"
    pcm = noise(6_000)
    play(script + SPEAK.format(device="both", lead_in=0), pcm, {"HOME": str(tmp_path), "PULSE_SERVER": ""}, tmp_path)
    samples = array("h", target.read_bytes())
    left, right = samples[::2], samples[1::2]
    assert left == right
    assert left.tobytes().find(pcm) >= 0


class PortAudio:
    """Stand for sounddevice and for its only stream, which fails as ``faults`` say, one for each call."""

    class PortAudioError(Exception):
        """What sounddevice raises."""

    class CallbackAbort(Exception):
        """What a callback raises to end the stream."""

    latency = 0.01

    def __init__(self, **faults: list[Exception | None]) -> None:
        self.faults = faults
        self.rates: list[int] = []
        self.callback: Callable[..., None] = lambda *_: None
        self.calls: list[str] = []
        self.never = threading.Event()

    def RawOutputStream(self, **options: Any) -> Self:  # noqa: N802 - sounddevice's name
        """Open the stream."""
        self.rates.append(options["samplerate"])
        self._fail("open")
        self.callback = options["callback"]
        return self

    def start(self) -> None:
        """Begin to play."""
        self._fail("start")

    def stop(self) -> None:
        """Do not come back while it is not ``never``."""
        self.calls.append("stop")
        self.never.wait(30)

    def abort(self) -> None:
        """Fall silent."""
        self.calls.append("abort")

    def close(self) -> None:
        """Close the stream."""
        self.calls.append("close")

    def _fail(self, call: str) -> None:
        fault = self.faults[call].pop(0) if self.faults.get(call) else None
        if fault is not None:
            raise fault


FMT = PcmFormat(24_000)
WRONG_RATE = PortAudio.PortAudioError("Invalid sample rate", -9997)
OTHER = PortAudio.PortAudioError("Device unavailable", -9985)
LATE = PortAudio.PortAudioError("Wait timed out", -9987)


def open_output(monkeypatch: pytest.MonkeyPatch, host: PortAudio, api: str = "JACK") -> PortAudioOutput:
    """Return an output on a device of 48000 Hz that is played through ``host``."""
    device = OutputDevice(0, "box", api, 1, 48_000, 0.02, is_default=True)
    monkeypatch.setattr(portaudio, "load", lambda: host)
    monkeypatch.setattr(portaudio, "outputs", lambda _: [device])
    output = PortAudioOutput(None, "high")
    output.open(FMT)
    return output


@pytest.mark.parametrize("faults", [[OTHER], [WRONG_RATE, OTHER], [WRONG_RATE, WRONG_RATE]])
def test_a_device_that_refuses(monkeypatch: pytest.MonkeyPatch, faults: list[Exception | None]) -> None:
    """Only another rate is worth a second try; then it is told what the device said."""
    count = len(faults)
    host = PortAudio(open=faults)
    with pytest.raises(NoDevice, match="box"):
        open_output(monkeypatch, host)
    assert host.rates == [24_000, 48_000][:count]


def test_a_device_of_another_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets its own."""
    output = open_output(monkeypatch, PortAudio(open=[WRONG_RATE]))
    assert output.fmt == PcmFormat(48_000)


@pytest.mark.parametrize(
    ("faults", "starts"), [([], True), ([LATE], True), ([LATE, LATE], True), ([LATE] * 3, False), ([OTHER], False)]
)
def test_a_start_that_takes_too_long(
    monkeypatch: pytest.MonkeyPatch, faults: list[Exception | None], *, starts: bool
) -> None:
    """A busy machine is given three chances, and the threads of the process their turns back in any case."""
    interval = sys.getswitchinterval()
    output = open_output(monkeypatch, PortAudio(start=faults))
    with contextlib.nullcontext() if starts else pytest.raises(DeviceLost, match="cannot start"):
        output.start()
    output.abort()
    assert sys.getswitchinterval() == interval


def test_a_callback_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device gets silence and ends; the thread that drives it finds the fault."""
    host = PortAudio()
    output = open_output(monkeypatch, host)
    feed = new_feed()
    output.attach(feed, 0)
    fault = ValueError("a bug")

    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(Feed, "fill", fail)
    block = bytearray(b"\1" * 8)
    with pytest.raises(PortAudio.CallbackAbort):
        host.callback(block, 4, None, None)
    assert feed.fault is fault
    assert block == bytes(8)


def test_quitting_does_not_click(monkeypatch: pytest.MonkeyPatch) -> None:
    """The block that the device asks for next falls silent before it is let go; one that never comes is not awaited."""
    host = PortAudio()
    output = open_output(monkeypatch, host)
    feed = Feed(FMT, Ring(1 << 20), JitterBuffer.for_device(FMT, 0.01, None, 1 << 20))
    output.attach(feed, 0)
    feed.ring.write(array("h", [9_000] * 500_000).tobytes())
    output.start()
    heard = array("h")

    def ask() -> None:
        while "abort" not in host.calls:
            block = bytearray(480)
            host.callback(block, 240, None, None)
            heard.frombytes(block)
            time.sleep(0.001)

    device = threading.Thread(target=ask)
    device.start()
    until(lambda: len(heard) > 1_000, "nothing is asked for")
    output.abort()
    device.join()
    samples = list(heard)
    first = samples.index(9_000)
    assert samples[-1] == 0
    assert max(before - after for before, after in pairwise(samples[first:])) <= 2 * 9_000 // 96
    # A device that is busy.
    output = open_output(monkeypatch, host)
    output.start()
    output.abort()
    assert host.calls.count("abort") == 2


def test_a_device_that_stops_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking sound back waits for the block under way, and not for ever; a call that never returns is left alone."""
    monkeypatch.setattr(portaudio_output, "CALL_S", 0.02)
    abandoned: list[bool] = []
    monkeypatch.setattr(portaudio, "abandon", lambda: abandoned.append(True))
    host = PortAudio()
    output = open_output(monkeypatch, host, "ALSA")
    feed = new_feed()
    output.attach(feed, 0)
    feed.ring.write(bytes(100))
    feed.ring._entered += 1
    with pytest.raises(DeviceLost, match="in the middle of a block"):
        output.withdraw(0, 0)
    output.abort()
    output.close()
    host.never.set()
    until(lambda: host.calls == ["stop", "close"], "it is not let go")
    assert abandoned == [True]
