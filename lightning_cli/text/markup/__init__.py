"""Text with markup to speakable text: escape sequences go, Markdown is turned into what a reader would say.

A line and token machine of our own, for both entry points. A Markdown library wants the whole text, while a language
model's answer comes in pieces and its first sentence must be spoken before the second is written; and two parsers
would disagree sooner or later. The machine decides only what no further character could change, so the pieces put
together are what ``speakable`` gives for the whole, wherever the text is cut. markdown-it-py takes 24 ms to load where
this takes 3, and has no notion of plain text that stays as it is. Text with nothing to do costs one search.

Modes: ``none`` passes every character. ``markdown`` reads CommonMark with GitHub's tables, strikethrough and
footnotes. ``auto`` is for text that may be either: a construct counts only in the shape that people and models write
it, so that ``3 * 4``, ``snake_case``, ``#1``, ``a < b > c`` or an indented verse pass character for character.

What becomes of each: emphasis marks vanish; a heading is a sentence and a paragraph of its own; list items are
sentences, numbers stay; a code block is a short note; inline code, links and images speak their text; a table is read
row by row with the names of its columns, drawn ones too; quote marks, rules, tags, comments, scripts, front matter,
citations, footnote marks and what a model thinks go; formulas become words; entities and escapes their character. URLs
are read out in ``markdown`` and stay in ``auto``.

A text goes through five filters, each fed what the one before lets go: ``control`` (what a terminal makes of it),
``mojibake`` (repair of texts decoded twice), ``hyphens`` (words parted at line ends), ``decoration`` (boxes, bullets,
rules, the times of subtitles), ``blocks``, which reads its lines by ``lines`` and running text by ``inline`` with
``inline_dialects``, formulas by ``latex`` with ``latex_science``, in the words of ``formula_words``. ``spoken_marks``
has what is said in place of marks.
"""

import re
from typing import TYPE_CHECKING, Protocol

from lightning_cli.errors import UsageFault

if TYPE_CHECKING:
    from lightning_cli.text.markup.blocks import Blocks
    from lightning_cli.text.markup.control import ControlFilter


class Stage(Protocol):
    """One of the filters that a text goes through: ``feed`` pieces cut anywhere, then ``finish``."""

    def feed(self, text: str) -> str:
        """Take more text and return what is certain."""

    def finish(self) -> str:
        """Return what was held."""


MODES = ("auto", "markdown", "none")
# Whatever the machine could act on. Text without any of it is its own spoken form, and costs one search; compiled when
# first needed, which takes longer than all the rest of this for a short sentence, and most of those are of nothing
# but these characters (a colon begins what follows it in an address, a full stop what follows it in its name).
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,.;!?'\"")
_ANYTHING = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f`*_\[|\\$\u00ad\u2022-\u2043\u204c\u204d\u2500-\u25ff\u2756\u2800-\u28ff"
    r"\u29bf\u2060\u3010\ue000-\uf8ff\ufb00-\ufb06\ufdd0-\ufdef\ufeff\ufffe\uffff\U000f0000-\U000fffff]"
    r"|~\S|==\S|<[A-Za-z/!?]|&[A-Za-z#]|://|[wW]{3}\.|:[a-z0-9_+-]|[^\W\d_]-\n|[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]"
    r"|\^\S|\+\+\S|\{[{%#:.\w]|^[ \t]*(?:[-+#>=~<:./]|\d|'{5}|\"{5}|!!!|\?\?\?|image::)|^ *(?: {4}|\t)"
)


class MarkupFilter:
    """Turn a growing text into speakable text: ``feed`` pieces cut anywhere, then ``finish``.

    ``mode`` is one of ``MODES``, anything else raises ``UsageFault``. ``thinking`` speaks what a model thinks, between
    ``<think>`` and ``</think>``. URLs are read out ("example dot com slash docs") in ``markdown`` and stay in ``auto``.
    A sentence passes as it comes; what is held is the beginning of a line up to its first sentence end, since a
    terminal may overwrite it, an open construct (at most about 1000 characters within a paragraph), and white space
    whose sentence may still need a full stop. ``headings`` puts ``HEADING_END`` behind each, and
    formulas and blocks of code are told in ``language``, in English without one. One thread at a time.
    """

    def __init__(
        self, mode: str, *, thinking: bool = False, headings: bool = False, language: str | None = None
    ) -> None:
        _check(mode)
        self._mode = mode
        self._thinking = thinking
        self._headings = headings
        self._language = language
        self._stages: list[Stage] = []
        self._control: ControlFilter | None = None
        self._blocks: Blocks | None = None
        self._finished = False

    def feed(self, text: str) -> str:
        """Take more text and return what is certain of its spoken form; after ``finish`` this is a bug."""
        if self._finished:
            raise RuntimeError("feed after finish")
        if self._mode == "none":
            return text
        for stage in self._machine():
            text = stage.feed(text)
        return text

    def finish(self) -> str:
        """Return what was held: the text has ended. A second call returns nothing."""
        if self._finished or self._mode == "none":
            self._finished = True
            return ""
        self._finished = True
        return self._end(self._machine())

    def settle(self) -> str:
        """Return what was held though it may be the beginning of markup: the writer has paused for long.

        What comes next is read as if it began a text. In the middle of code, a table or thoughts nothing is returned,
        and of a line that a terminal overwrites neither.
        """
        control, blocks = self._control, self._blocks
        if control is None or blocks is None or not blocks.in_text:
            return ""
        text = control.settle()
        for stage in self._stages[1:]:
            text = stage.feed(text) + stage.finish()
        self._stages = []
        self._machine()[0] = self._control = control
        return text

    @staticmethod
    def _end(stages: "list[Stage]") -> str:
        text = ""
        for stage in stages:
            text = stage.feed(text) + stage.finish()
        return text

    def _machine(self) -> "list[Stage]":
        if not self._stages:
            # The machine's patterns take milliseconds to compile, which mode "none" should not pay.
            from lightning_cli.text.markup.blocks import Blocks
            from lightning_cli.text.markup.control import ControlFilter
            from lightning_cli.text.markup.decoration import DecorationFilter
            from lightning_cli.text.markup.hyphens import WordJoiner
            from lightning_cli.text.markup.mojibake import MojibakeFilter

            strict = self._mode == "auto"
            self._control = ControlFilter()
            self._blocks = Blocks(
                strict=strict,
                read_urls=not strict,
                thinking=self._thinking,
                headings=self._headings,
                language=self._language,
            )
            self._stages = [self._control, MojibakeFilter(), WordJoiner(), DecorationFilter(), self._blocks]
        return self._stages


def speakable(
    text: str, mode: str, *, thinking: bool = False, headings: bool = False, language: str | None = None
) -> str:
    """Turn a whole text into speakable text; the parameters are those of ``MarkupFilter``."""
    _check(mode)
    if mode == "none" or _is_plain(text) or not re.search(_ANYTHING, text, re.MULTILINE):
        return text
    markup = MarkupFilter(mode, thinking=thinking, headings=headings, language=language)
    return markup.feed(text) + markup.finish()


def _is_plain(text: str) -> bool:
    """Return whether there is nothing to do, as far as a glance tells; held to ``_ANYTHING`` by a test."""
    boxed = "!!!" in text or "???" in text or ".. " in text or text.lstrip().startswith((".", "'''''", '"' * 5))
    return _PLAIN.issuperset(text) and "    " not in text and "www." not in text.lower() and not boxed


def _check(mode: str) -> None:
    if mode not in MODES:
        raise UsageFault(f"unknown markup mode {mode!r}", hint=f"use one of: {', '.join(MODES)}")
