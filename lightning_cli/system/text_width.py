"""The columns that a text takes, and that a terminal has."""

import os
import unicodedata
from itertools import accumulate


def width(text: str) -> int:
    """Return the columns that a terminal needs for a text."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def cut(text: str, columns: int, more: str) -> str:
    """Cut a text to so many columns, with ``more`` as the sign that there was more."""
    if width(text) <= columns:
        return text
    room = columns - len(more)
    kept = next(index for index, taken in enumerate(accumulate(map(_columns, text))) if taken > room)
    return text[:kept].rstrip() + more[: max(columns, 0)]


def terminal_columns(descriptor: int) -> int:
    """Return the width of the terminal behind a descriptor; 0 where there is none, or it does not say."""
    try:
        return os.get_terminal_size(descriptor).columns
    except (OSError, ValueError):
        return 0


def page_size() -> os.terminal_size:
    """Return the room for a table on standard output: of COLUMNS and LINES, else of the terminal, else 80 by 24."""
    import shutil

    return shutil.get_terminal_size()


def _columns(character: str) -> int:
    if character < "\u0300":
        return 1
    if character == "\ufe0f":
        return 1  # makes the one before it an emoji, which is wide
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
