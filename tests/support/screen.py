"""What a person would see: the bytes that a terminal got, drawn by a terminal emulator."""

import pyte
from support.pty_session import Terminal, until

ROWS = 24


def rows_of(raw: str, columns: int) -> list[str]:
    """Return the rows of the screen from its top to the last that has anything, without the blanks at their ends."""
    screen = pyte.Screen(columns, ROWS)
    pyte.Stream(screen).feed(raw)
    rows = [row.rstrip() for row in screen.display]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def until_shown(terminal: Terminal, columns: int, text: str) -> list[str]:
    """Wait until the screen has ``text``, in one row or several, and give all rows of that moment."""
    rows: list[str] = []

    def is_shown() -> bool:
        rows[:] = rows_of(terminal.raw, columns)
        return text in "".join(rows)

    until(is_shown, f"{text!r} is not on the screen")
    return rows
