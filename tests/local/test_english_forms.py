"""The parts that rules of English share."""

import re

import pytest

from lightning_cli.local import english_forms as forms
from lightning_cli.local.english import read_english


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "zeroth"), (12, "twelfth"), (20, "twentieth"), (21, "twenty first"), (90, "ninetieth"),
        (100, "one hundredth"), (1000, "1 thousandth"), (101, "100 first"), (1_000_000, "1000000th"),
    ],
)  # fmt: skip # a table
def test_ordinals(number: int, said: str) -> None:
    """In words, up to where a voice reads the figures better."""
    assert forms.ordinal(number) == said


def test_signs_one_by_one() -> None:
    """Digits in words, letters in capitals, zero as it is said there."""
    assert forms.spell("a0b7") == "A zero B seven"
    assert forms.spell("00", zero="oh") == "oh oh"


def test_alternatives_are_tried_from_the_longest_on() -> None:
    """And a sign of patterns stands for itself."""
    assert re.findall(forms.alternatives(["m", "mm", "a.m."]), "mm m axmx a.m.") == ["mm", "m", "m", "a.m."]


def test_what_stands_around_a_match_is_bounded() -> None:
    """Many matches in a long text cost no more than they are."""
    found = re.search("x", "a" * 100 + "x" + "b" * 100)
    assert found is not None
    assert (forms.text_before(found), forms.text_after(found, 3)) == ("a" * 24, "bbb")


def test_signs_that_mean_the_same_become_one() -> None:
    """Primes, apostrophes, hyphens, the two ohms, digits above and below the line."""
    assert forms.even("5\u2032 6\u2033 3\u2126 a\u2010b 10\u2078 H\u2082O m\u00b2") == "5' 6\" 3Ω a-b 10^8 H2O m\u00b2"


def test_decimals() -> None:
    """The part behind the point is read figure by figure."""
    assert [forms.said_decimal(number) for number in ("3.14", ".5", "7")] == ["3 point one four", "point five", "7"]
    assert [forms.parsed_amount(amount) for amount in ("1.500,00", "12,50", "1,500")] == ["1500.00", "12.50", "1,500"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I saw Max.", "I saw Max."), ("Eat a fig. It is ripe.", "Eat a fig. It is ripe."),
        ("She is a temp.", "She is a temp."),
        ("Max. speed", "Maximum speed"), ("See fig. 3.", "See figure 3."),
        ("At a temp. of 40", "At a temperature of 40"),
        ("He has 3 A grades.", "He has 3 A grades."), ("It needs 3 A.", "It needs 3 amps."),
        ("A 10 A fuse.", "A 10 amp fuse."),
    ],
)  # fmt: skip # a table
def test_words_that_are_also_short_for_others(text: str, said: str) -> None:
    """What stands around them tells."""
    assert read_english(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('a 5" pipe and a 10" wheel', "a 5 inch pipe and a 10 inch wheel"),
        ('"1" and "2" are good', '"1" and "2" are good'),
        ('the "gcc-5" runs "gcc-5", too', 'the "gcc-5" runs "gcc-5", too'),
        ('a 27" screen said "hello 5" to us', 'a 27 inch screen said "hello 5" to us'),
    ],
)
def test_a_mark_behind_a_number_closes_a_quote_that_is_open(text: str, said: str) -> None:
    """Else it stands for inches."""
    assert read_english(text) == said


def test_a_flag_in_quotes_is_read_as_one() -> None:
    """What stands before a flag may open a quote or a bracket."""
    assert read_english('"--skip-to=<path>" (--size=5)') == '"skip to equals path" (size equals 5)'
