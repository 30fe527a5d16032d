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
_BULLET = r"[-*+][ \t]+(?=\S)"
_NUMBER_PART = r"\d{1,9}(?:[.)][ \t]*)?"
_NUMBER = r"(\d{1,9})[.)][ \t]+(?=\S)"
_PLAIN_NUMBER_DIGITS = 3
_TASK_PART = r"\[(?:[ xX](?:\][ \t]*)?)?"
_TASK = r"\[[ xX]\][ \t]+(?=\S)"
_LABEL_PART = r"\[[^\[\]]{0,101}"
_LABEL = r"\[(\^?)[^\[\]]{1,100}\]"
_TITLE = r"(?:\".*\"|'.*'|\(.*\))"
_DEFINITION = rf"\[[^\[\]]+\]:[ \t]*(<[^<>]*>|\S+)([ \t]+{_TITLE})?[ \t]*"
# What shows in plain text that a word behind a label is an address: "[Bob]: Hello" is a line of a play.
_ADDRESS = r"<?(?:https?://|mailto:|www\.|#|\.{0,2}/)\S*|\S*(?:/|\.\w)\S*|<.*>"
_ALERT = r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*"
_ALERT_PART = r"\[!?[A-Z]{0,9}\]?[ \t]*"
# The same of other writers: "!!! note", "??? tip", ":::warning", each with a title or without.
_BOX_NAMES = (
    "note|tip|hint|info|important|warning|caution|danger|error|attention|success|question|failure|bug|example|quote"
    "|abstract|summary|seealso|details|todo"
)
_BOX = rf"(?:(?:!!!|\?\?\?\+?)[ \t]+|:::+[ \t]*\{{?\.?(?:callout-)?)({_BOX_NAMES})\}}?(?:[ \t]+(\S.*))?[ \t]*"
_BOX_END = r":::+[ \t]*"
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
    COLUMNS = auto()


class Start(NamedTuple):
    """What a line begins, how many characters its mark has, and the text that matters."""

    kind: Kind
    length: int = 0
    text: str = ""


class Around(NamedTuple):
    """What stands around a line: its end, the rules of plain text, an open paragraph, marks of items, columns."""

    complete: bool
    strict: bool
    in_paragraph: bool
    marks: int
    below_columns: bool


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
    """Find the name of a box, as GitHub has it at the start of a quotation."""
    if not around.complete:
        return None if re.fullmatch(_ALERT_PART, rest) else _TEXT
    found = re.fullmatch(_ALERT, rest)
    return Start(Kind.ALERT, len(rest), found[1].capitalize()) if found else _TEXT


def _box(rest: str, around: Around) -> Start | None:
    """Find the name of a box, as the generators of pages have it."""
    if not rest.startswith(("!!!", "???", ":::")):
        return None if not around.complete and rest == rest[0] * len(rest) else _TEXT
    if len(rest) > _BOX_CHARS:
        return _TEXT
    if not around.complete:
        return None
    if re.fullmatch(_BOX_END, rest):
        return Start(Kind.RULE, len(rest), ":")
    found = re.fullmatch(_BOX, rest)
    if found is None:
        return _TEXT
    title = (found[2] or "").strip("\"'[] ")
    name = found[1].capitalize()
    return Start(Kind.ALERT if rest[0] == ":" else Kind.BOX, len(rest), f"{name}: {title}" if title else name)


def _columns(rest: str, around: Around) -> Start | None:
    if not around.below_columns:
        return _TEXT
    found = are_columns(rest, complete=around.complete)
    if found is None:
        return None
    return Start(Kind.COLUMNS, len(rest)) if found else _TEXT


_RULES: dict[str, tuple[_Rule, ...]] = {
    "#": (_heading,),
    "`": (_fence,),
    "~": (_fence,),
    "-": (_columns, _rule, _bullet),
    "*": (_rule, _bullet),
    "_": (_rule,),
    "+": (_bullet,),
    "=": (_underline,),
    ">": (_quote,),
    "|": (_columns,),
    ":": (_columns, _box),
    "!": (_box,),
    "?": (_box,),
    "[": (_task, _alert, _label),
    **dict.fromkeys("0123456789", (_number,)),
}
