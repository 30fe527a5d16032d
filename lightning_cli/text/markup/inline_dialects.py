"""What stands in running text of other dialects: scripts, templates, links and roles, and what terminals leave.

As in ``inline``, every function looks at ``raw`` from ``at`` and gives what is spoken and where the source goes on;
None asks for more text, False says that this is something else.
"""

import re
from functools import cache
from typing import Literal

# (what is spoken, where the source goes on)
Token = tuple[str, int]
_LIMIT = 300


@cache
def compiled(text: str) -> re.Pattern[str]:
    """Compile at the first use: few texts have every construct."""
    return re.compile(text)


# A bar of progress, and the colours of a terminal whose escape character is lost.
_BAR = r"\[(?=[^\]]*[#=>-]{2})[#=*>.\- ]*[#=*>.-]{3}[#=*>.\- ]*\]"
_BAR_PART = r"\[[#=*>.\- ]*"
# A reset may stand before a space, a colour is followed by what it colours: "[200m freestyle]" is a distance.
_COLOURS = r"\[(?:00?m(?!\])|\d{1,2}(?:;\d{1,3}){0,5}m(?![\]\s])|\d{1,2}(?:;\d{1,3}){1,5}m(?!\]))"
_COLOURS_PART = r"\[\d{0,3}(?:;\d{0,3}){0,5}m?"


def drawn(raw: str, at: int, *, final: bool) -> Token | Literal[False] | None:
    """Drop what a program draws in brackets; False where it is none."""
    for pattern, part, said in ((_BAR, _BAR_PART, " "), (_COLOURS, _COLOURS_PART, "")):
        found = compiled(pattern).match(raw, at, at + _LIMIT)
        if found and (final or pattern == _BAR or found.end() < len(raw)):
            return said, found.end()
        if not final and len(raw) < at + _LIMIT and compiled(part).fullmatch(raw, at):
            return None
    return False


_ESCAPED_COLOURS = r"\\(?:e|x1[bB]|0?33|u001[bB])\[[\d;]{0,20}[A-Za-z]"
_ESCAPED_COLOURS_PART = r"\\(?:e|x|x1|x1[bB]|0|03|033|3|33|u|u0|u00|u001|u001[bB])?(?:(?<=[eE3bB])\[[\d;]{0,20})?"


def lost_escape(raw: str, at: int, *, final: bool) -> Token | Literal[False] | None:
    r"""Drop a sequence of a terminal that is written with ``\e``; False where it is none."""
    if found := compiled(_ESCAPED_COLOURS).match(raw, at):
        return "", found.end()
    return None if not final and compiled(_ESCAPED_COLOURS_PART).fullmatch(raw, at) else False


