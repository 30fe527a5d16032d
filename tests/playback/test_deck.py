"""The deck on a real sound server: where it goes, what is heard there, and who waits for whom."""

import itertools
import os
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from support.fades import common_prefix, is_faded
from support.null_sink import Recording, SoundCard, contains, noise, silence_inside, without_silence
from support.playback_process import COUNTS_WITHIN, play, play_recorded

from lightning_cli.audio.fades import FADE_MS
from lightning_cli.audio.gain import LARGEST_PERCENT
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import OutputError
from lightning_cli.playback.deck import Deck
from lightning_cli.playback.history import MEMORY_BYTES, Tape
from lightning_cli.playback.player_options import PlayerOptions

# A deck with three sentences at most, and a listener who presses keys while the writer waits.
PRELUDE = """
import threading
from lightning_cli.playback.deck import Deck
deck = Deck(PcmFormat(24_000), PlayerOptions({options}))
deck.start()

def say(text, audio):
    deck.begin_sentence(text)
    deck.write(audio)
    deck.commit()

def until(condition):
    deadline = time.monotonic() + ENDS_WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)

def listen(calls):
    def run():
        for condition, call in calls:
            until(condition)
            call()
    thread = threading.Thread(target=run)
    thread.start()
    return thread

def heard(seconds):
    return lambda: deck.status.heard_s >= seconds

def played(frames):
    return lambda: deck.stats.frames_played >= frames
"""
FADE_FRAMES = 24 * FADE_MS


def _play(card: SoundCard, body: str, pcm: bytes, directory: Path, **how: Any) -> tuple[Recording, dict[str, Any]]:
    return play_recorded(card, PRELUDE.format(options=how.pop("options", "")) + body, pcm, directory, **how)


def _alone(card: SoundCard, body: str, pcm: bytes, directory: Path) -> dict[str, Any]:
    return play(PRELUDE.format(options="") + body, pcm, card.environment, directory)


def _begins(heard: bytes, sentences: Iterable[bytes]) -> bool:
    """Return whether this is where a sentence begins, or nothing is left."""
    return not heard or any(heard[:200] == sentence[:200] for sentence in sentences)


def test_a_whole_life(card: SoundCard, tmp_path: Path) -> None:
    """All is heard without a seam, the status tells where it is, and neither thread nor file is left."""
    pcm = noise(24_000)
    body = """
report(threads=[thread.name for thread in threading.enumerate()], first=deck.status)
listener = listen([(heard(0.7), lambda: report(later=deck.status))])
say("one", pcm[:24_000])
say("two", pcm[24_000:])
deck.finish()
listener.join()
report(deck, last=deck.status, left=[thread.name for thread in threading.enumerate()])
report(closed=deck._history.tape._file.closed)
deck.abort()
"""
    recording, result = _play(card, body, pcm, tmp_path)
    assert contains(recording, pcm)
    assert "lightning-deck" in result["threads"]
    assert result["left"] == ["MainThread"]
    assert result["closed"]
    assert result["first"] == ["waiting", 0, 0, False, 100, "", 1.0]
    assert result["later"][:6:5] == ["playing", "two"]
    assert result["last"] == ["playing", 1.0, 1.0, True, 100, "two", 1.0]
    assert result["underruns"] == result["idle_frames"] == 0


