"""How long sentences become cues: where they are cut, how wide they are, how long they stay."""

import difflib
import re
import sys
from itertools import pairwise
from types import FrameType
from typing import Any, Self

import pytest
from support.spoken_cues import CHINESE, LONG, RATE, SHORT, one, solid, spans

from lightning_cli.audio import subtitles
from lightning_cli.audio.subtitles import (
    SpokenSegment,
    WordSpan,
    cues_of,
)
from lightning_cli.audio.subtitles_layout import MAX_COLUMNS, units_of
from lightning_cli.system.text_width import width

HINDI = "मैं कल सुबह दिल्ली जा रहा हूँ, और वहाँ से मैं आगरा जाऊँगा, जहाँ ताजमहल है, फिर मैं घर लौट आऊँगा।"


def test_a_long_sentence_is_cut_at_clauses() -> None:
    """A long sentence becomes cues that end at commas, timed by their share of characters, without gaps."""
    cues = one(LONG)
    assert [cue.lines[-1][-1] for cue in cues] == [",", ",", "."]
    assert {cue.source for cue in cues} == {"interpolated"}
    assert (cues[0].start_frames, cues[-1].end_frames) == (RATE, 11 * RATE)
    for left, right in pairwise(cues):
        assert left.end_frames == right.start_frames
    share = len(solid(cues[0].text)) / len(solid(LONG))
    assert cues[0].end_frames - RATE == int(share * 10 * RATE)


def test_words_time_the_cuts() -> None:
    """With word times a cue begins with its first word, ends with its last, and says so; it carries its words."""
    words = spans(LONG)
    cues = one(LONG, words=words)
    assert {cue.source for cue in cues} == {"service-word"}
    assert [word for cue in cues for word in cue.words] == list(words)
    assert (cues[0].start_frames, cues[-1].end_frames) == (RATE, 11 * RATE)
    for left, right in pairwise(cues):
        assert left.end_frames == left.words[-1].end_frames
        assert right.start_frames == right.words[0].start_frames
        assert [word.text for word in right.words] == re.findall(r"[\w']+", right.text.lower())


def test_words_that_are_missing_or_wrong() -> None:
    """Where the service left out the word at a cut, its cues are interpolated between the words it gave."""
    cues = one(LONG, words=spans(LONG))
    at_cut = cues[1].words[0]
    fewer = tuple(word for word in spans(LONG) if word != at_cut)
    patched = one(LONG, words=fewer)
    assert [cue.source for cue in patched] == ["service-word", "interpolated", "service-word"]
    assert cues[0].words[-1].end_frames <= patched[1].start_frames <= cues[1].words[1].start_frames
    for nonsense in (
        (WordSpan("zebra", RATE, 2 * RATE),),
        tuple(WordSpan(word.text, 0, 5) for word in fewer),
        tuple(WordSpan(word.text, 90 * RATE, 91 * RATE) for word in fewer),
    ):
        assert {cue.source for cue in one(LONG, words=nonsense)} == {"interpolated"}
    (engine,) = cues_of(
        [SpokenSegment(SHORT * 2, 0, 10 * RATE, words=spans(SHORT * 2, 0), word_source="engine-word")], RATE
    )[:1]
    assert engine.source == "engine-word"
    short = one(SHORT, words=spans(SHORT))
    assert (short[0].source, len(short[0].words)) == ("exact-sentence", 13)


def test_scripts_without_spaces() -> None:
    """Chinese wraps by characters of two columns, and punctuation never begins a line; nothing is joined by spaces."""
    cues = one(CHINESE, 20 * RATE)
    assert len(cues) > 1
    lines = [line for cue in cues for line in cue.lines]
    assert "".join(lines) == CHINESE == "".join(cue.text for cue in cues)
    assert not any(line[0] in "，。" for line in lines)
    assert all(width(line) <= MAX_COLUMNS for line in lines)
    assert sum(line[-1] in "，。" for line in lines) >= len(lines) - 1


def test_widths() -> None:
    """Full-width characters take two columns, combining marks none; a Devanagari word is never cut."""
    assert [width(text) for text in ("abc", "你好", "e\u0301", "가", "カ")] == [3, 4, 1, 2, 2]
    parts = ["你", "好，", "（世", "界）", "ab가나", "か\u3099", "ok"]
    assert [unit.text for unit in units_of("你好，（世界）ab가나か\u3099 ok")] == parts
    words = HINDI.split()
    for cue in one(HINDI * 2):
        assert all(word in {*words, words[-1] + words[0]} for line in cue.lines for word in line.split())


def test_a_word_wider_than_a_line_stays_whole() -> None:
    """A word is never cut, even if its line gets too wide."""
    word = "x" * 60
    cues = one(f"A {word} in the text, and another {word} behind it.")
    assert (
        sum(line == word for cue in cues for line in cue.lines)
        + sum(line.startswith(word) for cue in cues for line in cue.lines)
        >= 2
    )
    assert all(len(line) <= MAX_COLUMNS or line == word for cue in cues for line in cue.lines)


def test_slow_speech_gets_more_cues() -> None:
    """A cue of a cut sentence stands no longer than about seven seconds where that can be had."""
    assert len(one(LONG, 40 * RATE)) > len(one(LONG, 10 * RATE))
    assert all(cue.end_frames - cue.start_frames < 9 * RATE for cue in one(LONG, 40 * RATE))


_LOW_RATE = 1000


class Steps:
    """Count the lines that run in ``difflib`` while it compares."""

    def __init__(self) -> None:
        self.count = 0
        self._before: Any = None

    def _trace(self, frame: FrameType, _event: str, _about: object) -> Any:
        return self._line if frame.f_code.co_filename == difflib.__file__ else None

    def _line(self, _frame: FrameType, event: str, _about: object) -> Any:
        self.count += event == "line"
        return self._line

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)


def repeated(count: int) -> SpokenSegment:
    """Align one word repeated many times, with a time for each: the slowest case to compare."""
    words = tuple(WordSpan("ha", at, at + 1) for at in range(count))
    return SpokenSegment(" ".join(["ha"] * count), 0, 100 * _LOW_RATE, words=words)


def test_words_are_compared_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to it every pair is looked at; a word more, and none is: the cues' times are then the share of characters."""
    many = 100
    monkeypatch.setattr(subtitles, "_COMPARED", many * many)
    with Steps() as within:
        timed = cues_of([repeated(many)], _LOW_RATE)
    with Steps() as beyond:
        shared = cues_of([repeated(many + 1)], _LOW_RATE)
    assert within.count > many * many
    assert beyond.count == 0
    assert {cue.source for cue in timed} == {"service-word"}
    assert {cue.source for cue in shared} == {"interpolated"}
    assert sum(len(cue.words) for cue in shared) == many + 1


def test_the_bound_itself() -> None:
    """A text of one request, of words as short as can be, is far below; what a hostile answer can hold is above."""
    assert 4000 * 250 < subtitles._COMPARED < 4000 * 4000
