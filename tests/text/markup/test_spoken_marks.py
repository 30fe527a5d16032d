"""What is said in place of marks."""

import pytest

from lightning_cli.text.markup.spoken_marks import code_note, full_stop, row_sentences, url_words


@pytest.mark.parametrize(
    ("text", "stop"), [("", ""), ("a", "."), ("a!", ""), ('a."', ""), ("好", "。"), ("क", "।"), ("a.\U00100000", "")]
)
def test_full_stops(text: str, stop: str) -> None:
    """A sentence gets the one of its script, if it lacks one; a mark of speech is not looked at."""
    assert full_stop(text) == stop


def test_notes_and_rows() -> None:
    """Code is named by its language; cells stand behind their columns."""
    assert code_note("py {.x}") == "Python code block."
    assert code_note("") == "Code block."
    assert code_note("py", "fr") == "Bloc de code Python."
    assert code_note("", "fr-CA") == "Bloc de code."
    assert code_note("", "nl") == "Codeblok."
    assert code_note("", "ta") == "Code block."
    assert row_sentences(["A:", "B"], ["1", "", "3."]) == "A: 1. 3."
    assert url_words("https://x.org/a-b") == "x dot org slash a dash b"
