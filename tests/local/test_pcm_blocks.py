"""Samples to blocks: no sample lost at any rate, blocks of exactly 160 ms, silence cut only where it is long."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.offline_speech import RATE

from lightning_cli.local.pcm_blocks import (
    BlockCutter,
    RateConverter,
    faded,
    from_bytes,
    is_silent,
    to_bytes,
    trim,
    without_offset,
)
from lightning_cli.request import SAMPLE_RATES


@given(st.lists(st.binary(max_size=9000), max_size=8), st.sampled_from(SAMPLE_RATES))
@settings(deadline=None, max_examples=100)
def test_blocks_are_160_ms_and_hold_every_byte(pieces: list[bytes], rate: int) -> None:
    """Only the last is shorter."""
    cutter = BlockCutter(rate)
    blocks = [block for piece in pieces for block in cutter.feed(piece)] + cutter.flush()
    assert b"".join(blocks) == b"".join(pieces)
    assert all(len(block) == rate * 0.16 * 2 for block in blocks[:-1])
    assert all(blocks)


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_no_sample_is_lost_by_resampling(rate: int) -> None:
    """Two engines by turns: the durations add up to the sample, and a tone comes out as it went in."""
    converter = RateConverter(rate)
    time_s = np.arange(24_000) / 24_000
    tone = (0.5 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)
    parts = [(tone, 24_000), (tone[:22_050], 22_050), (tone, 24_000)]
    made = [converter.feed(*part) for part in parts]
    audio = np.concatenate([*made, converter.flush()])
    assert abs(len(audio) - 3 * rate) <= 3
    middle = audio[rate // 4 : rate * 3 // 4]
    assert float(np.sqrt(np.mean(np.square(middle)))) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_equal_rates_pass_untouched() -> None:
    """No resampler stands between."""
    converter = RateConverter(24_000)
    audio = np.linspace(-1, 1, 999, dtype=np.float32)
    assert converter.feed(audio, 24_000) is audio
    assert len(converter.flush()) == 0


def test_long_silence_is_shortened_and_sound_is_not() -> None:
    """The head keeps what was asked, the tail too; None leaves an end."""
    audio = np.concatenate([np.zeros(2400), np.full(1000, 0.5), np.zeros(4800)]).astype(np.float32)
    assert len(trim(audio, 24_000, 0.05, 0.1)) == 1200 + 1000 + 2400
    assert len(trim(audio, 24_000, None, None)) == len(audio)
    assert np.count_nonzero(trim(audio, 24_000, 0.0, 0.0)) == 1000
    assert len(trim(np.zeros(100, np.float32), 24_000, 0.0, 0.0)) == 100


def test_samples_and_bytes_convert_both_ways() -> None:
    """Little-endian, clipped at full scale."""
    assert to_bytes(np.array([0, 1, -1, 2], np.float32)) == b"\x00\x00\xff\x7f\x01\x80\xff\x7f"
    assert to_bytes(from_bytes(b"\x00\x40\x00\xc0"))[:2] == b"\x00\x40"


def test_silence_is_told_from_sound() -> None:
    """Faint noise is silence."""
    assert is_silent(np.full(10, 0.003, np.float32))
    assert is_silent(np.zeros(0, np.float32))
    assert not is_silent(np.full(10, 0.01, np.float32))


def test_the_offset_goes_and_the_voice_stays() -> None:
    """A hundred hertz pass whole, in phase; a slow push is gone."""
    time_s = np.arange(24_000) / 24_000
    voice = 0.3 * np.sin(2 * np.pi * 100 * time_s)
    pushed = (voice + 0.05 + 0.02 * np.sin(2 * np.pi * 1.5 * time_s)).astype(np.float32)
    cleaned = without_offset(pushed, 24_000)
    assert np.abs(cleaned - voice)[2400:-2400].max() < 0.004
    assert len(cleaned) == len(pushed)
    assert without_offset(np.full(100, 0.5, np.float32), 24_000).max() == 0
    assert len(without_offset(np.zeros(0, np.float32), 24_000)) == 0


def test_an_end_that_was_cut_is_faded() -> None:
    """Three milliseconds, at the ends that are named; the samples given are left alone."""
    audio = np.ones(2400, np.float32)
    made = faded(audio, 24_000, head=True, tail=False)
    assert made[0] == 0
    assert np.all(made[72:] == 1)
    assert np.all(np.diff(made[:73]) > 0)
    assert audio.min() == 1
    assert faded(audio, 24_000, head=True, tail=True)[-1] == 0
    assert faded(audio, 24_000, head=False, tail=False) is audio


def test_sound_of_two_rates_in_one_stream() -> None:
    """What comes at the rate that is wanted passes unchanged, behind the rest of what did not."""
    stream = RateConverter(RATE)
    ramp = np.linspace(-0.5, 0.5, 2400, dtype=np.float32)
    first = stream.feed(ramp[:1200], RATE // 2)
    then = stream.feed(ramp, RATE)
    assert np.array_equal(then[-len(ramp) :], ramp)
    assert abs(len(first) + len(then) - len(ramp) - 2400) <= 2
    assert len(stream.flush()) == 0
