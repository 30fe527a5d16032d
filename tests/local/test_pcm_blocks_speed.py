"""Time stretching: exact in time, true in pitch, smooth."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lightning_cli.local.neural import NeuralVoice
from lightning_cli.local.pcm_blocks import stretch

RATE = 24_000
SPEEDS = (0.5, 0.7, 0.85, 1.15, 1.3, 1.5, 1.75, 2.0)


def tone(hertz: float, seconds: float) -> NDArray[np.float32]:
    """Make a sine."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)).astype(np.float32)


@cache
def speech() -> NDArray[np.float32]:
    """Count the calls of hibari."""
    return np.concatenate(list(NeuralVoice().render("One, two, three, four, five.")))


@given(st.integers(0, 30_000), st.floats(0.5, 2.0))
@settings(deadline=None, max_examples=60)
def test_the_length_is_exact_to_the_sample(length: int, speed: float) -> None:
    """Also for a few samples, and for none."""
    audio = np.random.default_rng(length).standard_normal(length).astype(np.float32) * np.float32(0.1)
    slow = stretch(audio, speed, RATE)
    assert len(slow) == (length if speed == 1 else round(length / speed))
    assert slow.dtype == np.float32


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_pitch_stays(speed: float) -> None:
    """A tone of 220 Hz is one of 220 Hz at every speed, at its level."""
    stretched = stretch(tone(220, 1.0), speed, RATE)
    spectrum = np.abs(np.fft.rfft(stretched * np.hanning(len(stretched))))
    peak_hz = float(np.argmax(spectrum)) * RATE / len(stretched)
    assert peak_hz == pytest.approx(220, abs=2.5)
    middle = stretched[len(stretched) // 4 : -len(stretched) // 4]
    assert float(np.sqrt(np.mean(np.square(middle)))) == pytest.approx(0.5 / np.sqrt(2), rel=0.03)


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_tone_has_no_seams(speed: float) -> None:
    """No step between samples is larger than the tone's own."""
    source = tone(150, 0.8)
    largest = float(np.max(np.abs(np.diff(source))))
    stretched = stretch(source, speed, RATE)[RATE // 20 : -RATE // 20]
    assert float(np.max(np.abs(np.diff(stretched)))) < 1.6 * largest


@pytest.mark.parametrize("speed", SPEEDS)
def test_speech_keeps_its_envelope_in_time(speed: float) -> None:
    """What is loud at a tenth of the way stays there: the envelopes agree when put on the same time."""
    audio = speech()
    stretched = stretch(audio, speed, RATE)
    steps = 60

    def envelope(samples: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.array(
            [np.sqrt(np.mean(np.square(part, dtype=np.float64))) for part in np.array_split(samples, steps)]
        )

    assert float(np.corrcoef(envelope(audio), envelope(stretched))[0, 1]) > 0.9


def test_speed_one_changes_nothing() -> None:
    """Not a sample."""
    audio = tone(300, 0.2)
    assert stretch(audio, 1.0, RATE) is audio


def test_silence_stays_silence() -> None:
    """Nothing appears where nothing was."""
    assert not stretch(np.zeros(5000, np.float32), 0.7, RATE).any()
