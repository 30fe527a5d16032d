"""Files of words and how they sound: CSV, TSV, JSON and TOML to a plain mapping, every fault with its line.

CSV and TSV: two columns, ``word,pronunciation`` as an optional first row, ``#`` comments, quoted fields; a CSV whose
first row has a semicolon and no comma is divided by semicolons. JSON: an
object of words, an array of ``{word, pronunciation}``, or either under ``items`` as the service gives it
(protocol.md 1.6). TOML: ``word = "pronunciation"`` at the top or under ``[items]``.
"""

import csv
import io
import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning_cli.errors import UsageFault
from lightning_cli.system import toml_text
from lightning_cli.system.small_files import TooLong, read_small
from lightning_cli.text.encodings import likely_encoding, marked_encoding

SUFFIXES = (".csv", ".tsv", ".json", ".toml")
_LIMIT_BYTES = 16 * 1024 * 1024
_PROBLEMS_TOLD = 20
_SHOWN_CHARS = 60
_HEADER = ["word", "pronunciation"]
_ITEMS = "items"
# What the service gives beside the items of a dictionary.
_BESIDE_ITEMS = frozenset({"id", "createdAt", "created_at"})
_SURROGATE = re.compile("[\ud800-\udfff]")
_WHITE = re.compile(r"[ \t\r\n]*")
_TOML_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
# A key at the start of a line, up to its end or to a table of its own, and texts behind an equals sign.
_TOML_KEY = re.compile(r"""\s*(?:(["'])(?P<quoted>.*?)\1|(?P<bare>[^"'.=\s]+))\s*[.=]""")
_TOML_VALUE = re.compile(r"""=\s*(["'])(.*?)\1""")


@dataclass(frozen=True, slots=True)
class WordList:
    """What a file says: pronunciation by word, and its problems as ``file:line: what``."""

    words: dict[str, str]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """One entry before it is checked; ``line`` counts from 1 and is None where the format tells none."""

    line: int | None
    word: object
    sound: object


_Report = Callable[[int | None, str], None]


def load_words(path: Path) -> dict[str, str]:
    """Read a file that must be good; raises ``UsageFault`` that names every problem."""
    found = read_words(path)
    if found.problems:
        raise UsageFault("; ".join(found.problems), hint="fix the file and run again; nothing was sent")
    return found.words


def read_words(path: Path) -> WordList:
    """Read a file and tell everything that is wrong with it at once.

    Raises ``UsageFault`` when it cannot be read at all or its name has none of the suffixes.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageFault(f"{path} is not a dictionary file", hint=f"its name must end in {', '.join(SUFFIXES)}")
    try:
        raw = read_small(path, _LIMIT_BYTES)
    except TooLong as fault:
        raise UsageFault(f"{path} has more than {_LIMIT_BYTES // 1024 // 1024} MB", hint="split it") from fault
    except OSError as fault:
        raise UsageFault(f"{path} cannot be read ({fault.strerror})", hint="check its name and permissions") from fault
    problems: list[str] = []

    def report(line: int | None, what: str) -> None:
        problems.append(f"{path}: {what}" if line is None else f"{path}:{line}: {what}")

    words = _checked(_rows(_decoded(raw, report), suffix, report), report)
    if not words and not problems:
        report(None, "no words in it")
    if len(problems) > _PROBLEMS_TOLD:
        problems[_PROBLEMS_TOLD:] = [f"{path}: and {len(problems) - _PROBLEMS_TOLD} more problems"]
    return WordList(words, tuple(problems))


def _rows(text: str, suffix: str, report: _Report) -> Iterator[_Row]:
    if suffix == ".json":
        return _json_rows(text, report)
    if suffix == ".toml":
        return _toml_rows(text, report)
    return _table_rows(text, "\t" if suffix == ".tsv" else _delimiter(text), report)


def _delimiter(text: str) -> str:
    """Return what divides the columns of a CSV file: spreadsheets of half of Europe write semicolons."""
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    return ";" if first.count(";") == 1 and "," not in first.partition('"')[0].replace(";", "", 1) else ","


def _decoded(raw: bytes, report: _Report) -> str:
    encoding = marked_encoding(raw)
    if encoding in {None, "utf-8"}:
        for number, line in enumerate(raw.split(b"\n"), start=1):
            try:
                line.decode()
            except UnicodeDecodeError as fault:
                report(number, f"byte {fault.start + 1} of the line is not UTF-8; it may be {likely_encoding(raw)}")
    return raw.decode(encoding or "utf-8", "replace").removeprefix("\ufeff")


def _checked(rows: Iterator[_Row], report: _Report) -> dict[str, str]:
    words: dict[str, str] = {}
    lines: dict[str, int | None] = {}
    for row in rows:
        if not isinstance(row.word, str) or not isinstance(row.sound, str):
            report(row.line, f"word and pronunciation must be text, not {str((row.word, row.sound))[:_SHOWN_CHARS]}")
            continue
        # White space around a word would keep it from ever matching.
        word, sound = row.word.strip(), row.sound.strip()
        if not word:
            report(row.line, "the word is empty")
        elif not sound:
            report(row.line, f"the pronunciation of {word} is empty")
        elif _SURROGATE.search(word + sound):
            report(row.line, f"{word} is not valid Unicode")
        elif words.setdefault(word, sound) != sound:
            before = f" on line {lines[word]}" if lines[word] else ""
            report(row.line, f"{word} has another pronunciation{before}: {words[word]}, here {sound}")
        lines.setdefault(word, row.line)
    return words


def _table_rows(text: str, delimiter: str, report: _Report) -> Iterator[_Row]:
    feed = _Feed(text)
    reader = csv.reader(feed, delimiter=delimiter, skipinitialspace=delimiter != "\t", strict=True)
    first = True
    while True:
        feed.begins = True
        try:
            fields = next(reader, None)
        except csv.Error as fault:
            report(feed.began, f"the quotes do not close, or text follows them ({fault})")
            return
        if fields is None:
            return
        named = [field.strip().lower() for field in fields]
        if len(fields) != len(_HEADER):
            report(feed.began, f"{len(fields)} column{'s' * (len(fields) != 1)}; there must be 2: word, pronunciation")
        elif first and named == _HEADER[::-1]:
            report(feed.began, "the columns must be word first, then pronunciation")
        elif not (first and named == _HEADER):
            yield _Row(feed.began, *fields)
        first = False


class _Feed:
    """Hand lines to the csv reader; comments and blank lines vanish between records, never inside quotes.

    ``begins`` is set by the reader of a record; ``began`` is then the line it starts on.
    """

    def __init__(self, text: str) -> None:
        self._lines = enumerate(io.StringIO(text, newline=""), start=1)
        self.begins = True
        self.began = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Return the next line that counts."""
        for number, line in self._lines:
            if self.begins and (not line.strip() or line.startswith("#")):
                continue
            if self.begins:
                self.begins, self.began = False, number
            return line
        raise StopIteration


