"""TOML from any source, by the standard library's reader, guarded against input that would take it hours."""

import re
import tomllib
from typing import Any

# The reader goes over a key again for each of its parts.
_PARTS = 50
_PART = r"(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*\.[ \t]*"
_LONG_KEY = rf"(?m)(?:^|[\[{{,])[ \t]*(?:{_PART}){{{_PARTS}}}"


def parse(text: str) -> dict[str, Any]:
    """Parse a document; raises ``ValueError``, also for a key of many parts, and ``RecursionError`` for a deep one."""
    if found := re.search(_LONG_KEY, text):
        line = text.count("\n", 0, found.end()) + 1
        raise ValueError(f"a key has more than {_PARTS} parts (at line {line}, column 1)")
    return tomllib.loads(text)
