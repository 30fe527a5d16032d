"""Foreign failures to ours, in one place: what requests and urllib3 raise, and what an error status means."""

import contextlib
import email.utils
import http.client
import re
import ssl
import time
from collections.abc import Iterator
from http import HTTPStatus

import requests
import urllib3.exceptions as u3

from lightning_cli.client.guard import Guard
from lightning_cli.client.messages import BODY_LIMIT_BYTES, error_field, error_message
from lightning_cli.errors import (
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
from lightning_cli.keys import KEY_VARIABLE

_WAITED_FOR = {
    "connect": "the service did not accept a connection",
    "first audio": "the service sent no audio",
    "next audio": "the service sent no more audio",
}
_FLAGS = {"connect": "--connect-timeout", "first audio": "--first-byte-timeout", "next audio": "--idle-timeout"}
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})
_DETAIL = r"^.*?(?:\[Errno -?\d+\] |Caused by |: )"  # compiled when first needed
# What the HTTP libraries raise, with the guard's help.
FOREIGN_FAULTS = (requests.RequestException, u3.HTTPError, OSError, AttributeError)


@contextlib.contextmanager
def mapped_faults(guard: Guard, *, connected: bool) -> Iterator[None]:
    """Turn what the HTTP libraries raise into the tree of errors.py; wrap it around reading a body too.

    ``connected`` says whether an answer had begun, so that a stall is never reported as a failure to connect. Reading
    ``raw`` raises urllib3's classes, everything else requests' (held complete by a test).
    """
    try:
        yield
    except FOREIGN_FAULTS as fault:
        # http.client loses its file object when the guard shuts the socket down in the middle of a read.
        if isinstance(fault, AttributeError) and guard.expired is None:
            raise
        raise _translate(fault, guard, connected=connected) from fault


def _translate(fault: Exception, guard: Guard, *, connected: bool) -> LightningError:
    if guard.expired is not None:
        return timed_out(guard.expired)
    before_answer = None if connected else _before_answer(fault)
    if before_answer is not None:
        return before_answer
    if isinstance(fault, requests.Timeout | u3.TimeoutError | TimeoutError):
        return timed_out("next audio" if connected else "first audio")
    if isinstance(fault, requests.exceptions.ContentDecodingError | u3.DecodeError):
        return ProtocolError(f"the service's answer cannot be decompressed ({reason(fault)})", hint="try again")
    nonsense = next(filter(_is_nonsense, _chain(fault)), None)
    if nonsense is not None:
        return ProtocolError(f"the service's answer is no HTTP ({str(nonsense).strip()[:60]})", hint="check --base-url")
    return StreamCut(f"the connection broke ({reason(fault)})", hint="try again")


def _is_nonsense(fault: BaseException) -> bool:
    """Say whether http.client could not read an answer for what it says, not for its end."""
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
        # A connection that ended by itself says nothing about whom to trust, and the next may hold.
        return unreachable(fault) if any(isinstance(seen, _ENDED) for seen in _chain(fault)) else untrusted(fault)
    if isinstance(fault, requests.exceptions.ProxyError):
        return no_proxy(fault)
    if isinstance(fault, requests.ConnectTimeout):
        return timed_out("connect")
    if isinstance(fault, _UNUSABLE):
        return ConfigError(f"the request cannot be made ({reason(fault)})", hint="check --base-url and the key")
    if isinstance(fault, requests.ConnectionError) and not isinstance(fault.args[0] if fault.args else None, _BROKEN):
        return unreachable(fault)
    if isinstance(fault, OSError) and not isinstance(fault, requests.RequestException | ConnectionError | TimeoutError):
        return no_set_up(fault)
    return None


def untrusted(fault: BaseException) -> CannotConnect:
    """Say that the server's certificate was refused, or that there was none to look at."""
    if not any(isinstance(seen, ssl.SSLCertVerificationError | ssl.CertificateError) for seen in _chain(fault)):
        return CannotConnect(
            f"no encrypted connection could be made ({reason(fault)})",
            hint="does the server speak TLS there? check --base-url",
            transient=False,
        )
    return CannotConnect(
        f"the server's certificate cannot be trusted ({reason(fault)})",
        hint="a private authority? point SSL_CERT_FILE or REQUESTS_CA_BUNDLE at its certificate",
        transient=False,
    )