def _json_rows(text: str, report: _Report) -> Iterator[_Row]:
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as fault:
        report(fault.lineno, f"this is not JSON: {fault.msg}")
        return
    except (ValueError, RecursionError) as fault:
        report(None, f"this is not JSON: {fault}")
        return
    at = _skipped(text, 0)
    if _has_items(parsed, report):
        # Of a key that stands twice the library takes the last.
        at = [member.value_at for member in _members(text, at) if member.key == _ITEMS][-1]
        parsed = parsed[_ITEMS]
    if not isinstance(parsed, dict | list):
        report(1, "there must be an object or an array")
        return
    ends = [match.start() for match in re.finditer("\n", text)]
    for member in _members(text, at):
        yield _row(bisect_left(ends, member.at) + 1, member.key, member.value)


def _has_items(parsed: Any, report: _Report) -> bool:
    """Return whether the words stand under ``items``; words beside it would be lost and are reported."""
    if not isinstance(parsed, dict) or not isinstance(parsed.get(_ITEMS), dict | list):
        return False
    for key in sorted(parsed.keys() - {_ITEMS} - _BESIDE_ITEMS):
        report(None, f"{key} is outside {_ITEMS}; move it inside")
    return True


def _row(line: int | None, key: str | None, value: object) -> _Row:
    """Make a row of an object's member, or of an array's, which has no key and names both its parts."""
    if key is not None:
        return _Row(line, key, value)
    if isinstance(value, dict):
        return _Row(line, value.get("word"), value.get("pronunciation"))
    return _Row(line, value, None)


@dataclass(frozen=True, slots=True)
class _Member:
    """One member of a JSON object or array, and where in the text it and its value begin."""

    at: int
    key: str | None
    value_at: int
    value: object


def _members(text: str, at: int) -> Iterator[_Member]:
    """Walk the object or array at ``at`` of valid JSON: the library tells values, not where they are."""
    decoder = json.JSONDecoder()
    closing = "}" if text[at] == "{" else "]"
    at = _skipped(text, at + 1)
    while text[at] != closing:
        begin, key = at, None
        if closing == "}":
            key, at = decoder.raw_decode(text, at)
            at = _skipped(text, _skipped(text, at) + 1)
        value_at = at
        value, at = decoder.raw_decode(text, at)
        yield _Member(begin, key, value_at, value)
        at = _skipped(text, at)
        if text[at] == ",":
            at = _skipped(text, at + 1)


def _skipped(text: str, at: int) -> int:
    match = _WHITE.match(text, at)
    return match.end() if match else at


def _toml_rows(text: str, report: _Report) -> Iterator[_Row]:
    try:
        parsed: Any = toml_text.parse(text)
    except (ValueError, RecursionError) as fault:  # a number of too many digits is not a TOMLDecodeError
        place = _TOML_LINE.search(str(fault))
        report(int(place[1]) if place else None, f"this is not TOML: {_TOML_LINE.sub('', str(fault))}")
        return
    if _has_items(parsed, report):
        parsed = parsed[_ITEMS]
    line_of = _toml_lines(text)
    if isinstance(parsed, list):
        rows = [_row(None, None, value) for value in parsed]
        yield from (_Row(line_of(row.word), row.word, row.sound) for row in rows)
    else:
        for key, value in parsed.items():
            if isinstance(value, dict):
                report(line_of(key), f"{key} is a table; a word with a dot in it needs quotes")
            else:
                yield _Row(line_of(key), key, value)


def _toml_lines(text: str) -> Callable[[object], int | None]:
    """Return what finds the line that sets a word, as a key or a value, since the TOML library tells no places."""
    keys: dict[str, int] = {}
    values: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if key := _TOML_KEY.match(line):
            keys.setdefault(key["quoted"] or key["bare"], number)
        for value in _TOML_VALUE.finditer(line):
            values.setdefault(value[2], number)
    return lambda word: keys.get(word, values.get(word)) if isinstance(word, str) else None
