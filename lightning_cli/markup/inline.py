"""The running text of one paragraph: marks inside it go, words pass as they come.

Emphasis follows CommonMark's delimiter runs: closers are met left to right and look back for their opener, so text
is certain as soon as no opener before it waits.
"""

import re

from lightning_cli.markup import tokens
from lightning_cli.markup.words import url_words

_SPECIAL = re.compile(r"[\\`*_~<&!\[]|(?<![A-Za-z0-9])(?:https?://|www\.)(?=[A-Za-z0-9])", re.IGNORECASE)
# The start of a URL at the end of what has arrived.
_URL_HEAD = re.compile(r"(?<![A-Za-z0-9])(?:h(?:t(?:t(?:p(?:s?(?::/{0,2})?)?)?)?)?|ww?w?\.?)\Z", re.IGNORECASE)
_RUN = re.compile(r"\*+|_+|~+")
# __init__ and its kind are names in plain text.
_DUNDER = re.compile(r"__[a-z0-9_]{1,60}(?<=[a-z0-9]__)(?!\w)")
_DUNDER_PART = re.compile(r"__[a-z0-9_]{0,60}\Z")
_BEFORE_OPENER = "([{\"'-*_~|>:,;!"
_NOT_AFTER_OPENER = ")]},:;!?"
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


class _Run:
    """Hold a delimiter run that may still open emphasis; ``slot`` is its place in the queue."""

    # No dataclass: making one takes longer than reading a paragraph.
    __slots__ = ("closes", "count", "length", "mark", "opens", "position", "slot")

    def __init__(self, marks: str, slot: int, position: int, flanks: tuple[bool, bool]) -> None:
        self.mark, self.count, self.length = marks[0], len(marks), len(marks)
        self.slot, self.position = slot, position
        self.opens, self.closes = flanks


