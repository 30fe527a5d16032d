"""The README as a package index shows it: pages that stand beside it are named, since a link would lead nowhere.

hatchling calls it for the metadata of the wheel and the archive; the pages are installed under ``share/doc``.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"^!\[[^\]]*\]\((?!https?:)[^)]*\)\n+", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#)(?:[^)/]*/)*([^)/]*)\)")


def standing_alone(text: str) -> str:
    """Return a text of Markdown without pictures and links that are relative."""
    return _LINK.sub(r"\1 (`\2`)", _PICTURE.sub("", text))


class ReadmeHook(MetadataHookInterface):
    """Set the description of the package."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Put the README into the metadata."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": standing_alone(text)}
