"""The blocks of a Markdown text: what is said for each, as its lines arrive.

A line is looked at until its kind is certain; the words of a paragraph then pass through ``Inline`` as they come.

What the markup machine has before it, a growing text read line by line, and what leaves it.
"""

import re
from typing import TYPE_CHECKING, Literal

from lightning_cli.text.markup.inline import Inline, is_math, whole
from lightning_cli.text.markup.latex import latex_words
from lightning_cli.text.markup.lines import (
    Around,
    Kind,
    Metadata,
    Start,
    are_columns,
    cells_of,
    indent_width,
    is_title,
    start_of,
)
from lightning_cli.text.markup.spoken_marks import code_note, full_stop, row_sentences
from lightning_cli.text.segmenter import HEADING_END

if TYPE_CHECKING:
    from collections.abc import Callable

_CODE_INDENT = 4
_SHORTEST_UNDERLINE = 3
_QUOTE_MARKS = r"[ \t]*(?:>[ \t]?)+"


class Blocks:
    """Read a growing Markdown text: ``feed`` pieces cut anywhere, then ``finish``.

    ``strict`` keeps what plain text may have, ``read_urls`` reads URLs out, ``thinking`` speaks what a model thinks,
    ``headings`` puts ``HEADING_END`` behind each, ``language`` is that of formulas.
    """

    def __init__(
        self, *, strict: bool, read_urls: bool, thinking: bool, headings: bool = False, language: str | None = None
    ) -> None:
        self._strict = strict
        self._read_urls = read_urls
        self._thinking = thinking
        self._heading_end = HEADING_END if headings else ""
        self._language = language
        self._inline = Inline(strict=strict, read_urls=read_urls, language=language)
        self._out = Outflow()
        self._source = Source()
        # Takes something of the source and returns True, or waits for more.
        self._metadata = Metadata()
        self._step: Callable[[], bool] = self._front
        self._open: Literal["", "paragraph", "item"] = ""
        self._fresh = 0  # how many marks of items were read and nothing of their text
        self._in_list = False
        self._marked, self._quoted = False, False  # quote marks: on this line; around this block
        self._broken = False  # a paragraph break was made: blank lines add nothing
        self._line = ""  # the paragraph's last line: a table without outer borders may follow its header
        self._ticks = 0  # backticks of the line so far: within code nothing is hidden
        self._fence, self._fence_marked = "", False
        self._headers: list[str] = []
        self._rows = 0
        self._item_indent = self._code_indent = 0  # of the text of the last item; of the code under way
        self._defines = False  # the item under way says what a term is
        self._untitled = False  # the line before defines a link that may have a title
        self._closer, self._after_hidden = "", self._line_start  # what ends the part that is not read, and what then

    def feed(self, text: str) -> str:
        """Return what is certain of the spoken text."""
        if self._source.add(text):
            while self._source and self._step():
                pass
        return self._out.take()

    def finish(self) -> str:
        """Return the rest."""
        self._source.final = True
        text = self.feed("")
        self._end_table()
        self._end_block()
        return text + self._out.take()

    @property
    def in_text(self) -> bool:
        """Return whether this is the middle of prose, and not of code, a table or something unread."""
        return self._step in {self._front, self._line_start, self._text}

    def _front(self) -> bool:
        length = self._metadata.end(self._source.rest, final=self._source.final)
        if length is None:
            return False
        self._source.take(length)
        self._broken = length > 0
        self._step = self._line_start
        return True

    def _line_start(self) -> bool:
        line, complete = self._source.line()
        if not self._begins(line, complete=complete):
            if len(line) <= LINE_LIMIT:
                return False
            self._begin_text("")
        return True

    def _begins(self, line: str, *, complete: bool) -> bool:
        rest = line.lstrip(" \t")
        indent = line[: len(line) - len(rest)]
        if not rest:
            if complete:
                self._blank()
            return complete
        if (titled := self._titles(rest, complete=complete)) is not False:
            return titled is True
        if self._is_code(rest, indent):
            self._note_code("")
            self._step = self._indented
            return True
        special = {
            "<": self._unread,
            "|": self._table,
            "$": self._math,
            "\\": self._math,
            "`": self._math,
            "[": self._bracketed,
        }.get(rest[0])
        if special and (taken := special(rest, indent, complete=complete)) is not False:
            return taken is True
        start = self._start_of(rest, indent, complete=complete)
        if start is not None:
            self._begin(start, indent)
        return start is not None

    def _text(self) -> bool:
        text = self._source.rest_of_line()
        found = self._hidden(text)
        if found is None:
            opening = None if self._source.final or text[-1] == "\n" else re.search(_HIDDEN_PART, text)
            end = opening.start() if opening else len(text)
            if not end:
                return False
        elif found.start():
            end = found.start()
        else:
            length = self._hide(found)
            if length is None:
                return False
            # Words on both sides stay apart.
            text, end = (" ", 1) if length else (text, found.end())
            self._pass_words(text[:end], length or end)
            return True
        self._pass_words(text[:end], end)
        if text[end - 1] == "\n":
            self._marked = False
            self._step = self._line_start
        return True

    def _pass_words(self, text: str, length: int) -> None:
        self._source.take(length)
        self._ticks += text.count("`")
        if len(self._line) <= LINE_LIMIT:
            self._line += text
        self._out.text(self._inline.feed(text))

    def _hidden(self, text: str) -> "re.Match[str] | None":
        """Find what is not for reading in a line, outside code."""
        for found in re.finditer(_HIDDEN, text):
            if not (self._ticks + text[: found.start()].count("`")) % 2:
                return found
        return None

    def _hide(self, found: "re.Match[str]", before: int = 0) -> int | None:
        """Return how much goes at a tag, which stands ``before`` characters on; what follows may go as it comes.

        0 takes the tag for text, None asks for more.
        """
        name = (found[1] or found[3] or "").lower()
        if not name or (self._thinking and found[1]):
            return found.end() - found.start()
        length = found.end() - found.start()
        closer = f"</{name}>"
        if found[1]:
            self._closer, self._after_hidden, self._step = closer, self._step, self._unheard
            return length
        end = self._source.find(closer, before + length, _UNREAD_LIMIT)
        if end:
            return end - before
        if end == 0 and not self._source.final and self._source.is_code(_UNREAD_LIMIT):
            self._closer, self._after_hidden, self._step = closer, self._step, self._unheard
            return length
        return end

    def _unheard(self) -> bool:
        """Drop what is not for reading, up to its end, which may never come."""
        length, ended = self._source.until(self._closer)
        self._source.take(length)
        if ended:
            self._step = self._after_hidden
        return length > 0

    def _fenced(self) -> bool:
        line, complete = self._source.line()
        if not complete and len(line) <= LINE_LIMIT:
            return False
        inner = re.sub(_QUOTE_MARKS, "", line, count=1) if self._fence_marked else line
        if self._fence_marked and inner == line:
            # A line without a quote mark ends the quote and all that is in it.
            self._step = self._line_start
            return True
        inner = inner.strip(" \t")
        self._take_line()
        repeated = len(inner) >= len(self._fence) and inner == self._fence[0] * len(inner)
        if repeated or inner.lower() == self._fence:
            self._step = self._line_start
        return True

    def _indented(self) -> bool:
        line, complete = self._source.line()
        rest = line.lstrip(" \t")
        if not complete and not rest and len(line) <= LINE_LIMIT:
            return False
        if rest and indent_width(line[: len(line) - len(rest)]) < self._code_indent:
            self._step = self._line_start
            return True
        self._take_line()
        return True

    def _table_row(self) -> bool:
        line, complete = self._source.line()
        if not complete and len(line) <= LINE_LIMIT:
            return False
        row = self._unquoted(line)
        if not complete or "|" not in row:
            self._end_table()
            self._step = self._line_start
            return True
        self._out.line(row_sentences(self._headers, map(self._words, cells_of(row))))
        self._rows += 1
        self._take_line()
        return True

    def _start_of(self, rest: str, indent: str, *, complete: bool) -> Start | None:
        if indent_width(indent) >= _CODE_INDENT and not self._in_list:
            return Start(Kind.TEXT)
        in_paragraph = self._open == "paragraph"
        around = Around(
            complete=complete,
            strict=self._strict,
            in_paragraph=in_paragraph,
            marks=self._fresh,
            below_columns=in_paragraph and len(self._line) <= LINE_LIMIT and "|" in self._line,
            below_term=self._defines and self._open == "item",
        )
        return start_of(rest, around)

    def _begin(self, start: Start, indent: str) -> None:
        kind = start.kind
        if kind is Kind.TEXT:
            self._begin_text(indent)
        elif kind in {Kind.BULLET, Kind.NUMBER, Kind.FOOTNOTE, Kind.TASK, Kind.DEFINED}:
            self._begin_item(start, indent)
        elif kind is Kind.QUOTE:
            if not self._quoted:
                self._end_block()
            self._quoted = self._marked = True
            self._source.take(len(indent) + start.length)
        elif kind is Kind.FENCE:
            self._fence, self._fence_marked = start.text[: start.length], self._marked
            self._note_code(start.text[start.length :])
            self._take_line()
            self._step = self._fenced
        elif kind is Kind.CODE or (kind is Kind.UNREAD and start.text):
            # What belongs to a directive is indented more than it.
            self._note_code(start.text) if kind is Kind.CODE else self._end_block()
            self._code_indent = indent_width(indent) + 1
            self._take_line()
            self._step = self._indented
        elif kind is Kind.COLUMNS:
            self._begin_table(self._line, said=True)
            self._take_line()
        else:
            self._break(start)
            self._take_line()

    def _begin_text(self, indent: str) -> None:
        if not self._open:
            self._open = "paragraph"
            self._quoted = self._marked
            self._in_list = self._in_list and bool(indent)
        if self._fresh:
            self._source.take(len(indent))
        self._fresh, self._broken = 0, False
        self._line, self._ticks = "", 0
        self._step = self._text

    def _begin_item(self, start: Start, indent: str) -> None:
        marks = self._fresh + 1
        if start.kind is not Kind.TASK:
            self._end_block(stop=start.kind is Kind.DEFINED)
            self._out.lines(1)
        if start.kind is Kind.NUMBER:
            self._out.text(indent + start.text)
        self._open = "item"
        self._defines = start.kind is Kind.DEFINED
        self._fresh, self._in_list, self._broken = marks, True, False
        within = self._item_indent if marks > 1 else 0
        self._item_indent = within + indent_width(indent) + start.length
        self._quoted = self._marked
        self._source.take(len(indent) + start.length)

    def _break(self, start: Start) -> None:
        """Take a line that is a block of its own: a heading, a rule, the underline of a heading, a definition."""
        # reStructuredText wants the line as long as the title; shorter ones divide.
        below = start.text == "~" and _SHORTEST_UNDERLINE <= len(self._line.strip()) <= start.length
        underlines = start.kind is Kind.UNDERLINE or start.text == "-" or below
        is_heading = underlines and self._open == "paragraph"
        self._end_block(stop=is_heading)
        if start.kind is Kind.UNREAD:
            return
        if start.kind is Kind.DEFINITION:
            self._untitled = start.text == "untitled"
            return
        self._out.lines(2)
        if start.kind in {Kind.HEADING, Kind.ALERT, Kind.BOX}:
            words = self._words(start.text)
            is_heading = bool(words) and start.kind is Kind.HEADING
            self._out.text(words)
            self._out.stop()
            self._out.end()
            self._out.lines(2)
        if is_heading:
            self._out.text(self._heading_end)
        self._broken = True
        # What a box holds is indented as an item's text is.
        self._in_list, self._item_indent = start.kind is Kind.BOX, _CODE_INDENT

    def _blank(self) -> None:
        self._end_block()
        self._quoted = self._quoted and self._marked
        line = self._take_line()
        if not self._broken:
            self._out.text(line)

    def _note_code(self, info: str) -> None:
        self._end_block()
        self._out.lines(2)
        self._out.text(code_note(info, self._language))
        self._out.end()
        self._out.lines(2)
        self._broken = True

    def _is_code(self, rest: str, indent: str) -> bool:
        """Return whether a line is code by its indentation: of a document, or of the text of an item."""
        self._code_indent = _CODE_INDENT + (self._item_indent if self._in_list else 0)
        if self._open or indent_width(indent) < self._code_indent:
            return False
        return not re.match(_ITEM_MARK, rest) if self._in_list else not (self._strict or self._marked)

    def _unread(self, rest: str, indent: str, *, complete: bool) -> bool | None:
        """Drop a comment, script, style sheet or thoughts that begin a line, however many paragraphs they have."""
        if found := re.match(_HIDDEN, rest):
            length = self._hide(found, len(indent))
            if length:
                self._end_block()
                self._source.take(len(indent) + length)
            return length if length is None else length > 0
        if not complete and re.fullmatch(_HIDDEN_PART, rest):
            return None
        end = unread_end(self._source, rest, len(indent), complete=complete)
        if end:
            self._end_block()
            self._source.take(end)
        return end if end is None else end > 0

    def _math(self, rest: str, indent: str, *, complete: bool) -> bool | None:
        """Read a formula that begins a line and may go over several."""
        opener = next((one for one in _MATH_ENDS if rest.startswith(one)), None)
        if opener is None:
            part = not complete and any(one.startswith(rest) for one in _MATH_ENDS)
            return None if part else False
        if opener == _FENCED_MATH and (not complete or rest.strip() != opener):
            return False if complete else None
        start = len(indent) + len(opener)
        end = self._source.find(_MATH_ENDS[opener], start, _MATH_LIMIT)
        if not end:
            return None if end is None else False
        raw = self._source.rest[start:end]
        if opener[1:] == "begin{":
            end = self._source.find("}", end, _MATH_LIMIT) or end
            content = raw[raw.find("}") + 1 : -len(_MATH_ENDS[opener])]
        else:
            content = raw[: -len(_MATH_ENDS[opener])]
        if not is_math(content):
            return False
        self._begin_text(indent)
        self._source.take(end)
        self._out.text(self._inline.feed(latex_words(content, self._language)))
        return True

    def _titles(self, rest: str, *, complete: bool) -> bool | None:
        """Drop the title of a link that the line before defines."""
        if not self._untitled:
            return False
        if rest[0] in "\"'(" and not complete:
            return None
        self._untitled = False
        if not is_title(rest.rstrip(" \t")):
            return False
        self._take_line()
        return True

    def _bracketed(self, rest: str, indent: str, *, complete: bool) -> bool | None:
        """Read what a line in brackets says of the next one."""
        listing = re.fullmatch(_LISTING, rest) if complete else None
        admonished = re.fullmatch(_ADMONISHED, rest) if complete else None
        if not (listing or admonished):
            return self._definition(rest, indent, complete=complete)
        below, below_complete = self._source.line(len(indent) + len(rest) + 1)
        if not below_complete and len(below) <= LINE_LIMIT:
            return None
        below = below.strip(" \t")
        if listing:
            if not re.fullmatch(_LISTING_FENCE, below):
                return False
            self._note_code(listing[1] or "")
            self._fence, self._fence_marked, self._step = below, False, self._fenced
            self._take_line()
        elif admonished:
            self._break(Start(Kind.ALERT, len(rest), admonished[1].capitalize()))
            if re.fullmatch(_ADMONISHED_FENCE, below):
                self._take_line()
        self._take_line()
        return True

    def _definition(self, rest: str, indent: str, *, complete: bool) -> bool | None:
        """Drop the definition of a link whose target stands in the next line."""
        if self._open == "paragraph" or not complete or not re.fullmatch(_LABEL_LINE, rest):
            return False
        line, below_complete = self._source.line(len(indent) + len(rest) + 1)
        if not below_complete and len(line) <= LINE_LIMIT:
            return None
        start = start_of(f"[x]: {line.strip()}", Around(True, self._strict, False, 0, False))
        if start is None or start.kind is not Kind.DEFINITION:
            return False
        self._end_block()
        self._untitled = start.text == "untitled"
        self._take_line()
        self._take_line()
        return True

    def _table(self, rest: str, indent: str, *, complete: bool) -> bool | None:
        """Begin a table at a header with an outer border, when the line below says that it is one."""
        if not complete:
            return None
        line, below_complete = self._source.line(len(indent) + len(rest) + 1)
        found = len(line) <= LINE_LIMIT and are_columns(self._unquoted(line), complete=below_complete)
        if found:
            self._begin_table(rest, said=False)
            self._take_line()
            self._take_line()
        return found

    def _begin_table(self, header: str, *, said: bool) -> None:
        self._end_block()
        self._out.lines(2)
        self._headers = [self._words(cell) for cell in cells_of(header)]
        self._rows = int(said)
        self._broken = False
        self._step = self._table_row

    def _end_table(self) -> None:
        if self._headers and not self._rows:
            self._out.line(row_sentences((), self._headers))
        self._headers = []

    def _take_line(self) -> str:
        self._marked = False
        return self._source.take_line(whole=True)

    def _end_block(self, *, stop: bool = False) -> None:
        self._out.text(self._inline.finish())
        if stop or self._open == "item":
            self._out.stop()
        self._out.end()
        self._open = ""
        self._fresh = 0

    def _unquoted(self, line: str) -> str:
        return re.sub(_QUOTE_MARKS, "", line, count=1) if self._quoted or self._marked else line

    def _words(self, text: str) -> str:
        words = whole(text, strict=self._strict, read_urls=self._read_urls, language=self._language)
        return " ".join(words.split())


