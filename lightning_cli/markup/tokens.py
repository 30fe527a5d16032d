"""Single inline constructs of Markdown: code, tags, entities, escapes, links, URLs.

Every function looks at ``raw`` from ``at`` and gives what is spoken and where the source goes on; None asks for more
text. An answer other than None never changes when more text follows, and with ``final`` there is always one.
``strict`` narrows a construct to the shape that plain text does not have. ``before`` is the character before ``at``.
"""

import re
from collections.abc import Callable
from functools import cache

# (what is spoken, where the source goes on)
Token = tuple[str, int]

# A construct longer than this within its paragraph is taken for plain text: nobody waits for ever.
LIMIT = 1000
_URL_LIMIT = 2000
_TICKS = re.compile(r"`+")
_TAG = r"</?([A-Za-z][A-Za-z0-9-]*)(\s[^<>]*|/)?>"
_TAG_NAME = r"</?([A-Za-z][A-Za-z0-9-]*)"
_ATTRIBUTES = r"(?:\s+[A-Za-z_:@][\w:.@-]*\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))*\s*/?"
_AUTOLINK = r"<((?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[^\s<>@]+@[^\s<>@]+))>"
_AUTOLINK_PART = r"<[A-Za-z][^\s<>]*"
_ALT = r"(?i)\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
_ENTITY = r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_ENTITY_PART = r"&(?:#?|#\d{1,7}|#[xX][0-9A-Fa-f]{0,6}|[A-Za-z][A-Za-z0-9]{0,31})"
_BRACKETS = r"(?s)\[((?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*\])*)\]"
_FOOTNOTE = r"\^[\w-]+"
_TARGET = (
    r"\(\s*(<[^<>\n]*>|(?:[^\s()\\<]|\\.|\((?:[^\s()\\]|\\.)*\))(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*\))*)?"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)"
)
_TARGET_PART = (
    r"\(\s*(?:<[^<>\n]*|<[^<>\n]*>|(?:[^\s()\\<]|\\.|\((?:[^\s()\\]|\\.)*\))?"
    r"(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*\))*(?:\\|\((?:[^\s()\\]|\\.)*\\?)?)"
    r"(?:\s+(?:\"[^\"]*\"?|'[^']*'?|\([^()]*\)?)?)?\s*"
)
_REFERENCE = r"\[([^\[\]]*)\]"
_REFERENCE_PART = r"\[[^\[\]]*"
_URL = rf"(?i)(?:https?://|www\.)[^\s<>`\"\u201c\u201d\u00ab\u00bb\u2026\u3000-\u303f\uff00-\uff65]{{1,{_URL_LIMIT}}}"
_TARGET_LIKE = r"[/.#:]"
_LETTER = r"[^\W\d_]"
_ESCAPED_ANYWHERE = "*_`[]#~|<>"
_ESCAPABLE = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_HTML = frozenset(
    "a abbr address article aside audio b bdi bdo big blockquote body br button caption center cite code col colgroup "
    "data dd del details dfn dialog div dl dt em embed fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 "
    "head header hr html i iframe img input ins kbd label legend li link main map mark math menu meta nav noscript "
    "object ol optgroup option output p picture pre progress q rp rt ruby s samp script section select slot small "
    "source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title "
    "tr track tt u ul var video wbr".split()
)
_BREAKING = frozenset(
    "address article aside blockquote body br center dd details dialog div dl dt fieldset figcaption figure footer "
    "form head header hr html legend li main menu nav ol option p pre section summary table tbody tfoot thead title "
    "tr ul".split()
)
_PARAGRAPHS = frozenset("h1 h2 h3 h4 h5 h6".split())
_CELLS = frozenset({"td", "th"})


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compile at the first use: few texts have every construct."""
    return re.compile(text)


def is_word(character: str) -> bool:
    """Say whether a character joins what stands before it to a word of a script with spaces."""
    return character.isascii() and character.isalnum()


def escape(raw: str, at: int, before: str, *, final: bool, strict: bool) -> Token | None:
    r"""Take ``\*`` for ``*``; strictly, only before marks that nobody writes behind a backslash otherwise."""
    if at + 1 == len(raw):
        return ("\\", at + 1) if final else None
    mark = raw[at + 1]
    if strict:
        escaped = mark in _ESCAPED_ANYWHERE or (mark == "." and before.isdigit()) or (mark in "+-" and before == "\n")
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
    if region[1] == "!":
        return _comment(region, at, full=full)
    close, other = region.find(">"), region.find("<", 1)
    if not (region[1] == "/" or is_word(region[1])) or (other != -1 and (close == -1 or other < close)):
        return literal
    if close == -1:
        return literal if full or (strict and _is_foreign(region)) else None
    text = _angle_text(region[: close + 1], strict=strict, url_words=url_words)
    return literal if text is None else (text, at + close + 1)


def _is_foreign(region: str) -> bool:
    """Say whether what has come of a tag can be neither one of HTML's nor a link."""
    name = re.match(_TAG_NAME, region)
    unknown = region != "</" if name is None else name.end() < len(region) and name[1].lower() not in _HTML
    return unknown and not re.fullmatch(_AUTOLINK_PART, region)


