"""Whole texts, read at once; ``reader`` reads those that grow, and those that have marks."""

from collections.abc import Callable

from lightning_cli.text.markup import speakable
from lightning_cli.text.reading import SSML_SUFFIX, MarkPolicy, Reading, Resolve
from lightning_cli.text.segmenter import Boundary, Segment, ending_in_words, segments_of


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

        reader = Reader(reading, language=language, name=name, marks=MarkPolicy(resolve, note=note))
        return ending_in_words([segment for segment in [*reader.feed(text), *reader.finish()] if segment.counts])
    plain = speakable(text, reading.markup, thinking=reading.thinking, headings=True, language=language)
    if reading.whole:
        return [Segment(plain, Boundary.SENTENCE)]
    segments = segments_of(plain, language=language, max_chars=reading.max_chars)
    return [segment for segment in segments if segment.spoken]


def may_have_marks(text: str, name: str) -> bool:
    """Return whether there is anything that could be a mark; most texts have nothing."""
    return "[" in text or "<" in text or name.lower().endswith(SSML_SUFFIX)
