"""What PortAudio reaches: ALSA, JACK, Core Audio, WASAPI. The device asks for blocks, and a callback answers.

The device is started with the first words: a stream that already runs on silence lets them wait for its whole latency
(38 ms measured against 3 ms). At the end silence follows the last frame for longer than the latency before the stream
is stopped, because every way of stopping cuts off what is still on its way.
"""

import sys
from typing import Any, Literal

from lightning_cli.audio.fades import fade_out
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import DeviceLost
from lightning_cli.playback import devices, portaudio
from lightning_cli.playback.devices import OutputDevice
from lightning_cli.playback.feed import Feed
from lightning_cli.playback.jitter_buffer import MARGIN_MS, JitterBuffer
from lightning_cli.playback.ring import Ring
from lightning_cli.system.watchdog import call_with_timeout, sleep

# Half the processor time of ALSA's own 35 ms.
LEAST_LATENCY_S = 0.06
# How long a call into the device may take; a frozen sound server never answers.
CALL_S = 3.0
# The callback's turn comes in time beside a busy decoder (performance.md 1).
SWITCH_INTERVAL_S = 0.001
_INVALID_RATE, _TIMED_OUT = -9997, -9987  # paInvalidSampleRate, paTimedOut
_STARTS = 3  # PortAudio gives its thread a second to begin, which a busy machine may not grant
# Taking back and putting again must be done before the device gets there: a block, and this.
_LEAD_MS = 5
# How long falling silent may keep a listener who quits.
_QUIT_S = 0.045
_STEREO = 2
_LOST_HINT = "check that it is still connected and that the sound server runs"


