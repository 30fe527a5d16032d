"""What a line of Markdown begins: pure recognisers, which never change their mind when more text follows.

Patterns are strings, which ``re`` compiles at their first use and keeps: a text has few of these constructs, and
compiling all of them takes longer than reading it.
"""

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

_METADATA_LIMIT = 8000
# Each mark of an item has all that follows looked through: a line of more than these goes on as text.
_MARKS_LIMIT = 50
_NAME = r"(?:[^\W\d][\w.-]*(?: [\w.-]+){0,3}|\"[^\"\n]{1,60}\"|'[^'\n]{1,60}')"
_KEY = rf"{_NAME}[ \t]*:(?:[ \t].*)?|#.*"
_METADATA = rf"{_KEY}|[ \t]+\S.*|- .*|-|[ \t]*|[\]}}],?"
# What may become a line of those.
_KEY_PART = r"#.*|[^\W\d\"'#][\w. -]*[ \t]*(?::(?:[ \t].*)?)?|([\"'])[^\"'\n]{0,60}(?:\1[ \t]*(?::(?:[ \t].*)?)?)?|"
_TOML_KEY = r"(?:[\w.-]+|\"[^\"\n]{1,60}\")[ \t]*=.*|\[.*\][ \t]*|#.*"
_TOML_KEY_PART = r"(?:[\w.-]*|\"[^\"\n]{0,60}\"?)[ \t]*(?:=.*)?|\[.*|#.*"
_TOML = r".*"
_HEADING = r"#{1,6}(?:[ \t]+(.*))?"
_FENCE = r"(`{3,}|~{3,})(.*)"
_RULE_PART = r"([-*_])(?:[ \t]*\1)*[ \t]*"
_RULE = r"([-*_])(?:[ \t]*\1){2,}[ \t]*"
_UNDERLINE = r"=+[ \t]*"
_MIN_RULE = 3
# Those of org-mode and AsciiDoc are as many as the item is deep.
_BULLET = r"(?:[-*+]|\*{2,5})[ \t]+(?=\S)"
_DEEP_BULLET_PART = r"\*{2,5}(?:[ \t].*)?"
# Marks that close again are around a title or a word: "*** NEW ***".
_STARRED = r"\*{2,5}[ \t]+(\S.*?)[ \t]+\*{2,5}(?:[ \t].*)?"
_NUMBER_PART = r"\d{1,9}(?:[.)][ \t]*)?"
_NUMBER = r"(\d{1,9})[.)][ \t]+(?=\S)"
_PLAIN_NUMBER_DIGITS = 3
_TASK_PART = r"\[(?:[ xX-](?:\][ \t]*)?)?"
_TASK = r"\[[ xX-]\][ \t]+(?=\S)"
_LABEL_PART = r"\[[^\[\]]{0,101}"
_LABEL = r"\[(\^?)[^\[\]]{1,100}\]"
_TITLE = r"(?:\".*\"|'.*'|\(.*\))"
_DEFINITION = rf"\[[^\[\]]+\]:[ \t]*(<[^<>]*>|\S+)([ \t]+{_TITLE})?[ \t]*"
# What shows in plain text that a word behind a label is an address: "[Bob]: Hello" is a line of a play.
_ADDRESS = r"<?(?:https?://|mailto:|www\.|#|\.{0,2}/)\S*|\S*(?:/|\.\w)\S*|<.*>"
_ALERT = r"\[!([A-Za-z]{2,20})\](?!\()[-+]?[ \t]*(\S.*)?"
_ALERT_PART = r"\[(?:![A-Za-z]{0,20}(?:\].*)?)?"
# The same of other writers: "!!! note", "??? tip", ":::warning", each with a title or without.
_BOX_NAMES = (
    "note|tip|hint|info|important|warning|caution|danger|error|attention|success|question|failure|bug|example|quote"
    "|abstract|summary|seealso|details|todo"
)
_BOX = rf"(?:(?:!!!|\?\?\?\+?)[ \t]+|:::+[ \t]*\{{?\.?(?:callout-)?)({_BOX_NAMES})\}}?(?:[ \t]+(\S.*)|(\[.*\]))?[ \t]*"
# What holds others without a name of its own, and the end of each.
_CONTAINER = r":::+[ \t]*(?:\{[^{}]*\}|[\w-]+(?:[ \t]*\{[^{}]*\}|\[[^\]]*\])?)?[ \t]*:*[ \t]*"
_SLASHES = rf"///+[ \t]*(?:({_BOX_NAMES}|[a-z]+(?=[ \t]*\|))(?:[ \t]*\|[ \t]*(\S.*))?)?[ \t]*"
# A directive of reStructuredText, or the name of a place; and what may become one.
_DIRECTIVE = r"\.\.[ \t]+(?:\|[^|]+\|[ \t]+)?(?:([a-z][\w:-]*)::(?:[ \t]+(\S.*))?|_[^:]*:.*)[ \t]*"
_DIRECTIVE_PART = r"\.{1,2}|\.\.[ \t]+(?:\|[^|]*(?:\|[ \t]*)?)?(?:[a-z][\w:-]*(?:::.*)?|_.*)?"
_VERSIONS = {
    "versionadded": "Added in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
}
_CODE_DIRECTIVES = frozenset("code code-block sourcecode highlight literalinclude parsed-literal".split())
_TITLED_DIRECTIVES = frozenset("admonition topic rubric".split())
# What org-mode is told, and AsciiDoc of a picture.
_ORG_BLOCK = r"(?i)#\+(begin|end)_(\w+)(?:[ \t]+([\w+-]+))?.*"
_ORG_TITLE = r"(?i)#\+(?:title|subtitle):[ \t]*(\S.*)"
_ORG_KEY = r"#\+[A-Za-z]\w*:.*"
_ORG_PART = r"#(?:\+(?:[A-Za-z].*)?)?"
_DRAWER = r":(?:PROPERTIES|LOGBOOK|END|ID|CUSTOM_ID|CREATED|CATEGORY|CLOCK):.*"
_DRAWER_PART = r":(?:[A-Z_]{0,12}(?::.*)?)?"
_PICTURE = r"image::\S+?\[([^\[\]]*)\][ \t]*"
_PICTURE_HEAD = "image::"
# A heading of a wiki or of AsciiDoc.
_SECTION = r"={2,6}[ \t]+(?=.*\w)(\S.*?)(?:[ \t]+={2,6})?[ \t]*"
_SECTION_PART = r"={1,6}(?:[ \t].*)?"
# A key, a certificate, a signature.
_ARMOUR = r"-{5}BEGIN ((?!PGP SIGNED)[A-Z0-9 ]+)-{5}[ \t]*"
_DEFINED = r":[ \t]+(?=\S)"
_BOX_CHARS = 100
# What a generator of pages is told of a heading: "# Title {#name .class}".
_HEADING_NAME = r"\{[#.:][^{}]*\}"
_COLUMNS_PART = r"[ \t|:-]*"
# Of a line without the white space around it, or two neighbours would share that in every way there is.
_COLUMNS = r"(?:\|[ \t]*)?:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?"
_CELL_BORDER = r"(?<!\\)\|"


