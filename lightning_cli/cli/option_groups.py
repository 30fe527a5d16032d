"""Options that commands share, as frozen records: a command's options are one record, put together from these.

``service_options.with_service`` gives a command one parameter for every field of its record and hands it the record.
The fields' annotations are the aliases of options.py; those of the request are read off the table in request.py.
"""

from typing import Any

from lightning_cli.audio.joins import JoinRule
from lightning_cli.cli import options as opt
from lightning_cli.request import FIELDS, RequestField, default_of
from lightning_cli.system.records import Annotated, Record
from lightning_cli.text.reading import Reading
from lightning_cli.text.segmenter import DEFAULT_MAX_CHARS

_JOIN = JoinRule()
_TYPES: dict[str, Any] = {"number": float | None, "switch": bool | None}


def _option_of(name: str, field: RequestField) -> Any:
    """Return the annotation of the parameter that sets a field of the request."""
    kind = list[str] | None if field.is_many else _TYPES.get(field.kind, int | None if field.is_integer else str | None)
    flags = f"--{field.flag}"
    if field.kind == "switch":
        if default_of(name) is None:
            flags += f"/--no-{field.flag}"
        else:
            kind = bool
    short = (f"-{field.short}",) if field.short else ()
    option = opt.Option(flags, *short, metavar=field.metavar or None, envvar=field.variable, help=field.help)
    return Annotated[kind, option]


_NAMES = {field.parameter: name for name, field in FIELDS.items() if field.flag}


class RequestOptions(Record):
    """The fields of the request that hold for a whole run."""

    __annotations__ = {
        parameter: _option_of(name, FIELDS[name])
        for parameter, name in _NAMES.items()
        if not FIELDS[name].is_per_request
    }

    @classmethod
    def field_default(cls, name: str) -> Any:
        """Return the default of an option."""
        if name not in _NAMES:
            return super().field_default(name)
        value = default_of(_NAMES[name])
        # What the request has by default depends on more than the command line.
        return value if isinstance(value, bool) else None

    def request_fields(self) -> dict[str, Any]:
        """Return the values of the fields by the names that the request has for them; None for what is not set."""
        values = {name: self.__dict__.get(parameter) for parameter, name in _NAMES.items()}
        return {name: tuple(value or ()) if FIELDS[name].is_many else value for name, value in values.items()}


class SingleRequestOptions(RequestOptions):
    """The fields of the request where a run has one text: the ids of single requests too."""

    __annotations__ = {
        parameter: _option_of(name, FIELDS[name]) for parameter, name in _NAMES.items() if FIELDS[name].is_per_request
    }


class CuttingOptions(Record):
    """The options about cutting a text into segments."""

    whole: opt.Whole = False
    max_chars: opt.MaxChars = DEFAULT_MAX_CHARS
    markup: opt.Markup = "auto"
    thinking: opt.Thinking = False
    no_marks: opt.NoMarks = False

    @property
    def text_reading(self) -> Reading:
        """Return how a text is read."""
        return Reading(self.markup, self.thinking, not self.no_marks, self.max_chars, self.whole)


class JoinOptions(Record):
    """The options about joining segments."""

    join: opt.Join = "natural"
    pause_sentence: opt.PauseSentence = int(_JOIN.sentence_ms)
    pause_paragraph: opt.PauseParagraph = int(_JOIN.paragraph_ms)
    pause_heading: opt.PauseHeading = None

    @property
    def join_rule(self) -> JoinRule:
        """Return the rule that these describe."""
        return JoinRule(
            raw=self.join == "raw",
            sentence_ms=self.pause_sentence,
            paragraph_ms=self.pause_paragraph,
            heading_ms=self.pause_heading,
        )


class BackendOptions(Record):
    """The backend and how it is reached; see ``ServiceSettings``."""

    local: opt.Local = False
    cloud: opt.Cloud = False
    route: opt.Route = "auto"
    transport: opt.Transport = "sse"
    wire_format: opt.WireFormat = None
    concurrency: opt.Concurrency = 1

    @property
    def names_engine(self) -> bool:
        """Return whether the offline engine was asked for, or a voice by its name: then it is not a surprise."""
        return bool(self.local or self.__dict__.get("voice"))
