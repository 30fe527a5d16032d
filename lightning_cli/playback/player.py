"""Sound out of the machine: a ring, filled by one thread and emptied by the device's callback.

The device is opened early and started with the first words. A stream that already runs on silence lets them wait for
its whole latency (38 ms measured against 3 ms). At the end silence follows the last frame for longer than the latency
before the stream is stopped, because every way of stopping cuts off what is still on its way.
"""

import sys
import time
from typing import TYPE_CHECKING, Any, Literal

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import DeviceLost
from lightning_cli.playback import devices, portaudio
from lightning_cli.playback.devices import OutputDevice
from lightning_cli.playback.feed import Feed, PlayerStats
from lightning_cli.playback.jitter_buffer import MARGIN_MS, Prebuffer
from lightning_cli.playback.reserve import DeviceFillEstimate
from lightning_cli.playback.ring import Ring
from lightning_cli.system.records import Record
from lightning_cli.system.watchdog import call_with_timeout, sleep

if TYPE_CHECKING:
    from lightning_cli.audio.resample import StreamResampler

__all__ = ["OutputDevice", "Player", "PlayerOptions", "PlayerStats", "list_devices"]

# Without a sign of life from the device for so long, it is lost.
STALL_S = 5.0
# What draining may take beyond the audio that is left: a busy machine's sound server was seen to lose several seconds.
DRAIN_MARGIN_S = 20.0
# Half the processor time of ALSA's own 35 ms. Beside two processes that never rest this one was woken up to 130 ms
# late, so a device gets more where speech need not wait for it (``devices.starts_empty``).
LEAST_LATENCY_S = 0.06
LEAST_PATIENT_LATENCY_S = 0.2
# How long a call into the device may take; a frozen sound server never answers.
CALL_S = 3.0
# The callback's turn comes in time beside a busy decoder (performance.md 1).
SWITCH_INTERVAL_S = 0.001
_INVALID_RATE, _TIMED_OUT = -9997, -9987  # paInvalidSampleRate, paTimedOut
_STARTS = 3  # PortAudio gives its thread a second to begin, which a busy machine may not grant
_LOST_HINT = "check that it is still connected and that the sound server runs"


class PlayerOptions(Record):
    """Choose how to play.

    ``device`` is a name, a part of it, or an index; ``prebuffer_ms`` fixes how much is gathered before sound begins,
    None adapts it; ``ring_ms`` is how far writing may run ahead; ``latency`` is PortAudio's in seconds, or a word for
    the device's own; its high one is taken for 60 ms at least, PulseAudio's for 200 ms.
    """

    device: str | int | None = None
    prebuffer_ms: int | None = None
    ring_ms: int = 60_000
    latency: Literal["high", "low"] | float = "high"


