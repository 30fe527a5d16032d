"""Servers that the tests of what is answered share: they leave nothing on them."""

from collections.abc import Iterator

import pytest
from support.serve_process import Served, running

TOKEN = "let-me-in"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return one server for all of them."""
    with running("--concurrency", "0", home=tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return one that wants a token."""
    with running("--expiry", "applied", home=tmp_path_factory.mktemp("home"), LIGHTNING_TTS_TOKEN=TOKEN) as served:
        yield served