_RAISED = str.maketrans("0123456789+-\u2212", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_SCRIPT = r"([\^~])([A-Za-z0-9+\-\u2212]{1,6})\1"
_SCRIPT_PART = r"[\^~][A-Za-z0-9+\-\u2212]{0,6}"
_CARET_COLOURS = r"\^\[\[[\d;]{0,20}[A-Za-z]"
_CARET_COLOURS_PART = r"\^\[(?:\[[\d;]{0,20})?"
# It has words, which a regular expression has not.
_INLINE_NOTE = r"\^\[((?=[^\]]*[^\W\d_]{2} )[^\[\]]*)\]"
_INLINE_NOTE_PART = r"\^\[[^\[\]]*"


def script(raw: str, at: int, before: str, *, final: bool) -> Token | None:
    """Read figures that are raised or lowered as pandoc writes them, and notes that stand where their mark would."""
    literal = (raw[at], at + 1)
    forms = [(_CARET_COLOURS, _CARET_COLOURS_PART)] + [(_INLINE_NOTE, _INLINE_NOTE_PART)] * (not before.isspace())
    for pattern, part in forms if raw[at] == "^" else ():
        if found := compiled(pattern).match(raw, at, at + _LIMIT):
            return (f" ({found[1]})" if pattern == _INLINE_NOTE else "", found.end())
        if not final and len(raw) < at + _LIMIT and compiled(part).fullmatch(raw, at):
            return None
    if not (before.isalnum() or before in ")]"):
        return literal if final or len(raw) > at + 1 else None
    found = compiled(_SCRIPT).match(raw, at)
    if found is None or (found.end() == len(raw) and not final):
        wait = not final and (found is not None or compiled(_SCRIPT_PART).fullmatch(raw, at))
        return None if wait else literal
    if found[1] == "~":
        return found[2], found.end()
    if raw[found.end() : found.end() + 1].isalnum():
        return literal
    raised = found[2].translate(_RAISED)
    return raised if not re.search("[A-Za-z]", raised) else found[2], found.end()


_TEMPLATES = (
    (r"\{%[^{}]*%\}", ""),
    (r"\{#[^{}]*#\}", ""),
    (r"\{\{[<%#/^>!][^{}]*\}\}", ""),
    (r"\{\{\{?\s*([^{}|<%]+?)\s*(?:\|[^{}]*)?\}\}\}?", r"\1"),
    (r"\{:(?:[ \t]+|toc|[.#][A-Za-z_]|[A-Za-z-]+=)[^{}]*\}", ""),
)
_ATTRIBUTE_LIST = r"\{[^{}]*\}"


def template(raw: str, at: int, before: str, *, final: bool) -> Token | None:
    """Drop what a generator of pages acts on; the name of a value is said, attributes go."""
    literal = ("{", at + 1)
    region = raw[at : at + _LIMIT]
    attributes = before in ")]`" and re.match(r"\{(?:[.#]|\w+=|\Z|\w*\Z)", region)
    if not attributes and not re.match(r"\{(?:[%#:{]|\Z)", region):
        return literal
    if not final and len(region) < _LIMIT and ("}" not in region or re.fullmatch(r"[^}]*\}{1,2}", region)):
        # A closing brace may be one of three.
        return None if "\n" not in region else literal
    for pattern, said in _TEMPLATES:
        if found := compiled(pattern).match(region):
            return found.expand(said).replace("_", " "), at + found.end()
    found = compiled(_ATTRIBUTE_LIST).match(region) if attributes else None
    return ("", at + found.end()) if found else literal


# A link of reStructuredText, and what stands before its target.
_REST_LINK = r"_{1,2}(?!\w)"
_REST_TARGET = r"\s*<[^<>]*>\Z"


def rest_link(raw: str, content: str, at: int, *, full: bool) -> Token | None:
    """Return the text of a link whose marks are backticks and an underscore."""
    found = compiled(_REST_LINK).match(raw, at)
    if found is None:
        return content, at
    if found.end() == len(raw) and not full:
        return None
    return compiled(_REST_TARGET).sub("", content), found.end()


# Of some roles the name is said with the number.
_NAMED_ROLES = frozenset({"cve", "cwe", "pep", "rfc"})
_ROLE = r":([a-z][\w+-]*(?::[a-z][\w+-]*)?):`([^`\n]+)`"
_ROLE_PART = r":[a-z][\w+-]*(?::[a-z][\w+-]*)?:`[^`\n]*"


def role(raw: str, at: int, *, final: bool) -> Token | Literal[False] | None:
    """Read the text behind the name of a role: ":ref:`the guide <guide>`", "RFC 5322" for ":rfc:`5322`"."""
    if found := compiled(_ROLE).match(raw, at, at + _LIMIT):
        text = compiled(_REST_TARGET).sub("", found[2]).lstrip("~!")
        named = found[1] in _NAMED_ROLES and text[:1].isdigit()
        return f"{found[1].upper()} {text}" if named else text, found.end()
    return None if not final and len(raw) < at + _LIMIT and compiled(_ROLE_PART).fullmatch(raw, at) else False


_SPANNED = r"\{(?=[.#:])[^{}\n]*\}"
_SPANNED_PART = r"\{(?:[.#:][^{}\n]*)?"


def spanned(raw: str, at: int, *, full: bool) -> Token | Literal[False] | None:
    """Take the attributes behind a text in brackets, which is then no more than that."""
    if found := compiled(_SPANNED).match(raw, at):
        return "", found.end()
    return None if not full and compiled(_SPANNED_PART).fullmatch(raw, at) else False


CITATIONS = {"\u3010": "\u3011", "\ue200": "\ue201"}
_CITATION_LIMIT = 200


def citation(raw: str, at: int, *, final: bool) -> Token | None:
    """Drop what the interfaces of models put behind a claim: a dagger in lenticular brackets, private signs."""
    mark = raw[at]
    end = raw.find(CITATIONS[mark], at, at + _CITATION_LIMIT)
    if end < 0:
        wait = not final and len(raw) < at + _CITATION_LIMIT and "\n" not in raw[at:]
        return None if wait else (mark if mark == "\u3010" else "", at + 1)
    cited = mark != "\u3010" or "\u2020" in raw[at:end] or "\u2021" in raw[at:end]
    return ("", end + 1) if cited else (mark, at + 1)
