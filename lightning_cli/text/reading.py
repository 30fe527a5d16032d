"""How a text is read, and whole texts read at once; ``reader`` reads those that grow and those that have marks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from lightning_cli.system.records import Record
from lightning_cli.text.markup import speakable
from lightning_cli.text.segmenter import DEFAULT_MAX_CHARS, Boundary, Segment, ending_in_words, segments_of

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


def read_whole(
    text: str,
    reading: Reading,
    *,
    language: str | None,
    name: str = "",
    resolve: Resolve | None = None,
    note: Callable[[str], None] | None = None,
) -> list[Segment]:
    """Cut a whole text into the segments that count; raise ``UsageFault`` for a mark that is wrong."""
    if reading.markup != "none" and may_have_marks(text, name):
        # Its patterns take milliseconds to compile.
        from lightning_cli.text.reader import Reader

        reader = Reader(reading, language=language, name=name, resolve=resolve, note=note)
        return ending_in_words([segment for segment in [*reader.feed(text), *reader.finish()] if segment.counts])
    plain = speakable(text, reading.markup, thinking=reading.thinking)
    if reading.whole:
        return [Segment(plain, Boundary.SENTENCE)]
    segments = segments_of(plain, language=language, max_chars=reading.max_chars)
    return [segment for segment in segments if segment.spoken]


def may_have_marks(text: str, name: str) -> bool:
    """Return whether there is anything that could be a mark; most texts have nothing."""
    return "[" in text or "<" in text or name.lower().endswith(SSML_SUFFIX)
