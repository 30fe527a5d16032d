"""DOC."""

import pytest

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.containers.wav import read_head
from lightning_cli.errors import ProtocolError


def test_a_header_of_nothing_but_chunks() -> None:
    """A WAV header that goes on and on is refused, since it is looked at again with every piece."""
    head = b"RIFF\0\0\0\0WAVE" + b"LIST\0\0\0\0" * 1000
    with pytest.raises(ProtocolError, match="without audio"):
        read_head(head, PcmFormat(24_000))
