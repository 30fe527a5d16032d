"""The running text of one paragraph: marks inside it go, words pass as they come.

Emphasis follows CommonMark's delimiter runs: closers are met left to right and look back for their opener, so text
is certain as soon as no opener before it waits.

Single inline constructs of Markdown: code, tags, entities, escapes, links, URLs.

Every function looks at ``raw`` from ``at`` and gives what is spoken and where the source goes on; None asks for more
text. An answer other than None never changes when more text follows, and with ``final`` there is always one.
``strict`` narrows a construct to the shape that plain text does not have. ``before`` is the character before ``at``.
"""

import re
from collections.abc import Callable
from typing import Literal

from lightning_cli.text.markup.inline_dialects import (
    CITATIONS,
    Token,
    citation,
    compiled,
    drawn,
    lost_escape,
    rest_link,
    role,
    script,
    spanned,
    template,
)
from lightning_cli.text.markup.latex import latex_words
from lightning_cli.text.markup.spoken_marks import url_words

# A construct longer than this within its paragraph is taken for plain text: no listener waits for ever.
LIMIT = 1000
_URL_LIMIT = 2000
_TICKS = re.compile(r"`+")
_TAG = r"</?([A-Za-z][A-Za-z0-9:-]*)(\s[^<>]*|/)?>"
_TAG_NAME = r"</?([A-Za-z][A-Za-z0-9:-]*)"
_BARE = "open|hidden|checked|disabled|selected|controls|autoplay|loop|muted|async|defer|reversed|required|readonly"
_ATTRIBUTES = (
    rf"(?:\s+(?:[A-Za-z_:@][\w:.@-]*\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+)|(?:{_BARE})(?=[\s/>]|\Z)))*\s*/?"
)
# HTML has attributes without a value too; plain text has words behind a sign for less.
_LOOSE_ATTRIBUTES = r"(?:\s+[A-Za-z_:@][\w:.@-]*(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))?)*\s*/?"
_TURN_MARK = r"<\|[a-z][a-z0-9_]{1,40}\|>"
_TURN_MARK_PART = r"<\|(?:[a-z][a-z0-9_]{0,40}\|?)?"
_AUTOLINK = r"<((?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[^\s<>@]+@[^\s<>@]+))>"
_AUTOLINK_PART = r"<[A-Za-z][^\s<>]*"
# An address and what is shown for it, as chats keep it.
_SHOWN_LINK = r"<(?:https?://|mailto:)[^\s<>|]*\|([^<>|]+)>"
_SHOWN_LINK_PART = r"<(?:https?://|mailto:)[^\s<>|]*\|[^<>|]*"
_ALT = r"(?i)\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
_ENTITY = r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_ENTITY_PART = r"&(?:#?|#\d{1,7}|#[xX][0-9A-Fa-f]{0,6}|[A-Za-z][A-Za-z0-9]{0,31})"
_WIDE_SPACES = "[\xa0\u2000-\u200a\u202f\u205f\u3000]"
_BRACKETS = r"(?s)\[((?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*\])*)\]"
# "[[Page]]" and "[[page|what is shown]]", as wikis and notebooks link.
_PAGE = r"\[([^\W\d][^\[\]|]*)(?:\|([^\[\]|]+))?\]"
# Where the table of contents goes, and a link as org-mode has it.
_CONTENTS = r"(?i)\[?_?toc_?\]?"
_ORG_LINK = r"\[[^\[\]]*\]\[([^\[\]]+)\]"
_FOOTNOTE = r"\^[\w-]+"
# An address may have parentheses, three deep; and what may still become one.
_SIGN = r"[^\s()\\]|\\."
_ONE_DEEP = rf"\((?:{_SIGN})*\)"
_TWO_DEEP = rf"\((?:{_SIGN}|{_ONE_DEEP})*\)"
_PARENS = rf"\((?:{_SIGN}|{_TWO_DEEP})*\)"
_OPEN_PARENS = rf"\((?:{_SIGN}|{_TWO_DEEP})*(?:\\|\((?:{_SIGN}|{_ONE_DEEP})*(?:\\|\((?:{_SIGN})*\\?)?)?"
_TARGET = (
    rf"\(\s*(<[^<>\n]*>|(?:[^\s()\\<]|\\.|{_PARENS})(?:{_SIGN}|{_PARENS})*)?"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)"
)
_TARGET_PART = (
    rf"\(\s*(?:<[^<>\n]*|<[^<>\n]*>|(?:{_SIGN}|{_PARENS})*(?:\\|{_OPEN_PARENS})?)"
    r"(?:\s+(?:\"[^\"]*\"?|'[^']*'?|\([^()]*\)?)?)?\s*"
)
_REFERENCE = r"\[([^\[\]]*)\]"
_REFERENCE_PART = r"\[[^\[\]]*"
_URL = rf"(?i)(?:https?://|www\.)[^\s<>`\"\u201c\u201d\u00ab\u00bb\u2026\u3000-\u303f\uff00-\uff65\U00100000-\U0010fffd]{{1,{_URL_LIMIT}}}"
_TARGET_LIKE = r"[/.#:]"
# A picture that stands in the text itself, of any length.
_DATA_TAG = r"(?i)<img\b[^<>]*=\s*[\"']?data:"
_DATA_TARGET = r"\(\s*<?data:"
# A citation: "[1](address)" behind a claim, and what the interfaces of models write.
_NUMBERED = r"\d{1,2}"
_CITED = r"(?:oai_citation|citation)\b.*"
_LETTER = r"[^\W\d_]"
_ESCAPED_ANYWHERE = "*_`[]#~|<>"
_ESCAPABLE = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_HTML = frozenset(
    "a abbr address article aside audio b bdi bdo big blockquote body br button caption center cite code col colgroup "
    "data dd del details dfn dialog div dl dt em embed fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 "
    "head header hr html i iframe img input ins kbd label legend li link main map mark math menu meta nav noscript "
    "object ol optgroup option output p picture pre progress q rp rt ruby s samp script section select slot small "
    "source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title "
    "tr track tt u ul var video wbr"
    # What models put around their answers.
    " answer response final result solution".split()
)
_BREAKING = frozenset(
    "address article aside blockquote body br center dd details dialog div dl dt fieldset figcaption figure footer "
    "form head header hr html legend li main menu nav ol option p pre section summary table tbody tfoot thead "
    "tr ul".split()
)
_PARAGRAPHS = frozenset("h1 h2 h3 h4 h5 h6 title".split())
_CELLS = frozenset({"td", "th"})
# Tags of speech that may stand within a word; all others that HTML has not part words.
_WITHIN_WORDS = frozenset("emphasis phoneme w token say-as sub lang prosody font".split())


