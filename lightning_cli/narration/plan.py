"""Rows to items: where each one goes, what its request looks like, and a fingerprint of everything that shapes it."""

import hashlib
import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NamedTuple

from lightning_cli.errors import InvalidRequest, LightningError
from lightning_cli.joins import JoinRule
from lightning_cli.markup import speakable
from lightning_cli.narration.fields import Fields
from lightning_cli.narration.manifest import Row
from lightning_cli.request import SpeechRequest, check_text
from lightning_cli.sinks.containers import Container, container_for
from lightning_cli.sinks.places import Places
from lightning_cli.text import Boundary, Segment, can_be_heard, segments_of

# Raised when the same text and settings come to sound different by a change of this program.
_RECIPE = 1

# Makes a row's request, with any text, from what the row sets and its container; raises ``LightningError``.
MakeWish = Callable[[Mapping[str, object], Container], SpeechRequest]


class Cutting(NamedTuple):
    """Say how a text becomes segments; see the flags of the same names."""

    markup: str
    max_chars: int
    whole: bool

    def segments(self, text: str, language: str | None) -> list[Segment]:
        """Cut a text; raises ``InvalidRequest`` when nothing in it can be spoken."""
        plain = speakable(text, self.markup)
        cut = [Segment(plain, Boundary.SENTENCE)] if self.whole else None
        segments = segments_of(plain, language=language, max_chars=self.max_chars) if cut is None else cut
        spoken = [segment for segment in segments if segment.spoken]
        if not spoken:
            raise InvalidRequest("text", "there is no text to speak", hint="look at the text without its markup")
        return spoken


class Identity(NamedTuple):
    """Say who speaks: the engine, the format on the wire, and what each dictionary contains."""

    engine: str
    dictionaries: Mapping[str, str]

    def of(self, request: SpeechRequest) -> str:
        """Give the fingerprint of the audio that a request asks for; 64 hex digits."""
        said = [self.dictionaries.get(one, "") for one in request.pronunciation_dicts]
        return _digest([_RECIPE, self.engine, request.fingerprint(), said])


@dataclass(frozen=True, slots=True)
class Item:
    """Hold one output to be: its name below the output directory, its text's digest, the request it is made of."""

    row: Row
    name: str
    path: Path
    container: Container
    wish: SpeechRequest
    digest: str

    @property
    def place(self) -> str:
        """Give the file and line it comes from."""
        return self.row.place

    def requests(self, cutting: Cutting) -> list[tuple[Segment, SpeechRequest]]:
        """Cut the text and make each segment's request; ids of ours are numbered where there are several."""
        segments = cutting.segments(self.row.read(), self.wish.language)
        made = []
        for number, segment in enumerate(segments, start=1):
            own = self.wish.request_id
            if own is not None and len(segments) > 1:
                own = f"{own}-{number}"
            made.append((segment, self.wish._replace(text=segment.spoken, request_id=own)))
        return made


@dataclass(slots=True)
class Recipe:
    """Name the state of outputs: an output is up to date when its fingerprint is still the same."""

    identity: Identity
    cutting: Cutting
    rule: JoinRule
    # Rows that set the same fields share one request: what it comes to is worked out once. The request is kept too,
    # so that no other takes over its identity.
    _known: dict[tuple[int, str], tuple[SpeechRequest, str]] = field(default_factory=dict)

    def of(self, item: Item) -> str:
        """Give the fingerprint of an output; neither its text is cut nor anything decoded for it."""
        key = (id(item.wish), item.container.name)
        known = self._known.get(key)
        if known is None:
            rule = list(self.rule._asdict().values())
            settings = _digest([self.identity.of(item.wish), self.cutting, rule, item.container.name])
            known = self._known[key] = (item.wish, settings)
        return hashlib.sha256(f"{known[1]} {item.digest}".encode()).hexdigest()

    def of_book(self, items: Iterable[Item], pause_ms: int, container: Container) -> str:
        """Give the fingerprint of a book."""
        return _digest([list(map(self.of, items)), pause_ms, container.name])


@dataclass(slots=True)
class Planner:
    """Make items; every problem is kept, none ends the work.

    ``book`` is the container that all of them go into as well, or, with ``only_book``, alone. ``places`` holds what
    the run reads and writes besides.
    """

    directory: Path
    format_name: str | None
    make_wish: MakeWish
    book: Container | None = None
    only_book: bool = False
    whole: bool = False
    places: Places = field(default_factory=Places)

    def plan(self, rows: Sequence[Row]) -> tuple[list[Item], list[str]]:
        """Give the items of ``rows`` and what is wrong with them."""
        items: list[Item] = []
        problems: list[str] = []
        taken: dict[str, str] = {}
        wishes: dict[tuple[Fields, str], SpeechRequest] = {}
        for row in rows:
            if row.file is not None:
                self.places.read(str(row.file), f"the text of {row.place}")
        for row in rows:
            try:
                item = self._item(row, wishes)
            except LightningError as fault:
                problems.append(fault.message if fault.message.startswith(f"{row.place}:") else _told(row, fault))
                continue
            if other := taken.get(_same(item.name)):
                problems.append(f"{row.place}: the output {item.name!r} is also that of {other}")
            elif not self.only_book and (use := self.places.use_of(str(item.path))):
                problems.append(f"{row.place}: the output {item.name!r} is also {use}")
            taken.setdefault(_same(item.name), row.place)
            items.append(item)
        problems += _different_rates(items, self.book) if self.book else []
        return items, problems

    def _item(self, row: Row, wishes: dict[tuple[Fields, str], SpeechRequest]) -> Item:
        name = self._name(row)
        alone = self.book if self.only_book else None
        container = alone or container_for(str(self.directory / name), self.format_name)
        key = (row.fields, container.name)
        if key not in wishes:
            wishes[key] = self.make_wish(dict(row.fields), container)
        text = row.read()
        if not can_be_heard(text):
            raise InvalidRequest("text", "there is no text to speak")
        if self.whole:
            check_text(text)
        try:
            digest = hashlib.sha256(text.encode()).hexdigest()
        except UnicodeEncodeError as fault:
            raise InvalidRequest("text", f"the text is not valid Unicode at character {fault.start}") from fault
        return Item(row, name, self.directory / name, container, wishes[key], digest)

    def _name(self, row: Row) -> str:
        extension = "." + (self.format_name or "wav").lower().removeprefix(".")
        name = row.output or row.stem + extension
        if row.output and not PurePath(name).suffix:
            name += extension
        try:
            os.fsencode(name)
        except UnicodeEncodeError as fault:
            raise InvalidRequest("output", f"the output is not valid Unicode at character {fault.start}") from fault
        parts = PurePath(os.path.normpath(name))
        if "\0" in name or parts.is_absolute() or ".." in parts.parts:
            raise InvalidRequest("output", f"the output {name!r} is outside the output directory")
        return str(parts)


def _told(row: Row, fault: LightningError) -> str:
    return f"{row.place}: {fault.message}" + (f" ({fault.hint})" if fault.hint else "")


def _different_rates(items: Sequence[Item], book: Container) -> list[str]:
    if not items:
        return []
    first = items[0].wish.sample_rate
    if not book.takes_rate(first):
        return [f"{items[0].place}: {first} Hz, and the book is {book.name}, which does not take it"]
    return [
        f"{item.place}: {item.wish.sample_rate} Hz, and the book began with {first} Hz"
        for item in items
        if item.wish.sample_rate != first
    ]


def _same(name: str) -> str:
    """Give what file systems that fold case or accents would take two names for."""
    return unicodedata.normalize("NFC", name).casefold()


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
