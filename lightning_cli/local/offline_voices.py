"""Which voices and languages the offline engines have; plain data, so that asking costs no import of an engine.

Measured with espeakng-loader 0.2.4 (eSpeak NG 1.52); tests/local/test_espeak.py measures it again.
"""

import importlib.util
from functools import cache

from lightning_cli.errors import EngineError, MissingKey
from lightning_cli.request import LANGUAGES
from lightning_cli.system.records import Record

HEART = "heart"
ENGLISH = "en"
ESPEAK_PREFIX = "espeak-"
SERVICE_HINT = "set SMALLEST_API_KEY to use the service"

UNSUPPORTED_OFFLINE = {
    "ja": "eSpeak NG does not read kanji: it says the words 'Chinese letter' for each",
}
# eSpeak has no voice "no" or "zh", rejects "fr-fr", and its "en" is British.
_OTHER_NAMES = {"en": "en-us", "no": "nb", "zh": "cmn"}
# Not languages of the API; chosen by the script of the text alone. "ja" is here for kana.
SCRIPT_LANGUAGES = ("ja", "uk", "ur", "fa", "he", "hy", "ka", "am", "si")
LANGUAGE_NAMES = dict(
    pair.split(":")
    for pair in (
        "en:English hi:Hindi mr:Marathi kn:Kannada ta:Tamil bn:Bengali gu:Gujarati te:Telugu ml:Malayalam pa:Punjabi "
        "or:Odia es:Spanish de:German fr:French it:Italian nl:Dutch sv:Swedish pt:Portuguese ru:Russian el:Greek "
        "fi:Finnish no:Norwegian pl:Polish ar:Arabic zh:Chinese id:Indonesian ja:Japanese ko:Korean ms:Malay "
        "tr:Turkish vi:Vietnamese uk:Ukrainian ur:Urdu fa:Persian he:Hebrew hy:Armenian ka:Georgian am:Amharic "
        "si:Sinhala"
    ).split()
)
ESPEAK_LANGUAGES = tuple(code for code in LANGUAGES if code != "auto" and code not in UNSUPPORTED_OFFLINE)


class OfflineVoice(Record):
    """Describe a voice: its ``id``, its ``language`` (an API code), ``gender`` and ``engine`` (hibari or espeak)."""

    id: str
    language: str
    gender: str
    engine: str


def espeak_name(language: str) -> str:
    """Return eSpeak's name for the voice of a language code."""
    return _OTHER_NAMES.get(language, language)


@cache
def neural_installed() -> bool:
    """Return whether hibari is there, without importing it."""
    return importlib.util.find_spec("hibari") is not None


@cache
def espeak_installed() -> bool:
    """Return whether an eSpeak NG library is there: the wheel's or the system's."""
    # The finder loads libraries; only the question needs it.
    from lightning_cli.local.espeak_library import locate

    return locate() is not None


def neural_hint() -> str:
    """Return the command that installs the English voice."""
    from lightning_cli.system.install import install_command

    return install_command("local")


def espeak_hint() -> str:
    """Return the commands that install eSpeak NG."""
    from lightning_cli.system.install import install_command

    return f"{install_command('espeak')}, or your system's package: apt install libespeak-ng1"


def check_engine(*, asked_for: bool, voice: str = HEART) -> None:
    """Raise ``MissingKey`` unless an offline engine is installed; ``asked_for`` is whether it is used by request.

    The hint installs the one of ``voice``.
    """
    if not engine_installed():
        hint = neural_hint() if voice == HEART else espeak_hint()
        raise MissingKey(
            "no offline engine is installed" if asked_for else "no API key, and no offline engine is installed",
            hint=f"install the offline voice: {hint}" + ("" if asked_for else ", or set SMALLEST_API_KEY"),
        )


def engine_installed() -> bool:
    """Return whether anything can speak offline."""
    return neural_installed() or espeak_installed()


def offline_voices() -> list[OfflineVoice]:
    """List the voices that can speak here and now."""
    found = [OfflineVoice(HEART, ENGLISH, "female", "hibari")] if neural_installed() else []
    if espeak_installed():
        found += [OfflineVoice(ESPEAK_PREFIX + code, code, "male", "espeak") for code in ESPEAK_LANGUAGES]
    return found


def is_offline_voice(voice_id: str) -> bool:
    """Return whether the offline engines know this voice, installed or not."""
    return voice_id == HEART or voice_language(voice_id) in ESPEAK_LANGUAGES


def voice_language(voice_id: str) -> str | None:
    """Return the language of an eSpeak voice's id, or None for another voice."""
    return voice_id.removeprefix(ESPEAK_PREFIX) if voice_id.startswith(ESPEAK_PREFIX) else None


def spoken_language(language: str | None) -> str | None:
    """Turn a request's language into one to speak, None standing for "by the script of the text".

    Raises ``EngineError`` for a language no offline engine speaks.
    """
    if language is None or language == "auto":
        return None
    name = LANGUAGE_NAMES.get(language, language)
    if language in UNSUPPORTED_OFFLINE:
        raise EngineError(
            f"{name} ({language}) cannot be spoken offline: {UNSUPPORTED_OFFLINE[language]}", hint=SERVICE_HINT
        )
    if language not in ESPEAK_LANGUAGES:
        raise EngineError(f"cannot speak {name} offline", hint=SERVICE_HINT)
    return language


def default_voice(language: str | None = None) -> str:
    """Choose the voice for a language: ``heart`` for English where hibari is installed, else the language's own.

    Raises ``EngineError`` for a language no offline engine speaks.
    """
    spoken = spoken_language(language)
    if spoken in {None, ENGLISH} and (neural_installed() or not espeak_installed()):
        return HEART
    return ESPEAK_PREFIX + (spoken or ENGLISH)


def check_voice(voice_id: str) -> None:
    """Raise ``EngineError`` unless this voice exists and its engine is installed."""
    if not is_offline_voice(voice_id):
        raise EngineError(f"unknown offline voice {voice_id!r}", hint=SERVICE_HINT)
    if voice_id == HEART and not neural_installed():
        raise EngineError("voice 'heart' needs hibari, which is not installed", hint=neural_hint())
    if voice_id != HEART and not espeak_installed():
        raise EngineError(f"voice {voice_id!r} needs eSpeak NG, which is not installed", hint=espeak_hint())
