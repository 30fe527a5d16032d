"""Who speaks for whom: a voice of the catalogue, or of OpenAI, to the engine's nearest voice; pure.

The engine has one woman for English and one man for every other language. Pitch and rate follow the gender and age a
catalogue tells, and a little the name, so that two voices of a dialogue can be told apart.
"""

import zlib
from dataclasses import dataclass
from functools import cache

from lightning_cli.catalogue.voices import Voice, bundled_voices
from lightning_cli.local.offline_voices import (
    ENGLISH,
    ESPEAK_PREFIX,
    HEART,
    check_voice,
    default_voice,
    is_offline_voice,
    spoken_language,
)
from lightning_cli.request import DEFAULT_MODEL

# How far the engine's own woman and man are from one another, as a factor of pitch.
_GENDER_STEP = 1.25
_AGES = {"young": (1.06, 1.04), "senior": (0.94, 0.92)}
# How far names move the pitch and the rate, each way.
_PITCH_SPREAD, _RATE_SPREAD = 0.05, 0.04
_OPENAI = {
    "alloy": "female", "ash": "male", "ballad": "male", "cedar": "male", "coral": "female", "echo": "male",
    "fable": "male", "juniper": "female", "marin": "female", "nova": "female", "onyx": "male", "sage": "female",
    "shimmer": "female", "verse": "male",
}  # fmt: skip # a table
OPENAI_VOICES = tuple(_OPENAI)


@dataclass(frozen=True, slots=True)
class VoiceMapping:
    """How the engine is to speak: its ``voice_id`` and ``language``, then factors of pitch and rate."""

    voice_id: str
    language: str | None
    pitch: float = 1.0
    rate: float = 1.0


@cache
def _by_id() -> dict[str, Voice]:
    return {voice.id: voice for voice in bundled_voices()}


def is_in_pool(voice_id: str, model: str | None) -> bool:
    """Return whether a voice may speak for a model; the engine's own may for all, as may clones."""
    if is_offline_voice(voice_id) or voice_id.startswith("voice_"):
        return True
    voice = _by_id().get(voice_id)
    return voice is not None and voice.model == (model or DEFAULT_MODEL)


def map_voice(voice_id: str, language: str | None, engine: str) -> VoiceMapping:
    """Choose for any voice, known or not; raises ``EngineError`` for what the engine cannot speak.

    ``engine`` is one of ``auto``, ``neural`` and ``espeak``. The engine's own voices speak untouched.
    """
    if is_offline_voice(voice_id):
        check_voice(voice_id)
        return VoiceMapping(voice_id, language)
    voice = _by_id().get(voice_id)
    gender = _OPENAI.get(voice_id) or (voice.gender if voice else None)
    languages = voice.languages if voice else ()
    if language is None and languages and ENGLISH not in languages:
        language = languages[0]
    own = _own_voice(language, engine)
    pitch, rate = _AGES.get((voice.age if voice else None) or "", (1.0, 1.0))
    own_gender = "female" if own == HEART else "male"
    if gender in {"female", "male"} and gender != own_gender:
        pitch *= _GENDER_STEP if gender == "female" else 1 / _GENDER_STEP
    mark = zlib.crc32(voice_id.encode("utf-8", "replace"))
    pitch *= 1 + _PITCH_SPREAD * ((mark & 0xFFFF) / 0x7FFF - 1)
    rate *= 1 + _RATE_SPREAD * ((mark >> 16) / 0x7FFF - 1)
    return VoiceMapping(own, language, round(pitch, 3), round(rate, 3))


def _own_voice(language: str | None, engine: str) -> str:
    spoken = spoken_language(language)
    if engine == "neural" and spoken in {None, ENGLISH}:
        own = HEART
    elif engine == "espeak":
        own = ESPEAK_PREFIX + (spoken or ENGLISH)
    else:
        own = default_voice(language)
    check_voice(own)
    return own
