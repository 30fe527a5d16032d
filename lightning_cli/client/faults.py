"""The mapping of failures to errors.py: exceptions of requests and urllib3, error statuses, and error bodies.

``error_message`` reads error bodies of any shape (protocol.md 4.1, shapes a to m). Loaded where something has failed.
"""

import contextlib
import email.utils
import errno
import http.client
import json
import re
import ssl
import time
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
import urllib3.exceptions as u3

from lightning_cli.client.settings import is_loopback
from lightning_cli.errors import (
    OR_OFFLINE,
    CannotConnect,
    ConfigError,
    KeyRefused,
    LightningError,
    ProtocolError,
    ServiceError,
    StreamCut,
    TimedOut,
    Unavailable,
)
from lightning_cli.request import DEFAULT_VOICES, KEY_VARIABLE, MODELS
from lightning_cli.system.secret_words import without_secrets

_WAITED_FOR = {
    "connect": "timed out connecting {way}",
    "first audio": "timed out waiting for the first audio",
    "next audio": "timed out waiting for more audio",
}
_FLAGS = {"connect": "--connect-timeout", "first audio": "--first-byte-timeout", "next audio": "--idle-timeout"}
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})
# Compiled when first needed.
_WRAPPED = r"^.*(?:\[Errno -?\d+\] |Failed to establish a new connection: )"
_DETAIL = r"^.*?(?:Caused by |: )"


def translated(fault: Exception, expired: str | None, *, connected: bool) -> LightningError:
    """Return the error for what the HTTP libraries raised; see ``guard.mapped_faults``.

    ``expired`` is the phase whose time the guard saw run out, if any.
    """
    if expired is not None:
        return timed_out(expired, url_of(fault))
    before_answer = None if connected else _before_answer(fault)
    if before_answer is not None:
        return before_answer
    if isinstance(fault, requests.Timeout | u3.TimeoutError | TimeoutError):
        return timed_out("next audio" if connected else "first audio")
    if isinstance(fault, requests.exceptions.ContentDecodingError | u3.DecodeError):
        return ProtocolError(f"the service's answer cannot be decompressed ({reason(fault)})", hint="try again")
    nonsense = next(filter(_is_nonsense, _chain(fault)), None)
    if nonsense is not None:
        return ProtocolError(
            f"the service did not answer in HTTP ({str(nonsense).strip()[:60]})", hint="check --base-url"
        )
    return StreamCut(f"the connection broke ({reason(fault)})", hint="try again")


def _is_nonsense(fault: BaseException) -> bool:
    """Return whether http.client failed on the content of an answer, not on its end."""
    if isinstance(fault, http.client.RemoteDisconnected | http.client.IncompleteRead):
        return False
    if isinstance(fault, http.client.BadStatusLine):
        line = str(fault)
        # What broke off within the first word may have been meant to go on as it should.
        return not (line.startswith("HTTP/") or "HTTP/".startswith(line)) or line.endswith("\n")
    return isinstance(fault, http.client.HTTPException)


def _before_answer(fault: Exception) -> LightningError | None:
    """Explain what stopped a request before anything came back; None for what can happen at any time."""
    if isinstance(fault, requests.exceptions.SSLError | u3.SSLError):
        # A connection that ended by itself says nothing about trust, and the next may hold.
        return (
            unreachable(fault, url_of(fault))
            if any(isinstance(seen, _ENDED) for seen in _chain(fault))
            else untrusted(fault)
        )
    if isinstance(fault, requests.exceptions.ProxyError):
        return no_proxy(fault, url_of(fault))
    if isinstance(fault, requests.ConnectTimeout) or any(_HANDSHAKE in str(seen) for seen in _chain(fault)):
        return timed_out("connect", url_of(fault))
    if isinstance(fault, _UNUSABLE):
        return ConfigError(f"cannot make the request ({reason(fault)})", hint="check --base-url and the key")
    if isinstance(fault, requests.ConnectionError) and not isinstance(fault.args[0] if fault.args else None, _BROKEN):
        return unreachable(fault, url_of(fault))
    if isinstance(fault, OSError) and not isinstance(fault, requests.RequestException | ConnectionError | TimeoutError):
        return no_set_up(fault)
    return None


