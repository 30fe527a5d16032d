"""A cast: which voice speaks the lines of whom.

``NAME: words``, ``**NAME:** words`` and ``[NAME] words`` count at the beginning of a line and for names of the cast;
everything else is the narrator's. So do, in capitals, ``NAME. words`` of printed plays and the NAME that stands alone
above its words in screenplays. A direction behind the name, as in ``HOST (softly): words``, or before the words is not
spoken.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lightning_cli.errors import UsageFault
from lightning_cli.narration.columns import Fields, request_fields
from lightning_cli.system.close_words import meant

NARRATOR = "narrator"
_KEYS = ("voice", "speed", "language", "model")
_NAME = r"(?P<name>[^\W\d_][^:：*_\[\]\n]{0,60}?|\d{1,3})"  # noqa: RUF001 - the full-width colon of Chinese and Japanese
# A bullet, the number of a line, and when it was said.
_LEAD = (
    r"[ \t]{0,3}(?:[-*>+][ \t]+|\d{1,4}[.)][ \t]+)?"
    r"(?:[\[(]?\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?[\])]?[ \t]+(?:[-–—][ \t]+)?)?"  # noqa: RUF001 - dashes
)
_ASIDE = r"(?:[ \t]*(?:\([^()\n]{1,60}\)|\[[^\[\]\n]{1,60}\]))?"
_FORMS = tuple(
    re.compile(_LEAD + form + r"[ \t]*(?P<words>.*)")
    for form in (
        rf"(?:\*\*?|__?){_NAME}(?:[ \t]*[:：](?:\*\*?|__?)|(?:\*\*?|__?){_ASIDE}[ \t]*[:：])",  # noqa: RUF001 - the same
        rf"{_NAME}{_ASIDE}[ \t]*[:：](?!//)",  # noqa: RUF001 - the same
        rf"\[{_NAME}\][:：]?(?!\()",  # noqa: RUF001 - the same
    )
)
# Of plays, and of screenplays, where a second speaker at once has a sign behind the name.
_PRINTED = re.compile(r"[ \t]*(?P<name>[^\W\d_][^.:\n]{0,60})\.[ \t]+(?P<words>\S.*)")
_ALONE = re.compile(r"[ \t]*@?(?P<name>[^\W\d_][^.:\n()]{0,60}?)[ \t]*(?:\([^()\n]{1,40}\)[ \t]*)?\^?\.?[ \t]*")
_SCENE = re.compile(r"\s*(?:INT|EXT|EST|I/E|SCENE|ACT|FADE|CUT|DISSOLVE|THE END|TITLE)\b")
# At the beginning of what is said; not a mark of ours.
_OPENING = re.compile(r"\s*(?:\([^().!?\n]{1,60}\)|\[(?!/?(?:pause|voice|speed|lang|sub)\b)[^\[\]\n]{1,60}\](?!\())\s*")
_DIRECTION = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_ENDED = re.compile(r"[.!?…。！？।؟:;\"”’»)*_\]]\s*$")  # noqa: RUF001 - ends of sentences in every script
_LONGEST_NAME_WORDS = 4
# Of a name alone; a longer line would take long to be no name.
_LONGEST_LINE = 120


class CastPart(NamedTuple):
    """Words of one speaker; no ``fields`` for the narrator's."""

    fields: Fields
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    words: str
    form: int


