"""Rows to items: where each one goes, what its request looks like, and a fingerprint of everything that shapes it."""

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lightning_cli.audio.joins import JoinRule
from lightning_cli.errors import InvalidRequest, LightningError, UsageFault
from lightning_cli.narration.columns import Fields
from lightning_cli.narration.rows import Row
from lightning_cli.request import DEFAULT_MODEL, RequestDefaults, SpeechRequest, check_text
from lightning_cli.sinks.containers import Container, container_for, has_audio_ending
from lightning_cli.sinks.targets import PathRegistry
from lightning_cli.text.reading import Reading, Resolve
from lightning_cli.text.segmenter import Boundary, Segment, can_be_heard
from lightning_cli.text.whole_text import may_have_marks, read_whole

if TYPE_CHECKING:
    from lightning_cli.text.marks import Delivery

# Raised when the same text and settings come to sound different by a change of this program.
_RECIPE = 1
_PART_DIGITS = 12
# What makes a heading of the line above; the other headings begin with a "#".
_UNDERLINE = r"^[ \t>]*(?:=+|-+)[ \t]*$"

# Makes a row's request, but for its text, from what the row sets and its container; raises ``LightningError``.
MakeDefaults = Callable[[Mapping[str, object], Container], RequestDefaults]


class Cutting(NamedTuple):
    """How a text becomes segments; see the flags of the same names."""

    markup: str
    max_chars: int
    whole: bool
    thinking: bool = False
    marks: bool = True

    @property
    def shape(self) -> tuple[object, ...]:
        """Return what is part of an output's fingerprint: that of a version before had the first three alone."""
        defaults = self._field_defaults.values()
        return self if self[-len(defaults) :] != tuple(defaults) else self[: -len(defaults)]

    @property
    def reading(self) -> Reading:
        """Return the same for a reader of texts."""
        return Reading(self.markup, self.thinking, self.marks, self.max_chars, self.whole)

    def segments(
        self, text: str, language: str | None, name: str = "", resolve: Resolve | None = None
    ) -> list[Segment]:
        """Cut a text; raises ``InvalidRequest`` when nothing in it can be spoken, ``UsageFault`` for a wrong mark."""
        segments = read_whole(text, self.reading, language=language, name=name, resolve=resolve)
        if not any(segment.spoken for segment in segments):
            raise InvalidRequest("text", "no text to speak", hint="look at the text without its markup")
        return segments


@dataclass(frozen=True, slots=True)
class Identity:
    """Who speaks: the engine, the format on the wire, and what each dictionary contains.

    ``before`` are other names that the same engine had, ``voice_before`` gives a request the voice that it may have
    had without being asked for it.
    """

    engine: str
    dictionaries: Mapping[str, str]
    before: tuple[str, ...] = ()
    voice_before: Callable[[RequestDefaults], RequestDefaults] | None = None

    def of(self, request: RequestDefaults) -> str:
        """Return the fingerprint of the audio that a request, or one without its text, asks for; 64 hex digits.

        A default that is spelled out asks for the same as one that is left out.
        """
        return self._of(self.engine, _without_defaults(request))

    def all_of(self, request: RequestDefaults) -> tuple[str, ...]:
        """Return the fingerprint, and those that versions before gave: with defaults spelled out, by other names."""
        plain = _without_defaults(request)
        spelled: tuple[RequestDefaults, ...] = (plain,) if plain is request else (plain, request)
        if self.voice_before is not None:
            spelled += tuple(map(self.voice_before, spelled))
        return tuple(self._of(engine, one) for engine in (self.engine, *self.before) for one in spelled)

    def _of(self, engine: str, request: RequestDefaults) -> str:
        said = [self.dictionaries.get(one, "") for one in request.pronunciation_dicts]
        return digest_of_values([_RECIPE, engine, request.fingerprint(), said])


def _without_defaults(request: RequestDefaults) -> RequestDefaults:
    """Leave out what the service does anyway (protocol.md 2.1)."""
    spelled: dict[str, object] = {}
    if request.model == DEFAULT_MODEL:
        spelled["model"] = None
    if request.speed == 1.0:
        spelled["speed"] = None
    if request.math_notation is False:
        spelled["math_notation"] = None
    return request._replace(**spelled) if spelled else request


