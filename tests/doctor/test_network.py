"""The way to the service and to a server of ours, as it is found to be."""

from collections.abc import Iterable
from email.utils import formatdate
from pathlib import Path

import pytest
from support.fake_server import Exchange, Responder, refuses, serving, speaks

from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.doctor.checks import Finding
from lightning_cli.doctor.network import ServiceAnswer, network, server
from lightning_cli.serve.runtime import write_note

ONCE = RetryPolicy(retries=0, max_wait_s=0)


def named(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return findings by their check."""
    return {one.check: one for one in findings}


def way_to(answer: Responder, key: str | None = "made-up", *, speaks_too: bool = False) -> dict[str, Finding]:
    """Run the network checks against a service that gives this answer to everything."""
    with serving(answer) as service:
        asked = ServiceSettings(base_url=service.url, key=key, retry=ONCE)
        return named(network(ServiceAnswer(asked, key and "nowhere", speaks_too)))


def lists(exchange: Exchange) -> None:
    """List no voices, at the right time."""
    exchange.answer(b'{"voices":[]}', kind="application/json", extra=(f"Date: {formatdate(usegmt=True)}",))


def shows_a_page(exchange: Exchange) -> None:
    """Answer as a captive portal does."""
    exchange.answer(b"<!DOCTYPE html><title>Hotel WiFi</title>", kind="text/html")


def lists_and(then: Responder) -> Responder:
    """List no voices, and speak as ``then`` does."""
    return lambda exchange: lists(exchange) if exchange.request.method == "GET" else then(exchange)


@pytest.mark.parametrize(
    ("answer", "key", "state", "message"),
    [
        (lists, None, "ok", "the service answers without a key"),
        (refuses("404 Not Found", {}), "made-up", "warn", "the key could not be checked"),
        (refuses("403 Forbidden", {}), "made-up", "fail", "403 Forbidden"),
        (shows_a_page, "made-up", "fail", "a web page came instead of the service's answer (200 OK, 'Hotel WiFi')"),
    ],
    ids=["no key", "no list", "no right", "portal"],
)
def test_key(answer: Responder, key: str | None, state: str, message: str) -> None:
    """Report what the service says about the key."""
    found = way_to(answer, key)["key check"]
    assert (found.state, message in found.message) == (state, True)


def test_clock() -> None:
    """Report nothing about a clock that agrees."""
    assert way_to(lists)["clock"].state == "ok"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (speaks(b""), "the service answered with no audio at all"),
        (refuses("402 Payment Required", {}), "402 Payment Required"),
    ],
    ids=["silent", "refused"],
)
def test_first_audio(answer: Responder, message: str) -> None:
    """Fail where a word that was asked for does not come."""
    found = way_to(lists_and(answer), speaks_too=True)["first audio"]
    assert (found.state, message in found.message) == ("fail", True)


def test_authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name a directory of authorities, whose certificates are looked at when they are needed."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    nobody = ServiceSettings(base_url="https://127.0.0.1:1", key="made-up", retry=ONCE)
    found = named(network(ServiceAnswer(nobody, "nowhere")))
    assert found["authorities"].message == f"the directory {tmp_path}"
    assert found["service"].state == "fail"


@pytest.mark.parametrize(
    ("answer", "state", "message"),
    [
        (refuses("503 Service Unavailable", {}), "warn", "says 503"),
        (lambda exchange: exchange.hang_up(), "fail", "closed"),
    ],
    ids=["ending", "gone"],
)
def test_server(answer: Responder, state: str, message: str) -> None:
    """Report a server of ours that does not answer as it should."""
    with serving(answer) as service:
        assert write_note(service.url, None)
        (found,) = server()
    assert (found.state, message in found.message) == (state, True), found
