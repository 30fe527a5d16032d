"""G.711 to linear: one byte of mu-law or A-law to one signed 16-bit little-endian sample, exactly.

The values are those of ITU-T G.711, tables 1a to 2b, in the 16-bit scale of the ITU's reference code (G.191): mu-law
reaches 32124, A-law 32256.
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
