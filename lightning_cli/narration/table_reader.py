"""Tables as people have them: CSV in any of its dialects, exports of Anki and of speech corpora, spreadsheets.

The delimiter is the one that turns the first line into columns we know; a ``sep=`` line of Excel and the ``#separator``
lines of Anki are obeyed. Quotes are the rule, and off for pipes and tabs where they would glue lines together.
"""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from lightning_cli.errors import UsageFault
from lightning_cli.narration import sheet_reader
from lightning_cli.narration.columns import (
    COLUMNS,
    FILE,
    FILE_NAMES,
    LAST_RESORTS,
    TEXT,
    Header,
    column_of,
    no_words,
    plain,
    resolve,
)
from lightning_cli.narration.rows import Reading
from lightning_cli.system.close_words import meant
from lightning_cli.system.counting import counted

SPREADSHEETS = (".xlsx", ".xlsm", ".ods", ".xls")
_USUAL = {".tsv": "\t", ".tab": "\t", ".psv": "|"}
_DELIMITERS = (",", ";", "\t", "|")
_NAMED = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " ", "colon": ":"}
_CELL_LIMIT_BYTES = 1 << 30
_SAMPLED_LINES = 20
_SHOWN = 20
_FIRST_LINE_CHARS = 4000
# One word of ours may stand in any text; two at once are a header.
_KNOWN_COLUMNS = 2
# A title and an empty row or two stand above many a table.
_HEADER_LINES = 10
_RULE = re.compile(r"[\s:+=-]*")
_FAULTS = {
    "unexpected end of data": "a quote that is opened here is never closed",
    "line contains NUL": "contains a NUL byte; add --encoding if it is UTF-16",
}
_SKIPPED = {"", "_", "-"}
# As long as a person waits before thinking that it hangs; a sheet of 100,000 rows takes 2 s.
_SHEET_TIMEOUT_S = 120.0

Cells = Sequence[str]


def parse_delimiter(text: str) -> str:
    """Return the character that ``--delimiter`` means; raises ``UsageFault``."""
    found = _NAMED.get(text.lower(), text)
    if len(found) != 1 or found in '"\r\n\0':
        raise UsageFault(f"{text!r} is not a delimiter", hint="use one character, or comma, semicolon, tab or pipe")
    return found


def parse_columns(text: str) -> tuple[str | None, ...]:
    """Return what ``--columns`` names, in order; ``_`` leaves a column out. Raises ``UsageFault``."""
    found: list[str | None] = []
    for name in text.split(","):
        column = column_of(name)
        if column is None and name.strip() not in _SKIPPED:
            raise _unknown(name)
        if column is not None and column in found:
            raise UsageFault(f"--columns names {column!r} twice", hint="leave a column out with _")
        found.append(column)
    return tuple(found)


def parse_map(values: Iterable[str]) -> dict[str, str]:
    """Return what ``--map`` says: our column -> the table's name for it. Raises ``UsageFault``."""
    mapping: dict[str, str] = {}
    for value in values:
        for part in re.findall(r'(?:[^,"]|"[^"]*")+', value):
            name, equals, wanted = part.partition("=")
            column = column_of(name)
            if not equals or not wanted.strip():
                raise UsageFault(
                    f"--map {part!r} is not COLUMN=NAME", hint='as in --map text=Script,output="File name"'
                )
            if column is None:
                raise _unknown(name)
            mapping[column] = wanted.strip().removeprefix('"').removesuffix('"')
    return mapping


def _unknown(name: str) -> UsageFault:
    return UsageFault(f"unknown column {name.strip()!r}{meant(name, COLUMNS)}", hint=f"use {', '.join(COLUMNS)}")


@dataclass(frozen=True, slots=True)
class _Opening:
    """What the lines before the header say."""

    skipped: int
    delimiter: str | None = None
    columns: str | None = None