_IDEOGRAPHS = 0x2E80


def _is_no_letter(character: str) -> bool:
    """Return whether a sign beyond ASCII is not a letter of a script that parts words by spaces."""
    return not character.isascii() and not (character.isalpha() and ord(character) < _IDEOGRAPHS)


def is_word(character: str) -> bool:
    """Return whether characters join what stands before it to a word of a script with spaces."""
    return character.isascii() and character.isalnum()


def escape(raw: str, at: int, before: str, *, final: bool, strict: bool) -> Token | None:
    r"""Take ``\*`` for ``*``; strictly, only before marks that do not follow a backslash otherwise."""
    if at + 1 == len(raw):
        return ("\\", at + 1) if final else None
    mark = raw[at + 1]
    if strict:
        escaped = (
            (mark in _ESCAPED_ANYWHERE and (mark != ">" or before != ":"))
            or (mark == "." and before.isdigit())
            or (mark in "+-" and before == "\n")
        )
    else:
        escaped = mark in _ESCAPABLE
    if escaped:
        return mark, at + 2
    return ("", at + 1) if mark == "\n" and not strict else ("\\", at + 1)


def code_span(raw: str, at: int, before: str, *, final: bool, strict: bool) -> Token | None:
    """Take the text between two runs of backticks of one length."""
    stop = min(len(raw), at + LIMIT)
    full = final or len(raw) >= at + LIMIT
    opening = _TICKS.match(raw, at, at + LIMIT)
    ticks = opening[0] if opening else ""
    start = at + len(ticks)
    if len(ticks) == LIMIT:
        return ticks, start
    if start == len(raw) and not final:
        return None
    if strict and is_word(before):
        return ticks, start
    for closing in _TICKS.finditer(raw, start, stop):
        if closing.end() == len(raw) and not full:
            return None
        if len(closing[0]) == len(ticks):
            content = raw[start : closing.start()]
            if raw[closing.end()] == "_" if closing.end() < len(raw) else False:
                return rest_link(raw, content, closing.end(), full=full)
            padded = content[0] == content[-1] == " " and not content.isspace()
            if strict and not padded and content != content.strip():
                break
            return content[1:-1] if padded else content, closing.end()
    else:
        if not full:
            return None
    return ticks, start


