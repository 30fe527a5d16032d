"""Ogg Opus out of packets that were encoded in pieces (RFC 3533, RFC 7845).

FFmpeg cannot join pieces of Opus: it would have to know which of their first samples players are to leave out. So its
packets are taken out of their pages and put into pages of our own.
"""

import struct
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO

from lightning_cli.errors import OutputError

# Opus counts at this rate whatever it was given; a packet is 20 ms.
_RATE = 48_000
_PACKET_SAMPLES = 960
_PAGE_HEAD = struct.Struct("<4sBBqIIIB")
_SEGMENTS_AT = _PAGE_HEAD.size
_CRC_AT = 22
_POLYNOMIAL = 0x04C11DB7
_FIRST, _LAST = 2, 4
# A second a page, as is usual; a page has 255 segments of 255 bytes at most.
_PACKETS_A_PAGE, _SEGMENTS = 50, 255
# Checksums of so many pages are worked out side by side.
_PAGES_AT_ONCE = 500
_SIZE = struct.Struct(">H")


def packets_of(raw: bytes) -> bytes:
    """Return the packets of sound in an Ogg Opus file, each behind its size; raise ``OutputError`` for another."""
    found: list[bytes] = []
    at, part = 0, b""
    while at < len(raw):
        if not raw.startswith(b"OggS", at) or at + _SEGMENTS_AT > len(raw):
            raise OutputError("ffmpeg has written no Ogg pages", hint="ffmpeg 4.4 or newer is needed")
        sizes = raw[at + _SEGMENTS_AT : at + _SEGMENTS_AT + raw[at + _SEGMENTS_AT - 1]]
        at += _SEGMENTS_AT + len(sizes)
        for size in sizes:
            part += raw[at : at + size]
            at += size
            if size < _SEGMENTS:
                found.append(part)
                part = b""
    # The first two are the head and the tags.
    return b"".join(_SIZE.pack(len(packet)) + packet for packet in found[2:])


def sizes_of(packets: bytes) -> Iterator[int]:
    """Yield how many bytes each packet takes, with its size before it."""
    at = 0
    while at + _SIZE.size <= len(packets):
        size = _SIZE.size + _SIZE.unpack_from(packets, at)[0]
        yield size
        at += size


def read_packets(file: IO[bytes]) -> Iterator[bytes]:
    """Yield packets that were written each behind its size."""
    while len(size := file.read(_SIZE.size)) == _SIZE.size:
        yield file.read(_SIZE.unpack(size)[0])


def ogg_opus(
    packets: Iterable[bytes], sample_rate: int, skipped: int, tags: Iterable[tuple[str, str]]
) -> Iterator[bytes]:
    """Yield an Ogg Opus file; players leave out ``skipped`` of its first samples, at ``sample_rate``."""
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, skipped * _RATE // sample_rate, sample_rate, 0, 0)
    pages = _pages(head, _tags(tags), packets)
    while some := list(islice(pages, _PAGES_AT_ONCE)):
        for page, checksum in zip(some, _checksums(some), strict=True):
            struct.pack_into("<I", page, _CRC_AT, checksum)
        yield b"".join(some)


def _tags(tags: Iterable[tuple[str, str]]) -> bytes:
    fields = [f"{name}={value}".encode("utf-8", "replace") for name, value in tags]
    texts = (struct.pack("<I", len(one)) + one for one in fields)
    vendor = b"lightning-tts"
    return b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(fields)) + b"".join(texts)


def _pages(head: bytes, tags: bytes, packets: Iterable[bytes]) -> Iterator[bytearray]:
    """Yield pages without their checksums."""
    yield _page([head], 0, 0, _FIRST)
    yield _page([tags], 0, 1, 0)
    number, heard = 2, 0
    held: list[bytes] = []
    for packet in packets:
        segments = sum(len(one) // _SEGMENTS + 1 for one in (*held, packet))
        if len(held) == _PACKETS_A_PAGE or segments > _SEGMENTS:
            yield _page(held, heard, number, 0)
            number, held = number + 1, []
        held.append(packet)
        heard += _PACKET_SAMPLES
    yield _page(held, heard, number, _LAST)


def _page(packets: list[bytes], heard: int, number: int, flags: int) -> bytearray:
    segments = b"".join(bytes([_SEGMENTS]) * (len(one) // _SEGMENTS) + bytes([len(one) % _SEGMENTS]) for one in packets)
    head = _PAGE_HEAD.pack(b"OggS", 0, flags, heard, 1, number, 0, len(segments))
    return bytearray(b"".join((head, segments, *packets)))


def _checksums(pages: list[bytearray]) -> list[int]:
    """Return the checksums of pages: side by side, since Python would take minutes for a book."""
    import numpy as np

    table = np.zeros(256, dtype=np.uint32)
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (_POLYNOMIAL if value & 0x80000000 else 0)
        table[byte] = value & 0xFFFFFFFF
    # Zeros before a page change nothing.
    longest = max(map(len, pages))
    columns = np.zeros((longest, len(pages)), dtype=np.uint8)
    for place, page in enumerate(pages):
        columns[longest - len(page) :, place] = np.frombuffer(page, dtype=np.uint8)
    checksums = np.zeros(len(pages), dtype=np.uint32)
    for column in columns:
        checksums = (checksums << np.uint32(8)) ^ table[(checksums >> np.uint32(24)) ^ column]
    return [int(one) for one in checksums]