class Kind(Enum):
    """Name what a line begins."""

    TEXT = auto()
    HEADING = auto()
    FENCE = auto()
    RULE = auto()
    UNDERLINE = auto()
    BULLET = auto()
    NUMBER = auto()
    TASK = auto()
    QUOTE = auto()
    FOOTNOTE = auto()
    DEFINITION = auto()
    ALERT = auto()
    BOX = auto()
    CODE = auto()
    DEFINED = auto()
    UNREAD = auto()
    COLUMNS = auto()


class Start(NamedTuple):
    """What a line begins, how many characters its mark has, and the text that matters."""

    kind: Kind
    length: int = 0
    text: str = ""


class Around(NamedTuple):
    """What stands around a line: its end, the rules of plain text, a paragraph, marks of items, columns, a term."""

    complete: bool
    strict: bool
    in_paragraph: bool
    marks: int
    below_columns: bool
    below_term: bool = False


_TEXT = Start(Kind.TEXT)
_Rule = Callable[[str, Around], Start | None]


def start_of(rest: str, around: Around) -> Start | None:
    """Return what ``rest``, a line without its indentation, begins; None if more of the line is needed."""
    for rule in _RULES.get(rest[0], ()) if around.marks < _MARKS_LIMIT else ():
        start = rule(rest, around)
        if start is not _TEXT:
            return start
    return _TEXT


