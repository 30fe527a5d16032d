"""Check the body of a request by the table of its fields as the service does: every issue at once, in its words; pure.

The service validates with Zod 3 (protocol.md 4.1). Bodies for an unknown voice and a wrong ``output_format`` were
observed; the others follow from the library. Unknown fields are not errors.
"""

import json
import re
from typing import Any

from lightning_cli.errors import InvalidRequest
from lightning_cli.request import FIELDS, ID_LIMIT_CHARS, TEXT_LIMIT_CHARS, RequestField, SpeechRequest

Issue = dict[str, Any]
_ID = re.compile(r"[a-zA-Z0-9_\-.]+")
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
_MISSING = object()
# What the service takes besides the fields of the table: what a WebSocket's message may say.
_FURTHER = {"word_timestamps": RequestField(kind="switch")}


class InvalidBody(Exception):
    """Everything wrong with a body, as the JSON of the 400 answer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__("the request body is not valid")
        self.answer = answer


def custom_issue(field: str, message: str) -> Issue:
    """Write an issue that is not about the shape of a field."""
    return {"code": "custom", "path": [field], "message": message}


def invalid_voice() -> Issue:
    """Write the issue for an unknown voice, as observed."""
    return custom_issue("voice_id", "Invalid Voice ID")


def parse_body(body: bytes) -> Any:
    """Parse the JSON of a body; raises ``InvalidBody``."""
    try:
        return json.loads(body, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as fault:
        raise InvalidBody({"error": "InvalidRequest", "message": "The request body is not valid JSON."}) from fault


def read_request(fields: Any) -> SpeechRequest:
    """Read a request from its parsed body; raises ``InvalidBody``."""
    issues = validate(fields)
    if issues:
        raise InvalidBody({"error": issues})
    known = {name: _value(field, fields[name]) for name, field in FIELDS.items() if _is_read(name, fields)}
    try:
        return SpeechRequest(text=fields["text"], **known)
    except InvalidRequest as fault:
        raise InvalidBody({"error": [custom_issue(fault.field, fault.message)]}) from fault


def validate(fields: object) -> list[Issue]:
    """List every issue of a parsed body, in the order of the fields; an empty list means that it is valid."""
    if not isinstance(fields, dict):
        return [_wrong_type([], "object", fields)]
    issues = _text(["text"], fields.get("text", _MISSING))
    for name, field in {**FIELDS, **_FURTHER}.items():
        if name in fields and field.is_body_field:
            issues += _issues(field, [name], fields[name])
        elif name == "voice_id":
            issues.append(_wrong_type([name], "string", _MISSING))
    return issues


def _is_read(name: str, fields: dict[str, Any]) -> bool:
    return name in fields and FIELDS[name].is_body_field


def _value(field: RequestField, value: Any) -> Any:
    """Return a valid value as the request has it."""
    if isinstance(value, list):
        return tuple(value)
    return int(value) if field.is_integer else value


def _issues(field: RequestField, path: list[str | int], value: object) -> list[Issue]:
    """List what is wrong with the value of a field of the table."""
    choices = field.service_choices or field.choices
    if field.is_integer:
        if _type_name(value) != "number":
            return [_wrong_type(path, "number", value)]
        return [] if value in choices else [_not_one_of(path, choices, value)]
    if choices:
        return _choice(path, choices, value)
    match field.kind:
        case "number":
            return _number(path, field.range, value)
        case "switch":
            return [] if isinstance(value, bool) else [_wrong_type(path, "boolean", value)]
        case "id":
            return _id(path, value)
        case "ids":
            return _ids(path, value)
        case _:
            return _string(path, value)


def refuse_constant(name: str) -> None:
    """Raise ``ValueError`` for ``NaN`` and the like, which Python's reader takes for JSON."""
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


def _number(path: list[str | int], limits: tuple[float, float], value: Any) -> list[Issue]:
    if _type_name(value) != "number":
        return [_wrong_type(path, "number", value)]
    low, high = limits
    if value < low:
        return [_size("too_small", path, low, "number", f"Number must be greater than or equal to {low:g}")]
    if value > high:
        return [_size("too_big", path, high, "number", f"Number must be less than or equal to {high:g}")]
    return []


def _choice(path: list[str | int], choices: tuple[object, ...], value: object) -> list[Issue]:
    if not isinstance(value, str):
        return [_wrong_type(path, " | ".join(f"'{choice}'" for choice in choices), value)]
    return [] if value in choices else [_not_one_of(path, choices, value)]


def _not_one_of(path: list[str | int], choices: tuple[object, ...], value: object) -> Issue:
    listed = " | ".join(f"'{choice}'" if isinstance(choice, str) else str(choice) for choice in choices)
    return {
        "received": value,
        "code": "invalid_enum_value",
        "options": list(choices),
        "path": path,
        "message": f"Invalid enum value. Expected {listed}, received '{value}'",
    }


def _ids(path: list[str | int], value: object) -> list[Issue]:
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
