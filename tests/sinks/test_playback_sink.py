"""The playback sink: the device opens beside the network, segments are taken back, and every way out is clean."""

import contextlib
import math
import subprocess
import threading
from array import array
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.fades import ends_in_fade
from support.null_sink import SoundCard, contains, noise, silence_inside, without_silence
from support.playback_process import COUNTS_WITHIN, play, play_recorded, start

from lightning_cli.audio.fades import FADE_MS
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import DeviceLost, Quit
from lightning_cli.playback.player import Player
from lightning_cli.sinks import playback_sink
from lightning_cli.sinks.playback_sink import InteractiveSink, PlaybackSink, PlayerOptions

PRELUDE = """
import threading
from lightning_cli.sinks.playback_sink import PlaybackSink
sink = PlaybackSink(PlayerOptions({options}))
"""


def _script(body: str, options: str = "") -> str:
    return PRELUDE.format(options=options) + body


def test_a_sink_s_whole_life(card: SoundCard, tmp_path: Path) -> None:
    """Start returns before the device is open, the segments sound without a seam, and no thread is left."""
    pcm = noise(18_000)
    body = """
sink.start(PcmFormat(24_000))
report(threads=[thread.name for thread in threading.enumerate()], imported="sounddevice" in sys.modules)
for at in range(0, len(pcm), 12_000):
    sink.write(pcm[at : at + 12_000])
    sink.commit()
sink.finish()
report(sink.player, left=[thread.name for thread in threading.enumerate()])
sink.abort()
"""
    recording, result = play_recorded(card, _script(body), pcm, tmp_path)
    assert contains(recording, pcm)
    assert "lightning-audio" in result["threads"]
    assert result["left"] == ["MainThread"]
    assert result["frames_played"] == 18_000


def test_rewind_of_an_unheard_segment_is_silent(card: SoundCard, tmp_path: Path) -> None:
    """The second try of a segment follows the first segment as if the failed one had never been."""
    pcm = noise(24_000)
    body = """
sink.start(PcmFormat(24_000))
sink.player.pause()
sink.write(pcm[:20_000])
sink.commit()
sink.write(pcm[20_000:30_000])
assert sink.can_rewind()
sink.rewind()
sink.player.resume()
sink.write(pcm[30_000:])
sink.commit()
sink.finish()
report(sink.player)
"""
    recording, _ = play_recorded(card, _script(body), pcm, tmp_path)
    assert contains(recording, pcm[:20_000] + pcm[30_000:])


def test_what_was_heard_is_counted_in_sentences(card: SoundCard, tmp_path: Path) -> None:
    """A sentence counts where its sound begins, one without any where it ends, and one that is taken back does not."""
    body = """
report(before=[sink.heard_sentences, sink.stats.frames_played])
sink.start(PcmFormat(24_000))
for sentence in (bytes(4_800) + pcm, bytes(2_400), pcm):
    sink.begin_sentence("")
    sink.write(sentence)
    sink.commit()
sink.player.pause()
onsets = list(sink._onsets)
sink.begin_sentence("")
sink.write(pcm)
sink.rewind()
taken_back = sink._onsets == onsets
sink.write(pcm)
again = len(sink._onsets)
sink.player.resume()
sink.commit()
sink.finish()
report(sink.player, onsets=onsets, taken_back=taken_back, again=again, heard=sink.heard_sentences)
"""
    result = play(_script(body), noise(4_800), card.environment, tmp_path)
    assert result["before"] == [0, 0]
    assert result["onsets"] == [2_400, 8_400, 8_400]
    assert (result["taken_back"], result["again"]) == (True, 4)
    assert result["heard"] == 4


def test_rewind_before_any_sound(card: SoundCard, tmp_path: Path) -> None:
    """A first segment that failed before the prebuffer was full leaves no trace."""
    pcm = noise(10_000)
    body = """
sink.start(PcmFormat(24_000))
sink.write(pcm[:2_000])
sink.rewind()
sink.write(pcm[2_000:])
sink.commit()
sink.finish()
report(sink.player)
"""
    recording, _ = play_recorded(card, _script(body), pcm, tmp_path)
    assert without_silence(recording) == pcm[2_000:]


