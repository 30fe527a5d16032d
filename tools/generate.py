"""Make the files that follow from the commands: completion table, shells' scripts, man page, page of reference.

    python -m tools.generate completions|docs

Tests compare what is there with what this makes.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from lightning_cli.cli.completion.completion_scripts import SCRIPTS
from tools.manpage import manpage
from tools.surface import help_block, table

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lightning_cli"
TABLE = PACKAGE / "data" / "commands.json"
MANPAGE = ROOT / "docs" / "lightning-tts.1"
REFERENCE = ROOT / "docs" / "reference.md"
# Objects of so many levels are spread over lines.
_NESTED = 2
_BEGIN, _END = "<!-- help:begin -->\n", "<!-- help:end -->\n"


def completions() -> dict[Path, str]:
    """Return the files of completion and what belongs in them."""
    scripts = {ROOT / "completions" / name: script for name, script in SCRIPTS.values()}
    return {TABLE: _readable(table()), **scripts}


def docs() -> dict[Path, str]:
    """Return the files of documentation and what belongs in them."""
    return {MANPAGE: manpage(), REFERENCE: with_help(REFERENCE.read_text(encoding="utf-8"))}


def with_help(page: str) -> str:
    """Put the help between the markers of a text."""
    before, _, rest = page.partition(_BEGIN)
    return f"{before}{_BEGIN}\n```text\n{help_block()}```\n\n{_END}{rest.partition(_END)[2]}"


def _readable(value: Mapping[str, object], depth: int = 0) -> str:
    """Write JSON with an option or a value a line, so that a change can be read."""
    lines = []
    for key, one in value.items():
        if isinstance(one, Mapping) and depth < _NESTED:
            lines.append(f"{json.dumps(key)}: {_readable(one, depth + 1)}")
        elif isinstance(one, list) and one and isinstance(one[0], Mapping):
            listed = ",\n".join(json.dumps(item, ensure_ascii=False) for item in one)
            lines.append(f"{json.dumps(key)}: [\n{listed}\n]")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(one, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + ("\n}" if depth else "\n}\n")


def main(arguments: list[str]) -> int:
    """Write the files of one kind."""
    made = {"completions": completions, "docs": docs}[arguments[0]]()
    for path, text in made.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stderr.write(f"{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