def untrusted(fault: BaseException) -> CannotConnect:
    """Return the error for a server's certificate that was refused, or was missing."""
    if not any(isinstance(seen, ssl.SSLCertVerificationError | ssl.CertificateError) for seen in _chain(fault)):
        return CannotConnect(
            f"cannot make an encrypted connection ({reason(fault)})",
            hint="check --base-url; the server may not speak TLS there",
            transient=False,
        )
    return CannotConnect(
        f"cannot trust the server's certificate ({reason(fault)})",
        hint="for a private authority, set SSL_CERT_FILE or REQUESTS_CA_BUNDLE to its certificate",
        transient=False,
    )


def no_proxy(fault: BaseException, url: str) -> CannotConnect:
    """Return the error for a proxy that is in the way of a request to ``url``."""
    proxy = _host_of(_proxy_of(url) or "")
    return CannotConnect(
        f"cannot connect through the proxy{proxy and f' {proxy}'} ({reason(fault)})", hint="check HTTPS_PROXY, NO_PROXY"
    )


def unreachable(fault: BaseException, url: str) -> CannotConnect:
    """Return the error for a connection to ``url`` that was not made."""
    # Only of an HTTP proxy do the libraries say by themselves that it was the proxy.
    if _proxy_of(url):
        return no_proxy(fault, url)
    return CannotConnect(
        f"cannot connect to {_host_of(url) or 'the service'} ({reason(fault)})",
        hint=f"check the network and --base-url{OR_OFFLINE}",
    )


def url_of(fault: BaseException) -> str:
    """Return the URL of the request that failed; empty where the fault has none."""
    return getattr(getattr(fault, "request", None), "url", None) or ""


