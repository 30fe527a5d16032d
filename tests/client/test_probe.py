"""One small request: what it finds of the service, the proxy and the authorities."""

from pathlib import Path

import pytest
from support.fake_server import refuses, serving

from lightning_cli.client.probe import probe, proxy_for, trusted
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import CannotConnect, KeyRefused


@pytest.mark.parametrize(
    ("date", "date_s"),
    [("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777.0), ("yesterday", None), ("", None)],
)
def test_an_answer_of_any_status_is_one(date: str, date_s: float | None) -> None:
    """Its status and its clock are told, and what the status stands for."""
    with serving(refuses("401 Unauthorized", {"error": "no"}, f"Date: {date}")) as server:
        found = probe(ServiceSettings(base_url=server.url, key=None), "/voices")
    assert (found.status, found.date_s) == (401, date_s)
    assert isinstance(found.fault, KeyRefused)


def test_no_answer_is_raised() -> None:
    """A closed port is reported."""
    with serving(refuses("200 OK", {})) as server:
        settings = ServiceSettings(base_url=server.url, key=None)
        assert probe(settings, "/voices").fault is None
    with pytest.raises(CannotConnect):
        probe(settings, "/voices")


def test_the_proxy_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """And none for this machine."""
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.test:3128")
    assert proxy_for(ServiceSettings(base_url="https://api.test", key=None)) == "http://proxy.test:3128"
    assert proxy_for(ServiceSettings(base_url="https://127.0.0.1:1", key=None)) is None


def test_the_authorities_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else those that come with the program."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    assert trusted().name == "cacert.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    assert trusted() == tmp_path
