"""The columns of a manifest: what each one sets, what else people call it, and how its cell becomes a value."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lightning_cli import request
from lightning_cli.system.close_words import close_words, question, wrong_letters

TEXT, FILE, OUTPUT, TITLE, PAUSE_AFTER = "text", "file", "output", "title", "pause_after"
# Field of the request -> the column that sets it, by the name of its flag.
_COLUMN_OF = {name: about.flag.replace("-", "_") or name for name, about in request.FIELDS.items()}
# Column -> field of the request: the name that the field has in the body is taken too.
FIELDS = {
    column: name
    for name, about in request.FIELDS.items()
    for column in dict.fromkeys((_COLUMN_OF[name], *([name] if about.is_body_field else [])))
}
COLUMNS = (TEXT, FILE, OUTPUT, TITLE, PAUSE_AFTER, *FIELDS)


def plain(name: str) -> str:
    """Return a column's name without what people vary: case, spaces, punctuation and invisible signs."""
    return re.sub(r"[\W_]+", "", name).casefold()


# What the tables of others call them, in plain form (see ``plain``).
SYNONYMS = {
    **dict.fromkeys(
        ("script", "sentence", "transcript", "transcription", "prompt", "prompttext", "utterance", "dialogue"), TEXT
    ),
    **dict.fromkeys(("textfile", "sourcefile", "inputfile"), FILE),
    **dict.fromkeys(
        ("outputfile", "outfile", "out", "outputname", "outputpath", "audio", "audiofile", "audiofilename"), OUTPUT
    ),
    **dict.fromkeys(("wav", "wavfile", "wavfilename", "mp3"), OUTPUT),
    **dict.fromkeys(("chapter", "chaptertitle"), TITLE),
    **dict.fromkeys(("pause", "pauseafterms", "pausems"), PAUSE_AFTER),
}
SYNONYMS |= {plain(other): _COLUMN_OF[name] for name, about in request.FIELDS.items() for other in about.columns}
# What stands for the text where nothing else does.
LAST_RESORTS = frozenset("line lines dialog content narration phrase message voiceover vo speech copy words".split())
# The name of a file: of the one to write where a text stands beside it, else of the one that has the text.
FILE_NAMES = frozenset({"filename", "path", "filepath"})
_TRUTH = {
    **dict.fromkeys(("true", "yes", "y", "on", "1", "1.0"), True),
    **dict.fromkeys(("false", "no", "n", "off", "0", "0.0"), False),
    # As spreadsheets write them in German, French, Spanish, Portuguese and Italian.
    **dict.fromkeys(("wahr", "vrai", "verdadero", "verdadeiro", "vero"), True),
    **dict.fromkeys(("falsch", "faux", "falso"), False),
}
# What programs write where they have no value.
_NO_VALUES = frozenset(("nan", "null", "none", "n/a", "#n/a", "\\n", "<na>"))
PAUSE_LIMIT_MS = 60_000
_SHOWN_COLUMNS = 8
# As many as Excel has.
_MOST_COLUMNS = 16_384
_SHORT = 5

Fields = tuple[tuple[str, object], ...]


_CANONICAL = {plain(name): name for name in COLUMNS}


def column_of(name: str) -> str | None:
    """Return the column of ours that a name means, its synonyms included; None for any other."""
    known = plain(name)
    return _CANONICAL.get(known) or SYNONYMS.get(known) or (OUTPUT if known in FILE_NAMES else None)


@dataclass(slots=True)
class Header:
    """What the names of a table come to: a column of ours for each position, or None for one that is left out."""

    names: Sequence[str]
    columns: list[str | None] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def known(self) -> int:
        """Return how many columns are ours."""
        return sum(column is not None for column in self.columns)

    @property
    def has_words(self) -> bool:
        """Return whether there is something to speak."""
        return TEXT in self.columns or FILE in self.columns


