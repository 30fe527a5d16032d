"""The check of the offline engine: whether it loads, and how long until it speaks.

``engine`` asks a child process, which runs ``main``.
"""

import ctypes
import json
import os
import time
from collections.abc import Iterator, Sequence
from typing import Any

from lightning_cli.doctor.checks import Children, Finding, fail, ok, warn
from lightning_cli.errors import ExitCode, LightningError
from lightning_cli.local.espeak_library import locate
from lightning_cli.local.offline_voices import offline_voices
from lightning_cli.local.synthesiser import Synthesiser
from lightning_cli.system.install import install_command

# A cold start on a slow machine; the engine alone is several seconds then.
_PATIENCE_S = 45.0


def engine(children: Children, *, needed: bool) -> Iterator[Finding]:
    """Check that the engine speaks a word; it is ``needed`` where no other backend can speak."""
    found = children.ask("engine", timeout_s=_PATIENCE_S)
    wrong = _wrong(found)
    if wrong is not None:
        message, remedy = wrong
        facts = {name: value for name, value in found.items() if name not in {"error", "hint"}}
        if needed:
            yield fail("offline engine", message, remedy, ExitCode.CONFIG, **facts)
        elif found.get("engines") == []:
            yield ok("offline engine", message, remedy, **facts)
        else:
            yield warn("offline engine", message, remedy, **facts)
        return
    espeak = f"eSpeak NG {found['espeak']['version']}" if found["espeak"] else "no eSpeak NG"
    languages = found["languages"]
    shown = languages[0] if len(languages) == 1 else f"{len(languages)} languages"
    first = found["first_audio_seconds"] * 1000
    hint = None if found["espeak"] else f"{install_command('espeak')} adds the other languages"
    message = f"{' and '.join(found['engines'])} ({espeak}) spoke after {first:.0f} ms, {shown}"
    yield ok("offline engine", message, hint, **found)


def _wrong(found: dict[str, object]) -> tuple[str, str] | None:
    """Return what is wrong and what to do; None when it spoke."""
    again = f"install it again: {install_command('local', again=True)}"
    if "hung" in found:
        return f"it did not speak within {_PATIENCE_S:g} s", "try again when the machine is less busy"
    if "died" in found:
        return f"it crashed (status {found['died']})", again
    if "error" in found:
        return str(found["error"]), str(found["hint"] or again)
    if not found["engines"]:
        return (
            "not installed",
            f"{install_command('local')} adds it; a key in SMALLEST_API_KEY uses the service",
        )
    if not found.get("audio_seconds"):
        return "it made no sound", again
    return None


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
    started = time.monotonic()
    size_bytes = 0
    with synthesiser.synthesise(_WORD, sample_rate=_RATE) as speech:
        for block in speech:
            if not size_bytes:
                facts["first_audio_seconds"] = round(time.monotonic() - started, 4)
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
