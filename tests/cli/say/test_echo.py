"""The echo: text stands with its own segment, however it arrives, and comes when that begins to sound."""

import io
import itertools
import os
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.command_line import run_here
from support.fake_server import SpeechServer, ramp, serving, speaks

from lightning_cli.cli.say import text_source
from lightning_cli.cli.say.echo import Echo, SourceText, with_originals
from lightning_cli.errors import (
    OutputError,
    ReaderGone,
    UsageFault,
)
from lightning_cli.text.reading import Reading

TEXT = "This is *the first* sentence of it. Here is the second one. And a third `one`.\n\nA new paragraph ends it.\n"


def _texts(pieces: list[str], markup: str, *, live: bool) -> tuple[list[str], str]:
    original, texts = SourceText(), deque[str]()
    source = iter(pieces) if live else pieces
    segments = text_source.cut(source, Reading(markup), language="en", fed=original.fed)
    for _ in with_originals(segments, original, texts):
        pass
    return list(texts), original.rest()


@pytest.mark.parametrize("live", [False, True])
def test_a_text_that_comes_at_once_is_told_apart(*, live: bool) -> None:
    """Each sentence has its own words, from a pipe that delivers everything in one piece too."""
    texts, rest = _texts([TEXT], "none", live=live)
    assert [text.split()[0] for text in texts] == ["This", "Here", "And", "A"]
    assert "".join(texts) + rest == TEXT


@given(cuts=st.lists(st.integers(0, len(TEXT)), max_size=8), markup=st.sampled_from(["none", "markdown"]))
def test_all_of_it_is_passed_on_as_it_was(cuts: list[int], markup: str) -> None:
    """Put together, what stands behind the segments and what is left are the text, character for character."""
    places = sorted({0, len(TEXT), *cuts})
    pieces = [TEXT[a:b] for a, b in itertools.pairwise(places)]
    texts, rest = _texts(pieces, markup, live=True)
    assert "".join(texts) + rest == TEXT


def test_it_comes_when_it_sounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many texts as sentences have begun to sound are written, and the rest when all was heard."""
    written = io.BytesIO()
    monkeypatch.setattr("lightning_cli.cli.say.echo.put_all", lambda _out, data: written.write(data))
    heard = 0
    looked = deque[int](maxlen=2)

    def look() -> int:
        looked.append(heard)
        return heard

    echo = Echo(look)
    for text in ("one ", "two ", "three"):
        echo.add(text)
    for heard, expected in ((0, b""), (2, b"one two ")):
        looked.clear()
        while list(looked) != [heard] * 2:
            pass
        assert written.getvalue() == expected
    echo.close(complete=True)
    assert written.getvalue() == b"one two three"


def test_an_echo_that_nobody_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise what became of standard output: closed from the start, full, or left by its reader."""
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(UsageFault, match="which is closed"):
        Echo(lambda: None)
    reader, writer = os.pipe()
    os.close(reader)
    left = os.fdopen(writer, "wb", buffering=0)
    with Path("/dev/full").open("wb", buffering=0) as full, left:
        for stream, kind in ((full, OutputError), (left, ReaderGone)):
            # As Python makes it, so that there is something to flush; never flushed again by its own end.
            out = io.TextIOWrapper(io.BufferedWriter(_Kept(stream)), write_through=True)
            monkeypatch.setattr(sys, "stdout", out)
            echo = Echo(lambda: None)
            echo.add("text")
            with pytest.raises(kind):
                echo.close(complete=True)
            with pytest.raises(kind):
                echo.add("more")
            monkeypatch.undo()
            _forget(out)


class _Kept(io.RawIOBase):
    """Write to a stream of another owner, until told otherwise."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self.stream.write(data) if self.stream is not None else len(data)


def _forget(out: io.TextIOWrapper) -> None:
    """Suppress failures at the end of a wrapper."""
    buffer: Any = out.buffer
    buffer.raw.stream = None


@pytest.fixture(scope="module")
def server() -> Iterator[SpeechServer]:
    """Return a server that speaks whatever it is sent."""
    with serving(speaks(ramp(600))) as made:
        yield made


@pytest.mark.usefixtures("key_holder")
def test_a_whole_text_is_echoed(server: SpeechServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Markup and all, though the request has none."""
    run_here(
        "say", "**Hi** there.", "--whole", "--markup", "markdown", "--echo", "-o", "x.wav", "--base-url", server.url
    )
    assert capsys.readouterr().out == "**Hi** there."
    assert server.requests[-1].json["text"].strip() == "Hi there."
