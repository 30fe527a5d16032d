"""Chunks taken many at a time are the chunks that http.client reads, whatever the cut and whatever else is there."""

import http.client
import io
from typing import cast

import pytest
import requests
import urllib3
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.cuts import cut, places, singles
from support.fake_server import Exchange, ramp, serving, speech_events
from support.service_client import HELLO, client_of, hear

from lightning_cli.client.stream import reader_of, take_chunks

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Wire(io.RawIOBase):
    """A file that returns pieces one read at a time, as a socket does."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # what BufferedReader hands over
        """Return what one read gives."""
        if not self._pieces:
            return 0
        piece = self._pieces[0]
        count = min(len(piece), len(buffer))
        buffer[:count] = piece[:count]
        self._pieces[0] = piece[count:]
        if not self._pieces[0]:
            del self._pieces[0]
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Stand for the socket that http.client asks for its file."""
        return io.BufferedReader(self)


def answer_of(pieces: list[bytes]) -> tuple[requests.Response, http.client.HTTPResponse, io.BufferedReader]:
    """Build the answer as urllib3 does: its object, http.client's, and the file below them."""
    wire = cast("http.client.HTTPConnection", Wire([HEAD, *pieces]))
    answer = http.client.HTTPResponse(wire)  # type: ignore[arg-type] # all it asks a socket for is its file
    answer.begin()
    file = answer.fp
    response = requests.Response()
    response.raw = urllib3.HTTPResponse(
        answer, headers=dict(answer.headers), preload_content=False, original_response=answer
    )
    return response, answer, file


def read_by_us(pieces: list[bytes]) -> tuple[bytes, str]:
    """Read a body as the client does; give it and the name of what ended it."""
    response, answer, _ = answer_of(pieces)
    read, body = reader_of(response), b""
    try:
        while piece := read():
            body += piece
    except urllib3.exceptions.HTTPError as fault:
        return body, type(fault).__name__
    return body, "ended" if answer.isclosed() else "open"


def read_by_library(pieces: list[bytes]) -> tuple[bytes, str]:
    """Do the same with urllib3 and http.client alone, a chunk at a time."""
    response, answer, _ = answer_of(pieces)
    body = b""
    try:
        while piece := response.raw.read1(64 * 1024, decode_content=True):
            body += piece
    except urllib3.exceptions.HTTPError as fault:
        return body, type(fault).__name__
    return body, "ended" if answer.isclosed() else "open"


