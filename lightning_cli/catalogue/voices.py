"""Voices: the ``Voice`` class, the bundled list, the parser of the service's answers, and the filters.

No list is complete (protocol.md 6: the service has more voices than any public document names), so nothing here ever
refuses a voice.
"""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from lightning_cli.errors import ProtocolError, UsageFault
from lightning_cli.request import MODELS
from lightning_cli.system.close_words import close_words, did_you_mean, question

# Texts of a catalogue are cut at this length, so that a hostile one cannot flood a terminal.
_ID_LIMIT_CHARS = 256
_FIELD_LIMIT_CHARS = 200
_LONG_LIMIT_CHARS = 2000
_LIST_LIMIT = 100
# Other English names, and those of their own speakers that a keyboard has.
_OTHER_LANGUAGE_NAMES = dict(
    pair.split(":")
    for pair in (
        "oriya:or mandarin:zh bangla:bn panjabi:pa deutsch:de español:es espanol:es français:fr francais:fr "
        "italiano:it português:pt portugues:pt nederlands:nl svenska:sv norsk:no suomi:fi polski:pl türkçe:tr "
        "русский:ru ελληνικά:el 中文:zh 日本語:ja 한국어:ko"
    ).split()
)
_GENDERS = ("female", "male")
# The offline voices of the languages.
_ESPEAK = "espeak"
_SUGGESTIONS = 3
_WORD = re.compile(r"\w+")
_NO_DIGITS = re.compile(r"\D+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice; ``languages`` are request codes, or names as they came where no code is known.

    ``source`` is live, cached, bundled or offline; ``confidence`` is who names a bundled voice. Whatever a
    source does not state is None or empty.
    """

    id: str
    name: str
    model: str | None = None
    languages: tuple[str, ...] = ()
    gender: str | None = None
    accents: tuple[str, ...] = ()
    age: str | None = None
    use_cases: tuple[str, ...] = ()
    description: str | None = None
    preview_url: str | None = None
    source: str = "live"
    confidence: str | None = None


def parse_voices(answer: object, model: str | None = None) -> list[Voice]:
    """Read an answer of get_voices or get-all-models (protocol.md 6); a voice without an id is skipped.

    Raises ``ProtocolError`` when there is no list of voices in it.
    """
    listed = answer.get("voices") if isinstance(answer, dict) else answer
    if not isinstance(listed, list):
        raise ProtocolError("the service's answer holds no list of voices", hint="check --base-url")
    parsed = {voice.id: voice for item in listed if (voice := _parsed(item, model))}
    return sorted(parsed.values(), key=lambda voice: (voice.id.casefold(), voice.id))


def _parsed(item: object, model: str | None) -> Voice | None:
    if not isinstance(item, dict):
        return None
    tags = item.get("tags")
    told = {**item, **tags} if isinstance(tags, dict) else item
    voice_id = item.get("voiceId")
    if not isinstance(voice_id, str) or not voice_id.strip() or len(voice_id) > _ID_LIMIT_CHARS:
        return None
    return Voice(
        id=voice_id.strip(),
        name=_text(item.get("displayName")) or voice_id.strip(),
        model=model,
        languages=tuple(dict.fromkeys(language_code(name) or name.lower() for name in _texts(told.get("language")))),
        gender=_lowered(told.get("gender")),
        accents=tuple(name.lower() for name in _texts(told.get("accent"))),
        age=_lowered(told.get("age")),
        use_cases=_texts(told.get("usecases")),
        description=_text(item.get("description"), _LONG_LIMIT_CHARS),
        preview_url=_text(item.get("audioPreview"), _LONG_LIMIT_CHARS),
    )


def _text(value: object, limit: int = _FIELD_LIMIT_CHARS) -> str | None:
    return value.strip()[:limit] or None if isinstance(value, str) else None


def _lowered(value: object) -> str | None:
    text = _text(value)
    return text.lower() if text else None


def _texts(value: object) -> tuple[str, ...]:
    """Return the strings of a value that may be one string, a list of them, or neither."""
    listed = value if isinstance(value, list | tuple) else [value]
    return tuple(text for one in listed[:_LIST_LIMIT] if (text := _text(one)))


def completed(voice: Voice) -> Voice:
    """Add what get-all-models leaves out and the bundled list knows."""
    known = _bundled_by_id().get(voice.id)
    if known is None:
        return voice
    return replace(
        voice, model=known.model, gender=voice.gender or known.gender, accents=voice.accents or known.accents
    )


@cache
def _bundle() -> dict[str, Any]:
    bundle: dict[str, Any] = json.loads((Path(__file__).parent.parent / "data" / "voices.json").read_bytes())
    return bundle


@cache
def bundled_voices() -> tuple[Voice, ...]:
    """List the voices that public documents name; no network, no file outside the package."""
    return tuple(voice for record in _bundle()["voices"] if (voice := voice_from_record(record, "bundled")))


@cache
def _bundled_by_id() -> dict[str, Voice]:
    return {voice.id: voice for voice in bundled_voices()}


def bundled_on() -> str:
    """Return the day on which the bundled list was compiled, as YYYY-MM-DD."""
    return str(_bundle()["compiled"])


def language_names() -> dict[str, str]:
    """Return the lower-case English name of every language code, as catalogues tag voices (protocol.md 6)."""
    return dict(_bundle()["languages"])


def language_code(named: str) -> str | None:
    """Turn a code (``hi``, ``en-US``) or an English name into a request code; None for neither."""
    wanted = named.strip().lower()
    names = language_names()
    if wanted in names:
        return wanted
    by_name = {name: code for code, name in names.items()} | _OTHER_LANGUAGE_NAMES
    prefix = wanted.replace("_", "-").split("-")[0]
    return by_name.get(wanted) or (prefix if prefix in names else None)


def model_name(named: str) -> str:
    """Return a model's name as requests spell it, ``lightning_v3.1``; an unknown model stays as it is."""
    wanted = named.strip().lower().replace("-", "_")
    return wanted if wanted in MODELS else named.strip()


def meant_voice(voice: str, known: Collection[str]) -> str:
    """Return the hint for an unknown voice: the option for a language, else close voices, and where all are listed."""
    typed = voice.lower()
    if typed in _GENDERS:
        return f"lightning-tts voices --gender {typed} lists them"
    if typed.startswith(_ESPEAK):
        # Any two letters are close to any others.
        own = f"{_ESPEAK}-{language_code(typed.removeprefix(_ESPEAK).strip('-+:'))}"
        return question(own) if own in known else f"add the code of a language, as in {_ESPEAK}-de"
    code = language_code(voice)
    meant = question(f"-l {code}") if code is not None else did_you_mean(voice, known, most=2)
    return f"{meant} lightning-tts voices lists them all".strip()


def misspelt_model(model: str) -> str | None:
    """Return the model that is meant by a name which has its digits and nearly its letters; None for any other.

    A name with other digits may be that of a model that came later.
    """
    near = close_words(model.replace("-", "_"), MODELS, within=2)
    same = bool(near) and _NO_DIGITS.sub("", model) == _NO_DIGITS.sub("", near[0])
    return near[0] if same and near[0] != model_name(model) else None


def pool_name(model: str) -> str:
    """Return a model's name as paths spell it, ``lightning-v3.1``."""
    known = _bundle()["models"].get(model)
    return str(known["path"]) if known else model.replace("_", "-")


def word_timestamp_voices() -> frozenset[str]:
    """Return the voices that are documented to come with word timestamps, over the WebSocket only."""
    return frozenset(_bundle()["word_timestamp_voices"])


def voice_from_record(record: object, source: str) -> Voice | None:
    """Read a voice as the bundle and the cache write it; None for a record that is none."""
    if not isinstance(record, dict) or not isinstance(record.get("id"), str) or not record["id"]:
        return None
    return Voice(
        id=record["id"],
        name=_text(record.get("name")) or record["id"],
        model=_text(record.get("model")),
        languages=_texts(record.get("languages")),
        gender=_text(record.get("gender")),
        accents=_texts(record.get("accents")),
        age=_text(record.get("age")),
        use_cases=_texts(record.get("use_cases")),
        description=_text(record.get("description"), _LONG_LIMIT_CHARS),
        preview_url=_text(record.get("preview_url"), _LONG_LIMIT_CHARS),
        source=source,
        confidence=_text(record.get("confidence")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceFilter:
    """The filters of a listing; None and empty mean any. ``words`` must all occur, whatever their case."""

    language: str | None = None
    gender: str | None = None
    accent: str | None = None
    age: str | None = None
    use_case: str | None = None
    model: str | None = None
    words: tuple[str, ...] = ()

    def pick(self, voices: Sequence[Voice]) -> list[Voice]:
        """Pick from ``voices``; raises ``UsageFault`` for a language or gender that no catalogue knows."""
        language = _known_language(self.language, voices) if self.language else None
        gender = _known_gender(self.gender, voices) if self.gender else None
        model = model_name(self.model) if self.model else None
        return [
            voice
            for voice in voices
            if (language is None or language in voice.languages)
            and (gender is None or gender == voice.gender)
            and (model is None or model == voice.model)
            and _named(self.accent, voice.accents)
            and _named(self.age, (voice.age,))
            and _named(self.use_case, voice.use_cases)
            and self._has_words(voice)
        ]

    def _has_words(self, voice: Voice) -> bool:
        told = "\n".join([voice.id, voice.name, voice.description or "", *voice.accents]).casefold()
        return all(
            _is_told(part, told) or part == voice.gender or _language_named(part) in voice.languages
            for word in self.words
            for part in word.casefold().split()
        )


def _is_told(part: str, told: str) -> bool:
    """Return whether a text has a part of it; the name of a language counts as a word, since malay begins malayalam."""
    return part in told and (_language_named(part) is None or part in _WORD.findall(told))


def _language_named(word: str) -> str | None:
    """Return the code of a language given by its name; a code alone may be part of any word."""
    return None if word in language_names() else language_code(word)


def _named(wanted: str | None, values: Iterable[str | None]) -> bool:
    """Return whether one of ``values`` is what is wanted, wholly or as one of its words: latin is in mexican/latin."""
    if wanted is None:
        return True
    split = [_WORD.findall(value.casefold()) for value in values if value]
    asked = _WORD.findall(wanted.casefold())
    return any(asked == words or (len(asked) == 1 and asked[0] in words) for words in split)


def _known_language(named: str, voices: Sequence[Voice]) -> str:
    code = language_code(named)
    tags = {language for voice in voices for language in voice.languages}
    if code or named.strip().lower() in tags:
        return code or named.strip().lower()
    names = language_names()
    raise unknown("language", named, {*names, *names.values(), *tags})


def _known_gender(named: str, voices: Sequence[Voice]) -> str:
    wanted = named.strip().lower()
    genders = {*_GENDERS, *(voice.gender for voice in voices if voice.gender)}
    if wanted not in genders:
        raise unknown("gender", named, genders)
    return wanted


def unknown(what: str, named: str, known: Iterable[str]) -> UsageFault:
    """Return the error for an unknown value, with close values as its hint."""
    listed = sorted(known)
    hint = did_you_mean(named, listed, most=_SUGGESTIONS) or f"known: {', '.join(listed)}"
    return UsageFault(f"no voice has the {what} {named!r}", hint=hint)
