"""An EPUB as rows: one for each chapter, in the order of the spine, under the titles of its table of contents.

Contents, page lists, notes and pages without words are left out and named. An EPUB is a ZIP of XML and XHTML that was
written by strangers: nothing of it is unpacked to a disk, every member is read up to a limit, XML with entities of its
own is refused.
"""

import contextlib
import itertools
import posixpath
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.entities import html5
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from lightning_cli.errors import UsageFault
from lightning_cli.narration.columns import TEXT, TITLE
from lightning_cli.narration.rows import BookFacts, Reading
from lightning_cli.narration.source_encoding import decode_source, is_text_encoding
from lightning_cli.text.html_text import Block, blocks_of, markdown_of

# A long novel is 3 MB of XHTML; a cover may have 10.
_MEMBER_LIMIT_BYTES = 32 << 20
_TOTAL_LIMIT_BYTES = 128 << 20
_MEMBERS_LIMIT = 20_000
# The two of the format (EPUB 3.3, OCF 4.3); zipfile unpacks a whole block of any other at once, however large.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_PAGE_ENDINGS = (".xhtml", ".html", ".htm")
# So many lines that lead to other places of the book, one after the other, are contents.
_CONTENTS_LINES = 3
_CONTENTS = re.compile(
    r"(?:table of )?contents|inhalt(?:sverzeichnis)?|sommaire|table des mati[èe]res|sumario|contenido|[íi]ndice"
    r"|sommario|inhoud|spis treści|содержание|оглавление|目[录錄次]",
    re.IGNORECASE,
)
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,30});")
_XML_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_NOTES = re.compile(r"(?:end|foot|rear)?\s?-?notes", re.IGNORECASE)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_SHOWN = 6
# Of a table of contents: headings have six levels.
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class _Item:
    """A file of the book, as its package document lists it."""

    path: str
    kind: str
    properties: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the table of contents; ``depth`` is 1 for the outermost."""

    title: str
    path: str
    fragment: str
    depth: int


@dataclass(slots=True)
class _Chapter:
    """A title and its words; ``place`` is the file that it begins in."""

    title: str
    place: str
    blocks: list[Block] = field(default_factory=list)


def read_epub(reading: Reading, name: str, path: Path) -> None:
    """Read a book; what is wrong with it is one problem."""
    try:
        with zipfile.ZipFile(path) as archive:
            book = _Book(archive)
            chapters, left_out = book.chapters()
            reading.book = book.facts()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        reading.problems.append(f"{name}: is not an EPUB that can be read ({fault})")
        return
    except OSError as fault:
        reading.problems.append(f"{name}: cannot be read ({fault.strerror or fault})")
        return
    except UsageFault as fault:
        reading.problems.append(f"{name}: {fault.message}")
        return
    for number, chapter in enumerate(chapters, start=1):
        cells = {TEXT: markdown_of(chapter.blocks), TITLE: chapter.title}
        reading.add(f"{name}: {chapter.place}", f"{path.stem or 'book'}-{number:04}", cells, path.parent)
    if not chapters:
        reading.problems.append(f"{name}: has no words to narrate")
    if left_out:
        more = ", ..." if len(left_out) > _SHOWN else ""
        reading.notes.append(f"{name}: left out {', '.join(left_out[:_SHOWN])}{more}")


class _Book:
    """Read the package document, the table of contents and the pages of an open EPUB."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left_bytes = _TOTAL_LIMIT_BYTES
        members = archive.infolist()
        if len(members) > _MEMBERS_LIMIT:
            raise UsageFault(f"has more than {_MEMBERS_LIMIT} files")
        self._members = {member.filename: member for member in members}
        # As file systems that know neither case nor composed letters find them.
        self._alike = {_folded(name): name for name in reversed(self._members)}
        package = self._package_path()
        self._base = posixpath.dirname(package)
        self._root = self._xml(package)
        self._items = dict(self._listed_items())

    def facts(self) -> BookFacts:
        """Return title, author, language and cover."""
        found = {
            kind: next((text for one in self._all(kind) if (text := _squeezed(one.text or ""))), None)
            for kind in ("title", "creator", "language")
        }
        authors = [text for one in self._all("creator") if (text := _squeezed(one.text or ""))]
        return BookFacts(found["title"], ", ".join(authors) or None, found["language"], self._cover())

    def chapters(self) -> tuple[list[_Chapter], list[str]]:
        """Return the chapters in order, and what was left out."""
        entries = self._contents()
        contents_pages = self._contents_pages()
        chapters: list[_Chapter] = []
        left_out: list[str] = []
        for item, linear in self._spine():
            name = posixpath.basename(item.path)
            is_page = item.kind in _PAGES or item.path.lower().endswith(_PAGE_ENDINGS)
            if "nav" in item.properties or not linear or not is_page or item.path in contents_pages:
                left_out.append(name)
                continue
            blocks = _without_contents(blocks_of(self._text(item.path)))
            if not blocks:
                left_out.append(f"{name} (no words)")
                continue
            _divide(chapters, item.path, blocks, entries)
        kept: list[_Chapter] = []
        for chapter in chapters:
            if not chapter.blocks:
                continue
            if _NOTES.fullmatch(chapter.title.strip()):
                left_out.append(repr(chapter.title))
            else:
                kept.append(chapter)
        title = self.facts().title
        for chapter in kept:
            chapter.title = chapter.title or title or ""
        return kept, left_out

    def _package_path(self) -> str:
        if "META-INF/container.xml" not in self._members:
            raise UsageFault("is not an EPUB: META-INF/container.xml is missing")
        for one in self._xml("META-INF/container.xml").iter():
            if _local(one.tag) == "rootfile" and (path := one.get("full-path")):
                return self._inside("", path)
        raise UsageFault("is not an EPUB: META-INF/container.xml names no package")

    def _inside(self, base: str, href: str) -> str:
        """Return the member that an address means, spelled as it is in the archive if it is there in any spelling."""
        written = href.partition("#")[0].replace("\\", "/")
        paths = [
            posixpath.normpath(posixpath.join(base, one).lstrip("/"))
            for one in dict.fromkeys((unquote(written), written))
        ]
        if any(path.startswith("..") or "\0" in path for path in paths):
            raise UsageFault(f"refers to {href[:80]!r}, which is outside the book")
        found = (path if path in self._members else self._alike.get(_folded(path)) for path in paths)
        return next(filter(None, found), paths[0])

    def _read(self, path: str) -> bytes:
        member = self._members.get(path)
        if member is None:
            raise UsageFault(f"lacks {path!r}, which it refers to")
        if member.flag_bits & 1:
            raise UsageFault("is protected by a password or by DRM")
        if member.compress_type not in _COMPRESSIONS:
            raise UsageFault(f"packs {path!r} in a way that EPUB does not allow")
        limit = min(_MEMBER_LIMIT_BYTES, self._left_bytes)
        with self._archive.open(member) as file:
            raw = file.read(limit + 1)
        if len(raw) > limit:
            raise UsageFault(f"holds more than a book does in {path!r}")
        self._left_bytes -= len(raw)
        return raw

    def _xml(self, path: str) -> ET.Element:
        raw = self._read(path)
        # UTF-16 is the only other encoding in which expat would see one.
        if b"<!ENTITY" in raw.replace(b"\0", b""):
            raise UsageFault(f"defines entities in {path!r}, which no book needs")
        try:
            return ET.fromstring(_ENTITY.sub(_as_number, raw))  # noqa: S314 - what makes it unsafe is refused above
        except (ET.ParseError, LookupError, ValueError) as fault:
            raise UsageFault(f"has broken XML in {path!r} ({fault})") from fault

    def _text(self, path: str) -> str:
        raw = self._read(path)
        declared = _DECLARED.match(raw)
        encoding = declared[1].decode() if declared else None
        if encoding and not is_text_encoding(encoding):
            raise UsageFault(f"names an unknown encoding in {path!r}")
        try:
            return decode_source(raw, path, encoding if encoding and encoding.lower() != "utf-8" else None).text
        except LookupError as fault:
            raise UsageFault(f"names an unknown encoding in {path!r}") from fault

    def _all(self, kind: str) -> Iterator[ET.Element]:
        return (one for one in self._root.iter() if _local(one.tag) == kind)

    def _listed_items(self) -> Iterator[tuple[str, _Item]]:
        for one in self._all("item"):
            href = one.get("href")
            if href and "://" not in href:
                kind, properties = one.get("media-type", "").lower(), frozenset((one.get("properties") or "").split())
                # What is outside is not a page of the book, such as its maker's fonts.
                with contextlib.suppress(UsageFault):
                    yield one.get("id", ""), _Item(self._inside(self._base, href), kind, properties)

    def _spine(self) -> Iterator[tuple[_Item, bool]]:
        protected = self._protected()
        # Each page once, as the format requires (EPUB 3.3, 5.7.2): a page of a megabyte, named ten thousand times,
        # would otherwise be that many pages.
        seen: set[str] = set()
        for one in self._all("itemref"):
            item = self._items.get(one.get("idref", ""))
            if item is not None and item.path not in seen:
                seen.add(item.path)
                if item.path in protected:
                    raise UsageFault("is protected by DRM")
                yield item, one.get("linear", "yes").lower() != "no"

    def _protected(self) -> frozenset[str]:
        """Return the files that are encrypted; fonts often are, which hides no word."""
        if "META-INF/encryption.xml" not in self._members:
            return frozenset()
        uris = (one.get("URI", "") for one in self._xml("META-INF/encryption.xml").iter() if "URI" in one.attrib)
        return frozenset(posixpath.normpath(unquote(uri)) for uri in uris)

    def _contents_pages(self) -> frozenset[str]:
        """Return the pages that are tables of contents, as the guide of EPUB 2 says; a page with an anchor has more."""
        hrefs = (one.get("href", "") for one in self._all("reference") if one.get("type", "").lower() == "toc")
        with contextlib.suppress(UsageFault):
            return frozenset(self._inside(self._base, href) for href in hrefs if href and "#" not in href)
        return frozenset()

    def _cover(self) -> bytes | None:
        named = {one.get("content") for one in self._all("meta") if one.get("name") == "cover"}
        for number, item in self._items.items():
            is_cover = "cover-image" in item.properties or number in named
            if is_cover and item.kind in {"image/jpeg", "image/png"} and item.path in self._members:
                return self._read(item.path)
        return None

    def _contents(self) -> dict[str, list[_Entry]]:
        """Return the entries that begin a chapter, by the file that they lead to."""
        entries: list[_Entry] = []
        nav = next((item for item in self._items.values() if "nav" in item.properties), None)
        if nav is not None:
            reader = _NavReader()
            reader.feed(self._text(nav.path))
            reader.close()
            entries = self._located(nav.path, reader.entries)
        if not entries:
            ncx = next((item for item in self._items.values() if item.kind == "application/x-dtbncx+xml"), None)
            if ncx is not None and ncx.path in self._members:
                entries = self._located(ncx.path, list(_points(self._xml(ncx.path))))
        found: dict[str, list[_Entry]] = {}
        for entry in _chapter_entries(entries):
            found.setdefault(entry.path, []).append(entry)
        return found

    def _located(self, base: str, links: list[tuple[str, str, int]]) -> list[_Entry]:
        found = []
        for title, href, depth in links:
            # What leads out of the book is not a chapter of it.
            with contextlib.suppress(UsageFault):
                if title and "://" not in href and not _CONTENTS.fullmatch(title):
                    path = self._inside(posixpath.dirname(base), href)
                    found.append(_Entry(title, path, unquote(href.partition("#")[2]), min(depth, _DEEPEST)))
        return found


