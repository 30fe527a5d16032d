"""Pieces: joined they are the text, none is too long, and they end where speech may pause."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.local import chunks
from lightning_cli.local.chunks import FIRST_LIMIT_CHARS, LIMIT_CHARS, Ending, pieces


@given(st.text(alphabet=st.sampled_from("ab .,;!?\n。，आ\u093f"), max_size=900), st.booleans())
@settings(deadline=None, max_examples=200)
def test_pieces_joined_are_the_text_and_none_is_too_long(text: str, first: bool) -> None:  # noqa: FBT001 # drawn by hypothesis
    """White space at the end of a piece aside, the limits hold."""
    cut = list(pieces(text, first_limit_chars=FIRST_LIMIT_CHARS if first else None))
    assert "".join(piece.text for piece in cut) == text
    assert all(len(piece.text.rstrip()) <= LIMIT_CHARS for piece in cut)
    if cut and first:
        assert len(cut[0].text.rstrip()) <= FIRST_LIMIT_CHARS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One. ", "Two! ", "Three?"]),
        ("Dr. Smith met J. K. Rowling. Yes.", ["Dr. Smith met J. K. Rowling. ", "Yes."]),
        ("It is v3.1 and e.g. this. Ok.", ["It is v3.1 and e.g. this. ", "Ok."]),
        ('He said "no." Then left.', ['He said "no." ', "Then left."]),
        ("你好。世界！", ["你好。", "世界！"]),
        ("एक। दो।", ["एक। ", "दो।"]),
        ("Title\n\nText", ["Title\n\n", "Text"]),
    ],
)
def test_sentences_are_pieces(text: str, expected: list[str]) -> None:
    """A full stop after a title or an initial ends nothing."""
    assert [piece.text for piece in pieces(text)] == expected


def test_a_long_sentence_is_cut_at_clauses_then_words_then_letters() -> None:
    """The best place below the limit."""
    clause = "a clause of some length that goes on and on, "
    cut = list(pieces(clause * 8))
    assert [piece.ending for piece in cut] == [Ending.CLAUSE] * len(cut)
    assert [piece.ending for piece in pieces("word " * 90)] == [Ending.WORD] * 2
    assert [len(piece.text) for piece in pieces("x" * 700)] == [300, 300, 100]


def test_the_end_of_a_piece_says_how_it_ends() -> None:
    """It decides about the pause."""
    assert [piece.ending for text in ("Yes.\n\n", "Yes. ", "yes, ", "yes ") for piece in pieces(text)] == [
        Ending.PARAGRAPH,
        Ending.SENTENCE,
        Ending.CLAUSE,
        Ending.WORD,
    ]


def test_no_mark_is_parted_from_its_letter() -> None:
    """A cut inside a word of Devanagari moves back to a whole syllable."""
    for piece in pieces("कि" * 300, limit_chars=111):
        assert unicodedata.category(piece.text[0]) == "Lo"


@pytest.mark.parametrize("text", [",", ", ", "word ", "a, b; ", "x", "\u0930\u094d"])
def test_the_work_is_proportional_to_the_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cut looks at one window: the signs that are looked at grow with the text, not with its square."""
    looked_at = 0
    real = chunks._cut

    def counting(sentence: str, start: int, limit: int) -> tuple[int, Ending]:
        nonlocal looked_at
        cut, ending = real(sentence, start, limit)
        # White space behind the window belongs to the piece.
        assert len(sentence[start:cut].rstrip()) <= limit
        looked_at += limit
        return cut, ending

    monkeypatch.setattr(chunks, "_cut", counting)
    whole = (text * 20_000)[:20_000]
    assert "".join(piece.text for piece in pieces(whole)) == whole
    assert looked_at <= 3 * len(whole)
