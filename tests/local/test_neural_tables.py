"""The parsed tables' copies: used when they fit, made again when they do not, never missed."""

from pathlib import Path
from typing import Any

import pytest

from lightning_cli.local.neural import TableCache

TABLE = {"words": {"a": ["x", 1, 2.5, None, True]}, "ä": "ü"}


class Source:
    """Stand for the slow parser, and count how often it is asked."""

    def __init__(self, assets: Path) -> None:
        self.asked = 0
        assets.mkdir(exist_ok=True)
        (assets / "words.json").write_text("the original")

    def parse(self, _name: str) -> Any:
        """Return the table."""
        self.asked += 1
        return TABLE


def loaded(source: Source, tmp_path: Path) -> Any:
    """Load as a new process does, and leave a copy."""
    cache = TableCache(source.parse, tmp_path / "assets", tmp_path / "home")
    table = cache.load("words.json")
    cache.save()
    return table


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Make a source whose copy is written already."""
    made = Source(tmp_path / "assets")
    assert loaded(made, tmp_path) == TABLE
    assert made.asked == 1
    return made


def the_copy(tmp_path: Path) -> Path:
    """Find the one copy."""
    (path,) = (tmp_path / "home").iterdir()
    return path


def test_the_second_time_nothing_is_parsed(source: Source, tmp_path: Path) -> None:
    """The copy is equal to the original."""
    assert loaded(source, tmp_path) == TABLE
    assert source.asked == 1


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_a_damaged_copy_is_made_again(source: Source, tmp_path: Path, damage: bytes | None) -> None:
    """Empty, cut, or with one bit turned."""
    path = the_copy(tmp_path)
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data if damage is None else damage)
    assert loaded(source, tmp_path) == TABLE
    assert source.asked == 2
    assert loaded(source, tmp_path) == TABLE
    assert source.asked == 2


def test_another_release_of_the_original_is_parsed(source: Source, tmp_path: Path) -> None:
    """Its size or its time tells."""
    (tmp_path / "assets" / "words.json").write_text("the next original")
    assert loaded(source, tmp_path) == TABLE
    assert source.asked == 2


def test_a_home_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    """A file stands where the directory belongs."""
    source = Source(tmp_path / "assets")
    (tmp_path / "home").write_text("a file")
    assert loaded(source, tmp_path) == TABLE
    assert loaded(source, tmp_path) == TABLE
    assert source.asked == 2


def test_nothing_half_written_is_left(source: Source, tmp_path: Path) -> None:
    """Only the copy itself is in its directory."""
    assert the_copy(tmp_path).suffix == ".marshal"
    assert source.asked == 1
