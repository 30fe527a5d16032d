"""Small JSON files in the directories of ``paths``: read if they are good, replaced whole.

Nothing here raises: what cannot be read counts as absent, what cannot be written is reported by False.
"""

import json
from pathlib import Path

from lightning_cli.system.small_files import read_small, replace_file

_LIMIT_BYTES = 32 * 1024 * 1024


def read_json(path: Path) -> object:
    """Return the parsed file; None when it is absent, unreadable, too big or not JSON."""
    try:
        return json.loads(read_small(path, _LIMIT_BYTES, own=True))
    except (OSError, ValueError, RecursionError):
        return None


def write_json(path: Path, value: object) -> bool:
    """Replace a file by ``value``, so that a reader sees the old or the new one and nothing between.

    Returns False when that was not possible; the old file is then as it was.
    """
    try:
        replace_file(path, json.dumps(value, separators=(",", ":")).encode("ascii"))
    except OSError:
        return False
    return True