# What a model thinks (1), the end of it alone (2), and what a browser reads (3): not for reading aloud.
_THOUGHTS = "think|thinking|reasoning|thought"
_HIDDEN = rf"(?i)<(?:({_THOUGHTS})>|/({_THOUGHTS})>|(script|style|ref)(?:\s[^<>]{{0,300}})?>)"
_HIDDEN_PART = r"(?i)<(?:/?[a-z]{0,9}|(?:script|style|ref)\s[^<>]{0,300})\Z"
# A script that does not end within this much is one if it has so many of these signs.
_CODE_SIGNS, _CODE_COUNT = "{};=", 40
_ITEM_MARK = r"[-*+>]|\d{1,9}[.)][ \t]"
_LABEL_LINE = r"\[[^\[\]^][^\[\]]*\]:[ \t]*"
_FENCED_MATH = "```math"
_MATH_ENDS = {"$$": "$$", "\\[": "\\]", "\\begin{": "\\end{", _FENCED_MATH: "```"}
# What AsciiDoc says of the block that follows.
_LISTING = r"\[(?:source|listing)(?:,[ \t]*([\w+#-]+))?[^\[\]]*\][ \t]*"
_LISTING_FENCE = r"-{4,}|\.{4,}"
_ADMONISHED = r"\[(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*"
_ADMONISHED_FENCE = r"={4,}|-{4,}|\*{4,}"
_MATH_LIMIT = 2000
# A comment is not for reading either.
_UNREAD = {"<!--": "-->"}
_UNREAD_LIMIT = 8000
# A line is plain text when this much of it leaves open what it begins.
LINE_LIMIT = 8000
# What waits is looked at again once it has grown by a share of itself, or it would be once for each character.
_SHARE = 8
_SHORT = 256
_TAIL = 8


