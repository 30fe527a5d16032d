"""Check the body of a request as the service does: every issue at once, in the words of its validator; pure.

The service validates with Zod 3 (protocol.md 4.1). Bodies for an unknown voice and a wrong ``output_format`` were
observed; the others follow from the library. Unknown fields are no error.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from lightning_cli.errors import InvalidRequest
from lightning_cli.request import (
    DEFAULT_SAMPLE_RATE,
    ID_LIMIT_CHARS,
    LANGUAGES,
    MODELS,
    SAMPLE_RATES,
    SPEED_RANGE,
    TEXT_LIMIT_CHARS,
    SpeechRequest,
)

Issue = dict[str, Any]
# In the order of the observed message.
OUTPUT_FORMATS = ("wav", "ulaw", "alaw", "pcm", "mp3")
_ID = re.compile(r"[a-zA-Z0-9_\-.]+")
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
_MISSING = object()
_PLAIN_FIELDS = (
    "voice_id",
    "output_format",
    "model",
    "speed",
    "language",
    "number_pronunciation_language",
    "math_notation",
    "session_id",
    "request_id",
)


class InvalidBody(Exception):
    """Everything wrong with a body, as the JSON of the 400 answer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__("the request body is not valid")
        self.answer = answer


def custom_issue(field: str, message: str) -> Issue:
    """Write an issue that is not about the shape of a field."""
    return {"code": "custom", "path": [field], "message": message}


def invalid_voice() -> Issue:
    """Write the issue for a voice nobody has, as observed."""
    return custom_issue("voice_id", "Invalid Voice ID")


def read_request(body: bytes) -> SpeechRequest:
    """Read a request from its JSON body; raises ``InvalidBody``."""
    try:
        fields = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as fault:
        raise InvalidBody({"error": "InvalidRequest", "message": "The request body is not valid JSON."}) from fault
    issues = validate(fields)
    if issues:
        raise InvalidBody({"error": issues})
    known = {name: fields[name] for name in _PLAIN_FIELDS if name in fields}
    try:
        return SpeechRequest(
            text=fields["text"],
            sample_rate=int(fields.get("sample_rate", DEFAULT_SAMPLE_RATE)),
            pronunciation_dicts=tuple(fields.get("pronunciation_dicts", ())),
            **known,
        )
    except InvalidRequest as fault:
        raise InvalidBody({"error": [custom_issue(fault.field, fault.message)]}) from fault


def validate(fields: object) -> list[Issue]:
    """List every issue of a parsed body, in the order of the fields; an empty list means that it is valid."""
    if not isinstance(fields, dict):
        return [_wrong_type([], "object", fields)]
    issues: list[Issue] = []
    for name, check in _CHECKS.items():
        value = fields.get(name, _MISSING)
        if value is not _MISSING:
            issues += check([name], value)
        elif name in {"text", "voice_id"}:
            issues.append(_wrong_type([name], "string", _MISSING))
    return issues


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _type_name(value: object) -> str:
    if value is _MISSING:
        return "undefined"
    return "null" if value is None else _TYPES[type(value)]


def _wrong_type(path: list[str | int], expected: str, value: object) -> Issue:
    received = _type_name(value)
    message = "Required" if value is _MISSING else f"Expected {expected}, received {received}"
    return {"code": "invalid_type", "expected": expected, "received": received, "path": path, "message": message}


def _size(code: str, path: list[str | int], bound: float, kind: str, message: str) -> Issue:
    limit = "maximum" if code == "too_big" else "minimum"
    whole = int(bound) if bound == int(bound) else bound  # JSON of JavaScript writes 2, not 2.0
    head = {"code": code, limit: whole, "type": kind, "inclusive": True, "exact": False}
    return {**head, "message": message, "path": path}


def _text(path: list[str | int], value: object) -> list[Issue]:
    if not isinstance(value, str):
        return [_wrong_type(path, "string", value)]
    length = len(value.strip())
    if length == 0:
        return [_size("too_small", path, 1, "string", "String must contain at least 1 character(s)")]
    if length > TEXT_LIMIT_CHARS:
        message = f"String must contain at most {TEXT_LIMIT_CHARS} character(s)"
        return [_size("too_big", path, TEXT_LIMIT_CHARS, "string", message)]
    return []


def _string(path: list[str | int], value: object) -> list[Issue]:
    return [] if isinstance(value, str) else [_wrong_type(path, "string", value)]


def _boolean(path: list[str | int], value: object) -> list[Issue]:
    return [] if isinstance(value, bool) else [_wrong_type(path, "boolean", value)]


def _speed(path: list[str | int], value: object) -> list[Issue]:
    if _type_name(value) != "number":
        return [_wrong_type(path, "number", value)]
    low, high = SPEED_RANGE
    if value < low:  # type: ignore[operator] # a number, by the line above
        return [_size("too_small", path, low, "number", f"Number must be greater than or equal to {low:g}")]
    if value > high:  # type: ignore[operator] # the same
        return [_size("too_big", path, high, "number", f"Number must be less than or equal to {high:g}")]
    return []


def _sample_rate(path: list[str | int], value: object) -> list[Issue]:
    if _type_name(value) != "number":
        return [_wrong_type(path, "number", value)]
    return [] if value in SAMPLE_RATES else [_not_one_of(path, SAMPLE_RATES, value)]


def _choice(choices: tuple[str, ...]) -> Callable[[list[str | int], object], list[Issue]]:
    def check(path: list[str | int], value: object) -> list[Issue]:
        if not isinstance(value, str):
            return [_wrong_type(path, " | ".join(f"'{choice}'" for choice in choices), value)]
        return [] if value in choices else [_not_one_of(path, choices, value)]

    return check


def _not_one_of(path: list[str | int], choices: tuple[object, ...], value: object) -> Issue:
    listed = " | ".join(f"'{choice}'" if isinstance(choice, str) else str(choice) for choice in choices)
    return {
        "received": value,
        "code": "invalid_enum_value",
        "options": list(choices),
        "path": path,
        "message": f"Invalid enum value. Expected {listed}, received '{value}'",
    }


def _dictionaries(path: list[str | int], value: object) -> list[Issue]:
    if not isinstance(value, list):
        return [_wrong_type(path, "array", value)]
    return [issue for index, item in enumerate(value) for issue in _string([*path, index], item)]


def _id(path: list[str | int], value: object) -> list[Issue]:
    if not isinstance(value, str):
        return [_wrong_type(path, "string", value)]
    issues: list[Issue] = []
    if not value:
        issues.append(_size("too_small", path, 1, "string", "String must contain at least 1 character(s)"))
    if len(value) > ID_LIMIT_CHARS:
        message = f"String must contain at most {ID_LIMIT_CHARS} character(s)"
        issues.append(_size("too_big", path, ID_LIMIT_CHARS, "string", message))
    if not _ID.fullmatch(value):
        issues.append({"validation": "regex", "code": "invalid_string", "message": "Invalid", "path": path})
    return issues


_CHECKS: dict[str, Callable[[list[str | int], object], list[Issue]]] = {
    "text": _text,
    "voice_id": _string,
    "model": _choice(MODELS),
    "sample_rate": _sample_rate,
    "speed": _speed,
    "language": _choice(LANGUAGES),
    "number_pronunciation_language": _choice(LANGUAGES),
    "math_notation": _boolean,
    "output_format": _choice(OUTPUT_FORMATS),
    "pronunciation_dicts": _dictionaries,
    "word_timestamps": _boolean,
    "session_id": _id,
    "request_id": _id,
}
