"""Columns: what a header means, what is nearly ours, and what a cell becomes."""

import pytest

from lightning_cli.narration.columns import COLUMNS, column_of, no_words, pause_ms, request_fields, resolve


@pytest.mark.parametrize(
    ("names", "columns", "left_out"),
    [
        (["text", "file", "output"], ["text", "file", "output"], []),
        (["Voice ID", "Sample-Rate", "TEXT"], ["voice_id", "sample_rate", "text"], []),
        (["Script", "File name"], ["text", "output"], []),
        (["path", "voice"], ["file", "voice"], []),
        # Where nothing else has the words.
        (["Character", "Line", "Filename"], [None, "text", "output"], ["Character"]),
        (["Line", "File"], [None, "file"], ["Line"]),
        (["sentence", "text"], [None, "text"], ["sentence"]),
        (["id", "text", "id"], [None, "text", None], ["id"]),
        # Next to ours, what is nearly ours is a column of another program.
        (["text", "test", "next"], ["text", None, None], ["test", "next"]),
        (["", "text", " "], [None, "text", None], []),
        (["context", "status", "date", "line", "text"], [None] * 4 + ["text"], ["context", "status", "date", "line"]),
    ],
)
def test_headers(names: list[str], columns: list[str | None], left_out: list[str]) -> None:
    """Our names go first, then synonyms; what is left is named once."""
    header = resolve(names, {})
    assert (header.columns, header.left_out, header.problems) == (columns, left_out, [])


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["txt"], "unknown column 'txt' (did you mean 'text'?)"),
        (["text", "vioce"], "did you mean 'voice'?"),
        (["text", "langauge"], "did you mean 'language'?"),
        (["text", "smaple rate"], "did you mean 'sample_rate'?"),
        (["text", "feild"], "did you mean 'field'?"),
        (["text", "text"], "the column 'text' stands twice"),
        (["text", "voice", "voice_id"], "'voice_id' is also 'voice'"),
        (["script", "transcript"], "choose: --map text=script"),
        (["line", "narration"], "choose: --map text=line"),
    ],
)
def test_headers_with_a_fault(names: list[str], told: str) -> None:
    """A slip, a double and a choice are one problem each."""
    (problem,) = resolve(names, {}).problems
    assert told in problem


def test_every_column_is_itself() -> None:
    """Whatever we name in a message is taken, in any spelling of its spaces."""
    for name in COLUMNS:
        assert column_of(name) == name
        assert column_of(name.replace("_", " ").title()) == name
    assert column_of("notes") is None


def test_a_long_foreign_header_is_cut() -> None:
    """The sentence shows the beginning of a header, however long it is."""
    told = no_words(resolve([f"column {number} " + "x" * 100 for number in range(50)], {}))
    assert len(told) < 700
    assert "'column 7 " in told
    assert "'column 8 " not in told


@pytest.mark.parametrize(
    ("cells", "fields"),
    [
        ({"sample_rate": "24000.0", "speed": "1,5"}, {"sample_rate": 24000, "speed": 1.5}),
        ({"sample_rate": 24000.0, "speed": 2}, {"sample_rate": 24000, "speed": 2.0}),
        ({"sample_rate": "24,000", "voice": "NULL", "speed": "nan"}, {"sample_rate": 24000}),
        ({"sample_rate": "24.000", "math_notation": "WAHR"}, {"sample_rate": 24000, "math_notation": True}),
        ({"math_notation": "Yes", "expire_content": 0}, {"math_notation": True, "expire_content": False}),
        ({"field": "emotion=calm, low "}, {"further": ("emotion=calm, low",)}),
        ({"fields": ["a=1", "b=x"]}, {"further": ("a=1", "b=x")}),
        ({"field": {"a": 1, "b": {"c": "é"}}}, {"further": ("a=1", 'b={"c": "é"}')}),
        (
            {"dict": "a, b;c", "voice": "  emily ", "model": None},
            {"pronunciation_dicts": ("a", "b", "c"), "voice_id": "emily"},
        ),
    ],
)
def test_cells(cells: dict[str, object], fields: dict[str, object]) -> None:
    """Values as people and programs write them."""
    found, problems = request_fields({column_of(name) or name: cell for name, cell in cells.items()})
    assert (dict(found), problems) == (fields, [])


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("sample_rate", "24000.5", "not a whole number"),
        ("sample_rate", True, "not a whole number"),
        ("speed", "fast", "not a number"),
        ("speed", "1,000,5", "not a number"),
        ("math_notation", "maybe", "not true or false"),
        ("voice", 5, "not a text"),
        ("dict", [1], "not a list of ids"),
        ("field", 5, "not NAME=VALUE"),
    ],
)
def test_cells_with_a_fault(column: str, cell: object, told: str) -> None:
    """The problem names column, cell and what it should be."""
    _, (problem,) = request_fields({column: cell})
    assert problem.startswith(f"{column} {cell!r} is")
    assert told in problem


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("800", 800),
        ("800.0", 800),
        (800, 800),
        ("800ms", 800),
        ("1.5s", 1500),
        ("1,5 s", 1500),
        ("", None),
        ("60s", 60_000),
    ],
)
def test_pauses(cell: object, expected: int | None) -> None:
    """Milliseconds, or seconds that say so."""
    assert pause_ms(cell) == expected


@pytest.mark.parametrize("cell", ["60001", "-1", "soon", True, "61s", "1e3"])
def test_pauses_with_a_fault(cell: object) -> None:
    """At most a minute."""
    with pytest.raises(ValueError, match="0 to 60000 ms"):
        pause_ms(cell)
