"""HTML to words: what is spoken, what is left out, and pages made to be slow."""

import pytest

from lightning_cli.text.html_text import blocks_of, text_of_html
from lightning_cli.text.markup import speakable


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two", "One\n\nTwo"),
        ("<h2>A <br/>title</h2>x", "## A title\n\nx"),
        ("a<b>b</b>c <i>d</i>\n\n  e", "abc d e"),
        ("one<br>two", "one\ntwo"),
        ("<ul><li>one<li><p>two</p></ul>", "- one\n\n- two"),
        ("<table><tr><th>A<th>B<tr><td>1</td><td>2</td></tr></table>", "A, B\n\n1, 2"),
        ("<script>x</script><style>y</style><nav>z</nav><p hidden>h</p><p style='display: none'>i</p>ok", "ok"),
        ("<!-- c --><!DOCTYPE html><?php x ?>ok<![CDATA[ <b>&amp; ]]>", "ok \\<b>&amp;amp;"),
        ("It<a href='#n'><sup>1</sup></a> is<a href='n.html#x'>[2]</a> <a href='#s'>so</a>.", "It is so."),
        ("A<aside epub:type='footnote'><p>n<aside>m</aside></p></aside>B", "A\n\nB"),
        ("<section role='doc-endnotes'>n</section><span class='PageNum'>[12]</span>A", "A"),
        ("<p>* * *</p><hr><p>#1 is &lt;b&gt; [x] _y_ &amp;</p>", "\\#1 is \\<b> \\[x] \\_y\\_ &"),
        ("<img alt='Cover'><img alt='T'>he end <img alt='[Illustration]'>", "The end"),
        ("<img alt='Cover of A Book'><img alt='IMG_0012.jpg'><img alt='image 3'><img alt='A hare'>", "A hare"),
        ("<p>A<pagenum>5</pagenum></p><div class='pg-boilerplate'>x</div><p epub:type='index'>y</p>", "A"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt></ruby>", "漢"),
        ("5 < 6 and 7 > 6", "5 \\< 6 and 7 > 6"),
        ("<svg:svg><svg:text>x</svg:text></svg:svg>a&nbsp;b", "a b"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("", ""),
        ("<p>", ""),
    ],
)
def test_words(html: str, text: str) -> None:
    """Blocks are paragraphs, marks of Markdown in the words are taken literally."""
    assert text_of_html(html) == text


def test_marks_of_the_words_are_spoken_as_they_are() -> None:
    """Through the machine for Markdown nothing is added or lost."""
    words = "A *star* and [brackets], `ticks`, a_b_c, <tag> &amp; 2 & 3 #4"
    html = words.replace("&", "&amp;").replace("<", "&lt;")
    for mode in ("auto", "markdown"):
        assert speakable(text_of_html(f"<p>{html}</p>"), mode) == words


def test_anchors() -> None:
    """Anchors belong to the block that begins behind them, or that holds them."""
    found = blocks_of("<a id='a'></a><h1 id='b'>T</h1><div id='c'><p>x<span id='d'></span></p></div>")
    assert [(block.text, block.ids) for block in found] == [("T", {"a", "b"}), ("x", {"c", "d"})]


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<a", '<a b="', "</", "<![CDATA[", "<?", "&#", "&amp", "<p>", "<a href='#'>", "<script>", "<a b='c"],
)
def test_pages_made_to_be_slow(piece: str) -> None:
    """What looks for its own end from every beginning is read in linear time: this page would take hours."""
    for page in (piece * 100_000, piece * 100_000 + ">"):
        blocks_of(page)
