"""Rows from the sources that a command line names; every problem is told with file and line.

Tables and spreadsheets are read by ``table_reader``, books by ``epub``; JSON lines, plain texts, lists of prompts and
directories here. A file that a row names is read again when it is planned and when it is spoken: its text is not kept,
so that memory does not grow with the length of what is narrated.
"""

import itertools
import json
import os
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lightning_cli.errors import UsageFault
from lightning_cli.narration.columns import FILE, OUTPUT, TEXT, no_words, resolve
from lightning_cli.narration.cues import SUBTITLES, SourceCue, add_cues, read_cues
from lightning_cli.narration.rows import HTML, LIMIT_BYTES, TOO_LONG, Reading, ReadingOptions, contents, read_text
from lightning_cli.narration.table_reader import (
    SPREADSHEETS,
    is_table,
    listed,
    numbered_lines,
    read_spreadsheet,
    read_table,
)
from lightning_cli.narration.unread_formats import AUDIO, how_to_convert
from lightning_cli.system.counting import counted
from lightning_cli.text.segmenter import can_be_heard

STDIN = "-"
_TABLES = (".csv", ".tsv", ".tab", ".psv")
_JSON_LINES = (".jsonl", ".ndjson")
_PAGES = (".md", ".markdown", ".ssml", *HTML)
_LINES = (".txt", ".text")
EPUB = ".epub"
READ = (*_TABLES, *_JSON_LINES, ".json", *SPREADSHEETS, *_LINES, *_PAGES, EPUB, *SUBTITLES)
_PROMPT = re.compile(r"([A-Za-z0-9][\w./-]{0,120})\s*:(?!//)\s+(\S.*)")
# What a sheet that is not shared answers, and many a link to a download.
_PAGE_START = re.compile(rb"\s*<(?:!doctype html|html)\b", re.IGNORECASE)
# Labels of Audacity: begin, end, words.
_LABEL = re.compile(r"(\d+[.,]\d+)\t(\d+[.,]\d+)\t(.*)")
# A line that goes on in the next one, where a text was wrapped at a column.
_BROKEN_OFF = re.compile(r"[\w,;-][ \t]*\n[ \t]*[a-z]")
_WRAPPED_SHARE = 0.3
_SHOWN_NAMES = 8


def read_sources(sources: Sequence[str], stdin: Iterator[bytes], options: ReadingOptions | None = None) -> Reading:
    """Read every source in order; ``stdin`` gives the bytes of ``-``, which is JSONL unless columns are named."""
    reading = Reading(options or ReadingOptions())
    for source in sources:
        if source == STDIN:
            _read_standard_input(reading, stdin)
            continue
        path = Path(source)
        try:
            if "\0" not in source and path.is_dir():
                _read_directory(reading, path)
            else:
                _read_file(reading, source, path)
        except (OSError, ValueError) as fault:
            reading.problems.append(f"{source}: cannot be read ({getattr(fault, 'strerror', None) or fault})")
        except UsageFault as fault:
            reading.problems.append(fault.message)
    if not reading.rows and not reading.problems:
        reading.problems.append(f"{', '.join(sources)}: there is nothing to narrate")
    _check_order(reading, sources)
    reading.finish()
    return reading


def natural_key(path: Path) -> list[list[tuple[int, int, str]]]:
    """Return what sorts names as people number them: 2 before 10, whatever the case of the letters."""
    return [
        [
            (0, int(part), part) if part.isdecimal() else (1, 0, part.casefold())
            for part in re.split(r"(\d{1,18})", name)
            if part
        ]
        for name in path.parts
    ]


def _check_order(reading: Reading, sources: Sequence[str]) -> None:
    """Warn where a shell has sorted numbered files by their letters; the order of a command line is obeyed."""
    paths = [Path(source) for source in sources if source != STDIN]
    if len(paths) > 1 and sources == sorted(sources) and paths != (wanted := sorted(paths, key=natural_key)):
        one, other = next((given, right) for given, right in zip(paths, wanted, strict=True) if given != right)
        reading.doubt(
            str(one),
            f"comes before {str(other)!r}, as a shell sorts names; name their directory for the order of their numbers",
        )


