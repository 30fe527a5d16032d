"""The volume: exact where nothing would clip, never beyond 16 bits, and without a step where it changes."""

import itertools
import math
import subprocess
import sys
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.audio.gain import Volume
from lightning_cli.audio.pcm import PcmFormat

FMT = PcmFormat(8_000)
SAMPLE = st.integers(-32768, 32767)
PIECES = st.lists(st.lists(SAMPLE, max_size=300), max_size=8)


def _pcm(samples: list[int]) -> bytes:
    return array("h", samples).tobytes()


def _samples(pcm: bytes) -> list[int]:
    return array("h", pcm).tolist()


def _tone(frames: int, peak: int) -> list[int]:
    return [round(peak * math.sin(math.tau * 200 * at / 8_000)) for at in range(frames)]


@settings(deadline=None)
@given(pieces=PIECES)
def test_unity_is_identity(pieces: list[list[int]]) -> None:
    """At 100 % the very bytes come out."""
    volume = Volume(FMT)
    for piece in pieces:
        pcm = _pcm(piece)
        assert volume.feed(pcm) is pcm
    assert volume.limited_db == 0


@settings(deadline=None)
@given(pieces=PIECES, percent=st.integers(0, 400))
def test_the_gain_is_exact_where_nothing_would_clip(pieces: list[list[int]], percent: int) -> None:
    """Sound that stays within 16 bits is multiplied and rounded, and nothing else."""
    quiet = [[int(sample * min(1, 99 / (percent + 1))) for sample in piece] for piece in pieces]
    volume = Volume(FMT, percent)
    for piece in quiet:
        assert _samples(volume.feed(_pcm(piece))) == [round(sample * (percent / 100)) for sample in piece]
    assert volume.limited_db == 0


@settings(deadline=None)
@given(pieces=PIECES, percents=st.lists(st.integers(0, 400), min_size=8, max_size=8))
def test_it_never_wraps_and_never_turns_a_sign(pieces: list[list[int]], percents: list[int]) -> None:
    """Whatever comes at whatever volume, each sample keeps its sign and is never louder than asked for."""
    volume = Volume(FMT, percents[0])
    loudest = 0
    for piece, percent in zip(pieces, percents, strict=False):
        volume.percent = percent
        loudest = max(loudest, percent, round(volume.state.gain * 100))
        scaled = _samples(volume.feed(_pcm(piece)))
        assert len(scaled) == len(piece)
        for before, after in zip(piece, scaled, strict=True):
            assert before * after >= 0
            assert abs(after) <= abs(before) * loudest / 100 + 0.5


def test_what_would_clip_is_reduced_and_told() -> None:
    """A tone that would be twice too loud comes out as a tone, as loud as there is room for."""
    volume = Volume(FMT, 400)
    tone = _tone(4_000, 16_384)
    scaled = _samples(volume.feed(_pcm(tone)))
    assert max(scaled) == 32767
    assert volume.limited_db == pytest.approx(20 * math.log10(2), abs=0.01)
    # No clipping: the shape stays a sine to the last, instead of growing a flat top.
    expected = [sample * 32767 / 16_384 for sample in tone[2_000:]]
    assert max(abs(a - b) for a, b in zip(scaled[2_000:], expected, strict=True)) < 400


def test_the_reduction_ends() -> None:
    """A second after the loud sound quiet ones have their full gain again."""
    volume = Volume(FMT, 200)
    volume.feed(_pcm(_tone(800, 32_000)))
    volume.feed(bytes(2 * 8_000))
    assert _samples(volume.feed(_pcm([1_000] * 10))) == [2_000] * 10


@pytest.mark.parametrize(("before", "after"), [(100, 400), (400, 100), (0, 100), (100, 0)])
def test_a_change_is_a_ramp(before: int, after: int) -> None:
    """No sample differs from the next by more than a slow ramp makes it, and then the new volume is exact."""
    volume = Volume(FMT, before)
    volume.feed(_pcm([1_000] * 80))
    volume.percent = after
    scaled = _samples(b"".join(volume.feed(_pcm([1_000] * 7)) for _ in range(300)))
    steps = [abs(b - a) for a, b in zip([before * 10, *scaled], scaled, strict=False)]
    assert max(steps) <= 4
    assert scaled[-1] == after * 10


def test_the_attack_is_smooth_where_it_can_be() -> None:
    """The gain is already down where the first sample that would clip comes, and gets there without a jump."""
    volume = Volume(FMT, 200)
    scaled = _samples(volume.feed(_pcm([1_000] * 60 + [30_000] * 20)))
    assert max(abs(b - a) for a, b in itertools.pairwise(scaled[:60])) <= 20
    assert scaled[0] == pytest.approx(2_000, abs=20)
    assert scaled[60:] == [32767] * 20


@settings(deadline=None)
@given(piece=st.lists(SAMPLE, min_size=1, max_size=300), rest=st.lists(SAMPLE, min_size=1, max_size=300))
def test_the_state_can_be_put_back(piece: list[int], rest: list[int]) -> None:
    """What is taken back and scaled again comes out as if nothing had been taken back."""
    volume = Volume(FMT, 300)
    volume.feed(_pcm(piece))
    state = volume.state
    first = volume.feed(_pcm(rest))
    volume.state = state
    assert volume.feed(_pcm(rest)) == first


def test_numpy_is_loaded_for_another_volume_only() -> None:
    """Without a change of volume numpy is not loaded."""
    code = """
import sys
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.audio.gain import Volume
volume = Volume(PcmFormat(8_000))
volume.prepare()
volume.feed(bytes(100))
assert "numpy" not in sys.modules
volume.percent = 50
volume.feed(bytes(100))
assert "numpy" in sys.modules
"""
    subprocess.run((sys.executable, "-c", code), check=True, timeout=60)


def test_plain_at_its_own_volume() -> None:
    """A volume says when it leaves audio as it is, so that it can be left out; not while the ramp back is under way."""
    volume = Volume(FMT, 100)
    seen = [volume.is_plain]
    for percent in (50, 100):
        volume.percent = percent
        seen.append(volume.is_plain)
        volume.feed(bytes(FMT.bytes_per_second))
        seen.append(volume.is_plain)
    assert seen == [True, False, False, False, True]
