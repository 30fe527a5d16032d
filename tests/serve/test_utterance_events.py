"""Blocks of audio as events, and JSON."""

import base64
import json
import math

from hypothesis import given
from hypothesis import strategies as st

from lightning_cli.client.sse import Decoder
from lightning_cli.serve.utterance import block_writer, to_json


@given(st.binary(max_size=9000), st.integers(1, 5000), st.sampled_from(["new", "seed"]))
def test_events_of_any_size_carry_the_block(block: bytes, size: int, dialect: str) -> None:
    """Joined again they are what went in, each at most the size asked for."""
    written = block_writer("pcm", 8000, "raw", dialect, size)(block)
    pieces = [base64.b64decode(json.loads(event.data)["audio"]) for event in Decoder().feed(written)]
    assert b"".join(pieces) == block
    assert all(0 < len(piece) <= size for piece in pieces)


def test_json_has_no_numbers_that_are_none() -> None:
    """Infinity becomes null, as JavaScript writes it, wherever it stands."""
    assert to_json({"a": [math.inf, {"b": math.nan}], "c": 1.5}) == b'{"a":[null,{"b":null}],"c":1.5}'
    assert to_json("\ud800é") == '"?é"'.encode()
