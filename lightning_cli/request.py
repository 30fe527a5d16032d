"""One request for speech: every field of the API, its limits, its JSON body and its fingerprint.

Field names, ranges and defaults are those of protocol.md 2.1 and 2.3.
"""

import json
import re

from lightning_cli.errors import InvalidRequest
from lightning_cli.system.records import Record

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
# Compiled when first needed: most requests bring no id.
_ID = r"[a-zA-Z0-9_\-.]+"


class SpeechRequest(Record):
    """Ask for ``text`` to be spoken; ``None`` and empty fields are left out of the body.

    Raises ``InvalidRequest`` on construction when a field is outside the API's limits, so that what exists can be
    sent. ``expire_content`` travels as a header (protocol.md 1.4), everything else in the body.
    """

    text: str
    voice_id: str
    sample_rate: int = DEFAULT_SAMPLE_RATE
    output_format: str = "pcm"
    model: str | None = None
    speed: float | None = None
    language: str | None = None
    number_pronunciation_language: str | None = None
    math_notation: bool | None = None
    pronunciation_dicts: tuple[str, ...] = ()
    session_id: str | None = None
    request_id: str | None = None
    expire_content: bool = False

    def _check(self) -> None:
        check_text(self.text)
        _check_unicode("voice_id", self.voice_id)
        _check_unicode("model", self.model or "")
        if not self.voice_id.strip():
            raise InvalidRequest("voice_id", "the voice is empty", hint="lightning-tts voices lists them")
        _check_choice("sample_rate", self.sample_rate, SAMPLE_RATES)
        _check_choice("output_format", self.output_format, WIRE_FORMATS)
        check_speed(self.speed)
        check_language("language", self.language)
        check_language("number_pronunciation_language", self.number_pronunciation_language)
        check_id("session_id", self.session_id)
        check_id("request_id", self.request_id)
        if not all(item.strip() for item in self.pronunciation_dicts):
            raise InvalidRequest("pronunciation_dicts", "a dictionary id is empty", hint="leave out the empty --dict")
        _check_unicode("pronunciation_dicts", "".join(self.pronunciation_dicts))

    def payload(self) -> dict[str, object]:
        """Build the JSON body's fields: the four that are always sent, in the documented order, then what is set."""
        body: dict[str, object] = {}
        for name, value in self._asdict().items():
            if name == "expire_content" or value is None or value == ():
                continue
            body[name] = list(value) if isinstance(value, tuple) else value
        return body

    def body(self) -> bytes:
        """Encode the JSON body as UTF-8."""
        return json.dumps(self.payload(), ensure_ascii=False, allow_nan=False).encode()

    def fingerprint(self) -> str:
        """Identify the audio this asks for: equal for requests that differ only in ids; 64 hex digits."""
        # Takes 4 ms to load, which a run that stores nothing should not pay.
        import hashlib

        shaping = {key: value for key, value in self.payload().items() if key not in {"session_id", "request_id"}}
        canonical = json.dumps(shaping, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def check_text(text: str) -> None:
    """Raise ``InvalidRequest`` unless ``text`` is something to say, within one request's limit, and valid Unicode."""
    if not text.strip():
        raise InvalidRequest("text", "there is no text to speak", hint='give some, as in: lightning-tts say "Hello"')
    length = len(text.strip())
    if length > TEXT_LIMIT_CHARS:
        raise InvalidRequest(
            "text",
            f"the text has {length} characters; one request takes at most {TEXT_LIMIT_CHARS}",
            hint="leave out --whole: long text is then spoken sentence by sentence",
        )
    _check_unicode("text", text)


def check_speed(speed: float | None) -> None:
    """Raise ``InvalidRequest`` unless ``speed`` is absent or within the API's range."""
    low, high = SPEED_RANGE
    if speed is not None and not low <= speed <= high:  # also refuses NaN
        raise InvalidRequest("speed", f"speed {speed:g} is outside {low} to {high}", hint="1.0 is the usual speed")


def check_language(field: str, code: str | None) -> None:
    """Raise ``InvalidRequest`` unless ``code`` is absent or one the API knows."""
    if code is not None:
        _check_choice(field, code, LANGUAGES)


def check_id(field: str, value: str | None) -> None:
    """Raise ``InvalidRequest`` unless ``value`` is absent or fits the API's pattern for ids."""
    if value is not None and not (len(value) <= ID_LIMIT_CHARS and re.fullmatch(_ID, value)):
        raise InvalidRequest(
            field,
            f"{field} must be 1 to {ID_LIMIT_CHARS} characters out of letters, digits, '_', '-' and '.'",
            hint="leave it out if you do not need to find the request again",
        )


def _check_unicode(field: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as lone:
        raise InvalidRequest(
            field, f"{field} is not valid Unicode at character {lone.start}", hint="use UTF-8"
        ) from lone


def _check_choice(field: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        # Loaded only for whoever mistyped.
        import difflib

        listed = ", ".join(map(str, choices))
        close = difflib.get_close_matches(str(value), list(map(str, choices)), 1)
        hint = f"did you mean {close[0]}?" if close else f"for example {choices[-1]}"
        raise InvalidRequest(field, f"{field} {value!s} is not one of {listed}", hint=hint)
