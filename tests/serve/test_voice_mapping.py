"""Which voice of the engine speaks for which voice of a catalogue."""

import pytest

from lightning_cli.catalogue.voices import bundled_voices
from lightning_cli.errors import EngineError
from lightning_cli.local.offline_voices import ENGLISH
from lightning_cli.serve.voice_mapping import OPENAI_VOICES, VoiceMapping, is_in_pool, map_voice


def test_voices_of_an_engine_that_was_asked_for() -> None:
    """English is hibari's where it is to speak; every other language is not."""
    assert map_voice("daniel", None, "neural").voice_id == "heart"
    assert map_voice("daniel", "hi", "neural").voice_id == "espeak-hi"


PRO = "lightning_v3.1_pro"


@pytest.mark.parametrize("engine", ["auto", "espeak"])
def test_every_voice_of_the_catalogue_can_be_cast(engine: str) -> None:
    """In its own pool and no other, with a pitch that a resampler takes."""
    for voice in bundled_voices():
        assert is_in_pool(voice.id, voice.model)
        assert not is_in_pool(voice.id, PRO if voice.model != PRO else None)
        if voice.languages[:1] == ("ja",):
            continue
        part = map_voice(voice.id, None, engine)
        assert 0.7 < part.pitch < 1.45
        assert 0.85 < part.rate < 1.15


def test_women_and_men_speak_as_such() -> None:
    """Higher and lower than the engine's one voice; two of a kind are not the same either."""
    heart = {name: map_voice(name, "en", "auto") for name in ("avery", "magnus", "daniel", "sophia")}
    assert heart["avery"].voice_id == "heart"
    assert heart["magnus"].pitch < 0.9 < heart["avery"].pitch
    assert len({part.pitch for part in heart.values()}) == 4
    assert map_voice("avery", "hi", "auto").pitch > 1.1  # eSpeak NG's voice is a man's
    assert map_voice("avery", "hi", "auto").voice_id == "espeak-hi"


def test_the_language_of_a_voice_is_used_where_none_is_asked() -> None:
    """A Spanish voice reads Spanish; the request's own language wins."""
    assert map_voice("camilla", None, "auto").voice_id == "espeak-es"
    assert map_voice("camilla", "en", "auto").voice_id == "heart"
    assert map_voice("daniel", None, "espeak").voice_id == "espeak-" + ENGLISH


def test_the_engines_own_voices_are_left_alone() -> None:
    """What the in-process engine says, the server says."""
    assert map_voice("heart", None, "auto") == VoiceMapping("heart", None)
    assert map_voice("espeak-ta", "hi", "auto") == VoiceMapping("espeak-ta", "hi")
    with pytest.raises(EngineError):
        map_voice("daniel", "ja", "auto")


def test_openai_voices_are_cast_by_their_gender() -> None:
    """All of them."""
    assert all(map_voice(name, None, "auto").voice_id == "heart" for name in OPENAI_VOICES)
    assert map_voice("onyx", None, "auto").pitch < 0.9 < map_voice("nova", None, "auto").pitch
