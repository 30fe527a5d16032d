"""Chapters: titles from rows, headings and names, and the files that players read."""

import json
import subprocess
from pathlib import Path

import pytest

from lightning_cli.errors import UsageFault
from lightning_cli.narration.chapters import Chapter, check_chapter_file, ffmetadata, render_chapters, title_of
from lightning_cli.narration.plan import Item
from lightning_cli.narration.rows import Row
from lightning_cli.request import RequestDefaults
from lightning_cli.sinks.containers import WAV

CHAPTERS = [Chapter("The Cyclone", 0.7, 4.602), Chapter("A; b = c # <d> --> \\e", 6.302, 3600.0)]


def item(text: str, title: str | None = None, output: str | None = None) -> Item:
    """Return an item of a text."""
    row = Row("s.csv:2", "s-0001", text, None, output, (), title=title)
    return Item(row, "x.wav", Path(), WAV, RequestDefaults(voice_id="daniel"), "")


@pytest.mark.parametrize(
    ("made", "title"),
    [
        (item("# Heading\n\nText.", "Own\ttitle\n here"), "Own title here"),
        (item("Intro.\n\n## The *bold* [link](x.md) ##\n\nText."), "The bold link"),
        (item("Title\n=====\n\nText."), "Title"),
        (item("No heading.", output="deep/Chapter 1.wav"), "Chapter 1"),
        (item("No heading."), "s-0001"),
        (item("#hashtag is no heading"), "s-0001"),
        (item("x", "a\x1b[31mb"), "a [31mb"),
    ],
)
def test_titles(made: Item, title: str) -> None:
    """A title of its own, else the first heading, else the name; never a control character."""
    assert title_of(made) == title


def test_chapter_files() -> None:
    """Each kind says the same; a chapter lasts until the next begins."""
    assert json.loads(render_chapters(Path("c.json"), CHAPTERS)) == {
        "version": "1.2.0",
        "chapters": [
            {"startTime": 0.7, "endTime": 6.302, "title": "The Cyclone"},
            {"startTime": 6.302, "endTime": 3606.302, "title": "A; b = c # <d> --> \\e"},
        ],
    }
    assert render_chapters(Path("c.TXT"), [*CHAPTERS, Chapter("End", 3725.9, 1)]).decode().splitlines() == [
        "0:00 The Cyclone",
        "0:06 A; b = c # <d> --> \\e",
        "1:02:05 End",
    ]
    assert render_chapters(Path("c.vtt"), CHAPTERS).decode().split("\n\n") == [
        "WEBVTT",
        "1\n00:00:00.700 --> 00:00:06.302\nThe Cyclone",
        "2\n00:00:06.302 --> 01:00:06.302\nA; b = c # &lt;d&gt; --&gt; \\e\n",
    ]
    for name in ("c.csv", "chapters", ".json"):
        with pytest.raises(UsageFault, match="chapter file"):
            check_chapter_file(name)


def test_what_ffmpeg_reads(tmp_path: Path) -> None:
    """Titles and tags with every special character come back as they are."""
    path = tmp_path / "c.ffmeta"
    path.write_text(ffmetadata(CHAPTERS, [("title", "T;=#\\x")]))
    probe = ("ffprobe", "-v", "error", "-f", "ffmetadata", "-show_chapters", "-show_format", "-of", "json", str(path))
    told = json.loads(subprocess.run(probe, check=True, capture_output=True).stdout)
    assert [one["tags"]["title"] for one in told["chapters"]] == [one.title for one in CHAPTERS]
    assert [one["start_time"] for one in told["chapters"]] == ["0.700000", "6.302000"]
    assert told["format"]["tags"]["title"] == "T;=#\\x"


def test_a_backslash_at_the_end_keeps_the_lines_apart(tmp_path: Path) -> None:
    """FFmpeg goes on in the next line behind one, also where it is escaped: a title would swallow tags and chapters."""
    path = tmp_path / "a.ffmeta"
    chapters = [Chapter("One \\", 0, 1), Chapter("Two\\\\", 1, 1), Chapter("Three", 2, 1)]
    path.write_text(ffmetadata(chapters, [("title", "T\\"), ("artist", "A")]))
    probe = ("ffprobe", "-v", "error", "-f", "ffmetadata", "-show_chapters", "-show_format", "-of", "json", str(path))
    told = json.loads(subprocess.run(probe, check=True, capture_output=True).stdout)
    assert [chapter["tags"]["title"].rstrip() for chapter in told["chapters"]] == ["One \\", "Two\\\\", "Three"]
    assert {name: text.rstrip() for name, text in told["format"]["tags"].items()} == {"title": "T\\", "artist": "A"}
