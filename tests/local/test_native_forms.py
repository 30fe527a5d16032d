"""Short forms of other languages: each pattern compiles and none of them is tried in vain behind another one."""

import re

import pytest

from lightning_cli.local.native_forms import SHORT_FORMS


@pytest.mark.parametrize("language", SHORT_FORMS)
def test_each_form_is_there_once(language: str) -> None:
    """A pattern that comes again would never match."""
    patterns = [pattern for pattern, _ in SHORT_FORMS[language]]
    assert len({re.compile(pattern) for pattern in patterns}) == len(patterns)
