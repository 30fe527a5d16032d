"""Cuts of long sentences: where a reader would draw breath, and no crumbs."""

import pytest

from lightning_cli.text.breath import SHORTEST, Cut, pieces_of
from lightning_cli.text.segmenter import Boundary, segments_of

QUOTE = (
    '"You see, it is quite simple. I went to the old house in the morning and I found the door open. Nobody was'
    " there. I walked up the stairs and looked into each room and I saw a great many things in it that I had"
    ' never seen before, not even once in all my life" he said and smiled and left us all alone.'
)


def cuts(text: str, limit: int = 250) -> list[tuple[str, Cut | None]]:
    """Cut without any sentence end inside."""
    return list(pieces_of(text, limit, []))


def test_sentence_ends_in_quotes_come_first() -> None:
    """Cut behind a sentence within a quote rather than at a comma."""
    segments = segments_of(QUOTE)
    assert [segment.boundary for segment in segments][:-1] == [Boundary.SENTENCE] * (len(segments) - 1)
    assert "".join(segment.source for segment in segments) == QUOTE


def test_clauses_before_words() -> None:
    """Take the last clause that fits, even far from the limit."""
    text = "We went along the river, " + "and we saw the old bridge again " * 8 + "and then went home."
    assert cuts(text)[0] == ("We went along the river, ", Cut.WORD) or cuts(text)[0][1] is Cut.WORD
    text = "We went along the river until the evening, " + "past many more houses " * 9 + "and went home at last."
    assert cuts(text)[0] == ("We went along the river until the evening, ", Cut.CLAUSE)


def test_words_that_begin_clauses() -> None:
    """Cut before such a word where there is no comma."""
    text = "The very old man with the long white beard " * 5 + "and the young woman walked home together in the rain"
    piece, kind = cuts(text)[0]
    assert kind is Cut.WORD
    assert text[len(piece) :].startswith("and the young woman")


@pytest.mark.parametrize("tail", ["2011.", "he said.", "or so it is."])
def test_no_short_tail(tail: str) -> None:
    """Leave no last piece of a word or two."""
    text = "The parade was held on the anniversary of the first launch, " * 4 + "on April 12, " + tail
    for limit in (200, 250):
        pieces = [piece for piece, _ in cuts(text, limit)]
        assert len(pieces[-1]) >= SHORTEST
        assert "".join(pieces) == text
        assert not pieces[-1].startswith("2011")


def test_items_stay_with_their_numbers() -> None:
    """Part no enumerator from its item."""
    text = "We need many things: " + " ".join(f"{number}) some more eggs and milk" for number in range(1, 20))
    for limit in range(60, 120):
        for piece, _ in cuts(text, limit)[:-1]:
            assert not piece.rstrip().endswith(")"), limit


def test_line_ends_are_no_clauses() -> None:
    """Cut at no line end within a phrase."""
    text = "word another word and\n" * 30
    assert Cut.CLAUSE not in [kind for _, kind in cuts(text)]