class PortAudioOutput:
    """See ``output.Output``."""

    level_s = 0.8

    def __init__(self, device: str | int | None, latency: Literal["high", "low"] | float) -> None:
        self.latency_s = self.startup_fill_s = 0.0
        self.fmt = PcmFormat(0)
        self._wanted = device
        self._latency = latency
        self._feed = Feed(self.fmt, Ring(0), JitterBuffer(0, 0))
        self._stream: Any = None
        self._portaudio_error: type[Exception] = OSError  # sounddevice's own, once it is imported
        self._stops_fast = False
        self._doubles = False
        self._started = False
        self._switch_interval_s: float | None = None
        self._finished = False  # set by PortAudio's thread when the stream has ended, by whatever cause

    def open(self, fmt: PcmFormat) -> None:
        """Import PortAudio and open the device, at its own rate if it does not take this one; raises ``NoDevice``."""
        self.fmt = fmt
        sounddevice = portaudio.load()
        self._portaudio_error = sounddevice.PortAudioError
        device = devices.choose(portaudio.outputs(sounddevice), self._wanted)
        self._stops_fast = device.host_api == devices.ALSA
        self._doubles = fmt.channels == 1 and devices.plays_mono_on_one_side(device)
        try:
            self._stream = self._open_stream(sounddevice, device, fmt.sample_rate)
        except self._portaudio_error as fault:
            if _INVALID_RATE not in fault.args or device.default_rate == fmt.sample_rate:
                raise devices.refused(device, str(fault.args[0])) from fault
            try:
                self._stream = self._open_stream(sounddevice, device, device.default_rate)
            except self._portaudio_error as second:
                raise devices.refused(device, str(second.args[0])) from second
            self.fmt = PcmFormat(device.default_rate, fmt.channels)
        self.latency_s = self.startup_fill_s = float(self._stream.latency)

    def _open_stream(self, sounddevice: Any, device: OutputDevice, rate: int) -> Any:
        latency = self._latency
        if latency == "high":
            latency = max(device.high_latency_s, LEAST_LATENCY_S)

        def callback(out: Any, frames: int, _clock: Any, status: Any) -> None:
            try:
                if self._doubles:
                    one = memoryview(bytearray(frames * self.fmt.frame_bytes))
                    self._feed.fill(one, late=bool(status))
                    both = memoryview(out).cast("B").cast("h")
                    both[::2] = both[1::2] = one.cast("h")
                else:
                    self._feed.fill(memoryview(out), late=bool(status))
            except Exception as fault:
                # A callback has no caller: the driving thread finds the fault at its next write or drain.
                self._feed.fault = fault
                out[:] = bytes(len(out))
                raise sounddevice.CallbackAbort from fault

        def finished() -> None:
            self._finished = True

        return sounddevice.RawOutputStream(
            samplerate=rate,
            blocksize=0,
            device=device.index,
            channels=_STEREO if self._doubles else self.fmt.channels,
            dtype="int16",
            latency=latency,
            callback=callback,
            finished_callback=finished,
        )

    def attach(self, feed: Feed, lead_in_bytes: int) -> None:
        """Take the sound from here, and begin with silence; before ``start``. Raises ``DeviceLost``."""
        self._feed = feed
        feed.lead_in_bytes = lead_in_bytes
        if lead_in_bytes:
            self.start()

    def start(self) -> None:
        """Begin to play, if it was not begun; raises ``DeviceLost``."""
        if self._started:
            return
        self._started = True
        self._switch_interval_s = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        faults: list[Exception] = []

        def start() -> None:
            try:
                self._stream.start()
            except self._portaudio_error as fault:
                faults.append(fault)

        for attempt in range(_STARTS):
            if call_with_timeout(start, CALL_S) and len(faults) == attempt:
                return
            if not faults or _TIMED_OUT not in faults[-1].args:
                break
        raise DeviceLost("cannot start the audio device", hint=_LOST_HINT) from next(iter(faults), None)

    def wake(self) -> None:
        """Do nothing: the device looks by itself."""

    def position(self) -> int:
        """Return the position that the device has come to; any thread."""
        return self._feed.ring.consumed

    def heard(self) -> int:
        """Return the position that the listener has heard up to, about; any thread."""
        return max(self._feed.ring.consumed - self.fmt.bytes_in_ms(self.latency_s * 1000), 0)

    def withdraw(self, to: int, fade_bytes: int) -> int:
        """Take back what lies after ``to`` as far as possible; see ``Output``. Raises ``DeviceLost``."""
        ring = self._feed.ring
        if fade_bytes:
            self._feed.forget_faded()
            to = max(to, min(ring.consumed + self._feed.block_bytes + self.fmt.bytes_in_ms(_LEAD_MS), ring.written))
            fade_bytes = min(fade_bytes, ring.written - to)
        fading = ring.peek(to, fade_bytes) if fade_bytes else b""
        ticket = ring.fence(to)
        waited_s = 0.0
        while not ring.settled(ticket):
            waited_s += sleep(0.001)
            if waited_s > CALL_S:
                raise DeviceLost("the audio device stopped in the middle of a block", hint=_LOST_HINT)
        at = ring.withdraw(to)
        if fading and at == to:
            at += ring.write(fade_out(fading, self.fmt.channels))
        return at

    def left_s(self) -> float:
        """Return how long it takes until all of it was heard, at least; 0.0 when it was."""
        feed = self._feed
        tail = self.fmt.bytes_in_ms(self.latency_s * 1000 + MARGIN_MS)
        # The block is part of the sum each time: its size is not known before the device has asked for one.
        return max(feed.ring.readable + tail + feed.block_bytes - feed.tail_bytes, 0) / self.fmt.bytes_per_second

    def has_stopped(self) -> bool:
        """Return whether the device ended by itself."""
        return self._finished

    def close(self) -> None:
        """Stop and let the device go. Without waiting for ``left_s`` the end is cut off."""
        self._let_go("stop")

    def abort(self) -> None:
        """Fall silent at once and let the device go."""
        # With ALSA abort() cancels the callback's thread wherever it is, and inside Python that crashed the process;
        # stop() takes a block longer and drops what the device holds just so.
        if not self._stops_fast:
            self._fade_away()
        self._let_go("stop" if self._stops_fast else "abort")

    def _fade_away(self) -> None:
        """Fade out the next block as at a pause; one that is long in coming is cut."""
        if self._stream is None or not self._started:
            return
        self._feed.paused = True
        waited_s = 0.0
        while not (self._feed.has_paused or self._finished) and waited_s < _QUIT_S:
            waited_s += sleep(0.002)

    def _let_go(self, how: str) -> None:
        if (stream := self._stream) is None:
            return
        self._stream = None

        def let_go() -> None:
            getattr(stream, how)()
            stream.close()

        if not call_with_timeout(let_go, CALL_S):
            portaudio.abandon()
        if self._switch_interval_s is not None:
            sys.setswitchinterval(self._switch_interval_s)
