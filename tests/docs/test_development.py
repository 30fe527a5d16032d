"""The page for developers names files, functions and private members that are there, and all of the latter."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "lightning_cli"
PAGE = (ROOT / "docs/development.md").read_text(encoding="utf-8")
SOURCES = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}


def hops(title: str) -> list[tuple[list[str], list[str]]]:
    """Return the files and the functions of a section's table, row by row."""
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if re.match(r"\| \d", line)]
    return [(row[1].split(", "), re.findall(r"`([\w.]+)`", row[2])) for row in rows]


def test_every_hop_is_there() -> None:
    """Each function stands in one of its row's files, and the rows count to the number that is told."""
    for title in ("How a word travels", "How a frame travels"):
        rows = hops(title)
        assert len(rows) > 5, title
        for files, functions in rows:
            code = "".join(
                text for path, text in SOURCES.items() if str(path.relative_to(PACKAGE)).startswith(tuple(files))
            )
            for function in functions:
                name = function.rpartition(".")[2]
                assert re.search(rf"^\s*(?:def|class) {name}\b", code, re.MULTILINE), f"{files}: {function}"


def test_the_rooms_of_the_map_are_those_of_the_package() -> None:
    """None is missing, none is invented."""
    section = PAGE.partition("## The map")[2].partition("\n## ")[0]
    named = {
        one.rstrip("/")
        for row in re.findall(r"^\| (.*?) \|", section, re.MULTILINE)
        for one in re.findall(r"`(\w+/?)`", row)
    }
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in SOURCES} - {"__init__"}
    assert named == rooms


def test_every_private_member_is_listed() -> None:
    """What the linter is told to let pass, and what is imported from a private module."""
    table = PAGE.partition("## Private members")[2].partition("\n## ")[0]
    for path, text in SOURCES.items():
        name = str(path.relative_to(PACKAGE))
        for line in text.splitlines():
            if "SLF001" in line:
                members = re.findall(r"\.(_[a-z]\w*)", line.partition("#")[0])
                assert members, line
                foreign = [one for one in members if f"self.{one}" not in line or one in table]
                assert name in table, line
                assert any(one in table for one in foreign), line
            elif re.match(r"\s*from \w+\._\w+", line):
                assert name in table, line


def test_the_tests_of_the_table_exist() -> None:
    """Each row names one."""
    table = PAGE.partition("## Private members")[2].partition("\n## ")[0]
    named = re.findall(r"tests/[\w/]+\.py", table)
    assert len(named) >= 7
    assert all((ROOT / name).is_file() for name in named)