class Source:
    """What has arrived and was not taken; ``final`` says that no more comes."""

    def __init__(self) -> None:
        self.final = False
        self._buffer, self._at = "", 0
        self._new: list[str] = []
        self._new_length = 0
        self._dropping = False  # the rest of a line is still to come and not for reading

    def add(self, text: str) -> bool:
        """Take more text; say whether there is enough of it to look again at what waits."""
        if self._dropping:
            end = text.find("\n") + 1
            self._dropping = not end
            text = text[end:] if end else ""
        self._new.append(text)
        self._new_length += len(text)
        waiting = len(self._buffer) - self._at
        if not (self.final or "\n" in text or self._new_length * _SHARE > waiting - _SHORT):
            return False
        self._buffer = "".join((self._buffer[self._at :], *self._new))
        self._at, self._new, self._new_length = 0, [], 0
        return True

    def __bool__(self) -> bool:
        return self._at < len(self._buffer)

    @property
    def rest(self) -> str:
        """Return all that was not taken."""
        return self._buffer[self._at :]

    def line(self, after: int = 0) -> tuple[str, bool]:
        """Return the line ``after`` characters on, without its line end, and whether all of it is there.

        Of a line longer than ``LINE_LIMIT`` it is one character more than that, and never all.
        """
        start = self._at + after
        stop = start + LINE_LIMIT + 1
        end = self._buffer.find("\n", start, stop)
        if end < 0 and len(self._buffer) >= stop:
            return self._buffer[start:stop], False
        return self._buffer[start : end if end >= 0 else None], self.final or end >= 0

    def find(self, text: str, after: int, limit: int) -> int | None:
        """Return where ``text`` ends within ``limit`` characters, in any case; 0 if it does not; None: not yet."""
        window = self._buffer[self._at + after : self._at + limit].lower()
        found = window.find(text)
        if found >= 0:
            return after + found + len(text)
        return 0 if self.final or after + len(window) >= limit else None

    def rest_of_line(self) -> str:
        """Return what is there of the line, its end included."""
        return self._buffer[self._at : self._buffer.find("\n", self._at) + 1 or None]

    def is_code(self, length: int) -> bool:
        """Return whether the next characters are those of a program."""
        window = self._buffer[self._at : self._at + length]
        return sum(map(window.count, _CODE_SIGNS)) >= _CODE_COUNT

    def until(self, text: str) -> tuple[int, bool]:
        """Return how much stands before the end of ``text``, in any case, and whether it is there."""
        window = self._buffer[self._at :].lower()
        found = window.find(text)
        if found >= 0:
            return found + len(text), True
        return len(window) if self.final else max(0, len(window) - len(text) + 1), False

    def take(self, length: int) -> None:
        """Advance by ``length`` characters."""
        self._at += length

    def take_line(self, *, whole: bool = False) -> str:
        """Take what is there of the line, its end included; of a ``whole`` one the rest goes when it comes."""
        end = self._buffer.find("\n", self._at) + 1
        text = self._buffer[self._at : end or None]
        self._at += len(text)
        self._dropping = whole and not end
        return text


