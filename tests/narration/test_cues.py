"""Subtitles as a script: which cues become one sentence, and when it begins."""

from pathlib import Path

from lightning_cli.narration.cues import Cue, sentences_of
from lightning_cli.narration.manifest import read_sources
from lightning_cli.narration.rows import Reading

SRT = """1
00:00:01,000 --> 00:00:03,500
<i>The gate opens</i> at nine,

2
00:00:03,600 --> 00:00:06,000
{\\an8}and closes
at five.

3
00:00:07,000 --> 00:00:08,000
♪ ♪

4
00:00:09,250 --> 00:00:10,000
- Wait!
"""


def read(path: Path, text: str) -> Reading:
    """Read a file of subtitles."""
    path.write_text(text)
    return read_sources([str(path)], iter([]))


def test_cues_become_sentences(tmp_path: Path) -> None:
    """Tags, dashes and music go; a sentence over two cues is one row; each knows its time and the next one's."""
    reading = read(tmp_path / "talk.srt", SRT)
    assert reading.problems == []
    assert [(row.text, row.clock, row.stem) for row in reading.rows] == [
        ("The gate opens at nine, and closes at five.", (1000, 6000, 9250), "talk-0001"),
        ("Wait!", (9250, 10000, None), "talk-0002"),
    ]
    assert reading.rows[1].place == f"{tmp_path}/talk.srt: cue at 0:00:09.250"


def test_other_formats(tmp_path: Path) -> None:
    """WebVTT with its entities, voices and notes; SubStation Alpha with comments and drawings, in any order."""
    vtt = "WEBVTT\n\nNOTE x\n\nid\n00:01.000 --> 00:02.000 align:left\n<v Roger>Salt &amp; <b>pepper</b>.\n"
    assert [row.text for row in read(tmp_path / "a.vtt", vtt).rows] == ["Salt & pepper."]
    events = (
        "[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )
    for kind, start, text in (
        ("Dialogue", "0:00:03.00", "Two\\Nlines."),
        ("Dialogue", "0:00:01.00", "{\\b1}One."),
        ("Comment", "0:00:02.00", "Not this."),
        ("Dialogue", "0:00:02.00", "{\\p1}m 0 0 l 1 1{\\p0}"),
    ):
        events += f"{kind}: 0,{start},0:00:09.00,Default,,0,0,0,,{text}\n"
    assert [row.text for row in read(tmp_path / "a.ass", events).rows] == ["One.", "Two lines."]


def test_what_breaks_off_goes_on() -> None:
    """A pause of more than a second, another speaker, or captions without any marks: each cue by itself."""
    marked = [Cue(0, 900, "One,"), Cue(1000, 1500, "two."), Cue(1600, 2000, "Three,"), Cue(3100, 4000, "four.")]
    assert [cue.text for cue in sentences_of(marked)] == ["One, two.", "Three,", "four."]
    spoken = [Cue(0, 900, "One,", "A"), Cue(1000, 1500, "two.", "B")]
    assert len(sentences_of(spoken)) == 2
    bare = [Cue(at, at + 900, "and so on") for at in range(0, 10_000, 1000)]
    assert sentences_of(bare) == bare


def test_what_is_no_subtitle(tmp_path: Path) -> None:
    """One problem each."""
    assert "has no cue with words" in read(tmp_path / "a.srt", "just words\n").problems[0]
    assert (
        "cannot be read as subtitles"
        in read(tmp_path / "a.vtt", "WEBVTT\n\n99:99:99.999.9 --> x\nHi\n" * 2 + "\0").problems[0]
        or "has no cue" in read(tmp_path / "a.vtt", "WEBVTT\n").problems[0]
    )
