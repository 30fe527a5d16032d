"""The fields of a request for speech: one table that everything reads which sets, checks, stores or sends them.

``RequestDefaults`` is the table. The annotation of a field is its type and its ``RequestField``: limits, flag,
environment variable, configuration key, manifest columns, help, and how the service words a refusal. To add a field,
add a line there: the options of ``say`` and ``batch``, the configuration, manifests, the offline engine's and the
local server's validation, recordings and replays take it from the table (docs/development.md).

Names, ranges and defaults are those of protocol.md 2.1 and 2.3. ``RequestDefaults`` is what the requests of a run have
in common; with a text it makes a ``SpeechRequest``.
"""

import json
import re
from collections.abc import Mapping
from typing import Literal

from lightning_cli.errors import InvalidRequest
from lightning_cli.system.records import Annotated, Record

TEXT_LIMIT_CHARS = 8000
ID_LIMIT_CHARS = 128
SAMPLE_RATES = (8000, 16000, 24000, 44100)
SPEED_RANGE = (0.5, 2.0)
WIRE_FORMATS = ("pcm", "wav", "mp3", "ulaw", "alaw")
MODELS = ("lightning_v3.1", "lightning_v3.1_pro")
DEFAULT_MODEL = MODELS[0]
DEFAULT_VOICES = {"lightning_v3.1": "daniel", "lightning_v3.1_pro": "meher"}
DEFAULT_SAMPLE_RATE = 44100
LANGUAGES = tuple(
    "auto en hi mr kn ta bn gu te ml pa or es de fr it nl sv pt ru el fi no pl ar zh id ja ko ms tr vi".split()
)
VARIABLE_PREFIX = "LIGHTNING_TTS_"
# The variable that holds the key of the service.
KEY_VARIABLE = "SMALLEST_API_KEY"
# Compiled when first needed: most requests bring no id.
_ID = r"[a-zA-Z0-9_\-.]+"
# The fingerprint of a run's settings is that of a request with this text, as stored by every release so far.
_FINGERPRINT_TEXT = "x"

# What a value is: free text, one out of a list, a number in a range, a switch, an id, a list of ids, or a list of
# further fields, each as NAME=VALUE.
FieldKind = Literal["text", "choice", "number", "switch", "id", "ids", "further"]
# What a message may say besides the fields of the table, with what sets it (protocol.md 2.5).
_OTHER_NAMES = {
    "output_format": "--wire-format",
    "context_id": "--context-id",
    "word_timestamps": "--subtitles",
    **dict.fromkeys("text type continue flush cancel_request context_close".split(), ""),
    **dict.fromkeys("complete_backoff_ms max_buffer_delay_ms max_buffer_flush_ms".split(), ""),
}


def has_words(text: str) -> bool:
    """Return whether there is something to say in a text: a letter or a digit of any script."""
    return any(map(str.isalnum, text))