def test_previous_repeat_and_next(card: SoundCard, tmp_path: Path) -> None:
    """Each goes to the start of a sentence: what sounds fades, what comes is whole, nothing is lost or repeated."""
    # Long, so that no caller is ever too late for one.
    sentences = {name: noise(96_000, seed) for seed, name in enumerate(("one", "two", "three"))}
    body = """
second = len(pcm) // 3
marks = [0]
def hear_a_little():
    until(played(marks[-1] + 6_000))
    marks.append(deck.stats.frames_played)
listener = listen([(lambda: True, call) for step in (1, -1, 1, 0, 1, 1) for call in
                   (hear_a_little, lambda step=step: deck.go(step))])
for number, name in enumerate(("one", "two", "three")):
    say(name, pcm[number * second : (number + 1) * second])
deck.finish()
listener.join()
report(deck)
"""
    recording, result = _play(card, body, b"".join(sentences.values()), tmp_path, counted=False)
    heard = without_silence(recording)
    for name in ("one", "two", "one", "two", "two", "three"):
        sentence = sentences[name]
        same = common_prefix(heard, sentence)
        assert 8_000 <= same < len(sentence)
        again = next(at for at in range(same, len(heard) + 2, 2) if _begins(heard[at:], sentences.values()))
        # Some of the fade is silence, and so left out.
        assert again - same <= 2 * FADE_FRAMES
        assert is_faded(heard[same:again], sentence[same : same + 2 * FADE_FRAMES])
        heard = heard[again:]
    assert heard == b""
    assert result["underruns"] == result["silence_frames"] == 0


def test_going_back_while_paused(card: SoundCard, tmp_path: Path) -> None:
    """A pause loses nothing; nothing sounds during it, and what was gone to begins at its first sample."""
    pcm = noise(78_000)
    body = """
def wait_for_silence():
    until(lambda: deck.status.state == "paused")
    calls = deck._player.calls
    until(lambda: deck._player.calls > calls + 5)
def look():
    until(lambda: deck.status.heard_s == 0)
    report(paused=deck.status, at=deck.stats.frames_played)
calls = [
    (heard(0.35), deck.toggle),
    (lambda: True, wait_for_silence),
    (lambda: True, lambda: deck.go(-1)),
    (lambda: True, look),
    (lambda: True, deck.toggle),
    (heard(0.35), lambda: deck.go(1)),
]
listener = listen(calls)
say("one", pcm[:12_000])
say("two", pcm[12_000:])
deck.finish()
listener.join()
report(deck)
"""
    recording, result = _play(card, body, pcm, tmp_path, counted=False)
    heard = without_silence(recording)
    same = common_prefix(heard, pcm)
    assert 12_000 < same < 24_000
    # After a pause it begins softly.
    again = heard.find(pcm[2 * FADE_FRAMES : 15_000], same)
    assert same < again <= same + 4 * FADE_FRAMES
    assert silence_inside(recording) > 0
    assert result["paused"][:3] == ["paused", 0, 3.25]
    assert result["paused"][5] == "one"


def test_next_beyond_what_has_arrived(card: SoundCard, tmp_path: Path) -> None:
    """The rest of the sentence is skipped as it arrives; the last one may be skipped as well, and ends the speech."""
    pcm = noise(36_000)
    body = """
deck.begin_sentence("one")
deck.write(pcm[:12_000])
until(played(2_000))
deck.go(1)
until(lambda: deck.status.state == "skipping")
deck.write(pcm[12_000:24_000])
deck.commit()
say("two", pcm[24_000:48_000])
until(lambda: deck.status.sentence == "two" and deck.status.heard_s > 0.6)
deck.go(1)
until(lambda: deck.status.state == "skipping")
say("three", pcm[48_000:])
until(lambda: deck.status.sentence == "three" and deck.status.heard_s > 1.1)
deck.go(1)
deck.finish()
report(deck)
"""
    recording, _ = _play(card, body, pcm, tmp_path, counted=False)
    heard = without_silence(recording)
    one, two, three = (pcm[at : at + 24_000] for at in (0, 24_000, 48_000))
    assert 4_000 <= common_prefix(heard, one) <= 12_000
    for sentence in (two, three):
        at = heard.find(sentence[:200])
        assert at <= 12_000 + 2 * FADE_FRAMES if sentence is two else at <= 24_000 + 2 * FADE_FRAMES
        heard = heard[at:]
        assert 4_000 <= common_prefix(heard, sentence) <= 24_000
    assert len(heard) <= 24_000 + 2 * FADE_FRAMES