def _host_of(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _proxy_of(url: str) -> str | None:
    from lightning_cli.client.proxies import proxy_of

    if not url or is_loopback(urlsplit(url).hostname or ""):
        return None
    return proxy_of(f"http{url[2:]}" if url.lower().startswith("ws") else url)


def no_set_up(fault: BaseException) -> CannotConnect:
    """Return the error for a connection that cannot be set up on this side."""
    is_full = any(isinstance(seen, OSError) and seen.errno == errno.EMFILE for seen in _chain(fault))
    hint = "raise the limit, as in: ulimit -n 1024" if is_full else _CHECK
    return CannotConnect(f"cannot set up the connection ({reason(fault)})", hint=hint, transient=False)


# urllib3 calls this a timeout of reading; the words are those of CPython's _ssl.
_HANDSHAKE = "The handshake operation timed out"
_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
# requests has one class for a connection that never was and one that broke; the wrapped error tells.
_BROKEN = (u3.ProtocolError, u3.ReadTimeoutError)
_UNUSABLE = (
    *(requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.InvalidHeader),
    # A host that cannot even be looked up; requests expects it earlier.
    u3.LocationParseError,
)
_CHECK = "check SSL_CERT_FILE, REQUESTS_CA_BUNDLE and the proxy variables"


def timed_out(phase: str, url: str = "") -> TimedOut:
    """Return the error for a timeout of a request to ``url``, with the option that sets it."""
    proxy = _proxy_of(url) if phase == "connect" else None
    way = f"through the proxy {_host_of(proxy)}" if proxy else f"to {_host_of(url) or 'the service'}"
    what = _WAITED_FOR[phase].format(way=way)
    offline = OR_OFFLINE if phase == "connect" else ""
    return TimedOut(what, hint=f"try again, or allow more with {_FLAGS[phase]}{offline}")


def reason(fault: BaseException) -> str:
    """Return the operating system's message from a chain of wrappers."""
    told = str(fault)
    if "IncompleteRead" in told or "InvalidChunkLength" in told:
        return "it was closed in the middle of the answer"
    if "RemoteDisconnected" in told:
        return "it was closed without an answer"
    for seen in _chain(fault):
        if isinstance(seen, ssl.SSLEOFError):
            return "it was closed without a goodbye"
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror
        if type(seen) is OSError and str(seen):
            # http.client's own words for what a proxy answered.
            return str(seen)[:120]
    return re.sub(_DETAIL, "", re.sub(_WRAPPED, "", told)).strip("()'\" ")[:120] or type(fault).__name__


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """Walk from a wrapper to what it wraps; each library keeps that in another place."""
    seen: BaseException | None = fault
    while seen is not None:
        yield seen
        inner = getattr(seen, "reason", None)
        nested = next((arg for arg in seen.args if isinstance(arg, BaseException)), None)
        seen = inner if isinstance(inner, BaseException) else nested or seen.__cause__


# Who refuses, unless it is the engine.
_SERVICE = "the service"


def refusal(response: requests.Response) -> LightningError:
    """Build the error that an answer other than 200 stands for; reads a bounded part of its body."""
    who = "the offline engine" if (response.url or "").startswith("local:") else _SERVICE
    return refusal_of(response.status_code, response.headers, _body(response), who)


def refusal_of(
    status: int, headers: "requests.structures.CaseInsensitiveDict[str]", body: bytes, who: str = _SERVICE
) -> LightningError:
    """Build the error that a status other than 200 stands for, whatever protocol brought it."""
    request_id = headers.get("x-request-id") or None
    said = error_message(body)
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "unknown status"
    about = f" [request {request_id}]" if request_id else ""
    told = f": {said}" if said else ""
    is_portal = status == HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED
    if (status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR) and not is_portal:
        message = f"the service is not available ({status} {phrase}){told}{about}"
        return Unavailable(
            message,
            status=status,
            request_id=request_id,
            hint=_busy_hint(status),
            retry_after_s=retry_after_s(headers),
        )
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return _redirect(status, headers, about)
    if status in _PORTAL_STATUSES and (page := page_fault(body, status)) is not None:
        return page
    # What the engine in this process says needs no status and no id to find it again.
    is_own = who != _SERVICE
    message = f"{who} refused the request" + (told if is_own else f" ({status} {phrase}){told}{about}")
    if status == HTTPStatus.UNAUTHORIZED:
        return KeyRefused(message, status=status, request_id=request_id, hint=f"check the key in {KEY_VARIABLE}")
    fault = ServiceError(message, status=status, request_id=request_id, hint=refusal_hint(status, said, body))
    fault.said = said
    return fault


def _redirect(status: int, headers: "requests.structures.CaseInsensitiveDict[str]", about: str) -> ServiceError:
    """Build the error for a redirect, which the key must not follow."""
    where = headers.get("location") or "nowhere"
    # What points elsewhere is hardly the service; the key does not follow, and no hint may suggest it.
    hint = f"{_PORTAL_HINT}; else check --base-url" if "//" in where else CHECK_URL
    request_id = headers.get("x-request-id") or None
    fault = ServiceError(f"the service redirects to {where}{about}", status=status, request_id=request_id, hint=hint)
    fault.location = where
    return fault


def page_fault(body: bytes, status: int = HTTPStatus.OK) -> ProtocolError | None:
    """Return the error for a web page, which a captive portal or a proxy sends; None for another body."""
    text = body[:BODY_LIMIT_BYTES].decode("utf-8-sig", "replace").strip()
    if not text[:9].lower().startswith(_PAGES):
        return None
    import html

    title = re.search(r"<title[^>]*>(.*?)</title", text, re.IGNORECASE | re.DOTALL)
    said = _clean(html.unescape(re.sub(r"<[^>]*>", " ", title[1] if title else text)))[:_TITLE_CHARS].strip()
    phrase = f"{status} {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else str(status)
    about = f"{phrase}, {said!r}" if said else phrase
    return ProtocolError(f"a web page came instead of the service's answer ({about})", hint=_PORTAL_HINT)


def page_of(response: requests.Response) -> ProtocolError | None:
    """Return the error for a web page in the place of an answer of status 200; reads a bounded part of its body."""
    return page_fault(_body(response))


def _body(response: requests.Response) -> bytes:
    """Read what fits the limit; a body that breaks off still says what it said."""
    parts: list[bytes] = []
    size = 0
    with contextlib.suppress(requests.RequestException, u3.HTTPError, OSError, AttributeError):
        while size < BODY_LIMIT_BYTES:
            part = response.raw.read1(BODY_LIMIT_BYTES - size, decode_content=True)
            if not part:
                break
            parts.append(part)
            size += len(part)
    return b"".join(parts)


def _busy_hint(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "the account is at its limit of requests; wait longer with --max-wait, or try again later"
    return "try again later; if it persists, contact support with the request id"


def refusal_hint(status: int | None, said: str, body: bytes) -> str:
    """Return the hint for a refusal, by its status if it has one and by its message."""
    lowered = said.lower()
    if retirement := _retirement_hint(lowered, body):
        return retirement
    if "voice" in lowered:
        return "lightning-tts voices lists the voices of each model"
    if status == HTTPStatus.PAYMENT_REQUIRED or ("plan" in lowered and "upgrade" in lowered):
        return "the account's plan does not include this; see its dashboard"
    if status == HTTPStatus.FORBIDDEN:
        return "this API key lacks permission; check its workspace and plan"
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        endpoint = error_field(body, "recommended_endpoint")
        return f"the service recommends {endpoint}" if endpoint else CHECK_URL
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return "send less text at once: drop --whole, or lower --max-chars"
    return "change what was refused and try again"


def _retirement_hint(lowered: str, body: bytes) -> str | None:
    """Return what to use instead of a model that is gone; None where the refusal is about something else."""
    model = error_field(body, "recommended_model")
    if model is None:
        if "model" not in lowered or not any(word in lowered for word in _GONE_WORDS):
            return None
        if any(name in lowered for name in _spellings(_SUCCESSOR)):
            # That one is gone too, or named as what to use: the sentence says which.
            return "choose another model with --model; lightning-tts voices lists the voices of each"
        model = _SUCCESSOR
    voice = DEFAULT_VOICES.get(model.replace("-", "_"))
    return f"use --model {model}{f' --voice {voice}' if voice else ''}"


def _spellings(model: str) -> tuple[str, str]:
    return model, model.replace("_", "-")


def retry_after_s(headers: "requests.structures.CaseInsensitiveDict[str]") -> float | None:
    """Read Retry-After, in seconds or as an HTTP date (RFC 9110 10.2.3), or its millisecond form; None when absent."""
    millis = headers.get("retry-after-ms", "").strip()
    if millis.isdecimal():
        return float(millis) / 1000
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


CHECK_URL = "check --base-url"
_SUCCESSOR = MODELS[-1]
_GONE_WORDS = ("retired", "deprecated", "no longer", "sunset", "discontinued", "removed", "end of life", "shut down")
# The service refuses in JSON. A page with one of these is a network's that wants to know who is there.
_PORTAL_STATUSES = frozenset({401, 403, 407, 511})
_PORTAL_HINT = "sign in to this network in a browser: a captive portal or a proxy seems to be in the way"
_PAGES = ("<!doctype", "<html")
_TITLE_CHARS = 80
BODY_LIMIT_BYTES = 64 * 1024
_RAW_CHARS = 200
# Messages of a service are cut at this length, so that a hostile one cannot flood a terminal.
_SAID_CHARS = 1000


def error_message(body: bytes) -> str:
    """Return the message; the empty string when the body has none."""
    text = body[:BODY_LIMIT_BYTES].decode("utf-8-sig", "replace").strip()
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return _raw(text)
    return _clean(_from_json(parsed)) or _raw(text)


def error_field(body: bytes, name: str) -> str | None:
    """Return a top-level string field of a JSON error body, or None."""
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
    # Before it is cut: what is left of a key would no longer be known as one.
    said = without_secrets(" ".join(text.split()))
    return said if len(said) <= _SAID_CHARS else f"{said[:_SAID_CHARS].rstrip()}..."


def _raw(text: str) -> str:
    return _clean(text)[:_RAW_CHARS].rstrip()
