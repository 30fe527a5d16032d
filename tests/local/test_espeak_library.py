"""Where eSpeak NG is looked for."""

import ctypes.util
from pathlib import Path

import espeakng_loader
import pytest

from lightning_cli.local import espeak_library


def test_where_espeak_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A wheel without its library, a name that leads nowhere, and at last what the compiler knows."""
    library = espeakng_loader.get_library_path()
    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: str(tmp_path / "nowhere"))
    monkeypatch.setattr(espeak_library, "_SYSTEM_NAMES", {"linux": ("libnosuch.so.1",)})
    for known, found in ((library, espeak_library.EspeakFiles(library, None)), (None, None), ("libnosuch.so", None)):
        monkeypatch.setattr(ctypes.util, "find_library", lambda _, known=known: known)
        assert espeak_library.locate() == found