def is_table(text: str) -> bool:
    """Return whether a text file is a table: Anki and Excel say so, or its first line names two columns of ours."""
    if re.match(
        r"#(?:separator|html|columns|tags column|deck column|notetype column):|sep=.\r?\n", text, re.IGNORECASE
    ):
        return True
    first = text[:_FIRST_LINE_CHARS].split("\n", 1)[0].rstrip("\r")
    headers = (resolve([name.strip('"') for name in first.split(delimiter)], {}) for delimiter in _DELIMITERS)
    return any(header.has_words and header.known >= _KNOWN_COLUMNS for header in headers)


def read_table(reading: Reading, name: str, text: str, path: Path) -> None:
    """Read a table of text; ``path`` is its file, or where standard input's files are looked for."""
    csv.field_size_limit(_CELL_LIMIT_BYTES)
    opening = _opening(text)
    options = reading.options
    lines = text.splitlines(keepends=True)[opening.skipped :] if opening.skipped else [text]
    body = "".join(lines)
    usual = _USUAL.get(path.suffix.lower(), ",")
    delimiter = options.delimiter or opening.delimiter or _delimiter(reading, body, usual)
    records = _records(reading, name, body, delimiter, opening.skipped)
    if options.delimiter is None and delimiter != usual:
        reading.notes.append(f"{name}: columns are separated by {_told(delimiter)}")
    if opening.columns is not None and options.header:
        header = next(csv.reader([opening.columns], delimiter=delimiter), [])
        _read_records(_Table(reading, name, path, delimiter), header, records, f"{name}:1")
        return
    _read_all(_Table(reading, name, path, delimiter), records)


def _told(delimiter: str) -> str:
    names = {"\t": "tabs", ";": "semicolons", "|": "pipes", ",": "commas"}
    return names.get(delimiter, repr(delimiter))


def _opening(text: str) -> _Opening:
    skipped, delimiter, columns = 0, None, None
    for line in io.StringIO(text, newline=None):
        line = line.rstrip("\n")  # noqa: PLW2901 - the same line without its end
        if skipped == 0 and (match := re.fullmatch(r"\"?sep=(.)\"?", line, re.IGNORECASE)):
            return _Opening(1, match[1])
        match = re.fullmatch(r"#([a-z][a-z ]{2,20}):(.*)", line)
        if not match or (skipped == 0 and not is_table(text)):
            break
        skipped += 1
        if match[1] == "separator":
            delimiter = _NAMED.get(match[2].lower(), match[2] if len(match[2]) == 1 else None)
        elif match[1] == "columns":
            columns = match[2]
    return _Opening(skipped, delimiter, columns)


