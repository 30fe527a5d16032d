"""Hostile bytes into everything that reads from outside: only the errors of our own tree may come out.

A short run belongs to the suite; ``make fuzz`` runs the same for longer.
"""

import contextlib
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from speechserver import ramp, speech_events

from lightning_cli.audio import PcmFormat, wav_header
from lightning_cli.client.body import BodyPayload
from lightning_cli.client.decode import SpeechDecoder
from lightning_cli.client.messages import error_message
from lightning_cli.client.payload import EventPayload
from lightning_cli.client.wsframes import read_frame
from lightning_cli.errors import LightningError
from lightning_cli.markup import MarkupFilter, speakable
from lightning_cli.sse import Decoder
from lightning_cli.text import segments_of
from lightning_cli.voices import parse_voices
from lightning_cli.wordlist import read_words

FMT = PcmFormat(24_000)
SESSION = b"".join(speech_events(ramp(400), size=100))
WAV = wav_header(FMT, 400) + ramp(200)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def mutated(draw: st.DrawFn, seed: bytes) -> bytes:
    """Change a valid input in a few places: bytes replaced, dropped, doubled, inserted."""
    data = bytearray(seed)
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        size = draw(st.integers(0, 40))
        change = draw(st.sampled_from(("replace", "drop", "double", "insert")))
        if change == "drop":
            del data[at : at + size]
        elif change == "double":
            data[at:at] = data[at : at + size]
        else:
            piece = draw(st.binary(min_size=1, max_size=8) | st.sampled_from((b"\r", b"\n\n", b'"', b"\\", b"data:")))
            data[at : at + (len(piece) if change == "replace" else 0)] = piece
    return bytes(data)


@given(mutated(SESSION) | st.binary(max_size=400), st.lists(st.integers(1, 50), max_size=40))
def test_event_streams(data: bytes, sizes: list[int]) -> None:
    """A broken event stream ends in one of our errors or in audio, and its events do not depend on the cut."""
    whole, cut = Decoder(), Decoder()
    events, at = [], 0
    for size in sizes:
        events += cut.feed(data[at : at + size])
        at += size
    events += cut.feed(data[at:]) + cut.finish()
    assert events == whole.feed(data) + whole.finish()
    with contextlib.suppress(LightningError):
        decoder = SpeechDecoder()
        decoder.feed(data)
        decoder.finish()


@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_error_bodies(body: bytes) -> None:
    """Any error body gives one short line."""
    message = error_message(body)
    assert "\n" not in message


@given(mutated(WAV) | st.binary(max_size=200), st.sampled_from(("pcm", "wav", "mp3", "ulaw", "alaw")))
def test_containers(data: bytes, wire_format: str) -> None:
    """A broken container ends in one of our errors or in PCM."""
    with contextlib.suppress(LightningError):
        payload = BodyPayload(FMT, wire_format)
        payload.feed(data)
        payload.finish()
    with contextlib.suppress(LightningError):
        events = EventPayload(FMT, wire_format)
        for at in range(0, len(data), 40):
            events.feed(data[at : at + 40])
        events.finish()


@given(st.text(max_size=200) | JSON.map(json.dumps))
def test_socket_frames(text: str) -> None:
    """Any message over the WebSocket is a frame or one of our errors."""
    with contextlib.suppress(LightningError):
        read_frame(text)


@given(JSON)
def test_catalogues(answer: object) -> None:
    """Any JSON is read as a list of voices or refused by one of our errors."""
    with contextlib.suppress(LightningError):
        parse_voices(answer)


@given(st.binary(max_size=300), st.sampled_from((".csv", ".tsv", ".json", ".toml")))
def test_dictionary_files(tmp_path_factory: object, data: bytes, suffix: str) -> None:
    """Any file is read as words or its problems are listed."""
    assert hasattr(tmp_path_factory, "getbasetemp")
    path = Path(tmp_path_factory.getbasetemp()) / f"words{suffix}"
    path.write_bytes(data)
    with contextlib.suppress(LightningError):
        read_words(path)


@given(st.text(max_size=400), st.sampled_from(("auto", "markdown", "none")))
def test_texts(text: str, mode: str) -> None:
    """Any text becomes segments that are the text, and markup is taken away alike whole and in pieces."""
    spoken = speakable(text, mode)
    filtered = MarkupFilter(mode)
    assert "".join(filtered.feed(char) for char in text) + filtered.finish() == spoken
    assert "".join(segment.source for segment in segments_of(spoken)) == spoken
