"""What a terminal makes of a line that is written over."""

import pytest

from lightning_cli.text.markup.control import ControlFilter, Overprint


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("x\n 1%\r 5%\r 9%\n", "x\n 9%\n"),
        ("\x1b[2K\rone\x1b[2K\rtwo\x1b[1Gthree\n", "three\n"),
        ("get 1/2\rget 2/2", "get 2/2"),
        ("Dear Ann\rdear Bob\rYours", "Dear Ann\ndear Bob\nYours"),
        ("One. Two\rthree\n", "One. Two\nthree\n"),
        ("one\r\ntwo\r\r\n", "one\ntwo\n"),
        ("it\x92s \x8050\x85 \x9bquoted", "it\u2019s \u20ac50\u2026 \u203aquoted"),
    ],
)
def test_overwritten_lines(source: str, shown: str) -> None:
    """The last state stays, wherever the text is cut; without line feeds the lines are lines."""
    for size in (1, 2, 3, 1000):
        control = ControlFilter()
        pieces = [control.feed(source[at : at + size]) for at in range(0, len(source), size)]
        assert "".join(pieces) + control.finish() == shown


def test_a_line_that_never_ends_is_let_go() -> None:
    """Memory is bounded: of text without ends, and of states that are lines after all."""
    overprint = Overprint()
    assert overprint.feed("word " * 200)
    overprint = Overprint()
    made = "".join(overprint.feed(f"{chr(97 + at % 26) * 100}\r") for at in range(2000))
    assert made.count("\n") > 1000
