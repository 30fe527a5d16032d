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
row by row with the names of its columns; quote marks, rules, tags, comments, front matter and footnote marks go;
entities and escapes become their character. URLs are read out in ``markdown`` and stay in ``auto``, see ``urls``.
"""

import re
from typing import TYPE_CHECKING, Literal

from lightning_cli.errors import UsageFault

if TYPE_CHECKING:
    from lightning_cli.text.markup.blocks import Blocks
    from lightning_cli.text.markup.control import ControlFilter

MODES = ("auto", "markdown", "none")
# Whatever the machine could act on. Text without any of it is its own spoken form, and costs one search; compiled when
# first needed, which takes longer than all the rest of this for a short sentence, and most of those are of nothing
# but these characters (a colon begins what follows it in an address, a full stop what follows it in its name).
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,.;!?'\"")
_ANYTHING = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f`*_\[|\\]|~~|<[A-Za-z/!]|&[A-Za-z#]|://|[wW]{3}\."
    r"|^[ \t]*(?:[-+#>=]|\d{1,9}[.)])|^ *(?: {4}|\t)"
)


class MarkupFilter:
    """Turn a growing text into speakable text: ``feed`` pieces cut anywhere, then ``finish``.

    ``mode`` is one of ``MODES``, anything else raises ``UsageFault``. ``code`` says what stands for a code block:
    ``note`` ("Python code block.") or ``skip`` (nothing). ``urls`` says what becomes of bare URLs: ``read`` ("example
    dot com slash docs") or ``keep``; None reads them in ``markdown`` and keeps them in ``auto``. Prose passes as it
    comes; what is held is an open construct (at most about 1000 characters within a paragraph) and white space whose
    sentence may still need a full stop. One thread at a time.
    """

    def __init__(
        self, mode: str, *, code: Literal["note", "skip"] = "note", urls: Literal["read", "keep"] | None = None
    ) -> None:
        _check(mode)
        self._mode = mode
        self._notes_code = code == "note"
        self._reads_urls = (urls or ("read" if mode == "markdown" else "keep")) == "read"
        self._control: ControlFilter | None = None
        self._blocks: Blocks | None = None
        self._finished = False

    def feed(self, text: str) -> str:
        """Take more text and return what is certain of its spoken form; after ``finish`` this is a bug."""
        if self._finished:
            raise RuntimeError("feed after finish")
        if self._mode == "none":
            return text
        control, blocks = self._machine()
        return blocks.feed(control.feed(text))

    def finish(self) -> str:
        """Return what was held: the text has ended. A second call returns nothing."""
        if self._finished or self._mode == "none":
            self._finished = True
            return ""
        self._finished = True
        control, blocks = self._machine()
        return blocks.feed(control.finish()) + blocks.finish()

    def settle(self) -> str:
        """Return what was held though it may be the beginning of markup: the writer has paused for long.

        What comes next is read as if it began a text. In the middle of code or a table nothing is returned.
        """
        control, blocks = self._control, self._blocks
        if control is None or blocks is None or not blocks.in_text:
            return ""
        self._control = self._blocks = None
        return blocks.feed(control.finish()) + blocks.finish()

    def _machine(self) -> "tuple[ControlFilter, Blocks]":
        if self._control is None or self._blocks is None:
            # The machine's patterns take milliseconds to compile, which mode "none" should not pay.
            from lightning_cli.text.markup.blocks import Blocks
            from lightning_cli.text.markup.control import ControlFilter

            self._control = ControlFilter()
            self._blocks = Blocks(strict=self._mode == "auto", notes_code=self._notes_code, read_urls=self._reads_urls)
        return self._control, self._blocks


def speakable(
    text: str, mode: str, *, code: Literal["note", "skip"] = "note", urls: Literal["read", "keep"] | None = None
) -> str:
    """Turn a whole text into speakable text; the parameters are those of ``MarkupFilter``."""
    _check(mode)
    if mode == "none" or _is_plain(text) or not re.search(_ANYTHING, text, re.MULTILINE):
        return text
    markup = MarkupFilter(mode, code=code, urls=urls)
    return markup.feed(text) + markup.finish()


def _is_plain(text: str) -> bool:
    """Return whether there is nothing to do, as far as a glance tells; held to ``_ANYTHING`` by a test."""
    return _PLAIN.issuperset(text) and "    " not in text and "www." not in text.lower()


def _check(mode: str) -> None:
    if mode not in MODES:
        raise UsageFault(f"there is no markup mode {mode!r}", hint=f"use one of: {', '.join(MODES)}")
