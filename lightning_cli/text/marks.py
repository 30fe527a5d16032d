"""Marks of speech in a growing text: ``[pause:1s]``, ``[voice:ID]``, ``[sub:written|spoken]`` and the tags of SSML.

``MarkScanner`` takes them out before markup is read and puts one private character in the place of each, which no
other filter looks at; ``MarkScanner.mark`` knows what it stands for. So a mark works wherever markup is, and what the
text shows, without its marks, is known too.
"""

import re
from typing import Any

from lightning_cli.errors import LightningError
from lightning_cli.request import check_field
from lightning_cli.system.records import Record

PAUSE_RANGE_S = (0.0, 60.0)
# The private characters that stand for marks, used in turn: so many marks are never under way at once.
_FIRST, _COUNT = 0x100000, 0xFF00
PLACEHOLDERS = re.compile("[\U00100000-\U0010fffd]")
_BRACKET = re.compile(
    r"\[(?:(pause|voice|speed|lang|sub):([^\[\]\n]{0,400})\]|(voice|speed|lang)\](?=[^(\[:]|\Z))", re.DOTALL
)
_BRACKET_PART = re.compile(
    r"\[(?:([a-z]{0,5})|(?:pause|voice|speed|lang|sub):[^\[\]\n]{0,400}|(?:voice|speed|lang)\])\Z"
)
_BRACKET_NAMES = ("pause", "voice", "speed", "lang", "sub")
_ELEMENT = re.compile(
    r"<(sub|say-as)(\s[^<>]{1,300})>([^<>]{0,400})</\1\s*>|<(/?)(break|voice|prosody|lang|speak)(\s[^<>]{0,300}?)?(/?)>"
)
_ELEMENT_PART = re.compile(
    r"</?(?:([a-z-]{0,7})|(?:break|voice|prosody|lang|speak|sub|say-as)(?:\s[^<>]{0,300}|/)?"
    r"|(?:sub|say-as)\s[^<>]{1,300}>[^<>]{0,400}(?:<(?:/(?:s(?:u(?:b)?|a(?:y(?:-(?:a(?:s)?)?)?)?)?\s*)?)?)?)\Z"
)
_ELEMENT_NAMES = ("break", "voice", "prosody", "lang", "speak", "sub", "say-as")
_ATTRIBUTE = re.compile(r"([A-Za-z_:][\w:.-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_DURATION = re.compile(r"\s*(\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})\s*(s|ms)?\s*")
_NUMBER = re.compile(r"\s*(\d{1,3}(?:\.\d{0,6})?|\.\d{1,6})\s*")
# Silences in seconds, as Azure's speech service documents them.
_STRENGTHS = {"none": 0.0, "x-weak": 0.25, "weak": 0.5, "medium": 0.75, "strong": 1.0, "x-strong": 1.25}
_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}
_PERCENT = re.compile(r"\s*([+-]?)(\d{1,3}(?:\.\d{0,3})?)%\s*")
_FENCE = re.compile(r"[ \t>]*(?:```|~~~)")
_LINE_KEPT = 400
_ROW = re.compile(r":\d+\Z")


class Delivery(Record):
    """How a stretch of the text is to be spoken, where it says so itself."""

    voice: str | None = None
    speed: float | None = None
    language: str | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """Return the fields of the request that this sets."""
        fields = {"voice_id": self.voice, "speed": self.speed, "language": self.language}
        return {name: value for name, value in fields.items() if value is not None}


class Mark(Record):
    """One mark: what it does, with its value, or what is wrong with it; ``place`` names file, line and column."""

    # pause (s), set and open (fields of a delivery; open until close), close, sub (what is spoken), stop, none
    kind: str
    value: Any = None
    written: str = ""
    source: str = ""
    place: str = ""
    problem: str = ""


