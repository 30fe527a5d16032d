"""Runs by script: nothing lost, every script to who reads it, every sign with a name."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.local.offline_voices import ESPEAK_LANGUAGES, LANGUAGE_NAMES
from lightning_cli.local.scripts import Run, speakable, split

Pairs = list[tuple[str, str]]


def pairs(text: str, language: str | None = None) -> Pairs:
    """Return language and source of every run."""
    return [(run.language, run.source) for run in split(text, language)]


def said(text: str, language: str | None = None) -> str:
    """Return what is spoken, white space tidied."""
    return " ".join("".join(run.spoken for run in split(text, language)).split())


_PARTS = "a1#*\u20e3\ufe0f\u200d\U0001f1ee\U0001f1f3\U0001f44d\U0001f3fd\u2764\U0001f3f4\U000e0067\U000e007f \u0301"
_TEXTS = st.text(max_size=200) | st.text(alphabet=_PARTS, max_size=40)


@given(_TEXTS, st.sampled_from([None, *ESPEAK_LANGUAGES]))
@settings(deadline=None, max_examples=300)
def test_the_sources_joined_are_the_text(text: str, language: str | None) -> None:
    """Whatever the text, no character is lost, doubled or moved."""
    runs = split(text, language)
    assert "".join(run.source for run in runs) == text
    assert all(run.source for run in runs)
    assert all(first.language != second.language for first, second in pairwise(runs))


@given(_TEXTS)
@settings(deadline=None, max_examples=300)
def test_what_is_spoken_is_clean_and_has_an_engine(text: str) -> None:
    """No control character, no mark of direction and no lone surrogate reaches an engine, in a language it has."""
    for run in split(text):
        run.spoken.encode()
        assert run.language in LANGUAGE_NAMES
        kinds = {unicodedata.category(sign) for sign in run.spoken if sign not in "\n\u200c\u200d"}
        assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn"}


# A mark that combines says something on its letter alone.
@given(st.characters(exclude_categories=["Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Mc", "Me"]))
@settings(deadline=None, max_examples=300)
def test_every_visible_sign_but_punctuation_has_something_to_say(sign: str) -> None:
    """No letter, digit, symbol or emoji disappears, of whatever script."""
    if unicodedata.category(sign)[0] != "P":
        assert any(speakable(run.spoken) for run in split(f"a {sign} b") if sign in run.source)
        assert len(said(f"a {sign} b")) > len("a b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I said नमस्ते दुनिया to you.", [("en", "I said "), ("hi", "नमस्ते दुनिया "), ("en", "to you.")]),
        ("Привет world", [("ru", "Привет "), ("en", "world")]),
        ("Γεια σου", [("el", "Γεια σου")]),
        ("مرحبا (hello)", [("ar", "مرحبا "), ("en", "(hello)")]),
        ("안녕 hi", [("ko", "안녕 "), ("en", "hi")]),
        ("hi (नमस्ते)!", [("en", "hi "), ("hi", "(नमस्ते)!")]),
        ("hi,नमस्ते", [("en", "hi,"), ("hi", "नमस्ते")]),
        ("hi“नमस्ते”", [("en", "hi"), ("hi", "“नमस्ते”")]),
        ("500 रुपये", [("hi", "500 रुपये")]),
        ("Buy 5 किलो", [("en", "Buy 5 "), ("hi", "किलो")]),
        ("வணக்கம் ನಮಸ್ಕಾರ", [("ta", "வணக்கம் "), ("kn", "ನಮಸ್ಕಾರ")]),
        ("ਸਤ ગુજ ଓଡ଼ି", [("pa", "ਸਤ "), ("gu", "ગુજ "), ("or", "ଓଡ଼ି")]),
        ("বাং തമി తెలు", [("bn", "বাং "), ("ml", "തമി "), ("te", "తెలు")]),
        ("שלום გამა Բարեւ ሰላም සිං", [("he", "שלום "), ("ka", "გამა "), ("hy", "Բարեւ "), ("am", "ሰላም "), ("si", "සිං")]),
        ("", []),
        ("?!", [("en", "?!")]),
    ],
)  # fmt: skip # a table
def test_each_script_goes_to_its_language(text: str, expected: Pairs) -> None:
    """Words by their script, what is between them to the neighbour it belongs to."""
    assert pairs(text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Hola amigo", "es", "es"),
        ("Hello", "hi", "en"),
        ("नमस्कार", "mr", "mr"),
        ("नमस्ते", "en", "hi"),
        ("123", "hi", "hi"),
        ("123", None, "en"),
        ("१२३", None, "hi"),
        ("Привіт", None, "uk"),
        ("Это їжа", None, "ru"),
        ("Привіт", "ru", "ru"),
        ("سلام دنیا", None, "fa"),
        ("پاکستان میں سلام", None, "ur"),
    ],
)
def test_the_request_and_telling_letters_decide_between_languages(
    text: str, language: str | None, expected: str
) -> None:
    """One voice for the whole of it."""
    assert [run.language for run in split(text, language)] == [expected]


def test_han_is_chinese_unless_kana_is_in_its_sentence() -> None:
    """Japanese is recognised, and known to be unreadable with kanji only."""
    japanese, chinese = split("今日はいい天気。你好，世界！")
    assert (japanese.language, chinese.language) == ("ja", "zh")
    assert japanese.unreadable
    assert not chinese.unreadable
    assert [run.unreadable for run in split("すし")] == [False]
    assert [run.language for run in split("今日は", "zh")] == ["zh", "ja"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("😀", "grinning face"),
        ("I ❤️ it", "I heart it"),
        ("👍🏽", "thumbs up medium skin tone"),
        ("👨‍👩‍👧", "family"),
        ("🤷‍♀️", "woman shrug"),
        ("🇮🇳 🇦🇶", "flag of India flag of A Q"),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "flag of England"),
        ("1️⃣ #️⃣", "keycap one keycap number"),
        ("😂😂😂😂😂", "tears of joy 5 times"),
        ("α + β", "alpha + beta"),
        ("a → b ≤ c − d", "a → b ≤ c − d"),
        ("2½ or ⅓", "2½ or ⅓"),
        ("10⁵ H₂O ① ㎞ № ５％", "10⁵ H₂O 1 km № 5%"),
        ("𝐇𝐞𝐥𝐥𝐨 ﬁne Ⅳ", "Hello fine IV"),
        ("so\u00adft x\u200by \ufeffz", "soft xy z"),
        ("a\x00b\x01c", "a b c"),
        ("བོད", "tibetan letter ba, vowel sign o, letter da"),
        ("\ue000", "private use character E 0 0 0"),
        ("۱۲۳", "123"),
        ("cafe\u0301", "café"),
    ],
)
def test_signs_without_a_reader_are_said_by_name(text: str, expected: str) -> None:
    """In English words, sequences as one."""
    assert said(text) == expected


def test_joiners_stay_inside_words() -> None:
    """They change how Indic and Persian words are read."""
    assert said("क्‍ष") == "क्‍ष"


def test_a_run_is_a_value() -> None:
    """Runs compare by content."""
    assert split("hi") == [Run("hi", "en", "hi")]