class RequestField(Record):
    """The description of one field besides its name and type.

    ``flag`` is the long option without dashes, and so the key of the configuration, the environment variable and the
    manifest column; ``option`` is the name of the command's parameter where it is not the flag's. A field without a
    flag can be set by a manifest alone.
    """

    kind: FieldKind
    help: str = ""
    flag: str = ""
    short: str = ""
    metavar: str = ""
    option: str = ""
    # The section of --help that shows it.
    section: str = "Voice"
    # Further names of the manifest column, besides the flag's and the field's own.
    columns: tuple[str, ...] = ()
    choices: tuple[object, ...] = ()
    # What the service allows and in the order in which it lists that, where that differs from what is checked here.
    service_choices: tuple[object, ...] = ()
    range: tuple[float, float] = (0.0, 0.0)
    # What to call it in a sentence, and what to do when it is refused.
    noun: str = ""
    hint: str = ""
    # What an example configuration sets it to.
    example: object = None
    is_header: bool = False
    # Whether another value makes other audio.
    shapes_audio: bool = True
    # Whether it belongs to one request alone, so that the rows of a batch set it and no flag.
    is_per_request: bool = False

    @property
    def parameter(self) -> str:
        """Return the name of the commands' parameter; empty for a field without a flag."""
        return self.option or self.flag.replace("-", "_")

    @property
    def variable(self) -> str:
        """Return the name of the environment variable."""
        return VARIABLE_PREFIX + self.flag.upper().replace("-", "_")

    @property
    def is_body_field(self) -> bool:
        """Return whether the body has a field of this name."""
        return not self.is_header and self.kind != "further"

    @property
    def is_many(self) -> bool:
        """Return whether a value is a list of texts."""
        return self.kind in {"ids", "further"}

    @property
    def is_integer(self) -> bool:
        """Return whether a value is a whole number."""
        return bool(self.choices) and all(isinstance(one, int) for one in self.choices)

    def check(self, name: str, value: object) -> None:
        """Raise ``InvalidRequest`` unless ``value`` may stand in the field ``name``."""
        if value is None or value == ():
            return
        if self.kind == "choice":
            _check_choice(name, value, self)
        elif self.kind == "number":
            low, high = self.range
            number = float(str(value))
            if not low <= number <= high:  # also refuses NaN
                raise InvalidRequest(name, f"{name} {number:g} is outside {low} to {high}", hint=self.hint)
        elif self.kind == "id":
            check_id(name, str(value))
        elif self.kind == "further":
            further_fields(tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),))
        elif self.kind in {"text", "ids"}:
            words = value if isinstance(value, tuple) else (value,)
            if self.noun and not all(str(word).strip() for word in words):
                raise InvalidRequest(name, f"{self.noun} is empty", hint=self.hint)
            _check_unicode(name, "".join(map(str, words)))