def angle(raw: str, at: int, *, final: bool, strict: bool, url_words: Callable[[str], str]) -> Token | None:
    """Drop a tag or comment, with a line break for one that breaks lines; give an autolink's text."""
    region = raw[at : at + LIMIT]
    full = final or len(region) == LIMIT
    literal = ("<", at + 1)
    if region == "<":
        return literal if full else None
    if region[1] == "|":
        return _turn_mark(region, at, full=full)
    if region[1] in "!?":
        return _comment(region, at, full=full, strict=strict)
    close, other = region.find(">"), region.find("<", 1)
    if not (region[1] == "/" or is_word(region[1])) or (other != -1 and (close == -1 or other < close)):
        return literal
    if close == -1:
        if full and len(region) == LIMIT and re.match(_DATA_TAG, region):
            return _tag_text("img", region, closing=False), -(at + LIMIT)
        return literal if full or (strict and _is_foreign(region)) else None
    text = _angle_text(region[: close + 1], strict=strict, url_words=url_words)
    return literal if text is None else (text, at + close + 1)


def _turn_mark(region: str, at: int, *, full: bool) -> Token | None:
    """Drop what parts the turns of a conversation with a model, such as ``<|im_end|>``."""
    found = re.match(_TURN_MARK, region)
    if found:
        return " ", at + found.end()
    return None if not full and re.fullmatch(_TURN_MARK_PART, region) else ("<", at + 1)


def _is_foreign(region: str) -> bool:
    """Return whether what has come of a tag can be neither one of HTML's nor a link."""
    name = re.match(_TAG_NAME, region)
    unknown = region != "</" if name is None else name.end() < len(region) and name[1].lower() not in _HTML
    return unknown and not re.fullmatch(rf"{_AUTOLINK_PART}|{_SHOWN_LINK_PART}", region)


def _angle_text(region: str, *, strict: bool, url_words: Callable[[str], str]) -> str | None:
    if tag := re.fullmatch(_TAG, region):
        name, attributes = tag[1].lower(), tag[2] or ""
        if (strict and name not in _HTML) or not re.fullmatch(_ATTRIBUTES if strict else _LOOSE_ATTRIBUTES, attributes):
            return None
        return _tag_text(name, attributes, closing=region[1] == "/")
    if shown := re.fullmatch(_SHOWN_LINK, region):
        return shown[1]
    target = re.fullmatch(_AUTOLINK, region)
    return url_words(target[1].removeprefix("mailto:")) if target else None


# What no reader sees: (how it begins, how it ends).
_DECLARATIONS = (
    ("<!--", "-->"),
    ("<!doctype", ">"),
    ("<![cdata[", "]]>"),
    ("<!element", ">"),
    ("<!entity", ">"),
    ("<!attlist", ">"),
    ("<?", "?>"),
)
_READ_NOWHERE = frozenset({"<!--", "<!doctype"})


def _comment(region: str, at: int, *, full: bool, strict: bool) -> Token | None:
    for opener, closer in _DECLARATIONS:
        head = region[: len(opener)].lower()
        if opener.startswith(head) and (opener in _READ_NOWHERE or not strict):
            end = region.find(closer, len(opener)) if head == opener else -1
            if end != -1:
                return "", at + end + len(closer)
            return ("<", at + 1) if full else None
    return "<", at + 1


def _tag_text(name: str, attributes: str, *, closing: bool) -> str:
    if name == "img":
        alt = re.search(_ALT, attributes)
        return (alt[1] or alt[2] or "") if alt else ""
    if name in _PARAGRAPHS or (closing and name == "p"):
        return "\n\n"
    if name in _CELLS or (name not in _HTML and name not in _WITHIN_WORDS):
        return " "
    return "\n" if name in _BREAKING else ""


def entity(raw: str, at: int, *, final: bool) -> Token | None:
    """Decode a character reference that HTML knows."""
    found = compiled(_ENTITY).match(raw, at)
    if found is None:
        return None if not final and compiled(_ENTITY_PART).fullmatch(raw, at) else ("&", at + 1)
    # Loads a table of 2231 names, which few texts need.
    import html
    from html.entities import html5

    if not found[0].startswith("&#") and found[0][1:] not in html5:
        return "&", at + 1
    text = re.sub(_WIDE_SPACES, " ", html.unescape(found[0]))
    return "".join(character for character in text if character.isprintable() or character in "\n\t"), found.end()