def test_rewind_of_a_segment_partly_heard_says_it_again(card: SoundCard, tmp_path: Path) -> None:
    """What was heard stays, also when the repeated segment fails once more."""
    pcm = noise(12_000)
    body = """
sink.start(PcmFormat(24_000))
heard = []
begin = 0
for _ in range(2):
    sink.write(pcm)
    until_played(sink.player, begin + 100)
    sink.rewind()
    time.sleep(0.05)
    heard.append(sink.stats.frames_played - begin)
    begin += heard[-1]
sink.write(pcm)
sink.commit()
sink.finish()
report(sink.player, heard=heard)
"""
    recording, result = play_recorded(card, _script(body), pcm, tmp_path)
    first, second = (2 * frames for frames in result["heard"])
    assert 0 < first < len(pcm)
    assert 0 < second < len(pcm)
    assert without_silence(recording) == pcm[:first] + pcm[:second] + pcm
    assert abs(silence_inside(recording) - result["idle_frames"]) <= COUNTS_WITHIN
    assert result["silence_frames"] == 0


@pytest.mark.parametrize("call", ["write(pcm)", "commit()", "rewind()", "finish()"])
def test_a_device_that_does_not_open_is_told_to_the_caller(tmp_path: Path, call: str) -> None:
    """Start never fails; the first call after it raises what the thread met, and abort is still welcome."""
    body = f"""
sink.start(PcmFormat(24_000))
try:
    sink.{call}
finally:
    sink.abort()
    report(left=[thread.name for thread in threading.enumerate()])
"""
    result = play(_script(body), noise(10), {"HOME": str(tmp_path), "PULSE_SERVER": ""}, tmp_path)
    assert result["error"] == "NoDevice"
    assert result["left"] == ["MainThread"]


def test_abort_in_every_state(card: SoundCard, tmp_path: Path) -> None:
    """Before the start, while the device opens, while it plays, and twice: no exception, no thread, no sound after."""
    body = """
sink.abort()
sink.start(PcmFormat(24_000))
sink.abort()
sink.abort()
sink = PlaybackSink(PlayerOptions())
sink.start(PcmFormat(24_000))
sink.write(pcm)
wait_for_word()
sink.abort()
sink.abort()
report(left=[thread.name for thread in threading.enumerate()], frames=sink.stats.frames_played)
"""
    pcm = noise(120_000)
    with card.record() as recording, start(_script(body), pcm, card.environment, tmp_path) as playing:
        recording.wait_for_sound()
        playing.tell()
        result = playing.result()
    heard = without_silence(recording)
    assert ends_in_fade(heard, pcm, 2 * 24 * FADE_MS)
    assert len(heard) // 2 <= result["frames"] + 2_400 < 120_000
    assert result["left"] == ["MainThread"]


@pytest.mark.parametrize("delay_s", [0, 0.005, 0.02, 0.04])
def test_leaving_while_the_device_opens(card: SoundCard, tmp_path: Path, delay_s: float) -> None:
    """A process that exits without another word, anywhere in PortAudio's start-up, does not crash."""
    body = f"""
sink.start(PcmFormat(24_000))
time.sleep({delay_s})
sys.exit(0)
"""
    play(_script(body), b"", card.environment, tmp_path)


def test_a_device_that_refuses_the_rate_gets_another_one(tmp_path: Path) -> None:
    """A digital receiver (AC-3 over S/PDIF) takes 48000 Hz and nothing else: the tone comes out at its pitch."""
    target = tmp_path / "spdif.raw"
    (tmp_path / ".asoundrc").write_text(
        "pcm.receiver { type a52 rate 48000 channels 2 bitrate 448 slavepcm stream }\n"
        f"pcm.stream {{ type file file {target} format raw slave.pcm null }}\n"
    )
    body = """
sink.start(PcmFormat(24_000))
sink.write(pcm[:9_600])
sink.rewind()
for at in range(0, len(pcm), 1000):
    sink.write(pcm[at : at + 1000])
sink.commit()
sink.finish()
report(sink.player, to=sink.player.resampled_to)
"""
    tone = [round(8000 * math.sin(2 * math.pi * 440 * at / 24_000)) for at in range(24_000)]
    # The file behind the device is not paced, so all of it is gathered before it begins.
    script = _script(body, "device='receiver', prebuffer_ms=3000")
    result = play(script, array("h", tone).tobytes(), {"HOME": str(tmp_path), "PULSE_SERVER": ""}, tmp_path)
    assert result["to"] == 48_000
    assert result["frames_played"] == 48_000
    decode = ["ffmpeg", "-v", "error", "-f", "spdif", "-i", str(target), "-ac", "1", "-f", "s16le", "-"]
    heard = array("h", subprocess.run(decode, capture_output=True, check=True).stdout)
    loud = [at for at, sample in enumerate(heard) if abs(sample) > 1000]
    assert 47_500 < loud[-1] - loud[0] <= 48_500
    rising = sum(heard[at] < 0 <= heard[at + 1] for at in range(loud[0], loud[-1]))
    assert 437 <= rising <= 442