def unread_end(source: Source, rest: str, indent: int, *, complete: bool) -> int | None:
    """Return the end of the comment that ``rest``, the line behind ``indent`` characters, opens.

    0 means that it opens none, or one that does not end within ``_UNREAD_LIMIT``; None asks for more text.
    """
    for opener, closer in _UNREAD.items():
        head = rest[: len(opener)].lower()
        after = rest[len(opener) : len(opener) + 1]
        if not complete and opener.startswith(head) and not after:
            return None
        if head == opener:
            return source.find(closer, indent + len(opener), _UNREAD_LIMIT)
    return 0


class Outflow:
    """Collect spoken text; ``take`` gives what may leave.

    White space behind words that end no sentence is held, for ``stop`` to put a full stop before it.
    """

    def __init__(self) -> None:
        self._ready: list[str] = []
        self._held: list[str] = []
        self._held_length = 0
        self._tail = ""  # the last visible characters of the block
        self._newlines = 0  # at the very end, the held ones included
        self._spoke = False

    def text(self, text: str) -> None:
        """Add text of the block."""
        body = text.rstrip()
        space = text[len(body) :]
        if body:
            self._release()
            self._ready.append(body)
            self._held_length = 0
            self._tail = (self._tail + "".join(body.split())[-_TAIL:])[-_TAIL:]
            self._newlines = 0
            self._spoke = True
        self._held.append(space)
        self._held_length += len(space)
        self._newlines += space.count("\n")
        if self._held_length > LINE_LIMIT or not full_stop(self._tail):
            self._release()

    def stop(self) -> None:
        """Make a sentence of the block, if it has words."""
        self._ready.append(full_stop(self._tail))

    def end(self) -> None:
        """End the block."""
        self._tail = ""
        self._held_length = 0
        self._release()

    def lines(self, count: int) -> None:
        """Put at least ``count`` line ends between what was said and what comes."""
        if self._spoke and self._newlines < count:
            self.text("\n" * (count - self._newlines))

    def line(self, text: str) -> None:
        """Add a line of its own, unless it is empty."""
        if text:
            self.text(text + "\n")
            self.end()

    def take(self) -> str:
        """Hand over what may leave."""
        text = "".join(self._ready)
        self._ready.clear()
        return text

    def _release(self) -> None:
        self._ready += self._held
        self._held.clear()
