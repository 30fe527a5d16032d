"""HTML and XHTML to Markdown that can be spoken: headings, paragraphs, list items, rows of tables.

What a listener does not want is left out: scripts, navigation, notes and the marks that lead to them, page numbers.
The parser is the standard library's, which reads what people call HTML; what makes it slow on purpose goes first.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from lightning_cli.request import has_words

_DROPPED = frozenset(
    "script style head template noscript svg math iframe object audio video canvas button select textarea nav"
    " rt rp form dialog pagenum".split()
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer"
    " header hr html li main ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# epub:type and role say what a part is for; a class does so in books from before 2011.
_UNSPOKEN = frozenset(
    "footnote footnotes endnote endnotes rearnote rearnotes note noteref annoref pagebreak page-list pagelist toc"
    " landmarks loi lot backlink doc-footnote doc-endnote doc-endnotes doc-noteref doc-pagebreak doc-pagelist doc-toc"
    " doc-backlink index doc-index".split()
)
_UNSPOKEN_CLASSES = frozenset(
    "pagenum pageno pagenumber page-number pagebreak footnote footnotes fnanchor pg-boilerplate".split()
)
# What a link to a note looks like: 12, [3], *, †.
_NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,4}|[*†‡§¶#]{1,4}|[a-z]|[ivx]{1,6})[\])]?")
_ALT_CHARS = 200
_ALT_NOISE = re.compile(
    r"\W*(?:(?:(?:front|book)[ _-]?)?cover\b.*"
    r"|(?:image|img|illustration|decoration|ornament|logo|picture|photo|figure)?[\W_\d]*"
    r"|\S+\.(?:jpe?g|png|gif|svg|webp|tiff?|bmp))\W*",
    re.IGNORECASE | re.DOTALL,
)
_MARKS = re.compile(r"([`*_\[<])")
_ENTITY_START = re.compile(r"&(?=[A-Za-z#])")
_BLOCK_START = re.compile(r"(?:[#>+-]|\d{1,9}[.)])(?=\s|$)|[#>=]")


@dataclass(slots=True)
class Block:
    """A paragraph, heading, list item or row; ``ids`` are the anchors at its beginning.

    ``is_link`` is whether all its letters lead to another place of the same book, as a line of its contents does.
    """

    text: str
    level: int = 0
    is_item: bool = False
    ids: set[str] = field(default_factory=set)
    is_link: bool = False

    @property
    def markdown(self) -> str:
        """Return the block as Markdown, its own marks taken literally."""
        text = _ENTITY_START.sub("&amp;", _MARKS.sub(r"\\\1", self.text))
        if self.level:
            return f"{'#' * self.level} {text}"
        if self.is_item:
            return f"- {text}"
        return f"\\{text}" if _BLOCK_START.match(text) and not text[0].isdigit() else text


def text_of_html(html: str) -> str:
    """Return the words of a page as Markdown."""
    return markdown_of(blocks_of(html))


def markdown_of(blocks: list[Block]) -> str:
    """Return blocks as Markdown, a blank line between two."""
    return "\n\n".join(block.markdown for block in blocks)


def blocks_of(html: str) -> list[Block]:
    """Return what a page has to say, in order."""
    reader = _Reader()
    reader.feed(_without_declarations(html))
    reader.close()
    return reader.finish()


def _without_declarations(html: str) -> str:
    """Remove comments, CDATA marks, instructions and document types, and a tag without an end, in linear time.

    The parser looks for the end of each such construct anew; without it, from every beginning to the end of the text.
    """
    pieces = []
    position = 0
    while (start := html.find("<", position)) >= 0:
        follows = html[start + 1 : start + 2]
        if follows not in {"!", "?"}:
            pieces.append(html[position : start + 1])
            position = start + 1
            continue
        pieces.append(html[position:start])
        opening, closing = "<!", ">"
        for mark, end in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", ">")):
            if html.startswith(mark, start):
                opening, closing = mark, end
                break
        stop = html.find(closing, start + len(opening))
        if stop < 0:
            position = len(html)
            break
        if opening == "<![CDATA[":
            pieces.append(html[start + len(opening) : stop].replace("&", "&amp;").replace("<", "&lt;"))
        position = stop + len(closing)
    pieces.append(html[position:])
    text = "".join(pieces)
    last = text.rfind(">") + 1
    return text[:last] + text[last:].replace("<", "&lt;")


class _Reader(HTMLParser):
    """Collect blocks; ``feed``, ``close``, then ``finish``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[Block] = []
        self._words: list[str] = []
        self._ids: set[str] = set()
        # The name of the element that is left out, and how many of that name are open in it.
        self._dropped: tuple[str, int] | None = None
        self._level = 0
        self._item = False
        self._in_row = False
        self._in_pre = False
        # Where the words of a link begin that may be the mark of a note.
        self._link: int | None = None
        # Whether a link into the same book is open, and whether letters stand in such links and beside them.
        self._in_link = False
        self._letters = [False, False]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element that is empty, as XHTML writes it."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the beginning of an element."""
        tag = tag.rpartition(":")[2]
        if self._dropped is not None:
            name, depth = self._dropped
            if tag == name:
                self._dropped = (name, depth + 1)
            return
        given = {name.lower(): value or "" for name, value in attrs}
        anchor = given.get("id") or (given.get("name") if tag == "a" else None)
        if tag in _BLOCKS or tag in _HEADINGS:
            self._begin_block(tag)
        if anchor:
            self._ids.add(anchor)
        if tag not in _VOID and (tag in _DROPPED or _is_unspoken(given)):
            self._dropped = (tag, 1)
        elif tag == "br":
            self._words.append("\n")
        elif tag == "img" and not _ALT_NOISE.fullmatch(given.get("alt", "")[:_ALT_CHARS]):
            self._words.append(given["alt"])
        elif tag == "a":
            self._in_link = "href" in given and ":" not in given["href"]
            self._link = len(self._words) if "#" in given.get("href", "") else None

    def handle_endtag(self, tag: str) -> None:
        """Take the end of an element."""
        tag = tag.rpartition(":")[2]
        if self._dropped is not None:
            name, depth = self._dropped
            if tag == name:
                self._dropped = (name, depth - 1) if depth > 1 else None
            return
        if tag == "a":
            if self._link is not None and _NOTE_MARK.fullmatch("".join(self._words[self._link :]).strip()):
                del self._words[self._link :]
            self._link, self._in_link = None, False
        elif tag in _HEADINGS or (tag in _BLOCKS and tag not in {"td", "th"}):
            self._end_block()
            self._in_row = self._in_row and tag != "tr"
            self._in_pre = self._in_pre and tag != "pre"

    def handle_data(self, data: str) -> None:
        """Take words."""
        if self._dropped is None and data:
            self._letters[self._in_link] |= any(map(str.isalpha, data))
            self._words.append(data if self._in_pre else re.sub(r"[\s]+", " ", data))

    def finish(self) -> list[Block]:
        """Return the blocks."""
        self._end_block()
        return self._blocks

    def _begin_block(self, tag: str) -> None:
        if tag in {"td", "th"} and self._in_row:
            if any(map(str.strip, self._words)):
                self._words.append(", ")
            return
        if tag == "p" and self._item and not any(map(str.strip, self._words)):
            # The paragraph of a list item is the item.
            return
        self._end_block()
        self._level = _HEADINGS.get(tag, 0)
        self._item = tag == "li"
        self._in_row = tag == "tr"
        self._in_pre = tag == "pre"

    def _end_block(self) -> None:
        lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(self._words).split("\n"))
        text = "\n".join(filter(None, lines))
        if self._level:
            text = text.replace("\n", " ")
        self._words.clear()
        self._link = None
        if has_words(text):
            spoken = text.rstrip(" ,") if self._in_row else text
            beside, linked = self._letters
            self._blocks.append(Block(spoken, self._level, self._item, self._ids, linked and not beside))
            self._ids = set()
        self._letters = [False, False]
        self._level, self._item = 0, False


def _is_unspoken(given: dict[str, str]) -> bool:
    kinds = f"{given.get('epub:type', '')} {given.get('role', '')}".lower().split()
    return (
        not _UNSPOKEN.isdisjoint(kinds)
        or not _UNSPOKEN_CLASSES.isdisjoint(given.get("class", "").lower().split())
        or "hidden" in given
        or "display:none" in given.get("style", "").replace(" ", "").lower()
    )
