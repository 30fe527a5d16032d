"""The synthesiser's blocks as the service's event stream (protocol.md 3.2 and 3.3); pure."""

from collections.abc import Iterable, Iterator

import pybase64

from lightning_cli.sse import encode_event

PIECE_BYTES = 1024
# Nothing but the value of ``done`` marks the end; this event has no type of its own.
TERMINATOR = encode_event(b'{"status":"200","done":true}')


def audio_event(pcm: bytes) -> bytes:
    """Write one event of audio."""
    data = b'{"audio":"' + pybase64.b64encode(pcm) + b'","done":false,"status":"206"}'
    return encode_event(data, b"audio")


def block_events(block: bytes, piece_bytes: int = PIECE_BYTES) -> bytes:
    """Write the events of one block, cut into pieces of at most ``piece_bytes``, as the service does."""
    return b"".join(audio_event(block[start : start + piece_bytes]) for start in range(0, len(block), piece_bytes))


def event_stream(blocks: Iterable[bytes], piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
    """Yield the bytes of a whole answer, one item per block and the terminator; faults of ``blocks`` pass through."""
    for block in blocks:
        yield block_events(block, piece_bytes)
    yield TERMINATOR
