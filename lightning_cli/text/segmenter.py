"""Text to segments: one sentence each, cut as the text arrives, joined again without losing a character.

``Segmenter`` is fed text in any pieces and gives back the segments that are complete. Their ``source`` fields put
together are the text, white space included; ``spoken`` is what is sent.
"""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING

from lightning_cli.system.records import Record

if TYPE_CHECKING:
    from lightning_cli.text.boundaries import LineState
    from lightning_cli.text.marks import Delivery

DEFAULT_MAX_CHARS = 250
# Nothing of these ends a sentence, in any language: with the marks behind it this is one, and needs no patterns.
_WITHIN_SENTENCE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,'")
_SENTENCE_END = ".!?"
# What a text at rest may end with behind its last word: a sentence that is complete.
_PROBE = "Smith said"
# Of a sentence that never ends, what was cut off is remembered up to here: quotes may have been opened in it.
_REMEMBERED = 300
# Punctuation that is read aloud, as symbols are; the rest says nothing by itself.
_READ_MARKS = frozenset("%&@#‰†‡※％＆＠＃﹪﹠﹫﹟")
_MUTE = frozenset("CPMZ")
# What the reading of markup puts behind a heading: white space that no text has.
HEADING_END = "\x1d"


class Boundary(IntEnum):
    """What lies behind a segment; the pause follows from it."""

    WORD = 0
    CLAUSE = 1
    SENTENCE = 2
    PARAGRAPH = 3
    HEADING = 4


class Segment(Record):
    """One piece of text to speak in one request, and what follows it."""

    source: str
    boundary: Boundary
    # Whether there is nothing to hear in it, as in a row of dots between two paragraphs: a request for it is refused.
    mute: bool = False
    # What marks of the text say: silence before it and, at the end, behind it, how to speak it, what to show.
    pause_s: float | None = None
    pause_after_s: float | None = None
    delivery: "Delivery | None" = None
    shown: str | None = None

    @property
    def marks(self) -> dict[str, object]:
        """Return what marks say of it, by name, as JSON can keep it."""
        said: dict[str, object] = {name: getattr(self, name) for name in ("pause_s", "pause_after_s", "shown")}
        said |= self.delivery._asdict() if self.delivery else {}
        return {name: value for name, value in said.items() if value is not None}

    def with_marks(self, said: object) -> "Segment":
        """Return the segment with what ``marks`` gave of another; anything else is left out."""
        if not isinstance(said, dict):
            return self
        from lightning_cli.text.marks import Delivery  # most texts have no marks

        pauses = {name: said[name] for name in ("pause_s", "pause_after_s") if isinstance(said.get(name), int | float)}
        shown = said.get("shown")
        fields = {name: said[name] for name in Delivery._fields if name in said}
        return self._replace(
            **pauses,
            shown=shown if isinstance(shown, str) else None,
            delivery=Delivery(**fields) if fields else None,
        )

    @property
    def counts(self) -> bool:
        """Return whether there is something to hear of it: words, or the silence that a mark asks for."""
        return bool(self.spoken) or self.pause_s is not None

    @property
    def written(self) -> str:
        """Return what subtitles show: the text to send, unless a mark says otherwise."""
        return self.spoken if self.shown is None else _evened(self.shown)

    @property
    def spoken(self) -> str:
        """Return the text to send: every run of white space is one space, nothing else is touched; empty if mute."""
        return "" if self.mute else _evened(self.source)


