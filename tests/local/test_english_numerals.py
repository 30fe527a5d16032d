"""Roman numerals, and the I that is who speaks."""

import pytest

from lightning_cli.local.english import read_english


@pytest.mark.parametrize(
    "text",
    [
        "The book I read was good.", "The part I like.", "That is the question I asked.", "In case I forget.",
        "By no I mean no.", "No I do not.", "The Act I voted for.", "Elizabeth I love you.", "A question mark I said.",
        "That is a no. I said so.", "No. I am.", "It is a no. C is right.",
        "Class C.", "See Appendix C.", "A plug of type C.", "Hepatitis of type D.",
    ],
)  # fmt: skip # a table
def test_letters_that_are_no_numerals(text: str) -> None:
    """The pronoun I is not an ordinal, and a letter of a list is not a hundred."""
    assert read_english(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mark I and Mark V.", "Mark 1 and Mark 5."), ("World War I ended.", "World War 1 ended."),
        ("Book I begins.", "Book 1 begins."), ("See part I of it.", "See part 1 of it."),
        ("See part I.", "See part 1."),
        ("A type I error.", "A type 1 error."), ("Phase I trials.", "Phase 1 trials."),
        ("Elizabeth I ruled.", "Elizabeth the first ruled."), ("Elizabeth I, queen.", "Elizabeth the first, queen."),
        ("Opus no. IV.", "Opus number IV."), ("Room no. 5.", "Room number 5."),
    ],
)  # fmt: skip # a table
def test_numerals(text: str, said: str) -> None:
    """What is counted, and who reigned."""
    assert read_english(text) == said
