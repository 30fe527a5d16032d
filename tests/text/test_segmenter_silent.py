"""Marks without a sound: they are not asked for, and no text is lost with them."""

import unicodedata

import pytest

from lightning_cli.local.scripts import speakable, split
from lightning_cli.text.segmenter import Segment, Segmenter, can_be_heard, segments_of

_BREAKS = ["...", "• • •", "—", "…", "\u200b", "[[[", "!" * 400, "\u0301" * 300, "。", "؟"]


def _said(segments: list[Segment]) -> list[str]:
    return [segment.spoken for segment in segments if segment.spoken]


@pytest.mark.parametrize("mark", _BREAKS)
def test_a_paragraph_of_marks_alone_is_not_asked_for(mark: str) -> None:
    """A row of dots between two paragraphs has no sound of its own, and a request for it would be refused."""
    text = f"He paused.\n\n{mark}\n\nThen he left."
    segments = segments_of(text)
    assert _said(segments) == ["He paused.", "Then he left."]
    assert "".join(segment.source for segment in segments) == text
    live = Segmenter(live=True)
    arriving = [segment for letter in text for segment in [*live.feed(letter), *live.flush_complete()]]
    assert [*_said(arriving), *_said(live.finish())] == ["He paused.", "Then he left."]


def test_marks_before_the_first_words_of_a_live_text_go_with_them() -> None:
    """The first sentence leaves at once even if it is short, but not one without a sound."""
    live = Segmenter(live=True)
    first = [segment for letter in "... Hello you. And then " for segment in live.feed(letter)]
    assert _said(first) == ["... Hello you."]


def test_marks_behind_the_last_words_of_a_live_text_end_it() -> None:
    """When the words have gone already, the dots behind them are neither asked for nor lost from the text."""
    live = Segmenter(live=True)
    gone = [*live.feed("Hello there my friend. \n\n"), *live.flush_complete()]
    left = [*live.feed("..."), *live.finish()]
    assert _said(gone) == ["Hello there my friend."]
    assert [(segment.source, segment.mute) for segment in left] == [("...", True)]


def test_what_can_be_heard_is_what_the_offline_engine_has_something_to_say_for() -> None:
    """Of all punctuation, spaces, controls and symbols none is kept back that is spoken, and none asked for in vain."""
    signs = [chr(point) for point in range(0x30000) if unicodedata.category(chr(point))[0] in "PSZC"]
    common = [sign for sign in signs if unicodedata.category(sign) not in {"Cs", "Cn", "Co"}]
    differ = [sign for sign in common if can_be_heard(sign) != any(speakable(run.spoken) for run in split(sign))]
    assert len(common) > 5000
    assert differ == []
