"""Checks of the way to the service: the proxy, the authorities, each step to the first byte, the key, the clock.

Also checks the local server, which commands without a key use while it runs.
"""

import os
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.probe import Probe, probe, proxy_for, trusted
from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings, Timeouts
from lightning_cli.doctor.checks import Finding, fail, failed, ok, warn
from lightning_cli.errors import ExitCode, KeyRefused, LightningError
from lightning_cli.request import DEFAULT_MODEL, DEFAULT_VOICES, SpeechRequest
from lightning_cli.serve.runtime import note_path, running_server
from lightning_cli.system import trace
from lightning_cli.system.trace import Step

# It needs the key, and costs nothing (protocol.md 8, 30).
_CHEAP = "/lightning-v3.1/get_voices"
_ABSENT = frozenset({404, 410})
_WORD = "Hello."
_STEPS = (trace.DNS, trace.TCP, trace.PROXY, trace.TLS, trace.HEAD)
# Dates in headers count whole seconds; what is further off than this shows in tokens and certificates.
_SKEW_S = 60.0
_HOURS_S, _DAYS_S = 2 * 3600.0, 2 * 86400.0


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What is checked: the settings, where the key came from (None: there is none), whether a word is spoken."""

    settings: ServiceSettings
    key_source: str | None
    speaks: bool = False


def network(asked: ServiceAnswer) -> Iterator[Finding]:
    """Check the way to the service once; the key is sent as usual, and is in no finding."""
    settings = asked.settings
    yield _proxy(settings)
    if settings.base_url.lower().startswith("https:"):
        yield _authorities()
    trace.stop()
    recorder = trace.start()
    try:
        answer = probe(settings, _CHEAP)
    except LightningError as fault:
        yield failed("service", fault, base_url=settings.base_url, **_facts(recorder.steps))
        return
    finally:
        trace.stop()
    now_s = time.time()
    steps = recorder.steps
    message = ", ".join(f"{name} {_took(steps[name]):.1f} ms" for name in _STEPS if name in steps)
    yield ok("service", f"{settings.base_url} answers: {message}", base_url=settings.base_url, **_facts(steps))
    yield _key(asked, answer)
    if answer.date_s is not None:
        yield _clock(now_s - answer.date_s)
    if asked.speaks and not isinstance(answer.fault, KeyRefused):
        yield _first_audio(settings)


def _took(step: Step) -> float:
    return (step.end - step.begin) * 1000


def _facts(steps: dict[str, Step]) -> dict[str, Any]:
    return {"milliseconds": {name: round(_took(steps[name]), 2) for name in _STEPS if name in steps}}


def _proxy(settings: ServiceSettings) -> Finding:
    try:
        proxy = proxy_for(settings)
    except LightningError as fault:
        return failed("proxy", fault)
    return ok("proxy", proxy or "none", proxy=proxy)


def _authorities() -> Finding:
    """Return the trusted authorities; a directory has no count, since its certificates are read on demand."""
    path = trusted()
    hint = "check SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE"
    try:
        if path.is_dir():
            return ok("authorities", f"the directory {path}", path=str(path), count=None)
        context = ssl.create_default_context(cafile=str(path))
    except OSError as fault:
        why = fault.strerror or fault
        return fail("authorities", f"{path} cannot be used ({why})", hint, ExitCode.NETWORK, path=str(path))
    count = context.cert_store_stats()["x509_ca"]
    return ok("authorities", f"{count} in {path}", path=str(path), count=count)


def _key(asked: ServiceAnswer, answer: Probe) -> Finding:
    facts: dict[str, Any] = {"status": answer.status}
    if isinstance(answer.fault, KeyRefused):
        if asked.key_source is None:
            return ok("key check", "no API key, and the service requires one", **facts)
        return failed("key check", answer.fault, **facts)
    if answer.status in _ABSENT:
        return warn("key check", "the service lists no voices, so the key could not be checked", None, **facts)
    if answer.fault is not None:
        return failed("key check", answer.fault, **facts)
    if asked.key_source is None:
        return ok("key check", "the service answers without a key", **facts)
    return ok("key check", "the service accepts the key", **facts)


def _clock(ahead_s: float) -> Finding:
    if abs(ahead_s) <= _SKEW_S:
        return ok("clock", "agrees with the service's", ahead_seconds=round(ahead_s, 1))
    off = abs(ahead_s)
    shown = (
        f"{off:.0f} s" if off < _HOURS_S else f"{off / 3600:.0f} hours" if off < _DAYS_S else f"{off / 86400:.0f} days"
    )
    message = f"{shown} {'ahead of' if ahead_s > 0 else 'behind'} the service's"
    return warn(
        "clock", message, "set the clock: certificates and retries depend on it", ahead_seconds=round(ahead_s, 1)
    )


def _first_audio(settings: ServiceSettings) -> Finding:
    """Request one word of speech; it costs its characters."""
    request = SpeechRequest(text=_WORD, voice_id=DEFAULT_VOICES[DEFAULT_MODEL])
    size_bytes = 0
    started = time.monotonic()
    first_s = 0.0
    try:
        with SpeechClient(settings) as client, client.stream(request) as stream:
            for pcm in stream:
                first_s = first_s or time.monotonic() - started
                size_bytes += len(pcm)
            request_id = stream.answer.request_id
    except LightningError as fault:
        return failed("first audio", fault)
    audio_s = PcmFormat(request.sample_rate).seconds(size_bytes)
    facts: dict[str, Any] = {
        "first_audio_seconds": round(first_s, 4),
        "audio_seconds": round(audio_s, 4),
        "request_id": request_id,
    }
    if not size_bytes:
        return fail("first audio", "the service answered with no audio at all", "try again", ExitCode.NETWORK, **facts)
    message = f"{first_s * 1000:.0f} ms after asking, {audio_s:.2f} s of audio for {len(_WORD)} characters"
    return ok("first audio", message, **facts)


_HEALTH = "/health"
_SOON = Timeouts(connect_s=2.0, first_byte_s=2.0, idle_s=2.0)


def server() -> Iterator[Finding]:
    """Check whether a local server runs, and its health."""
    found = running_server()
    try:
        path = note_path()
    except OSError as fault:
        yield ok("server", f"none; cannot write its note ({fault.strerror or fault})")
        return
    if found is None:
        stale = os.path.exists(path)  # noqa: PTH110 - one that cannot be looked up is none, and Path's raises
        message = f"none; the note {path} is stale" if stale else "none runs"
        yield ok("server", message, note=str(path), stale=stale)
        return
    facts: dict[str, Any] = {"url": found.url, "pid": found.pid, "note": str(path), "token": found.token is not None}
    try:
        settings = ServiceSettings(
            base_url=found.url, key=found.token, timeouts=_SOON, retry=RetryPolicy(retries=0, max_wait_s=0)
        )
        answer = probe(settings, _HEALTH)
    except LightningError as fault:
        yield failed("server", fault, **facts)._replace(exit_code=ExitCode.NETWORK)
        return
    message = f"process {found.pid} at {found.url}"
    if answer.fault is None:
        yield ok("server", f"{message} answers", **facts, status=answer.status)
    else:
        yield warn("server", f"{message} says {answer.status}", "it may be about to end; start it again", **facts)
