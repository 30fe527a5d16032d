"""A host with a certificate that is trusted."""

from pathlib import Path

import pytest
from support.certificates import make
from support.tls_hosts import trust_alone


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate for this machine."""
    return make(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1,IP:::1,DNS:localhost")


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    """Trust that certificate alone."""
    trust_alone(monkeypatch, certificate)
