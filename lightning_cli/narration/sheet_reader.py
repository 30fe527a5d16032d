"""Run as a program: read a spreadsheet and write its cells as JSON, within limits of memory and time.

A sheet of a few kilobytes can claim 17 billion cells, and the reader is native code: what it does to this process is
no harm to the command. Only the standard library and python-calamine are loaded here.
"""

import contextlib
import json
import sys
from typing import Any

MISSING, REFUSED = 3, 4
_MEMORY_BYTES = 2 << 30
_CPU_S = 60
_OUTPUT_CHARS = 64 << 20


def cell_text(value: object) -> str:
    """Return a cell as a person reads it: 24000.0 is 24000, a date is 2026-11-30."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def limit() -> None:
    """Bound what this process may take, where the system can."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
        # A dump of a process that ran out of memory helps no one.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def sheets(path: str) -> list[tuple[str, list[tuple[int, list[str]]]]]:
    """Return the visible sheets: name, and each row that has something in it with its number."""
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(path)
    found = []
    total = 0
    for about in book.sheets_metadata:
        if about.visible != python_calamine.SheetVisibleEnum.Visible:
            continue
        rows = []
        sheet = book.get_sheet_by_name(about.name)
        for number, texts in enumerate(filled_down(sheet), start=1):
            while texts and not texts[-1].strip():
                texts.pop()
            if texts:
                total += sum(map(len, texts))
                rows.append((number, texts))
        if total > _OUTPUT_CHARS:
            raise ValueError(f"more than {_OUTPUT_CHARS >> 20} million characters")
        found.append((about.name, rows))
    return found


def filled_down(sheet: Any) -> list[list[str]]:
    """Return the texts of all cells; one that is merged over several rows counts for each of them."""
    found = [[cell_text(cell) for cell in cells] for cells in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        for cells in found[top + 1 : bottom + 1]:
            if left < min(len(cells), len(found[top])):
                cells[left] = found[top][left]
    return found


def main() -> int:
    """Read the spreadsheet that the command line names; the exit code says what went wrong."""
    limit()
    try:
        import python_calamine
    except ImportError:
        return MISSING
    try:
        found = sheets(sys.argv[1])
    except python_calamine.PasswordError:
        _answer("it is protected by a password")
        return REFUSED
    except (python_calamine.CalamineError, ValueError, OSError) as fault:
        _answer(str(fault).splitlines()[0] if str(fault) else type(fault).__name__)
        return REFUSED
    _answer(json.dumps(found))
    return 0


def _answer(text: str) -> None:
    with open(1, "wb", closefd=False) as output:
        output.write(text.encode("utf-8", "replace"))


if __name__ == "__main__":
    sys.exit(main())
