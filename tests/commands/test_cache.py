"""`cache`: what is kept, and how it is pruned."""

import os
from pathlib import Path

from support.command_line import lightning

from lightning_cli.narration.cache import Entry, SpeechCache


def name(number: int) -> str:
    """Return a fingerprint."""
    return f"{number:064x}"


def test_the_commands_show_and_prune(tmp_path: Path) -> None:
    """``cache info`` counts, as lines and as JSON; ``cache prune`` cuts to the limit, or empties it."""
    cache = SpeechCache(tmp_path)
    for number in range(3):
        cache.put(name(number), Entry(os.urandom(2000), 8000))
    info = lightning("cache", "info", "--cache", str(tmp_path))
    assert f"directory\t{tmp_path}" in info.stdout.decode().splitlines()
    assert "entries\t3" in info.stdout.decode().splitlines()
    assert lightning("cache", "info", "--cache", str(tmp_path), "--json").stdout.decode().startswith('[{"directory"')
    kept = lightning("cache", "prune", "--cache", str(tmp_path))
    assert (kept.code, kept.lines) == (0, ["removed 0 entries, freed 0.0 MB"])
    assert lightning("cache", "prune", "--cache", str(tmp_path), "--all").lines[0].startswith("removed 3 entries")
    assert cache.usage().entries == 0
    empty = lightning("cache", "info")
    assert "oldest_use_days\t-" in empty.stdout.decode().splitlines()
