"""Whether one piece of audio is the beginning of another, or the same getting softer."""

from array import array
from collections.abc import Iterator, Sequence


def common_prefix(heard: bytes, pcm: bytes) -> int:
    """Count the bytes that two pieces of audio have in common before they part."""
    return (
        next((at for at, (a, b) in enumerate(zip(heard, pcm, strict=False)) if a != b), min(len(heard), len(pcm))) & ~1
    )


def ends_in_fade(heard: bytes, pcm: bytes, fade_bytes: int) -> bool:
    """Return whether what was heard begins ``pcm`` and fades away where it ends early."""
    same = common_prefix(heard, pcm)
    return len(heard) - same <= fade_bytes and is_faded(heard[same:], pcm[same : same + fade_bytes])


def is_whole_but_for_pause(heard: bytes, pcm: bytes, fade_bytes: int) -> bool:
    """Return whether all of ``pcm`` was heard, with one pause at most: it fades, and what faded is heard again."""
    same = common_prefix(heard, pcm)
    rest = pcm[same + 2 * fade_bytes :]
    return heard.endswith(rest) and len(pcm) <= len(heard) + fade_bytes <= len(pcm) + 3 * fade_bytes


def is_faded(fade: bytes, pcm: bytes) -> bool:
    """Return whether a piece is what follows, getting softer; samples that became silence are left out."""
    heard, whole = array("h", fade), array("h", pcm)
    # A small sample may have become silence, which puts the next in its place: each stands at any of these.
    places = {0}
    for sample in heard:
        places = {at + 1 for begin in places for at in _reached(begin, whole) if _is_softer(sample, whole[at])}
    return bool(places)


def _reached(begin: int, whole: Sequence[int]) -> Iterator[int]:
    """Return the places from ``begin`` to the first sample that cannot have become silence."""
    for at in range(begin, len(whole)):
        yield at
        if abs(whole[at]) * (1 - at / len(whole)) >= _AUDIBLE:
            return


def _is_softer(sample: int, than: int) -> bool:
    return abs(sample) <= abs(than) and (sample > 0) == (than > 0)


# Nothing below it is certain to be more than zero once it is rounded.
_AUDIBLE = 2
