"""Markup to speakable text: what becomes of each construct, what stays, and that cuts change nothing."""

import re
import string
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.markup_examples import BOTH, DIFFERENT, PLAIN

from lightning_cli.errors import UsageFault
from lightning_cli.text.markup import MODES, MarkupFilter, blocks, control, inline, lines, speakable


@pytest.mark.parametrize("mode", ["auto", "markdown"])
@pytest.mark.parametrize("source", BOTH)
def test_construct(source: str, mode: str) -> None:
    """Each construct becomes what a reader would say."""
    assert speakable(source, mode) == BOTH[source]


@pytest.mark.parametrize("source", DIFFERENT)
def test_modes_differ(source: str) -> None:
    """What plain text may mean stays in auto and is Markdown in markdown."""
    auto, markdown = DIFFERENT[source]
    assert speakable(source, "auto") == (source if auto is None else auto)
    assert speakable(source, "markdown") == markdown


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_stays(text: str) -> None:
    """Plain text passes auto unchanged, character for character."""
    assert speakable(text, "auto") == text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b1mbold", "bold"),
        ("\x1b]8;;https://x.org\x1b\\link\x1b]8;;\x07.", "link."),
        ("\x1b]0;title\x07a\x1b(Bb\x1bc", "ab"),
        ("\x1bP1;2q...\x1b\\a", "a"),
        ("\x1b]never closed\nb", "never closed\nb"),
        ("a\r\nb\r\nc\x0cd\x85e", "a\nb\nc\nd\u2026e"),
        ("it\x92s \x8050", "it\u2019s \u20ac50"),
        ("a\rb\rc", "a\nb\nc"),
        ("x\n 1%\r 5%|##   |\r9%|###|", "x\n9% "),
        ("\x1b[2K\rgot 1\x1b[2K\rgot 2\nso", "got 2\nso"),
        ("get 1/2\rget 2/2\n", "get 2/2\n"),
        ("A sentence. More\rof it\n", "A sentence. More\nof it\n"),
        ("N\bNA\bAM\bM _\bE", "NAM E"),
        ("\ba\x07\x00b\tc\x7f", "ab\tc"),
        ("\x1b", ""),
        ("\x1b[31", ""),
    ],
)
@pytest.mark.parametrize("mode", ["auto", "markdown"])
def test_control_characters_go(source: str, expected: str, mode: str) -> None:
    """Escape sequences go; other line ends become newlines; overstruck words of manual pages are said once."""
    assert speakable(source, mode) == expected


@given(st.text())
def test_none_passes_everything(text: str) -> None:
    """Mode none touches nothing."""
    markup = MarkupFilter("none")
    assert speakable(text, "none") == markup.feed(text) + markup.finish() == text


def test_thinking_may_be_spoken() -> None:
    """The tags go and the thoughts stay."""
    assert speakable("<think>\nHm.\n</think>\nSo.", "auto", thinking=True) == "\nHm.\n\nSo."
    assert speakable("Well.<think>Hm.</think>", "markdown", thinking=True).split() == ["Well.", "Hm."]


def test_misuse() -> None:
    """An unknown mode is a usage fault with a hint; text after the end is a bug."""
    for make in (MarkupFilter, lambda mode: speakable("x", mode)):
        with pytest.raises(UsageFault) as fault:
            make("html")
        assert "markdown" in (fault.value.hint or "")
    for mode in MODES:
        markup = MarkupFilter(mode)
        markup.finish()
        assert markup.finish() == ""
        with pytest.raises(RuntimeError):
            markup.feed("x")


ATOMS = st.sampled_from(
    (
        "*¦**¦_¦__¦~~¦~¦`¦``¦```¦[¦]¦(¦)¦![¦](¦<¦</¦<b>¦</b>¦<br>¦<!--¦-->¦<script>¦</script>¦&¦&amp;¦;¦#¦|¦===¦=¦a¦foo"
        "¦Bar¦é¦你¦。¦.¦!¦\\¦http://¦https://x.org/a_b¦www.¦h¦ht¦[^1]¦[^1]: ¦:¦py¦1.¦2)¦>¦-¦+¦~~~¦---¦\"¦'¦ ¦x¦y|z"
        "¦|---|¦---|---¦$¦$x^2$¦\\(¦\\)¦$$¦<think>¦</think>¦<script>¦{};=¦:smile:¦【¦】¦†¦\ue200¦\ue201¦│¦─¦└¦• ¦-\n"
        "¦\u00ad¦\u00e2\u20ac\u2122¦Ã¦+--+¦1\n00:00:01,000 --> 00:00:02,000\n¦\x1b[2K¦9%¦[!NOTE]¦\x1b[31m"
        "¦\x1b]8;;u\x07¦\x1b¦\b¦\x07¦\r¦\r\n¦\n¦\n\n¦\t¦  ¦    ¦- ¦# ¦1. ¦> ¦| a |¦[ ] ¦title: x"
        "¦^¦^2^¦^[¦[31m¦{{¦}}¦{%¦%}¦{#¦#}¦{¦}¦++¦.. note::¦.. code:: py\n¦.. x::\n¦.. _a:¦#+TITLE: x¦#+begin_src py\n"
        "¦#+end_src\n¦: ¦///¦/// tip¦[source,py]\n----\n¦[NOTE]\n¦====\n¦== x¦-----BEGIN X-----\n¦-----END X-----\n"
        "¦|_|/\\\n¦. . .\n¦:ref:`¦`_¦image::x[¦:ID: x¦\\e[1m¦[TOC]¦~2~¦[###--]¦(_/\\)¦=== ==\n¦```math\n¦$`"
        "¦!!! ¦??? tip¦:::¦note¦==¦ {#id}\n"
        "¦<|im_end|>¦<|¦5%|█| [1]¦---\n¦[r]: http://x¦```py\n¦\n```\n"
    ).split("¦")
)
SOURCES = st.lists(ATOMS, max_size=30).map("".join)


