"""The blocks of a Markdown text: what is said for each, as its lines arrive.

A line is looked at until its kind is certain; the words of a paragraph then pass through ``Inline`` as they come.
"""

import re
from typing import TYPE_CHECKING, Literal

from lightning_cli.markup import flow
from lightning_cli.markup.flow import Outflow, Source, unread_end
from lightning_cli.markup.inline import Inline, whole
from lightning_cli.markup.lines import Around, Kind, Metadata, Start, are_columns, cells_of, indent_width, start_of
from lightning_cli.markup.words import code_note, row_sentences

if TYPE_CHECKING:
    from collections.abc import Callable

_CODE_INDENT = 4
_QUOTE_MARKS = r"[ \t]*(?:>[ \t]?)+"


class Blocks:
    """Read a growing Markdown text: ``feed`` pieces cut anywhere, then ``finish``.

    ``strict`` keeps what plain text may have, ``notes_code`` says that a code block is there, ``read_urls`` reads
    URLs out.
    """

    def __init__(self, *, strict: bool, notes_code: bool, read_urls: bool) -> None:
        self._strict = strict
        self._notes_code = notes_code
        self._read_urls = read_urls
        self._inline = Inline(strict=strict, read_urls=read_urls)
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
        self._fence, self._fence_marked = "", False
        self._headers: list[str] = []
        self._rows = 0

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
        """Say whether this is the middle of prose, and not of code, a table or something unread."""
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
            if len(line) <= flow.LINE_LIMIT:
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
        if self._is_code(indent):
            self._note_code("")
            self._step = self._indented
            return True
        if rest[0] in "<|":
            special = self._unread if rest[0] == "<" else self._table
            if (taken := special(rest, indent, complete=complete)) is not False:
                return taken is True
        start = self._start_of(rest, indent, complete=complete)
        if start is not None:
            self._begin(start, indent)
        return start is not None

    def _text(self) -> bool:
        text = self._source.take_line()
        if len(self._line) <= flow.LINE_LIMIT:
            self._line += text
        self._out.text(self._inline.feed(text))
        if text[-1] == "\n":
            self._marked = False
            self._step = self._line_start
        return True

    def _fenced(self) -> bool:
        line, complete = self._source.line()
        if not complete and len(line) <= flow.LINE_LIMIT:
            return False
        inner = re.sub(_QUOTE_MARKS, "", line, count=1) if self._fence_marked else line
        if self._fence_marked and inner == line:
            # A line without a quote mark ends the quote and all that is in it.
            self._step = self._line_start
            return True
        inner = inner.strip(" \t")
        self._take_line()
        if len(inner) >= len(self._fence) and inner == self._fence[0] * len(inner):
            self._step = self._line_start
        return True

    def _indented(self) -> bool:
        line, complete = self._source.line()
        rest = line.lstrip(" \t")
        if not complete and not rest and len(line) <= flow.LINE_LIMIT:
            return False
        if rest and indent_width(line[: len(line) - len(rest)]) < _CODE_INDENT:
            self._step = self._line_start
            return True
        self._take_line()
        return True

    def _table_row(self) -> bool:
        line, complete = self._source.line()
        if not complete and len(line) <= flow.LINE_LIMIT:
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
            below_columns=in_paragraph and len(self._line) <= flow.LINE_LIMIT and "|" in self._line,
        )
        return start_of(rest, around)

    def _begin(self, start: Start, indent: str) -> None:
        kind = start.kind
        if kind is Kind.TEXT:
            self._begin_text(indent)
        elif kind in {Kind.BULLET, Kind.NUMBER, Kind.FOOTNOTE, Kind.TASK}:
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
        self._line = ""
        self._step = self._text

    def _begin_item(self, start: Start, indent: str) -> None:
        marks = self._fresh + 1
        if start.kind is not Kind.TASK:
            self._end_block()
            self._out.lines(1)
        if start.kind is Kind.NUMBER:
            self._out.text(indent + start.text)
        self._open = "item"
        self._fresh, self._in_list, self._broken = marks, True, False
        self._quoted = self._marked
        self._source.take(len(indent) + start.length)

    def _break(self, start: Start) -> None:
        """Take a line that is a block of its own: a heading, a rule, the underline of a heading, a definition."""
        underlines = start.kind is Kind.UNDERLINE or start.text == "-"
        self._end_block(stop=underlines and self._open == "paragraph")
        if start.kind is Kind.DEFINITION:
            return
        self._out.lines(2)
        if start.kind is Kind.HEADING:
            self._out.text(self._words(start.text))
            self._out.stop()
            self._out.end()
            self._out.lines(2)
        self._broken = True
        self._in_list = False

    def _blank(self) -> None:
        self._end_block()
        self._quoted = self._quoted and self._marked
        line = self._take_line()
        if not self._broken:
            self._out.text(line)

    def _note_code(self, info: str) -> None:
        self._end_block()
        self._out.lines(2)
        if self._notes_code:
            self._out.text(code_note(info))
            self._out.end()
            self._out.lines(2)
        self._broken = True

    def _is_code(self, indent: str) -> bool:
        lone = not (self._strict or self._open or self._in_list or self._marked)
        return lone and indent_width(indent) >= _CODE_INDENT

    def _unread(self, rest: str, indent: str, *, complete: bool) -> bool | None:
        """Drop a comment, script or style sheet that begins a line, however many paragraphs it has."""
        end = unread_end(self._source, rest, len(indent), complete=complete)
        if end:
            self._end_block()
            self._source.take(end)
        return end if end is None else end > 0

    def _table(self, rest: str, indent: str, *, complete: bool) -> bool | None:
        """Begin a table at a header with an outer border, when the line below says that it is one."""
        if not complete:
            return None
        line, below_complete = self._source.line(len(indent) + len(rest) + 1)
        found = len(line) <= flow.LINE_LIMIT and are_columns(self._unquoted(line), complete=below_complete)
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
        return " ".join(whole(text, strict=self._strict, read_urls=self._read_urls).split())