def resolve(names: Sequence[str], mapping: Mapping[str, str]) -> Header:
    """Find our columns among the names of a header; ``mapping`` gives the header's name for a column of ours.

    What is chosen by hand goes first, then our own names, then synonyms; a name that is nearly one of ours is a
    problem unless that one is there as well.
    """
    header = Header(names, [None] * len(names))
    if len(names) > _MOST_COLUMNS:
        header.problems.append(f"has {len(names)} columns, more than a spreadsheet can have")
        return header
    taken: dict[str, str] = {}
    left_out: dict[str, None] = {}
    for column, wanted in mapping.items():
        _map(header, taken, column, wanted)
    for index, name in enumerate(names):
        own = _CANONICAL.get(plain(name))
        if own is not None and header.columns[index] is None and own not in mapping:
            _take(header, taken, index, own)
    _take_synonyms(header, taken)
    for index, name in enumerate(names):
        if header.columns[index] is not None or not name.strip():
            continue
        close = _close(name)
        if close is not None and FIELDS.get(close, close) not in taken and plain(name) not in _CANONICAL:
            header.problems.append(f"unknown column {name!r} ({question(repr(close))})")
        else:
            left_out[name] = None
    header.left_out = list(left_out)
    return header


def no_words(header: Header, *, is_object: bool = False) -> str:
    """Return the message that a table, or an object, has nothing to speak, and how it can be read all the same."""
    shown = ", ".join(repr(name[:40]) for name in header.names[:_SHOWN_COLUMNS])
    more = ", ..." if len(header.names) > _SHOWN_COLUMNS else ""
    if is_object:
        return f"no key is named text or file (the object has {shown}{more}); name one with --map text=NAME"
    return (
        f"no column is named text or file (the first line has {shown}{more}); name one with --map text=NAME,"
        " or for a table without a header add --no-header --columns output,text"
    )


def _map(header: Header, taken: dict[str, str], column: str, wanted: str) -> None:
    exact = [index for index, name in enumerate(header.names) if name == wanted]
    alike = exact or [index for index, name in enumerate(header.names) if plain(name) == plain(wanted)]
    if alike:
        _take(header, taken, alike[0], column)
        return
    near = close_words(wanted, filter(None, header.names))
    hint = question(repr(near[0])) if near else f"it has {', '.join(map(repr, filter(None, header.names)))}"
    header.problems.append(f"--map {column}={wanted}: the table has no column {wanted!r} ({hint})")
    # Named once, and not again as a table without words.
    taken.setdefault(FIELDS.get(column, column), column)


def _take(header: Header, taken: dict[str, str], index: int, column: str) -> None:
    target = FIELDS.get(column, column)
    name = header.names[index]
    if target not in taken:
        taken[target] = name
        header.columns[index] = column
    elif taken[target] == name:
        header.problems.append(f"the column {name!r} stands twice")
    else:
        header.problems.append(f"{name!r} is also {taken[target]!r}")


def _take_synonyms(header: Header, taken: dict[str, str]) -> None:
    found: dict[str, list[int]] = {}
    for index, name in enumerate(header.names):
        known = plain(name)
        if header.columns[index] is None and known in SYNONYMS:
            found.setdefault(SYNONYMS[known], []).append(index)
    if not {TEXT, FILE} & {*taken, *found}:
        places = [index for index, name in enumerate(header.names) if plain(name) in LAST_RESORTS]
        found |= {TEXT: [index for index in places if header.columns[index] is None]} if places else {}
    has_text = TEXT in taken or TEXT in found
    for index, name in enumerate(header.names):
        if header.columns[index] is None and plain(name) in FILE_NAMES:
            found.setdefault(OUTPUT if has_text else FILE, []).append(index)
    for column, places in found.items():
        if FIELDS.get(column, column) in taken:
            continue
        names = [header.names[index] for index in places]
        if len(places) > 1:
            header.problems.append(
                f"{' and '.join(map(repr, names))} could each be {column!r}; choose: --map {column}={names[0]}"
            )
            taken[FIELDS.get(column, column)] = names[0]
        else:
            _take(header, taken, places[0], column)


