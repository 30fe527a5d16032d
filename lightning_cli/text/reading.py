"""How a text is read: what the flags say, what becomes of marks, and where one text ends and another begins."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from lightning_cli.system.records import Record
from lightning_cli.text.segmenter import DEFAULT_MAX_CHARS

if TYPE_CHECKING:
    from lightning_cli.text.marks import Delivery

SSML_SUFFIX = ".ssml"
# Completes a delivery; raises ``LightningError`` for one that cannot be had.
Resolve = Callable[["Delivery"], "Delivery"]


class Reading(Record):
    """How a text becomes segments; see the flags of the same names."""

    markup: str = "none"
    thinking: bool = False
    marks: bool = True
    max_chars: int = DEFAULT_MAX_CHARS
    whole: bool = False


class TextStart(str):
    """A piece of text that parts two texts; ``name`` is that of the one behind it."""

    __slots__ = ("name",)
    name: str

    @classmethod
    def of(cls, text: str, name: str) -> Self:
        """Make one."""
        made = cls(text)
        made.name = name
        return made


class MarkPolicy(Record):
    """What becomes of marks: ``resolve`` completes what they ask for.

    A mark that is wrong is dropped and told to ``tell`` where that is given, and a fault elsewhere; ``note`` hears of
    tags without effect.
    """

    resolve: Resolve | None = None
    tell: Callable[[str], None] | None = None
    note: Callable[[str], None] | None = None
