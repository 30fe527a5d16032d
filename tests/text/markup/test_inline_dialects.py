"""Tokens of other dialects: each waits for what may still come, and not for more."""

import pytest

from lightning_cli.text.markup.inline_dialects import drawn, lost_escape, rest_link, role, script, template


@pytest.mark.parametrize(
    ("source", "before", "token"),
    [
        ("~2~O", "H", ("2", 3)),
        ("^2^ ", "x", ("²", 3)),
        ("^th^ ", "0", ("th", 4)),
        ("^y^z", "x", ("^", 1)),
        ("~5", " ", ("~", 1)),
        ("^[the note] ", "x", (" (the note)", 11)),
        ("^[a-z] ", "x", ("^", 1)),
        ("^[the start of it] ", " ", ("^", 1)),
        ("^[[31m", "\n", ("", 6)),
    ],
)
def test_scripts(source: str, before: str, token: tuple[str, int]) -> None:
    """Figures that are raised or lowered, and notes in their place."""
    assert script(source, 0, before, final=True) == token


@pytest.mark.parametrize("source", ["^", "^2", "~2", "^2^", "^[", "^[a note", "^[[3"])
def test_scripts_wait(source: str) -> None:
    """The end of what has come decides nothing."""
    assert script(source, 0, "x", final=False) is None


@pytest.mark.parametrize(
    ("source", "before", "token"),
    [
        ("{% include x %}", "\n", ("", 15)),
        ("{{ user.first_name | upper }}!", " ", ("user.first name", 29)),
        ("{{< figure >}}", "\n", ("", 14)),
        ("{{#if x}}yes", " ", ("", 9)),
        ("{{/if}}", "s", ("", 7)),
        ("{.wide} x", ")", ("", 7)),
        ("{.wide} x", " ", ("{", 1)),
        ("{:.2f}", " ", ("{", 1)),
        ("{x}", " ", ("{", 1)),
    ],
)
def test_templates(source: str, before: str, token: tuple[str, int]) -> None:
    """What a generator of pages acts on goes; the braces of programs stay."""
    assert template(source, 0, before, final=True) == token


def test_what_programs_draw() -> None:
    """Bars and colours go, ranges and words in brackets stay."""
    assert drawn("[###---]", 0, final=True) == (" ", 8)
    assert drawn("[1;31mx", 0, final=True) == ("", 6)
    assert drawn("[0m it", 0, final=True) == ("", 3)
    assert drawn("[5m]", 0, final=True) is False
    assert drawn("[200m freestyle]", 0, final=True) is False
    assert drawn("[5m away]", 0, final=True) is False
    assert drawn("[sic]", 0, final=True) is False
    assert drawn("[31m", 0, final=False) is None
    assert lost_escape(r"\033[1mx", 0, final=True) == ("", 7)
    assert lost_escape(r"\extra", 0, final=False) is False
    assert lost_escape("\\", 0, final=False) is None


def test_links_and_roles() -> None:
    """The text is said, the target and the name of the role are not."""
    assert rest_link("`x <u>`_ ", "x <u>", 7, full=True) == ("x", 8)
    assert rest_link("`x`_y", "x", 3, full=True) == ("x", 3)
    assert role(":py:class:`~a.B`", 0, final=True) == ("a.B", 16)
    assert role(":rfc:`5322`", 0, final=True) == ("RFC 5322", 11)
    assert role(":pep:`the guide <8>`", 0, final=True) == ("the guide", 20)
    assert role(":ref:`x", 0, final=False) is None
    assert role(":smile:", 0, final=True) is False