class Player:
    """Play 16-bit PCM on one device, once: open, write, end, drain, close; or abort at any time.

    One thread drives it. ``open`` may run in another that has ended; ``stats``, ``pause``, ``resume`` are for any.
    """

    def __init__(self, fmt: PcmFormat, options: PlayerOptions) -> None:
        if fmt.sample_width_bytes != 2:  # noqa: PLR2004 - the wire carries nothing else
            raise RuntimeError(f"cannot play {fmt.sample_width_bytes} bytes per sample")
        self.resampled_to: int | None = None
        self.latency_s = 0.0
        self._options = options
        self._source_fmt = self._fmt = fmt
        self._resampler: StreamResampler | None = None
        self._feed = Feed(fmt, Ring(0), Prebuffer(0, 0))
        self._stream: Any = None
        self._portaudio_error: type[Exception] = OSError  # sounddevice's own, once it is imported
        self._is_patient = self._stops_fast = False  # what the device allows, set by open
        self._started = False
        self._first_at: float | None = None
        self._stalled_s = 0.0
        self._switch_interval_s: float | None = None
        self._finished = False  # set by PortAudio's thread when the stream has ended, by whatever cause

    def open(self) -> None:
        """Import PortAudio and open the device without starting it; raises ``NoDevice``. Any one thread."""
        sounddevice = portaudio.load()
        self._portaudio_error = sounddevice.PortAudioError
        listed = portaudio.outputs(sounddevice)
        device = devices.choose(listed, self._options.device)
        self._stops_fast = device.host_api == devices.ALSA
        self._is_patient = devices.starts_empty(device, listed)
        if self._is_patient:
            portaudio.cut_buffers_finely(sounddevice)
        try:
            self._stream = self._open_stream(sounddevice, device, self._fmt.sample_rate)
        except self._portaudio_error as fault:
            if _INVALID_RATE not in fault.args or device.default_rate == self._fmt.sample_rate:
                raise devices.refused(device, str(fault.args[0])) from fault
            self._stream = self._open_resampled(sounddevice, device)
        self.latency_s = float(self._stream.latency)
        capacity = max(self._fmt.bytes_in_ms(self._options.ring_ms), 2 * self._fmt.frame_bytes)
        startup_fill_s = 0.0 if self._is_patient else self.latency_s
        self._feed.prebuffer = Prebuffer.for_device(self._fmt, startup_fill_s, self._options.prebuffer_ms, capacity)
        self._feed.ring, self._feed.reserve = (
            Ring(capacity),
            DeviceFillEstimate(self.latency_s) if self._is_patient else None,
        )

    def _open_resampled(self, sounddevice: Any, device: OutputDevice) -> Any:
        from lightning_cli.audio.resample import StreamResampler  # almost every device takes the rate as it is

        try:
            stream = self._open_stream(sounddevice, device, device.default_rate)
        except self._portaudio_error as fault:
            raise devices.refused(device, str(fault.args[0])) from fault
        self.resampled_to = device.default_rate
        self._fmt = PcmFormat(device.default_rate, self._source_fmt.channels)
        self._resampler = StreamResampler(self._source_fmt, device.default_rate)
        return stream

    def _open_stream(self, sounddevice: Any, device: OutputDevice, rate: int) -> Any:
        latency = self._options.latency
        if latency == "high":
            latency = max(device.high_latency_s, LEAST_PATIENT_LATENCY_S if self._is_patient else LEAST_LATENCY_S)

        def callback(out: Any, _frames: int, clock: Any, status: Any) -> None:
            try:
                delay_s = clock.outputBufferDacTime - clock.currentTime
                self._feed.fill(memoryview(out), late=bool(status), delay_s=delay_s)
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
            channels=self._source_fmt.channels,
            dtype="int16",
            latency=latency,
            callback=callback,
            finished_callback=finished,
        )

    def write(self, pcm: bytes | memoryview) -> None:
        """Take whole frames; waits while the ring is full. Raises ``DeviceLost``."""
        self._put(self._resampler.feed(pcm) if self._resampler else pcm)

    def mark(self) -> int:
        """Note the end of a segment and return its position for ``withdraw``; may wait for room like ``write``.

        What is written so far plays without waiting for more, and running dry here is no underrun.
        """
        if self._resampler:
            self._put(self._resampler.flush())
        self._feed.complete_to = self._feed.ring.written
        self._start_when_ready()
        return self._feed.complete_to

    def withdraw(self, to: int) -> int:
        """Take back what was written after the position ``to``, as far as nobody has heard it.

        Returns how many frames of it were heard or are on their way out of the device. Raises ``DeviceLost``.
        """
        if self._resampler:
            self._resampler.clear()
        ring = self._feed.ring
        ticket = ring.fence(to)
        waited_s = 0.0
        while not ring.settled(ticket):
            waited_s += sleep(0.001)
            if waited_s > CALL_S:
                raise DeviceLost("the audio device stopped in the middle of a block", hint=_LOST_HINT)
        return (ring.withdraw(to) - to) // self._fmt.frame_bytes

    def end(self) -> None:
        """Say that no more audio comes."""
        self.mark()
        self._feed.ended = True

    def drain(self) -> None:
        """Wait until the last frame was heard; raises ``DeviceLost`` when that takes longer than the audio lasts."""
        if not self._started:
            return
        feed = self._feed
        second = self._fmt.bytes_per_second
        tail = self._fmt.bytes_in_ms(self.latency_s * 1000 + MARGIN_MS)
        patience_s = (feed.ring.readable + tail) / second + DRAIN_MARGIN_S
        # The block is part of the sum each time: its size is not known before the device has asked for one.
        while (left := feed.ring.readable + tail + feed.block_bytes - feed.tail_bytes) > 0:
            napped_s = self._wait(left / second)
            patience_s -= 0.0 if feed.paused else napped_s
            if patience_s < 0:
                raise DeviceLost("the audio device plays slower than time passes", hint=_LOST_HINT)

    def pause(self) -> None:
        """Play silence until ``resume``; writing goes on while there is room."""
        self._feed.paused = True

    def resume(self) -> None:
        """Play on."""
        self._feed.paused = False

    def close(self) -> None:
        """Stop and let the device go; idempotent. Without ``drain`` the end is cut off."""
        self._let_go("stop")

    def abort(self) -> None:
        """Fall silent at once and let the device go; idempotent, never raises."""
        # With ALSA abort() cancels the callback's thread wherever it is, and inside Python that crashed the process;
        # stop() takes a block longer and drops what the device holds just so.
        self._let_go("stop" if self._stops_fast else "abort")

    @property
    def device_rate(self) -> int:
        """Return the rate that the device plays at, and that ``stats`` counts in."""
        return self._fmt.sample_rate

    @property
    def stats(self) -> PlayerStats:
        """Return the counts so far."""
        return self._feed.stats(self._fmt.frame_bytes, self.device_rate)

    def _put(self, pcm: bytes | memoryview) -> None:
        if self._stream is None or self._feed.ended:
            raise RuntimeError("write to a player that is not open, or was told that the audio has ended")
        self._check()
        view = memoryview(pcm)
        while True:
            view = view[self._feed.ring.write(view) :]
            self._start_when_ready()
            if not view:
                return
            self._wait(len(view) / self._fmt.bytes_per_second)

    def _start_when_ready(self) -> None:
        feed = self._feed
        if self._started or not feed.ring.readable:
            return
        now = time.monotonic()
        self._first_at = self._first_at or now
        if not feed.complete:
            feed.prebuffer.judge(feed.ring.readable, (now - self._first_at) * self._fmt.bytes_per_second)
        if not feed.prebuffer.ready(feed.ring.readable, complete=feed.complete):
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
        raise DeviceLost("the audio device does not start", hint=_LOST_HINT) from next(iter(faults), None)

    def _wait(self, wanted_s: float) -> float:
        """Sleep for a while, at most 50 ms, and return how long; raises what became of the device meanwhile."""
        self._check()
        calls = self._feed.calls
        napped_s = sleep(min(max(wanted_s, 0.002), 0.05))
        self._stalled_s = self._stalled_s + napped_s if self._feed.calls == calls else 0.0
        if self._stalled_s > STALL_S:
            raise DeviceLost(f"the audio device took no audio for {STALL_S:g} s", hint=_LOST_HINT)
        return napped_s

    def _check(self) -> None:
        if self._feed.fault is not None:
            raise self._feed.fault
        if self._finished:
            raise DeviceLost("the audio device stopped", hint=_LOST_HINT)

    def _let_go(self, how: str) -> None:
        if (stream := self._stream) is None:
            return
        self._stream = None
        self._feed.stopping = True

        def let_go() -> None:
            getattr(stream, how)()
            stream.close()

        if not call_with_timeout(let_go, CALL_S):
            portaudio.abandon()
        if self._switch_interval_s is not None:
            sys.setswitchinterval(self._switch_interval_s)


def list_devices() -> list[OutputDevice]:
    """List what can play, the default marked; raises ``NoDevice`` without PortAudio. Starts PortAudio."""
    return portaudio.outputs(portaudio.load())
