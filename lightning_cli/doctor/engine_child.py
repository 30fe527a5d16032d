"""The child process of the offline engine's check: load it, speak a word, report how long that took."""

import ctypes
import json
import os
import time
from collections.abc import Sequence
from typing import Any

from lightning_cli.errors import LightningError
from lightning_cli.local.espeak_library import locate
from lightning_cli.local.offline_voices import offline_voices
from lightning_cli.local.synthesiser import Synthesiser

_RATE = 24_000
_WORD = "Hello."


def main(_arguments: Sequence[str]) -> None:
    """Write the answer to standard output."""
    answers = os.fdopen(os.dup(1), "w")
    # Output of libraries must not mix with the answer.
    os.dup2(2, 1)
    facts: dict[str, Any] = {}
    try:
        _look(facts)
    except LightningError as fault:
        facts |= {"error": fault.message, "hint": fault.hint}
    with answers:
        answers.write("\n" + json.dumps(facts) + "\n")


def _look(facts: dict[str, Any]) -> None:
    voices = offline_voices()
    facts["engines"] = sorted({voice.engine for voice in voices})
    facts["languages"] = sorted({voice.language for voice in voices})
    facts["espeak"] = _espeak_version()
    if not voices:
        return
    synthesiser = Synthesiser()
    begun = time.monotonic()
    size_bytes = 0
    with synthesiser.synthesise(_WORD, sample_rate=_RATE) as speech:
        for block in speech:
            if not size_bytes:
                facts["first_audio_seconds"] = round(time.monotonic() - begun, 4)
            size_bytes += len(block)
    facts["audio_seconds"] = round(size_bytes / 2 / _RATE, 4)
    synthesiser.close()


def _espeak_version() -> dict[str, str] | None:
    files = locate()
    if files is None:
        return None
    about = ctypes.CDLL(files.library).espeak_Info
    about.restype = ctypes.c_char_p
    version: bytes = about(None)
    return {"version": version.decode("ascii", "replace"), "library": files.library}
