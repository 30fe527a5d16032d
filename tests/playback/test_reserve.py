"""How much a device still holds, by the clock and by what it says itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cli.playback.reserve import LEAST_S, DeviceFillEstimate

FULL_S, BLOCK_S = 0.2, 0.02


def filled(reserve: DeviceFillEstimate, now: float, blocks: int, delay_s: float = 1.0) -> None:
    """Return a device so many blocks at once, as it asks for them when it starts."""
    for count in range(blocks):
        reserve.asked(now, min(count * BLOCK_S, delay_s))
        reserve.given(now, BLOCK_S)


def test_a_device_that_starts_has_nothing_to_spare() -> None:
    """The first blocks are answered at once."""
    reserve = DeviceFillEstimate(FULL_S)
    reserve.asked(5.0, 0.0)
    assert reserve.spare_s(5.0) <= 0


def test_what_was_given_runs_out_with_time() -> None:
    """Eight blocks given, a while passed: the rest less the least is to spare."""
    reserve = DeviceFillEstimate(FULL_S)
    filled(reserve, 5.0, 8)
    reserve.asked(5.04, 0.12)
    assert reserve.spare_s(5.04) == pytest.approx(0.12 - LEAST_S, abs=0.002)
    assert reserve.spare_s(5.06) == pytest.approx(0.10 - LEAST_S, abs=0.002)
    assert reserve.spare_s(9.0) < 0


def test_the_smaller_count_holds() -> None:
    """A link behind the device makes its own number too large; one that ran dry has nothing, whatever was given."""
    reserve = DeviceFillEstimate(FULL_S)
    filled(reserve, 5.0, 5)
    reserve.asked(5.0, 0.1 + 0.3)
    assert reserve.spare_s(5.0) == pytest.approx(0.1 - LEAST_S, abs=0.002)
    reserve.asked(5.0, 0.0)
    assert reserve.spare_s(5.0) < 0


def test_it_holds_no_more_than_it_can() -> None:
    """Blocks given to a device whose clock is fast add up, but it never holds more than its buffer."""
    reserve = DeviceFillEstimate(FULL_S)
    filled(reserve, 5.0, 30)
    reserve.asked(5.0, 1.0)
    assert reserve.spare_s(5.0) == pytest.approx(FULL_S - LEAST_S)


def test_a_slow_clock_is_put_right() -> None:
    """The count of a device that plays a little slower than our clock runs does not sink over the hours."""
    reserve = DeviceFillEstimate(FULL_S)
    now = 5.0
    filled(reserve, now, 10)
    for _ in range(100_000):
        now += BLOCK_S * 1.0002
        reserve.asked(now, FULL_S)
        reserve.given(now, BLOCK_S)
    assert reserve.spare_s(now) > FULL_S - LEAST_S


def test_a_count_that_nothing_confirms_is_not_relied_on() -> None:
    """After a minute of answers held back the device is filled again."""
    reserve = DeviceFillEstimate(FULL_S)
    now = 5.0
    filled(reserve, now, 10)
    spare_s = reserve.spare_s(now)
    while spare_s > 0:
        assert now < 5.0 + 70
        now += reserve.spare_s(now)
        reserve.given(now, BLOCK_S)
        reserve.asked(now, FULL_S)
        spare_s = reserve.spare_s(now)
    assert now > 5.0 + 50


@given(
    gaps=st.lists(st.floats(0, 0.3), max_size=40),
    behind_s=st.floats(0, 0.5),
)
def test_it_never_claims_more_than_the_device_holds(gaps: list[float], behind_s: float) -> None:
    """Whenever the device asks, what is spared leaves it at least the least; corrections of clocks aside."""
    reserve = DeviceFillEstimate(FULL_S)
    now, held_s, corrected_s = 0.0, 0.0, 0.0
    for gap in gaps:
        now += gap
        held_s = min(max(held_s - gap, 0.0), FULL_S)
        reserve.asked(now, held_s + behind_s if held_s else 0.0)
        corrected_s += 0.0005
        assert reserve.spare_s(now) <= held_s - LEAST_S + corrected_s
        reserve.given(now, BLOCK_S)
        held_s += BLOCK_S
