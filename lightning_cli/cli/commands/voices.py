"""The command ``voices``: which voices there are."""

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from lightning_cli.catalogue.lookup import VoiceListing, look_up
from lightning_cli.catalogue.voices import (
    Voice,
    VoiceFilter,
    bundled_on,
    bundled_voices,
    model_name,
    unknown,
    word_timestamp_voices,
)
from lightning_cli.cli import options as opt
from lightning_cli.cli import options_other as more
from lightning_cli.cli.service_options import Service, with_service
from lightning_cli.cli.terminal.console import is_terminal
from lightning_cli.cli.terminal.listing import write_json, write_list
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import MissingKey, UsageFault
from lightning_cli.request import KEY_VARIABLE, MODELS

if TYPE_CHECKING:
    # requests takes a tenth of a second to import, and a fresh cache needs none.
    from lightning_cli.client.service import SpeechClient

# What other tools have as a command.
_NO_SEARCH = (("list",), ("ls",), ("all",))
_COLUMNS = ("id", "model", "languages", "gender", "accent", "name")


@with_service
def voices(
    service: Service,
    words: more.SearchWords = None,
    search: more.Search = None,
    language: more.OnlyLanguage = None,
    gender: more.OnlyGender = None,
    accent: more.OnlyAccent = None,
    age: more.OnlyAge = None,
    use_case: more.OnlyUseCase = None,
    model: more.OnlyModel = None,
    offline: more.OnlyOffline = False,
    refresh: more.Refresh = False,
    as_json: opt.Json = False,
    preview: more.Preview = None,
    output: more.PreviewOutput = None,
) -> None:
    """List the voices.

    The service is asked at most once a day. Without a key the list that came with the tool is shown. In a pipe there
    is one voice a line: id, model, languages, gender, accent and name, separated by tabs.

    For example:

      lightning-tts voices --language hi --gender female

      lightning-tts voices --preview avery
    """
    if words is not None and tuple(words) in _NO_SEARCH:
        told = f"{words[0]!r} is taken for a word to search for"
        raise UsageFault(told, hint=f"lightning-tts voices lists all of them; --search {words[0]} searches for it")
    wanted = VoiceFilter(
        language=language,
        gender=gender,
        accent=accent,
        age=age,
        use_case=use_case,
        model=model,
        words=(*(words or ()), *([search] if search else ())),
    )
    found = _find(service, wanted.model, offline=offline, refresh=refresh)
    if preview is not None:
        _preview(service, preview, found.voices, output)
        return
    if output is not None:
        raise UsageFault("-o needs --preview", hint="add --preview ID")
    picked = wanted.pick(found.voices)
    for told in found.told:
        service.console.note(f"note: {told}")
    if found.voices and not picked:
        service.console.note(f"note: no voice matches{_values(wanted, found.voices)}")
    if as_json:
        stamped = word_timestamp_voices()
        write_json(
            service.console,
            [
                {**asdict(one), "word_timestamps": one.id in stamped, "needs_key": one.source != "offline"}
                for one in picked
            ],
        )
    elif found.is_keyless and is_terminal(sys.stdout):
        marked = [[*_row(one), "" if one.source == "offline" else "API key"] for one in picked]
        write_list(service.console, (*_COLUMNS, "needs"), marked)
    else:
        write_list(service.console, _COLUMNS, [_row(one) for one in picked])


def _preview(service: Service, voice_id: str, known: Sequence[Voice], output: str | None) -> None:
    """Speak in one of the voices; one that no list has may be a clone of the account's own."""
    from lightning_cli.cli.say.preview import preview

    wanted = voice_id.lower()
    voice = next((one for one in known if one.id.lower() == wanted), Voice(id=voice_id, name=voice_id))
    preview(service, voice, output)


def _row(voice: Voice) -> list[str]:
    accents, languages = ",".join(voice.accents), ",".join(voice.languages)
    return [voice.id, voice.model or voice.source, languages, voice.gender or "", accents, voice.name]


def _find(service: Service, model: str | None, *, offline: bool, refresh: bool) -> VoiceListing:
    if offline and refresh:
        raise UsageFault("--offline cannot be combined with --refresh", hint="drop one of them")
    if offline:
        return _offline()
    settings = service.settings()
    if settings is not None:
        return _ask(settings, [model_name(model)] if model else MODELS, refresh=refresh)
    if refresh:
        raise MissingKey("--refresh needs an API key", hint=f"set {KEY_VARIABLE} or run lightning-tts login")
    if model and model_name(model) not in MODELS:
        raise unknown("model", model, MODELS)
    own = _offline()
    told = f"no API key: showing the bundled list of {bundled_on()}; all but the offline voices need a key"
    # What works comes first.
    return VoiceListing([*own.voices, *bundled_voices()], [told], is_keyless=True)


def _ask(settings: ServiceSettings, models: Sequence[str], *, refresh: bool) -> VoiceListing:
    with contextlib.ExitStack() as stack:
        opened: list[SpeechClient] = []

        def open_client() -> "SpeechClient":
            if not opened:
                from lightning_cli.client.service import SpeechClient

                opened.append(stack.enter_context(SpeechClient(settings)))
            return opened[0]

        return look_up(models, settings.api_root, open_client, refresh=refresh)


def _offline() -> VoiceListing:
    from lightning_cli.local.offline_voices import LANGUAGE_NAMES, neural_hint, offline_voices

    listed = [
        Voice(
            id=one.id,
            name=LANGUAGE_NAMES[one.language] if one.engine == "espeak" else one.id.capitalize(),
            languages=(one.language,),
            gender=one.gender,
            source="offline",
        )
        for one in offline_voices()
    ]
    return VoiceListing(listed, [] if listed else [f"no offline engine is installed: {neural_hint()} adds one"])


def _values(wanted: VoiceFilter, voices_listed: Sequence[Voice]) -> str:
    """Return the existing values of each filter whose values are not known beforehand."""
    told = ""
    if wanted.accent:
        told += _known("accents", {accent for voice in voices_listed for accent in voice.accents})
    if wanted.age:
        told += _known("ages", {voice.age for voice in voices_listed if voice.age})
    if wanted.use_case:
        told += _known("uses", {use for voice in voices_listed for use in voice.use_cases})
    return told


def _known(what: str, values: set[str]) -> str:
    return f"; {what} here: {', '.join(sorted(values)) or 'none'}"
