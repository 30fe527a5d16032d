"""The player on a real sound server: every sample, in order, and nothing else but the silence it owns up to."""

import json
import signal
from pathlib import Path

import pytest
from support.fades import common_prefix, is_faded
from support.null_sink import SoundCard, contains, noise, silence_inside, without_silence
from support.playback_process import COUNTS_WITHIN, play, play_recorded, start

from lightning_cli.audio.fades import FADE_MS

FADE_BYTES = 2 * 24 * FADE_MS

SPEAK = """
player = open_player({rate})
player.write(pcm)
player.end()
player.drain()
player.close()
report(player, resampled_to=player.resampled_to)
"""


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100])
def test_every_sample_is_heard(sound_card: SoundCard, tmp_path: Path, rate: int) -> None:
    """From the first sample to the last, at every rate of the service."""
    card = sound_card.at(rate)
    pcm = noise(rate // 2)
    recording, result = play_recorded(card, SPEAK.format(rate=rate), pcm, tmp_path)
    assert contains(recording, pcm)
    assert result["frames_played"] == rate // 2
    assert result["underruns"] == result["silence_frames"] == result["idle_frames"] == 0
    assert result["resampled_to"] is None


@pytest.mark.parametrize("frames", [1, 240])
def test_short_audio_is_complete(card: SoundCard, tmp_path: Path, frames: int) -> None:
    """A sound far below the prebuffer, even one frame, is played and not cut."""
    pcm = noise(frames)
    recording, _ = play_recorded(card, SPEAK.format(rate=24_000), pcm, tmp_path)
    assert without_silence(recording) == pcm
    assert contains(recording, pcm)


def test_no_audio_is_no_failure(card: SoundCard, tmp_path: Path) -> None:
    """An end without any audio before it drains at once."""
    result = play(SPEAK.format(rate=24_000), b"", card.environment, tmp_path)
    assert result["frames_played"] == 0
    assert result["first_sound_monotonic"] is None


def test_a_slow_writer_loses_nothing(card: SoundCard, tmp_path: Path) -> None:
    """Audio that comes 1.05 times as fast as it is heard, in events of 1 KiB, arrives whole."""
    pcm = noise(30_000)
    script = """
player = open_player(24_000)
began = time.monotonic()
for at in range(0, len(pcm), 1024):
    time.sleep(max(began + at / 48_000 / 1.05 - time.monotonic(), 0))
    player.write(pcm[at : at + 1024])
player.end()
player.drain()
player.close()
report(player)
"""
    recording, result = play_recorded(card, script, pcm, tmp_path)
    assert without_silence(recording) == pcm
    assert abs(silence_inside(recording) - result["silence_frames"]) <= COUNTS_WITHIN


def test_a_stall_becomes_silence_and_nothing_else(card: SoundCard, tmp_path: Path) -> None:
    """A long stall and bursts: the silence is where the stall was, is counted, and no sample is lost or repeated."""
    pcm = noise(24_000)
    script = """
player = open_player(24_000)
half = len(pcm) // 2
for at in range(0, half, 6000):
    player.write(pcm[at : at + 6000])
until_played(player, half // 2)
time.sleep(2)
for at in range(half, len(pcm), 6000):
    player.write(pcm[at : at + 6000])
player.end()
player.drain()
player.close()
report(player)
"""
    recording, result = play_recorded(card, script, pcm, tmp_path)
    assert contains(recording, pcm[:24_000])
    assert contains(recording, pcm[24_000:])
    assert without_silence(recording) == pcm
    assert result["underruns"] >= 1
    assert abs(silence_inside(recording) - result["silence_frames"]) <= COUNTS_WITHIN
    assert result["idle_frames"] == 0


def test_waiting_between_segments_is_no_underrun(card: SoundCard, tmp_path: Path) -> None:
    """After a mark running dry is a pause; a short segment sounds at once though the prebuffer is not full."""
    pcm = noise(2_000)
    script = """
player = open_player(24_000)
for at in range(0, 4000, 1000):
    player.write(pcm[at : at + 1000])
    player.mark()
    until_played(player, (at + 1000) // 2)
    time.sleep(0.05)
player.end()
player.drain()
player.close()
report(player)
"""
    recording, result = play_recorded(card, script, pcm, tmp_path)
    assert without_silence(recording) == pcm
    assert result["underruns"] == result["silence_frames"] == 0
    assert result["idle_frames"] > 0
    assert abs(silence_inside(recording) - result["idle_frames"]) <= COUNTS_WITHIN


def test_a_small_ring_holds_the_writer_back(card: SoundCard, tmp_path: Path) -> None:
    """A ring smaller than the prebuffer, filled by one large write, plays everything."""
    pcm = noise(12_000)
    recording, _ = play_recorded(card, SPEAK.format(rate="24_000, ring_ms=150"), pcm, tmp_path)
    assert without_silence(recording) == pcm


def test_abort_drops_what_is_on_its_way(card: SoundCard, tmp_path: Path) -> None:
    """Nothing sounds that the device had not taken yet, and whatever is called afterwards does no harm."""
    pcm = noise(120_000)
    script = """
player = open_player(24_000)
player.write(pcm)
wait_for_word()
player.abort()
report(player)
player.abort()
player.close()
"""
    with card.record() as recording, start(script, pcm, card.environment, tmp_path) as playing:
        recording.wait_for_sound()
        playing.tell()
        result = playing.result()
    heard = without_silence(recording)
    assert 0 < len(heard) // 2 <= result["frames_played"] + 2_400 < 120_000
    assert pcm.startswith(heard[:-FADE_BYTES])
    assert is_faded(heard[-FADE_BYTES:], pcm[len(heard) - FADE_BYTES :])


def test_pause_and_resume(card: SoundCard, tmp_path: Path) -> None:
    """A pause is silence in between; writing goes on meanwhile, and nothing is lost."""
    pcm = noise(20_000)
    script = """
player = open_player(24_000)
player.write(pcm[:20_000])
until_played(player, 1)
player.pause()
player.write(pcm[20_000:])
player.end()
time.sleep(0.2)
paused_at = player.stats.frames_played
player.resume()
player.drain()
player.close()
report(player, paused_at=paused_at)
"""
    recording, result = play_recorded(card, script, pcm, tmp_path, counted=False)
    heard = without_silence(recording)
    same = common_prefix(heard, pcm)
    # What faded away is heard again.
    again = heard.find(pcm[same + 2 * FADE_BYTES : same + 2 * FADE_BYTES + 200])
    assert 0 < again <= same + 4 * FADE_BYTES
    assert heard[again:] == pcm[same + 2 * FADE_BYTES :]
    assert silence_inside(recording) > 0
    assert result["paused_at"] <= 10_000
    assert result["underruns"] == result["silence_frames"] == 0


def test_a_suspended_process_plays_on(card: SoundCard, tmp_path: Path) -> None:
    """Time spent suspended (Ctrl-Z, a closed lid) is not a reason to take the device for lost."""
    pcm = noise(20_000)
    script = """
import lightning_cli.playback.player
lightning_cli.playback.player.STALL_S = 1.0
player = open_player(24_000, ring_ms=300)
player.write(pcm)
player.end()
player.drain()
player.close()
report(player)
"""
    with card.record() as recording, start(script, pcm, card.environment, tmp_path) as playing:
        recording.wait_for_sound()
        playing.send_signal(signal.SIGSTOP)
        recording.wait_for_bytes(1_500 * 48)
        playing.send_signal(signal.SIGCONT)
        result = playing.result()
    assert result["frames_played"] == 20_000
    # PortAudio may drop the block it was in the middle of, which may be the first.
    heard = without_silence(recording)
    begin = next((at for at, (one, other) in enumerate(zip(heard, pcm, strict=False)) if one != other), len(heard))
    assert begin > 0
    assert pcm.endswith(heard[begin:])
    assert len(pcm) - len(heard) <= 100 * 48


def test_withdraw_replaces_what_nobody_heard(card: SoundCard, tmp_path: Path) -> None:
    """A segment that has not begun to sound gives way to another one without a trace."""
    pcm = noise(24_000)
    script = """
player = open_player(24_000)
player.write(pcm[:16_000])
player.pause()
mark = player.mark()
player.write(pcm[16_000:32_000])
heard = player.withdraw(mark)
player.resume()
player.write(pcm[32_000:])
player.end()
player.drain()
player.close()
report(player, heard=heard)
"""
    recording, result = play_recorded(card, script, pcm, tmp_path)
    assert result["heard"] == 0
    assert contains(recording, pcm[:16_000] + pcm[32_000:])
    assert without_silence(recording) == pcm[:16_000] + pcm[32_000:]


def test_withdraw_repeats_what_was_partly_heard(card: SoundCard, tmp_path: Path) -> None:
    """What was heard of a segment stays heard, the rest of it never sounds, and it is said again from its start."""
    pcm = noise(24_000)
    script = """
player = open_player(24_000)
player.write(pcm[:4_000])
mark = player.mark()
player.write(pcm[4_000:])
until_played(player, 5_000)
heard = player.withdraw(mark)
player.mark()
player.write(pcm[4_000:])
player.end()
player.drain()
player.close()
report(player, heard=heard)
"""
    recording, result = play_recorded(card, script, pcm, tmp_path)
    heard = result["heard"]
    assert 3_000 <= heard < 22_000
    assert without_silence(recording) == pcm[: 4_000 + 2 * heard] + pcm[4_000:]


def test_a_named_device_plays(card: SoundCard, tmp_path: Path) -> None:
    """A part of the name is enough."""
    pcm = noise(6_000)
    recording, _ = play_recorded(card, SPEAK.format(rate="24_000, device='PULS'"), pcm, tmp_path)
    assert contains(recording, pcm)


def test_completion_knows_where_was_played(card: SoundCard, tmp_path: Path) -> None:
    """The sound server that took the sound is offered as a device from then on, without a listing."""
    environment = {**card.environment, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    start(SPEAK.format(rate=24_000), noise(600), environment, tmp_path).result()
    kept = json.loads((tmp_path / "cache" / "lightning-tts" / "devices.json").read_text())
    assert kept["devices"] == [{"name": "pulse", "host_api": "PulseAudio"}]