class RequestDefaults(Record):
    """The common fields of the requests of a run: every field but the text; ``None`` and empty fields are not sent.

    Raises ``InvalidRequest`` on construction when a field is outside the API's limits, so that what exists can be
    sent. ``expire_content`` travels as a header (protocol.md 1.4), everything else in the body.
    """

    voice_id: Annotated[
        str,
        RequestField(
            kind="text",
            columns=("speaker", "voicename"),
            flag="voice",
            short="v",
            metavar="ID",
            help="The voice; default daniel.",
            noun="the voice",
            hint="lightning-tts voices lists them",
            example="daniel",
        ),
    ]
    sample_rate: Annotated[
        int,
        RequestField(
            kind="choice",
            choices=SAMPLE_RATES,
            columns=("sampling rate", "sample rate hz", "sample hz"),
            flag="sample-rate",
            short="r",
            metavar="HZ",
            help=f"Sample rate: {', '.join(map(str, SAMPLE_RATES))}; default {DEFAULT_SAMPLE_RATE}.",
            example=DEFAULT_SAMPLE_RATE,
        ),
    ] = DEFAULT_SAMPLE_RATE
    output_format: Annotated[
        str,
        RequestField(
            kind="choice",
            choices=WIRE_FORMATS,
            service_choices=("wav", "ulaw", "alaw", "pcm", "mp3"),
        ),
    ] = "pcm"
    model: Annotated[
        str | None,
        RequestField(
            # A model that came later is the service's to refuse.
            kind="text",
            service_choices=MODELS,
            flag="model",
            short="m",
            metavar="ID",
            help=f"Model: {' or '.join(MODELS)}.",
            example=DEFAULT_MODEL,
        ),
    ] = None
    speed: Annotated[
        float | None,
        RequestField(
            kind="number",
            range=SPEED_RANGE,
            columns=("speaking rate", "tempo"),
            flag="speed",
            short="s",
            metavar="X",
            help=f"Speaking rate, {SPEED_RANGE[0]:g} to {SPEED_RANGE[1]:g}.",
            hint="normal speed is 1.0",
            example=1.0,
        ),
    ] = None
    language: Annotated[
        str | None,
        RequestField(
            kind="choice",
            choices=LANGUAGES,
            columns=("lang", "language code", "lang code"),
            flag="language",
            short="l",
            metavar="CODE",
            help=f"Language of the text, by code or name: {' '.join(LANGUAGES)}.",
            example="en",
        ),
    ] = None
    number_pronunciation_language: Annotated[
        str | None,
        RequestField(
            kind="choice",
            choices=LANGUAGES,
            flag="number-language",
            metavar="CODE",
            help="Read numbers in this language.",
            example="en",
        ),
    ] = None
    math_notation: Annotated[
        bool | None,
        RequestField(kind="switch", flag="math-notation", help="Read operators as words.", example=True),
    ] = None
    pronunciation_dicts: Annotated[
        tuple[str, ...],
        RequestField(
            kind="ids",
            columns=("dictionary", "dictionaries", "dicts"),
            flag="dict",
            option="dicts",
            metavar="ID",
            help="A pronunciation dictionary; may repeat.",
            noun="a dictionary id",
            hint="drop the empty --dict",
            example=("id",),
        ),
    ] = ()
    session_id: Annotated[
        str | None,
        RequestField(
            kind="id",
            flag="session-id",
            metavar="ID",
            section="Service",
            help="Your own session id.",
            example="book",
            shapes_audio=False,
        ),
    ] = None
    request_id: Annotated[
        str | None,
        RequestField(
            kind="id",
            flag="request-id",
            metavar="ID",
            section="Service",
            help="Your own request id; -1, -2... are appended when the text takes several requests.",
            example="chapter-1",
            shapes_audio=False,
            is_per_request=True,
        ),
    ] = None
    expire_content: Annotated[
        bool,
        RequestField(
            kind="switch",
            flag="expire-content",
            section="Service",
            help="Ask the service to delete the text afterwards.",
            is_header=True,
        ),
    ] = False
    further: Annotated[
        tuple[str, ...],
        RequestField(
            kind="further",
            columns=("fields",),
            flag="field",
            option="fields",
            metavar="NAME=VALUE",
            section="Service",
            help="Send a field that this program does not know; JSON or text; may repeat.",
            example=("emotion=calm",),
        ),
    ] = ()

    def _check(self) -> None:
        own = self.__dict__
        for name, field in FIELDS.items():
            field.check(name, own[name])

    def request(self, text: str, number: int | None = None) -> "SpeechRequest":
        """Return the request for ``text``; ``number`` is added to the request id where there are several."""
        fields = self.__dict__
        if number is not None and self.request_id is not None:
            fields = {**fields, "request_id": f"{self.request_id}-{number}"}
        return SpeechRequest(text=text, **fields)

    def payload(self) -> dict[str, object]:
        """Return the fields of the JSON body but the text: those that are always sent first, then what is set."""
        body: dict[str, object] = {}
        for name, field in FIELDS.items():
            value = self.__dict__[name]
            if field.is_body_field and not (value is None or value == ()):
                body[name] = list(value) if isinstance(value, tuple) else value
        return {**body, **further_fields(self.further)} if self.further else body

    def fingerprint(self) -> str:
        """Return the identity of the audio that these fields ask for, whatever the text; 64 hex digits."""
        return _fingerprint({"text": _FINGERPRINT_TEXT, **self.payload()})


class SpeechRequest(RequestDefaults, kw_only=True):
    """A request to speak ``text``; raises ``InvalidRequest`` on construction as ``RequestDefaults`` does."""

    text: str

    def _check(self) -> None:
        check_text(self.text)
        super()._check()

    def payload(self) -> dict[str, object]:
        """Return the fields of the JSON body, in the documented order."""
        return {"text": self.text, **super().payload()}

    def body(self) -> bytes:
        """Encode the JSON body as UTF-8."""
        return json.dumps(self.payload(), ensure_ascii=False, allow_nan=False).encode()

    def fingerprint(self) -> str:
        """Return the identity of the audio this asks for: equal for requests that differ only in ids; 64 hex digits."""
        return _fingerprint(self.payload())


