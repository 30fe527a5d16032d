"""Which language a text is in, where its script has several."""

import sys

import pytest
from support.offline_samples import SAMPLES

from lightning_cli.local import scripts
from lightning_cli.local.scripts import guess_devanagari, guess_latin

LATIN = ("en", "es", "de", "fr", "it", "nl", "sv", "pt", "fi", "no", "pl", "id", "ms", "tr", "vi")


@pytest.mark.parametrize("language", LATIN)
def test_latin_text(language: str) -> None:
    """A greeting and a remark are enough."""
    assert guess_latin(SAMPLES[language]) == language


@pytest.mark.parametrize(
    "text", ["Ok", "5 km", "", "42%", "Hello world", "Error: file not found", "नमस्ते", "CPU usage: 42%"]
)
def test_what_tells_no_language_is_english(text: str) -> None:
    """A wrong voice is worse than the usual one."""
    assert guess_latin(text) == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [(SAMPLES["hi"], "hi"), (SAMPLES["mr"], "mr"), ("मी घरी जात आहे", "mr"), ("मैं घर जा रहा हूँ", "hi"), ("hello", "")],
)
def test_marathi_is_told_from_hindi(text: str, language: str) -> None:
    """Both are written in Devanagari."""
    assert guess_devanagari(text) == language


def test_without_the_package_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Latin text is English then, and Devanagari Hindi."""
    monkeypatch.setattr(scripts, "_identifiers", {})
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    assert (guess_latin(SAMPLES["es"]), guess_devanagari(SAMPLES["mr"])) == ("en", "hi")
