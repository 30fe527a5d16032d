"""Batches in this process, each in a directory of its own."""

import pytest


@pytest.fixture(autouse=True)
def _here(key_holder: None) -> None:
    """Set up a key and an empty working directory."""
