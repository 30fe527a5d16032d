"""The cast of a batch as it is given: pairs, or a file."""

from pathlib import Path
from typing import Any

import pytest

from lightning_cli.cli.batch.batch_options import BatchOptions, _cast_table
from lightning_cli.errors import UsageFault


def test_pairs_or_a_file() -> None:
    """A file may have a sign of equality in its name."""
    assert _cast_table("HOST=emily")[0] == "--cast"
    assert dict(_cast_table("HOST=emily,GUEST=daniel")[1]) == {"HOST": "emily", "GUEST": "daniel"}
    for name in ("cast.toml", "a=b.toml"):
        Path(name).write_text('HOST = "emily"\n')
        assert _cast_table(name) == (name, {"HOST": "emily"})


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot read the cast 'c.toml'"), ("HOST emily", "c.toml: "), ("x" * (2 << 20), "c.toml: ")],
)
def test_a_file_that_is_none(content: str | None, said: str) -> None:
    """Missing, no TOML, or endless: each has a hint."""
    if content is not None:
        Path("c.toml").write_text(content)
    with pytest.raises(UsageFault) as told:
        _cast_table("c.toml")
    assert told.value.message.startswith(said)
    assert told.value.hint


def test_a_record_of_options_is_immutable_and_complete() -> None:
    """Every field has a value; a batch has its sources."""
    options: Any = BatchOptions(sources=["a"])
    assert (options.sources, options.voice, options.jobs) == (["a"], None, 1)
    with pytest.raises(AttributeError):
        options.jobs = 2
    with pytest.raises(TypeError, match="needs its field sources"):
        BatchOptions()  # type: ignore[call-arg]  # on purpose
