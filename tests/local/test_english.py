"""English as it is written, read as it is meant: the table of readings, and what holds for any text."""

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.offline_speech import python

from lightning_cli.local.english import read_english
from lightning_cli.local.neural import NeuralVoice, _pieces, _spelled
from lightning_cli.local.scripts import split

READINGS = [
    line.split("\t")
    for line in Path(__file__).with_name("readings").joinpath("english.tsv").read_text().splitlines()[1:]
]


@cache
def voice() -> NeuralVoice:
    """Return the voice whose rules tell what a reading sounds like."""
    made = NeuralVoice()
    made.preload()
    made._loaded()
    return made


def phonemes(text: str) -> str:
    """Return the sounds that the voice is given for a text, run by run."""
    read = (read_english(run.spoken, voice().knows) for run in split(text))
    return " ".join(sounds for part in read for sounds in _pieces(_spelled(voice()._tokens(part))))


def sounds_of(reading: str) -> str:
    """Return the sounds of words that are written out: hibari's own rules read those."""
    return str(voice()._rules(reading))


def plain(sounds: str) -> str:
    """Leave stress, pauses and the two weak vowels aside: they follow from how a sentence is parted."""
    return re.sub("[^A-Za-zæɑɐəɛɜɪʊʌᵻɹʃʒʤʧθðŋɔɡ]", "", sounds).replace("ɐ", "ə")


@pytest.mark.parametrize(("kind", "text", "readings"), READINGS, ids=[row[1] for row in READINGS])
def test_readings(kind: str, text: str, readings: str) -> None:
    """Each row of the table has one of the readings that it accepts."""
    said = phonemes(text)
    assert plain(said) in {plain(sounds_of(one)) for one in readings.split(" | ")}, (kind, read_english(text))


@pytest.mark.parametrize("text", [row[1] for row in READINGS])
def test_a_sentence_has_no_full_stop_inside(text: str) -> None:
    """One would be heard as a pause of half a second."""
    assert not re.search(r"\. ?\S", phonemes(text))


@given(st.text(alphabet=st.sampled_from("0123456789 ,.-–/:%$€₹'\"()=+*xabkmAIVX²½!<>\\_@#\n"), max_size=40))
@settings(deadline=None, max_examples=400)
def test_nothing_raises_and_no_letter_goes(text: str) -> None:
    """Whatever the signs are, what has something to say has it still."""
    read = read_english(text)
    assert any(map(str.isalnum, read)) or not any(map(str.isalnum, text))
    assert read_english(text) == read


def test_plain_prose_is_left_as_it_is() -> None:
    """Words need no rule."""
    text = "It was the best of times, it was the worst of times; and so on, said he."
    assert read_english(text) == text


def test_rows_of_signs_are_read_without_going_over_them_again_and_again() -> None:
    """50,000 signs of each take a second; with the square of them, the limit of processor time ends the child."""
    source = """
import resource
from lightning_cli.local.english import read_english
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
rows = ["1,", "$1-", "1 000 ", "a.b.", "1/2", "x=", "1.1.1.", "a@b.", "/a", "0 0 ", "1'1 ", "IV ", "5 m ", "a. "]
rows += ['5" ', "| ", "p. "]
print(sum(bool(read_english((row * 50_000)[:50_000])) for row in rows) == len(rows))
"""
    assert python(source).strip() == "True"