class Metadata:
    """Find the front matter that opens a growing text, YAML or TOML; each of its lines is read once."""

    def __init__(self) -> None:
        self._at = 0
        self._kind: _FrontMatter = _YAML_MATTER
        self._begun = False  # a line has shown that it is front matter

    def end(self, text: str, *, final: bool) -> int | None:
        """Return the length of the front matter, 0 without one, None if more of ``text`` is needed."""
        if not self._at:
            kinds = [kind for kind in (_YAML_MATTER, _TOML_MATTER) if _opens(text, kind.fence)]
            if not kinds:
                return 0
            self._kind = kinds[0]
            if len(text) < len(self._kind.fence) + 1:
                return 0 if final else None
            self._at = len(self._kind.fence) + 1
        kind = self._kind
        while True:
            found = text.find("\n", self._at)
            end = found if found >= 0 else len(text)
            line = text[self._at : end]
            if end > _METADATA_LIMIT:
                return 0
            if found < 0 and not final:
                return None if self._begun or re.fullmatch(kind.key_part, line) else 0
            if line in kind.closers and self._begun:
                return end + (found >= 0)
            if found < 0 or not re.fullmatch(kind.line if self._begun else kind.key, line):
                return 0
            self._at = end + 1
            self._begun = True


class _FrontMatter(NamedTuple):
    """How front matter is written: its fence, its first line and what may become one, its other lines, its end."""

    fence: str
    key: str
    key_part: str
    line: str
    closers: frozenset[str]


_YAML_MATTER = _FrontMatter("---", _KEY, _KEY_PART, _METADATA, frozenset({"---", "..."}))
_TOML_MATTER = _FrontMatter("+++", _TOML_KEY, _TOML_KEY_PART, _TOML, frozenset({"+++"}))


def _opens(text: str, fence: str) -> bool:
    """Return whether a text begins with the line of a fence, or may."""
    opener = f"{fence}\n"
    return opener.startswith(text) or text.startswith(opener)


def are_columns(line: str, *, complete: bool) -> bool | None:
    """Return whether a line is the one below the header of a table; None if more of it is needed."""
    if not re.fullmatch(_COLUMNS_PART, line):
        return False
    return bool(re.fullmatch(_COLUMNS, line.strip(" \t"))) and "|" in line if complete else None


def cells_of(row: str) -> list[str]:
    """Split a row of a table at its borders; an escaped one belongs to its cell."""
    row = row.strip()
    cells = re.split(_CELL_BORDER, row.removeprefix("|"))
    if len(cells) > 1 and not cells[-1]:
        cells.pop()
    return [cell.strip().replace("\\|", "|") for cell in cells]


def indent_width(indent: str) -> int:
    """Return the columns that an indentation takes."""
    return len(indent.expandtabs(4))


def _heading(rest: str, around: Around) -> Start | None:
    found = re.fullmatch(_HEADING, rest)
    if not around.complete:
        return None if found else _TEXT
    title = (found[1] or "").rstrip(" \t") if found else ""
    named = title.rfind("{") if title.endswith("}") else -1
    if named > 0 and title[named - 1] in " \t" and re.fullmatch(_HEADING_NAME, title[named:]):
        title = title[:named].rstrip(" \t")
    text = _without_marks(title).strip()
    return Start(Kind.HEADING, len(rest), text) if found and (text or not around.strict) else _TEXT


def _without_marks(text: str) -> str:
    """Take the marks off that may close a heading; a search for them would start anew at every blank."""
    inner = text.rstrip("#")
    return inner if inner[-1:] in {"", " ", "\t"} else text


def _fence(rest: str, around: Around) -> Start | None:
    found = re.fullmatch(_FENCE, rest)
    if found is None:
        return None if not around.complete and rest == rest[0] * len(rest) else _TEXT
    marks, info = found[1], found[2].strip()
    if marks[0] == "`" and "`" in info:
        return _TEXT
    if not around.complete:
        return None
    # A row of tildes divides plain texts; with the name of a language it is a fence.
    if marks[0] == "~" and around.strict and not info.isalnum():
        return _TEXT if info else Start(Kind.RULE, len(rest), "~")
    return Start(Kind.FENCE, len(marks), rest)


def _rule(rest: str, around: Around) -> Start | None:
    if not re.fullmatch(_RULE_PART, rest):
        return _TEXT
    if not around.complete:
        return None
    return Start(Kind.RULE, len(rest), rest[0]) if re.fullmatch(_RULE, rest) else _TEXT


def _underline(rest: str, around: Around) -> Start | None:
    if not re.fullmatch(_UNDERLINE, rest):
        return _TEXT
    if not around.complete:
        return None
    if not around.in_paragraph:
        return Start(Kind.RULE, len(rest), "=") if rest.count("=") >= _MIN_RULE else _TEXT
    return Start(Kind.UNDERLINE, len(rest)) if rest.count("=") > around.strict * 2 else _TEXT