def link(raw: str, at: int, before: str, *, final: bool, strict: bool, inner: Callable[[str], str]) -> Token | None:
    """Return the text of a link or image, nothing for a footnote mark; ``inner`` reads marks within the text."""
    start = at + (raw[at] == "!")
    literal = (raw[at], at + 1)
    if start == len(raw):
        return literal if final else None
    stop = min(len(raw), at + LIMIT)
    full = final or len(raw) >= at + LIMIT
    text = compiled(_BRACKETS).match(raw, start, stop)
    if raw[start] != "[" or text is None:
        return literal if raw[start] != "[" or full else None
    after = raw[text.end() : stop][:1] or "\n" * full
    if start == at and (closed := _closed(text, before, after, inner)):
        return closed
    ends = text.end() == stop
    if start == at and not ends and raw[text.end()] == "{":
        token = spanned(raw, text.end(), full=full)
        if token is not False:
            return (inner(text[1]), token[1]) if token else None
    page = _page(text, raw[text.end() : stop][:1]) if start == at and not is_word(before) else ""
    if ends or page:
        return ((page, text.end()) if page else literal) if full or not ends else None
    strict_here = strict and start == at and (is_word(before) or before in ")]")
    behind = _behind_text(raw, text.end(), stop, full=full)
    if behind is None:
        return None
    target, end = behind
    if not end and stop == at + LIMIT and compiled(_DATA_TARGET).match(raw, text.end()):
        return inner(text[1]), -stop
    is_link = end and not (strict_here and not re.search(_TARGET_LIKE, target))
    said = _link_text(text, raw[text.end()], end, strict=strict, inner=inner) if is_link else None
    return said or literal


def _closed(text: re.Match[str], before: str, after: str, inner: Callable[[str], str]) -> Token | None:
    """Return what is said for brackets that are a whole: a footnote's mark, where contents go, a link of org-mode."""
    alone = before == after == "\n"
    if re.fullmatch(_FOOTNOTE, text[1]) or (alone and re.fullmatch(_CONTENTS, text[1])):
        return "", text.end()
    shown = re.fullmatch(_ORG_LINK, text[1])
    return (inner(shown[1]), text.end()) if shown else None


def _page(text: re.Match[str], behind: str) -> str:
    """Return what a link to a page of a wiki shows, nothing for what is none."""
    page = re.fullmatch(_PAGE, text[1]) if behind not in {"(", "["} else None
    return (page[2] or page[1]) if page else ""


def _link_text(
    text: re.Match[str], behind: str, end: int, *, strict: bool, inner: Callable[[str], str]
) -> Token | None:
    """Return what is said for a link's text, None where it is none."""
    if re.fullmatch(_NUMBERED, text[1]):
        # "[1](address)" cites; "[1][2]" are two numbers, as in the text.
        return ("", end) if behind == "(" else None
    if strict and behind == "[" and not re.search(_LETTER, text[1]):
        return None
    return ("" if re.fullmatch(_CITED, text[1]) else inner(text[1])), end


_MATH = {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}
_MATH_LIMIT = 400
_MATH_SIGN = re.compile(r"[\\^_=+<>{}]|\A\s*[A-Za-z]['*]?\s*\Z|[A-Za-z]\s*[-*/(]|\d\s*[-*/]\s*[A-Za-z]")
# Words that no formula has outside a group: what looked like one is a price, and its end is not waited for.
_MATH_GROUP = re.compile(r"\\[A-Za-z]+\*?(?:\{[^{}]*\}?)?")
_WORD = r"(?!(?:sin|cos|tan|log|max|min|lim|exp|mod|and)\b)[A-Za-z]{3}"
_PROSE = re.compile(
    rf"(?<![A-Za-z])(?:{_WORD}[A-Za-z]*|is|to|of|in|at|on|by|or|an|as|it|we|he|my|no|so|up|us|a(?= {_WORD}))"
    r"[\s,.;:!?]|\n\s*\n"
)


def is_math(content: str) -> bool:
    """Return whether the text between the signs of a formula is one."""
    bare = _MATH_GROUP.sub("\\\\", content)
    return bool(_MATH_SIGN.search(content)) and not _PROSE.search(bare + " ")