def _chapter_entries(entries: Sequence[_Entry]) -> Iterator[_Entry]:
    """Return the entries that are chapters: what stands below one is a section of it where they share a file.

    A book or a part of one has its chapters in other files, or is the only entry of all.
    """
    depth = min((entry.depth for entry in entries), default=1)
    starts = [index for index, entry in enumerate(entries) if entry.depth == depth]
    for start, end in itertools.pairwise([*starts, len(entries)]):
        entry, below = entries[start], entries[start + 1 : end]
        yield entry
        if below and (len(starts) == 1 or any(one.path != entry.path for one in below)):
            yield from _chapter_entries(below)


def _divide(chapters: list[_Chapter], path: str, blocks: list[Block], contents: Mapping[str, list[_Entry]]) -> None:
    """Add the blocks of a page to the chapters that the contents name; what comes before goes on with the last."""
    starts: dict[int, str] = {}
    places: dict[str, int] = {}
    for index, block in enumerate(blocks):
        for name in block.ids:
            places.setdefault(name, index)
    for entry in contents.get(path, ()):
        index = places.get(entry.fragment, 0) if entry.fragment else 0
        starts[index] = f"{starts[index]}, {entry.title}" if index in starts else entry.title
    place = posixpath.basename(path)
    if not contents:
        level = _chapter_level(blocks)
        starts |= {index: block.text for index, block in enumerate(blocks) if block.level and block.level <= level}
    if 0 not in starts and not chapters:
        # A title page, as far as the first chapter.
        opening = blocks[: min(starts, default=len(blocks))]
        starts[0] = next((block.text for block in opening if block.level), "")
    for index, block in enumerate(blocks):
        if index in starts:
            chapters.append(_Chapter(starts[index], place))
        chapters[-1].blocks.append(block)


