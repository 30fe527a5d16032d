"""The loudness of a whole that was measured in parts, and the gain that follows from it."""

import math

import pytest

from lightning_cli.errors import UsageFault
from lightning_cli.narration.ffmpeg import Blocks, Loudness
from lightning_cli.narration.loudness import (
    Finished,
    Level,
    LoudnessTarget,
    coded_level,
    find_level,
    loudness_of,
    loudness_target,
)


def test_values() -> None:
    """Presets and numbers."""
    assert loudness_target("podcast") == (-16.0, -1.0)
    assert loudness_target("ACX").ceiling_dbtp == -3.0
    assert loudness_target("-23") == loudness_target("-23LUFS") == (-23.0, -1.0)


@pytest.mark.parametrize("text", ["loud", "0", "-99", "nan", "inf", ""])
def test_what_is_no_loudness(text: str) -> None:
    """It is refused with the presets."""
    with pytest.raises(UsageFault, match="not a loudness"):
        loudness_target(text)


def test_parts_count_by_their_blocks() -> None:
    """Power is averaged over the blocks of all, behind both gates."""
    even = loudness_of([Blocks({-20.0: 10}, -3.0), Blocks({-20.0: 30}, -2.0)])
    assert even == (-20.0, -2.0)
    # Half of the blocks at ten times the power: 10 log10(5.5) above the softer ones.
    assert loudness_of([Blocks({-30.0: 10}, -9.0), Blocks({-20.0: 10}, -9.0)]).integrated == pytest.approx(-22.6)
    # More than 10 LU below the mean, or silent: not counted.
    assert loudness_of([Blocks({-20.0: 10, -40.0: 50, -75.0: 99}, -9.0)]).integrated == -20.0
    assert loudness_of([Blocks({-120.7: 10}, -math.inf)]).is_silent


def test_a_limiter_only_where_the_peak_forbids_the_gain() -> None:
    """One gain is enough elsewhere; behind a limiter it grows by what was lost, until that is near enough."""
    done = Finished()
    assert find_level(LoudnessTarget(-16, -1), lambda _: Loudness(-20.0, -6.0), done) == Level(4.0)
    assert done.limited_db == 0

    def measure(level: Level) -> Loudness:
        # The limiter takes half a unit.
        return Loudness(-20.0 + level.gain_db - (0.5 if level.limit_dbtp is not None else 0), -2.0)

    level = find_level(LoudnessTarget(-16, -1), measure, done)
    assert level.gain_db == pytest.approx(4.5)
    assert level.limit_dbtp == pytest.approx(-1.2)
    assert (done.limited_db, find_level(LoudnessTarget(-16, -1), lambda _: Loudness(-120, -99), done)) == (
        3.0,
        (0, None),
    )


def test_what_an_encoder_takes_is_given_back() -> None:
    """0.4 LU of the loudness, and 0.6 dB above the limit: the gain grows by the one, the limit falls by the other."""
    asked: list[Level] = []

    def measure(level: Level) -> Loudness:
        asked.append(level)
        peak = -0.4 if level.limit_dbtp is None else level.limit_dbtp + 0.6
        return Loudness(-20.4 + level.gain_db, peak)

    level = coded_level(Level(4.0), LoudnessTarget(-16, -1), -16.0, measure)
    assert level.gain_db == pytest.approx(4.4)
    assert level.limit_dbtp is not None
    assert measure(level).peak <= -1.0
    assert len(asked) <= 4
    untouched = coded_level(Level(4.0), LoudnessTarget(-16, -1), -16.0, lambda _: Loudness(-16.05, -1.0))
    assert untouched == Level(4.0)