class _Turn:
    """A turn that comes so many times, and notes what is done with it."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.told: list[str] = []

    def take(self) -> bool:
        self.times -= 1
        return self.times >= 0

    def when_near(self, call: Callable[[], None]) -> None:
        call()

    def rest(self) -> None:
        self.told.append("rest")

    def lend(self) -> None:
        self.told.append("lend")

    def release(self) -> None:
        self.told.append("release")


def test_sinks_that_were_not_started() -> None:
    """Misuse is a bug, and told as one."""
    interactive = InteractiveSink(PlayerOptions(), turn=_Turn(1))
    for sink in (PlaybackSink(PlayerOptions()), interactive):
        with pytest.raises(RuntimeError, match="the sink was not started"):
            sink.write(b"")
    interactive.abort()
    assert PcmFormat(8000).frame_bytes == 2


@pytest.mark.parametrize("alone", [True, False])
def test_a_turn_that_does_not_come(*, alone: bool) -> None:
    """It ends a sink that is alone; one beside others goes on taking audio, and nothing is played."""
    turn = _Turn(0)
    sink = InteractiveSink(PlayerOptions(), turn=turn, alone=alone)
    sink.start(PcmFormat(24_000))
    with pytest.raises(Quit) if alone else contextlib.nullcontext():
        sink.begin_sentence("Hello.")
        sink.write(b"\0\0")
        sink.commit()
        sink.rewind()
        sink.finish()
    sink.abort()
    assert (sink.status, sink.heard_sentences, turn.told) == (None, 0, ["release"])


def test_a_device_that_never_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for so long, and not again."""
    let_go = threading.Event()
    monkeypatch.setattr(playback_sink, "OPEN_S", 0.02)
    monkeypatch.setattr(Player, "open", lambda _: let_go.wait(60))
    sink = PlaybackSink(PlayerOptions())
    sink.start(PcmFormat(24_000))
    thread = sink._thread
    for _ in range(2):
        with pytest.raises(DeviceLost, match=r"did not open within 0\.02 s"):
            sink.write(b"\0\0")
    sink.abort()
    let_go.set()
    assert thread is not None
    thread.join()


class _FakeDeck:
    """A deck that notes what becomes of it."""

    has_quit = False

    def __init__(self, *_: object) -> None:
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def begin_sentence(self, text: str) -> None:
        self.calls.append(text)

    def write(self, pcm: bytes) -> None:
        self.calls.append(f"{len(pcm)} bytes")


@pytest.mark.parametrize("told", [True, False])
def test_a_device_that_opens_later(monkeypatch: pytest.MonkeyPatch, *, told: bool) -> None:
    """The first sentence takes the turn; the device is opened when that is asked for, else by the first audio."""
    turns = count(1)
    turn: Any = SimpleNamespace(
        take=lambda: next(turns) > 0, release=lambda: None, lend=lambda: None, rest=lambda: None
    )
    monkeypatch.setattr("lightning_cli.playback.deck.Deck", _FakeDeck)
    sink = InteractiveSink(PlayerOptions(), turn=turn)
    opens = sink.opener()
    opens()  # a request of another kind, before anything is to be said
    opens = sink.opener()
    sink.start(PcmFormat(8000))
    sink.begin_sentence("One.")
    assert (sink._deck, next(turns)) == (None, 2)
    if told:
        opens()
        assert sink._deck is not None
    sink.write(bytes(4))
    sink.begin_sentence("Two.")
    deck: Any = sink._deck
    assert deck.calls == ["start", "One.", "4 bytes", "Two."]


def test_a_turn_that_does_not_come_opens_nothing() -> None:
    """A run that is sent away before its device opens plays nothing, and ends at once where it is alone."""
    turn: Any = SimpleNamespace(take=lambda: False, release=lambda: None, lend=lambda: None, rest=lambda: None)
    for alone in (True, False):
        sink = InteractiveSink(PlayerOptions(), turn=turn, alone=alone)
        opens = sink.opener()
        sink.start(PcmFormat(8000))
        with pytest.raises(Quit) if alone else contextlib.nullcontext():
            sink.begin_sentence("One.")
        opens()
        sink.write(bytes(4))
        assert sink._deck is None
