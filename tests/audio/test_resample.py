"""Resampling piece by piece: nothing lost at the end of a signal, nothing carried over into the next."""

import math
from array import array

import pytest

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.audio.resample import StreamResampler


def _tone(frames: int, rate: int) -> bytes:
    return array("h", [round(9000 * math.sin(2 * math.pi * 300 * at / rate)) for at in range(frames)]).tobytes()


def _same(one: bytes, other: bytes) -> bool:
    """Compare but for the last bits: the resampler dithers."""
    pairs = zip(array("h", one), array("h", other), strict=True)
    return all(abs(left - right) <= 3 for left, right in pairs)


@pytest.mark.parametrize(("rate", "to_rate"), [(24_000, 48_000), (44_100, 48_000), (48_000, 44_100), (8_000, 44_100)])
def test_pieces_give_what_the_whole_gives(rate: int, to_rate: int) -> None:
    """The pieces may be of any size, and the length is exact after every flush."""
    pcm = _tone(rate // 2, rate)
    resampler = StreamResampler(PcmFormat(rate), to_rate)
    whole = resampler.feed(pcm) + resampler.flush()
    pieces = b"".join(resampler.feed(pcm[at : at + 1024]) for at in range(0, len(pcm), 1024)) + resampler.flush()
    assert len(whole) == to_rate // 2 * 2
    assert _same(pieces, whole)


def test_clear_forgets_the_signal_under_way() -> None:
    """What was fed before leaves no trace in what comes after."""
    pcm = _tone(4_000, 24_000)
    resampler = StreamResampler(PcmFormat(24_000), 48_000)
    fresh = resampler.feed(pcm) + resampler.flush()
    resampler.feed(_tone(1_000, 8_000))
    resampler.clear()
    assert _same(resampler.feed(pcm) + resampler.flush(), fresh)
    assert resampler.flush() == b""