def _bullet(rest: str, around: Around) -> Start | None:
    if rest[0] == "+" and around.strict:
        return _TEXT
    if not around.complete and len(rest) <= _BOX_CHARS and re.fullmatch(_DEEP_BULLET_PART, rest):
        return None
    if starred := re.fullmatch(_STARRED, rest) if rest.startswith("**") and len(rest) <= _BOX_CHARS else None:
        return Start(Kind.HEADING, len(rest), starred[1]) if rest[-1] == "*" else _TEXT
    if found := re.match(_BULLET, rest):
        return Start(Kind.BULLET, found.end())
    if rest[1:].strip(" \t"):
        return _TEXT
    if not around.complete:
        return None
    return _TEXT if around.strict or around.in_paragraph else Start(Kind.BULLET, len(rest))


def _number(rest: str, around: Around) -> Start | None:
    found = re.match(_NUMBER, rest)
    if found is None:
        return None if not around.complete and re.fullmatch(_NUMBER_PART, rest) else _TEXT
    if (around.in_paragraph and int(found[1]) != 1) or (around.strict and len(found[1]) > _PLAIN_NUMBER_DIGITS):
        return _TEXT
    return Start(Kind.NUMBER, found.end(), found[0])


def _quote(rest: str, around: Around) -> Start | None:
    marks = len(rest) - len(rest.lstrip(">"))
    after = rest[marks : marks + 1]
    if not after and not around.complete:
        return None
    spaced = after in {" ", "\t"}
    return Start(Kind.QUOTE, marks + spaced) if spaced or not after or not around.strict else _TEXT


def _task(rest: str, around: Around) -> Start | None:
    if not around.marks:
        return _TEXT
    if found := re.match(_TASK, rest):
        return Start(Kind.TASK, found.end())
    return None if not around.complete and re.fullmatch(_TASK_PART, rest) else _TEXT


def _label(rest: str, around: Around) -> Start | None:
    found = re.match(_LABEL, rest)
    if found is None:
        return None if not around.complete and re.fullmatch(_LABEL_PART, rest) else _TEXT
    after = rest[found.end() : found.end() + 1]
    if after != ":":
        return _TEXT if after or around.complete else None
    if found[1]:
        return Start(Kind.FOOTNOTE, found.end() + 1)
    if not around.complete:
        return None
    defined = None if around.in_paragraph else re.fullmatch(_DEFINITION, rest)
    if defined is None or (around.strict and not re.fullmatch(_ADDRESS, defined[1])):
        return _TEXT
    return Start(Kind.DEFINITION, len(rest), "" if defined[2] else "untitled")


def is_title(line: str) -> bool:
    """Return whether a line is the title of a link defined in the line before."""
    return bool(re.fullmatch(_TITLE, line))


def _alert(rest: str, around: Around) -> Start | None:
    """Find the name of a box, as GitHub and notebooks have it at the start of a quotation."""
    if not around.complete:
        return None if re.fullmatch(_ALERT_PART, rest) else _TEXT
    found = re.fullmatch(_ALERT, rest)
    return Start(Kind.ALERT, len(rest), _named(found[1], found[2])) if found else _TEXT


def _named(name: str, title: str | None) -> str:
    return f"{name.capitalize()}: {title.strip()}" if title else name.capitalize()


def _box(rest: str, around: Around) -> Start | None:
    """Find the name of a box, as the generators of pages have it."""
    if not rest.startswith(("!!!", "???", ":::")):
        return None if not around.complete and rest == rest[0] * len(rest) else _TEXT
    if len(rest) > _BOX_CHARS:
        return _TEXT
    if not around.complete:
        return None
    found = re.fullmatch(_BOX, rest)
    if found is None:
        return Start(Kind.RULE, len(rest), ":") if re.fullmatch(_CONTAINER, rest) else _TEXT
    title = (found[2] or found[3] or "").strip("\"'[] ")
    return Start(Kind.ALERT if rest[0] == ":" else Kind.BOX, len(rest), _named(found[1], title))


def _slashes(rest: str, around: Around) -> Start | None:
    """Find the name of a box, or its end, as extensions of Python's Markdown have them."""
    if not rest.startswith("///") or len(rest) > _BOX_CHARS:
        return None if not around.complete and "///".startswith(rest) else _TEXT
    if not around.complete:
        return None
    found = re.fullmatch(_SLASHES, rest)
    if found is None:
        return _TEXT
    return Start(Kind.ALERT, len(rest), _named(found[1], found[2])) if found[1] else Start(Kind.RULE, len(rest), "/")


