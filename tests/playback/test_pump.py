"""The pump without a device: whatever is pressed and written, and whenever the device asks, the speech stays whole."""

import contextlib
from array import array

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.playback import feed as feed_module
from lightning_cli.playback import history as reel_module
from lightning_cli.playback import portaudio_output
from lightning_cli.playback.history import History
from lightning_cli.playback.jitter_buffer import JitterBuffer
from lightning_cli.playback.player_options import PlayerOptions
from lightning_cli.playback.portaudio_output import PortAudioOutput
from lightning_cli.playback.pump import Pump, Sound, TapedPlayer
from lightning_cli.playback.ring import Ring

# A frame is a millisecond, and each has a value of its own.
FMT = PcmFormat(1_000)


class _Device:
    """What PortAudio's stream is to a player."""

    def start(self) -> None:
        """Begin to ask for audio, which the test does."""

    stop = abort = close = start


class _Bench(contextlib.AbstractContextManager["_Bench"]):
    """A history, a pump and a player whose device is asked by the test; every frame counts up from 1."""

    def __exit__(self, *_: object) -> None:
        self.player.close()
        self.history.tape.close()

    def __init__(self) -> None:
        self.history = History(FMT)
        self.player = TapedPlayer(FMT, PlayerOptions())
        output = PortAudioOutput(None, "high")
        output.fmt = FMT
        output._stream = _Device()
        self.player._output = output
        ring = Ring(FMT.bytes_in_ms(12_000))
        self.player._feed.ring = ring
        self.player._feed.jitter_buffer = JitterBuffer.for_device(FMT, 0.06, None, ring.capacity)
        output.attach(self.player._feed, 0)
        self.pump = Pump(self.history, self.player, Sound(FMT))
        self.heard: list[int] = []

    def write(self, frames: int) -> None:
        """Append as far as a writer may."""
        frames = min(frames, max(self.history.soft_room // 2, 0))
        first = self.history.tape.written // 2 + 1
        piece = memoryview(array("h", range(first, first + frames)).tobytes())
        while piece:
            self.history.note_audio(piece)
            piece = piece[self.history.tape.append(piece) :]

    def commit(self) -> None:
        """End a segment."""
        self.history.commit()

    def device(self, frames: int) -> None:
        """Ask for a block, as the device does."""
        block = memoryview(bytearray(2 * frames))
        self.player._feed.fill(block)
        self.heard += array("h", bytes(block))

    def finish(self) -> None:
        """Play the rest."""
        self.commit()
        self.history.ended = True
        if self.pump.paused:
            self.pump.toggle()
        for _ in range(10_000):
            self.pump._fill()
            if self.pump._is_over():
                break
            self.device(15)
        assert self.pump._is_over()

    def runs(self) -> list[tuple[int, int]]:
        """Return what was heard as runs of frames that follow each other, without the silence in between."""
        found: list[tuple[int, int]] = []
        for frame in filter(None, self.heard):
            if found and found[-1][1] == frame:
                found[-1] = (found[-1][0], frame + 1)
            else:
                found.append((frame, frame + 1))
        return found


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a tape that wraps within a test, and fades that are silence, which does not count."""
    monkeypatch.setattr(reel_module, "HISTORY_S", 8)
    monkeypatch.setattr(reel_module, "AHEAD_S", 3)
    monkeypatch.setattr(reel_module, "NEXT_S", 2)
    monkeypatch.setattr(reel_module, "_NOISE", 0)
    for module in (portaudio_output, feed_module):
        monkeypatch.setattr(module, "fade_out", lambda pcm, _channels: bytes(len(pcm)))
    monkeypatch.setattr(feed_module, "fade_in", lambda pcm, _channels: pcm)


STEP = st.one_of(
    st.tuples(st.just("write"), st.integers(1, 390)),
    st.tuples(st.just("sentence"), st.integers(0, 1)),
    st.tuples(st.just("device"), st.integers(1, 40)),
    st.tuples(st.just("listen"), st.integers(1, 60)),
    st.tuples(st.just("turn"), st.just(0)),
    st.tuples(st.just("go"), st.integers(-1, 1)),
    st.tuples(st.just("pause"), st.just(0)),
    st.tuples(st.just("volume"), st.just(0)),
    st.tuples(st.just("rewind"), st.just(0)),
)


@settings(deadline=None, max_examples=400)
@example([("write", 160), ("listen", 1), ("pause", 0), ("device", 1), ("volume", 0)])
@given(steps=st.lists(STEP, max_size=80))
def test_the_speech_stays_whole(steps: list[tuple[str, int]]) -> None:
    """What is heard goes on frame by frame; it leaps only when that was asked for, and then to a sentence's start."""
    with _Bench() as bench:
        pump, history = bench.pump, bench.history
        starts = {1}
        leaps = 0
        for step, size in [("sentence", 0), *steps]:
            match step:
                case "write":
                    bench.write(size)
                case "sentence":
                    bench.commit()
                    history.begin_sentence("a sentence")
                    starts.add(history.tape.written // 2 + 1)
                case "device":
                    bench.device(size)
                case "listen":
                    for _ in range(size):
                        pump._fill()
                        bench.device(15)
                case "turn":
                    pump._fill()
                case "go":
                    pump.go(size)
                    leaps += 1
                case "pause":
                    pump.toggle()
                case "volume":
                    pump.set_volume(100)
                case "rewind":
                    # What was heard of it is heard again.
                    pump.rewind(history.committed)
                    starts.add(history.committed // 2 + 1)
                    leaps += 1
                case _:
                    pytest.fail(step)
            assert 0 <= history.listening <= history.tape.written
        bench.finish()
        runs = bench.runs()
        end = history.tape.written // 2 + 1
        # Skipping the last sentence leads to the end, where nothing is left to be heard.
        assert all(first in starts for first, _ in runs)
        assert len(runs) <= leaps + 1
        if not leaps:
            assert runs == ([(1, end)] if end > 1 else [])


@settings(deadline=None, max_examples=100)
@given(blocks=st.lists(st.integers(1, 40), min_size=1, max_size=60), seconds=st.integers(1, 5))
def test_going_back_repeats_a_whole_sentence(blocks: list[int], seconds: int) -> None:
    """After going back everything from the sentence's start to the end is heard, once."""
    with _Bench() as bench:
        for number in range(seconds):
            bench.commit()
            bench.history.begin_sentence(str(number))
            bench.write(250)
        for block in blocks:
            bench.pump._fill()
            bench.device(block)
        before = bench.history.sentences[bench.history.sentence_at(bench.history.listening)]
        bench.pump._fill()
        here = bench.history.sentence_at(bench.history.listening)
        bench.pump.go(-1)
        bench.finish()
        start = bench.history.sentences[max(here - 1, 0)].position // 2 + 1
        assert before is not None
        assert bench.runs()[-1] == (start, bench.history.tape.written // 2 + 1)


def test_going_back_beyond_the_tape() -> None:
    """Where the history ends, the first sentence that is still whole is the place to go."""
    with _Bench() as bench:
        for number in range(40):
            bench.commit()
            bench.history.begin_sentence(str(number))
            bench.write(250)
            bench.write(250)
            while bench.history.ahead > 500:
                bench.pump._fill()
                bench.device(15)
        for _ in range(60):
            bench.pump.go(-1)
        assert bench.history.is_kept(bench.history.listening)
        assert bench.history.listening in {sentence.position for sentence in bench.history.sentences}
        assert 12.5 <= FMT.seconds(bench.history.ahead) <= 13.0
        bench.finish()
        assert bench.runs()[-1][1] == 20_001


def test_a_writer_never_overtakes_a_listener_who_went_back() -> None:
    """Going back as far as possible while a long segment arrives loses no sample of it."""
    with _Bench() as bench:
        for _ in range(16):
            bench.commit()
            bench.history.begin_sentence("")
            bench.write(250)
            bench.write(250)
            while bench.history.ahead > 500:
                bench.pump._fill()
                bench.device(15)
        bench.commit()
        bench.history.begin_sentence("long")
        for _ in range(30):
            bench.pump.go(-1)
        first = bench.history.listening // 2 + 1
        for _ in range(1_900):
            bench.write(100)
            bench.pump._fill()
            bench.device(15)
        bench.finish()
        assert bench.runs()[-1] == (first, bench.history.tape.written // 2 + 1)
        assert bench.history.tape.written > bench.history.tape.capacity


def test_a_jump_leaves_what_the_stretcher_holds() -> None:
    """What was not enough for another sequence is not put before the sentence that was gone to."""
    with _Bench() as bench:
        stretch = bench.pump._sound.stretch
        bench.pump.set_rate(2.0)
        bench.history.begin_sentence("a sentence")
        bench.write(300)
        bench.pump._fill()
        bench.device(300)
        assert stretch.state.pending is not None
        bench.pump.go(0)
        assert stretch.state.pending is None