def _delimiter(reading: Reading, body: str, usual: str) -> str:
    """Choose the delimiter that makes the most of the first line; of a table without a header, of the first lines."""
    options = reading.options
    best, score = usual, (0, 0, 0)
    sample = "".join(line for line, _ in zip(io.StringIO(body, newline=""), range(_SAMPLED_LINES), strict=False))
    for delimiter in sorted(_DELIMITERS, key=lambda one: one != usual):
        try:
            first = next(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True), [])
        except csv.Error:
            first = next(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
        widths = {len(cells) for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if cells}
        steady = len(widths) == 1 and len(first) > 1
        header = resolve(first, options.mapping) if options.header else Header(first)
        found = (header.known + header.has_words, int(steady), len(first) if steady or header.known else 0)
        if not options.header:
            found = (int(len(first) >= len(options.columns)), int(steady), len(first) if steady else 0)
        if found > score:
            best, score = delimiter, found
    return best


class _Record(NamedTuple):
    line: int
    cells: Cells


class _Table(NamedTuple):
    """Where records come from and go; a spreadsheet has no ``delimiter``."""

    reading: Reading
    name: str
    path: Path
    delimiter: str | None


def _records(reading: Reading, name: str, body: str, delimiter: str, skipped: int) -> list[_Record]:
    quoted, fault = _parsed(body, delimiter, skipped, csv.QUOTE_MINIMAL)
    glued = delimiter in "|\t" and any("\n" in cell for record in quoted for cell in record.cells)
    if delimiter in "|\t" and (fault or glued):
        bare, bare_fault = _parsed(body, delimiter, skipped, csv.QUOTE_NONE)
        if not bare_fault and len({len(record.cells) for record in bare if record.cells}) == 1:
            reading.notes.append(f"{name}: quotes are read as part of the text")
            return bare
    if fault and '\\"' in body:
        # As databases and programs write a quote.
        escaped, other_fault = _parsed(body, delimiter, skipped, csv.QUOTE_MINIMAL, escape="\\")
        if not other_fault:
            return escaped
    if fault:
        reading.problems.append(f"{name}:{fault}")
        # Whatever stands before it is not a header.
        return quoted if len(quoted) > 1 else []
    return quoted


def _parsed(
    body: str, delimiter: str, skipped: int, quoting: Literal[0, 3], *, escape: str | None = None
) -> tuple[list[_Record], str | None]:
    # Line ends inside quotes belong to the text, so the reader gets them.
    lines = csv.reader(
        io.StringIO(body, newline=""),
        delimiter=delimiter,
        strict=quoting != csv.QUOTE_NONE,
        quoting=quoting,
        escapechar=escape,
        doublequote=escape is None,
        # A space before a quote is not part of a cell.
        skipinitialspace=f'{delimiter} "' in body,
    )
    found: list[_Record] = []
    start = skipped + 1
    try:
        for cells in lines:
            found.append(_Record(start, cells))
            start = skipped + lines.line_num + 1
    except csv.Error as fault:
        told = _FAULTS.get(str(fault)) or (
            f"{_told(delimiter).removesuffix('s')} expected behind a quote; write a quote within a text twice, or name"
            " the --delimiter"
            if "expected after" in str(fault)
            else str(fault)
        )
        return found, f"{start}: {told}"
    return found, None


def _read_all(table: _Table, records: Sequence[_Record]) -> None:
    """Read records whose first is the header, unless the options say that there is none."""
    reading, name = table.reading, table.name
    options = reading.options
    if options.header:
        if not records:
            if not reading.problems:
                reading.problems.append(f"{name}: is empty")
            return
        records = _from_header(reading, name, records)
        first = records[0]
        _read_records(table, first.cells, records[1:], f"{name}:{first.line}")
        return
    columns = list(options.columns) or [TEXT]
    records = _with_rest(table, records, columns)
    width = max((len(record.cells) for record in records), default=0)
    if not options.columns and width > 1:
        reading.problems.append(f"{name}: has {width} columns; name them, as in --columns output,text")
        return
    if width > len(columns):
        reading.notes.append(f"{name}: has {width} columns; those after the {_ordinal(len(columns))} are left out")
    header = Header([""] * width, (columns + [None] * width)[:width])
    _read_rows(table, header, records, limited=False)


def _with_rest(table: _Table, records: Sequence[_Record], columns: Sequence[str | None]) -> Sequence[_Record]:
    """Return records of a table without a header whose delimiter also stands in its texts.

    Rows of different widths show it: the rest of a row belongs to the text where that is the last column.
    """
    wanted, delimiter = len(columns), table.delimiter
    widths = {len(record.cells) for record in records if any(map(str.strip, record.cells))}
    if delimiter is None or max(widths, default=0) <= wanted or (len(widths) == 1 and delimiter != " "):
        return records
    if columns[-1] == TEXT:
        last = wanted - 1
        return [
            record._replace(cells=[*record.cells[:last], delimiter.join(record.cells[last:])])
            if len(record.cells) > wanted
            else record
            for record in records
        ]
    wide = next(record for record in records if len(record.cells) > wanted)
    table.reading.problems.append(
        f"{table.name}:{wide.line}: {counted(len(wide.cells), 'cell')}, and other rows have {min(widths)};"
        " put quotes around a text that has the delimiter in it, or leave columns out with _"
    )
    return []


def _from_header(reading: Reading, name: str, records: Sequence[_Record]) -> Sequence[_Record]:
    """Return records from the header on: titles of a table stand alone in their rows."""
    for index, record in enumerate(records[:_HEADER_LINES]):
        header = resolve(record.cells, reading.options.mapping)
        if header.has_words and (index == 0 or header.known >= _KNOWN_COLUMNS):
            if index:
                reading.notes.append(f"{name}: the header is in line {record.line}; left out what is above it")
            return records[index:]
        if len([cell for cell in record.cells if cell.strip()]) > 1:
            break
    return records


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


def _read_records(table: _Table, names: Cells, records: Sequence[_Record], place: str) -> None:
    reading = table.reading
    header = resolve(_without_numbers(names, records), reading.options.mapping)
    if not header.problems and (not header.has_words or _is_output_alone(table, header, records)):
        header.problems.append(no_words(header))
    if header.problems:
        reading.problems += [f"{place}: {problem}" for problem in header.problems]
        return
    if header.left_out:
        reading.notes.append(f"{table.name}: left out {_columns_told(header.left_out)}")
    _read_rows(table, header, records, limited=True)


def _without_numbers(names: Cells, records: Sequence[_Record]) -> Cells:
    """Return a header without a name under which there are numbers: the line, not what is said in it."""
    return [
        ""
        if records
        and plain(name) in LAST_RESORTS
        and all(record.cells[index].strip().isdecimal() for record in records if index < len(record.cells))
        else name
        for index, name in enumerate(names)
    ]


def _is_output_alone(table: _Table, header: Header, records: Sequence[_Record]) -> bool:
    """Return whether a column of names has those to write, its files do not exist, and the text is left out."""
    if FILE not in header.columns or plain(header.names[header.columns.index(FILE)]) not in FILE_NAMES:
        return False
    index = header.columns.index(FILE)
    named = [record.cells[index].strip() for record in records if index < len(record.cells)]
    return None in header.columns and not any(name and (table.path.parent / name).exists() for name in named)


def _columns_told(names: Sequence[str]) -> str:
    return f"the column {names[0]!r}" if len(names) == 1 else f"the columns {listed(names)}"


def listed(names: Sequence[str]) -> str:
    """Return names for a message: a stranger's table may have any number of them."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more


def _read_rows(table: _Table, header: Header, records: Sequence[_Record], *, limited: bool) -> None:
    reading, name = table.reading, table.name
    unnamed: dict[int, int] = {}
    numbers: dict[int, int] = {}
    if _has_both(header, records):
        reading.problems.append(
            f"{name}: rows have both text and file; if the column 'file' is what to write, add --map output=file"
        )
        return
    stem, width = table.path.stem or "speech", len(header.columns)
    for number, (line, cells) in enumerate(records, start=1):
        filled = [cell for cell in cells if cell.strip()]
        if not filled or ("--" in filled[0] and all(map(_RULE.fullmatch, filled))):
            continue
        place = f"{name}:{line}"
        if limited and width == 1 and table.delimiter is not None:
            # There is nothing to delimit.
            cells = [table.delimiter.join(cells)]  # noqa: PLW2901 - the same line
        if limited and table.delimiter is not None and any(map(str.strip, cells[width:])):
            reading.problems.append(_surplus(place, cells, width))
            continue
        if limited:
            for index in _unnamed(header, cells):
                # The numbers of the rows, as pandas writes them; words may have slipped from their column.
                (numbers if cells[index].strip().isdecimal() else unnamed).setdefault(index, line)
        if _is_comment(cells):
            reading.doubt(place, f"{cells[0].strip()[:60]!r} looks like a comment; it will be spoken")
        row: dict[str, object] = {
            column: cell for column, cell in zip(header.columns, cells, strict=False) if column is not None
        }
        reading.add(place, f"{stem}-{number:04}", row, table.path.parent)
    _tell_unnamed(table, unnamed, numbers)


def _unnamed(header: Header, cells: Cells) -> Iterator[int]:
    """Yield the positions of cells that say something and have no name above them."""
    for index, cell in enumerate(cells):
        if cell.strip() and (index >= len(header.names) or not header.names[index].strip()):
            yield index


def _surplus(place: str, cells: Cells, width: int) -> str:
    curly = ' (straight ones: ")' if any("\u201c" in cell for cell in cells) else ""
    return (
        f"{place}: {counted(len(cells), 'cell')}, and the header has {width};"
        f" put quotes{curly} around a text that has the delimiter in it"
    )


def _tell_unnamed(table: _Table, unnamed: dict[int, int], numbers: dict[int, int]) -> None:
    reading, name = table.reading, table.name
    if table.delimiter is None:
        # No word can slip from its column in a spreadsheet: what has no name is a remark.
        reading.notes += [f"{name}: left out column {index + 1}, which has no name" for index in sorted(unnamed)]
    else:
        reading.problems += [
            f"{name}:{line}: column {index + 1} has no name in the header; name it, or empty it"
            for index, line in unnamed.items()
        ]
    for index in numbers.keys() - unnamed.keys():
        reading.notes.append(f"{name}: left out column {index + 1}, which has numbers and no name")


def _has_both(header: Header, records: Sequence[_Record]) -> bool:
    """Return whether every row has a text and a file: the file is then the one to write."""
    if TEXT not in header.columns or "file" not in header.columns or "output" in header.columns:
        return False
    text, file = header.columns.index(TEXT), header.columns.index("file")
    filled = [record.cells for record in records if any(map(str.strip, record.cells))]
    return len(filled) > 1 and all(
        max(text, file) < len(cells) and cells[text].strip() and cells[file].strip() for cells in filled
    )


def _is_comment(cells: Cells) -> bool:
    return len(cells) > 1 and cells[0].startswith("# ") and not any(map(str.strip, cells[1:]))


def read_spreadsheet(reading: Reading, name: str, path: Path) -> None:
    """Read the first sheet with a header of ours, else the first with something in it.

    The reader runs in a process of its own, with limits.
    """
    try:
        book = _sheets(path)
    except UsageFault as fault:
        reading.problems.append(f"{name}: {fault.message}" + (f" ({fault.hint})" if fault.hint else ""))
        return
    filled = [(title, rows) for title, rows in book if rows]
    if not filled:
        reading.problems.append(f"{name}: no sheet has anything in it")
        return
    title, rows = next((sheet for sheet in filled if _is_script(reading, sheet[1])), filled[0])
    if len(filled) > 1:
        others = listed([other for other, _ in filled if other != title])
        reading.notes.append(f"{name}: reading the sheet {title!r}; left out {others}")
    _read_all(_Table(reading, name, path, None), [_Record(line, cells) for line, cells in rows])


def _is_script(reading: Reading, rows: Sequence[tuple[int, Cells]]) -> bool:
    """Return whether a sheet has a header that says where its words are; instructions have none."""
    options = reading.options
    return not options.header or any(resolve(cells, options.mapping).has_words for _, cells in rows[:_HEADER_LINES])


def _sheets(path: Path) -> list[tuple[str, list[tuple[int, list[str]]]]]:
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as fault:
        raise UsageFault(f"cannot be read ({fault.strerror})") from fault
    if not start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UsageFault("is not a spreadsheet, despite its name", hint="open it and save it as .xlsx or .csv")
    try:
        done = subprocess.run(
            (sys.executable, "-P", sheet_reader.__file__, os.fspath(path)),
            capture_output=True,
            timeout=_SHEET_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise UsageFault("cannot be read in time", hint="save it as .csv") from fault
    if done.returncode == sheet_reader.MISSING:
        from lightning_cli.system.install import install_command

        raise UsageFault("reading spreadsheets needs an extra", hint=install_command("tables"))
    if done.returncode == sheet_reader.REFUSED:
        raise UsageFault(f"cannot be read ({done.stdout.decode(errors='replace').strip()})", hint="save it as .csv")
    if done.returncode != 0:
        raise UsageFault("takes too much memory or time to read", hint="save it as .csv")
    found: list[tuple[str, list[tuple[int, list[str]]]]] = json.loads(done.stdout)
    return found


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """Return the lines of a text, counted from 1, without their ends."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        yield number, line.rstrip("\n")