def math(raw: str, at: int, before: str, *, final: bool, language: str | None = None) -> Token | None:
    r"""Read a formula between dollars or ``\( \)``; what is not a formula stays."""
    literal = (raw[at], at + 1)
    opener = raw[at : at + 2] if raw[at : at + 2] in _MATH else raw[at]
    start = at + len(opener)
    if start >= len(raw):
        return literal if final else None
    single = opener == "$"
    if single and (raw[start].isspace() or is_word(before)):
        return literal
    closer = _MATH[opener]
    stop = min(len(raw), at + _MATH_LIMIT)
    end = raw.find(closer, start, stop)
    if end < 0 or (single and end + 1 == len(raw) and not final):
        if end < 0 and _PROSE.search(_MATH_GROUP.sub("\\\\", raw[start:stop])):
            return literal
        return literal if final or (end < 0 and len(raw) >= at + _MATH_LIMIT) else None
    content, behind = raw[start:end], end + len(closer)
    if len(content) > len("``") and content[0] == content[-1] == "`":
        content = content[1:-1]
    closes = not single or not (content[-1].isspace() or is_word(raw[behind : behind + 1] or " "))
    return (latex_words(content, language), behind) if closes and is_math(content) else literal


_SHORTCODES = re.compile(r"(?::[a-z0-9_+-]{1,40}:)+")
_SHORTCODES_PART = re.compile(r"(?::[a-z0-9_+-]{1,40}:)*(?::[a-z0-9_+-]{0,40})?\Z")
_THUMBS = {"+1": "thumbs up", "-1": "thumbs down"}


def shortcode(raw: str, at: int, before: str, *, final: bool) -> Token | None:
    """Read the names of emoji between colons."""
    literal = (raw[at], at + 1)
    if before.isalnum() or before in ":_":
        return literal
    if not final and _SHORTCODES_PART.match(raw, at):
        return None
    found = _SHORTCODES.match(raw, at)
    if found is None or raw[found.end() : found.end() + 1].isalnum():
        return literal
    names = [name for name in found[0].split(":") if name]
    if not all(name in _THUMBS or name.strip("_-")[:1].isalpha() for name in names):
        return literal
    return ", ".join(_THUMBS.get(name, name.replace("_", " ")) for name in names), found.end()


def _behind_text(raw: str, at: int, stop: int, *, full: bool) -> Token | None:
    """Return the target behind a link's text and where the source goes on, 0 if this is not a link."""
    for mark, pattern, part in (("(", _TARGET, _TARGET_PART), ("[", _REFERENCE, _REFERENCE_PART)):
        if raw[at] == mark:
            if found := compiled(pattern).match(raw, at, stop):
                return (found[1] or "") if mark == "(" else "", found.end()
            return None if not full and compiled(part).fullmatch(raw, at, stop) else ("", 0)
    return "", 0


def url(raw: str, at: int, *, final: bool) -> Token | None:
    """Return a bare URL without the punctuation that ends its sentence."""
    found = compiled(_URL).match(raw, at)
    if found is None:
        return raw[at], at + 1
    if found.end() == len(raw) and not final:
        return None
    text = found[0]
    # It has a letter or a digit, where this ends at the latest.
    while text[-1] in "?!.,:;*_~'|" or (text[-1] in ")]}" and text.count(text[-1]) > text.count(_PAIRS[text[-1]])):
        text = text[:-1]
    return text, at + len(text)


_PAIRS = {")": "(", "]": "[", "}": "{"}


_SPECIAL = re.compile(
    r"[\\`*_~=<&!\[$^{\u3010\ue200]|\+\+|:(?=[a-z0-9_+-])|(?<![A-Za-z0-9])(?:https?://|www\.)(?=[A-Za-z0-9])",
    re.IGNORECASE,
)
# The start of a URL or of a shortcode at the end of what has arrived.
_URL_HEAD = re.compile(r"(?<![A-Za-z0-9])(?:h(?:t(?:t(?:p(?:s?(?::/{0,2})?)?)?)?)?|ww?w?\.?)\Z|[:+]\Z", re.IGNORECASE)
_RUN = re.compile(r"\*+|_+|~+|=+|\++")
# __init__ and its kind are names in plain text.
_DUNDER = re.compile(r"__[a-z0-9_]{1,60}(?<=[a-z0-9]__)(?!\w)")
_DUNDER_PART = re.compile(r"__[a-z0-9_]{0,60}\Z")
_BEFORE_OPENER = "([{\"'-*_~|>:,;!"
_NOT_AFTER_OPENER = ")]},:;!?"
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


