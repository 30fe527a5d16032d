"""An editor that is a Python program."""

import sys
from pathlib import Path

from support.command_line import environment


def editor(tmp_path: Path, code: str) -> dict[str, str]:
    """Return an environment whose editor is a Python program; ``path`` is the file it is to edit."""
    program = tmp_path / "editor.py"
    program.write_text(f"import sys\nfrom pathlib import Path\npath = Path(sys.argv[-1])\n{code}\n")
    return environment(VISUAL=f"{sys.executable} '{program}' --wait", EDITOR="false")


def append(line: str) -> str:
    """Return the code of an editor that adds a line."""
    return f"path.write_text(path.read_text() + {line!r})"