def _directive(rest: str, around: Around) -> Start | None:
    if not around.complete:
        return None if re.fullmatch(_DIRECTIVE_PART, rest) else _TEXT
    found = re.fullmatch(_DIRECTIVE, rest)
    if found is None:
        return _TEXT
    name, argument = found[1], found[2] or ""
    if name is None:
        return Start(Kind.UNREAD, len(rest))
    if name in _CODE_DIRECTIVES:
        return Start(Kind.CODE, len(rest), argument)
    if name in _VERSIONS or (name in _TITLED_DIRECTIVES and argument):
        return Start(Kind.BOX, len(rest), f"{_VERSIONS.get(name, '')} {argument}".strip())
    if re.fullmatch(_BOX_NAMES, name):
        return Start(Kind.BOX, len(rest), _named(name, argument))
    return Start(Kind.UNREAD, len(rest), "block")


def _org(rest: str, around: Around) -> Start | None:
    if not around.complete:
        return None if re.fullmatch(_ORG_PART, rest) and len(rest) <= _BOX_CHARS else _TEXT
    if len(rest) > _BOX_CHARS:
        return _TEXT
    if title := re.fullmatch(_ORG_TITLE, rest):
        return Start(Kind.HEADING, len(rest), title[1])
    block = re.fullmatch(_ORG_BLOCK, rest)
    if block and block[1].lower() == "begin" and block[2].lower() in {"src", "example", "export"}:
        end = f"#+end_{block[2].lower()}"
        return Start(Kind.FENCE, len(end), end + (block[3] or ""))
    return Start(Kind.UNREAD, len(rest)) if block or re.fullmatch(_ORG_KEY, rest) else _TEXT


def _drawer(rest: str, around: Around) -> Start | None:
    if not around.complete:
        return None if re.fullmatch(_DRAWER_PART, rest) and len(rest) <= _BOX_CHARS else _TEXT
    return Start(Kind.UNREAD, len(rest)) if len(rest) <= _BOX_CHARS and re.fullmatch(_DRAWER, rest) else _TEXT


def _picture(rest: str, around: Around) -> Start | None:
    if not rest.startswith(_PICTURE_HEAD) or len(rest) > _BOX_CHARS:
        return None if not around.complete and _PICTURE_HEAD.startswith(rest) else _TEXT
    if not around.complete:
        return None
    found = re.fullmatch(_PICTURE, rest)
    if found is None:
        return _TEXT
    return Start(Kind.ALERT, len(rest), found[1]) if found[1] else Start(Kind.UNREAD, len(rest))


def _section(rest: str, around: Around) -> Start | None:
    if not around.complete:
        return None if re.fullmatch(_SECTION_PART, rest) and len(rest) <= _BOX_CHARS else _TEXT
    found = re.fullmatch(_SECTION, rest) if len(rest) <= _BOX_CHARS else None
    return Start(Kind.HEADING, len(rest), found[1]) if found else _TEXT


def _armour(rest: str, around: Around) -> Start | None:
    if not rest.startswith("-----B") or len(rest) > _BOX_CHARS:
        return _TEXT
    if not around.complete:
        return None
    found = re.fullmatch(_ARMOUR, rest)
    if found is None:
        return _TEXT
    end = f"-----end {found[1].lower()}-----"
    return Start(Kind.FENCE, len(end), end)


def _defined(rest: str, around: Around) -> Start | None:
    """Find what a term, the line before, is said to be."""
    if not (around.in_paragraph or around.below_term):
        return _TEXT
    if found := re.match(_DEFINED, rest):
        return Start(Kind.DEFINED, found.end())
    return None if not around.complete and not rest[1:].strip(" \t") else _TEXT


def _columns(rest: str, around: Around) -> Start | None:
    if not around.below_columns:
        return _TEXT
    found = are_columns(rest, complete=around.complete)
    if found is None:
        return None
    return Start(Kind.COLUMNS, len(rest)) if found else _TEXT


_RULES: dict[str, tuple[_Rule, ...]] = {
    "#": (_org, _heading),
    ".": (_directive,),
    "/": (_slashes,),
    "i": (_picture,),
    "`": (_fence,),
    "~": (_fence,),
    "-": (_armour, _columns, _rule, _bullet),
    "*": (_rule, _bullet),
    "_": (_rule,),
    "+": (_bullet,),
    "=": (_section, _underline),
    ">": (_quote,),
    "|": (_columns,),
    ":": (_columns, _box, _drawer, _defined),
    "!": (_box,),
    "?": (_box,),
    "[": (_task, _alert, _label),
    **dict.fromkeys("0123456789", (_number,)),
}
