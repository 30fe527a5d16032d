"""Sounds and readers that the tests of containers share."""

import math
import struct

from hypothesis import strategies as st
from support.container_samples import chunk

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.answer_formats import BodyPayload, EventPayload

FMT = PcmFormat(24000)
LIST = chunk(b"LIST", b"INFOISFT\x0e\x00\x00\x00Lavf61.7.100\x00\x00x")
# Bytes that begin containers and do not go on as they should.
teasing = st.lists(
    st.sampled_from([b"R", b"RI", b"RIFF", b"RIFF\0\0\0\0WAV", b"\xff", b"\xff\xfb\x90", b"I", b"ID", b"{", b"\0\1"]),
    max_size=40,
).map(b"".join)
samples = st.one_of(st.binary(max_size=3000), teasing)


def tone(seconds: float, rate: int = 24000, level: float = 0.5) -> bytes:
    """Make a sine of 440 Hz."""
    frames = round(seconds * rate)
    return b"".join(
        struct.pack("<h", round(32767 * level * math.sin(math.tau * 440 * at / rate))) for at in range(frames)
    )


def unwrap(events: list[bytes], wire_format: str = "wav", fmt: PcmFormat = FMT) -> bytes:
    """Return what one answer's events hold."""
    payload = EventPayload(fmt, wire_format)
    return b"".join(map(payload.feed, events)) + payload.finish()


def read(pieces: list[bytes], wire_format: str = "wav", fmt: PcmFormat = FMT) -> bytes:
    """Return what one body holds."""
    payload = BodyPayload(fmt, wire_format)
    return b"".join(map(payload.feed, pieces)) + payload.finish()