def test_going_back_near_the_end(card: SoundCard, tmp_path: Path) -> None:
    """Finishing waits for a listener who goes back when all was written, and for one who pauses there."""
    pcm = noise(20_000)
    body = """
def wait_paused():
    until(lambda: deck.status.state == "paused")
    calls = deck._player.calls
    until(lambda: deck._player.calls > calls + 10)
    report(alive=deck._thread.is_alive())
    deck.toggle()
listener = listen([(lambda: deck.status.is_complete and deck.status.heard_s > 0.25, lambda: deck.go(0)),
                   (lambda: deck.status.heard_s < 0.2, lambda: None),
                   (heard(0.2), deck.toggle), (lambda: True, wait_paused)])
say("one", pcm)
deck.finish()
listener.join()
report(deck)
"""
    recording, result = _play(card, body, pcm, tmp_path, counted=False)
    heard = without_silence(recording)
    same = common_prefix(heard, pcm)
    assert 12_000 <= same < len(pcm)
    # Behind the jump it begins anew, and what faded away at the pause is heard again.
    assert pcm[:4_000] in heard[same:]
    assert heard.endswith(pcm[16_000:])
    assert len(pcm) + same < len(heard) <= same + 6 * FADE_FRAMES + len(pcm)
    assert result["alive"]


def test_a_rewind_of_what_nobody_heard_is_silent(card: SoundCard, tmp_path: Path) -> None:
    """A failed segment leaves no trace: not in the player, not on the tape, not where the listener has gone."""
    pcm = noise(18_000)
    body = """
deck.toggle()
say("one", pcm[:12_000])
deck.begin_sentence("two")
deck.write(pcm[:10_000])
until(lambda: deck._player.unheard > 15_000)
deck.rewind()
deck.toggle()
deck.write(pcm[12_000:24_000])
deck.commit()
until(heard(0.35))
deck.go(-1)
until(lambda: deck.status.sentence == "one")
deck.begin_sentence("three")
deck.write(pcm[:5_000])
deck.rewind()
deck.write(pcm[24_000:])
deck.commit()
deck.finish()
report(deck)
"""
    recording, _ = _play(card, body, pcm, tmp_path, counted=False)
    heard = without_silence(recording)
    assert heard.startswith(pcm[:15_000])
    assert heard.endswith(pcm)


def test_a_rewind_of_what_was_heard_says_it_again(card: SoundCard, tmp_path: Path) -> None:
    """What was heard of a failed segment stays heard; going back finds the good one only."""
    pcm = noise(16_000)
    body = """
say("one", pcm[:6_000])
deck.begin_sentence("two")
deck.write(pcm[6_000:20_000])
until(heard(0.2))
deck.rewind()
deck.write(pcm[6_000:])
deck.commit()
until(lambda: deck.stats.frames_played > 9_000 and deck.status.heard_s > 0.25)
deck.go(-1)
deck.finish()
report(deck)
"""
    recording, _ = _play(card, body, pcm, tmp_path, counted=False)
    heard = without_silence(recording)
    same = common_prefix(heard, pcm)
    assert 9_000 < same <= 20_000
    again = heard.find(pcm[6_000:6_200], same)
    assert again - same <= 2 * FADE_FRAMES
    assert heard[again:].startswith(pcm[6_000:10_000])
    assert heard.endswith(pcm)


