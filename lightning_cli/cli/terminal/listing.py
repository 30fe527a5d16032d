"""Lists on stdout: an aligned table for a person, tab-separated lines for a pipe, one JSON array for a program."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence

from lightning_cli.cli.terminal.console import Console, encodable, escape, is_terminal
from lightning_cli.system.text_width import cut, page_size, width

ABSENT = "-"
_GAP = "  "
_NARROWEST = 6
_CUT, _PLAIN_CUT = "…", "~"


def write_list(console: Console, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write rows of equally many cells; the first column is never cut. An empty cell becomes ``-``.

    A shell's ``read`` takes two tabs in a row for one, so a missing value must be something. Raises ``OutputError``.
    """
    cells = [[encodable(escape(cell)) or ABSENT for cell in row] for row in rows]
    if is_terminal(sys.stdout):
        _write_table(console, header, cells)
        return
    for row in cells:
        console.row(row)


def write_json(console: Console, values: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON array, a value a line, so that it can be searched by lines too; raises ``OutputError``."""
    lines = [json_text(value) for value in values] or [""]
    for number, line in enumerate(lines):
        console.result(("[" if number == 0 else " ") + line + ("]" if number == len(lines) - 1 else ","))


def json_text(value: Mapping[str, object]) -> str:
    """Return a value as JSON, with letters unescaped where the terminal can show them."""
    text = json.dumps(value, ensure_ascii=False)
    if encodable(text) != text:
        text = json.dumps(value)
    # What the console would spell its own way inside a string must be spelt as JSON does.
    return text if escape(text) == text else "".join(_as_json(char) for char in text)


def _as_json(char: str) -> str:
    return char if escape(char) == char else f"\\u{ord(char):04x}"


def _write_table(console: Console, header: Sequence[str], cells: list[list[str]]) -> None:
    if not cells:
        return
    lines = [[name.upper() for name in header], *cells]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    spare = page_size().columns - len(_GAP) * (len(widths) - 1)
    while sum(widths) > spare and max(widths[1:]) > _NARROWEST:
        widest = max(range(1, len(widths)), key=widths.__getitem__)
        widths[widest] -= 1
    for line in lines:
        padded = [_fitted(cell, columns) for cell, columns in zip(line, [width(line[0]), *widths[1:]], strict=True)]
        padded[0] += " " * (widths[0] - width(line[0]))
        console.result(_GAP.join(padded).rstrip())


def _fitted(text: str, columns: int) -> str:
    """Cut or pad ``text`` to columns of a terminal."""
    text = cut(text, columns, _CUT if encodable(_CUT) == _CUT else _PLAIN_CUT)
    return text + " " * (columns - width(text))