def no_proxy(fault: BaseException) -> CannotConnect:
    """Say that the proxy is in the way."""
    return CannotConnect(f"the proxy did not let us through ({reason(fault)})", hint="check HTTPS_PROXY, NO_PROXY")


def unreachable(fault: BaseException) -> CannotConnect:
    """Say that there was no connection."""
    return CannotConnect(f"no connection to the service ({reason(fault)})", hint="check the network and --base-url")


def no_set_up(fault: BaseException) -> CannotConnect:
    """Say that our own side of the connection cannot be set up."""
    return CannotConnect(f"the connection cannot be set up ({reason(fault)})", hint=_CHECK, transient=False)


_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
# requests has one class for a connection that never was and one that broke; the wrapped error tells.
_BROKEN = (u3.ProtocolError, u3.ReadTimeoutError)
_UNUSABLE = (
    *(requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.InvalidHeader),
    # A host that cannot even be looked up; requests expects it earlier.
    u3.LocationParseError,
)
_CHECK = "check SSL_CERT_FILE, REQUESTS_CA_BUNDLE and the proxy variables"


def timed_out(phase: str) -> TimedOut:
    """Name the clock that ran out and the option that sets it."""
    what = _WAITED_FOR[phase]
    return TimedOut(f"{what} in time", hint=f"try again, or allow more with {_FLAGS[phase]}")


def reason(fault: BaseException) -> str:
    """Find the operating system's own words in a chain of wrappers."""
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
    return re.sub(_DETAIL, "", told).strip("()'\" ")[:120] or type(fault).__name__


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """Walk from a wrapper to what it wraps; each library keeps that in another place."""
    seen: BaseException | None = fault
    while seen is not None:
        yield seen
        inner = getattr(seen, "reason", None)
        nested = next((arg for arg in seen.args if isinstance(arg, BaseException)), None)
        seen = inner if isinstance(inner, BaseException) else nested or seen.__cause__


def refusal(response: requests.Response) -> LightningError:
    """Build the error that an answer other than 200 stands for; reads a bounded part of its body."""
    who = "the offline engine" if (response.url or "").startswith("local:") else "the service"
    return refusal_of(response.status_code, response.headers, _body(response), who)


def refusal_of(
    status: int, headers: "requests.structures.CaseInsensitiveDict[str]", body: bytes, who: str = "the service"
) -> LightningError:
    """Build the error that a status other than 200 stands for, whatever protocol brought it."""
    request_id = headers.get("x-request-id") or None
    said = error_message(body)
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "unknown status"
    about = f" [request {request_id}]" if request_id else ""
    told = f": {said}" if said else ""
    if status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        message = f"the service is not available ({status} {phrase}){told}{about}"
        return Unavailable(
            message,
            status=status,
            request_id=request_id,
            hint=_busy_hint(status),
            retry_after_s=retry_after_s(headers),
        )
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        where = headers.get("location") or "nowhere"
        message = f"the service redirects to {where}{about}"
        return ServiceError(message, status=status, request_id=request_id, hint="give that host with --base-url")
    message = f"{who} refused the request ({status} {phrase}){told}{about}"
    if status == HTTPStatus.UNAUTHORIZED:
        return KeyRefused(message, status=status, request_id=request_id, hint=f"check the key in {KEY_VARIABLE}")
    return ServiceError(message, status=status, request_id=request_id, hint=refusal_hint(status, said, body))


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
    return "try again later; if it stays, report the request id"


def refusal_hint(status: int | None, said: str, body: bytes) -> str:
    """Say what to do about a refusal, by its status if it has one and by what it says."""
    lowered = said.lower()
    if "voice" in lowered:
        return "lightning-tts voices lists the voices of each model"
    if status == HTTPStatus.PAYMENT_REQUIRED or ("plan" in lowered and "upgrade" in lowered):
        return "the account's plan does not include this; see its dashboard"
    if status == HTTPStatus.FORBIDDEN:
        return f"the key in {KEY_VARIABLE} has no right to this; check its workspace and plan"
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        endpoint = error_field(body, "recommended_endpoint")
        return f"the service recommends {endpoint}" if endpoint else "check --base-url"
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return "send less text at once: leave out --whole, or lower --max-chars"
    return "correct what the service names and try again"


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
