"""EPUB books: chapters in the order of the spine, what is left out, and what strangers may put into one."""

import io
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.batch_runs import batch, speaking

from lightning_cli.narration import epub
from lightning_cli.narration.manifest import read_sources
from lightning_cli.narration.rows import Reading
from lightning_cli.text.html_text import Block

CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
    '<rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>"
)
NAV = (
    '<html xmlns:epub="http://www.idpf.org/2007/ops"><body><nav epub:type="toc"><h1>Contents</h1><ol>'
    '<li><a href="text/a.xhtml">The Gate</a></li><li><a href="text/b.xhtml#two">The&#160;House</a><ol>'
    '<li><a href="text/b.xhtml#part">A section</a></li></ol></li></ol></nav>'
    '<nav epub:type="page-list"><ol><li><a href="text/a.xhtml#p1">1</a></li></ol></nav></body></html>'
)


def page(body: str) -> str:
    """Return an XHTML page."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"'
        f' xmlns:epub="http://www.idpf.org/2007/ops"><head><title>x</title></head><body>{body}</body></html>'
    )


A = page(
    '<h1 id="top">I</h1><p>The gate<span epub:type="pagebreak" id="p1">1</span> opened.'
    '<a epub:type="noteref" href="#n">1</a></p><aside epub:type="footnote" id="n"><p>A note.</p></aside>'
)
REST = page("<p>It closed &amp; opened again.<a href='n.xhtml#n2'><sup>2</sup></a></p>")
B = page('<p>The end of one.</p><h2 id="two">II</h2><p>A house.</p><h3 id="part">S</h3><p>A room.</p>')


def package(spine: str, items: str = "", metadata: str = "") -> str:
    """Return a package document with the pages above."""
    return (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata><manifest>'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        + "".join(
            f'<item id="{name}" href="text/{name}.xhtml" media-type="application/xhtml+xml"/>'
            for name in ("cover", "a", "rest", "b", "notes")
        )
        + f"{items}</manifest><spine>{spine}</spine></package>"
    )


SPINE = "".join(f'<itemref idref="{name}"/>' for name in ("cover", "nav", "a", "rest", "b"))
FACTS = (
    "<dc:title>The  Gate</dc:title><dc:creator>A. Writer</dc:creator><dc:creator>B. Other</dc:creator>"
    "<dc:language>en</dc:language>"
)
FILES = {
    "META-INF/container.xml": CONTAINER,
    "OEBPS/book.opf": package(SPINE + '<itemref idref="notes" linear="no"/>', metadata=FACTS),
    "OEBPS/nav.xhtml": NAV,
    "OEBPS/text/cover.xhtml": page('<img src="c.jpg" alt="Cover"/>'),
    "OEBPS/text/a.xhtml": A,
    "OEBPS/text/rest.xhtml": REST,
    "OEBPS/text/b.xhtml": B,
    "OEBPS/text/notes.xhtml": page("<p>Notes.</p>"),
}


def book(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write an EPUB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def read(path: Path, changes: Mapping[str, str | bytes]) -> Reading:
    """Read the book with some files changed."""
    return read_sources([str(book(path, {**FILES, **changes}))], iter([]))


def test_chapters_in_the_order_of_the_spine(tmp_path: Path) -> None:
    """A page that the contents do not name goes on with the chapter before; notes, marks and page numbers go."""
    reading = read(tmp_path / "tm.epub", {})
    assert reading.problems == []
    assert [(row.title, row.read(), row.stem) for row in reading.rows] == [
        ("The Gate", "# I\n\nThe gate opened.\n\nIt closed & opened again.\n\nThe end of one.", "tm-0001"),
        ("The House", "## II\n\nA house.\n\n### S\n\nA room.", "tm-0002"),
    ]
    assert reading.notes == [f"{tmp_path}/tm.epub: left out cover.xhtml (no words), nav.xhtml, notes.xhtml"]
    assert reading.book is not None
    assert (reading.book.title, reading.book.author, reading.book.language) == ("The Gate", "A. Writer, B. Other", "en")


def test_contents_of_2007(tmp_path: Path) -> None:
    """An NCX names the chapters of an EPUB 2; chapters below a part, in files of their own, are chapters."""
    ncx = (
        '<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "ncx.dtd">'
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>'
        '<navPoint><navLabel><text>Part One</text></navLabel><content src="text/a.xhtml"/>'
        '<navPoint><navLabel><text>Chapter 2</text></navLabel><content src="text/b.xhtml#two"/></navPoint>'
        "</navPoint></navMap></ncx>"
    )
    item = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    changes = {"OEBPS/book.opf": package(SPINE, item), "OEBPS/toc.ncx": ncx, "OEBPS/nav.xhtml": page("")}
    assert [row.title for row in read(tmp_path / "a.epub", changes).rows] == ["Part One", "Chapter 2"]


def test_without_contents_headings_are_the_titles(tmp_path: Path) -> None:
    """A page that begins with a heading begins a chapter; the first takes the book's title if it has none."""
    reading = read(tmp_path / "a.epub", {"OEBPS/nav.xhtml": page(""), "OEBPS/text/a.xhtml": page("<p>Before.</p>")})
    assert [row.title for row in reading.rows] == ["The Gate"]
    reading = read(tmp_path / "a.epub", {"OEBPS/nav.xhtml": page(""), "OEBPS/text/rest.xhtml": page("<h1>R</h1>x")})
    assert [row.title for row in reading.rows] == ["I", "R"]