def _read_table() -> dict[str, RequestField]:
    return {name: about.__metadata__[0] for name, about in RequestDefaults.__annotations__.items()}


FIELDS: Mapping[str, RequestField] = _read_table()


def fields_by_flag() -> dict[str, str]:
    """Return the names of the fields that have a flag, by their flags."""
    return {field.flag: name for name, field in FIELDS.items() if field.flag}


def further_fields(given: tuple[str, ...]) -> dict[str, object]:
    """Return the fields that ``NAME=VALUE`` each stand for: a value is JSON if it can be read as that, else text.

    Raise ``InvalidRequest`` for one without a name, given twice, or known here under another flag.
    """
    found: dict[str, object] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not re.fullmatch(_ID, name):
            raise InvalidRequest("field", f"{one!r} is not NAME=VALUE", hint="for example --field emotion=calm")
        if name in found:
            raise InvalidRequest("field", f"the field {name!r} is given twice", hint="drop one of them")
        known = FIELDS.get(name)
        flag = f"--{known.flag}" if known is not None and known.flag else _OTHER_NAMES.get(name)
        if flag is not None and name != "further":
            hint = f"use {flag}" if flag else "drop it"
            raise InvalidRequest("field", f"--field cannot set {name!r}, which this program sets itself", hint=hint)
        _check_unicode("field", one)
        found[name] = _json_or_text(value)
    return found


def _json_or_text(value: str) -> object:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        read: object = json.loads(value, parse_constant=refuse)
        # What has no JSON (1e999) or no UTF-8 (half of a surrogate pair) is text.
        json.dumps(read, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return value
    return read


def default_of(name: str) -> object:
    """Return the value of a field that nothing sets; None for the voice, which depends on the model."""
    return getattr(RequestDefaults, name, None)


def check_field(name: str, value: object) -> None:
    """Raise ``InvalidRequest`` unless ``value`` may stand in the field ``name``."""
    FIELDS[name].check(name, value)


def _fingerprint(body: Mapping[str, object]) -> str:
    import hashlib

    shaping = {name: value for name, value in body.items() if name not in FIELDS or FIELDS[name].shapes_audio}
    canonical = json.dumps(shaping, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def check_text(text: str) -> None:
    """Raise ``InvalidRequest`` unless ``text`` is something to say, within one request's limit, and valid Unicode."""
    if not text.strip():
        raise InvalidRequest("text", "no text to speak", hint='try: lightning-tts say "Hello"')
    length = len(text.strip())
    if length > TEXT_LIMIT_CHARS:
        raise InvalidRequest(
            "text",
            f"the text has {length} characters; one request takes at most {TEXT_LIMIT_CHARS}",
            hint="drop --whole to send long text sentence by sentence",
        )
    _check_unicode("text", text)


def check_id(name: str, value: str | None) -> None:
    """Raise ``InvalidRequest`` unless ``value`` is absent or fits the API's pattern for ids."""
    if value is not None and not (len(value) <= ID_LIMIT_CHARS and re.fullmatch(_ID, value)):
        raise InvalidRequest(
            name,
            f"{name} must be 1 to {ID_LIMIT_CHARS} characters out of letters, digits, '_', '-' and '.'",
            hint="drop it unless you need to find the request again",
        )


def _check_unicode(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as lone:
        raise InvalidRequest(name, f"{name} is not valid Unicode at character {lone.start}", hint="use UTF-8") from lone


def _check_choice(name: str, value: object, field: RequestField) -> None:
    if value not in field.choices:
        listed = list(map(str, field.choices))
        from lightning_cli.system.close_words import did_you_mean

        hint = did_you_mean(value, listed)
        if isinstance(value, str):
            # There may be too many to read through.
            raise InvalidRequest(
                name, f"unknown {name} {value!r}", hint=hint or f"use one of {', '.join(sorted(listed))}"
            )
        hint = hint or f"the usual one is {default_of(name)}"
        raise InvalidRequest(name, f"{name} {value!s} is not one of {', '.join(listed)}", hint=hint)
