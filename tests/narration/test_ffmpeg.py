"""FFmpeg beside us: what it measures, what it says when it fails, and how it is stopped."""

import math
import os
import struct
import threading
from pathlib import Path

import pytest

from lightning_cli.errors import OutputError
from lightning_cli.narration import ffmpeg
from lightning_cli.narration.pace import Stop, Stopped

RATE = 24000


def tone(path: Path, level: float, seconds: float = 3.0) -> Path:
    """Write raw PCM: a tone of 997 Hz."""
    frames = range(int(RATE * seconds))
    samples = (round(32767 * level * math.sin(2 * math.pi * 997 * frame / RATE)) for frame in frames)
    path.write_bytes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


def test_loudness(tmp_path: Path) -> None:
    """A tone at -20 dBFS in one channel is at -23 LUFS; a gain moves it by as much; silence is not measured."""
    path = tone(tmp_path / "-tone.raw", 0.1)
    found = ffmpeg.measure(ffmpeg.raw_input(path, RATE), Stop())
    assert found.integrated == pytest.approx(-23.0, abs=0.2)
    assert found.peak == pytest.approx(-20.0, abs=0.2)
    louder = ffmpeg.measure(ffmpeg.raw_input(path, RATE), Stop(), ffmpeg.gain_filters(10.0, None, RATE))
    assert louder.integrated == pytest.approx(found.integrated + 10, abs=0.11)
    limited = ffmpeg.measure(ffmpeg.raw_input(path, RATE), Stop(), ffmpeg.gain_filters(25.0, -3.0, RATE))
    assert limited.peak <= -2.8
    path.write_bytes(bytes(2 * RATE))
    assert ffmpeg.measure(ffmpeg.raw_input(path, RATE), Stop()).is_silent


def test_what_it_cannot_do_is_told(tmp_path: Path) -> None:
    """With its own words."""
    with pytest.raises(OutputError, match=r"ffmpeg cannot make this: .*No such file"):
        ffmpeg.run(["-i", ffmpeg.url(tmp_path / "absent"), "-f", "null", "-"], Stop())


def test_a_gain_is_one_number(tmp_path: Path) -> None:
    """Every sample is multiplied by it."""
    path = tone(tmp_path / "tone.raw", 0.1, 0.5)
    gained = b"".join(
        ffmpeg.pcm_of([*ffmpeg.raw_input(path, RATE), "-af", ",".join(ffmpeg.gain_filters(6.0, None, RATE))], Stop())
    )
    before = struct.unpack(f"<{RATE // 2}h", path.read_bytes())
    after = struct.unpack(f"<{RATE // 2}h", gained)
    factor = 10 ** (6 / 20)
    assert all(abs(one * factor - other) <= 1 for one, other in zip(before, after, strict=True))


def test_it_ends_with_the_run(tmp_path: Path) -> None:
    """A stop kills it, whether its end is waited for or its audio, which may never come."""
    stop = Stop()
    os.mkfifo(tmp_path / "never")
    endless = ffmpeg.raw_input(tmp_path / "never", RATE)
    threading.Timer(0.2, lambda: stop.now("enough")).start()
    with pytest.raises(Stopped):
        next(ffmpeg.pcm_of(endless, stop))
    with pytest.raises(Stopped):
        ffmpeg.run([*endless, "-f", "null", "-"], stop)


def test_encoders_that_it_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One that it does not know, or no FFmpeg at all: none."""
    assert ffmpeg.has_encoder("aac")
    assert not ffmpeg.has_encoder("aa")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not ffmpeg.has_encoder("aac")