class MarkScanner:
    """Find the marks of a growing text: ``feed`` pieces cut anywhere, then ``finish``; ``begin`` names a new text.

    ``brackets`` and ``tags`` say which of the two kinds count. Both calls return the text with a character for each
    mark, and the text as it is to be shown, without them.
    """

    def __init__(self, *, brackets: bool = True, tags: bool = True, name: str = "") -> None:
        self._brackets, self._tags = brackets, tags
        self._marks: dict[str, Mark] = {}
        self._made = 0
        self._held = ""
        self.begin(name)

    def begin(self, name: str) -> None:
        """Begin a text of another name."""
        self._name = name
        self._line, self._column = 1, 1
        self._before = ""  # the line so far, its end at least
        self._ticks = 0
        self._fenced = False

    def feed(self, text: str) -> tuple[str, str]:
        """Return what is certain."""
        return self._scan(text, final=False)

    def finish(self) -> tuple[str, str]:
        """Return what was held."""
        return self._scan("", final=True)

    def mark(self, placeholder: str) -> Mark:
        """Return what a character stands for."""
        return self._marks.get(placeholder) or Mark("none")

    def _scan(self, text: str, *, final: bool) -> tuple[str, str]:
        text = self._held + text
        self._held = ""
        passed: list[str] = []
        shown: list[str] = []
        at = 0
        while at < len(text):
            found = _OPENERS.search(text, at)
            start = found.start() if found else len(text)
            plain = text[at:start]
            passed.append(plain)
            shown.append(plain)
            self._move(plain)
            at = start
            if found is None:
                break
            if PLACEHOLDERS.match(text[at]):
                # A text has none of its own that says anything.
                shown.append(text[at])
                self._move(text[at])
                end, mark = at + 1, None
            elif not self._counts(text[at]):
                end, mark = at, None
            elif (match := self._match(text, at)) is not None:
                if match.end() == len(text) and match[0][-1] == "]" and match.lastindex == _BARE and not final:
                    self._held = text[at:]
                    break
                end, mark = match.end(), self._made_of(match)
            elif not final and self._is_open(text, at):
                self._held = text[at:]
                break
            else:
                end, mark = at, None
            if mark is not None:
                passed.append(self._placed(mark))
                shown.append(mark.written)
                self._move(text[at:end])
            elif end == at:
                passed.append(text[at])
                shown.append(text[at])
                self._move(text[at])
                end += 1
            at = end
        return "".join(passed), "".join(shown)

    def _counts(self, sign: str) -> bool:
        """Return whether a mark may begin here: not in code, and not behind a backslash."""
        if not (self._brackets if sign == "[" else self._tags) or self._fenced or self._ticks % 2:
            return False
        backslashes = len(self._before) - len(self._before.rstrip("\\"))
        return not backslashes % 2

    def _match(self, text: str, at: int) -> re.Match[str] | None:
        found = (_BRACKET if text[at] == "[" else _ELEMENT).match(text, at)
        if found and text[at] == "<" and found[1] == "sub" and "alias" not in found[2]:
            return None  # HTML's subscript
        return found

    def _is_open(self, text: str, at: int) -> bool:
        bracket = text[at] == "["
        found = (_BRACKET_PART if bracket else _ELEMENT_PART).match(text, at)
        if found is None:
            return False
        part = found[1]
        return part is None or any(name.startswith(part) for name in (_BRACKET_NAMES if bracket else _ELEMENT_NAMES))

    def _made_of(self, match: re.Match[str]) -> Mark:
        mark = _bracket_mark(match) if match[0][0] == "[" else element_mark(match)
        return mark._replace(source=match[0], place=self.place)

    @property
    def place(self) -> str:
        """Return where the scanner is, for a person; the name of a row of a manifest has its line."""
        line = "" if self._line == 1 and _ROW.search(self._name) else f"{self._line}:"
        return f"{self._name}:{line}{self._column}" if self._name else f"{line}{self._column}"

    def _placed(self, mark: Mark) -> str:
        placeholder = chr(_FIRST + self._made % _COUNT)
        self._made += 1
        self._marks[placeholder] = mark
        return placeholder

    def _move(self, text: str) -> None:
        lines = text.split("\n")
        if len(lines) > 1:
            for index, line in enumerate(lines[:-1]):
                whole = self._before + line if not index else line
                self._fenced ^= bool(_FENCE.match(whole))
            self._line += len(lines) - 1
            self._column, self._ticks, self._before = 1, 0, ""
        self._column += len(lines[-1])
        self._ticks += lines[-1].count("`")
        before = self._before + lines[-1]
        # Its beginning tells a fence, its end a backslash.
        self._before = before if len(before) <= _LINE_KEPT else before[: _LINE_KEPT // 2] + before[-_LINE_KEPT // 2 :]


class PlainScanner(MarkScanner):
    """Find no marks: every character passes."""

    def _scan(self, text: str, *, final: bool) -> tuple[str, str]:
        del final
        return text, text


_OPENERS = re.compile("[\\[<\U00100000-\U0010fffd]")
_BARE = 3  # the group of a bracket that takes a setting back


def _bracket_mark(match: re.Match[str]) -> Mark:
    name, value = match[1] or match[3], match[2]
    if match[3]:
        return Mark("set", {_FIELDS[name]: None})
    if name == "pause":
        return pause_mark(value)
    if name == "sub":
        written, bar, spoken = value.partition("|")
        if not bar or not written.strip() or not spoken.strip():
            return Mark("none", written=written, problem="write it as [sub:written|spoken]")
        return Mark("sub", spoken.strip(), written=written.strip())
    return _setting("set", _FIELDS[name], value.strip())


_FIELDS = {"voice": "voice", "speed": "speed", "lang": "language"}


def pause_mark(value: str) -> Mark:
    """Make the mark of a pause of so many seconds, or milliseconds where it says so."""
    found = _DURATION.fullmatch(value)
    if found is None:
        return Mark("none", problem=f"{value!r} is not a length of time, as 1.5s or 800ms are")
    seconds = float(found[1]) / (1000 if found[2] == "ms" else 1)
    low, high = PAUSE_RANGE_S
    if not low <= seconds <= high:
        return Mark("none", problem=f"a pause is {low:g} to {high:g} s long")
    return Mark("pause", seconds)


def _setting(kind: str, name: str, value: str) -> Mark:
    """Make the mark that sets a field of the request, checked as the flag is."""
    try:
        if not value:
            return Mark("none", problem="the value is missing")
        if name == "speed":
            found = _NUMBER.fullmatch(value)
            if found is None:
                return Mark("none", problem=f"{value!r} is not a number")
            check_field("speed", float(found[1]))
            return Mark(kind, {name: float(found[1])})
        check_field("voice_id" if name == "voice" else name, value)
    except LightningError as fault:
        return Mark("none", problem=fault.message)
    return Mark(kind, {name: value})


def element_mark(match: re.Match[str]) -> Mark:
    """Make the mark of one of SSML's elements, or of one of its tags."""
    if match[1]:
        attributes, written = _attributes(match[2]), match[3]
        if match[1] == "sub":
            alias = attributes.get("alias", "").strip()
            return Mark("sub", alias, written=written.strip()) if alias else Mark("none", written=written)
        if attributes.get("interpret-as") in {"characters", "spell-out", "verbatim"}:
            return Mark("sub", " ".join(written.replace(" ", "")), written=written)
        return Mark("sub", written, written=written)
    closing, name, empty = match[4], match[5], match[7]
    return tag_mark(name, match[6] or "", closing=bool(closing), empty=bool(empty))


def tag_mark(name: str, attributes: str, *, closing: bool, empty: bool) -> Mark:
    """Make the mark of a tag of SSML."""
    if name == "break":
        return Mark("none") if closing else _break(_attributes(attributes))
    if name == "speak" or (empty and not closing):
        return Mark("none")
    return Mark("close", name) if closing else _opened(name, _attributes(attributes))


def _opened(name: str, attributes: dict[str, str]) -> Mark:
    if name == "voice" and "name" in attributes:
        return _setting("open", "voice", attributes["name"].strip())
    if name == "lang":
        code = attributes.get("xml:lang", attributes.get("lang", "")).strip()
        return _setting("open", "language", re.split("[-_]", code)[0].lower())
    if name == "prosody" and "rate" in attributes:
        rate = _rate(attributes["rate"].strip())
        return Mark("open", {}, problem="") if rate is None else _setting("open", "speed", rate)
    return Mark("open", {})


def _rate(text: str) -> str | None:
    if text in _RATES:
        return f"{_RATES[text]:g}"
    if found := _PERCENT.fullmatch(text):
        share = float(found[2]) / 100
        return f"{1 + share if found[1] == '+' else 1 - share if found[1] else share:g}"
    return text


def _break(attributes: dict[str, str]) -> Mark:
    if "time" in attributes:
        return pause_mark(attributes["time"])
    strength = attributes.get("strength", "medium")
    if strength not in _STRENGTHS:
        return Mark("none", problem=f"strength {strength!r} is not one of {', '.join(_STRENGTHS)}")
    return Mark("pause", _STRENGTHS[strength])


def _attributes(text: str) -> dict[str, str]:
    return {found[1]: found[2] if found[2] is not None else found[3] for found in _ATTRIBUTE.finditer(text)}
