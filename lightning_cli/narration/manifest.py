"""Rows from CSV, TSV, JSONL, text files, directories and standard input; every problem is told with file and line.

A file that a row names is read twice, once to know what it says and once to speak it: its text is not kept, so that
memory does not grow with the length of what is narrated.

The columns of a manifest: which request field each one sets, and how its cell becomes a value.
"""

import csv
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lightning_cli import request
from lightning_cli.errors import UsageFault
from lightning_cli.system.small_files import TooLong, read_small
from lightning_cli.text.encodings import decode
from lightning_cli.text.segmenter import can_be_heard

TEXT, FILE, OUTPUT = "text", "file", "output"
# Column -> field of the request: the flag's name, the field's own and its synonyms are all taken.
FIELDS = {
    column: name
    for name, field in request.FIELDS.items()
    for column in dict.fromkeys((field.flag.replace("-", "_") or name, name, *field.columns))
}
COLUMNS = (TEXT, FILE, OUTPUT, *FIELDS)
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

Fields = tuple[tuple[str, object], ...]


def column_of(name: str) -> str:
    """Return a column's name in its plain form."""
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def column_problems(names: list[str]) -> list[str]:
    """Name unknown columns, those that stand twice, and two that set the same field."""
    problems: list[str] = []
    taken: dict[str, str] = {}
    for name in names:
        column = column_of(name)
        if column not in COLUMNS:
            problems.append(f"there is no column {name!r}; known are {', '.join(COLUMNS)}")
            continue
        field = FIELDS.get(column, column)
        if field in taken:
            other = taken[field]
            problems.append(f"the column {name!r} stands twice" if column == other else f"{name!r} is also {other!r}")
        taken.setdefault(field, column)
    return problems


def request_fields(cells: Mapping[str, object]) -> tuple[Fields, list[str]]:
    """Return the request fields that a row sets, and what is wrong with its cells; empty cells set nothing."""
    found: list[tuple[str, object]] = []
    problems: list[str] = []
    for column, cell in cells.items():
        field = FIELDS.get(column)
        if field is None or cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        try:
            found.append((field, _converter(field)(cell)))
        except ValueError as fault:
            problems.append(f"{column} {cell!r} is not {fault}")
    return tuple(sorted(found)), problems


def _text(cell: object) -> str:
    if not isinstance(cell, str):
        raise ValueError("a text")  # noqa: TRY004 - the one fault of every converter
    return cell.strip()


def _whole_number(cell: object) -> int:
    if isinstance(cell, bool) or not re.fullmatch(r"\d{1,9}", str(cell).strip(), re.ASCII):
        raise ValueError("a whole number")
    return int(str(cell))


def _number(cell: object) -> float:
    try:
        if isinstance(cell, bool):
            raise ValueError  # noqa: TRY004, TRY301 - told below, with the rest
        return float(str(cell))
    except ValueError:
        raise ValueError("a number") from None


def _truth(cell: object) -> bool:
    known = _TRUTH.get(str(cell).strip().lower())
    if known is None:
        raise ValueError("true or false")
    return known


def _names(cell: object) -> tuple[str, ...]:
    if isinstance(cell, str):
        return tuple(filter(None, re.split(r"[\s,;]+", cell)))
    if isinstance(cell, list) and all(isinstance(one, str) and one.strip() for one in cell):
        return tuple(one.strip() for one in cell)
    raise ValueError("a list of ids")


def _converter(name: str) -> Callable[[object], object]:
    """Return what makes a field's value out of a cell; raises ``ValueError`` that says what it should be."""
    about = request.FIELDS[name]
    if about.is_integer:
        return _whole_number
    return {"number": _number, "switch": _truth, "ids": _names}.get(about.kind, _text)


STDIN = "-"
_DIALECTS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_JSON_LINES = (".jsonl", ".ndjson")
_TEXTS = (".txt", ".md")
_CELL_LIMIT_BYTES = 1 << 30
# Months of speech; a device or a pipe may have no end at all.
_LIMIT_BYTES = 64 * 1024 * 1024
_TOO_LONG = f"more than {_LIMIT_BYTES // 1024 // 1024} MB; split it"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to narrate: ``text`` or the ``file`` that has it, and what the row says beyond the flags.

    ``output`` is the name asked for, else ``stem`` wants an extension. ``place`` names file and line to a person.
    """

    place: str
    stem: str
    text: str | None
    file: Path | None
    output: str | None
    fields: Fields

    def read(self) -> str:
        """Return the text; raises ``UsageFault`` when its file cannot be read or is not UTF-8."""
        if self.file is None:
            return self.text or ""
        try:
            return decode(_contents(self.file), str(self.file))
        except (OSError, ValueError) as fault:
            # Some bytes cannot stand in a name at all.
            told = getattr(fault, "strerror", None) or fault
            raise UsageFault(f"{self.file} cannot be read ({told})", hint="check the name") from fault


@dataclass(slots=True)
class Reading:
    """What was read; rows count only when there is no problem."""

    rows: list[Row] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    # Most rows of a manifest set the same fields: they share them.
    _shared: dict[Fields, Fields] = field(default_factory=dict)

    def add(self, place: str, stem: str, cells: Mapping[str, object], base: Path) -> None:
        """Take one row's cells, named by plain columns; ``base`` is where its files are looked for."""
        fields, problems = request_fields(cells)
        words = {name: _words(cells.get(name)) for name in (TEXT, FILE, OUTPUT)}
        problems += [f"{name} is not a text" for name, cell in words.items() if cell is None]
        text, file, output = (words[name] or "" for name in (TEXT, FILE, OUTPUT))
        if text.strip() and file.strip():
            problems.append("both text and file are given")
        elif not text.strip() and not file.strip() and None not in words.values():
            problems.append("there is no text")
        self.problems += [f"{place}: {problem}" for problem in problems]
        if not problems:
            shared = self._shared.setdefault(fields, fields)
            where = None if text.strip() else base / file.strip()
            self.rows.append(Row(place, stem, text if where is None else None, where, output.strip() or None, shared))


