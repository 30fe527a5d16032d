"""What lines begin, and the front matter that opens a text."""

import pytest

from lightning_cli.text.markup.lines import Around, Kind, Metadata, start_of

AROUND = Around(complete=True, strict=True, in_paragraph=False, marks=0, below_columns=False)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("# a", Kind.HEADING),
        ("====", Kind.RULE),
        ("~~~", Kind.RULE),
        ("~~~ py", Kind.FENCE),
        ("[!TIP]", Kind.ALERT),
        ('!!! note "Read this"', Kind.BOX),
        ("???+ tip", Kind.BOX),
        ("!!! So good", Kind.TEXT),
        ("::: {.callout-warning}", Kind.ALERT),
        (":::", Kind.RULE),
        ("::: nothing known", Kind.TEXT),
        ("[a]: page.html", Kind.DEFINITION),
        ("[a]: <x y> 'T'", Kind.DEFINITION),
        ("[Bob]: Hello", Kind.TEXT),
        ("[a]: one two", Kind.TEXT),
        ("** a heading of **org-mode**", Kind.BULLET),
        ("*** NEW ***", Kind.HEADING),
        (".. topic:: Rome", Kind.BOX),
        (".. topic::", Kind.UNREAD),
        ("-----BEGIN RSA PRIVATE KEY-----", Kind.FENCE),
        ("-----BEGIN PGP SIGNED MESSAGE-----", Kind.TEXT),
        ("** Look ** here", Kind.TEXT),
    ],
)
def test_starts(line: str, kind: Kind) -> None:
    """Each line begins one thing, as plain text may have it."""
    start = start_of(line, AROUND)
    assert start is not None
    assert start.kind is kind


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ('---\nTitle: X\n# c\nmy key: [a,\n  b]\n"q": 1\n---\nBody', "Body"),
        ("---\n# c\nA: 1\n...\nBody", "Body"),
        ("+++\n[x]\na = 'b'\n+++\nBody", "Body"),
        ("---\nChapter one.\nA: b\n---\n", None),
        ("---\n\nA: b\n---\n", None),
        ("+++\nsome text\n+++\n", None),
        ("---\nA: b\nnever closed", None),
    ],
)
def test_front_matter(text: str, rest: str | None) -> None:
    """YAML and TOML are told from text between rules, whole and sign by sign."""
    expected = 0 if rest is None else len(text) - len(rest)
    assert Metadata().end(text, final=True) == expected
    growing = Metadata()
    lengths = [growing.end(text[:at], final=at == len(text)) for at in range(1, len(text) + 1)]
    assert next(length for length in lengths if length is not None) == expected
