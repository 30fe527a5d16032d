"""The thread behind a deck: moves audio from the tape to the player, little at a time, and back when it is unwanted.

The player never holds much more than its output's ``level_s``, so that what it holds can be taken back and put there
again in another order, at another volume or another speed, in the time it takes to play a block or two.
"""

import queue
import time
from collections import deque
from collections.abc import Callable

from lightning_cli.audio.fades import FADE_MS, fade_in
from lightning_cli.audio.gain import Volume, VolumeState
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.audio.stretch import Stretcher, StretchState
from lightning_cli.errors import DeviceLost
from lightning_cli.playback.history import History
from lightning_cli.playback.player import STALL_S, Player
from lightning_cli.system import trace
from lightning_cli.system.records import Record

# Taking back and putting again must be done before the device gets there: a block, and this.
_LEAD_MS = 20
# Audio is moved, and taken back, in pieces of this length.
_PIECE_MS = 20
_TICK_S = 0.1
# Another sentence that is on its way is there by then; one that is not written yet may take for ever.
IDLE_S = 2.0


class TapedPlayer(Player):
    """A player whose filling can be looked at; sizes in bytes at the device's rate."""

    @property
    def consumed(self) -> int:
        """Return the position that the device has come to."""
        return self._output.position() if self._output is not None else 0

    @property
    def heard(self) -> int:
        """Return the position that the listener has heard up to."""
        return self._output.heard() if self._output is not None else 0

    @property
    def filled_to(self) -> int:
        """Return the position that was written to."""
        return self._feed.ring.written

    @property
    def unheard(self) -> int:
        """Return how much waits for the device."""
        return max(self._feed.ring.written - self.consumed, 0)

    @property
    def level(self) -> int:
        """Return how much should wait for the device."""
        level_s = self._output.level_s if self._output is not None else 0.0
        return max(self.bytes_in_s(level_s), self.need)

    @property
    def need(self) -> int:
        """Return how much it wants to hold before it plays on."""
        return self._feed.jitter_buffer.need_bytes

    @property
    def calls(self) -> int:
        """Return how often the device has given a sign of life; 0 before it was started."""
        return self._feed.calls

    @property
    def is_marked(self) -> bool:
        """Return whether it was told that it holds a complete segment."""
        return self._feed.complete

    @property
    def lead(self) -> int:
        """Return how far ahead of the device what it holds may be changed."""
        return self._feed.block_bytes + self._fmt.bytes_in_ms(_LEAD_MS)

    def forget_faded(self) -> None:
        """Leave out what faded away at the pause when playback goes on."""
        self._feed.forget_faded()

    def bytes_in_s(self, seconds: float) -> int:
        """Return the size of a time at the device's rate."""
        return self._fmt.bytes_in_ms(seconds * 1000)


class _Piece(Record):
    """Where something in the player came from, how fast it is spoken, and the state of what shapes it before it."""

    ring: int
    tape: int
    rate: float
    volume: VolumeState
    stretch: StretchState


class Sound:
    """What the listener chose of the sound: the volume and the speed; the pump's, which alone may change it."""

    def __init__(self, fmt: PcmFormat, percent: int = 100, rate: float = 1.0) -> None:
        self.volume = Volume(fmt, percent)
        self.stretch = Stretcher(fmt, rate)

    def prepare(self) -> None:
        """Load numpy now if it will be needed."""
        self.volume.prepare()
        self.stretch.prepare()

    @property
    def is_plain(self) -> bool:
        """Return whether audio is heard as it is."""
        return self.stretch.is_plain and self.volume.is_plain

    def feed(self, pcm: bytes) -> bytes:
        """Return what the listener is to hear of it."""
        return self.volume.feed(self.stretch.feed(pcm))

    def flush(self) -> bytes:
        """Return what is left at the end of a sentence."""
        return self.volume.feed(self.stretch.flush())


