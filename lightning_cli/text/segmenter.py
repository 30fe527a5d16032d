"""Text to segments: one sentence each, cut as the text arrives, joined again without losing a character.

``Segmenter`` is fed text in any pieces and gives back the segments that are complete. Their ``source`` fields put
together are the text, white space included; ``spoken`` is what is sent.
"""

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from itertools import chain

from lightning_cli.system.records import Record

DEFAULT_MAX_CHARS = 250
MIN_CHARS = 20
# What a sentence end must part from the text before it; an abbreviation would take it for a surname.
_PROBE = "Smith"
# Compiled when first needed: most texts are one short sentence and need none of them.
# A sentence end counts once this much follows it: a month or a surname half typed could still take it back.
_LOOKAHEAD = r"\s*(?:\S+\s|\S{12}|[^\W\d_a-zA-Z])"
_BLANK_LINES = r"\n[^\S\n]*\n\s*"
_OPENING_MARKS = r"(?<=\s)[\"'“‘«„¿¡(\[]+\Z"
_CLAUSE_END = r"[,;:)\]}…،؛、；：，।॥—–]['\"”’»]*(?=\s)|[、，；：।॥。！？]|\s[—–-](?=\s)|\n"
# At the start of what is left of a live text, the number of a list item looks like a sentence of its own.
_LIST_NUMBER = r"\s*\d{1,3}[.)]\s+"
_SPACE = r"\s+"
# The segmenter's cost grows with the square of a text without spaces: behind these it can be given a piece at a time.
_FULL_STOP = r"[。！？]+[」』”’）)\"']*\s*"
_BLOCK_CHARS = 4096
# Nothing of these ends a sentence, in any language: with the marks behind it this is one, and needs no segmenter.
_WITHIN_SENTENCE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,'")
_SENTENCE_END = ".!?"
_JOINER = "\u200d"
_SKIN_TONES = "🏻🏼🏽🏾🏿"
# Punctuation that is read aloud, as symbols are; the rest says nothing by itself.
_READ_MARKS = frozenset("%&@#‰†‡※％＆＠＃﹪﹠﹫﹟")
_MUTE = frozenset("CPMZ")


class Boundary(IntEnum):
    """Say what lies behind a segment; the pause follows from it."""

    WORD = 0
    CLAUSE = 1
    SENTENCE = 2
    PARAGRAPH = 3


class Segment(Record):
    """One piece of text to speak in one request, and what follows it."""

    source: str
    boundary: Boundary
    # Whether there is nothing to hear in it, as in a row of dots between two paragraphs: a request for it is refused.
    mute: bool = False

    @property
    def spoken(self) -> str:
        """Return the text to send: every run of white space is one space, nothing else is touched; empty if mute."""
        return "" if self.mute else _evened(self.source)


