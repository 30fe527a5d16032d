"""Blocks of audio to the events of an answer, in the dialects that have been seen or documented; pure.

``dialect`` new and seed are protocol.md 3.2; ``container`` raw, first and each are the three readings of 3.4.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pybase64

from lightning_cli.client.sse import encode_event
from lightning_cli.local.speech import TERMINATOR, audio_event
from lightning_cli.serve.utterance import Encoded, Utterance, container_bytes
from lightning_cli.sinks.containers import CONTAINERS, MP3, PCM

_SEED_TERMINATOR = encode_event(b'{"done": true}')


def terminator(dialect: str) -> bytes:
    """Write the event that ends an answer."""
    return _SEED_TERMINATOR if dialect == "seed" else TERMINATOR


def pieces(data: bytes, size_bytes: int) -> Iterator[bytes]:
    """Cut ``data`` into pieces of at most ``size_bytes``."""
    return (data[start : start + size_bytes] for start in range(0, len(data), size_bytes))


def source_for(utterance: Utterance, output_format: str, container: str) -> Utterance | Encoded:
    """Choose what an event stream carries: PCM, or the format behind one header."""
    if container == "first" and output_format != PCM.name:
        return Encoded(utterance, CONTAINERS[output_format])
    return utterance


def block_writer(
    output_format: str, sample_rate: int, container: str, dialect: str, event_bytes: int
) -> Callable[[bytes], bytes]:
    """Return a function that writes the events of one block."""
    write = _seed_event if dialect == "seed" else audio_event
    if container != "each" or output_format == PCM.name:
        return lambda block: b"".join(write(piece) for piece in pieces(block, event_bytes))
    wrap = container_bytes(CONTAINERS[output_format], sample_rate)
    # An MP3 of 1024 bytes of PCM would be mostly silence that the encoder adds.
    whole_frames = event_bytes if output_format == MP3.name else max(2, event_bytes // 2 * 2)
    cut = (lambda block: iter([block])) if output_format == MP3.name else (lambda block: pieces(block, whole_frames))
    return lambda block: b"".join(write(wrap(piece)) for piece in cut(block))


def _seed_event(pcm: bytes) -> bytes:
    return encode_event(b'{"audio":"' + pybase64.b64encode(pcm) + b'"}', b"audio")


def to_json(value: object) -> bytes:
    """Encode as JavaScript does: no white space, UTF-8, null for numbers that JSON has no form for."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {name: _finite(one) for name, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
        case float() if value - value != 0:
            return None
        case _:
            return value
