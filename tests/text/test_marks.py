"""Marks of speech: what each one is, where it counts, and what is told of one that is wrong."""

import pytest

from lightning_cli.text.marks import PLACEHOLDERS, Mark, MarkScanner


def marks_of(text: str, *, brackets: bool = True, tags: bool = True) -> tuple[str, str, list[Mark]]:
    """Return the text with a bar for each mark, the text as shown, and the marks."""
    scanner = MarkScanner(brackets=brackets, tags=tags, name="a.txt")
    fed, finished = scanner.feed(text), scanner.finish()
    passed = fed[0] + finished[0]
    return (
        PLACEHOLDERS.sub("|", passed),
        fed[1] + finished[1],
        [scanner.mark(one) for one in PLACEHOLDERS.findall(passed)],
    )


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("[pause:1.5s]", "pause", 1.5),
        ("[pause:800ms]", "pause", 0.8),
        ("[pause:2]", "pause", 2.0),
        ("[pause:0]", "pause", 0.0),
        ("[voice:emily]", "set", {"voice": "emily"}),
        ("[voice]", "set", {"voice": None}),
        ("[speed:1.2]", "set", {"speed": 1.2}),
        ("[lang:hi]", "set", {"language": "hi"}),
        ("[sub:NYC|New York]", "sub", "New York"),
        ("<break/>", "pause", 0.75),
        ('<break time="250ms"/>', "pause", 0.25),
        ("<break strength='x-strong' />", "pause", 1.25),
        ('<voice name="emily">', "open", {"voice": "emily"}),
        ("</voice>", "close", "voice"),
        ('<prosody rate="fast">', "open", {"speed": 1.25}),
        ('<prosody rate="-20%">', "open", {"speed": 0.8}),
        ('<prosody rate="120%">', "open", {"speed": 1.2}),
        ('<lang xml:lang="hi-IN">', "open", {"language": "hi"}),
        ('<sub alias="World Wide Web">WWW</sub>', "sub", "World Wide Web"),
        ('<say-as interpret-as="characters">ABC</say-as>', "sub", "A B C"),
        ('<say-as interpret-as="date">2 May</say-as>', "sub", "2 May"),
    ],
)
def test_marks(text: str, kind: str, value: object) -> None:
    """Each mark stands for one thing, and nothing of it stays in the text."""
    passed, shown, (mark,) = marks_of(f"So {text} it")
    assert passed == "So | it"
    assert (mark.kind, mark.value, mark.problem) == (kind, value, "")
    assert shown == f"So {mark.written} it"


@pytest.mark.parametrize(
    "text",
    [
        "[pause]",
        "[sic] [1] [x](y)",
        "[voice](https://x.org)",
        "[speed]: /url",
        "\\[pause:1s]",
        "`[pause:1s]`",
        "```\n[pause:1s]\n```",
        "H<sub>2</sub>O",
        "a < b, <b>x</b>, <voices>",
        "[pause:1s\n]",
    ],
)
def test_what_is_no_mark(text: str) -> None:
    """Other brackets and tags stay, and so does what stands in code or behind a backslash."""
    assert marks_of(text) == (text, text, [])


def test_kinds_can_be_left_out() -> None:
    """Each of the two kinds counts only where it is asked for."""
    text = "[pause:1s] <break/>"
    assert marks_of(text, brackets=False)[0] == "[pause:1s] |"
    assert marks_of(text, tags=False)[0] == "| <break/>"


@pytest.mark.parametrize(
    ("mark", "problem"),
    [
        ("[pause:soon]", "'soon' is not a length of time"),
        ("[pause:61]", "0 to 60 s"),
        ("[pause:-1]", "not a length"),
        ("[speed:9]", "outside 0.5 to 2"),
        ("[speed:fast]", "not a number"),
        ("[lang:xx]", "xx"),
        ("[voice:]", "missing"),
        ("[sub:NYC]", "[sub:written|spoken]"),
        ("<break strength='huge'/>", "huge"),
        ("<break time='soon'/>", "not a length"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(mark: str, problem: str) -> None:
    """A wrong mark has a problem, its source, and the line and column where it begins."""
    found = marks_of(f"One.\n\nTwo {mark} x")[2][0]
    assert problem in found.problem
    assert (found.source, found.place) == (mark, "a.txt:3:5")


def test_rows_have_their_own_line() -> None:
    """The name of a row of a manifest has its line: the column follows."""
    scanner = MarkScanner(name="a.csv:7")
    passed = scanner.feed("x [pause:y]")[0]
    assert scanner.mark(passed[-1]).place == "a.csv:7:3"


def test_private_signs_of_a_text_go() -> None:
    """What stands for marks cannot be forged."""
    assert marks_of("a\U00100000b") == ("ab", "a\U00100000b", [])