class Segmenter:
    """Cut a growing text at sentence ends.

    ``language`` steers abbreviations and months; ``max_chars`` bounds a segment: a longer sentence is cut at clauses,
    then at words, then anywhere. A sentence under ``MIN_CHARS`` waits for its neighbour within the paragraph, except
    the very first of a ``live`` text, whose listener is waiting too.
    """

    def __init__(self, *, language: str | None = None, max_chars: int = DEFAULT_MAX_CHARS, live: bool = False) -> None:
        self._language = language if language not in {None, "auto"} else "en"
        self._max_chars = max_chars
        self._silent = live  # True until the first segment of a live text has left
        self._text = ""
        self._short: Segment | None = None

    def feed(self, text: str) -> list[Segment]:
        """Take more text; return the segments that it makes certain."""
        self._text += text
        sentences = self.sentences(self._text)
        certain = len(sentences) - 1
        rest = sentences[-1] if sentences else ""
        while certain > 0 and not (re.match(_LOOKAHEAD, rest) or _ends_paragraph(sentences[certain - 1])):
            certain -= 1
            rest = sentences[certain] + rest
        done = sentences[:certain]
        if not done and len(rest) > 2 * self._max_chars:
            # No sentence end in sight: memory stays bounded, and the listener does not wait for ever.
            cut = [Segment(piece, _cut_boundary(piece)) for piece in self._cut(rest)[:-1]] or [_up_to_words(rest)]
            self._text = rest[sum(len(segment.source) for segment in cut) :]
            return self._emit(cut, hold=True)
        self._text = rest
        return self._emit(self._pieces(done), hold=True)

    def flush_complete(self) -> list[Segment]:
        """Return what looks complete when the writer pauses: text ending in a sentence end and white space."""
        waiting = self._text.strip()
        if waiting and not (self._text[-1].isspace() and len(self.sentences(self._text + _PROBE)) > 1):
            return []
        return self.finish()

    def finish(self) -> list[Segment]:
        """Return everything that is left: the text, or the writer's patience, has ended."""
        rest, self._text = self._text, ""
        return self._emit(self._pieces(self.sentences(rest)), hold=False)

    def sentences(self, text: str) -> list[str]:
        """Split at sentence ends; the pieces joined are the text. White space goes with what it follows."""
        if _is_one(text):
            return [text]
        # Costs a millisecond to load, which neither a run without text nor a short sentence should pay.
        from sentencex import segment

        pieces: list[str] = []
        # White space is kept from the segmenter, which would give back every empty line by itself.
        bodies = [(block, block.rstrip()) for block in _blocks(text)]
        parts = ([*segment(self._language, body), block[len(body) :]] for block, body in bodies)
        for part in filter(None, chain.from_iterable(parts)):
            piece = part
            if pieces and (opening := re.search(_OPENING_MARKS, pieces[-1])):
                # While its twin is still to be written, an opening quote looks like a closing one.
                pieces[-1], piece = pieces[-1][: opening.start()], opening[0] + piece
            if pieces and (not (piece.strip() and pieces[-1].strip()) or re.fullmatch(_LIST_NUMBER, pieces[-1])):
                pieces[-1] += piece
            else:
                pieces.append(piece)
        return pieces

    def _pieces(self, sentences: Iterable[str]) -> Iterator[Segment]:
        for sentence in sentences:
            *early, last = self._cut(sentence)
            for piece in early:
                yield Segment(piece, _cut_boundary(piece))
            yield Segment(last, Boundary.PARAGRAPH if _ends_paragraph(last) else Boundary.SENTENCE)

    def _emit(self, pieces: Iterable[Segment], *, hold: bool) -> list[Segment]:
        """Join short sentences to their neighbour; ``hold`` keeps a short last one for what may come."""
        done: list[Segment] = []
        for piece in pieces:
            segment = piece
            if self._short is not None:
                if self._fits(self._short, piece):
                    segment = Segment(self._short.source + piece.source, piece.boundary)
                else:
                    self._append_short(done, self._short)
                self._short = None
            says = can_be_heard(segment.source)
            if len(_evened(segment.source)) >= MIN_CHARS or (self._silent and says):
                self._silent = self._silent and not says
                done.append(segment)
            elif segment.boundary is Boundary.SENTENCE:
                self._short = segment
            else:
                self._append_short(done, segment)
        if self._short is not None and not hold:
            self._append_short(done, self._short)
            self._short = None
        return [segment if can_be_heard(segment.source) else segment._replace(mute=True) for segment in done]

    def _append_short(self, done: list[Segment], short: Segment) -> None:
        """Add a short piece that has no right neighbour: to the left one, if that is still here."""
        if done and done[-1].boundary is Boundary.SENTENCE and self._fits(done[-1], short):
            short = Segment(done.pop().source + short.source, short.boundary)
        done.append(short)

    def _fits(self, left: Segment, right: Segment) -> bool:
        return len(_evened(left.source)) + 1 + len(_evened(right.source)) <= self._max_chars

    def _cut(self, sentence: str) -> list[str]:
        """Cut one sentence into pieces of at most ``max_chars`` spoken characters."""
        pieces: list[str] = []
        start, end = 0, len(sentence.rstrip())
        while end - (first := _after_space(sentence, start)) > self._max_chars:
            at = self._cut_at(sentence, start, first)
            pieces.append(sentence[start:at])
            start = at
        pieces.append(sentence[start:])
        return pieces

    def _cut_at(self, sentence: str, start: int, first: int) -> int:
        """Choose where to cut: the last clause end in the second half, else the last space, else the limit.

        ``start`` is where the last piece ended, ``first`` the first character behind it that is no white space.
        """
        limit = first + self._max_chars
        window = sentence[start : limit + 1]
        clause_ends = [start + match.end() for match in re.finditer(_CLAUSE_END, window)]
        clause_ends = [end for end in clause_ends if end <= limit]
        if clause_ends and clause_ends[-1] > first + self._max_chars // 3:
            return _after_space(sentence, clause_ends[-1])
        spaces = [start + match.start() for match in re.finditer(_SPACE, window) if start + match.start() > first]
        if spaces:
            return _after_space(sentence, spaces[-1])
        whole = limit
        while whole > first + 1 and _belongs_left(sentence, whole):
            whole -= 1
        return limit if _belongs_left(sentence, whole) else whole


