"""What is drawn with characters, line by line, whole and at every cut."""

import pytest

from lightning_cli.text.markup.decoration import DecorationFilter

TABLE = "┌───┬───┐\n│ A │ B │\n├───┼───┤\n│ 1 │ 2 │\n│ 3 │   │\n└───┴───┘\nafter\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("╭──╮\n│ Done │\n╰──╯\n", "\nDone\n\n"),
        (TABLE, "\nA: 1. B: 2.\nA: 3.\n\nafter\n"),
        ("│ a │ b │\n└───┴───┘\n", "a, b.\n"),
        ("├── src\n│   └── main.c\n", "- src\n- main.c\n"),
        ("100%|██████████| 10/10 [00:01<00:00,  9.9it/s]\n", "100% 10/10\n"),
        ("50% of it | more\n5 | 6\n", "50% of it | more\n5 | 6\n"),
        ("• tea\n●milk", "- tea\n- milk"),
        ("⠋ Installing ⠙ it", "Installing   it"),
        ("+--+--+\n| a | b |\n+==+==+\n| 1 | 2 |\n+--+--+\nx", "\na: 1. b: 2.\nx"),
        ("=== Done ===\n-=-=-=-\n<<<<\n", "# Done\n\n\n"),
        ("---\n====\n~~~\n+++\n- a\n--flag\n=> b", "---\n====\n~~~\n+++\n- a\n--flag\n=> b"),
        ("7\n8\nnine", "7\n8\nnine"),
        (" _/\\_ \n| |\nText\n", "\n\nText\n"),
        ("=====  =====\nA      B\n=====  =====\n", "\nA      B\n\n"),
        ("1\n00:00:01,000 --> 00:00:02,000\n<i>One</i>\n\n2\n00:00:03,000 --> 00:00:04,000\ntwo.\n", "One\ntwo.\n"),
        ("1\n00:01.0 --> 00:02.0\nOne.\n\nNo cue.\n", "One.\n\nNo cue.\n"),
        ("WEBVTT - x\nKind: y\n\nSTYLE\n::cue{}\n\na\n00:01.000 --> 00:02.000 line:0\n<c.x>One.\n", "One.\n"),
    ],
)
def test_lines(source: str, said: str) -> None:
    """Drawing says nothing, tables are read by rows, and text stays."""
    for size in (1, 2, 3, 7, 1000):
        decoration = DecorationFilter()
        pieces = [decoration.feed(source[at : at + size]) for at in range(0, len(source), size)]
        assert "".join(pieces) + decoration.finish() == said
