"""PulseAudio and PipeWire, spoken to directly: a deep buffer that gives everything back at once.

    ring ──► thread lightning-pulse ──► the server's buffer, two seconds ──► device, ten milliseconds

What the server holds can be written over until the device takes it, so a listener who pauses, jumps or quits waits
for the device alone, while a machine that is busy for two seconds is not heard. The server says how far the device
has come and how long what it took is on its way: the end is known and not guessed.

Two counts describe the stream. *Positions* are the ring's. *Indexes* are the server's and never go back. They run in
step from the ``origin`` on; a pause, after which a few milliseconds are played again, begins a new one.

PipeWire plays nothing that is shorter than its own period, so there every end gets some silence behind it, which what
comes next is written over.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from ctypes import byref
from typing import Any, NamedTuple

from lightning_cli.audio.fades import FADE_MS, fade_in, fade_out
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import DeviceLost
from lightning_cli.playback import libpulse
from lightning_cli.playback.feed import Feed
from lightning_cli.playback.jitter_buffer import JitterBuffer
from lightning_cli.playback.pulse_server import PulseRefusal, PulseServer, PulseSink
from lightning_cli.playback.ring import Ring
from lightning_cli.system.watchdog import abandon_thread

# What a busy machine may keep this process waiting.
DEEP_S = 2.0
# How much the device takes at a time; it is the delay that a listener who pauses notices.
_PERIOD_MS = 10
# What is changed must arrive before the device takes it.
_LEAD_MS = 6
# A hand does not wait longer for the server to say how far the device is: what it said last, and the time since, tell
# that to within a block, which the device takes as a whole. With 10 ms, four of 72 pauses and ends on a busy machine
# were cut hard; with 14, two of 168, and one of 96 where the answer was waited for.
_ASK_S, _UNASKED_LEAD_MS = 0.004, 14
_PIECE_BYTES = 64 * 1024
# What comes after something was taken back comes piece by piece; it begins with this much at once, so that a machine
# too busy for the second piece is not heard.
_GATHER_MS = 160
# More than a period of PipeWire's.
_PAD_MS = 100
# Not worth a message while the buffer is nearly full.
_LEAST_MS = 40
_TICK_S, _IDLE_TICK_S = 0.05, 0.2
_CONNECT_S = 5.0
_CALL_S = 3.0
# For the last sound to leave a device that counts in blocks.
_END_S = 0.01
# How long falling silent may keep a listener who quits.
_QUIT_S = 0.045
_LOST_HINT = "check that it is still connected and that the sound server runs"


class _Clock(NamedTuple):
    """How far the device was at a moment, and how indexes become positions."""

    read: int
    at: float
    is_playing: bool
    end: int
    origin_index: int
    origin_position: int
    delay_s: float


class PulseOutput:
    """See ``output.Output``."""

    level_s = DEEP_S
    startup_fill_s = 0.0

    def __init__(self, device: str | None = None) -> None:
        self.latency_s = _PERIOD_MS / 1000
        self.fmt = PcmFormat(0)
        self._device = device
        self._feed = Feed(self.fmt, Ring(0), JitterBuffer(0, 0))
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="lightning-pulse")
        # Set by the thread before it says that it is ready.
        self._ready = threading.Event()
        self._refusal: Exception | None = None
        self._server = PulseServer()
        self._library: Any = None
        self._stream: Any = None
        # Set by the driving thread.
        self._started = False
        self._stopping = False
        self._fades = False
        self._closed = False
        # The thread's alone, but for the clock and the time that the last sound is heard, which it publishes.
        self._clock = _Clock(0, 0.0, is_playing=False, end=0, origin_index=0, origin_position=0, delay_s=0.0)
        self._heard_at: float | None = None
        self._sent = 0
        self._corked = True
        self._paused = False
        self._resumed_at = 0.0
        # The server has nothing left to play; since when, unless it has never had anything.
        self._dry = True
        self._dry_at: float | None = None
        self._fades_in = False
        # The index of the end of what faded away last.
        self._faded_to = 0
        self._gathers = False
        self._looked_at = 0.0
        # Something was written over, which the device may have taken before.
        self._cuts = self._cutting = False
        # How often that was so, and a fade was not heard.
        self.late_cuts = 0
        # Whether ends need silence behind them, and whether the last one has it.
        self._pads = self._padded = False

    # The driving thread.

    def open(self, fmt: PcmFormat) -> None:
        """Connect to the server; raises ``PulseRefusal`` where there is none, ``DeviceLost`` if it does not answer."""
        self.fmt = fmt
        self._thread.start()
        if not self._ready.wait(_CONNECT_S + 1):
            abandon_thread(self._thread)
            raise DeviceLost("the sound server does not answer", hint=_LOST_HINT)
        if self._refusal is not None:
            self._thread.join(_CALL_S)
            self._free()
            raise self._refusal

    def attach(self, feed: Feed, lead_in_bytes: int) -> None:
        """Take the sound from here, and begin with silence; before ``start``."""
        feed.block_bytes = self._ms(_PERIOD_MS)
        self._feed = feed
        if lead_in_bytes:
            self._commands.put(lambda: self._lead_in(lead_in_bytes))
            self.wake()

    def start(self) -> None:
        """Begin to play."""
        self._started = True
        self.wake()

    def wake(self) -> None:
        """Look at the feed anew."""
        if not self._closed:
            self._server.wake()

    def position(self) -> int:
        """Return the position that is about to leave for the ear; any thread."""
        return _position(self._clock, time.monotonic(), self.fmt, 0.0)

    def heard(self) -> int:
        """Return the position that the listener has heard up to; any thread."""
        clock = self._clock
        return _position(clock, time.monotonic(), self.fmt, clock.delay_s)

    def withdraw(self, to: int, fade_bytes: int) -> int:
        """Take back what lies after ``to`` as far as possible; see ``Output``. Raises ``DeviceLost``."""
        answer: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._commands.put(lambda: answer.put(self._withdraw(to, fade_bytes)))
        self.wake()
        deadline = time.monotonic() + _CALL_S
        while True:
            try:
                return answer.get(timeout=0.05)
            except queue.Empty:
                if self._feed.fault is not None:
                    raise self._feed.fault from None
                if time.monotonic() > deadline or not self._thread.is_alive():
                    raise DeviceLost("the audio device does not answer", hint=_LOST_HINT) from None

    def left_s(self) -> float:
        """Return how long it takes until all of it was heard, at least; 0.0 when it was."""
        if self._heard_at is not None and self._sent >= self._feed.ring.written:
            return max(self._heard_at - time.monotonic(), 0.0)
        return max(self.fmt.seconds(self._feed.ring.written - self.position()), 0.002)

    def has_stopped(self) -> bool:
        """Return whether the device ended by itself; the fault then says why."""
        return False

    def close(self) -> None:
        """Disconnect from the server."""
        self._end()

    def abort(self) -> None:
        """Fall silent at once and let the server go."""
        self._fades = True
        self._end()

    def _end(self) -> None:
        if self._closed or not self._ready.is_set():
            return
        self._stopping = True
        self.wake()
        self._thread.join(_CALL_S)
        if self._thread.is_alive():
            abandon_thread(self._thread)
        else:
            self._free()

    def _free(self) -> None:
        self._closed = True
        self._server.close()

    # The thread.

    def _run(self) -> None:
        try:
            self._connect()
        except (PulseRefusal, DeviceLost) as refusal:
            self._refusal = refusal
            self._disconnect()
            return
        finally:
            self._ready.set()
        try:
            # A process that ends without another word is not kept.
            while not self._stopping and threading.main_thread().is_alive():
                self._obey()
                self._push()
                self._iterate(self._tick_s())
                self._look()
            if self._fades:
                self._fall_silent()
        except Exception as fault:  # noqa: BLE001 - a thread has no caller: the driving thread raises it
            self._feed.fault = fault
        finally:
            self._disconnect()

    def _connect(self) -> None:
        server = self._server
        deadline = server.connect()
        self._library = library = server.library
        name = self._sink(server.sinks(deadline)).name.encode() if self._device is not None else None
        self._pads = server.is_pipewire(deadline)
        spec = libpulse.SampleSpec(libpulse.S16LE, self.fmt.sample_rate, self.fmt.channels)
        self._stream = library.pa_stream_new(server.context, b"speech", byref(spec), None)
        if not self._stream:
            raise PulseRefusal(server.why())
        deep = self._ms(DEEP_S * 1000)
        # It begins with the first frame: what is gathered before is for the jitter buffer to say.
        sizes = libpulse.BufferAttr(2 * deep, deep, self.fmt.frame_bytes, self._ms(_PERIOD_MS), libpulse.UNSET)
        flags = libpulse.START_CORKED | libpulse.EARLY_REQUESTS
        if library.pa_stream_connect_playback(self._stream, name, byref(sizes), flags, None, None) < 0:
            raise PulseRefusal(server.why())
        ends = {libpulse.STREAM_FAILED, libpulse.STREAM_TERMINATED}
        server.until(library.pa_stream_get_state, self._stream, libpulse.STREAM_READY, ends, deadline)

    def _sink(self, sinks: Sequence[PulseSink]) -> PulseSink:
        wanted = (self._device or "").casefold()
        found = [sink for sink in sinks if wanted in {sink.name.casefold(), sink.description.casefold()}]
        if len(found) != 1:
            raise PulseRefusal(f"{len(found)} sinks have this name")
        return found[0]

    def _disconnect(self) -> None:
        stream, self._stream = self._stream, None
        if stream:
            self._library.pa_stream_disconnect(stream)
            self._library.pa_stream_unref(stream)
        self._server.disconnect()

    def _iterate(self, wait_s: float) -> None:
        self._server.turn(wait_s)
        library = self._library
        is_gone = library.pa_stream_get_state(self._stream) != libpulse.STREAM_READY
        if is_gone or library.pa_context_get_state(self._server.context) != libpulse.CONTEXT_READY:
            raise DeviceLost("the audio device stopped", hint=_LOST_HINT)

    def _tick_s(self) -> float:
        return _TICK_S if self._started and not (self._paused or self._dry) else _IDLE_TICK_S

    def _obey(self) -> None:
        if self._feed.paused != self._paused:
            if self._feed.paused:
                self._pause()
            else:
                self._paused = False
                self._resumed_at = time.monotonic()
        while not self._commands.empty():
            self._commands.get_nowait()()

    def _look(self) -> None:
        """Ask how far the device is, now and then and when it has run dry."""
        underflow = self._library.pa_stream_get_underflow_index(self._stream)
        ran_dry = underflow >= self._clock.end and not self._dry
        if self._started and (ran_dry or time.monotonic() - self._looked_at >= self._tick_s()):
            self._refresh()
        if self._paused and not self._corked and self._clock.read >= self._clock.end:
            self._cork(corked=True)

    def _refresh(self, limit_s: float = _CALL_S) -> bool:
        """Ask how far the device is; False without an answer in time."""
        library = self._library
        operation = library.pa_stream_update_timing_info(self._stream, None, None)
        deadline = time.monotonic() + limit_s
        while library.pa_operation_get_state(operation) == libpulse.OPERATION_RUNNING:
            if time.monotonic() > deadline or (self._stopping and not self._fades):
                library.pa_operation_unref(operation)
                return False
            self._iterate(min(0.02, limit_s))
        library.pa_operation_unref(operation)
        info = library.pa_stream_get_timing_info(self._stream)
        if info:
            self._note(info.contents)
        return True

    def _note(self, info: libpulse.TimingInfo) -> None:
        now = self._looked_at = time.monotonic()
        end = self._clock.end
        is_playing = bool(info.playing) and not self._corked
        delay_s = info.sink_usec / 1e6
        self._feed.calls += 1
        self._clock = self._clock._replace(read=info.read_index, at=now, is_playing=is_playing, delay_s=delay_s)
        self._feed.ring.release(min(_position(self._clock, now, self.fmt, 0.0, still=True), self._sent))
        is_still = not is_playing or self._padded
        is_dry = is_still and info.read_index >= end and self._started and end > 0
        if is_dry and self._heard_at is None:
            self._heard_at = now + delay_s + _END_S
        # Behind a pause, what fades in has not been sent yet.
        if is_dry and not (self._dry or self._paused or self._fades_in or self._cutting):
            # How long the device has had nothing is counted by the server.
            since_s = 0.0 if is_playing else self.fmt.seconds(max(info.since_underrun, 0))
            self._dry, self._dry_at = True, max(now - since_s, self._resumed_at)
            is_boundary = self._feed.is_boundary(self._sent)
            if not is_boundary and self._feed.ring.written > self._sent:
                self._feed.late_blocks += 1
            self._feed.jitter_buffer.on_underrun(0, complete=is_boundary)

    def _push(self) -> None:
        """Send what there is, as far ahead of the device as the buffer is deep."""
        feed = self._feed
        if not self._started or self._paused:
            return
        if self._dry and feed.complete and feed.ring.written == self._sent:
            feed.jitter_buffer.on_underrun(0, complete=True)
        while (size := self._sendable()) > 0:
            if self._padded or self._cuts:
                self._find_place()
            pcm = feed.ring.peek(self._sent, size)
            if self._fades_in:
                self._fades_in = False
                fading = min(self._ms(FADE_MS), size)
                pcm = fade_in(pcm[:fading], self.fmt.channels) + pcm[fading:]
            self._write(pcm, self._clock.end)
            self._sent += size
            if self._corked:
                self._cork(corked=False)
            if feed.first_sound is None:
                feed.first_sound = time.monotonic()
                feed.calls += 1
        if feed.complete and feed.ring.written == self._sent:
            self._pad()

    def _sendable(self) -> int:
        """Return how much may be sent now; too little is not worth it."""
        unsent = self._feed.ring.written - self._sent
        if self._gathers and unsent < self._ms(_GATHER_MS) and not self._feed.complete:
            return 0
        self._gathers = self._gathers and unsent <= 0
        if unsent <= 0 or (self._dry and not self._may_begin(unsent)):
            return 0
        ahead = self._clock.end - _read(self._clock, time.monotonic(), self.fmt)
        room = self._ms(DEEP_S * 1000) - ahead
        return 0 if room < min(unsent, self._ms(_LEAST_MS)) else min(unsent, room, _PIECE_BYTES)

    def _pad(self) -> None:
        """Put silence behind the end, where the server needs it to play that."""
        if self._pads and not self._padded and self._clock.read < self._clock.end:
            size = self._ms(_PAD_MS)
            self._library.pa_stream_write(
                self._stream, bytes(size), size, None, self._clock.end, libpulse.SEEK_ABSOLUTE
            )
            self._padded = True

    def _find_place(self) -> None:
        """Continue behind the end, or where the device is if it has come further.

        It has where it plays the silence behind the end, or took what was to be cut before the cut arrived.
        """
        self._cuts = False
        self._refresh()
        clock, read = self._clock, self._clock.read
        if clock.is_playing and self._padded:
            passed_s = time.monotonic() - clock.at
            read += self._ms(passed_s * 1000 + _LEAD_MS)
        if read > clock.end:
            self.late_cuts += not self._padded
            self._clock = clock._replace(end=read, origin_index=read, origin_position=self._sent)

    def _may_begin(self, unsent: int) -> bool:
        """Return whether there is enough to play, and close the account of the silence before it."""
        jitter_buffer, complete = self._feed.jitter_buffer, self._feed.complete
        if self._dry_at is not None and jitter_buffer.ready(unsent, complete=complete):
            silence_s = time.monotonic() - self._dry_at
            jitter_buffer.on_underrun(self._ms(silence_s * 1000), complete=False)
            self._dry_at = None
        if not jitter_buffer.may_read(unsent, complete=complete):
            return False
        self._dry = False
        return True

    def _write(self, pcm: bytes, index: int) -> None:
        """Write at an index of the server; what lay behind it is gone."""
        library = self._library
        if library.pa_stream_write(self._stream, pcm, len(pcm), None, index, libpulse.SEEK_ABSOLUTE) < 0:
            raise DeviceLost(f"the audio device stopped ({self._server.why()})", hint=_LOST_HINT)
        # The device goes on from here if it had nothing.
        now = time.monotonic()
        clock = self._clock
        if not clock.is_playing:
            clock = clock._replace(at=now, is_playing=True)
        self._clock = clock._replace(end=index + len(pcm))
        self._heard_at = None
        self._padded = False

    def _cork(self, *, corked: bool) -> None:
        self._corked = corked
        if corked:
            self._clock = self._clock._replace(is_playing=False)
        library = self._library
        operation = library.pa_stream_cork(self._stream, int(corked), None, None)
        library.pa_operation_unref(operation)

    def _lead_in(self, size: int) -> None:
        self._write(bytes(size), 0)
        self._clock = self._clock._replace(origin_index=size)
        self._cork(corked=False)

    def _pause(self) -> None:
        self._paused = True
        if not self._started or self._dry or self._corked:
            return
        cut = self._next_cut(within_s=_ASK_S)
        if cut is None:
            return
        self._sent = self._fade_at(cut)
        # What fades away is said again.
        self._clock = self._clock._replace(origin_index=self._clock.end, origin_position=self._sent)
        self._fades_in = True

    def _next_cut(self, within_s: float = _CALL_S) -> int | None:
        """Return the first index that can still be written over, None where there is nothing behind it."""
        lead_ms = _LEAD_MS if self._refresh(within_s) else _UNASKED_LEAD_MS
        clock = self._clock
        # Before the origin there is silence; what fades away already is not cut again.
        cut = max(_read(clock, time.monotonic(), self.fmt) + self._ms(lead_ms), clock.origin_index, self._faded_to)
        return cut if cut < clock.end else None

    def _fade_at(self, cut: int, fade_bytes: int = 0) -> int:
        """Fade away from an index of the server and end there; return the position of the index."""
        position = self._clock.origin_position + cut - self._clock.origin_index
        size = min(fade_bytes or self._ms(FADE_MS), self._clock.end - cut)
        self._write(fade_out(self._feed.ring.peek(position, size), self.fmt.channels), cut)
        self._faded_to = self._clock.end
        self._cuts = True
        self._pad()
        return position

    def _withdraw(self, to: int, fade_bytes: int) -> int:
        """Take back; the driving thread waits, so the ring is ours."""
        keep = max(to, self._sent)
        if self._sent > to and not (self._paused or self._dry) and (cut := self._next_cut()) is not None:
            clock = self._clock
            cut = max(cut, clock.origin_index + to - clock.origin_position)
            position = clock.origin_position + cut - clock.origin_index
            if cut < clock.end and fade_bytes:
                self._fade_at(cut, fade_bytes)
                keep = self._sent = position + self._clock.end - cut
            elif cut < clock.end:
                # The frame before it once more: the end of a write is the end of what the server has.
                frame = self.fmt.frame_bytes
                self._write(self._feed.ring.peek(position - frame, frame), cut - frame)
                keep = self._sent = position
            keep = self._sent = keep + self._taken_before_cut()
        elif self._sent > to and self._paused:
            keep = max(to, self._sent)
        self._gathers = True
        return self._feed.ring.cut(keep)

    def _taken_before_cut(self) -> int:
        """Return how much of what was just cut the device had taken when the cut arrived; go on behind it."""
        self._cutting = True
        self._refresh()
        self._cutting = False
        clock = self._clock
        late = max(clock.read - clock.end, 0) if not self._padded else 0
        if late:
            self.late_cuts += 1
            self._clock = clock._replace(end=clock.read)
        self._cuts = False
        return late

    def _fall_silent(self) -> None:
        """Fade away and wait for the device to have done so, for a listener who has heard enough."""
        deadline = time.monotonic() + _QUIT_S
        if self._dry or self._corked:
            return
        if (cut := self._next_cut(_ASK_S)) is not None:
            self._fade_at(cut)
        while not self._stopped_sounding() and time.monotonic() < deadline:
            self._iterate(0.003)
            self._refresh(_QUIT_S)
        self.late_cuts += self._clock.read > self._clock.end and not self._padded

    def _stopped_sounding(self) -> bool:
        return self._clock.read >= self._clock.end and time.monotonic() >= self._clock.at + self._clock.delay_s

    def _ms(self, ms: float) -> int:
        return self.fmt.bytes_in_ms(ms)


def _read(clock: _Clock, now: float, fmt: PcmFormat) -> int:
    """Return the index that the device has come to, about."""
    if not clock.is_playing:
        return min(clock.read, clock.end)
    passed = int((now - clock.at) * fmt.sample_rate) * fmt.frame_bytes
    return min(clock.read + passed, clock.end)


def _position(clock: _Clock, now: float, fmt: PcmFormat, delay_s: float, *, still: bool = False) -> int:
    """Return the position of what the device takes now, or took ``delay_s`` ago; ``still``: at the clock's moment."""
    read = clock.read if still else _read(clock, now, fmt)
    read -= int(delay_s * fmt.sample_rate) * fmt.frame_bytes
    return max(clock.origin_position + max(read - clock.origin_index, 0), 0)
