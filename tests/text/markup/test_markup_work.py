"""Whatever piles up in a live text, each character of it is looked at a bounded number of times."""

import pytest

from lightning_cli.text.markup import MarkupFilter, lines
from lightning_cli.text.markup import blocks as flow
from lightning_cli.text.markup.blocks import LINE_LIMIT, Source
from lightning_cli.text.markup.control import ControlFilter
from lightning_cli.text.markup.inline import Inline

LONG = 2000
LIMIT = 1000
MANY = 400_000
MODES = ("auto", "markdown")
# What may pile up at the start of a line, within it, or in a block: (what opens it, what comes again and again).
PILES = {
    **{sign: ("", sign) for sign in ("*", "-", "_", "`", "~", ">", " ", "\t", "=", "|", "* ", "- * ")},
    **{f"word {sign}": ("word ", sign) for sign in ("*", "_", "`", "~", "[", "[a](", "<a ", "**a ", "\\", " ")},
    "prose": ("", "word "),
    "heading": ("# ", "word "),
    "table": ("|a|\n", "|-"),
    "fence": ("```\n", "word "),
    "code": ("    ", "word "),
    "title": ("", "[word "),
    "front matter": ("---\n", "a: b\n"),
    "front matter of one line": ("---\na: ", "word "),
    "escape sequence": ("\x1b]", "word "),
}


class Looks:
    """Count the characters that the machine's parts take up, however often."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.count = 0
        line, rest = Source.line, vars(Source)["rest"].fget
        read, passed = Inline._read, ControlFilter._pass

        def counted_line(source: Source, after: int = 0) -> tuple[str, bool]:
            found = line(source, after)
            self.count += len(found[0])
            return found

        def counted_rest(source: Source) -> str:
            found: str = rest(source)
            # Its lines are read once each: what comes again is the last one.
            self.count += len(found.rpartition("\n")[2])
            return found

        def counted_read(inline: Inline, *, final: bool) -> str:
            self.count += len(inline._raw)
            return read(inline, final=final)

        def counted_pass(control: ControlFilter, text: str, *, final: bool) -> str:
            self.count += len(control._held) + len(text)
            return passed(control, text, final=final)

        patch.setattr(Source, "line", counted_line)
        patch.setattr(Source, "rest", property(counted_rest))
        patch.setattr(Inline, "_read", counted_read)
        patch.setattr(ControlFilter, "_pass", counted_pass)

    def of(self, mode: str, text: str, size: int) -> int:
        """Count those for a text that comes in pieces."""
        self.count = 0
        markup = MarkupFilter(mode)
        for at in range(0, len(text), size):
            markup.feed(text[at : at + size])
        markup.finish()
        return self.count


@pytest.mark.parametrize("pile", PILES)
def test_more_of_the_same_takes_as_many_looks_again(pile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Live, in pieces small and large, and whole: the looks grow with the text and no faster."""
    opener, sign = PILES[pile]
    text = opener + sign * (3 * LONG // len(sign))
    monkeypatch.setattr(flow, "LINE_LIMIT", LIMIT)
    monkeypatch.setattr(lines, "_METADATA_LIMIT", LIMIT)
    looks = Looks(monkeypatch)
    for mode in MODES:
        for size in (7, 500, len(text)):
            first, second, third = (looks.of(mode, text[: part * LONG], size) for part in (1, 2, 3))
            more, yet_more = second - first, third - second
            assert yet_more <= 1.3 * more + 2 * LIMIT, f"{mode}, pieces of {size}: {more} more, then {yet_more}"
            assert third <= 200 * len(text), f"{mode}, pieces of {size}"


def test_signs_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest pieces take no more than a few looks at each character that waits at the start of a line."""
    looks = Looks(monkeypatch)
    for sign in ("*", "-", ">", "= ", "|"):
        text = sign * (LINE_LIMIT // len(sign))
        assert looks.of("auto", f"a\n{text}", 1) <= 60 * len(text), sign


@pytest.mark.parametrize("opener", ["# ", "|a|\n", "```\n", "    ", "---\na: ", "", "word"])
def test_a_line_without_an_end_is_not_kept(opener: str) -> None:
    """Of a line that goes on and on no more is held than what may still decide what it is."""
    for mode in MODES:
        for sign in ("x ", " ", "-", "*"):
            markup = MarkupFilter(mode)
            markup.feed(opener)
            for _ in range(100):
                markup.feed(sign * 1000)
            assert markup._blocks is not None
            blocks = markup._blocks
            source, out, inline = blocks._source, blocks._out, blocks._inline
            kept = len(source.rest) + source._new_length + sum(map(len, out._held)) + len(blocks._line)
            assert kept + len(inline._raw) + sum(map(len, inline._queue)) <= 4 * LINE_LIMIT, f"{mode}, {sign!r}"


LINES = [
    *(("# a", " ", "b"), ("# a", " #", "b"), ("#", " ", "#b"), ("* ", "* ", "a"), ("=", " ", "a"), ("-", "|-", "::")),
    *(("[a]: / ", '" ', "b"), ("```", " ", "`"), ("[", " ", "]:"), ("|", " ", "::"), ("-", " ", ":"), (" ", " ", "::")),
]


@pytest.mark.parametrize(("head", "sign", "tail"), LINES)
def test_a_pattern_goes_over_a_line_once(head: str, sign: str, tail: str) -> None:
    """No recogniser of lines starts anew at each place of a long one: that would hang here."""
    line = head + sign * (MANY // len(sign)) + tail
    lines.start_of(line, lines.Around(complete=True, strict=False, in_paragraph=False, marks=0, below_columns=True))
    assert not lines.are_columns(line, complete=True)
