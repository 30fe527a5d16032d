"""Time stretching: exact in time, true in pitch, smooth."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lightning_cli.local.neural import NeuralVoice
from lightning_cli.local.wsola import hasten, stretch

RATE = 24_000
SPEEDS = (0.5, 0.7, 0.85, 1.15, 1.3, 1.5, 1.75, 2.0)


def tone(hertz: float, seconds: float) -> NDArray[np.float32]:
    """Make a sine."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)).astype(np.float32)


@cache
def speech() -> NDArray[np.float32]:
    """Let hibari count."""
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


def spoken_with_a_pause() -> NDArray[np.float32]:
    """Return two tones with silence before, between and behind."""
    time_s = np.arange(RATE) / RATE
    rise = np.minimum(1, np.minimum(time_s, time_s[::-1]) / 0.02)
    tone = (0.3 * np.sin(2 * np.pi * 200 * time_s) * rise).astype(np.float32)
    pause = np.zeros(RATE // 4, np.float32)
    return np.concatenate((pause, tone, pause, tone, pause))


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.2, 1.5, 2.0, 4.0])
def test_hastened_speech_lasts_as_long_as_it_should(speed: float) -> None:
    """To the sample, whatever its pauses do."""
    audio = spoken_with_a_pause()
    assert len(hasten(audio, speed, RATE)) == round(len(audio) / speed)


def test_a_pause_between_words_shrinks_more_than_the_words() -> None:
    """The ends shrink as asked for, so that a sentence begins and ends in time."""
    audio = spoken_with_a_pause()
    made = hasten(audio, 2.0, RATE)
    loud = np.abs(made) > 0.05
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loud.astype(int), [0]))))
    gaps = [(start, end) for end, start in zip(edges[2::2], edges[1::2], strict=False) if end - start > RATE // 50]
    ((start, end),) = gaps
    assert (end - start) / RATE == pytest.approx(0.25 / 2 / 1.6, abs=0.03)
    assert edges[0] / RATE == pytest.approx(0.125, abs=0.02)


def test_no_joint_of_hastened_speech_clicks() -> None:
    """No step is higher than the tone's own."""
    audio = spoken_with_a_pause()
    own = np.abs(np.diff(audio)).max()
    for speed in (1.1, 1.5, 2.0, 4.0):
        assert np.abs(np.diff(hasten(audio, speed, RATE))).max() < 1.7 * own


def test_speech_without_a_pause_is_stretched_alike() -> None:
    """There is nothing to take from."""
    audio = spoken_with_a_pause()[RATE // 2 : RATE]
    assert np.array_equal(hasten(audio, 2.0, RATE), stretch(audio, 2.0, RATE))
