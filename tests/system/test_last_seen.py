"""What completion remembers of the last listings."""

import tracemalloc
from pathlib import Path

import pytest

from lightning_cli.system import last_seen


def test_a_cache_that_grew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What completion remembers is read up to a limit; more than that was not written by us."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "lightning-tts").mkdir()
    with (tmp_path / "lightning-tts" / "devices.json").open("wb") as file:
        file.write(b"[")
        file.truncate(1 << 30)
    tracemalloc.start()
    try:
        assert last_seen.read("devices.json") == {}
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_a_device_that_was_played_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It joins those that were listed, once; another listing says anew what there is."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    card = {"name": "card", "host_api": "ALSA"}
    pulse = {"name": "pulse", "host_api": "PulseAudio"}
    last_seen.remember_device(**card)
    last_seen.remember_device(**pulse)
    last_seen.remember_device("pulse", "another")
    assert last_seen.read("devices.json")["devices"] == [card, pulse]
