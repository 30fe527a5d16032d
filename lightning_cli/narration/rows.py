"""One thing to narrate, and what the reading of all sources adds up to: rows, problems, notes and warnings."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lightning_cli.errors import UsageFault
from lightning_cli.narration.cast import Cast
from lightning_cli.narration.columns import (
    FIELDS,
    FILE,
    OUTPUT,
    PAUSE_AFTER,
    TEXT,
    TITLE,
    Fields,
    is_empty,
    pause_ms,
    request_fields,
)
from lightning_cli.narration.source_encoding import Decoded, decode_source
from lightning_cli.system.small_files import TooLong, read_small

# Months of speech; a device or a pipe may have no end at all.
LIMIT_BYTES = 64 * 1024 * 1024
TOO_LONG = f"more than {LIMIT_BYTES // 1024 // 1024} MB; split it"
HTML = (".html", ".htm", ".xhtml")
# What a spreadsheet writes for a formula without a value.
_NO_VALUE = re.compile(r"\s*#(?:N/A|NV|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|BEZUG!|WERT!)\s*")
# %s, %1$d, %(name)s, {name}, {{name}}, ${name}, {0}
_PLACEHOLDER = re.compile(
    r"%(?:\d{1,2}\$|\([A-Za-z_]\w{0,40}\))?[sdif@](?![A-Za-z])|\$?\{\{?\s*[A-Za-z_][\w.]{0,40}\s*\}?\}|\{\d{1,2}\}"
)
# What programs write of a value that they do not have; "none" and "null" may be meant.
_NOT_FILLED = frozenset(("NaN", "nan", "NULL", "\\N", "<NA>", "undefined", "[object Object]"))
_SHOWN_PLACES = 3
# What is shorter cannot be heard, and was meant in seconds.
_LEAST_PAUSE_MS = 10


# When words begin and end on the screen, and when the next ones begin, in ms; None for the last.
Clocked = tuple[int, int, int | None]


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How sources are read: the flags of ``batch`` that concern tables and files.

    ``mapping`` gives the header's name for a column of ours; ``columns`` name the columns of a table that has no
    ``header`` (None is one to leave out).
    """

    encoding: str | None = None
    delimiter: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    header: bool = True
    columns: tuple[str | None, ...] = ()
    allow_outside: bool = False
    cast: Cast | None = None


