"""Records: dataclasses in what they do, checked against the standard library's own."""

import copy
import pickle
import typing
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cli.system.records import Annotated, Record


class Point(Record):
    """Two fields, one with a default."""

    x: int
    y: int = 7
    ORIGIN = "not annotated: no field"

    @property
    def sum(self) -> int:
        """Add them."""
        return self.x + self.y


class Named(Point):
    """One more, and a check."""

    name: str = ""

    def _check(self) -> None:
        if self.name == "nobody":
            raise ValueError(self.name)


@dataclass(frozen=True)
class Model:
    """The same as the standard library makes it."""

    x: int
    y: int = 7
    name: str = ""


values = st.one_of(st.integers(0, 3), st.text(max_size=2))


@given(st.lists(values, max_size=4), st.dictionaries(st.sampled_from(["x", "y", "name", "z"]), values, max_size=4))
def test_taken_as_a_dataclass_takes_it(given_values: list[Any], named: dict[str, Any]) -> None:
    """Take, compare, hash and refuse what a frozen dataclass does."""
    try:
        model = Model(*given_values, **named)
    except TypeError:
        with pytest.raises(TypeError):
            Named(*given_values, **named)
        return
    ours = Named(*given_values, **named)
    assert (ours.x, ours.y, ours.name) == (model.x, model.y, model.name)
    assert repr(ours) == repr(model).replace("Model", "Named")
    again = Named(x=model.x, y=model.y, name=model.name)
    assert ours == again
    assert hash(ours) == hash(again)
    other = replace(model, y=99)
    assert (ours._replace(y=99) == ours) is (other == model)


def test_cannot_be_changed() -> None:
    """Refuse to set, add and delete."""
    point = Point(1)
    with pytest.raises(AttributeError, match="x"):
        point.x = 2  # type: ignore[misc] # what the checker says, the object does
    with pytest.raises(AttributeError, match="z"):
        point.z = 2
    with pytest.raises(AttributeError, match="y"):
        del point.y
    assert (point.x, point.y, point.sum) == (1, 7, 8)


def test_checked_whenever_made() -> None:
    """Run a subclass's check on construction and replacement."""
    with pytest.raises(ValueError, match="nobody"):
        Named(1, name="nobody")
    with pytest.raises(ValueError, match="nobody"):
        Named(1)._replace(name="nobody")
    with pytest.raises(TypeError, match="z"):
        Named(1)._replace(z=1)


def test_kinds_differ() -> None:
    """Equal fields of another class do not make an equal record; tuples are none either."""
    assert Point(1) != Named(1)
    assert Point(1) != (1, 7)
    assert Named(1)._asdict() == {"x": 1, "y": 7, "name": ""}


def test_copied() -> None:
    """Copies are equal."""
    named = Named(1, 2, "c")
    assert copy.deepcopy(named) == copy.copy(named) == pickle.loads(pickle.dumps(named)) == named  # noqa: S301 - made here


def test_annotated_as_typing_has_it() -> None:
    """What is said about a type reads as with the standard library's."""
    ours: Any
    theirs: Any
    ours, theirs = Annotated[int | None, "a", 2], typing.Annotated[int | None, "a", 2]
    assert type(ours) is not type(theirs)
    assert (ours.__origin__, ours.__metadata__) == (theirs.__origin__, theirs.__metadata__)