@dataclass(frozen=True, slots=True)
class Item:
    """One output to be: its name below the output directory, its text's digest, the request it is made of."""

    row: Row
    name: str
    directory: Path
    container: Container
    defaults: RequestDefaults
    digest: str
    characters: int = 0
    # Of each member of the cast, by the fields that make it another voice.
    voices: Mapping[Fields, RequestDefaults] = field(default_factory=dict)
    # Completes what marks of the text ask for, beside what the row sets or a member of the cast.
    resolver: Callable[[Fields], Resolve] | None = None
    # Whether there may be headings in its text: then their pause is part of the fingerprint.
    may_have_headings: bool = False

    @property
    def path(self) -> Path:
        """Return where it goes."""
        return self.directory / self.name

    @property
    def place(self) -> str:
        """Return the file and line it comes from."""
        return self.row.place

    def requests(self, cutting: Cutting, *, in_book: bool = False) -> list[tuple[Segment, SpeechRequest]]:
        """Cut the text and make each segment's request; ids of ours are numbered where there are several.

        The silence that the row asks for behind it ends its file; ``in_book`` leaves it to the book.

        Raises ``UsageFault`` for a text that is no longer the one that was planned: its audio would be recorded as
        that of another.
        """
        text = self.row.read()
        if _words_digest(self.row, text) != self.digest:
            raise UsageFault(f"{self.row.file} has changed during the run", hint="run the command again")
        spoken: list[tuple[RequestDefaults, Segment]] = []
        for defaults, fields, words in self._parts(text):
            if spoken:
                # The turn of another is a paragraph.
                before, last = spoken[-1]
                spoken[-1] = (before, last._replace(boundary=max(last.boundary, Boundary.PARAGRAPH)))
            resolve = self.resolver(fields) if self.resolver is not None else None
            for segment in cutting.segments(words, defaults.language, self.text_name, resolve):
                own = segment.delivery.fields if segment.delivery is not None else None
                spoken.append((defaults._replace(**own) if own else defaults, segment))
        pause_ms = self.row.pause_after_ms
        if pause_ms is not None and not in_book:
            spoken[-1] = (spoken[-1][0], spoken[-1][1]._replace(pause_after_s=pause_ms / 1000))
        made = []
        for number, (defaults, segment) in enumerate(spoken, start=1):
            made.append((segment, defaults.request(segment.spoken, number if len(spoken) > 1 else None)))
        return made

    @property
    def sound_digest(self) -> str:
        """Return the text's digest with the silence behind it."""
        pause_ms = self.row.pause_after_ms
        return self.digest if pause_ms is None else f"{self.digest} {pause_ms}"

    @property
    def text_name(self) -> str:
        """Return what to call its text."""
        return str(self.row.file) if self.row.file is not None else self.row.place

    def _parts(self, text: str) -> list[tuple[RequestDefaults, Fields, str]]:
        """Return who speaks what; what cannot be heard is left out where there is more."""
        if self.row.cast is None:
            return [(self.defaults, (), text)]
        parts = [part for part in self.row.cast.parts(text) if can_be_heard(part.text)]
        if not parts:
            return [(self.defaults, (), text)]
        return [(self.voices.get(part.fields, self.defaults), part.fields, part.text) for part in parts]