class _Run:
    """A delimiter run that may still open emphasis; ``slot`` is its place in the queue."""

    # No dataclass: making one takes longer than reading a paragraph.
    __slots__ = ("closes", "count", "length", "mark", "opens", "position", "slot", "within")

    def __init__(self, marks: str, slot: int, position: int, flanks: tuple[bool, bool], *, within: bool) -> None:
        self.mark, self.count, self.length = marks[0], len(marks), len(marks)
        self.slot, self.position = slot, position
        self.opens, self.closes = flanks
        self.within = within  # a word, and counts around letters alone


class Inline:
    """Read running text: ``feed`` pieces cut anywhere, ``finish`` at the end of the paragraph.

    ``strict`` keeps marks that plain text has; ``language`` is that of formulas. After ``finish`` the next paragraph
    may be fed.
    """

    def __init__(self, *, strict: bool, read_urls: bool, language: str | None = None) -> None:
        self._strict = strict
        self._read_urls = read_urls
        self._language = language
        self._raw = ""
        self._dropping = ""  # what ends an address that is too long to be kept
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
        if self._dropping:
            end = raw.find(self._dropping) + 1
            self._before = self._dropping
            raw = raw[end:] if end else ""
            self._raw, self._dropping = raw, "" if end or final else self._dropping
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
            if at < 0:
                self._dropping = ">" if raw[start] == "<" else ")"
                at = -at
                if end := raw.find(self._dropping, at) + 1:
                    at, self._dropping = end, ""
                else:
                    at = len(raw)
            self._push(text, at)
        if at:
            self._before = raw[at - 1]
            self._position += at
            self._raw = raw[at:]
        return self._certain()

    def _next_special(self, raw: str, at: int) -> int | None:
        found = _SPECIAL.search(raw, at)
        if found and found.start() == 0 and found[0][0].isalpha() and is_word(self._before):
            # "www." within a word, whose start has been passed on.
            found = _SPECIAL.search(raw, 1)
        return found.start() if found else None

    def _token(self, raw: str, at: int, *, final: bool) -> Token | None:
        mark, strict = raw[at], self._strict
        before = raw[at - 1] if at else self._before
        if mark in "*_~=+":
            return self._delimiters(raw, at, before, final=final)
        if mark in "{^":
            return (template if mark == "{" else script)(raw, at, before, final=final)
        if mark == "\\":
            return self._backslash(raw, at, before, final=final)
        if mark == "<":
            return angle(raw, at, final=final, strict=strict, url_words=self._link_words)
        if mark in "![":
            token = drawn(raw, at, final=final) if mark == "[" else False
            if token is not False:
                return token
            return link(raw, at, before, final=final, strict=strict, inner=self._nested)
        if mark in "`$":
            return self._closed(raw, at, before, final=final)
        return self._sign(raw, at, before, final=final)

    def _closed(self, raw: str, at: int, before: str, *, final: bool) -> Token | None:
        """Read code or a formula, whose end is the sign that it begins with."""
        if raw[at] == "`":
            return code_span(raw, at, before, final=final, strict=self._strict)
        return math(raw, at, before, final=final, language=self._language)

    def _sign(self, raw: str, at: int, before: str, *, final: bool) -> Token | None:
        if raw[at] == ":":
            named = False if before.isalnum() or before in ":_" else role(raw, at, final=final)
            return shortcode(raw, at, before, final=final) if named is False else named
        if raw[at] == "&":
            return entity(raw, at, final=final)
        if raw[at] in CITATIONS:
            return citation(raw, at, final=final)
        token = url(raw, at, final=final)
        return (url_words(token[0]), token[1]) if token and self._read_urls else token

    def _backslash(self, raw: str, at: int, before: str, *, final: bool) -> Token | None:
        if raw[at + 1 : at + 2] in {"(", "["}:
            formula = math(raw, at, before, final=final, language=self._language)
            if formula is None or formula[1] > at + 1:
                return formula
        elif (lost := lost_escape(raw, at, final=final)) is not False:
            return lost
        return escape(raw, at, before, final=final, strict=self._strict)

    def _nested(self, text: str) -> str:
        return whole(text, strict=self._strict, read_urls=self._read_urls, language=self._language)

    def _link_words(self, target: str) -> str:
        return url_words(target) if "://" in target and self._read_urls else target

    def _push(self, text: str, at: int) -> None:
        """Queue what is spoken up to ``at``; an opener left too far behind is plain text."""
        if text:
            self._queue.append(text)
        self._forget(at)

    def _forget(self, at: int) -> None:
        while self._runs and self._position + at - self._runs[0].position > LIMIT:
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

    def _delimiters(self, raw: str, at: int, before: str, *, final: bool) -> Token | None:
        found = _RUN.match(raw, at, at + LIMIT)
        end = found.end() if found else at + 1
        if end - at == LIMIT:
            return raw[at:end], end
        if end == len(raw) and not final:
            return None
        marks = raw[at:end]
        if marks == "~":
            return script(raw, at, before, final=final)
        named = self._dunder(raw, at, final=final) if marks == "__" and not is_word(before) else False
        if named is not False:
            return named
        if marks[0] in "~=+" and len(marks) != 2:  # noqa: PLR2004 - two strike out, highlight, or insert
            return marks, end
        self._forget(at)
        self._queue.append(marks)
        after = raw[end : end + 1] or "\n"
        flanks = self._flanks(marks, before, after)
        within = self._strict and marks[0] == "*" and before.isalpha() and after.isalpha() and is_word(before + after)
        if within:
            flanks = (flanks[0] or len(marks) > 1, True)
        run = _Run(marks, len(self._queue) - 1, self._position + at, flanks, within=within)
        if run.closes:
            self._close(run)
        if run.opens and run.count:
            self._runs.append(run)
        return "", end

    def _dunder(self, raw: str, at: int, *, final: bool) -> Token | Literal[False] | None:
        if self._strict and not final and _DUNDER_PART.match(raw, at):
            return None
        name = _DUNDER.match(raw, at) if self._strict else None
        return (name[0], name.end()) if name else False

    def _flanks(self, marks: str, before: str, after: str) -> tuple[bool, bool]:
        """Return whether a run can open and close emphasis (CommonMark 6.2), also in scripts without spaces."""
        punctuated_before, punctuated_after = bool(_PUNCTUATION.match(before)), bool(_PUNCTUATION.match(after))
        left = not after.isspace() and (
            not punctuated_after or before.isspace() or punctuated_before or not before.isascii()
        )
        right = not before.isspace() and (
            not punctuated_before or after.isspace() or punctuated_after or not after.isascii()
        )
        opens, closes = left, right
        if marks[0] in "_=+":
            opens = left and (not right or punctuated_before or _is_no_letter(before))
            closes = right and (not left or punctuated_after or _is_no_letter(after))
        if self._strict:
            opens = opens and after not in _NOT_AFTER_OPENER
            opens = opens and (before.isspace() or before in _BEFORE_OPENER or not before.isascii())
            closes = closes and (len(marks) > 1 or not is_word(after))
        return opens, closes

    def _close(self, closer: _Run) -> None:
        """Pair a closing run with the openers before it; runs between a pair stay as text."""
        index = len(self._runs) - 1
        while index >= 0 and closer.count:
            opener = self._runs[index]
            if opener.mark != closer.mark or _odd_pair(opener, closer) or not self._may_pair(opener, closer):
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

    def _may_pair(self, opener: _Run, closer: _Run) -> bool:
        """Return whether runs of plain text mean emphasis: within a word, around a part of it that is not a sign."""
        content = "".join(self._queue[opener.slot + 1 : closer.slot])
        if opener.mark == "+":
            # "++i or j++" are two of a program's steps.
            return bool(re.match(r"\w{2}", content) and re.search(r"\w{2}\W?\Z", content))
        if not (opener.within or closer.within):
            return True
        return opener.count == closer.count and len(content) > 1 and content.isalpha()


def _odd_pair(opener: _Run, closer: _Run) -> bool:
    """Apply CommonMark's rule of three, which keeps ``*a**b*`` apart."""
    both = (opener.opens and opener.closes) or (closer.opens and closer.closes)
    total = opener.length + closer.length
    return both and total % 3 == 0 and not (opener.length % 3 == 0 and closer.length % 3 == 0)


def whole(text: str, *, strict: bool, read_urls: bool, language: str | None = None) -> str:
    """Read a whole piece of running text."""
    inline = Inline(strict=strict, read_urls=read_urls, language=language)
    return inline.feed(text) + inline.finish()
