"""What every test gets: a private home, an environment without our variables, and a sound card for those who ask."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from soundcard import SoundCard

# Time decides no test. The long run is ``make fuzz``.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.register_profile("fuzz", deadline=None, max_examples=20_000)
hypothesis.settings.load_profile("suite")
_OURS = ("LIGHTNING_TTS_", "SMALLEST_")
_HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")


@pytest.fixture(autouse=True)
def private_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hide the user's settings, keys and proxies, and give the test directories of its own; returns the home."""
    for name in list(os.environ):
        if name.startswith(_OURS) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    root = tmp_path_factory.mktemp("private")
    for name in _HOMES:
        directory = root / name.lower()
        directory.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(directory))
    return root / "home"


@pytest.fixture(scope="session")
def sound_card() -> Iterator[SoundCard]:
    """Give a sound card at the service's default rate; ``sound_card.at(rate)`` has others on the same daemon."""
    card = SoundCard(44_100)
    try:
        yield card
    finally:
        card.close()