@dataclass(slots=True)
class Recipe:
    """Name the state of outputs: an output is up to date when its fingerprint is still the same."""

    identity: Identity
    cutting: Cutting
    rule: JoinRule
    # Rows that set the same fields share one request: what it comes to is worked out once. The request is kept too,
    # so that no other takes over its identity.
    _known: dict[tuple[int, str, bool], tuple[RequestDefaults, tuple[str, ...]]] = field(default_factory=dict)

    def of(self, item: Item) -> str:
        """Return the fingerprint of an output; neither its text is cut nor anything decoded for it."""
        return _joined(self._settings(item)[0], item.sound_digest)

    def all_of(self, item: Item) -> tuple[str, ...]:
        """Return every fingerprint that the output may have been given; see ``Identity.all_of``."""
        return tuple(_joined(settings, item.sound_digest) for settings in self._settings(item))

    def _settings(self, item: Item) -> tuple[str, ...]:
        key = (id(item.defaults), item.container.name, item.may_have_headings)
        known = self._known.get(key)
        if known is None:
            rule = self._pauses(item)
            # Left out where there is none, so that outputs of versions before stay up to date.
            kbits = [] if item.container.kbits is None else [item.container.kbits]
            settings = tuple(
                digest_of_values([identity, self.cutting.shape, rule, item.container.name, *kbits])
                for identity in self.identity.all_of(item.defaults)
            )
            known = self._known[key] = (item.defaults, settings)
        return known[1]

    def _pauses(self, item: Item) -> list[float]:
        """Return the rule as far as it counts, so that outputs of versions before stay up to date."""
        rule = self.rule
        pauses = [rule.raw, rule.sentence_ms, rule.paragraph_ms, rule.clause_ms]
        if item.may_have_headings and self.cutting.markup != "none" and not self.cutting.whole:
            pauses.append(float(rule.pause_ms(Boundary.HEADING)))
        return pauses

    def parts(self, item: Item) -> tuple[str, ...]:
        """Return short digests of what an output is made from, so that it can be told which has changed.

        In the order of ``lock_file.PARTS``.
        """
        pauses = [self._pauses(item), item.row.pause_after_ms]
        rest = [self.cutting.shape, item.container.name, item.container.kbits]
        whole = (item.digest, self.identity.of(item.defaults), digest_of_values(pauses), digest_of_values(rest))
        return tuple(one[:_PART_DIGITS] for one in whole)

    def all_of_book(self, items: Iterable[Item], extra: Sequence[object]) -> tuple[str, ...]:
        """Return every fingerprint that a book may have been given; ``extra`` is what else shapes it."""
        ways = [self.all_of(item) for item in items]
        count = max(map(len, ways), default=1)
        # The same engine for every item; one that spells no default out has half as many.
        made = [[way[index * len(way) // count] for way in ways] for index in range(count)]
        return tuple(digest_of_values([together, *extra]) for together in made)


def _joined(settings: str, digest: str) -> str:
    return hashlib.sha256(f"{settings} {digest}".encode()).hexdigest()


@dataclass(slots=True)
class Planner:
    """Make items; every problem is kept, none ends the work.

    ``book`` is the container that all of them go into as well, or, with ``only_book``, alone. ``places`` holds what
    the run reads and writes besides. ``kbits`` is the bitrate of what has one.
    """

    directory: Path
    format_name: str | None
    make_defaults: MakeDefaults
    book: Container | None = None
    only_book: bool = False
    whole: bool = False
    cutting: Cutting | None = None
    places: PathRegistry = field(default_factory=PathRegistry)
    kbits: int | None = None

    def plan(self, rows: Sequence[Row]) -> tuple[list[Item], list[str]]:
        """Return the items of ``rows`` and what is wrong with them."""
        items: list[Item] = []
        problems: list[str] = []
        taken: dict[str, str] = {}
        shared: dict[tuple[Fields, str], RequestDefaults] = {}
        # As text: a Path for each of 50,000 rows takes longer than all the rest.
        root = "" if self.directory == Path() else f"{self.directory}{os.sep}"
        for row in rows:
            if row.file is not None:
                self.places.read(str(row.file), f"the text of {row.place}")
        for row in rows:
            try:
                item = self._item(row, root, shared)
            except LightningError as fault:
                problems.append(fault.message if fault.message.startswith(f"{row.place}:") else _told(row, fault))
                continue
            same = _same(item.name)
            if other := taken.get(same):
                problems.append(f"{row.place}: the output {item.name!r} is also that of {other}")
            elif not self.only_book and (use := self.places.use_of(root + item.name)):
                problems.append(f"{row.place}: the output {item.name!r} is also {use}")
            taken.setdefault(same, row.place)
            items.append(item)
        problems += _different_rates(items, self.book) if self.book else []
        return items, problems

    def _item(self, row: Row, root: str, shared: dict[tuple[Fields, str], RequestDefaults]) -> Item:
        name = self._name(row)
        alone = self.book if self.only_book else None
        container = alone or container_for(root + name, self.format_name)
        if alone is None and self.kbits is not None and container.has_bitrate:
            container = container.at_bitrate(self.kbits)
        key = (row.fields, container.name)
        if key not in shared:
            shared[key] = self.make_defaults(dict(row.fields), container)
        voices = {}
        for fields in set(row.cast.members.values()) if row.cast is not None else ():
            member = (tuple(sorted({**dict(row.fields), **dict(fields)}.items())), container.name)
            if member not in shared:
                shared[member] = self.make_defaults(dict(member[0]), container)
            voices[fields] = shared[member]
        text = row.read()
        if not can_be_heard(text):
            raise InvalidRequest("text", "no text to speak")
        if self.whole:
            check_text(text)
        try:
            digest = _words_digest(row, text)
        except UnicodeEncodeError as fault:
            raise InvalidRequest("text", f"the text is not valid Unicode at character {fault.start}") from fault
        item_name = str(row.file) if row.file is not None else row.place
        resolver = self._resolver(row, container)
        if self.cutting is not None and may_have_marks(text, item_name):
            # Wrong marks are told before anything is sent.
            reading = self.cutting.reading._replace(whole=True)
            read_whole(text, reading, language=shared[key].language, name=item_name, resolve=resolver(()))
        if row.file is not None and not row.file.is_file():
            # A pipe has its text once.
            row = replace(row, text=text, file=None)
        return Item(
            *(row, name, self.directory, container, shared[key], digest, len(text), voices, resolver),
            may_have_headings="#" in text or re.search(_UNDERLINE, text, re.MULTILINE) is not None,
        )

    def _resolver(self, row: Row, container: Container) -> Callable[[Fields], Resolve]:
        def of(fields: Fields) -> Resolve:
            def resolve(delivery: "Delivery") -> "Delivery":
                defaults = self.make_defaults({**dict(row.fields), **dict(fields), **delivery.fields}, container)
                follows = delivery.voice is not None or delivery.language is not None
                return delivery._replace(voice=defaults.voice_id if follows else None)

            return resolve

        return of

    def _name(self, row: Row) -> str:
        extension = "." + (self.format_name or "wav").lower().removeprefix(".")
        name = row.output or row.stem + extension
        if row.output and not has_audio_ending(name):
            name += extension
        try:
            os.fsencode(name)
        except UnicodeEncodeError as fault:
            raise InvalidRequest("output", f"the output is not valid Unicode at character {fault.start}") from fault
        normal = os.path.normpath(name)
        if "\0" in name or normal.startswith(os.sep) or normal.partition(os.sep)[0] == os.pardir:
            raise InvalidRequest("output", f"the output {name!r} is outside the output directory")
        return normal


def _told(row: Row, fault: LightningError) -> str:
    return f"{row.place}: {fault.message}" + (f" ({fault.hint})" if fault.hint else "")


def _different_rates(items: Sequence[Item], book: Container) -> list[str]:
    if not items:
        return []
    first = items[0].defaults.sample_rate
    if not book.takes_rate(first):
        return [f"{items[0].place}: {first} Hz, and the book is {book.name}, which does not take it"]
    return [
        f"{item.place}: {item.defaults.sample_rate} Hz, and the book began with {first} Hz"
        for item in items
        if item.defaults.sample_rate != first
    ]


def _same(name: str) -> str:
    """Return what file systems that fold case or accents would take two names for."""
    return unicodedata.normalize("NFC", name).casefold()


def _words_digest(row: Row, text: str) -> str:
    """Return the digest of a text, and of who speaks which part of it."""
    parts = row.cast.parts(text) if row.cast is not None else []
    if any(part.fields for part in parts):
        return digest_of_values(parts)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_values(value: object) -> str:
    """Return the SHA-256 of a value that JSON can hold; 64 hex digits."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
