"""What an error body says, in one line, whatever its shape (protocol.md 4.1, shapes a to m)."""

import json

BODY_LIMIT_BYTES = 64 * 1024
_RAW_CHARS = 200
# What a service may say before it is cut, so that a hostile one cannot flood a terminal.
_SAID_CHARS = 1000


def error_message(body: bytes) -> str:
    """Extract the message; the empty string when the body says nothing."""
    text = body[:BODY_LIMIT_BYTES].decode("utf-8-sig", "replace").strip()
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return _raw(text)
    return _clean(_from_json(parsed)) or _raw(text)


def error_field(body: bytes, name: str) -> str | None:
    """Give a top-level string field of a JSON error body, or None."""
    try:
        parsed = json.loads(body[:BODY_LIMIT_BYTES])
    except (ValueError, RecursionError):
        return None
    value = parsed.get(name) if isinstance(parsed, dict) else None
    return value if isinstance(value, str) and value else None


def _from_json(parsed: object) -> str:
    if isinstance(parsed, str):
        return parsed
    if not isinstance(parsed, dict):
        return ""
    error, message = parsed.get("error"), parsed.get("message")
    if isinstance(error, list):
        return _issues(error) or _first_string(message)
    if isinstance(error, dict):
        return _first_string(error.get("message"), error.get("code"), message)
    details = _issues(parsed.get("errors")) or _issues(parsed.get("details"))
    if isinstance(error, str) and isinstance(message, str) and error and message:
        return f"{error}: {message}"
    head = _first_string(error, message)
    if head and details:
        return f"{head}: {details}"
    return head or details or _first_string(parsed.get("detail")) or _issues(parsed.get("detail"))


def _issues(listed: object) -> str:
    """Join validator issues as ``path: message``; plain strings stand for themselves."""
    if not isinstance(listed, list):
        return ""
    told = []
    for issue in listed:
        if isinstance(issue, str):
            told.append(issue)
        elif isinstance(issue, dict):
            path = issue.get("path")
            steps = path if isinstance(path, list) else []
            where = ".".join(str(step) for step in steps if isinstance(step, str | int))
            what = _first_string(issue.get("message"), issue.get("msg"), issue.get("code"))
            told.append(f"{where}: {what}" if where and what else what or where)
    return "; ".join(item for item in told if item)


def _first_string(*values: object) -> str:
    return next((value for value in values if isinstance(value, str) and value.strip()), "")


def _clean(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _SAID_CHARS else f"{said[:_SAID_CHARS].rstrip()}..."


def _raw(text: str) -> str:
    return _clean(text)[:_RAW_CHARS].rstrip()
