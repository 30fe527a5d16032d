"""PCM as the service sends it: its format, bytes to whole frames, and the WAV header around it.

Nothing here does I/O. The wire carries signed 16-bit little-endian mono (protocol.md 0.11).
"""

import struct

from lightning_cli.system.records import Record

WAV_HEADER_BYTES = 44
# The length while it is unknown. Zero is read as an empty file by most readers; this one, which SoX writes itself,
# decodes to the end everywhere and is the one SoX does not warn about (peers.md 1f).
WAV_UNKNOWN_BYTES = 0x7FFFF000
WAV_LARGEST_BYTES = 0xFFFFFFFF
# The ds64 chunk of RF64 (EBU Tech 3306), which holds the lengths that 32 bits do not.
_DS64_BYTES = 8 + 28


class PcmFormat(Record):
    """A linear PCM format: ``sample_rate`` in Hz, ``channels``, ``sample_width_bytes``."""

    sample_rate: int
    channels: int = 1
    sample_width_bytes: int = 2

    @property
    def frame_bytes(self) -> int:
        """Return the size of one frame."""
        return self.channels * self.sample_width_bytes

    @property
    def bytes_per_second(self) -> int:
        """Return the size of one second."""
        return self.sample_rate * self.frame_bytes

    def bytes_in_ms(self, ms: float) -> int:
        """Return the size of ``ms`` milliseconds, rounded to whole frames."""
        return round(self.sample_rate * ms / 1000) * self.frame_bytes

    def seconds(self, size_bytes: int) -> float:
        """Return the duration of ``size_bytes``."""
        return size_bytes / self.bytes_per_second


class FrameAligner:
    """A cutter of byte streams at frame boundaries, carrying the rest over to the next piece."""

    __slots__ = ("_carry", "_frame_bytes")

    def __init__(self, frame_bytes: int) -> None:
        self._frame_bytes = frame_bytes
        self._carry = b""

    @property
    def carried_bytes(self) -> int:
        """Return the size of the incomplete frame that is held back."""
        return len(self._carry)

    def feed(self, data: bytes) -> bytes:
        """Return the whole frames available now."""
        if self._carry:
            data = self._carry + data
            self._carry = b""
        rest = len(data) % self._frame_bytes
        if rest:
            self._carry = data[-rest:]
            return data[:-rest]
        return data


def wav_header(fmt: PcmFormat, data_bytes: int | None) -> bytes:
    """Build the 44-byte RIFF header with a 16-byte ``fmt`` chunk and no other chunk before ``data``.

    ``data_bytes`` None means a pipe: both lengths are then as large as readers accept. A length beyond what 32 bits
    hold makes it the header of RF64, 36 bytes longer.
    """
    described = struct.pack(
        "<4sIHHIIHH",
        b"fmt ",
        16,
        1,
        fmt.channels,
        fmt.sample_rate,
        fmt.bytes_per_second,
        fmt.frame_bytes,
        fmt.sample_width_bytes * 8,
    )
    return riff_header(described, data_bytes, fmt.frame_bytes)


def riff_header(described: bytes, data_bytes: int | None, frame_bytes: int) -> bytes:
    """Return what stands before the audio of a WAV, ``described`` by its own chunks; see ``wav_header``."""
    data_size = WAV_UNKNOWN_BYTES if data_bytes is None else data_bytes
    riff_size = 4 + len(described) + 8 + data_size
    if riff_size <= WAV_LARGEST_BYTES:
        return struct.pack("<4sI4s", b"RIFF", riff_size, b"WAVE") + described + struct.pack("<4sI", b"data", data_size)
    lengths = (riff_size + _DS64_BYTES, data_size, data_size // frame_bytes, 0)
    return (
        struct.pack("<4sI4s", b"RF64", 0xFFFFFFFF, b"WAVE")
        + struct.pack("<4sIQQQI", b"ds64", _DS64_BYTES - 8, *lengths)
        + described
        + struct.pack("<4sI", b"data", 0xFFFFFFFF)
    )
