"""Guess the language of a text in a script that several languages share, by py3langid; pure but for loading its model.

The model loads in a fifth of a second, once, and only where a guess is asked for: Latin text under ``auto``, and
Devanagari, which is Hindi or Marathi. Without the package nothing is guessed.
"""

import re
import threading
from collections.abc import Iterable
from typing import Any

from lightning_cli.local.offline_voices import ENGLISH

# A guess counts from here on, and when English is so much less likely: short texts look like anything.
_LEAST, _AHEAD = 0.45, 6.0
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff'\u2019]+")
_DEVANAGARI = re.compile(r"[\u0900-\u097f]+")
_LATIN_LANGUAGES = ("en", "es", "de", "fr", "it", "nl", "sv", "pt", "fi", "no", "pl", "id", "ms", "tr", "vi")
# The two written Norwegians.
_OTHER_CODES = {"nb": "no", "nn": "no"}

_lock = threading.Lock()
_identifiers: dict[tuple[str, ...], Any] = {}


def guess_latin(text: str) -> str:
    """Return the language of the Latin words in ``text``: English unless another one is clearly more likely."""
    ranked = _ranked(" ".join(_LATIN.findall(text)), _LATIN_LANGUAGES)
    if not ranked:
        return ENGLISH
    (best, likelihood), english = ranked[0], dict(ranked).get(ENGLISH, 0.0)
    return best if likelihood >= _LEAST and likelihood >= _AHEAD * english else ENGLISH


def guess_devanagari(text: str) -> str:
    """Return hi or mr for the words in Devanagari; "" where there are none."""
    found = " ".join(_DEVANAGARI.findall(text))
    if not found:
        return ""
    ranked = _ranked(found, ("hi", "mr"))
    return ranked[0][0] if ranked else "hi"


def _ranked(text: str, languages: Iterable[str]) -> list[tuple[str, float]]:
    """Return languages and how likely each is, the likeliest first; nothing without letters or the package."""
    identifier = _identifier(tuple(languages)) if text else None
    if identifier is None:
        return []
    with _lock:
        return [(_OTHER_CODES.get(code, code), float(likelihood)) for code, likelihood in identifier.rank(text.lower())]


def _identifier(languages: tuple[str, ...]) -> Any:
    with _lock:
        if languages not in _identifiers:
            _identifiers[languages] = _load(languages)
        return _identifiers[languages]


def _load(languages: tuple[str, ...]) -> Any:
    try:
        from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier  # numpy and 4 MB: only for a guess
    except ImportError:
        return None
    identifier = LanguageIdentifier.from_modelpath(MODEL_DIR / MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in languages if code in identifier.labels])
    return identifier