def texts(reading: Reading) -> list[tuple[str | None, str]]:
    """Return title and text of every row; a reading with a problem fails."""
    assert reading.problems == []
    return [(row.title, row.read()) for row in reading.rows]


@pytest.mark.parametrize(
    ("href", "member"),
    [
        ("text/ch%201.xhtml", "OEBPS/text/ch%201.xhtml"),
        ("text/ch%201.xhtml", "OEBPS/text/ch 1.xhtml"),
        ("text/%C3%BC.xhtml", "OEBPS/text/u\u0308.xhtml"),
        ("text/One.xhtml", "OEBPS/Text/one.XHTML"),
        ("text\\one.xhtml", "OEBPS/text/one.xhtml"),
        ("/OEBPS/one.xhtml", "OEBPS/one.xhtml"),
    ],
)
def test_addresses_as_programs_write_them(tmp_path: Path, href: str, member: str) -> None:
    """Percent signs that stand for themselves, another case, letters in parts, backslashes, the root of the archive."""
    item = f'<item id="x" href="{href}" media-type="application/xml"/>'
    opf = package('<itemref idref="x"/>', item + '<item id="f" href="../../x.ttf" media-type="font/ttf"/>')
    nav = NAV.replace("text/a.xhtml", "../../../etc/x").replace("text/b.xhtml#two", href)
    reading = read(tmp_path / "a.epub", {"OEBPS/book.opf": opf, "OEBPS/nav.xhtml": nav, member: page("<p>Words.</p>")})
    assert texts(reading) == [("The House", "Words.")]


def test_contents_within_the_pages_are_left_out(tmp_path: Path) -> None:
    """A page that the guide calls contents, a heading and lists of links; other links stay, and so do headings."""
    links = "".join(f'<p><a href="c{number}.xhtml">Chapter {number}</a>, 12</p>' for number in range(3))
    changes = {
        "OEBPS/book.opf": package(SPINE).replace(
            "</package>", '<guide><reference type="toc" href="text/rest.xhtml"/></guide></package>'
        ),
        "OEBPS/text/a.xhtml": page(
            f"<h1>I</h1><p>One.</p>{links}<p>Or</p><p><a href='b.xhtml'>Go on</a></p><p>Two.</p>"
        ),
        "OEBPS/text/b.xhtml": page(
            '<h2>Contents</h2><p><a href="#two">II</a></p><h2 id="two"><a href="#c">II</a></h2><p>Three.</p>'
        ),
    }
    reading = read(tmp_path / "a.epub", changes)
    assert texts(reading) == [("The Gate", "# I\n\nOne.\n\nOr\n\nGo on\n\nTwo."), ("The House", "## II\n\nThree.")]
    assert any("rest.xhtml" in note for note in reading.notes)


def test_chapters_of_one_page_without_contents(tmp_path: Path) -> None:
    """Its headings begin them; what stands before the first has the title of the book, not that of the chapter."""
    opf = package('<itemref idref="a"/>', metadata=FACTS)
    body = "<p>Front.</p><h2>One</h2><p>A.</p><h3>x</h3><p>B.</p><h2>Two</h2><p>C.</p>"
    changes = {"OEBPS/book.opf": opf, "OEBPS/nav.xhtml": "<html/>", "OEBPS/text/a.xhtml": page(body)}
    assert texts(read(tmp_path / "a.epub", changes)) == [
        ("The Gate", "Front."),
        ("One", "## One\n\nA.\n\n### x\n\nB."),
        ("Two", "## Two\n\nC."),
    ]