class Inline:
    """Read running text: ``feed`` pieces cut anywhere, ``finish`` at the end of the paragraph.

    ``strict`` keeps marks that plain text has. After ``finish`` the next paragraph may be fed.
    """

    def __init__(self, *, strict: bool, read_urls: bool) -> None:
        self._strict = strict
        self._read_urls = read_urls
        self._raw = ""
        self._before = "\n"  # the character before _raw
        self._position = 0  # of _raw in its paragraph
        self._queue: list[str] = []
        self._runs: list[_Run] = []

    def feed(self, text: str) -> str:
        """Return what is certain."""
        self._raw += text
        return self._read(final=False)

    def finish(self) -> str:
        """Return the rest; marks that found no partner stay."""
        text = self._read(final=True)
        self._runs.clear()
        text += self._certain()
        self._before, self._position = "\n", 0
        return text

    def _read(self, *, final: bool) -> str:
        raw, at = self._raw, 0
        while at < len(raw):
            start = self._next_special(raw, at)
            if start is None:
                head = None if final else _URL_HEAD.search(raw, at)
                end = head.start() if head else len(raw)
                self._push(raw[at:end], end)
                at = end
                break
            self._push(raw[at:start], start)
            at = start
            token = self._token(raw, at, final=final)
            if token is None:
                break
            text, at = token
            self._push(text, at)
        if at:
            self._before = raw[at - 1]
            self._position += at
            self._raw = raw[at:]
        return self._certain()

    def _next_special(self, raw: str, at: int) -> int | None:
        found = _SPECIAL.search(raw, at)
        if found and found.start() == 0 and len(found[0]) > 1 and tokens.is_word(self._before):
            # "www." within a word, whose start has been passed on.
            found = _SPECIAL.search(raw, 1)
        return found.start() if found else None

    def _token(self, raw: str, at: int, *, final: bool) -> tokens.Token | None:
        mark, strict = raw[at], self._strict
        before = raw[at - 1] if at else self._before
        if mark in "*_~":
            return self._delimiters(raw, at, before, final=final)
        if mark == "\\":
            return tokens.escape(raw, at, before, final=final, strict=strict)
        if mark == "`":
            return tokens.code_span(raw, at, before, final=final, strict=strict)
        if mark == "<":
            return tokens.angle(raw, at, final=final, strict=strict, url_words=self._link_words)
        if mark == "&":
            return tokens.entity(raw, at, final=final)
        if mark in "![":
            return tokens.link(raw, at, before, final=final, strict=strict, inner=self._nested)
        token = tokens.url(raw, at, final=final)
        return (url_words(token[0]), token[1]) if token and self._read_urls else token

    def _nested(self, text: str) -> str:
        return whole(text, strict=self._strict, read_urls=self._read_urls)

    def _link_words(self, target: str) -> str:
        return url_words(target) if "://" in target and self._read_urls else target

    def _push(self, text: str, at: int) -> None:
        """Queue what is spoken up to ``at``; an opener left too far behind is plain text."""
        if text:
            self._queue.append(text)
        self._forget(at)

    def _forget(self, at: int) -> None:
        while self._runs and self._position + at - self._runs[0].position > tokens.LIMIT:
            del self._runs[0]

    def _certain(self) -> str:
        end = self._runs[0].slot if self._runs else len(self._queue)
        if not end:
            return ""
        text = "".join(self._queue[:end])
        del self._queue[:end]
        for run in self._runs:
            run.slot -= end
        return text

    def _delimiters(self, raw: str, at: int, before: str, *, final: bool) -> tokens.Token | None:
        found = _RUN.match(raw, at, at + tokens.LIMIT)
        end = found.end() if found else at + 1
        if end - at == tokens.LIMIT:
            return raw[at:end], end
        if end == len(raw) and not final:
            return None
        marks = raw[at:end]
        if self._strict and marks == "__" and not tokens.is_word(before):
            if not final and _DUNDER_PART.match(raw, at):
                return None
            if name := _DUNDER.match(raw, at):
                return name[0], name.end()
        if marks[0] == "~" and len(marks) != 2:  # noqa: PLR2004  strikethrough is two tildes
            return marks, end
        self._forget(at)
        self._queue.append(marks)
        flanks = self._flanks(marks, before, raw[end : end + 1] or "\n")
        run = _Run(marks, len(self._queue) - 1, self._position + at, flanks)
        if run.closes:
            self._close(run)
        if run.opens and run.count:
            self._runs.append(run)
        return "", end

    def _flanks(self, marks: str, before: str, after: str) -> tuple[bool, bool]:
        """Say whether a run can open and close emphasis (CommonMark 6.2); scripts without spaces are no obstacle."""
        punctuated_before, punctuated_after = bool(_PUNCTUATION.match(before)), bool(_PUNCTUATION.match(after))
        left = not after.isspace() and (
            not punctuated_after or before.isspace() or punctuated_before or not before.isascii()
        )
        right = not before.isspace() and (
            not punctuated_before or after.isspace() or punctuated_after or not after.isascii()
        )
        opens, closes = left, right
        if marks[0] == "_":
            opens = left and (not right or punctuated_before or not before.isascii())
            closes = right and (not left or punctuated_after or not after.isascii())
        if self._strict:
            opens = opens and after not in _NOT_AFTER_OPENER
            opens = opens and (before.isspace() or before in _BEFORE_OPENER or not before.isascii())
            closes = closes and (len(marks) > 1 or not tokens.is_word(after))
        return opens, closes

    def _close(self, closer: _Run) -> None:
        """Pair a closing run with the openers before it; runs between a pair stay as text."""
        index = len(self._runs) - 1
        while index >= 0 and closer.count:
            opener = self._runs[index]
            if opener.mark != closer.mark or _odd_pair(opener, closer):
                index -= 1
                continue
            used = 2 if opener.count > 1 and closer.count > 1 else 1
            opener.count -= used
            closer.count -= used
            del self._runs[index + 1 :]
            for run in (opener, closer):
                self._queue[run.slot] = run.mark * run.count
            if not opener.count:
                del self._runs[index]
                index -= 1


def _odd_pair(opener: _Run, closer: _Run) -> bool:
    """Apply CommonMark's rule of three, which keeps ``*a**b*`` apart."""
    both = (opener.opens and opener.closes) or (closer.opens and closer.closes)
    total = opener.length + closer.length
    return both and total % 3 == 0 and not (opener.length % 3 == 0 and closer.length % 3 == 0)


def whole(text: str, *, strict: bool, read_urls: bool) -> str:
    """Read a whole piece of running text."""
    inline = Inline(strict=strict, read_urls=read_urls)
    return inline.feed(text) + inline.finish()
