"""When sound begins and resumes, what the callback puts into a block, and how silence is counted."""

from array import array

from hypothesis import given, settings
from hypothesis import strategies as st
from support.fed_device import FMT, new_feed, sound_ms, write_ms

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.playback.feed import Feed
from lightning_cli.playback.jitter_buffer import JitterBuffer
from lightning_cli.playback.ring import Ring


def test_sound_begins_with_one_engine_block() -> None:
    """One block of the engine is enough where the device's latency is small, and less is not."""
    feed = new_feed()
    write_ms(feed, 159)
    assert sound_ms(feed) == 0
    write_ms(feed, 1)
    assert sound_ms(feed) == 20


def test_a_complete_segment_begins_at_once() -> None:
    """There is nothing to wait for behind the end of a segment."""
    feed = new_feed()
    write_ms(feed, 5, ends=True)
    assert sound_ms(feed) == 5


def test_silence_inside_a_segment_is_counted_when_it_is_over() -> None:
    """The gap runs from the padding of the block that ran dry to the block that has sound again."""
    feed = new_feed()
    write_ms(feed, 170)
    assert [sound_ms(feed) for _ in range(10)] == [20] * 8 + [10, 0]
    assert feed.stats(2).silence_frames == 0
    write_ms(feed, 320)
    assert sound_ms(feed) == 20
    stats = feed.stats(FMT.frame_bytes)
    assert (stats.underruns, stats.silence_frames, stats.idle_frames) == (1, 30, 0)
    assert stats.frames_played == 190


def test_running_dry_at_an_end_not_yet_known_is_no_underrun() -> None:
    """A segment whose last event came after its last sample: the pause is idle, and the prebuffer stays as it was."""
    feed = new_feed()
    write_ms(feed, 160)
    assert [sound_ms(feed) for _ in range(9)] == [20] * 8 + [0]
    feed.complete_to = feed.ring.written
    assert sound_ms(feed) == 0
    write_ms(feed, 160)
    assert sound_ms(feed) == 20
    stats = feed.stats(FMT.frame_bytes)
    assert (stats.underruns, stats.silence_frames, stats.idle_frames) == (0, 0, 40)


def test_a_pause_after_an_underrun_is_idle_again() -> None:
    """One stall does not turn later waits between segments into underruns."""
    feed = new_feed()
    write_ms(feed, 160)
    assert sound_ms(feed, 161) == 160
    write_ms(feed, 320, ends=True)
    assert sound_ms(feed, 330) == 320
    write_ms(feed, 10, ends=True)
    assert sound_ms(feed, 10) == 10
    stats = feed.stats(FMT.frame_bytes)
    assert (stats.underruns, stats.silence_frames, stats.idle_frames) == (1, 1, 10)


def test_the_tail_counts_only_what_follows_the_end() -> None:
    """Draining knows how much silence the device has got behind the last frame."""
    feed = new_feed()
    write_ms(feed, 10, ends=True)
    assert [sound_ms(feed), sound_ms(feed)] == [10, 0]
    assert feed.tail_bytes == 0
    write_ms(feed, 30, ends=True)
    feed.ended = True
    assert [sound_ms(feed) for _ in range(3)] == [20, 10, 0]
    assert feed.tail_bytes == FMT.bytes_in_ms(30)


def test_a_pause_fades_and_what_faded_is_heard_again() -> None:
    """A pause has no edge, takes no more than the fade from the ring, and is not counted as a gap."""
    feed = Feed(PcmFormat(8000), Ring(8000), JitterBuffer(0, 0))
    feed.ring.write(array("h", [1000] * 4000).tobytes())
    feed.mark()

    def block() -> list[int]:
        out = memoryview(bytearray(320))
        feed.fill(out)
        return array("h", bytes(out)).tolist()

    assert block() == [1000] * 160
    feed.paused = True
    fading = block()
    assert fading[:32] == sorted(fading[:32], reverse=True)
    assert fading[0] > 900
    assert fading[31:] == [0] * 129
    assert block() == [0] * 160
    feed.paused = False
    rising = block()
    assert rising[:32] == sorted(rising[:32])
    assert rising[0] < 100
    assert rising[32:] == [1000] * 128
    assert feed.ring.consumed == 2 * (160 + 32 + 128)
    assert feed.stats(2).idle_frames == feed.stats(2).silence_frames == 0


def test_a_block_longer_than_a_second_is_padded_to_its_end() -> None:
    """Nothing of what the buffer held before is ever played."""
    feed = new_feed()
    write_ms(feed, 10, ends=True)
    assert sound_ms(feed, 3_500) == 10
    assert feed.block_bytes == 7_000


STEP = st.one_of(
    st.tuples(st.just("write"), st.integers(1, 400)),
    st.tuples(st.just("block"), st.integers(1, 100)),
    st.tuples(st.just("mark"), st.just(0)),
    st.tuples(st.just("withdraw"), st.just(0)),
)


@settings(deadline=None)
@given(steps=st.lists(STEP, max_size=60), fixed_ms=st.none() | st.integers(0, 500), ring_ms=st.integers(2, 900))
def test_every_byte_once_and_every_silence_counted(
    steps: list[tuple[str, int]], fixed_ms: int | None, ring_ms: int
) -> None:
    """Whatever happens, the sound is what was kept, in order, and the counts add up to the silence in between."""
    feed = new_feed(fixed_ms=fixed_ms, ring_ms=ring_ms)
    kept = bytearray()
    played = bytearray()
    number = 0

    def block(ms: int) -> None:
        out = memoryview(bytearray(b"\xee" * 2 * ms))
        feed.fill(out)
        played.extend(out)

    for step, size in [*steps, ("end", 0)]:
        if step == "write":
            piece = bytes(1 + (number + at) % 200 for at in range(2 * size))
            number += 1
            kept += piece[: feed.ring.write(piece)]
        elif step == "block":
            block(size)
        elif step == "withdraw":
            assert feed.ring.settled(feed.ring.fence(feed.complete_to))
            del kept[feed.ring.withdraw(feed.complete_to) :]
        feed.complete_to = len(kept) if step in {"mark", "end"} else feed.complete_to
        feed.ended = step == "end"
    while feed.ring.readable:
        block(50)
    block(1)
    assert played.replace(b"\0", b"") == kept
    inside = played.strip(b"\0").count(b"\0")
    assert feed.jitter_buffer.silence_bytes + feed.jitter_buffer.idle_bytes == inside
    assert feed.tail_bytes >= 2


def test_a_device_that_ran_dry_is_counted() -> None:
    """It says so itself."""
    feed = Feed(PcmFormat(8000), Ring(1600), JitterBuffer(0, 0))
    feed.fill(memoryview(bytearray(160)), late=True)
    feed.fill(memoryview(bytearray(160)))
    assert feed.late_blocks == 1