class Segmenter:
    """Cut a growing text at sentence ends.

    ``language`` steers abbreviations and months; ``max_chars`` bounds a segment: a longer sentence is cut where a
    reader would breathe. What is cut does not depend on the pace of the writer, save for the first sentence of a
    ``live`` text, whose listener is waiting: an open quote does not hold it back.
    """

    def __init__(self, *, language: str | None = None, max_chars: int = DEFAULT_MAX_CHARS, live: bool = False) -> None:
        self._language = language if language not in {None, "", "auto"} else "en"
        self._max_chars = max_chars
        self._silent = live  # True until the first segment of a live text has left
        # The text from the beginning of the sentence under way, or what is remembered of it; so much has been given.
        self._text = ""
        self._given = 0
        self._lower: bool | None = None
        self._may_end = False
        self._lines: LineState | None = None

    def feed(self, text: str) -> list[Segment]:
        """Take more text; return the segments that it makes certain."""
        self._text += text
        # Letters and spaces end nothing: what they follow is looked at when the first other sign has come.
        self._may_end = self._may_end or not text.replace(" ", "").isalnum()
        done: list[Segment] = []
        cut, lines, waits = 0, self._lines, False
        if self._may_end and not _is_one(self._text):
            from lightning_cli.text.boundaries import find_ends

            ends = find_ends(self._text, self._language, lines=self._lines, lower=self._lower, hurry=self._silent)
            for end in ends:
                if not end.certain:
                    waits = True
                    break
                done += self._pieces(self._text[cut : end.at], self._given - cut, lower=None if cut else self._lower)
                cut, lines = end.at, end.lines_from(self._text)
        if cut:
            self._lines = lines
            self._may_end = not self._text[cut:].replace(" ", "").isalnum()
            self._text, self._given, self._lower = self._text[cut:], max(0, self._given - cut), None
        return self._emit([*done, *self._overdue(waits=waits)])

    def flush_complete(self, *, line: bool = False) -> list[Segment]:
        """Return what looks complete when the writer rests: a sentence end and white space, or a whole line.

        ``line`` says that the writer has ended one, where its end is not in the text that was fed.
        """
        waiting = self._text[self._given :]
        complete = line or waiting.endswith("\n") or (waiting[-1:].isspace() and self._ends_a_sentence())
        return self.finish() if complete or not waiting.strip() else []

    def finish(self) -> list[Segment]:
        """Return everything that is left: the text, or the writer's patience, has ended."""
        segments: list[Segment] = []
        start = 0
        for at in [*self._ends(self._text), len(self._text)]:
            segments += self._pieces(self._text[start:at], self._given - start, lower=None if start else self._lower)
            start = at
        self._text, self._given, self._lower, self._lines = "", 0, None, None
        return self._emit(segments)

    def _ends(self, text: str) -> list[int]:
        if _is_one(text):
            return []
        # Costs milliseconds to load, which neither a run without text nor a short sentence should pay.
        from lightning_cli.text.boundaries import find_ends

        ends = find_ends(text, self._language, lines=self._lines, lower=self._lower, hurry=True)
        return [end.at for end in ends if end.at < len(text)]

    def _ends_a_sentence(self) -> bool:
        return len(self._text) in self._ends(self._text + _PROBE)

    def _pieces(self, sentence: str, given: int, *, lower: bool | None) -> Iterator[Segment]:
        """Make segments of one sentence, of which so many characters were given before.

        ``lower`` says whether it begins in lower case, if its beginning has gone.
        """
        given = max(0, given)
        if given >= len(sentence):
            return
        boundary = _boundary_behind(sentence)
        if len(sentence) - given <= self._max_chars or len(sentence[given:].strip()) <= self._max_chars:
            yield Segment(sentence[given:], boundary)
            return
        from lightning_cli.text.boundaries import inner_ends
        from lightning_cli.text.breath import pieces_of

        inner = [at - given for at in inner_ends(sentence, self._language, lower=lower) if at > given]
        for piece, cut in pieces_of(sentence[given:], self._max_chars, inner, self._language):
            yield Segment(piece, boundary if cut is None else Boundary(cut))

    def _overdue(self, *, waits: bool) -> Iterator[Segment]:
        """Return the beginning of a sentence that is not to end: memory stays bounded, and the listener does not wait.

        What is given of it is what would be given if its end were known. ``waits`` says that one was seen, which a
        quote that is still open may hide: it is waited for a little longer.
        """
        text, start, given = self._text, 0, self._given
        patience = 2 * self._max_chars + (_REMEMBERED if waits else 0)
        while len(text) - given > patience:
            # Where to cut is seen from so much.
            window = text[start : given + 2 * self._max_chars + 1]
            first = next(self._pieces(window, given - start, lower=self._lower))
            if len(first.source) == len(window) - (given - start):
                first = Segment(first.source, Boundary.PARAGRAPH)  # it is white space for the most
            given += len(first.source)
            yield first
            if given - start > 2 * _REMEMBERED:
                from lightning_cli.text.boundaries import LineState, lines_until, starts_lower

                self._lower = starts_lower(text[start:given]) if self._lower is None else self._lower
                seen = text[start : given + _REMEMBERED]
                self._lines = lines_until(seen, given - _REMEMBERED - start, self._lines or LineState())
                start = given - _REMEMBERED
        self._text, self._given = text[start:], given - start

    def _emit(self, segments: Iterable[Segment]) -> list[Segment]:
        done = [segment if can_be_heard(segment.source) else segment._replace(mute=True) for segment in segments]
        self._silent = self._silent and all(segment.mute for segment in done)
        return done


def segments_of(text: str, *, language: str | None = None, max_chars: int = DEFAULT_MAX_CHARS) -> list[Segment]:
    """Cut a whole text."""
    segmenter = Segmenter(language=language, max_chars=max_chars)
    return segmenter.feed(text) + segmenter.finish()


def sentences_of(text: str, *, language: str | None = None) -> list[str]:
    """Cut a whole text at sentence ends alone, however long they are; the sentences joined are the text."""
    return [segment.source for segment in segments_of(text, language=language, max_chars=max(1, len(text)))]


def silence(pause_s: float) -> Segment:
    """Return what stands for a pause at the end of a text."""
    return Segment("", Boundary.SENTENCE, mute=True, pause_s=pause_s)


def ending_in_words(segments: list[Segment]) -> list[Segment]:
    """Return the segments of a whole text, the last one with the silence that the text ends with."""
    if not segments or segments[-1].spoken:
        return segments
    pause_s = segments.pop().pause_s
    if segments:
        segments[-1] = segments[-1]._replace(pause_after_s=pause_s)
    return segments


def can_be_heard(text: str) -> bool:
    """Return whether a voice has anything to say for ``text``: a letter, a digit, a symbol, not punctuation alone."""
    for sign in text:
        if sign.isalnum() or sign in _READ_MARKS:
            return True
        if not sign.isspace() and _is_symbol(sign):
            return True
    return False


def _is_symbol(sign: str) -> bool:
    from unicodedata import category  # most texts begin with a letter

    kind = category(sign)
    return kind[0] not in _MUTE or kind in {"Co", "Cn"}


def _evened(source: str) -> str:
    return " ".join(source.split())


def _is_one(text: str) -> bool:
    """Return whether ``text`` is one sentence, as far as a glance tells; held to the segmenter by a test."""
    body = text.strip(" ").rstrip(_SENTENCE_END)
    return bool(body) and _WITHIN_SENTENCE.issuperset(body)


def _boundary_behind(text: str) -> Boundary:
    end = len(text.rstrip())
    if HEADING_END in text[end:]:
        return Boundary.HEADING
    return Boundary.PARAGRAPH if text.count("\n", end) > 1 else Boundary.SENTENCE
