"""Single constructs within running text."""

import pytest

from lightning_cli.text.markup.inline import Inline, is_math, whole


@pytest.mark.parametrize("content", ["x", "a_1 + b", r"\text{if } x"])
def test_what_is_a_formula(content: str) -> None:
    """A sign of mathematics shows one, or a single letter."""
    assert is_math(content)


@pytest.mark.parametrize("content", ["5 and 10", "HOME and ", "5", "price is = 5"])
def test_what_is_none(content: str) -> None:
    """Prices and names of variables are none."""
    assert not is_math(content)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a :tada: b std::x :y 10:30:45", "a tada b std::x :y 10:30:45"),
        ("<answer>42</answer><|im_end|> a <| b |> c", "42  a <| b |> c"),
        (
            "[[Wiki Link]], [[page|shown]], [[1, 2], [3]], [[ -f x ]] a[[b]]",
            "Wiki Link, shown, [[1, 2], [3]], [[ -f x ]] a[[b]]",
        ),
        (":+1::heart_eyes:", "thumbs up, heart eyes"),
        ("[TOC]", ""),
        ("[toc] is where it goes", "[toc] is where it goes"),
        ("==Two words== **==bold==**, x==1 and y==2, a == b == c", "Two words bold, x==1 and y==2, a == b == c"),
        ("++New words++ or ++i and j++ or ++x++", "New words or ++i and j++ or ++x++"),
        ("so 【the】 it", "so 【the】 it"),
        ("[oai_citation:1](https://x.org) [2024](https://x.org)", " 2024"),
    ],
)
def test_shortcodes_and_citations(text: str, said: str) -> None:
    """Names of emoji are said, and citations are not."""
    assert whole(text, strict=True, read_urls=False) == said


@pytest.mark.parametrize("text", ["It is a ++new word++", "It is a ++new word++ now"])
def test_marks_of_two_signs_are_seen_where_a_piece_begins_with_them(text: str) -> None:
    """Only an address must not begin within a word that has gone on."""
    inline = Inline(strict=True, read_urls=False)
    assert "".join(map(inline.feed, text)) + inline.finish() == text.replace("++", "")