def _chapter_level(blocks: Sequence[Block]) -> int:
    """Return the level of the headings that begin chapters, where no contents say so: the first that occurs twice.

    A page that begins with a heading is a chapter, whatever else is in it.
    """
    counts = Counter(block.level for block in blocks if block.level)
    twice = min((level for level, count in counts.items() if count > 1), default=0)
    return max(twice, blocks[0].level)


def _without_contents(blocks: list[Block]) -> list[Block]:
    """Return blocks without lists of links into the book, and the headings above that have nothing else below."""
    kept: list[Block] = []
    for is_list, group in itertools.groupby(blocks, lambda block: block.is_link and not block.level):
        run = list(group)
        is_headed = bool(kept) and kept[-1].level > 0
        is_named = is_headed and _CONTENTS.fullmatch(kept[-1].text.strip(" .:")) is not None
        if not is_list or (len(run) < _CONTENTS_LINES and not is_named):
            kept += run
        elif is_headed:
            del kept[-1]
    return kept


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _as_number(found: re.Match[bytes]) -> bytes:
    """Return an entity of HTML as XML takes it."""
    name = found[1].decode()
    character = html5.get(f"{name};", "") if name not in _XML_ENTITIES else ""
    return "".join(f"&#{ord(one)};" for one in character).encode() or found[0]


