"""TOML from any source: read as the standard library reads it, and refused where that would take hours."""

import pytest

from lightning_cli.system.toml_text import parse


def test_a_document_is_parsed() -> None:
    """Keys of some parts are usual."""
    assert parse('[profiles.work.say]\nvoice = "sophia"\na.b.c = 1\n') == {
        "profiles": {"work": {"say": {"voice": "sophia", "a": {"b": {"c": 1}}}}}
    }


@pytest.mark.parametrize("key", ["a." * 60 + "a", "'a' . " * 60 + "a", '"a".' * 60 + "a"])
@pytest.mark.parametrize("line", ["{} = 1", "[{}]", "x = {{ {} = 1 }}"])
def test_a_key_of_many_parts_is_refused_by_its_line(key: str, line: str) -> None:
    """Bare or quoted, in a table's name or inside a value."""
    with pytest.raises(ValueError, match=r"more than 50 parts \(at line 2, column 1\)"):
        parse("a = 1\n" + line.format(key))
