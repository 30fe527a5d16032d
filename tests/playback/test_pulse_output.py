"""The sound server spoken to directly: deep, and yet whatever a listener does is heard at once, without a click."""

import itertools
import signal
from array import array
from pathlib import Path
from typing import Any

from support.null_sink import Recording, SoundCard, contains, noise, silence_inside
from support.playback_process import play_recorded, start

LEVEL = 9_000
FLAT = array("h", [LEVEL] * 96_000).tobytes()
# The longest step of a fade of four milliseconds at 24 kHz, twice.
STEP = 2 * LEVEL // 96


def _steps(samples: list[int]) -> list[int]:
    return [abs(a - b) for a, b in itertools.pairwise(samples)]


def _ended(card: SoundCard, script: str, directory: Path) -> tuple[Recording, dict[str, Any]]:
    with card.record() as recording, start(script, FLAT, card.environment, directory) as playing:
        recording.wait_for_sound()
        playing.tell()
        return recording, playing.result()


def test_pausing_jumping_and_leaving_do_not_click(card: SoundCard, tmp_path: Path) -> None:
    """A flat line shows every step: fades alone lead away from it and back, while two seconds lie in the server."""
    script = """
player = open_player(24_000)
player.write(pcm)
until_played(player, 6_000)
player.pause()
time.sleep(0.2)
player.resume()
until_played(player, 12_000)
at = player.fade_away()
player.write(pcm)
report(at=at // 2)
until_played(player, at // 2 + 4_000)
wait_for_word()
player.abort()
report(player, late=player._output.late_cuts)
"""
    # A machine too busy to let a fade arrive in time says so, which is nothing of ours.
    recording, result = _ended(card, script, tmp_path)
    for _ in range(3):
        if result["late"]:
            recording, result = _ended(card, script, tmp_path)
    assert result["at"] < 24_000
    samples = recording.samples
    big = [at for at, step in enumerate(_steps(samples)) if step > STEP]
    # It begins with its first sample, and what was jumped to does too.
    assert len(big) == 2
    assert all(samples[at] == 0 and samples[at + 1] == LEVEL for at in big)


def test_what_fades_is_not_cut_again(card: SoundCard, tmp_path: Path) -> None:
    """Two jumps in a moment: the second leaves the fade of the first as it is, which would rise again else."""
    script = """
player = open_player(24_000)
player.write(pcm)
until_played(player, 6_000)
first = player.fade_away()
player.fade_away()
until_played(player, first // 2)
wait_for_word()
player.abort()
"""
    recording, _ = _ended(card, script, tmp_path)
    samples = recording.samples
    begin = samples.index(LEVEL)
    assert all(before >= after for before, after in itertools.pairwise(samples[begin:]))


def test_a_process_that_stands_still_is_not_heard(card: SoundCard, tmp_path: Path) -> None:
    """What lies in the server plays on while this process gets no turn at all."""
    pcm = noise(60_000)
    script = """
player = open_player(24_000)
player.write(pcm)
player.end()
player.drain()
player.close()
report(player)
"""
    with card.record() as recording, start(script, pcm, card.environment, tmp_path) as playing:
        recording.wait_for_sound()
        # Long enough for all that fits to have been sent.
        recording.wait_for_bytes(48_000 // 4)
        playing.send_signal(signal.SIGSTOP)
        recording.wait_for_bytes(48_000)
        playing.send_signal(signal.SIGCONT)
        result = playing.result()
    assert contains(recording, pcm)
    assert result["underruns"] == silence_inside(recording) == 0


def test_a_device_that_runs_dry_though_there_was_audio_is_counted(card: SoundCard, tmp_path: Path) -> None:
    """A process that stands still longer than the buffer lasts owns up to the gap."""
    pcm = noise(144_000)
    script = """
player = open_player(24_000)
player.write(pcm)
player.end()
player.drain()
player.close()
report(player)
"""
    with card.record() as recording, start(script, pcm, card.environment, tmp_path) as playing:
        recording.wait_for_sound()
        playing.send_signal(signal.SIGSTOP)
        recording.wait_for_bytes(48_000 * 3)
        playing.send_signal(signal.SIGCONT)
        result = playing.result()
    gap = silence_inside(recording)
    assert gap > 12_000
    assert result["underruns"] == result["late_blocks"] == 1
    assert abs(result["silence_frames"] - gap) < 2_400


def test_silence_leads_in(card: SoundCard, tmp_path: Path) -> None:
    """The device is woken when it is open, and no sound comes before the silence is over; all of it comes."""
    pcm = noise(12_000)
    script = """
began = time.monotonic()
player = open_player(24_000, lead_in_ms=700)
player.write(pcm)
until_played(player, 1)
waited = time.monotonic() - began
player.end()
player.drain()
player.close()
report(player, waited=waited)
"""
    recording, result = play_recorded(card, script, pcm, tmp_path)
    assert contains(recording, pcm)
    assert result["waited"] >= 0.69
    assert result["idle_frames"] == result["silence_frames"] == 0


def test_what_does_not_answer_is_left_to_portaudio(tmp_path: Path) -> None:
    """Without a server the general path is taken, and its error is the one that is told."""
    script = "open_player(24_000)"
    with start(script, b"", {"HOME": str(tmp_path), "PULSE_SERVER": "unix:/nowhere"}, tmp_path) as playing:
        assert playing.result()["error"] == "NoDevice"