def test_entities_of_html_in_the_contents(tmp_path: Path) -> None:
    """Old books have them in XML, undeclared."""
    ncx = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel>'
        '<text>The&nbsp;Gate &amp; I</text></navLabel><content src="text/a.xhtml"/></navPoint></navMap></ncx>'
    )
    item = '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    changes = {"OEBPS/book.opf": package(SPINE, item), "OEBPS/nav.xhtml": "<html/>", "OEBPS/toc.ncx": ncx}
    assert texts(read(tmp_path / "a.epub", changes))[0][0] == "The Gate & I"


def test_the_cover_is_handed_on(tmp_path: Path) -> None:
    """The image that the package names as the cover."""
    item = '<item id="c" href="c.jpg" media-type="image/jpeg" properties="cover-image"/>'
    reading = read(tmp_path / "a.epub", {"OEBPS/book.opf": package(SPINE, item), "OEBPS/c.jpg": b"\xff\xd8jpeg"})
    assert reading.book is not None
    assert reading.book.cover == b"\xff\xd8jpeg"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"META-INF/container.xml": CONTAINER.replace("OEBPS/book.opf", "../../etc/passwd")}, "outside the book"),
        ({"META-INF/container.xml": CONTAINER.replace("OEBPS/book.opf", "no.opf")}, "lacks 'no.opf'"),
        ({"META-INF/container.xml": "<container/>"}, "names no package"),
        (
            {"OEBPS/book.opf": package(SPINE).replace("?>", '?><!DOCTYPE p [<!ENTITY a "aaaa">]>', 1)},
            "defines entities",
        ),
        (
            {"OEBPS/book.opf": ('<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + "<p/>").encode("utf-16")},
            "defines entities",
        ),
        ({"OEBPS/book.opf": "<package>"}, "broken XML"),
        ({"OEBPS/text/a.xhtml": page("<p>x</p>").replace("utf-8", "klingon")}, "unknown encoding"),
        (
            {
                "META-INF/encryption.xml": '<encryption><CipherReference URI="OEBPS/text/a.xhtml"/></encryption>',
            },
            "protected by DRM",
        ),
        ({"OEBPS/book.opf": package("")}, "has no words to narrate"),
    ],
)
def test_what_is_refused(tmp_path: Path, changes: dict[str, str | bytes], told: str) -> None:
    """Paths that lead out, entities, DRM and broken books: one problem each, and no row."""
    reading = read(tmp_path / "a.epub", changes)
    assert reading.rows == []
    assert len(reading.problems) == 1
    assert told in reading.problems[0]


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member beyond the limit, and members that together go beyond it, are never held whole."""
    monkeypatch.setattr(epub, "_MEMBER_LIMIT_BYTES", 100_000)
    (problem,) = read(tmp_path / "a.epub", {"OEBPS/text/b.xhtml": b"<p>" + b" " * 5_000_000}).problems
    assert "holds more than a book does in 'OEBPS/text/b.xhtml'" in problem
    monkeypatch.setattr(epub, "_TOTAL_LIMIT_BYTES", 1_500)
    (problem,) = read(tmp_path / "a.epub", {}).problems
    assert "holds more than a book does" in problem
    monkeypatch.setattr(epub, "_MEMBERS_LIMIT", 5)
    (problem,) = read(tmp_path / "a.epub", {}).problems
    assert "more than 5 files" in problem


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_no_other_compression_is_unpacked(tmp_path: Path, packed: int) -> None:
    """Zipfile bounds what comes of a piece for two of them only, and the format has no others."""
    path = tmp_path / "a.epub"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content, packed)
    assert read_sources([str(path)], iter([])).problems == [
        f"{path}: packs 'META-INF/container.xml' in a way that EPUB does not allow"
    ]


def test_contents_however_deep(tmp_path: Path) -> None:
    """A table of contents does not exhaust the stack: what stands very deep counts as less deep."""
    lists = "".join(f'<ol><li><a href="text/x{number}.xhtml">T{number}</a>' for number in range(2_000))
    reading = read(tmp_path / "a.epub", {"OEBPS/nav.xhtml": f'<nav epub:type="toc">{lists}</nav>'})
    assert reading.problems == []
    assert reading.rows


def test_what_is_no_zip(tmp_path: Path) -> None:
    """A torn or foreign file is one sentence, also where the archive breaks off inside a page."""
    path = tmp_path / "a.epub"
    path.write_bytes(b"not a zip")
    assert "is not an EPUB" in read_sources([str(path)], iter([])).problems[0]
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    path.write_bytes(whole.getvalue().replace(b"The gate<span", b"The gAte<span"))
    assert "is not an EPUB that can be read (Bad CRC" in read_sources([str(path)], iter([])).problems[0]
    assert "cannot be read (No such file" in read_sources([str(tmp_path / "no.epub")], iter([])).problems[0]


def _png() -> bytes:
    """Return a picture of one pixel."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\x20\x40\x80")),
        (b"IEND", b""),
    ]
    made = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def test_a_book_becomes_an_audiobook(tmp_path: Path) -> None:
    """Chapters, title, author and cover of the EPUB stand in the .m4b; a flag wins over the book."""
    item = '<item id="c" href="c.png" media-type="image/png" properties="cover-image"/>'
    book(tmp_path / "tm.epub", {**FILES, "OEBPS/book.opf": package(SPINE, item, FACTS), "OEBPS/c.png": _png()})
    with speaking() as server:
        done = batch("tm.epub", tmp_path, server, "--book", "tm.m4b", "--title", "My Gate", "-r", "24000")
    assert done.code == 0, done.lines
    shown = ("-show_chapters", "-show_entries", "format_tags=title,artist:stream=codec_name:chapter_tags=title")
    told = subprocess.run(
        ("ffprobe", "-v", "error", *shown, "-of", "compact", str(tmp_path / "tm.m4b")),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert "tag:title=My Gate|tag:artist=A. Writer, B. Other" in told
    assert told.index("tag:title=The Gate") < told.index("tag:title=The House")
    assert "codec_name=png" in told
    assert list(tmp_path.glob(".*.part")) == []


def test_a_page_that_stands_twice_in_the_spine_is_read_once(tmp_path: Path) -> None:
    """The format forbids it, and a large page named ten thousand times would fill the memory."""
    once = [row.read() for row in read(tmp_path / "a.epub", {}).rows]
    changes = {"OEBPS/book.opf": package(SPINE * 10_000, metadata=FACTS)}
    assert [row.read() for row in read(tmp_path / "b.epub", changes).rows] == once


@pytest.mark.parametrize("encoding", ["punycode", "idna", "undefined", "unicode_escape", "base64", "nosuch"])
def test_an_encoding_that_is_none_of_texts(tmp_path: Path, encoding: str) -> None:
    """Decoding a megabyte of Punycode takes hours."""
    text = f'<?xml version="1.0" encoding="{encoding}"?><html><body><p>Hi-{"a" * 1000}</p></body></html>'
    reading = read(tmp_path / "a.epub", {"OEBPS/text/a.xhtml": text})
    assert [problem.partition(": ")[2] for problem in reading.problems] == [
        "names an unknown encoding in 'OEBPS/text/a.xhtml'"
    ]


class _Once(set[str]):
    """Anchors that are gone through once, and never searched."""

    def __init__(self, name: str) -> None:
        super().__init__({name})
        self.readings = 0

    def __iter__(self) -> Iterator[str]:
        self.readings += 1
        return super().__iter__()

    def __contains__(self, name: object) -> bool:
        raise AssertionError("searched once for each entry")


def test_contents_of_many_entries_take_one_look_at_a_page() -> None:
    """The work grows with the entries and with the page, and not with both at once."""
    blocks = [Block(f"Hi {number}.", ids=_Once(f"x{number}")) for number in range(20)]
    chapters: list[epub._Chapter] = []
    entries = [epub._Entry(f"C{number}", "a", f"x{number}", 1) for number in range(20)]
    epub._divide(chapters, "a", blocks, {"a": entries})
    assert [chapter.title for chapter in chapters] == [f"C{number}" for number in range(20)]
    assert {block.ids.readings for block in blocks if isinstance(block.ids, _Once)} == {1}