class Pump:
    """Play a history. ``run`` is the thread; all else that changes anything is called on it, through ``inbox``."""

    def __init__(
        self, history: History, player: TapedPlayer, sound: Sound, on_idle: Callable[[], None] | None = None
    ) -> None:
        self.inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        # Set by the thread, looked at by all.
        self.opened = False
        self.paused = False
        self.fault: Exception | None = None
        # The thread's alone.
        self._history = history
        self._player = player
        self._sound = sound
        self._piece_bytes = history.fmt.bytes_in_ms(_PIECE_MS)
        self._pieces: deque[_Piece] = deque()
        # What goes to the player next, and the sentence that was asked for and is not there yet.
        self._position = 0
        self._target: int | None = None
        # The last jump: up to this position in the player sounds what was left, behind it what was gone to.
        self._jump_ring = self._jump_tape = 0
        # It led into the middle of a sound.
        self._jump_fades_in = False
        self._held = False
        self._stopping = False
        self._calls = 0
        self._stalled_s = 0.0
        self._on_idle = on_idle
        self._idle_s = 0.0

    @property
    def is_skipping(self) -> bool:
        """Return whether a sentence was asked for that has not arrived."""
        return self._target is not None

    def run(self) -> None:
        """Open the device and play until all was heard or ``stop``; what fails is kept in ``fault``."""
        started = trace.now()
        try:
            self._player.open()
            trace.mark(trace.DEVICE, started)
            self._sound.prepare()
            self.opened = True
            self._obey()
            while not (self._stopping or self._is_over()):
                self._fill()
                self._wait()
                self._obey()
            self._publish()
            if not self._stopping:
                self._player.end()
                self._player.drain()
                self._history.listening = self._position
                self._player.close()
        except Exception as fault:  # noqa: BLE001 - a thread has no caller: the thread that writes or waits raises this
            self.fault = fault
        finally:
            self._player.abort()

    def stop(self) -> None:
        """Fall silent and end."""
        self._stopping = True

    def toggle(self) -> None:
        """Pause, or play on."""
        self.set_paused(paused=not self.paused)

    def set_paused(self, *, paused: bool) -> None:
        """Pause or play."""
        self.paused = paused
        self._pause_or_play()

    def hold(self, *, held: bool) -> None:
        """Play silence while ``held``, paused or not."""
        self._held = held
        self._pause_or_play()

    def go(self, step: int) -> None:
        """Jump to the start of the sentence ``step`` away; if it has not arrived yet, skip what comes before it."""
        here = self._history.sentence_at(self._listening()) if self._target is None else self._target
        self._leave()
        self._target = max(here + step, 0)
        self._seek()

    def set_volume(self, percent: int) -> None:
        """Change the volume, of what is in the player too."""
        self._sound.volume.percent = percent
        if self._player.resampled_to is None:
            self._cut(self._next_seam() if self._is_sounding() else max(self._player.consumed, self._jump_ring))
        else:
            self._begin_anew()

    def set_rate(self, rate: float) -> None:
        """Change the speed, of what is in the player too."""
        self._begin_anew()
        self._sound.stretch.rate = rate

    def rewind(self, to: int) -> None:
        """Forget what is on the tape after ``to``; if some of it was heard, go on from there."""
        if self._position > to:
            ring = self._ring_position(to)
            if ring is not None and ring >= self._player.consumed:
                self._cut(ring)
            else:
                self._leave()
            self._jump_to(to)
            self._publish()
        self._history.tape.truncate(to)

    def _pause_or_play(self) -> None:
        if self.paused or self._held:
            self._player.pause()
        else:
            self._player.resume()

    def _is_over(self) -> bool:
        history = self._history
        # In this order: once the end is known, the tape grows no more.
        goes_on = not history.ended or self._position < history.tape.written or self._target is not None
        return not (goes_on or self._player.unheard or self.paused or self._held)

    def _fill(self) -> None:
        self._seek()
        player, tape, sound = self._player, self._history.tape, self._sound
        level = player.level
        while player.unheard <= level and (pcm := tape.read(self._position, self._piece_bytes)):
            self._pieces.append(self._next_piece())
            size = len(pcm)
            if self._jump_fades_in and self._position == self._jump_tape:
                pcm = self._faded_in(pcm)
            player.write(pcm if sound.is_plain else sound.feed(pcm))
            self._position += size
        # Tells of a device that has gone, and starts one that now has enough.
        player.write(b"")
        is_complete = self._position == self._history.committed
        if (is_complete or self._history.ended) and self._position == tape.written and not player.is_marked:
            piece = self._next_piece()
            if rest := sound.flush():
                self._pieces.append(piece)
                player.write(rest)
            player.mark()
        heard = player.heard
        while len(self._pieces) > 1 and self._pieces[1].ring <= heard:
            self._pieces.popleft()
        self._publish()

    def _faded_in(self, pcm: bytes) -> bytes:
        fmt = self._history.fmt
        size = fmt.bytes_in_ms(FADE_MS)
        return fade_in(pcm[:size], fmt.channels) + pcm[size:]

    def _next_piece(self) -> _Piece:
        """Describe what goes to the player next, before the sound's state moves on."""
        volume, stretch = self._sound.volume, self._sound.stretch
        return _Piece(self._player.filled_to, self._position, stretch.rate, volume.state, stretch.state)

    def _publish(self) -> None:
        """Return where the listener is, and how to tell until the next time."""
        history = self._history
        history.listening = self._listening()
        is_moving = self._is_sounding() and self._target is None
        history.clock = (
            history.listening,
            time.monotonic(),
            self._pieces[0].rate if is_moving and self._pieces else 0.0,
        )

    def _wait(self) -> None:
        """Wait for something to happen."""
        history = self._history
        history.wants_data = self._position >= history.tape.written
        wait_s = _TICK_S
        if history.wants_data and self._position < history.tape.written:
            # Written before wants_data could be seen, so no word comes.
            wait_s = 0.001
        elif history.ended and history.wants_data and not (self.paused or self._held):
            # Nothing reports when the last of it was heard.
            wait_s = min(max(self._player.unheard / self._player.bytes_in_s(1), 0.005), _TICK_S)
        try:
            self.inbox.get(timeout=wait_s)()
        except queue.Empty:
            self._watch(wait_s)
            self._rest(wait_s)
        history.wants_data = False

    def _obey(self) -> None:
        """Do all that was asked for."""
        while not self.inbox.empty():
            self.inbox.get_nowait()()

    def _watch(self, waited_s: float) -> None:
        """Abandon a device that no longer asks for audio."""
        player = self._player
        is_due = player.calls or (player.unheard and (player.is_marked or player.unheard >= player.need))
        if not is_due or player.calls != self._calls:
            self._calls, self._stalled_s = player.calls, 0.0
            return
        self._stalled_s += waited_s
        if self._stalled_s > STALL_S:
            raise DeviceLost(f"the audio device took no audio for {STALL_S:g} s", hint="check the sound server")

    def _rest(self, waited_s: float) -> None:
        """Call ``on_idle`` when all that came was heard and nothing has followed it for a while."""
        history = self._history
        has_all = self._position == history.committed == history.tape.written and not self._player.unheard
        if not has_all or self.paused or self._held:
            self._idle_s = 0.0
            return
        before_s, self._idle_s = self._idle_s, self._idle_s + waited_s
        if self._on_idle is not None and before_s < IDLE_S <= self._idle_s:
            self._on_idle()

    def _seek(self) -> None:
        """Jump to where the listener wants to be, as soon as it has arrived."""
        history = self._history
        while self._target is not None:
            ended = history.ended
            if self._target >= len(history.sentences):
                self._jump_to(history.tape.written)
                if not ended:
                    return
                break
            begin = history.sentences[self._target].position
            history.listening = begin
            if history.is_kept(begin):
                self._jump_to(begin)
                break
            self._target += 1
        self._target = None

    def _jump_to(self, position: int) -> None:
        self._position = self._jump_tape = position
        self._jump_ring = self._player.filled_to
        self._jump_fades_in = False
        # What the stretcher holds was left.
        self._sound.stretch.state = StretchState()

    def _listening(self) -> int:
        """Return where on the tape the listener is."""
        heard = self._player.heard
        if heard <= self._jump_ring or not self._pieces:
            return self._jump_tape
        piece = next((piece for piece in reversed(self._pieces) if piece.ring <= heard), self._pieces[0])
        return min(piece.tape + self._tape_bytes((heard - piece.ring) * piece.rate), self._position)

    def _ring_position(self, tape: int) -> int | None:
        """Find where in the player a position on the tape is, in what goes there now, if all of that is as it came."""
        for piece in reversed(self._pieces):
            if piece.ring < self._jump_ring or piece.rate != 1:
                break
            if piece.tape <= tape:
                return piece.ring + self._ring_bytes(tape - piece.tape)
        return None

    def _is_sounding(self) -> bool:
        return bool(self._player.calls and self._player.unheard) and not (self.paused or self._held)

    def _next_seam(self) -> int:
        """Find where the player's audio can be cut before the device gets there, and behind the last jump."""
        safe = max(self._player.consumed + self._player.lead, self._jump_ring)
        return next((piece.ring for piece in self._pieces if piece.ring >= safe), self._player.filled_to)

    def _cut(self, ring: int) -> None:
        """Take back what the player holds after a position of its ring, and go on from there."""
        player = self._player
        if ring >= player.filled_to or not self._pieces:
            return
        heard_frames = player.withdraw(ring)
        player.mark()
        self._go_on_from(ring + heard_frames * self._history.fmt.frame_bytes)

    def _leave(self) -> None:
        """Take back what is unheard, and let what sounds fade away."""
        if not self._is_sounding():
            self._player.forget_faded()
            self._cut(self._player.consumed)
            return
        ring = self._player.fade_away()
        self._player.mark()
        if self._pieces:
            self._go_on_from(ring)

    def _begin_anew(self) -> None:
        """Fade out what sounds, and continue with what follows it on the tape as if it were new."""
        if self._player.consumed < self._jump_ring:
            # What sounds was left already.
            position = self._jump_tape
            self._leave()
        else:
            self._leave()
            position = self._position
        self._jump_to(position)
        self._jump_fades_in = True

    def _go_on_from(self, ring: int) -> None:
        """Take up the tape and the states where the player was cut."""
        while len(self._pieces) > 1 and self._pieces[-1].ring > ring:
            self._pieces.pop()
        piece = self._pieces[-1]
        self._position = piece.tape + self._tape_bytes((ring - piece.ring) * piece.rate)
        self._sound.volume.state = piece.volume
        # Between two pieces all is as it was; inside one the rest of it begins anew.
        self._sound.stretch.state = piece.stretch if ring == piece.ring else StretchState()

    def _ring_bytes(self, tape_bytes: int) -> int:
        fmt, rate = self._history.fmt, self._player.resampled_to
        return tape_bytes if rate is None else tape_bytes // fmt.frame_bytes * rate // fmt.sample_rate * fmt.frame_bytes

    def _tape_bytes(self, ring_bytes: float) -> int:
        fmt, rate = self._history.fmt, self._player.resampled_to
        frames = int(ring_bytes) // fmt.frame_bytes
        return (frames if rate is None else frames * fmt.sample_rate // rate) * fmt.frame_bytes
