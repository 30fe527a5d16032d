"""Voices and languages of the offline engines."""

import pytest

from lightning_cli.errors import EngineError
from lightning_cli.local.offline_voices import SERVICE_HINT, spoken_language


def test_a_language_that_nobody_knows() -> None:
    """The service may have learnt it."""
    with pytest.raises(EngineError, match=r"^cannot speak xx offline$") as told:
        spoken_language("xx")
    assert told.value.hint == SERVICE_HINT