sizes = st.sampled_from(["%x", "%x", "%x", "%X", "%08x", "000000000%x", "%x;name=value", '%x; q="a;b"', "%x ", "0x%x"])
bad_sizes = st.sampled_from(
    [b"", b"g\r\n", b"-5\r\n", b"1_0\r\n", b" 5\r\n", b"5\n", b"\r\n", b"f" * 70_000, b"5;\r\r\n"]
)
endings = st.sampled_from(
    [
        b"0\r\n\r\n",
        b"0\r\n\r\n",
        b"00\r\n\r\n",
        b"0;last\r\n\r\n",
        b"0\r\nX-Trailer: a\r\nX-Other: b\r\n\r\n",
        b"0\r\nX-Trailer: " + b"x" * 70_000 + b"\r\n\r\n",
        b"0\r\n",
        b"0",
        b"",
    ]
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Write a chunked body as some server might, or half of one."""
    wire = b""
    for data in draw(st.lists(st.binary(min_size=1, max_size=40), max_size=6)):
        line: str = draw(sizes)
        wire += (line % len(data)).encode() + b"\r\n" + data
        wire += draw(st.sampled_from([b"\r\n"] * 12 + [b"\n\n", b"xx", b""]))
    wire += draw(st.one_of(endings, endings, endings, bad_sizes)) + draw(st.sampled_from([b"", b"", b"HTTP/1.1 200"]))
    return wire[: draw(st.integers(0, len(wire)))] if draw(st.integers(0, 5)) == 0 else wire


@settings(deadline=None, max_examples=400)
@given(wire=bodies(), places=places)
@example(wire=b"5\r\nhello\r\n" * 3 + b"0\r\n\r\n", places=[7, 8, 9])
@example(wire=b"2000\r\n" + bytes(0x2000) + b"\r\n4000\r\n" + bytes(0x4000) + b"\r\n0\r\n\r\n", places=[4, 8200])
def test_same_as_http_client(wire: bytes, places: list[int]) -> None:
    """Read the same body to the same end as http.client does, whole, cut anywhere and cut everywhere."""
    expected = read_by_library([wire])
    pieces = [[wire], cut(wire, places), *([singles(wire)] if len(wire) < 1000 else [])]
    assert [read_by_us(cuts) for cuts in pieces] == [expected] * len(pieces)


def test_every_cut() -> None:
    """Read the same for each place where three chunks and their end can be cut in two."""
    wire = b"5\r\nhello\r\n1;ext\r\n \r\n005\r\nworld\r\n0\r\nX-Trailer: 1\r\n\r\n"
    for at in range(len(wire) + 1):
        assert read_by_us([wire[:at], wire[at:]]) == (b"hello world", "ended"), at
        # A body that breaks off ends as it does for http.client, which takes a line cut short for the whole line.
        assert read_by_us([wire[:at]]) == read_by_library([wire[:at]]), at
    assert read_by_us([wire[:7]]) == (b"hell", "ProtocolError")


def test_nothing_behind_the_body_is_touched() -> None:
    """Leave what follows the last chunk in the file, for the reader of the next answer."""
    response, answer, file = answer_of([b"5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK"])
    read = reader_of(response)
    assert read() == b"hello"
    # The last chunk closes http.client's own name for the file, so what it leaves is looked at before.
    assert file.peek() == b"0\r\n\r\nHTTP/1.1 200 OK"
    assert answer.chunk_left is None
    assert read() == b""
    assert answer.isclosed()


def test_a_chunk_is_given_as_far_as_it_has_come() -> None:
    """Pass on the start of a chunk while its end is still to come, and many chunks at once when they are there."""
    response, answer, _ = answer_of(
        [b"3\r\nabc\r\n10\r\n0123", b"456789abcdef", b"\r\n2\r\nxy\r\n1\r\nz\r\n", b"0\r\n\r\n"]
    )
    read = reader_of(response)
    assert read() == b"abc0123"
    assert answer.chunk_left == 12
    assert [read(), read(), read()] == [b"456789abcdef", b"xyz", b""]


@pytest.mark.parametrize(
    ("window", "left", "expected"),
    [
        (b"", None, (b"", 0, None)),
        (b"3\r\nabc\r\n", None, (b"abc", 8, None)),
        (b"3\r\nabc", None, (b"abc", 6, 0)),
        (b"3\r\na", None, (b"a", 4, 2)),
        (b"bc\r\n1\r\nx", 2, (b"bcx", 8, 0)),
        (b"\r\n", 0, (b"", 2, None)),
        (b"\r", 0, (b"", 0, 0)),
        (b"xx3\r\nabc", 0, (b"", 0, 0)),
        (b"0\r\n\r\n", None, (b"", 0, None)),
        (b"1\r\nx\r\n0\r\n\r\n", None, (b"x", 6, None)),
        (b"3;x\r\nabc\r\n", None, (b"", 0, None)),
        (b"123456789\r\n", None, (b"", 0, None)),
        (b"ffffffff\r\nab", None, (b"ab", 12, 0xFFFFFFFD)),
        (b"0x3\r\nabc", None, (b"", 0, None)),
        (b"-3\r\nabc", None, (b"", 0, None)),
        (b"abc", -3, (b"", 0, -3)),
    ],
)
def test_take_chunks(window: bytes, left: int | None, expected: tuple[bytes, int, int | None]) -> None:
    """Take plain chunks, no more and no less."""
    assert take_chunks(window, left) == expected


def test_the_connection_serves_again_after_every_ending() -> None:
    """Keep one connection across answers with extensions, trailers and events spread over chunks."""
    pcm = ramp(20_000)

    def spread(exchange: Exchange) -> None:
        exchange.head(extra=("Transfer-Encoding: chunked",))
        whole = b"".join(speech_events(pcm))
        for number, at in enumerate(range(0, len(whole), 777)):
            part = whole[at : at + 777]
            line = f"{len(part):x};n={number}" if number % 5 == 0 else f"{len(part):X}"
            exchange.send(line.encode() + b"\r\n" + part + b"\r\n")
        exchange.send(b"0;end\r\nX-Characters: 5\r\n\r\n")

    with serving(spread) as server, client_of(server) as client:
        assert [hear(client) == pcm for _ in range(4)] == [True] * 4
        assert server.connections == 1
        with client.stream(HELLO) as stream:
            assert b"".join(stream) == pcm
