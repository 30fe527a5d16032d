"""A feed behind a device that asks for blocks, in milliseconds."""

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.playback.feed import Feed
from lightning_cli.playback.jitter_buffer import JitterBuffer
from lightning_cli.playback.ring import Ring

FMT = PcmFormat(1000)  # two bytes per millisecond


LATENCY_S = 0.02


def new_feed(*, fixed_ms: int | None = None, ring_ms: int = 60_000) -> Feed:
    """Return a feed for a device that asks for 20 ms ahead."""
    capacity = FMT.bytes_in_ms(ring_ms)
    return Feed(FMT, Ring(capacity), JitterBuffer.for_device(FMT, LATENCY_S, fixed_ms, capacity))


def write_ms(feed: Feed, ms: int, *, ends: bool = False) -> None:
    """Write so much sound, which may be the end of a segment."""
    assert feed.ring.write(b"\1\1" * ms) == 2 * ms
    if ends:
        feed.complete_to = feed.ring.written


def sound_ms(feed: Feed, ms: int = 20) -> int:
    """Fill a block and return how many milliseconds of it are sound; the rest must be silence behind it."""
    out = memoryview(bytearray(b"\xee" * 2 * ms))
    feed.fill(out)
    sound = bytes(out).rstrip(b"\0")
    assert sound == b"\1" * len(sound)
    return len(sound) // 2
