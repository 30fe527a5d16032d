"""The table of abbreviations: well formed, for every language of the service, and kept whole and live."""

from pathlib import Path

import pytest
from support.cuts import words_of

from lightning_cli.request import LANGUAGES
from lightning_cli.text.abbreviations import _KINDS, _rows, abbreviations_of
from lightning_cli.text.segmenter import Segmenter, segments_of

GOLD = Path(__file__).parent / "gold" / "abbreviations.tsv"
ROWS = [tuple(line.split("\t")) for line in GOLD.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
BEFORE = {"hi": "हम सब लोग यह जानते हैं कि वहाँ", "de": "Gestern sahen wir dort", "ru": "Вчера мы видели там"}
# Scripts without white space or without abbreviations that end in a full stop.
WITHOUT = {"auto", "zh", "ja", "ko"}


@pytest.mark.parametrize(("language", "abbreviation", "word"), ROWS)
def test_no_sentence_ends_behind_an_abbreviation(language: str, abbreviation: str, word: str) -> None:
    """Keep the sentence in one segment, whole and as it is written word by word."""
    text = f"{BEFORE.get(language, 'abcd efgh ijkl')} {abbreviation} {word} opqr stuv."
    assert [segment.source for segment in segments_of(text, language=language)] == [text]
    segmenter = Segmenter(language=language)
    live = [segment for piece in words_of(text) for segment in segmenter.feed(piece)] + segmenter.finish()
    assert [segment.source for segment in live] == [text]


def test_every_language_has_its_words() -> None:
    """Each language has some, besides those of all."""
    for language in set(LANGUAGES) - WITHOUT:
        rows = [
            words for codes, kind, words in _rows() if language in codes and kind in {"open", "number", "any", "last"}
        ]
        assert sum(map(len, rows)) > 30, language


def test_table() -> None:
    """Entries have known kinds only, and words without their last full stop."""
    assert {kind for _, kind, _ in _rows()} == set(_KINDS)
    for codes, _, words in _rows():
        assert all(word and not word.endswith(".") for word in words), codes


def test_scripts_of_other_languages_are_known() -> None:
    """Recognise Hindi titles in an English text, but no German words in it."""
    assert "डॉ" in abbreviations_of("en", foreign=True).open
    assert "प्रा" in abbreviations_of("hi").open
    assert "bzw" not in abbreviations_of("en", foreign=True).open
    assert abbreviations_of("en-GB") == abbreviations_of("en")


@pytest.mark.parametrize(
    ("word", "known"), [("Dr", True), ("dr", True), ("DR", True), ("Gen", True), ("GEN", True), ("gen", False)]
)
def test_capitals(word: str, *, known: bool) -> None:
    """Take a word of small letters in any case, one with a capital only with it."""
    words = abbreviations_of("en")
    assert words.has(words.open | words.anywhere, word) == known
