"""Warnings of the service that are not failures: that a model or an endpoint will be retired, or any other.

Three carriers are read (protocol.md 10): an event or a message with ``warning``, ``status: "warning"`` or
``code: "model_deprecated"``; the header ``Sunset`` (RFC 8594); the header ``Deprecation`` (RFC 9745). The sentence is
the service's own. A recommended model or endpoint beside it is kept.
"""

from collections.abc import Callable, Mapping

from lightning_cli.system.secret_words import without_secrets

_DEPRECATED = "model_deprecated"
_LIMIT_CHARS = 500
_RECOMMENDED = ("recommended_model", "recommended_endpoint", "replacement")

Announce = Callable[[str], None]


def unheard(_warning: str) -> None:
    """Discard a warning."""


def announced_by(said: Mapping[str, object]) -> str | None:
    """Return the warning in an event or message, or None where it brings none."""
    warning = said.get("warning")
    code = said.get("code") or said.get("error_code")
    is_warning = "warning" in (said.get("status"), said.get("type")) or str(code).lower() == _DEPRECATED
    if not warning and not is_warning:
        return None
    inner = warning if isinstance(warning, dict) else {}
    words = [warning, inner.get("message"), said.get("message"), said.get("detail"), inner.get("code"), code]
    sentence = next((one for one in words if isinstance(one, str) and one.strip()), "no reason given")
    return _bounded(f"the service warns: {sentence}{recommendation({**said, **inner})}")


def announced_in(headers: Mapping[str, str], what: str) -> str | None:
    """Return the headers' warning about the end of ``what`` (an endpoint's path), or None."""
    end, since = headers.get("sunset", "").strip(), headers.get("deprecation", "").strip()
    if end:
        return _bounded(f"the service will retire {what} on {end}")
    if since and since.lower() not in {"false", "?0"}:
        return _bounded(f"the service calls {what} deprecated")
    return None


def recommendation(fields: Mapping[str, object]) -> str:
    """Return what the service recommends instead, as the end of a sentence; empty where it recommends nothing."""
    named = [value for name in _RECOMMENDED if isinstance(value := fields.get(name), str) and value.strip()]
    return f" (it recommends {' at '.join(named)})" if named else ""


def _bounded(text: str) -> str:
    told = without_secrets(" ".join(text.split()))
    return told if len(told) <= _LIMIT_CHARS else f"{told[:_LIMIT_CHARS].rstrip()}..."
