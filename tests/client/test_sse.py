"""The event-stream grammar: every rule of the WHATWG section, and the promise that the cut of the bytes never shows."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.cuts import cut, places, singles

from lightning_cli.client.sse import Decoder, Event
from lightning_cli.errors import ProtocolError
from lightning_cli.local.speech import encode_event

BOM = b"\xef\xbb\xbf"


def decode(*pieces: bytes, finish: bool = True) -> list[Event]:
    """Feed pieces to a new decoder and collect what comes out."""
    decoder = Decoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.finish() if finish else events


def message(*data: bytes) -> list[Event]:
    """Make the events of a stream that names no types."""
    return [Event(b"message", item) for item in data]


# Each row follows one rule or example of the section "Parsing / interpreting an event stream".
GRAMMAR: dict[str, tuple[bytes, list[Event]]] = {
    "three events without a type": (
        b"data: first\n\ndata: second\n\ndata: third\n\n",
        message(b"first", b"second", b"third"),
    ),
    "typed events": (
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
        [Event(b"add", b"73857293"), Event(b"remove", b"2153")],
    ),
    "lines of data are joined by newline": (b"data: YHOO\ndata: +2\ndata: 10\n\n", message(b"YHOO\n+2\n10")),
    "comment, id and events without data": (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        message(b"first event", b"second event", b" third event"),
    ),
    "bare data fields are empty lines": (b"data\n\ndata\ndata\n\n", message(b"", b"\n")),
    "one space after the colon is no part of the value": (b"data:test\n\ndata: test\n\n", message(b"test", b"test")),
    "only the first space goes, a tab stays": (b"data:  two\n\ndata:\ttab\n\n", message(b" two", b"\ttab")),
    "only the first colon parts name and value": (b"data: a:b: c\n\n", message(b"a:b: c")),
    "unknown fields are ignored": (b"retry: 10\nid: 7\nfoo: bar\nfoo\ndatax: no\ndata: yes\n\n", message(b"yes")),
    "names are case-sensitive and not trimmed": (b"Data: no\n data: no\ndata : no\ndata: yes\n\n", message(b"yes")),
    "a type without data is dropped with its event": (b"event: lost\n\ndata: next\n\n", message(b"next")),
    "the last type wins": (b"event: a\nevent: b\ndata: x\n\n", [Event(b"b", b"x")]),
    "an empty type is the default": (b"event:\ndata: x\n\n", message(b"x")),
    "the type lasts for one event": (b"event: a\ndata: 1\n\ndata: 2\n\n", [Event(b"a", b"1"), *message(b"2")]),
    "many blank lines are nothing": (b"\n\n\n\ndata: x\n\n\n\n\n", message(b"x")),
    "comments are keep-alives": (b":\n:\n\n: hello\ndata: x\n: inside\ndata: y\n\n:end\n\n", message(b"x\ny")),
    "CR ends lines": (b"data: a\rdata: b\r\rdata: c\r\r", message(b"a\nb", b"c")),
    "CRLF ends lines": (b"data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", message(b"a\nb", b"c")),
    "line ends may be mixed": (b"data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r", message(b"a\nb\nc", b"d")),
    "LF CR are two ends": (b"data: a\n\rdata: b\n\n", message(b"a", b"b")),
    "one byte order mark is dropped": (BOM + b"data: x\n\n", message(b"x")),
    "a second byte order mark belongs to a name": (BOM + BOM + b"data: no\ndata: x\n\n", message(b"x")),
    "a byte order mark later on belongs to a name": (b"data: x\n\n" + BOM + b"data: y\n\n", message(b"x")),
    "bytes that are no text pass": (b"data: \xff\x00\xc3\n\n", message(b"\xff\x00\xc3")),
    "the end of the stream completes an event": (
        b"data: a\n\nevent: t\ndata: b\n",
        [*message(b"a"), Event(b"t", b"b")],
    ),
    "the end of the stream completes a line": (b"data: a\n\ndata: b", message(b"a", b"b")),
    "the end of the stream completes a CR": (b"data: a\r", message(b"a")),
    "nothing": (b"", []),
    "half a byte order mark": (BOM[:2], []),
    "a byte order mark alone": (BOM, []),
    "an unfinished type is no event": (b"event: audio\n", []),
}


@pytest.mark.parametrize(("stream", "expected"), GRAMMAR.values(), ids=GRAMMAR.keys())
def test_grammar(stream: bytes, expected: list[Event]) -> None:
    """Follow each rule, in one piece, byte by byte, and cut in two at every place."""
    assert decode(stream) == expected
    assert decode(*singles(stream)) == expected
    for at in range(len(stream) + 1):
        assert decode(stream[:at], b"", stream[at:]) == expected, at


def test_events_come_as_soon_as_their_blank_line() -> None:
    """Deliver an event with the byte that completes it, not with the one after."""
    decoder = Decoder()
    assert decoder.feed(b"data: a\n") == []
    assert decoder.feed(b"\n") == message(b"a")
    assert decoder.feed(b"data: b\r\n\r") == message(b"b")
    assert decoder.feed(b"\ndata: c\r\r") == message(b"c")


def test_idle_only_between_events() -> None:
    """``idle`` is True exactly where another reader could take over."""
    decoder = Decoder()
    decoder.feed(b"data: a\n\n")
    assert decoder.idle
    for piece in (b": half a comment", b"\n", b"data: x\n", b"event: t\n"):
        decoder.feed(piece)
        assert decoder.idle == (piece == b"\n")
    decoder.feed(b"\n")
    assert decoder.idle
    decoder.feed(b"data: b\r\n\r")
    assert not decoder.idle, "a LF may still belong to that CR"


types = st.none() | st.binary(min_size=1, max_size=8).filter(lambda raw: not {10, 13} & set(raw))
bodies = st.binary(max_size=40).map(lambda raw: raw.replace(b"\r", b"\n"))
lists = st.lists(st.tuples(bodies, types), max_size=6)


@settings(deadline=None, max_examples=250)
@given(events=lists, places=places, end=st.sampled_from([b"\n", b"\r", b"\r\n"]), bom=st.booleans())
@example(events=[(b"", None)], places=[], end=b"\r\n", bom=True)
def test_encode_then_decode(
    *, events: list[tuple[bytes, bytes | None]], places: list[int], end: bytes, bom: bool
) -> None:
    """Return what was encoded, whatever the cut, the line ends and a byte order mark."""
    stream = b"".join(encode_event(data, kind) for data, kind in events).replace(b"\n", end)
    expected = [Event(b"message" if kind is None else kind, data) for data, kind in events]
    assert decode(*cut((BOM if bom else b"") + stream, places), finish=False) == expected


@settings(deadline=None, max_examples=250)
@given(stream=st.binary(max_size=60) | st.text("data:event \r\n\ufeff", max_size=60).map(str.encode), places=places)
def test_cut_never_shows(stream: bytes, places: list[int]) -> None:
    """Find the same events in any bytes at all, however they are cut."""
    assert decode(*cut(stream, places)) == decode(stream)


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        (b"x", None, b"data: x\n\n"),
        (b"x", b"audio", b"event: audio\ndata: x\n\n"),
        (b"", None, b"data: \n\n"),
        (b"a\nb\n", b"t", b"event: t\ndata: a\ndata: b\ndata: \n\n"),
    ],
)
def test_encoded_bytes(data: bytes, kind: bytes | None, expected: bytes) -> None:
    """Write exactly these bytes (protocol.md 3.2)."""
    assert encode_event(data, kind) == expected


@pytest.mark.parametrize(
    "shape", ["one line", "many lines", "lines across pieces", "a comment", "empty lines", "an endless type"]
)
def test_limit(shape: str) -> None:
    """Stop an event that grows past the limit, in whatever way it grows, and keep what is held bounded."""
    piece = {
        "one line": b"x" * 10,
        "many lines": b"data: xxxx\n",
        "lines across pieces": b"xx\ndata: xxxx",
        "a comment": b":" * 10,
        "empty lines": b"data\n" * 10,
        "an endless type": b"event: xxx",
    }[shape]
    with pytest.raises(ProtocolError, match="larger than 1000 bytes"):
        feed_all(Decoder(limit_bytes=1000), [piece] * 2000)


def feed_all(decoder: Decoder, pieces: Sequence[bytes]) -> list[Event]:
    """Feed every piece."""
    return [event for piece in pieces for event in decoder.feed(piece)]


def test_limit_is_per_event() -> None:
    """Count anew for every event, and count no line twice that came in pieces."""
    decoder = Decoder(limit_bytes=1000)
    line = b"data: " + b"x" * 900
    for _ in range(50):
        assert decoder.feed(b": " + b"c" * 700 + b"\n") == []
        assert [event for at in range(0, len(line), 100) for event in decoder.feed(line[at : at + 100])] == []
        assert decoder.feed(b"\n\n") == message(b"x" * 900)
    with pytest.raises(ProtocolError, match="larger"):
        decoder.feed(b"data: " + b"x" * 1001 + b"\n")


class CountingBytes(bytes):
    """Count the bytes that are joined, split and searched."""

    touched = 0

    def split(self, *arguments: object) -> list[bytes]:
        """Count and split."""
        CountingBytes.touched += len(self)
        return [bytes(part) for part in bytes(self).split(*arguments)]  # type: ignore[arg-type]  # handed through


def test_cost_is_linear() -> None:
    """Read a line of 4 MB in pieces of 1 KiB: every byte is looked at once, and the pieces are joined once."""
    size, step = 4 * 1024 * 1024, 1024
    stream = b'data: {"audio":"' + b"A" * size + b'"}\n\n'
    pieces = [CountingBytes(stream[at : at + step]) for at in range(0, len(stream), step)]
    decoder = Decoder()
    decoder.feed(b":\n")
    CountingBytes.touched = 0
    events = [event for piece in pieces for event in decoder.feed(piece)]
    assert CountingBytes.touched == len(stream)
    assert len(json.loads(events[0].data)["audio"]) == size