@dataclass(frozen=True, slots=True)
class Cast:
    """The voices of speakers, by their names in lower case; ``narrator`` is what the rest is spoken with."""

    members: Mapping[str, Fields]
    narrator: Fields = ()
    names: tuple[str, ...] = field(default=())

    def member(self, name: str) -> Fields | None:
        """Return what a name of the cast is spoken with; None for any other name."""
        return self.members.get(_key(name))

    def speaker_of(self, line: str) -> tuple[Fields, str] | None:
        """Return the voice and the words of a line that begins with a name of the cast."""
        for found in _lines(line):
            member = self.member(found.name)
            if member is not None:
                return member, _OPENING.sub("", found.words, count=1) if _OPENING.match(found.words) else found.words
        printed = _PRINTED.match(line)
        if printed and _is_capital(printed["name"]) and (member := self.member(printed["name"])) is not None:
            return member, _OPENING.sub("", printed["words"], count=1)
        return None

    def _speaker_alone(self, lines: Sequence[str], index: int) -> Fields | None:
        """Return the voice of a name of the cast that stands alone above its words."""
        name = _name_alone(lines, index)
        return self.member(name) if name is not None else None

    def parts(self, text: str) -> list[CastPart]:
        """Return a text cut where another one speaks; a line that breaks off goes on in the next."""
        blocks: list[tuple[Fields, list[str]]] = [((), [])]
        in_speech = in_screenplay = False
        lines = text.split("\n")
        for index, line in enumerate(lines):
            said = blocks[-1][1]
            spoken = self.speaker_of(line)
            alone = self._speaker_alone(lines, index) if spoken is None else None
            if alone is not None:
                blocks.append((alone, []))
                in_speech = in_screenplay = True
            elif spoken is not None:
                blocks.append((spoken[0], [spoken[1]]))
                in_speech, in_screenplay = True, False
            elif in_screenplay and line.strip():
                # Up to the next blank line; a direction stands in brackets of its own.
                if not _OPENING.fullmatch(line):
                    said.append(line.strip())
            elif in_speech and not in_screenplay and line.strip() and _goes_on(said[-1], line):
                said.append(line.strip())
            elif not in_speech:
                said.append(line)
            elif line.strip() or any(map(str.strip, said)):
                # Not the blank line between a name and its words.
                blocks.append(((), [line]))
                in_speech = in_screenplay = False
        made = (CastPart(fields, "\n".join(lines).strip("\n")) for fields, lines in blocks)
        return [part for part in made if part.text.strip()]

    def strangers(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield line number and name of what looks like a speaker and is not in the cast."""
        lines = text.split("\n")
        alone = [_name_alone(lines, index) for index in range(len(lines))]
        is_screenplay = any(name is not None and self.member(name) is not None for name in alone)
        for index, line in enumerate(lines):
            if self.speaker_of(line) is not None:
                continue
            name = _stranger(line)
            if name is None and is_screenplay and alone[index] is not None and self.member(alone[index] or "") is None:
                name = alone[index]
            if name is not None:
                yield index + 1, name


def parse_pairs(value: str) -> dict[str, object]:
    """Return the names and voices of ``HOST=emily,GUEST=daniel``; raise ``UsageFault``."""
    found: dict[str, object] = {}
    for pair in value.split(","):
        name, _, voice = (one.strip() for one in pair.partition("="))
        if not name or not voice:
            raise UsageFault(f"--cast {pair.strip()!r} is not NAME=VOICE", hint="as in --cast HOST=emily,GUEST=daniel")
        found[name] = voice
    return found


def make_cast(tables: Sequence[tuple[str, Mapping[str, object]]]) -> Cast:
    """Return the cast of files and pairs, each with its place; a later one wins. Raise ``UsageFault``."""
    members: dict[str, Fields] = {}
    names: list[str] = []
    narrator: Fields = ()
    for place, table in tables:
        for name, value in table.items():
            fields = _fields(place, name, value)
            if _key(name) == NARRATOR:
                narrator = fields
            else:
                members[_key(name)] = fields
                names.append(name)
    if not members:
        raise UsageFault("the cast has no names", hint="as in --cast HOST=emily,GUEST=daniel")
    return Cast(members, narrator, tuple(names))


def _fields(place: str, name: str, value: object) -> Fields:
    cells = {"voice": value} if isinstance(value, str) else value
    if not isinstance(cells, Mapping):
        raise UsageFault(f"{place}: {name} is neither a voice nor a table", hint='as in [HOST] with voice = "emily"')
    for key in cells:
        if key not in _KEYS:
            raise UsageFault(f"{place}: {name}: unknown key {key!r}{meant(key, _KEYS)}", hint=f"use {', '.join(_KEYS)}")
    fields, problems = request_fields(cells)
    if problems:
        raise UsageFault(f"{place}: {name}: {problems[0]}", hint="fix the cast")
    return fields


def _key(name: str) -> str:
    # "Dr" is "Dr."
    return " ".join(_DIRECTION.sub("", name).casefold().replace(".", " ").split())


def _is_capital(name: str) -> bool:
    """Return whether a name is in capitals, as plays print those of speakers; other scripts have none."""
    return name.isupper() and len(name.split()) <= _LONGEST_NAME_WORDS


def _name_alone(lines: Sequence[str], index: int) -> str | None:
    """Return the name in capitals that a line consists of, between a blank line and words."""
    line = lines[index]
    if (index and lines[index - 1].strip()) or index + 1 >= len(lines) or not lines[index + 1].strip():
        return None
    match = _ALONE.fullmatch(line) if len(line) <= _LONGEST_LINE else None
    is_name = match and _is_capital(match["name"]) and not _SCENE.match(line)
    return match["name"] if match and is_name else None


def _stranger(line: str) -> str | None:
    """Return the name that a line seems to begin with."""
    for found in _lines(line):
        name = _DIRECTION.sub("", found.name).strip()
        if (found.form == 0 or name.isupper()) and len(name.split()) <= _LONGEST_NAME_WORDS and found.words:
            return name
    return None


def _lines(line: str) -> Iterator[_Line]:
    """Yield the ways in which a line may have a speaker."""
    for form, pattern in enumerate(_FORMS):
        if match := pattern.match(line):
            yield _Line(match["name"], match["words"], form)


def _goes_on(said: str, line: str) -> bool:
    """Return whether a line behind a speech is the rest of it: what was said breaks off, or has not begun."""
    if _stranger(line) is not None:
        return False
    return not said.strip() or not _ENDED.search(said) or line.lstrip()[:1].islower()
