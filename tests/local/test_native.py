"""Signs, units, amounts and dates in other languages: in their own words, and none in English."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.local.espeak import shared
from lightning_cli.local.native import read_native
from lightning_cli.local.offline_voices import ESPEAK_LANGUAGES
from lightning_cli.local.scripts import split
from lightning_cli.local.spoken import for_espeak

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("readings").joinpath("languages.tsv").read_text().splitlines()[1:]
]
OTHERS = [language for language in ESPEAK_LANGUAGES if language != "en"]
# Their own words for units and money are English ones, which eSpeak NG says as such.
_BORROWERS = {"id", "ms", "vi"}


def prepared(text: str, language: str) -> str:
    """Return what eSpeak NG is given for a text of one language."""
    return " ".join(given_to_espeak(run.spoken, run.language).strip() for run in split(text, language))


def given_to_espeak(text: str, language: str) -> str:
    """Return a run as it is rewritten for eSpeak NG as it is installed."""
    return for_espeak(text, language, lambda sign: shared().reads(sign, language))


@pytest.mark.parametrize(("language", "text", "expected"), ROWS, ids=[f"{row[0]}-{row[1]}" for row in ROWS])
def test_readings(language: str, text: str, expected: str) -> None:
    """Each row of the table, as one run of its language."""
    assert " ".join(prepared(text, language).split()) == expected


@pytest.mark.parametrize("language", [one for one in OTHERS if one not in _BORROWERS])
def test_no_sign_is_said_in_english(language: str) -> None:
    """With "(en)" eSpeak NG tells where it goes over to English."""
    said = given_to_espeak("5 € 5 $ 5 £ 5 ₹ 20% 25°C 5 km 3 kg -5", language)
    assert "(en" not in shared().phonemes(said, language), said


@given(
    st.text(alphabet=st.sampled_from("0123456789 ,.-–/°%€₹kmgCh²⁶½\u200d\u200cअकXVIe"), max_size=30),
    st.sampled_from(OTHERS),
)
@settings(deadline=None, max_examples=200)
def test_no_number_goes_and_nothing_raises(text: str, language: str) -> None:
    """What has a digit or a letter has one still."""
    read = read_native(text, language, lambda _: False)
    assert any(map(str.isalnum, read)) or not any(map(str.isalnum, text))


def test_a_date_that_is_none_and_a_number_with_groups_stay() -> None:
    """What the calendar has not is read as it is written."""
    assert read_native("99.99.2024", "de", lambda _: True) == "99.99.2024"
    assert read_native("1.000.000 km", "de", lambda _: True) == "1.000.000 Kilometer"


def test_a_short_form_needs_no_number_in_the_text() -> None:
    """What is written short before or behind a number is read out where the number is written in words too."""
    assert read_native("Im neunzehnten Jh. begann es.", "de", lambda _: True) == "Im neunzehnten Jahrhundert begann es."