def _angle_text(region: str, *, strict: bool, url_words: Callable[[str], str]) -> str | None:
    if tag := re.fullmatch(_TAG, region):
        name, attributes = tag[1].lower(), tag[2] or ""
        if strict and (name not in _HTML or not re.fullmatch(_ATTRIBUTES, attributes)):
            return None
        return _tag_text(name, attributes, closing=region[1] == "/")
    target = re.fullmatch(_AUTOLINK, region)
    return url_words(target[1].removeprefix("mailto:")) if target else None


def _comment(region: str, at: int, *, full: bool) -> Token | None:
    for opener, closer in (("<!--", "-->"), ("<!doctype", ">")):
        head = region[: len(opener)].lower()
        if opener.startswith(head):
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
    if name in _CELLS:
        return " "
    return "\n" if name in _BREAKING else ""


def entity(raw: str, at: int, *, final: bool) -> Token | None:
    """Decode a character reference that HTML knows."""
    found = _pattern(_ENTITY).match(raw, at)
    if found is None:
        return None if not final and _pattern(_ENTITY_PART).fullmatch(raw, at) else ("&", at + 1)
    # Loads a table of 2231 names, which few texts need.
    import html
    from html.entities import html5

    if not found[0].startswith("&#") and found[0][1:] not in html5:
        return "&", at + 1
    text = html.unescape(found[0]).replace("\xa0", " ")
    return "".join(character for character in text if character.isprintable() or character in "\n\t"), found.end()


def link(raw: str, at: int, before: str, *, final: bool, strict: bool, inner: Callable[[str], str]) -> Token | None:
    """Give the text of a link or image, nothing for a footnote mark; ``inner`` reads marks within the text."""
    start = at + (raw[at] == "!")
    literal = (raw[at], at + 1)
    if start == len(raw):
        return literal if final else None
    stop = min(len(raw), at + LIMIT)
    full = final or len(raw) >= at + LIMIT
    text = _pattern(_BRACKETS).match(raw, start, stop)
    if raw[start] != "[" or text is None:
        return literal if raw[start] != "[" or full else None
    if start == at and re.fullmatch(_FOOTNOTE, text[1]):
        return "", text.end()
    if text.end() == stop:
        return literal if full else None
    strict_here = strict and start == at and (is_word(before) or before in ")]")
    behind = _behind_text(raw, text.end(), stop, full=full)
    if behind is None:
        return None
    target, end = behind
    if not end or (strict_here and not re.search(_TARGET_LIKE, target)):
        return literal
    if strict and raw[text.end()] == "[" and not re.search(_LETTER, text[1]):
        return literal
    return inner(text[1]), end


def _behind_text(raw: str, at: int, stop: int, *, full: bool) -> Token | None:
    """Give the target behind a link's text and where the source goes on, 0 if this is no link."""
    for mark, pattern, part in (("(", _TARGET, _TARGET_PART), ("[", _REFERENCE, _REFERENCE_PART)):
        if raw[at] == mark:
            if found := _pattern(pattern).match(raw, at, stop):
                return (found[1] or "") if mark == "(" else "", found.end()
            return None if not full and _pattern(part).fullmatch(raw, at, stop) else ("", 0)
    return "", 0


def url(raw: str, at: int, *, final: bool) -> Token | None:
    """Give a bare URL without the punctuation that ends its sentence."""
    found = _pattern(_URL).match(raw, at)
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