def read_sources(sources: Sequence[str], stdin: Iterator[bytes]) -> Reading:
    """Read every source in order; ``stdin`` gives the bytes of ``-``, which is JSONL."""
    reading = Reading()
    for source in sources:
        if source == STDIN:
            _read_standard_input(reading, stdin)
            continue
        path = Path(source)
        try:
            if "\0" not in source and path.is_dir():
                _read_directory(reading, path)
                continue
            raw = _contents(path)
        except (OSError, ValueError) as fault:
            reading.problems.append(f"{source}: cannot be read ({getattr(fault, 'strerror', None) or fault})")
            continue
        _read_manifest(reading, source, raw, path.suffix.lower(), path)
    if not reading.rows and not reading.problems:
        reading.problems.append(f"{', '.join(sources)}: there is nothing to narrate")
    return reading


def _contents(path: Path) -> bytes:
    try:
        return read_small(path, _LIMIT_BYTES)
    except TooLong as fault:
        raise ValueError(_TOO_LONG) from fault


def _read_standard_input(reading: Reading, stdin: Iterator[bytes]) -> None:
    raw = bytearray()
    for block in stdin:
        raw += block
        if len(raw) > _LIMIT_BYTES:
            reading.problems.append(f"standard input: cannot be read ({_TOO_LONG})")
            return
    _read_manifest(reading, "standard input", bytes(raw), ".jsonl", Path())


def _read_manifest(reading: Reading, name: str, raw: bytes, suffix: str, path: Path) -> None:
    try:
        text = decode(raw, name)
    except UsageFault as fault:
        reading.problems.append(f"{fault.message} ({fault.hint})")
        return
    stem = path.stem or "speech"
    if suffix in _DIALECTS:
        _read_table(reading, name, text, _DIALECTS[suffix], path)
    elif suffix in _JSON_LINES:
        _read_json_lines(reading, name, text, stem, path.parent)
    elif suffix == ".txt":
        for number, line in enumerate(io.StringIO(text, newline=None), start=1):
            # A row of stars between two scenes is as good as a blank line.
            if can_be_heard(line):
                reading.add(f"{name}:{number}", _numbered(stem, number), {TEXT: line.rstrip("\n")}, path.parent)
    elif suffix == ".md":
        reading.add(name, stem, {TEXT: text}, path.parent)
    else:
        reading.problems.append(f"{name}: its extension does not say what it is; use .csv .tsv .jsonl .txt .md or -")


def _read_table(reading: Reading, name: str, text: str, delimiter: str, path: Path) -> None:
    csv.field_size_limit(_CELL_LIMIT_BYTES)
    # Line ends inside quotes belong to the text, so the reader gets them.
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begun = 1
    try:
        header = next(lines, [])
        problems = column_problems(header)
        reading.problems += [f"{name}:1: {problem}" for problem in problems]
        columns = list(map(column_of, header))
        begun = lines.line_num + 1
        for number, cells in enumerate(lines, start=1):
            place, begun = f"{name}:{begun}", lines.line_num + 1
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != len(columns):
                reading.problems.append(f"{place}: {len(cells)} cells, and the header has {len(columns)}")
            elif not problems:
                row: dict[str, object] = dict(zip(columns, cells, strict=True))
                reading.add(place, _numbered(path.stem, number), row, path.parent)
    except csv.Error as fault:
        reading.problems.append(f"{name}:{begun}: {fault}")


def _read_json_lines(reading: Reading, name: str, text: str, stem: str, base: Path) -> None:
    # Only line feeds end a line of JSON; other separators may stand inside its strings.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        twice: list[str] = []
        try:
            value = json.loads(line, object_pairs_hook=partial(_object, twice))
        except (ValueError, RecursionError) as fault:
            reading.problems.append(f"{place}: not JSON ({fault})")
            continue
        if not isinstance(value, dict):
            reading.problems.append(f"{place}: not a JSON object")
            continue
        problems = [f"the key {key!r} stands twice" for key in twice] + column_problems(list(value))
        reading.problems += [f"{place}: {problem}" for problem in problems]
        if not problems:
            reading.add(place, _numbered(stem, number), {column_of(key): cell for key, cell in value.items()}, base)


def _object(twice: list[str], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice += sorted({key for key in keys if keys.count(key) > 1})
    return made


def _read_directory(reading: Reading, directory: Path) -> None:
    found = []
    for folder, folders, names in os.walk(directory):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(folder, name) for name in names if name.lower().endswith(_TEXTS) and not name.startswith(".")]
    for path in sorted(found):
        if path.exists() and not path.is_file():
            # A FIFO would be waited for without end.
            reading.problems.append(f"{path}: cannot be read (it is no regular file)")
            continue
        stem = str(path.relative_to(directory).with_suffix(""))
        reading.add(str(path), stem, {FILE: path.name}, path.parent)


def _numbered(stem: str, number: int) -> str:
    return f"{stem}-{number:04}"


def _words(cell: object) -> str | None:
    """Return a cell as text: empty when it is absent, None when it is something else."""
    return "" if cell is None else cell if isinstance(cell, str) else None
