"""The columns of a manifest: which request field each one sets, and how its cell becomes a value."""

import re
from collections.abc import Callable, Mapping

TEXT, FILE, OUTPUT = "text", "file", "output"
# Column -> wire name: the flags' names and the API's are both taken.
FIELDS = {
    "voice": "voice_id",
    "voice_id": "voice_id",
    "model": "model",
    "sample_rate": "sample_rate",
    "speed": "speed",
    "language": "language",
    "dict": "pronunciation_dicts",
    "pronunciation_dicts": "pronunciation_dicts",
    "session_id": "session_id",
    "request_id": "request_id",
    "number_language": "number_pronunciation_language",
    "number_pronunciation_language": "number_pronunciation_language",
    "math_notation": "math_notation",
    "expire_content": "expire_content",
    "output_format": "output_format",
}
COLUMNS = (TEXT, FILE, OUTPUT, *FIELDS)
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

Fields = tuple[tuple[str, object], ...]


def column_of(name: str) -> str:
    """Give a column's name in its plain form."""
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
    """Give the request fields that a row sets, and what is wrong with its cells; empty cells set nothing."""
    found: list[tuple[str, object]] = []
    problems: list[str] = []
    for column, cell in cells.items():
        field = FIELDS.get(column)
        if field is None or cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        try:
            found.append((field, _CONVERTERS.get(field, _text)(cell)))
        except ValueError as fault:
            problems.append(f"{column} {cell!r} is not {fault}")
    return tuple(sorted(found)), problems


def _text(cell: object) -> str:
    if not isinstance(cell, str):
        raise ValueError("a text")  # noqa: TRY004 - the one fault of every converter
    return cell.strip()


def _rate(cell: object) -> int:
    if isinstance(cell, bool) or not re.fullmatch(r"\d{1,9}", str(cell).strip(), re.ASCII):
        raise ValueError("a whole number")
    return int(str(cell))


def _speed(cell: object) -> float:
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


_CONVERTERS: dict[str, Callable[[object], object]] = {
    "sample_rate": _rate,
    "speed": _speed,
    "math_notation": _truth,
    "expire_content": _truth,
    "pronunciation_dicts": _names,
}
