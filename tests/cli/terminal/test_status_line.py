"""The line that shows a run, in terminals of every width."""

import os
import pty
import sys
import termios
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.screen import rows_of

from lightning_cli.cli.terminal.console import Console
from lightning_cli.cli.terminal.status_line import (
    GLYPHS,
    PLAIN_GLYPHS,
    ProgressLine,
    WriteProgress,
    compose,
    compose_progress,
)
from lightning_cli.playback.deck import DeckStatus
from lightning_cli.system.text_width import width

# Full-width and combining characters, and what must never reach a terminal raw.
SENTENCES = [
    "The first of them is plain and short.",
    "二番目の文はとても長いので、狭い端末では必ずどこかで切られることになります。",
    "Cafe\u0301 au lait, n\u0303andu\u0301 \u202eand a mark that turns text around, \x1b[31mred.",
]


def _written(**changes: Any) -> WriteProgress:
    return WriteProgress(
        450, 1000, 90.0, 12.0, "A sentence that goes on and on, and does not come to its end."
    )._replace(**changes)


def test_the_bar_in_40_80_and_200_columns() -> None:
    """Narrow it is short; wide there is room for the sentence."""
    assert compose_progress(_written(), 39, GLYPHS) == "━━━━──────  45 %  0:12, 0:14 left  7.5x"
    assert compose_progress(_written(), 79, GLYPHS) == (
        "━━━━━━━━━───────────  45 %  0:12, 0:14 left  7.5x  A sentence that goes on and…"
    )
    assert compose_progress(_written(), 199, GLYPHS) == (
        "━━━━━━━━━━━━━─────────────────  45 %  0:12, 0:14 left  7.5x  "
        "A sentence that goes on and on, and does not come to its end."
    )
    assert (
        compose_progress(_written(total=None), 79, PLAIN_GLYPHS)
        == "450 characters  0:12  7.5x  A sentence that goes on and on, and does not com..."
    )
    assert compose_progress(_written(characters=0), 39, PLAIN_GLYPHS) == "----------   0 %  0:12  7.5x  A sent..."
    assert compose_progress(_written(), 79, GLYPHS, colour=True).startswith("\x1b[32m━━━━━━━━━\x1b[0m───")
    assert compose_progress(_written(), 8, GLYPHS) == "45 %"


@settings(deadline=None)
@given(
    sentence=st.text(),
    columns=st.integers(1, 250),
    characters=st.integers(0, 10**7),
    total=st.none() | st.integers(0, 10**7),
    audio_s=st.floats(0, 1e6),
    elapsed_s=st.floats(0, 1e6),
    plain=st.booleans(),
)
def test_the_bar_never_wraps_and_never_controls(
    sentence: str,
    columns: int,
    characters: int,
    total: int | None,
    audio_s: float,
    elapsed_s: float,
    *,
    plain: bool,
) -> None:
    """Whatever is spoken, the line fits and holds nothing that a terminal would obey."""
    line = compose_progress(
        WriteProgress(characters, total, audio_s, elapsed_s, sentence), columns, PLAIN_GLYPHS if plain else GLYPHS
    )
    assert width(line) <= columns
    assert all(character >= " " and not "\x7f" <= character <= "\x9f" for character in line)


def test_a_terminal_that_knows_letters_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What its encoding lacks is spelled out, within its width."""
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    with os.fdopen(follower, "w", encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        line = ProgressLine(Console())
        line.draw(_written(sentence=SENTENCES[1]))
        monkeypatch.undo()
        drawn = os.read(leader, 4096).decode("ascii")
        line.close()
    os.close(leader)
    (row,) = rows_of(drawn, 80)
    assert row.startswith("#########-----------  45 %  0:12, 0:14 left  7.5x  \\u4e8c\\u756a")
    assert 70 < len(row) <= 77


@pytest.mark.parametrize(("xterm", "said"), [(False, False), (True, False), (False, True)])
def test_a_terminal_that_becomes_narrower(monkeypatch: pytest.MonkeyPatch, *, xterm: bool, said: bool) -> None:
    """It has wrapped the line, whose rows are all replaced; what a message stands in is left alone."""
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("NO_COLOR", "1")
        if xterm:
            monkeypatch.setenv("XTERM_VERSION", "XTerm(388)")
        console = Console()
        line = ProgressLine(console)
        line.draw(_written(sentence=SENTENCES[0]))
        drawn = os.read(leader, 4096).decode()
        assert width(drawn.removeprefix("\r").removesuffix("\x1b[K")) > 60
        termios.tcsetwinsize(follower, (24, 30))
        if said:
            console.note("So it is.")
            os.read(leader, 4096)
        line.draw(_written(sentence=SENTENCES[0]))
        again = os.read(leader, 4096).decode()
        line.close()
        monkeypatch.undo()
    os.close(leader)
    if xterm or said:
        assert not again.startswith("\r\x1b[")
    else:
        assert again.startswith("\r\x1b[2A")
        assert again.endswith("\x1b[J")


def _status(sentence: str, **changes: Any) -> DeckStatus:
    status = DeckStatus("playing", 7.9, 91.2, False, 100, sentence)
    return status._replace(**changes)


def test_the_line_in_40_and_200_columns() -> None:
    """Narrow it is short, wide it has words; the sentence takes what is left."""
    sentence = "A sentence that goes on and on, " * 10
    assert compose(_status(sentence), 40) == "▸ 0:07 / 1:31+  +83 s  A sentence that…"
    wide = compose(_status("Short.", state="paused", percent=80, is_complete=True), 200)
    assert wide == "‖ 0:07 / 1:31  83 s ahead  volume 80 %  Short."
    assert 199 <= width(compose(_status(sentence), 200)) <= 200
    assert compose(_status("Text", heard_s=3725, arrived_s=7200), 40).startswith("▸ 1:02:05 / 2:00:00+")


@settings(deadline=None)
@given(
    sentence=st.text(),
    columns=st.integers(0, 200),
    heard_s=st.floats(0, 1e5),
    percent=st.integers(0, 400),
    plain=st.booleans(),
)
def test_the_line_never_wraps_and_never_controls(
    sentence: str, columns: int, heard_s: float, percent: int, *, plain: bool
) -> None:
    """Whatever is said, the line fits and holds nothing that a terminal would obey."""
    status = _status(sentence, heard_s=heard_s, arrived_s=heard_s + 5, percent=percent)
    line = compose(status, columns, PLAIN_GLYPHS if plain else GLYPHS)
    assert width(line) <= columns
    assert all(character >= " " and not "\x7f" <= character <= "\x9f" for character in line)
