"""Whole documents of SSML, as they grow: tags become marks or nothing, everything else is the text as XML has it."""

import html
import re
from collections.abc import Callable

from lightning_cli.text.marks import Mark, MarkScanner, element_mark, tag_mark

# A document says so itself; what may stand before its first tag.
_HEAD = r"\ufeff?\s{0,1000}(?:<\?xml[^<>]{0,200}\?>\s{0,1000})?(?:<!--(?:(?!-->).){0,2000}-->\s{0,1000})?"
DOCUMENT = re.compile(_HEAD + r"<speak[\s>]", re.DOTALL)
DOCUMENT_PART = re.compile(
    _HEAD + r"(?:<(?:\?(?:xm?|xml[^<>]{0,200})?|!(?:-|--(?:(?!-->).){0,2000})?|s(?:p(?:e(?:a(?:k)?)?)?)?)?)?\Z",
    re.DOTALL,
)
_OPENER = re.compile("[<&\U00100000-\U0010fffd]")
_ELEMENT = re.compile(r"<(sub|say-as)(\s[^<>]{1,300})>([^<>]{0,400})</\1\s*>")
_ELEMENT_PART = re.compile(r"<(?:sub|say-as)\s[^<>]{1,300}>[^<>]{0,400}(?:</?[a-z-]{0,6}\s*)?\Z")
_TAG = re.compile(r"<(/?)([A-Za-z_][\w:.-]*)(\s[^<>]*?)?(/?)>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ENTITY_PART = re.compile(r"&[#A-Za-z0-9]{0,33}\Z")
_SPANS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">"))
_LIMIT = 4000
_PARAGRAPHS = frozenset({"p", "paragraph"})
_SENTENCES = frozenset({"s", "sentence"})
_MARKS = frozenset({"break", "voice", "prosody", "lang", "speak"})
# Takes what is passed on, and what is shown of it.
Put = Callable[[str, str], None]
_WITHIN_WORDS = frozenset({"emphasis", "phoneme", "w", "token", "sub", "say-as"})


class SsmlScanner(MarkScanner):
    """Find the marks of a growing document: ``feed`` pieces cut anywhere, then ``finish``.

    ``unknown`` names the tags that went without an effect.
    """

    def begin(self, name: str) -> None:
        """Begin a text of another name."""
        super().begin(name)
        self._open: list[str] = []
        self.unknown: dict[str, None] = {}

    def _scan(self, text: str, *, final: bool) -> tuple[str, str]:
        text = self._held + text
        self._held = ""
        passed: list[str] = []
        shown: list[str] = []

        def put(spoken: str, written: str) -> None:
            passed.append(spoken)
            shown.append(written)

        at = 0
        while at < len(text):
            found = _OPENER.search(text, at)
            start = found.start() if found else len(text)
            put(text[at:start], text[at:start])
            self._move(text[at:start])
            at = start
            if found is None:
                break
            end = self._read(text, at, put, final=final)
            if end is None:
                self._held = text[at:]
                break
            self._move(text[at:end])
            at = end
        return "".join(passed), "".join(shown)

    def _read(self, text: str, at: int, put: Put, *, final: bool) -> int | None:
        """Read what begins at ``at``; return where it ends, None if more is needed to say."""
        last = final or len(text) - at > _LIMIT
        if text[at] == "&":
            return self._entity(text, at, put, final=last)
        if text[at] != "<":
            put("", text[at])  # a private sign
            return at + 1
        for opener, closer in _SPANS:
            if text.startswith(opener, at):
                return self._span(text, at, opener, closer, put, final=last)
            if not last and opener.startswith(text[at : at + len(opener)]):
                return None
        return self._element(text, at, put, final=last)

    @staticmethod
    def _span(text: str, at: int, opener: str, closer: str, put: Put, *, final: bool) -> int | None:
        end = text.find(closer, at + len(opener))
        if end < 0:
            return len(text) if final else None
        if opener == "<![CDATA[":
            put(*[text[at + len(opener) : end]] * 2)
        return end + len(closer)

    def _element(self, text: str, at: int, put: Put, *, final: bool) -> int | None:
        if element := _ELEMENT.match(text, at):
            self._put_mark(element_mark(element), element[0], put)
            return element.end()
        if not final and _ELEMENT_PART.match(text, at):
            return None
        tag = _TAG.match(text, at)
        if tag is None:
            if ">" not in text[at:] and not final:
                return None
            self._put_mark(Mark("none", problem="'<' begins no tag; write &lt;"), "<", put)
            return at + 1
        self._tag(tag, put)
        return tag.end()

    def _entity(self, text: str, at: int, put: Put, *, final: bool) -> int | None:
        found = _ENTITY.match(text, at)
        if found is None:
            if not final and _ENTITY_PART.match(text, at):
                return None
            put("&", "&")
            return at + 1
        sign = html.unescape(found[0])
        put(sign, sign)
        return found.end()

    def _tag(self, tag: re.Match[str], put: Put) -> None:
        closing, name, empty = bool(tag[1]), tag[2], bool(tag[4])
        if closing:
            if not self._open or self._open[-1] != name:
                self._put_mark(Mark("none", problem=f"</{name}> closes nothing that is open here"), tag[0], put)
                return
            self._open.pop()
        elif not empty:
            self._open.append(name)
        if name in _PARAGRAPHS:
            put("\n\n", "\n\n")
        elif name in _SENTENCES:
            self._put_mark(Mark("stop", written=" "), tag[0], put)
        elif name in _MARKS:
            self._put_mark(tag_mark(name, tag[3] or "", closing=closing, empty=empty), tag[0], put)
        else:
            if name not in {"sub", "say-as"}:
                self.unknown[name] = None
            put(*["" if name in _WITHIN_WORDS else " "] * 2)

    def _put_mark(self, mark: Mark, source: str, put: Put) -> None:
        put(self._placed(mark._replace(source=source, place=self.place)), mark.written)