def segments_of(text: str, *, language: str | None = None, max_chars: int = DEFAULT_MAX_CHARS) -> list[Segment]:
    """Cut a whole text."""
    segmenter = Segmenter(language=language, max_chars=max_chars)
    return segmenter.feed(text) + segmenter.finish()


def sentences_of(text: str, *, language: str | None = None) -> list[str]:
    """Cut a whole text at sentence ends alone, however short they are; the sentences joined are the text."""
    return Segmenter(language=language).sentences(text)


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


def _paragraphs(text: str) -> Iterator[str]:
    """Cut behind blank lines, which the segmenter does not see when they hold spaces."""
    start = 0
    for match in re.finditer(_BLANK_LINES, text) if "\n" in text else ():
        yield text[start : match.end()]
        start = match.end()
    if start < len(text):
        yield text[start:]


def _blocks(text: str) -> Iterator[str]:
    """Cut where no sentence goes on, into pieces of which none is long if it has such places."""
    for paragraph in _paragraphs(text):
        start = 0
        while len(paragraph) - start > _BLOCK_CHARS:
            found = re.compile(_FULL_STOP).search(paragraph, start + _BLOCK_CHARS)
            if found is None:
                break
            yield paragraph[start : found.end()]
            start = found.end()
        if start < len(paragraph):
            yield paragraph[start:]


def _up_to_words(text: str) -> Segment:
    """Return what can go of a text that is white space for the most: what stands before its words, else all of it."""
    before = text[: _after_space(text, 0)]
    return Segment(before or text, Boundary.PARAGRAPH)


def _is_one(text: str) -> bool:
    """Return whether ``text`` is one sentence, as far as a glance tells; held to the segmenter by a test."""
    body = text.strip(" ").rstrip(_SENTENCE_END)
    return bool(body) and _WITHIN_SENTENCE.issuperset(body)


def _ends_paragraph(text: str) -> bool:
    return text.count("\n", len(text.rstrip())) > 1


def _belongs_left(text: str, at: int) -> bool:
    """Return whether the character at ``at`` belongs to what stands before it: a mark, a skin tone, a joined one."""
    # Loaded only by the rare word that is longer than a whole request.
    from unicodedata import category

    mark = text[at]
    return mark == _JOINER or mark in _SKIN_TONES or text[at - 1] == _JOINER or category(mark).startswith("M")


def _after_space(text: str, at: int) -> int:
    match = re.compile(_SPACE).match(text, at)
    return match.end() if match else at


def _cut_boundary(piece: str) -> Boundary:
    ends = [match.end() for match in re.finditer(_CLAUSE_END, piece + " ")]
    return Boundary.CLAUSE if ends and ends[-1] >= len(piece.rstrip()) else Boundary.WORD
