"""Fades of a few milliseconds for 16-bit PCM: stopping or starting inside a word would click otherwise.

Without numpy: it takes longer to load than a fade lasts, and a listener who pauses waits for it.
"""

from array import array

FADE_MS = 4


def fade_out(pcm: bytes, channels: int = 1) -> bytes:
    """Return whole frames, falling to silence."""
    samples = array("h", pcm)
    frames = len(samples) // channels
    for at, sample in enumerate(samples):
        samples[at] = int(sample * (1 - (at // channels + 1) / frames))
    return samples.tobytes()


def fade_in(pcm: bytes, channels: int = 1) -> bytes:
    """Return whole frames, rising from silence."""
    samples = array("h", pcm)
    frames = len(samples) // channels
    for at, sample in enumerate(samples):
        samples[at] = int(sample * ((at // channels + 1) / (frames + 1)))
    return samples.tobytes()
