"""The catalogue of voices in its parts: the bundle, names, filters, suggestions, the parser."""

import json
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.list_commands import live_voice

from lightning_cli.catalogue.lookup import known_ids, models_of
from lightning_cli.catalogue.voices import (
    Voice,
    VoiceFilter,
    bundled_voices,
    language_code,
    language_names,
    model_name,
    parse_voices,
    pool_name,
    voice_from_record,
    word_timestamp_voices,
)
from lightning_cli.errors import ProtocolError, UsageFault
from lightning_cli.request import DEFAULT_VOICES, LANGUAGES, MODELS


def test_the_bundle_is_sound() -> None:
    """Ids are unique, models and languages are the API's own, the default voices are there."""
    voices = bundled_voices()
    assert len(voices) == 346
    assert len({voice.id for voice in voices}) == 346
    assert {voice.model for voice in voices} == set(MODELS)
    assert {code for voice in voices for code in voice.languages} <= set(LANGUAGES) - {"auto"}
    assert set(language_names()) == set(LANGUAGES) - {"auto"}
    assert {voice.gender for voice in voices} == {"male", "female", None}
    for model, voice_id in DEFAULT_VOICES.items():
        assert models_of(voice_id) == [model]
    assert word_timestamp_voices() <= {voice.id for voice in voices}
    assert all(voice.confidence and voice.languages and voice.source == "bundled" for voice in voices)


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("hi", "hi"),
        ("Hindi", "hi"),
        (" ENGLISH ", "en"),
        ("en-US", "en"),
        ("pt_BR", "pt"),
        ("oriya", "or"),
        ("odia", "or"),
        ("no", "no"),
        ("Deutsch", "de"),
        ("français", "fr"),
        ("klingon", None),
        ("auto", None),
        ("", None),
    ],
)
def test_language_names_become_codes(named: str, code: str | None) -> None:
    """Catalogues speak of languages by name, requests by code."""
    assert language_code(named) == code


def test_model_names() -> None:
    """Requests write underscores, paths hyphens; an unknown model is left alone."""
    assert [model_name(name) for name in ("lightning-v3.1", "LIGHTNING_v3.1_PRO")] == list(MODELS)
    assert [pool_name(name) for name in MODELS] == ["lightning-v3.1", "lightning-v3.1-pro"]
    assert (model_name("lightning-v4"), pool_name("lightning-v4")) == ("lightning-v4", "lightning-v4")


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (VoiceFilter(), ["a", "b", "c"]),
        (VoiceFilter(language="hi"), ["b"]),
        (VoiceFilter(language="Klingon"), ["c"]),
        (VoiceFilter(gender="neutral"), ["c"]),
        (VoiceFilter(accent="Latin"), ["a"]),
        (VoiceFilter(accent="mexican/latin"), ["a"]),
        (VoiceFilter(accent="lat"), []),
        (VoiceFilter(age="middle aged"), ["b"]),
        (VoiceFilter(use_case="audiobooks"), ["b"]),
        (VoiceFilter(model="lightning-v3.1"), ["a"]),
        (VoiceFilter(words=("WARM voice",)), ["b"]),
        (VoiceFilter(words=("warm", "cold")), []),
        (VoiceFilter(words=("Hindi",)), ["b"]),
        (VoiceFilter(words=("spanish", "ana")), ["a"]),
        (VoiceFilter(words=("hi",)), []),
        (VoiceFilter(words=("neutral",)), ["c"]),
        (VoiceFilter(words=("mexican",), language="spanish"), ["a"]),
        (VoiceFilter(words=("malay",)), []),
    ],
)
def test_picking(wanted: VoiceFilter, ids: list[str]) -> None:
    """Every filter must hold; text is found in any case in id, name, description and accent."""
    voices = [
        Voice(id="a", name="Ana", model=MODELS[0], languages=("es",), gender="female", accents=("mexican/latin",)),
        Voice(
            id="b",
            name="Bea",
            languages=("en", "hi"),
            age="middle-aged",
            use_cases=("Audiobooks", "news"),
            description="A warm Voice",
        ),
        Voice(id="c", name="Cee", languages=("klingon",), gender="neutral", description="Not of Malayalam."),
    ]
    assert [voice.id for voice in wanted.pick(voices)] == ids


def test_tags_in_any_form() -> None:
    """Names become codes once each, unknown ones stay in lower case; one string is as good as a list of one."""
    (voice,) = parse_voices(
        [live_voice("x", language=["English", "en", "Klingon"], accent=["Indian"], usecases="news")]
    )
    assert (voice.languages, voice.accents, voice.use_cases) == (("en", "klingon"), ("indian",), ("news",))


def test_unknown_filter_values_are_refused() -> None:
    """Only a language or gender can be wrong; everything else may simply be missing."""
    with pytest.raises(UsageFault, match="language 'klingon'"):
        VoiceFilter(language="klingon").pick(bundled_voices())
    with pytest.raises(UsageFault, match="gender 'neutral'") as fault:
        VoiceFilter(gender="neutral").pick(bundled_voices())
    assert fault.value.hint == "known: female, male"


def test_known_ids() -> None:
    """Find every voice of the bundle."""
    assert {"daniel", "meher"} <= set(known_ids())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(string.ascii_letters, max_size=4), inner, max_size=4)
    ),
    max_leaves=10,
)
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "voiceId": st.text() | _JSON,
        "displayName": st.text() | _JSON,
        "description": _JSON,
        "gender": _JSON,
        "tags": st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("language", "accent", "gender", "age", "usecases"), _JSON)
        )
        | _JSON,
    },
)


@settings(deadline=None)
@given(st.lists(_FIELDS | _JSON, max_size=5))
def test_whatever_the_service_lists_is_parsed(listed: list[Any]) -> None:
    """No answer breaks the parser, and what it makes survives being written and read."""
    voices = parse_voices({"voices": listed}, MODELS[0])
    assert voices == parse_voices(listed, MODELS[0])
    for voice in voices:
        record = {name: getattr(voice, name) for name in Voice.__slots__}
        assert voice_from_record(json.loads(json.dumps(record)), "live") == voice


@pytest.mark.parametrize("answer", [None, 3, "voices", {}, {"voices": {"voiceId": "a"}}])
def test_an_answer_without_a_list_is_a_protocol_error(answer: object) -> None:
    """A number or a text is not a catalogue."""
    with pytest.raises(ProtocolError):
        parse_voices(answer)


@pytest.mark.parametrize("record", [None, [], {}, {"id": 1}, {"id": ""}])
def test_a_record_that_is_no_voice(record: object) -> None:
    """What another program wrote into the cache is left out."""
    assert voice_from_record(record, "cache") is None