def _read_file(reading: Reading, source: str, path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix in (*SPREADSHEETS, EPUB) and _is_special(path):
        # Their readers look for the end of the file first, which such a one need not have.
        reading.problems.append(f"{source}: cannot be read (not a regular file)")
        return
    if suffix in SPREADSHEETS:
        read_spreadsheet(reading, source, path)
        return
    if suffix == EPUB:
        from lightning_cli.narration.epub import read_epub  # zipfile and an XML parser, for books alone

        read_epub(reading, source, path)
        return
    raw = contents(path)
    if suffix not in READ:
        told = how_to_convert(path, raw)
        known = " ".join(READ)
        reading.problems.append(f"{source}: {told or f'its extension does not say what it is; use {known} or -'}")
    elif raw[:8].startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF-")):
        reading.problems.append(f"{source}: is not a text, despite its name; {how_to_convert(path, raw)}")
    elif suffix in HTML:
        reading.add(source, path.stem or "speech", {FILE: path.name}, path.parent)
    elif suffix in _TABLES and _PAGE_START.match(raw):
        reading.problems.append(f"{source}: is a web page, despite its name; download the table itself, as .csv")
    else:
        _read_text(reading, source, reading.decoded(raw, source), suffix, path)


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _read_standard_input(reading: Reading, stdin: Iterator[bytes]) -> None:
    name = "standard input"
    raw = bytearray()
    for block in stdin:
        raw += block
        if len(raw) > LIMIT_BYTES:
            reading.problems.append(f"{name}: cannot be read ({TOO_LONG})")
            return
    try:
        _read_text(reading, name, reading.decoded(bytes(raw), name), ".jsonl", Path())
    except UsageFault as fault:
        reading.problems.append(fault.message)


def _read_text(reading: Reading, name: str, text: str, suffix: str, path: Path) -> None:
    options = reading.options
    # Such a flag says that it is a table, whatever its name: Anki writes .txt.
    is_named_table = bool(options.columns or options.delimiter or options.mapping or not options.header)
    stem = path.stem or "speech"
    if suffix in _TABLES or (is_named_table and suffix in (*_LINES, *_JSON_LINES) and not text.startswith("{")):
        read_table(reading, name, text, path)
    elif suffix in _JSON_LINES:
        _read_json_lines(reading, name, text, path)
    elif suffix == ".json":
        _read_json(reading, name, text, path)
    elif suffix in _PAGES:
        reading.add(name, stem, {TEXT: text}, path.parent)
    elif suffix in SUBTITLES:
        read_cues(reading, name, text, path)
    elif is_table(text):
        read_table(reading, name, text, path)
    else:
        _read_lines(reading, name, text, path)


def _read_lines(reading: Reading, name: str, text: str, path: Path) -> None:
    """Read an utterance from each line, or the prompts of a telephone system: ``name: text`` and ``;`` comments."""
    if (cues := _labels(text)) is not None:
        add_cues(reading, name, path, cues)
        return
    if len(_BROKEN_OFF.findall(text)) > _WRAPPED_SHARE * text.count("\n"):
        reading.doubt(name, "lines break off within sentences, and each is spoken by itself; for one text name it .md")
    prompts = reading.options.cast is None and _prompts(text)
    for number, line in numbered_lines(text):
        # A row of stars between two scenes is as good as a blank line.
        if not can_be_heard(line) or (prompts and line.lstrip().startswith(";")):
            continue
        row: dict[str, object] = {TEXT: line}
        if prompts and (match := _PROMPT.fullmatch(line.strip())):
            row = {OUTPUT: match[1], TEXT: match[2]}
        reading.add(f"{name}:{number}", f"{path.stem or 'speech'}-{number:04}", row, path.parent)
    if prompts:
        reading.notes.append(f"{name}: read as a list of prompts, 'name: text'")


def _labels(text: str) -> list[SourceCue] | None:
    """Return the labels of Audacity as cues; None for any other text. A line with a backslash has frequencies."""
    lines = [line for _, line in numbered_lines(text) if line.strip() and not line.startswith("\\\t")]
    found = [match for line in lines if (match := _LABEL.fullmatch(line))]
    if not found or len(found) < len(lines):
        return None
    return [SourceCue(_label_ms(match[1]), _label_ms(match[2]), match[3]) for match in found]


def _label_ms(seconds: str) -> int:
    return round(float(seconds.replace(",", ".")) * 1000)


def _prompts(text: str) -> bool:
    """Return whether every line is ``name: text``, each name once, and one of them is not a name of a person."""
    names = []
    for _, line in numbered_lines(text):
        if not line.strip() or line.lstrip().startswith(";"):
            continue
        match = _PROMPT.fullmatch(line.strip())
        if not match:
            return False
        names.append(match[1])
    return len(names) > 1 and len(set(names)) == len(names) and any(name == name.lower() for name in names)


def _read_json_lines(reading: Reading, name: str, text: str, path: Path) -> None:
    # Only line feeds end a line of JSON; other separators may stand inside its strings.
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    values = [(number, *_parsed(line)) for number, line in lines]
    broken = [(number, told) for number, _, _, told in values if told]
    if (len(values) == 1 and isinstance(values[0][1], list)) or (len(broken) > 1 and not _parsed(text)[2]):
        # An array, or indented.
        _read_json(reading, name, text, path)
        return
    if broken:
        reading.problems.append(f"{name}:{broken[0][0]}: not JSON ({broken[0][1]}){_and_more(broken)}")
    _read_objects(reading, name, [(number, value, twice) for number, value, twice, told in values if not told], path)


def _and_more(places: Sequence[object]) -> str:
    return f"; the same {len(places) - 1} more times" if len(places) > 2 else "; the same once more" * (len(places) - 1)  # noqa: PLR2004 - twice


def _read_json(reading: Reading, name: str, text: str, path: Path) -> None:
    """Read an array of objects or of texts; what is not one is told as such, with the command that makes lines of it.

    Anything else that lists texts by their names, or has such an array in it, can be made one by jq.
    """
    value, twice, told = _parsed(text)
    if told:
        told = f"JSON Lines belong in {path.stem}.jsonl" if text.lstrip().startswith("{") else told
        reading.problems.append(f"{name}: not JSON ({told})")
        return
    if not isinstance(value, list):
        reading.problems.append(
            f"{name}: not an array of objects; make one of it, as with:"
            f" jq -c {shlex.quote(_filter_of(value))} {shlex.quote(name)} > {shlex.quote(path.stem)}.jsonl"
        )
        return
    reading.problems += [f"{name}: the key {key!r} stands twice in an object" for key in dict.fromkeys(twice)]
    _read_objects(reading, name, [(number, one, []) for number, one in enumerate(value, 1)], path)


def _filter_of(value: object) -> str:
    """Return what jq makes objects with, out of a JSON value that is not an array."""
    if isinstance(value, dict):
        if value and all(isinstance(one, str) for one in value.values()):
            return "to_entries[] | {output: .key, text: .value}"
        for key, one in value.items():
            if isinstance(one, list):
                return f".{key}[]" if re.fullmatch(r"[A-Za-z_]\w*", key, re.ASCII) else f".[{json.dumps(key)}][]"
    return ".[]"


def _parsed(text: str) -> tuple[Any, list[str], str]:
    """Return a value, the keys that stand twice in it, and what is wrong with the JSON."""
    twice: list[str] = []
    try:
        return json.loads(text, object_pairs_hook=partial(_object, twice)), twice, ""
    except (ValueError, RecursionError) as fault:
        return None, [], str(fault)


def _read_objects(reading: Reading, name: str, values: Sequence[tuple[int, Any, list[str]]], path: Path) -> None:
    left_out: dict[str, None] = {}
    foreign: dict[tuple[str, ...], None] = {}
    others: list[int] = []
    stem = path.stem or "speech"
    for number, value, twice in values:
        place = f"{name}:{number}"
        if isinstance(value, str):
            value = {TEXT: value}  # noqa: PLW2901 - the same with its name
        if not isinstance(value, dict):
            others.append(number)
            continue
        names = tuple(value)
        header = resolve(names, {key: wanted for key, wanted in reading.options.mapping.items() if wanted in value})
        problems = [f"the key {key!r} stands twice" for key in twice] + header.problems
        if not header.has_words and names not in foreign and not problems:
            foreign[names] = None
            problems = [no_words(header, is_object=True)]
        reading.problems += [f"{place}: {problem}" for problem in problems]
        left_out |= dict.fromkeys(header.left_out)
        if not problems and header.has_words:
            cells = zip(header.columns, value.values(), strict=True)
            row = {column: cell for column, cell in cells if column is not None}
            reading.add(place, f"{stem}-{number:04}", row, path.parent)
    if others:
        reading.problems.append(f"{name}:{others[0]}: not a JSON object{_and_more(others)}")
    if left_out and not foreign:
        reading.notes.append(f"{name}: left out the keys {listed(list(left_out))}")


def _object(twice: list[str], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice += sorted(key for key, count in counts.items() if count > 1)
    return made


def _read_directory(reading: Reading, directory: Path) -> None:
    """Read one text from each file, in the order of their numbers; whatever else is there is named."""
    found: list[Path] = []
    others: list[Path] = []
    for folder, folders, names in os.walk(directory):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                is_read = name.lower().endswith((*_LINES, *_PAGES))
                (found if is_read else others).append(Path(folder, name))
    stems = set()
    for path in sorted(found, key=natural_key):
        stem = path.relative_to(directory).with_suffix("")
        stems.add(stem)
        if _is_special(path):
            # A FIFO would be waited for without end.
            reading.problems.append(f"{path}: cannot be read (not a regular file)")
            continue
        reading.add(str(path), str(stem), {FILE: path.name}, path.parent)
    # The outputs of a run stand beside its texts where -d names the same directory.
    left = [
        str(path.relative_to(directory))
        for path in sorted(others, key=natural_key)
        if not (path.suffix.lower() in AUDIO and path.relative_to(directory).with_suffix("") in stems)
    ]
    if left:
        shown = ", ".join(itertools.islice(left, _SHOWN_NAMES)) + (", ..." if len(left) > _SHOWN_NAMES else "")
        reading.notes.append(f"{directory}: {counted(len(left), 'file')} not read: {shown}")


__all__ = ["READ", "STDIN", "natural_key", "read_sources", "read_text"]