def _close(name: str) -> str | None:
    """Return the column whose name differs by a slip: one letter of a short name, two of a longer one."""
    typed = plain(name)
    for known, column in _CANONICAL.items():
        slips = 1 if len(known) <= _SHORT else 2
        if abs(len(known) - len(typed)) <= slips and wrong_letters(typed, known) <= slips:
            return column
    return None


def request_fields(cells: Mapping[str, object]) -> tuple[Fields, list[str]]:
    """Return the request fields that a row sets, and what is wrong with its cells; empty cells set nothing."""
    found: list[tuple[str, object]] = []
    problems: list[str] = []
    for column, cell in cells.items():
        target = FIELDS.get(column)
        if target is None or is_empty(cell) or str(cell).strip().lower() in _NO_VALUES:
            continue
        try:
            found.append((target, _converter(target)(cell)))
        except ValueError as fault:
            problems.append(f"{column} {cell!r} is not {fault}")
    return tuple(sorted(found)), problems


def is_empty(cell: object) -> bool:
    """Return whether a cell says nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def pause_ms(cell: object) -> int | None:
    """Return the milliseconds of a cell such as ``800``, ``800ms`` or ``1.5 s``; raises ``ValueError``."""
    if is_empty(cell):
        return None
    match = re.fullmatch(r"(\d{1,6}(?:[.,]\d{0,6})?)\s*(ms|s)?", _ungrouped(cell), re.ASCII)
    if match and not isinstance(cell, bool):
        value = round(float(match[1].replace(",", ".")) * (1000 if match[2] == "s" else 1))
        if value <= PAUSE_LIMIT_MS:
            return value
    raise ValueError(f"a pause of 0 to {PAUSE_LIMIT_MS} ms")


def _ungrouped(cell: object) -> str:
    """Return a cell without what groups thousands, as in ``24,000`` and ``24.000``."""
    text = str(cell).strip()
    return re.sub(r"\D", "", text) if re.fullmatch(r"[1-9]\d{0,2}(?:[.,'’\s]\d{3})+", text, re.ASCII) else text  # noqa: RUF001 - Switzerland's


def _text(cell: object) -> str:
    if not isinstance(cell, str):
        raise ValueError("a text")  # noqa: TRY004 - the one fault of every converter
    return cell.strip()


def _whole_number(cell: object) -> int:
    # Programs that know only floating point write 24000.0.
    match = re.fullmatch(r"(\d{1,9})(?:[.,]0*)?", _ungrouped(cell), re.ASCII)
    if isinstance(cell, bool) or not match:
        raise ValueError("a whole number")
    return int(match[1])


def _number(cell: object) -> float:
    try:
        if isinstance(cell, bool):
            raise ValueError  # noqa: TRY004, TRY301 - told below, with the rest
        # A spreadsheet of much of Europe writes 1,2.
        return float(re.sub(r"^(\d+),(\d+)$", r"\1.\2", str(cell).strip()))
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


def _further(cell: object) -> tuple[str, ...]:
    """Return ``NAME=VALUE`` for each field: of one text, a list of texts, or a JSON object."""
    if isinstance(cell, str):
        return (cell.strip(),)
    if isinstance(cell, list) and all(isinstance(one, str) for one in cell):
        return tuple(cell)
    if isinstance(cell, dict):
        return tuple(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in cell.items())
    raise ValueError("NAME=VALUE")


def _converter(name: str) -> Callable[[object], object]:
    """Return what makes a field's value out of a cell; it raises ``ValueError`` that says what it should be."""
    about = request.FIELDS[name]
    if about.is_integer:
        return _whole_number
    return {"number": _number, "switch": _truth, "ids": _names, "further": _further}.get(about.kind, _text)
