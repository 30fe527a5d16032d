"""What a person sees: no control sequence raw, results and notes on their own streams, colour only where it belongs."""

import os
import pty
import re
import sys
import unicodedata
from collections.abc import Iterator
from io import StringIO
from typing import TextIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lightning_cli.cli.terminal.console import Console, escape, uses_colour
from lightning_cli.errors import OutputError, ReaderGone, UsageFault

# The bidirectional controls of UAX 9, table 1 to 4 and 8.
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
everything = st.text(st.characters(exclude_categories=())) | st.text(
    "\x00\x07\x1b[31m\r\n\t\x7f\x9b\u202e\u2066\u061c\ud800abc"
)


@settings(deadline=None, max_examples=500)
@given(everything)
@example("\x1b]0;title\x07\x9b31m\r\n\t\u2028\u2029\ufeff\udcff")
def test_escape_leaves_no_control(text: str) -> None:
    """Remove what moves a cursor, changes a colour, reverses text or cannot be encoded."""
    shown = escape(text)
    for letter in shown:
        assert unicodedata.category(letter) not in {"Cc", "Cs", "Zl", "Zp"}, ascii(letter)
        assert letter not in BIDI, ascii(letter)
    assert escape(shown) == shown
    shown.encode()


@settings(deadline=None, max_examples=300)
@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp"))))
@example("Grüße, नमस्ते 你好 مرحبا 👩‍👩‍👧‍👦 e\u0301 C:\\new %s {x} [red]")
def test_escape_leaves_what_can_be_read(text: str) -> None:
    """Change nothing a person can read, in any script; joiners of emoji and Indic letters stay."""
    assert escape(text) == text
    assert escape(text.replace(" ", "\u200d\u200c")) == text.replace(" ", "\u200d\u200c")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("a\u202eb", "a\\u202eb"),
        ("\udcff", "\\udcff"),
        ("\x00", "\\x00"),
    ],
)
def test_escapes_are_spelled_out(text: str, shown: str) -> None:
    """Spell them as Python does, so that a person can tell what came."""
    assert escape(text) == shown


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    """Return a real terminal."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as file:
        yield file
    os.close(master)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for no colour and against none."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("environment", "on_terminal", "elsewhere"),
    [
        ({}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
    ],
)
def test_colour(
    monkeypatch: pytest.MonkeyPatch,
    terminal: TextIO,
    environment: dict[str, str],
    *,
    on_terminal: bool,
    elsewhere: bool,
) -> None:
    """Decide per stream, the environment first (no-color.org; empty means unset)."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert uses_colour(terminal) is on_terminal
    assert uses_colour(StringIO()) is elsewhere
    closed = StringIO()
    closed.close()
    assert uses_colour(closed) is elsewhere


@pytest.mark.parametrize(("quiet", "verbose"), [(False, False), (True, False), (False, True), (True, True)])
def test_levels(capsys: pytest.CaptureFixture[str], *, quiet: bool, verbose: bool) -> None:
    """Keep errors always, notes unless quiet, details only when asked; none of it on stdout."""
    console = Console(quiet=quiet, verbose=verbose)
    console.note("a note")
    console.warn("a warning")
    console.detail("a detail")
    console.error("an error", "a hint")
    out, err = capsys.readouterr()
    assert out == ""
    notes = "" if quiet else "a note\nwarning: a warning\n"
    assert err == notes + ("a detail\n" if verbose else "") + "error: an error\nhint: a hint\n"


def test_faults(capsys: pytest.CaptureFixture[str]) -> None:
    """Print what happened and what to do next, escaped."""
    Console().fault(UsageFault("what\x1b[31m happened", hint="do\nthis"))
    Console().fault(UsageFault("no hint"))
    assert capsys.readouterr().err == "error: what\\x1b[31m happened\nhint: do\\nthis\nerror: no hint\n"


def test_painted(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Paint the label only, and never what came from elsewhere."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    Console().error("an \x1b[5merror")
    Console().note("a note")
    assert capsys.readouterr().err == "\x1b[1;31merror: \x1b[0man \\x1b[5merror\na note\n"


def test_results(capsys: pytest.CaptureFixture[str]) -> None:
    """Write results to stdout, escaped, whatever quiet says."""
    Console(quiet=True).result("a\tresult \x1b[31m नमस्ते")
    assert capsys.readouterr().out == "a\\tresult \\x1b[31m नमस्ते\n"


def test_nobody_reads_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Distinguish a reader that left from an output that failed."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as raw:
        monkeypatch.setattr(sys, "stdout", Raw(raw.fileno()))
        with pytest.raises(ReaderGone):
            Console().result("x")
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - a device, opened raw
        monkeypatch.setattr(sys, "stdout", Raw(full.fileno()))
        with pytest.raises(OutputError, match="No space left"):
            Console().result("x")


class Raw:
    """Write text to a descriptor at once."""

    encoding = "utf-8"

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def write(self, text: str) -> None:
        """Write."""
        os.write(self.descriptor, text.encode())

    def flush(self) -> None:
        """Return the empty buffer."""

    def isatty(self) -> bool:
        """Return False."""
        return False


def test_nobody_reads_the_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail at nothing when no one can receive a message: a closed, a missing and a full stderr."""
    closed = StringIO()
    closed.close()
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - a device, opened raw
        for stream in (closed, None, Raw(full.fileno())):
            monkeypatch.setattr(sys, "stderr", stream)
            Console().error("an error", "a hint")
            Console().note("a note")


def test_findings_in_colour(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Paint the state alone."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    Console().finding("ok", "text")
    assert re.fullmatch(r"\x1b\[[\d;]+mok   \x1b\[0mtext\n", capsys.readouterr().out)