class _NavReader(HTMLParser):
    """Collect the links of ``<nav epub:type="toc">``: title, address, depth."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.entries: list[tuple[str, str, int]] = []
        self._in_contents = False
        self._depth = 0
        self._href: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the beginning of an element."""
        given = dict(attrs)
        if tag == "nav":
            kinds = f"{given.get('epub:type') or ''} {given.get('role') or ''}".split()
            self._in_contents = bool({"toc", "doc-toc"} & set(kinds))
        elif self._in_contents and tag == "ol":
            self._depth += 1
        elif self._in_contents and tag == "a":
            self._href, self._words = given.get("href"), []

    def handle_endtag(self, tag: str) -> None:
        """Take the end of an element."""
        if tag == "nav":
            self._in_contents, self._depth = False, 0
        elif tag == "ol" and self._depth:
            self._depth -= 1
        elif tag == "a" and self._href is not None:
            self.entries.append((_squeezed("".join(self._words)), self._href, max(1, self._depth)))
            self._href = None

    def handle_data(self, data: str) -> None:
        """Take the words of a link."""
        if self._href is not None:
            self._words.append(data)


def _points(root: ET.Element) -> Iterator[tuple[str, str, int]]:
    """Return the points of an NCX: title, address, depth."""
    pending = [(one, 1) for one in root.iter() if _local(one.tag) == "navMap"]
    while pending:
        parent, depth = pending.pop()
        title = href = ""
        children = []
        for child in parent:
            kind = _local(child.tag)
            if kind == "navLabel":
                title = _squeezed("".join(child.itertext()))
            elif kind == "content":
                href = child.get("src", "")
            elif kind == "navPoint":
                children.append(child)
        is_map = _local(parent.tag) == "navMap"
        if not is_map and href:
            yield title, href, depth
        pending += [(child, depth if is_map else depth + 1) for child in reversed(children)]


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _squeezed(text: str) -> str:
    return " ".join(text.split())
