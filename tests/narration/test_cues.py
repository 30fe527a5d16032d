"""Subtitles as a script: which cues become one sentence, and when it begins."""

from pathlib import Path

import pytest

from lightning_cli.narration.cues import SourceCue, sentences_of
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
    marked = [
        SourceCue(0, 900, "One,"),
        SourceCue(1000, 1500, "two."),
        SourceCue(1600, 2000, "Three,"),
        SourceCue(3100, 4000, "four."),
    ]
    assert [cue.text for cue in sentences_of(marked)] == ["One, two.", "Three,", "four."]
    spoken = [SourceCue(0, 900, "One,", "A"), SourceCue(1000, 1500, "two.", "B")]
    assert len(sentences_of(spoken)) == 2
    bare = [SourceCue(at, at + 900, "and so on") for at in range(0, 10_000, 1000)]
    assert sentences_of(bare) == bare


def test_what_rolls_up_is_said_once(tmp_path: Path) -> None:
    """Automatic captions repeat the line above; frames and shadows of one caption are one; a repeated word stays."""
    vtt = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n \nhello<00:01.500><c> and</c>\n\n00:02.000 --> 00:02.010\nhello and\n \n\n"
        "00:02.010 --> 00:03.000\nhello and\nwelcome\n\n00:03.000 --> 00:03.010\nwelcome\n\n"
        "00:03.010 --> 00:04.000\nwelcome\nback\n"
    )
    rows = read(tmp_path / "a.vtt", vtt).rows
    assert [(row.text, row.clock) for row in rows] == [
        ("hello and", (1000, 2010, 2010)),
        ("welcome", (2010, 3010, 3010)),
        ("back", (3010, 4000, None)),
    ]
    events = (
        "[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        + "".join(
            f"Dialogue: 0,0:00:0{at}.00,0:00:0{at + 1}.00,{style},,0,0,0,,{text}\n"
            for at, style, text in ((1, "A", "Sign,"), (2, "A", "Sign,"), (3, "A", "Sign,"), (4, "B", "Words."))
        )
    )
    rows = read(tmp_path / "a.ass", events).rows
    assert [(row.text, row.clock) for row in rows] == [("Sign,", (1000, 4000, 4000)), ("Words.", (4000, 5000, None))]
    srt = "1\n00:00:01,000 --> 00:00:02,000\nNo.\n\n2\n00:00:02,000 --> 00:00:03,000\nNo.\n"
    assert [row.text for row in read(tmp_path / "a.srt", srt).rows] == ["No.", "No."]


def test_what_is_no_speech_is_left_out(tmp_path: Path) -> None:
    """Sounds, directions, signs of a turn, the names of cues and notes between them; entities are characters."""
    srt = "".join(
        f"{number}\n00:00:0{number},000 --> 00:00:0{number},900\n{words}\n\n"
        for number, words in enumerate(
            ("[door slams]", "(whispers) Be quiet.", ">> AT&amp;T, R&D [gasps] [pause:1s]here.", "(I don't know.)"), 1
        )
    )
    reading = read(tmp_path / "a.srt", srt)
    assert [row.text for row in reading.rows] == ["Be quiet.", "AT&T, R&D [pause:1s]here.", "(I don't know.)"]
    assert reading.notes == [f"{tmp_path}/a.srt: left out descriptions of sounds: [door slams], (whispers), [gasps]"]
    vtt = "WEBVTT\n\nab-1/0\n00:01.000 --> 00:02.000\nOne,\n\nNOTE x\n\nab-1/1\n00:02.000 --> 00:03.000\ntwo.\n"
    assert [row.text for row in read(tmp_path / "a.vtt", vtt).rows] == ["One, two."]


@pytest.mark.parametrize("piece", ["<rt>", "-\n", "(", "[", "&#", ">>", "<00:00", "<v a", "{"])
def test_cues_made_to_be_slow(tmp_path: Path, piece: str) -> None:
    """What looks for its own end from every beginning is read in linear time."""
    for name in ("a.vtt", "a.srt"):
        head = "WEBVTT\n\n" if name == "a.vtt" else "1\n"
        lines = f"{piece * 400}\n" * 4 if "\n" not in piece else piece * 20_000
        read(tmp_path / name, f"{head}00:00:01.000 --> 00:00:02.000\nx{lines}y\n")
    assert "too long for a caption" in read(tmp_path / name, piece.strip() * 20_000).problems[0]


def test_a_time_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """It would be spoken, as part of the cue before."""
    srt = "1\n00:00:01,000 --> 00:00:02,000\nOne.\n\n2\n00:03,000 --> 00:04,000\nTwo.\n"
    (problem,) = read(tmp_path / "a.srt", srt).problems
    assert "the time in 'One. 2 00:03,000 --> 00:04,000 Two.' cannot be read" in problem


def test_what_is_no_subtitle(tmp_path: Path) -> None:
    """One problem each."""
    assert "has no cue with words" in read(tmp_path / "a.srt", "just words\n").problems[0]
    assert (
        "cannot be read as subtitles"
        in read(tmp_path / "a.vtt", "WEBVTT\n\n99:99:99.999.9 --> x\nHi\n" * 2 + "\0").problems[0]
        or "has no cue" in read(tmp_path / "a.vtt", "WEBVTT\n").problems[0]
    )
