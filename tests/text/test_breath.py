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
    return list(pieces_of(text, limit, [], "en"))


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


def test_no_breath_behind_a_preposition() -> None:
    """Take the preposition along with its pronoun, and end no piece with a small word that leads on."""
    text = "The council of the small town wrote a long letter about the many days " * 3 + "on which the market had been"
    text += " closed to all the people of the whole land for a reason"
    piece, kind = cuts(text)[0]
    assert (kind, text[len(piece) :].startswith("on which")) == (Cut.WORD, True)
    for limit in range(150, 250):
        for piece, _ in cuts("He went with the man of the big house at the end of a road " * 8, limit)[:-1]:
            assert piece.split()[-1] not in {"the", "of", "with", "at", "a"}


def test_conjunctions_are_those_of_the_language() -> None:
    """Cut before "of" in Dutch alone, and before the words of every language where it is not known."""
    text = "De oude man met de lange witte baard wandelde gisteren langs die mooie grote rivier van onze stad " * 2
    text += "of hij bleef rustig thuis bij zijn jonge vrouw in de warme kamer"
    dutch = next(piece for piece, _ in pieces_of(text, 250, [], "nl"))
    assert text[len(dutch) :].startswith("of hij")
    assert next(piece for piece, _ in pieces_of(text, 250, [], "xx")) == dutch
    assert next(piece for piece, _ in pieces_of(text, 250, [], "en")) != dutch


def test_dashes_without_white_space() -> None:
    """Cut behind a dash between two words, not within a flag."""
    for dash in ("--", "\u2014"):
        text = "She thought of the long walk that they had made on the day" + " of the very long rain" * 7 + dash
        assert cuts(text + "the thing was absurd and could not go on for one more day " * 2)[0] == (text, Cut.CLAUSE)
    text = "Run the program in the folder of the user that has it" + " of the very long rain" * 7 + " --verbose now"
    assert all(not piece.rstrip().endswith("--") for piece, _ in cuts(text * 2))
