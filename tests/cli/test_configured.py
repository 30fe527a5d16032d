"""What the configuration sets, where something is wrong with it."""

import pytest
from support.command_line import run_here
from support.config_files import configure

from lightning_cli.errors import ConfigError


@pytest.mark.parametrize("text", ["voice = 3\n", "profiles = 1\n", "[say]\nspeed = 'fast'\n", "volume = 'a\\u0000b'\n"])
def test_whatever_is_wrong_with_the_configuration_has_a_hint(text: str) -> None:
    """Hint at the next step, whichever rule a value breaks."""
    configure(text)
    with pytest.raises(ConfigError) as caught:
        run_here("say", "Hello", "--dry-run")
    assert caught.value.hint
