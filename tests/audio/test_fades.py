"""Fades: monotonous, to silence and from it, the same for both sides."""

import itertools
from array import array

from lightning_cli.audio.fades import fade_in, fade_out

LOUD = array("h", [12_000] * 100).tobytes()


def _samples(pcm: bytes) -> list[int]:
    return array("h", pcm).tolist()


def test_a_fade_has_no_step() -> None:
    """It ends in silence, and no two samples are further apart than the ramp's slope."""
    out = _samples(fade_out(LOUD))
    assert out[-1] == 0
    assert max(a - b for a, b in zip([12_000, *out], out, strict=False)) <= 121
    rise = _samples(fade_in(LOUD))
    assert max(b - a for a, b in zip([0, *rise], [*rise, 12_000], strict=True)) <= 121
    assert all(a <= b for a, b in itertools.pairwise(rise))


def test_both_sides_fade_together() -> None:
    """The two samples of a stereo frame get the same factor."""
    stereo = array("h", [12_000, -12_000] * 50).tobytes()
    for pcm in (fade_out(stereo, 2), fade_in(stereo, 2)):
        samples = _samples(pcm)
        assert samples[::2] == [-one for one in samples[1::2]]


def test_nothing_fades_to_nothing() -> None:
    """Empty audio is not an error."""
    assert fade_out(b"") == fade_in(b"") == b""
