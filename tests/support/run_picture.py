"""Draw ``docs/run.svg``: a real run in a real terminal, as it looks while the second sentence is heard.

    python tests/support/run_picture.py

It needs what the tests need: the offline engine, PulseAudio, pyte.
"""

import os
import sys
import tempfile
from html import escape
from pathlib import Path

import pyte

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.command_line import COMMAND
from support.null_sink import SoundCard
from support.pty_session import Terminal

TARGET = Path(__file__).resolve().parents[2] / "docs" / "run.svg"
_COLUMNS, _LINES = 84, 11
_CELL_WIDTH, _CELL_HEIGHT, _MARGIN = 9.0, 20.0, 16.0
_INK = {"default": "#d8dee9", "red": "#e06c75", "green": "#98c379", "brown": "#e5c07b", "cyan": "#56b6c2"}
_TEXT = "Hello from the terminal. This sentence is heard while the rest is still being made. And this is the rest."
# What is typed, and what to wait for on the screen before the picture or the next command.
_RUNS = (
    (("say", "Hello", "-o", "hello.wav"), None),
    (("say", "--local", _TEXT), "This sentence"),
)


def run(screen: pyte.Screen, arguments: tuple[str, ...], seen: str | None, environment: dict[str, str]) -> None:
    """Type a command and show what it shows, to its end or until ``seen``."""
    stream = pyte.ByteStream(screen)
    typed = " ".join(f'"{word}"' if " " in word else word for word in ("lightning-tts", *arguments))
    stream.feed(f"\x1b[32m$\x1b[0m {typed}\r\n".encode())
    shown = Terminal((*COMMAND, *arguments), environment, _COLUMNS)
    try:
        if seen is None:
            shown.end()
        else:
            shown.wait_for(seen)
            shown.press("?")
            shown.wait_for("keys: ")
            # The line is drawn again below the answer.
            shown.wait_for(seen, shown.text.count(seen) + 1)
        stream.feed(shown.raw.encode())
    finally:
        shown.close()


def drawn(screen: pyte.Screen) -> str:
    """Draw the screen; runs of cells that look the same become one text."""
    rows = max((row for row, line in enumerate(screen.display) if line.strip()), default=0) + 1
    width, height = _COLUMNS * _CELL_WIDTH + 2 * _MARGIN, rows * _CELL_HEIGHT + 2 * _MARGIN
    font = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}">',
        f'<g font-size="15" font-family="{font}">',
        f'<rect width="{width:g}" height="{height:g}" rx="8" fill="#20242c"/>',
    ]
    for row in range(rows):
        y = _MARGIN + (row + 0.75) * _CELL_HEIGHT
        column = 0
        while column < _COLUMNS:
            first = screen.buffer[row][column]
            end = column
            while end < _COLUMNS and _look(screen.buffer[row][end]) == _look(first):
                end += 1
            text = "".join(screen.buffer[row][at].data for at in range(column, end)).rstrip()
            if text:
                ink, bold = _look(first)
                weight = ' font-weight="bold"' if bold else ""
                x, length = _MARGIN + column * _CELL_WIDTH, len(text) * _CELL_WIDTH
                place = f'x="{x:g}" y="{y:g}" textLength="{length:g}"'
                # Browsers join spaces, whatever the picture asks for.
                parts.append(f'<text {place} fill="{ink}"{weight}>{escape(text).replace(" ", chr(0xA0))}</text>')
            column = end
    return "\n".join([*parts, "</g></svg>", ""])


def _look(cell: pyte.screens.Char) -> tuple[str, bool]:
    return _INK.get(cell.fg, _INK["default"]), cell.bold


def main() -> int:
    """Run the commands and write the picture."""
    card = SoundCard(24_000)
    screen = pyte.Screen(_COLUMNS, 40)
    try:
        with tempfile.TemporaryDirectory() as directory:
            environment = os.environ | card.environment | {"TERM": "xterm-256color"}
            os.chdir(directory)
            for arguments, seen in _RUNS:
                run(screen, arguments, seen, environment)
    finally:
        card.close()
    TARGET.write_text(drawn(screen), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