def in_pieces(source: str, mode: str, sizes: list[int]) -> str:
    """Run a source through the filter in pieces of the given sizes, over and over."""
    markup = MarkupFilter(mode)
    spoken, at, turn = "", 0, 0
    while at < len(source):
        size = sizes[turn % len(sizes)]
        spoken += markup.feed(source[at : at + size])
        at, turn = at + size, turn + 1
    return spoken + markup.finish()


@settings(deadline=None, max_examples=400)
@given(st.one_of(SOURCES, st.text()), st.lists(st.integers(1, 7), min_size=1, max_size=6))
@example("".join(f"{source}\n\n" for source in BOTH), [1])
@example("".join(f"{source}\n\n" for source in BOTH), [3, 5])
def test_cuts_change_nothing(source: str, sizes: list[int]) -> None:
    """Whatever the cuts, the pieces put together are what the whole text gives."""
    for mode in ("auto", "markdown"):
        assert in_pieces(source, mode, sizes) == speakable(source, mode)


@settings(deadline=None, max_examples=200)
@given(SOURCES, st.integers(3, 20))
def test_cuts_change_nothing_at_the_limits(source: str, limit: int) -> None:
    """Giving up on a construct that is too long does not depend on the cuts either."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inline, "LIMIT", limit)
        patch.setattr(blocks, "_UNREAD_LIMIT", 2 * limit)
        patch.setattr(blocks, "LINE_LIMIT", 2 * limit)
        patch.setattr(blocks, "_SHORT", limit)
        patch.setattr(lines, "_METADATA_LIMIT", 2 * limit)
        patch.setattr(lines, "_MARKS_LIMIT", limit)
        patch.setattr(control, "_STRING_LIMIT", limit)
        for mode in ("auto", "markdown"):
            assert in_pieces(source, mode, [1]) == in_pieces(source, mode, [limit, 1]) == speakable(source, mode)


PROSE = st.lists(
    st.sampled_from(
        "word Word don't 3 4.5 x_y snake_case_name * + = < > #1 C# — … (so) “said” 'he' a@b_c.org <3 R&D"
        " https://x.org/a_b?c=1 50% $5 and/or 你好。 naïve é 🎉 no. 7, end! why? [sic] [1] AT&T ~5 e.g. f(x) a/b"
        " C:\\x i.e.,".split()
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=300)
@given(st.lists(PROSE, min_size=1, max_size=6), st.sampled_from([" ", "  ", "\n", "\n\n", "\n   "]))
def test_prose_stays_in_auto(sentences: list[list[str]], between: str) -> None:
    """Prose made of awkward words passes auto unchanged, whole and in pieces."""
    text = between.join(f"So {' '.join(words)}." for words in sentences)
    assert speakable(text, "auto") == text
    assert in_pieces(text, "auto", [4]) == text


MARKED = st.sampled_from(
    "{} *{}* **{}** _{}_ ~~{}~~ `{}` [{}](https://x.org) ![{}](p.png) <b>{}</b> {}&amp; \\*{} “{}” ({}), {}[^1]".split()
)
LINES = st.sampled_from(
    [
        "{}",
        "# {}",
        "- {}",
        "* {}",
        "3. {}",
        "> {}",
        "  {}",
        "{}.",
        "{}\n---",
        "{}\n===",
        "| {} | b |\n|---|---|",
        "- [ ] {}",
    ]
)
WORDS = st.text("abcdefgàéß你好0123456789", min_size=1, max_size=6).map("x{}".format)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(LINES, st.lists(st.tuples(MARKED, WORDS), min_size=1, max_size=5)), max_size=6))
def test_no_word_is_lost(lines: list[tuple[str, list[tuple[str, str]]]]) -> None:
    """Every word of marked-up prose is spoken, in order."""
    source = "\n".join(line.format(" ".join(mark.format(word) for mark, word in marked)) for line, marked in lines)
    words = [word for _, marked in lines for _, word in marked]
    for mode in ("auto", "markdown"):
        spoken = iter(re.findall(r"\w+", speakable(source, mode)))
        assert all(any(word in other for other in spoken) for word in words)


@pytest.mark.parametrize("mode", ["auto", "markdown"])
def test_sentences_pass_at_once(mode: str) -> None:
    """A finished sentence is out with its white space; in a line that has one, so is every word so far."""
    text = "The quick brown fox, 3 * 4 of them, jumps over snake_case. So what? And\nmore of it 你好 follows. "
    markup = MarkupFilter(mode)
    spoken = ""
    for at, character in enumerate(text):
        spoken += markup.feed(character)
        if character.isspace() and at < text.index("\n") and "." in spoken:
            assert spoken.split() == text[:at].split()
        if text[at - 1] in ".?" and character.isspace():
            assert spoken == text[: at + 1]


def test_blocks_pass_at_once() -> None:
    """A heading, a table row and the note for code leave with their line; bold text with its closing mark."""
    markup = MarkupFilter("auto")
    assert markup.feed("# Title\n") == "Title.\n\n"
    assert markup.feed("So. A **bold claim") == "So. A"
    assert markup.feed("** is") == " bold claim i"
    assert markup.feed("\n```py\n") == "s\n\nPython code block.\n\n"
    assert markup.feed("x\n```\n|A|\n|-|\n|b|\n") == "A: b.\n"
    assert markup.feed("|c|\n") == "A: c.\n"
    assert markup.finish() == ""


def test_a_line_that_is_overwritten_waits_for_its_end() -> None:
    """However long the writer pauses; another line that has no end is let go then."""
    markup = MarkupFilter("auto")
    assert markup.feed("x.\n 1%\r 5%") == "x.\n"
    assert markup.settle() == ""
    assert markup.feed("\r 9%\nSo it") == " 9%"
    assert markup.settle() == "\nSo it"


def test_an_open_mark_does_not_hold_for_ever() -> None:
    """A mark without a partner is plain text once a thousand characters have followed."""
    for mark in ("*", "**", "[", "`", "<a href=", "<!--"):
        markup = MarkupFilter("auto")
        held = markup.feed(f"So. {mark}x " + "word " * 150)
        assert len(held) < 10
        assert markup.feed("word " * 1700).lstrip().startswith(f"{mark}x word")


def test_long_and_hostile_texts_take_linear_time() -> None:
    """Nested and unclosed marks by the ten thousand are read; a quadratic reader would hang here."""
    for unit in ("*a ", "[", "[a](", "` `` ", "<a ", "_a_b ", "*a **b ", "&a", "|", "> ", "- ", "1. ", "\x1b]", "~~a "):
        for mode in ("auto", "markdown"):
            speakable(unit * 20000, mode)


def test_plain_text_loads_no_machine() -> None:
    """``say "Hello"`` pays for one search, not for the machine or a Markdown library."""
    code = (
        "import sys\nfrom lightning_cli.text.markup import speakable\n"
        "assert speakable('Hello, world: 3 - 4 is minus one!', 'auto')\n"
        "sys.stdout.write(' '.join(name for name in sys.modules if 'mark' in name))"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["lightning_cli.text.markup"]


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        pytest.param(["\x1b]0;title\x1b", "\\Hello."], "Hello.", id="an escape sequence cut within its end"),
        pytest.param(["---\nHello there.\nNot: metadata\n"], "Hello there.", id="a rule above a text"),
        pytest.param(["| a | b |\n|---|---|\n|   |   |\n| 1 |   |\n"], "a: 1.", id="a row of empty cells"),
        pytest.param(["_0http", "://example. "], "example", id="an address cut within its beginning"),
        pytest.param(["See http://a.b/c(d)).\n"], "See a dot b slash c(d)).", id="an address in brackets"),
    ],
)
def test_markup_cut_anywhere(pieces: list[str], said: str) -> None:
    """What is to be said comes through, and nothing of what is not."""
    markup = MarkupFilter("markdown")
    text = "".join(map(markup.feed, pieces)) + markup.finish()
    assert said in text
    assert not set("\x1b|") & set(text)
    assert "title" not in text


def test_an_address_cut_within_a_word() -> None:
    """What stands before it is remembered: it begins no address there, wherever the text is cut."""
    pieces = ["...", "_", "\\\x07", "0\x07", "http", "://example.com ", "and on."]
    markup = MarkupFilter("markdown")
    cut = "".join(map(markup.feed, pieces)) + markup.finish()
    assert cut == markup_of("".join(pieces))
    assert "http://example.com" in cut


def markup_of(text: str) -> str:
    """Return what is said of a text that comes whole."""
    markup = MarkupFilter("markdown")
    return markup.feed(text) + markup.finish()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sign", string.punctuation)
def test_rows_of_one_sign(sign: str, mode: str) -> None:
    """The search that passes a text unchanged knows every row of signs that the machine leaves out."""
    for size in range(1, 10):
        for row in (sign * size, " ".join(sign * size)):
            for text in (row, f"Hi.\n{row}\nBye.", f"Hi.\n\n{row}\n\nBye.", f"Hi {row} you."):
                machine = MarkupFilter(mode)
                assert speakable(text, mode) == machine.feed(text) + machine.finish(), text
