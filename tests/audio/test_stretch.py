"""Speed without pitch: how long it lasts, what it sounds like, and that pieces of any size give the same."""

import itertools
import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.audio.stretch import Stretcher

RATE = 16_000
FMT = PcmFormat(RATE)
# A voice's fundamental and two harmonics, two seconds.
VOICE = array(
    "h",
    [round(sum(6000 / k * math.sin(2 * math.pi * 150 * k * at / RATE) for k in (1, 2, 3))) for at in range(2 * RATE)],
).tobytes()


def _stretched(pcm: bytes, rate: float, size: int = 640) -> bytes:
    stretcher = Stretcher(FMT, rate)
    return b"".join(stretcher.feed(pcm[at : at + size]) for at in range(0, len(pcm), size)) + stretcher.flush()


def _crossings_per_s(pcm: bytes) -> float:
    samples = array("h", pcm)
    rises = sum(1 for a, b in itertools.pairwise(samples) if a < 0 <= b)
    return rises / (len(samples) / RATE)


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 1.5, 2, 3, 4])
def test_it_lasts_as_long_as_asked_and_keeps_its_pitch(rate: float) -> None:
    """The length is that of the text divided by the rate, to a sequence; the period stays."""
    made = _stretched(VOICE, rate)
    assert abs(len(made) / 2 / RATE - 2 / rate) < 0.06
    assert _crossings_per_s(made) == pytest.approx(_crossings_per_s(VOICE), rel=0.04)
    # Laid over each other out of step it would be softer in places.
    peaks = [max(array("h", made[at : at + 640])) for at in range(0, len(made) - 640, 640)]
    assert min(peaks) > 0.6 * max(peaks)


def test_at_one_nothing_is_touched() -> None:
    """What comes is what goes, at once."""
    stretcher = Stretcher(FMT)
    assert stretcher.feed(VOICE[:100]) == VOICE[:100]
    assert stretcher.flush() == b""


@settings(deadline=None, max_examples=20)
@given(sizes=st.lists(st.integers(1, 900), min_size=1, max_size=30), rate=st.sampled_from([0.5, 1.7, 4.0]))
def test_pieces_of_any_size_give_the_same(sizes: list[int], rate: float) -> None:
    """However it is cut, the sound is the same."""
    stretcher = Stretcher(FMT, rate)
    made, at = b"", 0
    while at < len(VOICE):
        size = 2 * sizes[len(made) % len(sizes)]
        made += stretcher.feed(VOICE[at : at + size])
        at += size
    assert made + stretcher.flush() == _stretched(VOICE, rate)


def test_a_state_that_was_kept_can_be_put_back() -> None:
    """What was fed after it was taken leaves no trace."""
    stretcher = Stretcher(FMT, 2)
    stretcher.feed(VOICE[:8_000])
    kept = stretcher.state
    first = stretcher.feed(VOICE[8_000:16_000])
    stretcher.feed(VOICE[:5_000])
    stretcher.state = kept
    assert stretcher.feed(VOICE[8_000:16_000]) == first != b""


def test_back_to_one_what_waited_comes_first() -> None:
    """Nothing is lost when the speed becomes normal in the middle."""
    stretcher = Stretcher(FMT, 2)
    made = stretcher.feed(VOICE[:16_000])
    stretcher.rate = 1
    rest = stretcher.feed(VOICE[16_000:20_000])
    assert rest.endswith(VOICE[16_000:20_000])
    assert abs(len(made + rest) - (8_000 + 4_000)) < 2 * RATE * 0.06


def test_plain_at_its_own_speed() -> None:
    """A stretcher says when it leaves audio as it is, so that it can be left out; not before its rest is out."""
    stretcher = Stretcher(FMT, 2.0)
    stretcher.feed(bytes(FMT.bytes_per_second))
    stretcher.rate = 1.0
    before = stretcher.is_plain
    stretcher.flush()
    assert (before, stretcher.is_plain) == (False, True)