def test_another_volume_at_once(card: SoundCard, tmp_path: Path) -> None:
    """What is in the player already changes too: no sample is lost or repeated, all of them ramp and then are exact."""
    # Loud enough that half of it is not silence.
    pcm = array("h", [sample + 100 if sample > 0 else sample - 100 for sample in array("h", noise(44_000))]).tobytes()
    body = """
import numpy
filled = []
def change(step):
    filled.append(deck._player.filled_to // 2)
    deck.change_volume(step)
listener = listen([(heard(0.3), lambda: change(-50)),
                   (heard(1.0), lambda: change(50))])
say("one", pcm)
deck.finish()
listener.join()
report(deck, percent=deck.status.percent, filled=filled)
"""
    recording, result = _play(card, body, pcm, tmp_path)
    samples, source = array("h", without_silence(recording)).tolist(), array("h", pcm).tolist()
    halves = [at for at, (heard, said) in enumerate(zip(samples, source, strict=True)) if heard == round(said / 2)]
    first, last = halves[0], halves[-1]
    # A ramp of half the volume takes 600 frames, and the rest of a block.
    assert samples[: first - 800] == source[: first - 800]
    assert samples[last + 800 :] == source[last + 800 :]
    # Long before what the player held at the time was over.
    assert 7_200 <= first <= 12_000
    assert 24_000 <= last <= 30_000
    assert result["filled"][0] > 40_000
    assert set(range(first + 800, last - 800)) <= set(halves)
    assert (result["percent"], result["underruns"]) == (100, 0)