@dataclass(frozen=True, slots=True)
class BookFacts:
    """What a source says about the book that it is; None for what it does not say. ``cover`` is a JPEG or PNG."""

    title: str | None
    author: str | None
    language: str | None
    cover: bytes | None


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to narrate: ``text`` or the ``file`` that has it, and what the row says beyond the flags.

    ``output`` is the name asked for, else ``stem`` wants an extension. ``place`` names file and line to a person.
    ``title`` is that of a chapter; ``pause_after_ms`` is the silence behind it in a book, None for the usual one.
    ``clock`` is its time in a track; ``cast`` knows the voices of its speakers.
    """

    place: str
    stem: str
    text: str | None
    file: Path | None
    output: str | None
    fields: Fields
    title: str | None = None
    pause_after_ms: int | None = None
    encoding: str | None = None
    clock: Clocked | None = None
    cast: Cast | None = None

    def read(self) -> str:
        """Return the text; raises ``UsageFault`` when its file cannot be read or decoded."""
        if self.file is None:
            return self.text or ""
        return read_text(self.file, self.encoding).text


def read_text(path: Path, encoding: str | None = None) -> Decoded:
    """Return what a file has to say: its text, or the words of an HTML page; raises ``UsageFault``."""
    try:
        found = decode_source(contents(path), str(path), encoding)
    except (OSError, ValueError) as fault:
        # Some bytes cannot stand in a name at all.
        told = getattr(fault, "strerror", None) or fault
        raise UsageFault(f"{path} cannot be read ({told})", hint="check the name") from fault
    if path.suffix.lower() in HTML:
        from lightning_cli.text.html_text import text_of_html

        return found._replace(text=text_of_html(found.text))
    return found


def contents(path: Path) -> bytes:
    """Return the bytes of a file; raises ``OSError``, and ``ValueError`` for one that is too long."""
    try:
        return read_small(path, LIMIT_BYTES)
    except TooLong as fault:
        raise ValueError(TOO_LONG) from fault


@dataclass(slots=True)
class Reading:
    """What was read; rows count only when there is no problem."""

    options: ReadingOptions = field(default_factory=ReadingOptions)
    rows: list[Row] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    book: BookFacts | None = None
    # Most rows of a manifest set the same fields: they share them.
    _shared: dict[Fields, Fields] = field(default_factory=dict)
    _known: dict[tuple[tuple[str, object], ...], tuple[Fields, list[str]]] = field(default_factory=dict)
    # What may be a mistake -> where it was seen.
    _doubts: dict[str, list[str]] = field(default_factory=dict)
    _encodings: dict[str, list[str]] = field(default_factory=dict)

    @property
    def warnings(self) -> list[str]:
        """Return what may be a mistake, each kind once, with its places."""
        return [f"{_listed(places)}: {doubt}" for doubt, places in self._doubts.items()]

    def doubt(self, place: str, told: str) -> None:
        """Warn of something that is spoken as it stands, though it may be a mistake."""
        self._doubts.setdefault(told, []).append(place)

    def decoded(self, raw: bytes, name: str) -> str:
        """Return the text of a source and note an encoding that is not UTF-8; raises ``UsageFault``."""
        found = decode_source(raw, name, self.options.encoding)
        self.note_encoding(name, found.encoding)
        return found.text

    def note_encoding(self, name: str, encoding: str) -> None:
        """Remember that a file was not UTF-8, unless the encoding was asked for."""
        if encoding not in {"utf-8", self.options.encoding}:
            self._encodings.setdefault(encoding, []).append(name)

    def finish(self) -> None:
        """Add the notes that concern several files."""
        self.notes += [f"{_listed(names)}: read as {encoding}" for encoding, names in self._encodings.items()]
        self._encodings.clear()

    def add(
        self, place: str, stem: str, cells: Mapping[str, object], base: Path, *, clock: Clocked | None = None
    ) -> None:
        """Take one row's cells, named by our columns; ``base`` is where its files are looked for."""
        fields, problems = self._fields_of(cells)
        words = {name: _words(cells.get(name)) for name in (TEXT, FILE)}
        words |= {name: _words(_named(cells.get(name))) for name in (OUTPUT, TITLE)}
        problems += [f"{name} is not a text" for name, cell in words.items() if cell is None]
        text, file, output, title = ((words[name] or "").strip() for name in (TEXT, FILE, OUTPUT, TITLE))
        pause: int | None = None
        try:
            pause = pause_ms(cells.get(PAUSE_AFTER))
        except ValueError as fault:
            problems.append(f"{PAUSE_AFTER} {cells[PAUSE_AFTER]!r} is not {fault}")
        if pause is not None and pause < _LEAST_PAUSE_MS and re.search(r"[1-9]", str(cells[PAUSE_AFTER])):
            self.doubt(place, f"a pause of {cells[PAUSE_AFTER]} ms is not heard; seconds are written as 0.5s")
        if text and file:
            problems.append("both text and file are given")
        elif not text and not file and None not in words.values():
            problems.append("no text")
        where = base / file if file and not text else None
        if where is not None and not self.options.allow_outside and (told := _outside(where, base)):
            problems.append(told)
        self.problems += [f"{place}: {problem}" for problem in problems]
        if problems:
            return
        words_of = words[TEXT] if where is None else None
        cast = self.options.cast
        if cast is not None:
            fields = _with_cast(cast, fields)
        if where is not None:
            words_of, where = self._looked_at(where, place)
        else:
            self._check_words(place, text)
        self.rows.append(
            Row(
                place=place,
                stem=stem,
                text=words_of,
                file=where,
                output=output or None,
                fields=self._shared.setdefault(fields, fields),
                title=title or None,
                pause_after_ms=pause,
                encoding=self.options.encoding,
                clock=clock,
                cast=cast,
            )
        )

    def _fields_of(self, cells: Mapping[str, object]) -> tuple[Fields, list[str]]:
        """Return what ``request_fields`` does, worked out once for rows with the same cells."""
        key = tuple((column, cell) for column, cell in cells.items() if column in FIELDS and cell)
        if not all(isinstance(cell, str) for _, cell in key):
            return request_fields(cells)
        fields, problems = self._known.get(key) or self._known.setdefault(key, request_fields(cells))
        return fields, list(problems)

    def _looked_at(self, path: Path, place: str) -> tuple[str | None, Path | None]:
        """Return the text of a pipe, which can be read once, or the path of a file, whose encoding is noted."""
        try:
            found = read_text(path, self.options.encoding)
        except UsageFault:
            # Told where the row is planned, with the rest of what is wrong with it.
            return None, path
        self.note_encoding(str(path), found.encoding)
        self._check_words(place, found.text)
        try:
            is_file = stat.S_ISREG(path.stat().st_mode)
        except OSError:
            is_file = False
        return (None, path) if is_file else (found.text, None)

    def _check_words(self, place: str, text: str) -> None:
        if self.options.cast is not None:
            for number, name in self.options.cast.strangers(text):
                at = f"{place}:{number}" if "\n" in text.strip() else place
                self.doubt(at, f"{name!r} looks like a speaker, but is not in the cast; the narrator reads it")
        if text.startswith("#") and _NO_VALUE.fullmatch(text):
            self.doubt(place, f"the text is {text.strip()!r}, which a spreadsheet writes for a formula without a value")
        elif text in _NOT_FILLED:
            self.doubt(place, f"the text is {text!r}, which a program writes where it has none")
        elif ("%" in text or "{" in text) and (found := _PLACEHOLDER.search(text)):
            self.doubt(place, f"{found[0]!r} looks like a placeholder that nothing filled in; it will be spoken")


def _with_cast(cast: Cast, fields: Fields) -> Fields:
    """Return a row's fields with the narrator's below them, or those of the member that its voice names."""
    own = dict(fields)
    member = cast.member(str(own.get("voice_id", "")))
    if member is not None:
        del own["voice_id"]
    return tuple(sorted({**dict(cast.narrator if member is None else member), **own}.items()))


def _outside(path: Path, base: Path) -> str | None:
    """Return why a file is not read: it is not below the directory of the manifest that names it."""
    try:
        home, target = os.path.realpath(base), os.path.realpath(path)
    except (OSError, ValueError):
        # Told when it is read.
        return None
    if target == home or target.startswith(home.rstrip("/") + "/"):
        return None
    return f"{str(path)!r} is outside {str(base)!r}; add --allow-outside if you trust this source"


def _listed(places: list[str]) -> str:
    shown = ", ".join(places[:_SHOWN_PLACES])
    more = len(places) - _SHOWN_PLACES
    return f"{shown} and {more} more" if more > 0 else shown


def _named(cell: object) -> object:
    """Return a number as the name that it is, such as that of a track."""
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell


def _words(cell: object) -> str | None:
    """Return a cell as text: empty when it is absent, None when it is something else."""
    return "" if is_empty(cell) else cell if isinstance(cell, str) else None
