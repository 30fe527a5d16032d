"""Where in a written text a place in its spoken form came from, in time that grows with the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cli.local import word_times
from lightning_cli.local.english import read_english
from lightning_cli.local.word_times import aligned


@pytest.mark.parametrize(
    ("written", "spoken", "word", "origin"),
    [
        ("I use mysql now", "I use my sequel now", "now", "now"),
        ("I use mysql now", "I use my sequel now", "sequel", "mysql"),
        ("Pay $5 today", "Pay 5 dollars today", "today", "today"),
        ("a 2^2 b", "a 2 to the power of 2 b", "b", "b"),
        ("one two", "one two three", "three", "o"),
    ],
)
def test_a_word_leads_back_to_what_was_written(written: str, spoken: str, word: str, origin: str) -> None:
    """To the same word, to the start of what it stands for, or to the last sign before what was added."""
    place = aligned(written, spoken)(spoken.index(word))
    assert written[: place + len(origin)].endswith(origin) or origin in written[max(0, place - len(origin)) :]


@pytest.mark.parametrize("part", ["2^2 ", "$5 and 7/16, ", "x y ", "\u20b91,00,000 "])
def test_the_work_is_proportional_to_the_text(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the texts differ, only so many items are looked at: their sum grows with the text."""
    looked_at = 0
    real = word_times._meeting

    def counting(ours: list[str], theirs: list[str]) -> tuple[int, int]:
        nonlocal looked_at
        looked_at += len(ours) + len(theirs)
        return real(ours, theirs)

    monkeypatch.setattr(word_times, "_meeting", counting)

    def work(times: int) -> int:
        nonlocal looked_at
        looked_at = 0
        written = part * times
        aligned(written, read_english(written).replace("^", " to the power of ").replace("x", "ex"))
        return looked_at

    once = work(200)
    assert work(800) <= 5 * once + 1000


@given(
    before=st.text(alphabet="ab c5$", max_size=30),
    after=st.text(alphabet="ab cde5", max_size=30),
)
def test_alignment_leads_into_the_text(before: str, after: str) -> None:
    """No position leads beyond it, words keep their order, and what is equal leads to itself."""
    place_of = aligned(before, after)
    places = [place_of(position) for position in range(len(after))]
    wordly = [place for place, sign in zip(places, after, strict=True) if not sign.isspace()]
    assert wordly == sorted(wordly)
    assert all(0 <= place < max(1, len(before)) for place in places)
    assert [aligned(before, before)(position) for position in range(len(before))] == list(range(len(before)))


@pytest.mark.parametrize(
    ("before", "after", "at", "origin"),
    [
        ("$5 now", "5 dollars now", "dollars", "5"),
        ("\u00d6l \U0001f600 gut", "\u00d6l grinning face gut", "face", "\U0001f600"),
        ("\u00d6l \U0001f600 gut", "\u00d6l grinning face gut", "gut", "gut"),
        ("cafe\u0301 noir", "caf\u00e9 noir", "noir", "noir"),
        ("a  b", "a b", "b", "b"),
    ],
)
def test_alignment_leads_back(before: str, after: str, at: str, origin: str) -> None:
    """What was put for a sign leads to it, what follows to itself."""
    assert before[aligned(before, after)(after.index(at)) :].startswith(origin)
