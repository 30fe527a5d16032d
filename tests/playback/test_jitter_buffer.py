"""How much is gathered before sound begins, and after it ran dry."""

import pytest

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.playback.feed import Feed
from lightning_cli.playback.jitter_buffer import Prebuffer
from lightning_cli.playback.ring import Ring

FMT = PcmFormat(1000)  # two bytes per millisecond


LATENCY_S = 0.02


def _feed(*, fixed_ms: int | None = None, ring_ms: int = 60_000) -> Feed:
    capacity = FMT.bytes_in_ms(ring_ms)
    return Feed(FMT, Ring(capacity), Prebuffer.for_device(FMT, LATENCY_S, fixed_ms, capacity))


def _write(feed: Feed, ms: int, *, ends: bool = False) -> None:
    assert feed.ring.write(b"\1\1" * ms) == 2 * ms
    if ends:
        feed.complete_to = feed.ring.written


def _block(feed: Feed, ms: int = 20) -> int:
    """Fill a block and return how many milliseconds of it are sound; the rest must be silence behind it."""
    out = memoryview(bytearray(b"\xee" * 2 * ms))
    feed.fill(out)
    sound = bytes(out).rstrip(b"\0")
    assert sound == b"\1" * len(sound)
    return len(sound) // 2


def test_a_slow_device_needs_more_before_it_begins() -> None:
    """A device that takes 200 ms at once gets that, a block and a margin first."""
    prebuffer = Prebuffer.for_device(FMT, 0.2, None, 100_000)
    assert prebuffer.need_bytes == FMT.bytes_in_ms(200 + 100 + 60)


def test_the_prebuffer_doubles_with_each_underrun_up_to_five_seconds() -> None:
    """Each time it runs dry inside a segment, twice as much is gathered before sound resumes."""
    feed = _feed()
    need_ms = 160
    for underruns in range(8):
        _write(feed, need_ms - 1)
        assert _block(feed) == 0
        _write(feed, 1)
        assert sum(_block(feed, 1) for _ in range(need_ms)) == need_ms
        assert feed.prebuffer.underruns == underruns
        assert _block(feed) == 0
        need_ms = min(2 * need_ms, 5_000)
    assert need_ms == 5_000


def test_a_fixed_prebuffer_stays_fixed() -> None:
    """What the user sets is neither raised at the start nor after an underrun."""
    feed = _feed(fixed_ms=40)
    for _ in range(3):
        _write(feed, 39)
        assert _block(feed) == 0
        _write(feed, 1)
        assert _block(feed, 41) == 40
    assert feed.prebuffer.underruns == 2


def test_no_prebuffer_at_all() -> None:
    """Zero plays whatever there is."""
    feed = _feed(fixed_ms=0)
    assert _block(feed) == 0
    _write(feed, 1)
    assert _block(feed) == 1


def test_the_prebuffer_fits_into_the_ring() -> None:
    """A ring smaller than the prebuffer does not wait for ever."""
    feed = _feed(ring_ms=100)
    _write(feed, 50)
    assert _block(feed) == 20
    assert _feed(fixed_ms=5_000, ring_ms=100).prebuffer.need_bytes == FMT.bytes_in_ms(50)


@pytest.mark.parametrize(("passed_ms", "need_ms"), [(0, 160), (80, 160), (104, 335), (152, 510), (900, 510)])
def test_what_comes_just_in_time_is_gathered_longer(passed_ms: int, need_ms: int) -> None:
    """A block that took as long to arrive as to play is no head start; one that came at once is."""
    feed = _feed()
    _write(feed, 160)
    feed.prebuffer.judge(feed.ring.readable, FMT.bytes_in_ms(passed_ms))
    assert feed.prebuffer.need_bytes == FMT.bytes_in_ms(need_ms)
    _write(feed, need_ms - 161) if need_ms > 160 else None
    assert _block(feed) == (20 if need_ms == 160 else 0)


def test_a_link_that_turns_out_fast_is_not_waited_for() -> None:
    """The judgement is made anew with all that has come, and a fixed prebuffer never changes."""
    feed, fixed = _feed(), _feed(fixed_ms=160)
    for one in (feed, fixed):
        _write(one, 160)
        one.prebuffer.judge(one.ring.readable, FMT.bytes_in_ms(160))
    assert _block(fixed) == 20
    assert _block(feed) == 0
    _write(feed, 240)
    feed.prebuffer.judge(feed.ring.readable, FMT.bytes_in_ms(200))
    assert _block(feed) == 20
