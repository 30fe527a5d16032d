"""How a text is read: what names a text, and what becomes of marks."""

from lightning_cli.text.reading import MarkPolicy, Reading, TextStart


def test_a_start_is_text_with_a_name() -> None:
    """It is the text that parts two others, and knows the second one's name."""
    start = TextStart.of("\n\n", "b.txt")
    assert start == "\n\n"
    assert start.name == "b.txt"


def test_defaults() -> None:
    """A text is read as it is, marks aside, and a wrong mark is a fault."""
    assert Reading() == Reading("none", thinking=False, marks=True, whole=False)
    assert MarkPolicy().tell is None
