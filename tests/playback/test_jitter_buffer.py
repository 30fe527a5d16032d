"""How much is gathered before sound begins, and after it ran dry."""

import pytest
from support.fed_device import FMT, new_feed, sound_ms, write_ms

from lightning_cli.playback.jitter_buffer import JitterBuffer


def test_a_slow_device_needs_more_before_it_begins() -> None:
    """A device that takes 200 ms at once gets that, a block and a margin first."""
    jitter_buffer = JitterBuffer.for_device(FMT, 0.2, None, 100_000)
    assert jitter_buffer.need_bytes == FMT.bytes_in_ms(200 + 100 + 60)


def test_the_prebuffer_doubles_with_each_underrun_up_to_five_seconds() -> None:
    """Each time it runs dry inside a segment, twice as much is gathered before sound resumes."""
    feed = new_feed()
    need_ms = 160
    for underruns in range(8):
        write_ms(feed, need_ms - 1)
        assert sound_ms(feed) == 0
        write_ms(feed, 1)
        assert sum(sound_ms(feed, 1) for _ in range(need_ms)) == need_ms
        assert feed.jitter_buffer.underruns == underruns
        assert sound_ms(feed) == 0
        need_ms = min(2 * need_ms, 5_000)
    assert need_ms == 5_000


def test_a_fixed_prebuffer_stays_fixed() -> None:
    """What the user sets is neither raised at the start nor after an underrun."""
    feed = new_feed(fixed_ms=40)
    for _ in range(3):
        write_ms(feed, 39)
        assert sound_ms(feed) == 0
        write_ms(feed, 1)
        assert sound_ms(feed, 41) == 40
    assert feed.jitter_buffer.underruns == 2


def test_no_prebuffer_at_all() -> None:
    """Zero plays whatever there is."""
    feed = new_feed(fixed_ms=0)
    assert sound_ms(feed) == 0
    write_ms(feed, 1)
    assert sound_ms(feed) == 1


def test_the_prebuffer_fits_into_the_ring() -> None:
    """A ring smaller than the prebuffer does not wait for ever."""
    feed = new_feed(ring_ms=100)
    write_ms(feed, 50)
    assert sound_ms(feed) == 20
    assert new_feed(fixed_ms=5_000, ring_ms=100).jitter_buffer.need_bytes == FMT.bytes_in_ms(50)


@pytest.mark.parametrize(("passed_ms", "need_ms"), [(0, 160), (80, 160), (104, 335), (152, 510), (900, 510)])
def test_what_comes_just_in_time_is_gathered_longer(passed_ms: int, need_ms: int) -> None:
    """A block that took as long to arrive as to play is not a head start; one that came at once is."""
    feed = new_feed()
    write_ms(feed, 160)
    feed.jitter_buffer.judge(feed.ring.readable, FMT.bytes_in_ms(passed_ms))
    assert feed.jitter_buffer.need_bytes == FMT.bytes_in_ms(need_ms)
    write_ms(feed, need_ms - 161) if need_ms > 160 else None
    assert sound_ms(feed) == (20 if need_ms == 160 else 0)


def test_a_link_that_turns_out_fast_is_not_waited_for() -> None:
    """The judgement is made anew with all that has come, and a fixed prebuffer never changes."""
    feed, fixed = new_feed(), new_feed(fixed_ms=160)
    for one in (feed, fixed):
        write_ms(one, 160)
        one.jitter_buffer.judge(one.ring.readable, FMT.bytes_in_ms(160))
    assert sound_ms(fixed) == 20
    assert sound_ms(feed) == 0
    write_ms(feed, 240)
    feed.jitter_buffer.judge(feed.ring.readable, FMT.bytes_in_ms(200))
    assert sound_ms(feed) == 20
