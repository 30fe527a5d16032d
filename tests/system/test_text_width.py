"""Columns of texts and terminals."""

import os
import pty
import termios

import pytest

from lightning_cli.system.text_width import cut, page_size, terminal_columns, width


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("日本語", 6), ("e\u0301", 1), ("👍🏽", 4), ("❤\ufe0f", 2), ("\u200d", 0)]
)
def test_columns_are_counted_as_terminals_do(text: str, columns: int) -> None:
    """Full-width characters take two, marks none."""
    assert width(text) == columns
    assert cut(text, columns, "…") == text


def test_full_width_text_is_cut_between_characters() -> None:
    """Half a character is never shown."""
    assert cut("日本語日本語", 6, "…") == "日本…"


def test_the_width_of_a_terminal() -> None:
    """Ask the terminal; a pipe has none."""
    ours, theirs = pty.openpty()
    reader, writer = os.pipe()
    try:
        termios.tcsetwinsize(theirs, (24, 91))
        assert terminal_columns(theirs) == 91
        assert terminal_columns(writer) == 0
    finally:
        for one in (ours, theirs, reader, writer):
            os.close(one)


def test_the_room_of_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the user says comes first."""
    monkeypatch.setenv("COLUMNS", "61")
    monkeypatch.setenv("LINES", "17")
    assert page_size() == (61, 17)
