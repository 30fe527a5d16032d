"""Batches in this process, each in a directory of its own."""

import pytest


@pytest.fixture(autouse=True)
def _here(key_holder: None) -> None:
    """Be a person with a key, in a directory of their own."""
