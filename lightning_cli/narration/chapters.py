"""Chapters of a book: their titles, where they stand, and the files that players read them from."""

import json
import re
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from lightning_cli.errors import UsageFault
from lightning_cli.narration.plan import Item

_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(\S.*?)[ \t]*#*[ \t]*$|^(\S.*)\n {0,3}(?:=+|-{2,})[ \t]*$", re.MULTILINE)
_MARKS = re.compile(r"[*_`]+|\[([^\]]*)\]\([^)]*\)")
_FIRST_CHARS = 4000
_TITLE_CHARS = 200
_MINUTE_S, _HOUR_S = 60, 3600


class Chapter(NamedTuple):
    """A chapter: its title, where it begins and how long it is, in seconds."""

    title: str
    start_s: float
    length_s: float

    def as_json(self) -> dict[str, object]:
        """Return what the report says of it."""
        return {"title": self.title, "start_seconds": round(self.start_s, 3), "seconds": round(self.length_s, 3)}


def title_of(item: Item) -> str:
    """Return the title of an item: its own, else the first heading of its text, else the name of its file."""
    title = item.row.title or _heading(item.row.read()) or PurePath(item.row.output or item.row.stem).stem
    return " ".join("".join(one if one.isprintable() else " " for one in title).split())[:_TITLE_CHARS]


def _heading(text: str) -> str:
    found = _HEADING.search(text[:_FIRST_CHARS])
    return _MARKS.sub(lambda mark: mark[1] or "", found[1] or found[2]).strip() if found else ""


def ffmetadata(chapters: Sequence[Chapter], tags: Sequence[tuple[str, str]] = ()) -> str:
    """Return FFmpeg's metadata format; every chapter lasts until the next one begins."""
    lines = [";FFMETADATA1", *(f"{name}={_escaped(value)}" for name, value in tags)]
    for chapter, end_s in zip(chapters, _ends(chapters), strict=True):
        lines += [
            "[CHAPTER]",
            "TIMEBASE=1/1000",
            f"START={round(chapter.start_s * 1000)}",
            f"END={round(end_s * 1000)}",
            f"title={_escaped(chapter.title)}",
        ]
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    # FFmpeg takes a line that ends in a backslash, escaped or not, for one that goes on in the next.
    return re.sub(r"([=;#\\\n])", r"\\\1", value) + (" " if value.endswith("\\") else "")


def _ends(chapters: Sequence[Chapter]) -> list[float]:
    if not chapters:
        return []
    last = chapters[-1]
    return [*(one.start_s for one in chapters[1:]), last.start_s + last.length_s]


def _webvtt(chapters: Sequence[Chapter]) -> str:
    cues = (
        f"{number}\n{_clock(chapter.start_s)} --> {_clock(end_s)}\n{_cue_text(chapter.title)}\n"
        for number, (chapter, end_s) in enumerate(zip(chapters, _ends(chapters), strict=True), start=1)
    )
    return "\n".join(["WEBVTT\n", *cues])


def _cue_text(title: str) -> str:
    return title.replace("&", "&amp;").replace("<", "&lt;").replace("-->", "--&gt;").replace(">", "&gt;")


def _clock(seconds: float) -> str:
    total_ms = round(seconds * 1000)
    rest_s, ms = divmod(total_ms, 1000)
    return f"{rest_s // _HOUR_S:02}:{rest_s // _MINUTE_S % 60:02}:{rest_s % 60:02}.{ms:03}"


def _podcasting(chapters: Sequence[Chapter]) -> str:
    listed = [
        {"startTime": round(chapter.start_s, 3), "endTime": round(end_s, 3), "title": chapter.title}
        for chapter, end_s in zip(chapters, _ends(chapters), strict=True)
    ]
    return json.dumps({"version": "1.2.0", "chapters": listed}, ensure_ascii=False, indent=1) + "\n"


def _list(chapters: Sequence[Chapter]) -> str:
    # Times as players and video sites read them: the first is 0:00.
    return "".join(f"{_short(chapter.start_s if place else 0)} {one}\n" for place, (chapter, one) in _titled(chapters))


def _titled(chapters: Sequence[Chapter]) -> list[tuple[int, tuple[Chapter, str]]]:
    return list(enumerate((chapter, chapter.title) for chapter in chapters))


def _short(seconds: float) -> str:
    whole_s = int(seconds)
    minutes = f"{whole_s // _MINUTE_S % 60}:{whole_s % 60:02}"
    return f"{whole_s // _HOUR_S}:{minutes.zfill(5)}" if whole_s >= _HOUR_S else minutes


_KINDS = {".ffmeta": ffmetadata, ".vtt": _webvtt, ".json": _podcasting, ".txt": _list}


def check_chapter_file(path: str) -> None:
    """Raise ``UsageFault`` unless the ending of a name says which kind of file is meant."""
    if PurePath(path).suffix.lower() not in _KINDS:
        raise UsageFault(
            f"cannot tell the kind of chapter file from {path!r}", hint=f"end it in one of {' '.join(_KINDS)}"
        )


def render_chapters(path: Path, chapters: Sequence[Chapter]) -> bytes:
    """Return the content of a chapter file, of the kind that its name says."""
    return _KINDS[path.suffix.lower()](chapters).encode("utf-8", "backslashreplace")
