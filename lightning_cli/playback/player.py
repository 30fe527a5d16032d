"""Sound out of the machine: a ring, filled by one thread and emptied by an output.

PulseAudio and PipeWire are spoken to directly (``pulse_output``); PortAudio is the general path to everything else.
"""

import time
from typing import TYPE_CHECKING

from lightning_cli.audio.fades import FADE_MS
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import DeviceLost
from lightning_cli.playback import devices, portaudio
from lightning_cli.playback.devices import OutputDevice
from lightning_cli.playback.feed import Feed, PlayerStats
from lightning_cli.playback.jitter_buffer import JitterBuffer
from lightning_cli.playback.output import Output
from lightning_cli.playback.player_options import PlayerOptions
from lightning_cli.playback.ring import Ring
from lightning_cli.system import last_seen
from lightning_cli.system.watchdog import sleep

if TYPE_CHECKING:
    from lightning_cli.audio.resample import StreamResampler

__all__ = ["OutputDevice", "Player", "PlayerOptions", "PlayerStats", "list_devices"]

# Without a sign of life from the device for so long, it is lost.
STALL_S = 5.0
# What draining may take beyond the audio that is left: a busy machine's sound server was seen to lose several seconds.
DRAIN_MARGIN_S = 20.0
_LOST_HINT = "check that it is still connected and that the sound server runs"


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
        self._feed = Feed(fmt, Ring(0), JitterBuffer(0, 0))
        self._output: Output | None = None
        self._started = False
        self._first_at: float | None = None
        self._stalled_s = 0.0

    def open(self) -> None:
        """Open the device without starting it; raises ``NoDevice`` or ``DeviceLost``. Any one thread."""
        self._output = output = self._open_output()
        self.latency_s = output.latency_s
        self._fmt = fmt = output.fmt
        if fmt.sample_rate != self._source_fmt.sample_rate:
            from lightning_cli.audio.resample import StreamResampler  # almost every device takes the rate as it is

            self.resampled_to = fmt.sample_rate
            self._resampler = StreamResampler(self._source_fmt, fmt.sample_rate)
        capacity = max(fmt.bytes_in_ms(self._options.ring_ms), 2 * fmt.frame_bytes)
        jitter_buffer = JitterBuffer.for_device(fmt, output.startup_fill_s, self._options.prebuffer_ms, capacity)
        paused = self._feed.paused
        self._feed = Feed(fmt, Ring(capacity), jitter_buffer)
        self._feed.paused = paused
        output.attach(self._feed, fmt.bytes_in_ms(self._options.lead_in_ms))

    def _open_output(self) -> Output:
        wanted = self._options.device
        if devices.may_be_pulse(wanted) and (pulse := self._open_pulse(devices.sink_named(wanted))):
            return pulse
        # Only a part of a sink's name, or its number, is left to be found here.
        chosen = devices.choose(list_devices(), wanted)
        if chosen.sink:
            if pulse := self._open_pulse(chosen.sink):
                return pulse
            raise devices.refused(chosen, "the sound server refused the stream")
        from lightning_cli.playback.portaudio_output import PortAudioOutput

        other = PortAudioOutput(chosen.index, self._options.latency)
        other.open(self._source_fmt)
        return other

    def _open_pulse(self, sink: str | None) -> Output | None:
        """Open a sink of PulseAudio, its default one without a name; None where it does not play there."""
        from lightning_cli.playback.pulse_output import PulseOutput  # where PulseAudio is wanted
        from lightning_cli.playback.pulse_server import PulseRefusal

        pulse = PulseOutput(sink)
        try:
            pulse.open(self._source_fmt)
        except PulseRefusal:
            return None
        last_seen.remember_device(sink or "pulse", devices.PULSE)
        return pulse

    def write(self, pcm: bytes | memoryview, *, ends: bool = False) -> None:
        """Take whole frames, the last of a segment where it ``ends``; waits while the ring is full.

        Raises ``DeviceLost``.
        """
        if self._output is None or self._feed.stopping or self._feed.ended:
            raise RuntimeError("write to a player that is not open, or was told that the audio has ended")
        self._check()
        if self._resampler is not None:
            pcm = self._resampler.feed(pcm) + (self._resampler.flush() if ends else b"")
        view = memoryview(pcm)
        while True:
            view = view[self._feed.ring.write(view) :]
            self._start_when_ready()
            self._wake()
            if not view:
                return
            self._wait(len(view) / self._fmt.bytes_per_second)

    def mark(self) -> int:
        """Note the end of a segment and return its position for ``withdraw``; may wait for room like ``write``.

        What is written so far plays without waiting for more, and running dry here is not an underrun.
        """
        if self._resampler:
            self.write(b"", ends=True)
        self._feed.mark()
        self._start_when_ready()
        self._wake()
        return self._feed.complete_to

    def withdraw(self, to: int) -> int:
        """Take back what was written after the position ``to``, as far as it is not on its way out of the device.

        Return how many frames of it were heard or are on their way. Raises ``DeviceLost``.
        """
        return (self._withdraw(to, 0) - to) // self._fmt.frame_bytes

    def fade_away(self) -> int:
        """Take back all that is not on its way out of the device, fading; return where the next byte will be written.

        Raises ``DeviceLost``.
        """
        return self._withdraw(self._feed.ring.consumed, self._fmt.bytes_in_ms(FADE_MS))

    def _withdraw(self, to: int, fade_bytes: int) -> int:
        if self._resampler:
            self._resampler.clear()
        return self._opened().withdraw(to, fade_bytes)

    def end(self) -> None:
        """Mark the end of the audio."""
        self.mark()
        self._feed.ended = True
        self._wake()

    def drain(self) -> None:
        """Wait until the last frame was heard; raises ``DeviceLost`` when that takes longer than the audio lasts."""
        if not self._started:
            return
        output = self._opened()
        patience_s = output.left_s() + DRAIN_MARGIN_S
        while (left_s := output.left_s()) > 0:
            waited_s = self._wait(left_s)
            patience_s -= 0.0 if self._feed.paused else waited_s
            if patience_s < 0:
                raise DeviceLost("the audio device plays slower than time passes", hint=_LOST_HINT)

    def pause(self) -> None:
        """Play silence until ``resume``; writing goes on while there is room."""
        self._feed.paused = True
        self._wake()

    def resume(self) -> None:
        """Play on."""
        self._feed.paused = False
        self._wake()

    def close(self) -> None:
        """Stop and let the device go; idempotent. Without ``drain`` the end is cut off."""
        self._feed.stopping = True
        if self._output is not None:
            self._output.close()

    def abort(self) -> None:
        """Fall silent at once and let the device go; idempotent, never raises."""
        self._feed.stopping = True
        if self._output is not None:
            self._output.abort()

    @property
    def device_rate(self) -> int:
        """Return the rate that the device plays at, and that ``stats`` counts in."""
        return self._fmt.sample_rate

    @property
    def heard_frames(self) -> int:
        """Return how many frames the listener has heard, at the device's rate; any thread."""
        return self._output.heard() // self._fmt.frame_bytes if self._output is not None else 0

    @property
    def written_frames(self) -> int:
        """Return how many frames were written and not taken back, at the device's rate."""
        return self._feed.ring.written // self._fmt.frame_bytes

    @property
    def stats(self) -> PlayerStats:
        """Return the counts so far."""
        return self._feed.stats(self._fmt.frame_bytes, self.device_rate)

    def _opened(self) -> Output:
        if self._output is None:
            raise RuntimeError("the player is not open")
        return self._output

    def _wake(self) -> None:
        if self._output is not None:
            self._output.wake()

    def _start_when_ready(self) -> None:
        feed = self._feed
        if self._started or not feed.ring.readable:
            return
        now = time.monotonic()
        self._first_at = self._first_at or now
        if not feed.complete:
            feed.jitter_buffer.judge(feed.ring.readable, (now - self._first_at) * self._fmt.bytes_per_second)
        if feed.jitter_buffer.ready(feed.ring.readable, complete=feed.complete):
            self._started = True
            self._opened().start()

    def _wait(self, wanted_s: float) -> float:
        """Sleep for a while, at most 50 ms, and return how long; raises what became of the device meanwhile."""
        self._check()
        calls = self._feed.calls
        waited_s = sleep(min(max(wanted_s, 0.002), 0.05))
        self._stalled_s = self._stalled_s + waited_s if self._feed.calls == calls else 0.0
        if self._stalled_s > STALL_S:
            raise DeviceLost(f"the audio device took no audio for {STALL_S:g} s", hint=_LOST_HINT)
        return waited_s

    def _check(self) -> None:
        if self._feed.fault is not None:
            raise self._feed.fault
        if self._output is not None and self._output.has_stopped():
            raise DeviceLost("the audio device stopped", hint=_LOST_HINT)


def list_devices() -> list[OutputDevice]:
    """List what can play, the default marked; raises ``NoDevice`` without PortAudio. Starts PortAudio."""
    from lightning_cli.playback.pulse_server import pulse_sinks

    known = portaudio.outputs(portaudio.load())
    first_index = max((device.index for device in known), default=-1) + 1
    return last_seen.remembered([*known, *devices.pulse_outputs(pulse_sinks(), first_index)])
