"""G.711 in both directions: mu-law and A-law bytes to 16-bit little-endian samples, and back.

Decoded values are those of ITU-T G.711, tables 1a to 2b, in the 16-bit scale of the ITU's reference code (G.191):
mu-law reaches 32124, A-law 32256.

Encoding uses one table of 65,536 entries. Its intervals are those of ITU-T G.711, tables 1a and 2a. A sample that lies
exactly on a decision value goes up, on both sides of zero, as in the ITU's own reference code (G.191). The ``audioop``
module did this until Python 3.12.
"""

import functools

_LAWS = ("ulaw", "alaw")
_SIGN = 0x80
_BIAS = 132


def expand(codes: bytes, law: str) -> bytes:
    """Decode ``ulaw`` or ``alaw`` bytes to PCM twice as long; three passes in C, no numpy."""
    low, high = _tables(law)
    pcm = bytearray(2 * len(codes))
    pcm[0::2] = codes.translate(low)
    pcm[1::2] = codes.translate(high)
    return bytes(pcm)


@functools.cache
def _tables(law: str) -> tuple[bytes, bytes]:
    """Build the tables of low and high bytes, by code."""
    if law not in _LAWS:
        raise RuntimeError(f"no such law: {law}")
    sample_of = _from_ulaw if law == "ulaw" else _from_alaw
    words = [sample_of(code) & 0xFFFF for code in range(256)]
    return bytes(word & 0xFF for word in words), bytes(word >> 8 for word in words)


def _from_ulaw(code: int) -> int:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + _BIAS << (code >> 4 & 7)) - _BIAS
    return -magnitude if code & _SIGN else magnitude


def _from_alaw(code: int) -> int:
    code ^= 0x55
    segment = code >> 4 & 7
    step = (code & 0x0F) << 4
    magnitude = step + 8 if segment == 0 else step + 264 << segment - 1
    return magnitude if code & _SIGN else -magnitude


_SIGN_BIT = 0x80


@functools.cache
def table(law: str) -> bytes:
    """Build the table for ``ulaw`` or ``alaw``: entry ``sample & 0xFFFF`` is the code."""
    if law == "ulaw":
        # Sixteen steps a segment, each segment's twice as wide; the first step is half a step, the last takes the rest.
        widths = [4, *[8] * 15, *(16 << segment for segment in range(7) for _ in range(16))]
        codes = [0xFF - index for index in range(128)]
    elif law == "alaw":
        widths = [*[16] * 16, *(16 << segment for segment in range(7) for _ in range(16))]
        codes = [(_SIGN_BIT | index) ^ 0x55 for index in range(128)]
    else:
        raise RuntimeError(f"no such law: {law}")
    widths[-1] += 32768 - sum(widths)
    positive = b"".join(bytes([code]) * width for code, width in zip(codes, widths, strict=True))
    # -1 is the mirror of 0, -32768 that of 32767; the negative codes lack the sign bit.
    clear_sign = bytes(code & ~_SIGN_BIT for code in range(256))
    return positive + positive[::-1].translate(clear_sign)


def compress(pcm: bytes, law: str) -> bytes:
    """Encode signed 16-bit little-endian samples, one byte each; without numpy, about 0.1 us a sample."""
    return bytes(map(table(law).__getitem__, memoryview(pcm).cast("H")))