def test_another_speed_begins_without_a_click(card: SoundCard, tmp_path: Path) -> None:
    """In the middle of a loud sound what goes on rises, where it would begin at once at its full level."""
    level = 9_000
    flat = array("h", [*range(0, level, 90), *[level] * 40_000]).tobytes()
    body = """
listener = listen([(heard(0.3), lambda: deck.change_rate(0.25)), (heard(0.6), lambda: deck.change_rate(-0.25)),
                   (heard(0.9), lambda: deck.change_rate(0.5))])
say("one", pcm)
deck.finish()
listener.join()
report(deck)
"""
    recording, _ = _play(card, body, flat, tmp_path)
    samples = array("h", without_silence(recording)).tolist()
    # It fell, and rose again; a fade that a busy machine brings too late is none.
    assert sum(before < level // 2 <= after for before, after in itertools.pairwise(samples)) > 1
    assert max(after - before for before, after in itertools.pairwise(samples)) < 4 * level / FADE_FRAMES


def test_a_paused_listener_does_not_leave_a_request_half_read(card: SoundCard, tmp_path: Path) -> None:
    """A segment that fits is taken whole, then the writer waits; one without end waits after a minute."""
    body = """
second = bytes(range(1, 201)) * 240
deck.toggle()
for number in range(45):
    deck.write(second)
report(taken=deck.status.arrived_s)
writer = threading.Thread(target=lambda: (deck.commit(), [deck.write(second) for _ in range(70)], deck.commit()))
writer.start()
until(lambda: deck._pump.opened)
report(waits=deck.status.arrived_s, listening=deck.status.heard_s)
# Skipping is as good as listening.
deck.begin_sentence("two")
deck.go(1)
until(lambda: deck.status.arrived_s >= 105)
until(lambda: not writer.is_alive() or deck.status.arrived_s == 105)
report(ahead=deck.status.arrived_s - deck.status.heard_s, waiting=writer.is_alive())
deck.go(1)
until(lambda: not writer.is_alive())
report(all=deck.status.arrived_s)
deck.quit()
deck.abort()
"""
    result = _alone(card, body, b"", tmp_path)
    assert (result["taken"], result["waits"], result["listening"]) == (45, 45, 0)
    assert (result["ahead"], result["waiting"]) == (60, True)
    assert result["all"] == 115


def test_a_stall_is_silence_and_nothing_else(card: SoundCard, tmp_path: Path) -> None:
    """A writer that stops inside a sentence is an underrun, one that stops between two is not."""
    pcm = noise(24_000)
    body = """
def run_dry():
    until(lambda: not deck._player.unheard)
    calls = deck._player.calls
    until(lambda: deck._player.calls > calls + 3)
say("one", pcm[:12_000])
until(played(6_000))
run_dry()
deck.begin_sentence("two")
deck.write(pcm[12_000:30_000])
until(played(15_000))
run_dry()
deck.write(pcm[30_000:])
deck.commit()
deck.finish()
report(deck)
"""
    recording, result = _play(card, body, pcm, tmp_path)
    assert without_silence(recording) == pcm
    assert result["underruns"] == 1
    assert result["idle_frames"] > 0
    counted = result["silence_frames"] + result["idle_frames"]
    assert abs(silence_inside(recording) - counted) <= COUNTS_WITHIN


def test_quitting(card: SoundCard, tmp_path: Path) -> None:
    """The sound stops, and the writer goes on as if it were heard."""
    pcm = noise(48_000)
    body = """
say("one", pcm)
until(heard(0.3))
deck.quit()
say("two", pcm)
deck.rewind()
deck.finish()
report(deck, quit=deck.has_quit, left=[thread.name for thread in threading.enumerate()])
"""
    recording, result = _play(card, body, pcm, tmp_path)
    heard = without_silence(recording)
    same = common_prefix(heard, pcm)
    assert 0 < len(heard) - 2 * FADE_FRAMES <= same < len(pcm)
    assert is_faded(heard[same:], pcm[same : same + 2 * FADE_FRAMES])
    assert result["quit"]
    assert result["left"] == ["MainThread"]


@pytest.mark.parametrize("call", ["write(pcm)", "commit()", "rewind()", "finish()"])
def test_a_device_that_does_not_open_is_told_to_the_writer(tmp_path: Path, call: str) -> None:
    """Start never fails; a write or a wait raises what the thread met, and abort still works."""
    body = f"""
try:
    until(lambda: deck._pump.fault)
    deck.{call}
finally:
    deck.abort()
    report(left=[thread.name for thread in threading.enumerate()])
"""
    script = PRELUDE.format(options="device='nobody'") + body
    result = play(script, noise(100), {"HOME": str(tmp_path), "PULSE_SERVER": ""}, tmp_path)
    assert result["error"] == "NoDevice"
    assert result["left"] == ["MainThread"]


@pytest.mark.parametrize(("signum", "message"), [(9, "stopped"), (19, "took no audio for 0.5 s")])
def test_a_device_that_is_lost_ends_the_wait(doomed_card: SoundCard, tmp_path: Path, signum: int, message: str) -> None:
    """A sound server that dies or freezes ends a wait that would otherwise last for ever."""
    body = f"""
import lightning_cli.playback.player
import lightning_cli.playback.pump
lightning_cli.playback.pump.STALL_S = lightning_cli.playback.player.CALL_S = 0.5
say("one", pcm)
until(heard(0.2))
os.kill({doomed_card.pid}, {signum})
try:
    deck.finish()
finally:
    deck.abort()
"""
    result = _alone(doomed_card, body, noise(48_000), tmp_path)
    assert result["error"] == "DeviceLost"
    assert message in result["message"]


def test_without_a_temporary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none can be made memory takes its place; where there is none of that either, the error says what to do."""
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    tape = Tape(64 * 1024 * 1024, 2)
    assert tape.capacity == MEMORY_BYTES
    assert tape.append(memoryview(b"abcd")) == 4
    assert tape.read(0, 4) == b"abcd"
    tape.close()
    monkeypatch.setattr("os.memfd_create", lambda _name: os.open("/nowhere/at-all", os.O_RDWR))
    with pytest.raises(OutputError) as caught:
        Deck(PcmFormat(24_000), PlayerOptions())
    assert "TMPDIR" in (caught.value.hint or "")


def test_misuse_is_a_bug() -> None:
    """Waiting for a deck that was not started raises ``RuntimeError``; an abort is welcome."""
    deck = Deck(PcmFormat(24_000), PlayerOptions())
    with pytest.raises(RuntimeError):
        deck.rewind()
    deck.abort()
    deck.abort()


def test_a_volume_beyond_the_loudest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that changes nothing interrupts nothing."""
    deck = Deck(PcmFormat(24_000), PlayerOptions(), percent=LARGEST_PERCENT)
    told: list[object] = []
    monkeypatch.setattr(deck, "_tell", told.append)
    deck.change_volume(10)
    assert told == []
    deck.change_volume(-10)
    assert len(told) == 1
    deck.abort()
