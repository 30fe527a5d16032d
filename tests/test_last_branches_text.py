"""What a text hardly ever has: each character of it is still said once, and no work grows beyond its bound."""

import difflib
import sys
from types import FrameType
from typing import Any, Self

import pytest

from lightning_cli.audio import subtitles
from lightning_cli.audio.gain import Volume
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.audio.subtitles import Spoken, WordSpan, cues_of
from lightning_cli.catalogue.voices import voice_from_record
from lightning_cli.local.scripts import COMMON, NAMED, classify
from lightning_cli.local.sign_names import character_name
from lightning_cli.text.markup import MarkupFilter
from lightning_cli.text.segmenter import _BLOCK_CHARS, _blocks

RATE = 1000


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


def repeated(count: int) -> Spoken:
    """Say one word so often, with a time for each: nothing takes longer to compare."""
    words = tuple(WordSpan("ha", at, at + 1) for at in range(count))
    return Spoken(" ".join(["ha"] * count), 0, 100 * RATE, words=words)


def test_words_are_compared_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to it every pair is looked at; a word more, and none is: the cues' times are then the share of characters."""
    many = 100
    monkeypatch.setattr(subtitles, "_COMPARED", many * many)
    with Steps() as within:
        timed = cues_of([repeated(many)], RATE)
    with Steps() as beyond:
        shared = cues_of([repeated(many + 1)], RATE)
    assert within.count > many * many
    assert beyond.count == 0
    assert {cue.source for cue in timed} == {"service-word"}
    assert {cue.source for cue in shared} == {"interpolated"}
    assert sum(len(cue.words) for cue in shared) == many + 1


def test_the_bound_itself() -> None:
    """A text of one request, of words as short as can be, is far below; what a hostile answer can hold is above."""
    assert 4000 * 250 < subtitles._COMPARED < 4000 * 4000


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        pytest.param(["\x1b]0;title\x1b", "\\Hello."], "Hello.", id="an escape sequence cut within its end"),
        pytest.param(["---\nHello there.\nNot: metadata\n"], "Hello there.", id="a rule above a text"),
        pytest.param(["| a | b |\n|---|---|\n|   |   |\n| 1 |   |\n"], "a: 1.", id="a row of empty cells"),
        pytest.param(["_0http", "://example. "], "example", id="an address cut within its beginning"),
        pytest.param(["See http://a.b/c(d)).\n"], "See a dot b slash c(d)).", id="an address in brackets"),
    ],
)
def test_markup_cut_anywhere(pieces: list[str], said: str) -> None:
    """What is to be said comes through, and nothing of what is not."""
    markup = MarkupFilter("markdown")
    text = "".join(map(markup.feed, pieces)) + markup.finish()
    assert said in text
    assert not set("\x1b|") & set(text)
    assert "title" not in text


def test_an_address_cut_within_a_word() -> None:
    """What stands before it is remembered: it begins no address there, wherever the text is cut."""
    pieces = ["...", "_", "\\\x07", "0\x07", "http", "://example.com ", "and on."]
    markup = MarkupFilter("markdown")
    cut = "".join(map(markup.feed, pieces)) + markup.finish()
    assert cut == markup_of("".join(pieces))
    assert "http://example.com" in cut


def markup_of(text: str) -> str:
    """Return what is said of a text that comes whole."""
    markup = MarkupFilter("markdown")
    return markup.feed(text) + markup.finish()


def test_a_paragraph_that_ends_with_a_block() -> None:
    """No empty block follows."""
    sentence = "好" * _BLOCK_CHARS + "。"
    assert [*_blocks(sentence * 2)] == [sentence, sentence]


@pytest.mark.parametrize(
    ("sign", "read"),
    [
        ("\uffe1", (COMMON, "£")),  # of full width
        ("\uffe5", (COMMON, "\u00a5")),
        ("\u2469", (COMMON, " 10 ")),  # a circled ten is no digit to Python
        ("‰", (NAMED, character_name("‰"))),
    ],
)
def test_signs_that_stand_for_others(sign: str, read: tuple[str, str]) -> None:
    """Money and numbers in another form are read as such; what no voice reads is named."""
    assert classify(sign) == read


@pytest.mark.parametrize("record", [None, [], {}, {"id": 1}, {"id": ""}])
def test_a_record_that_is_no_voice(record: object) -> None:
    """What another program wrote into the cache is left out."""
    assert voice_from_record(record, "cache") is None


def test_a_volume_can_be_asked_for_and_changed() -> None:
    """The ramp begins where the volume was."""
    volume = Volume(PcmFormat(8000), 50)
    assert volume.percent == 50
    volume.percent = 100
    assert volume.state.gain == 0.5
