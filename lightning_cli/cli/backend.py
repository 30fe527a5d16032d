"""The choice of the backend: the service with a key, else the embedded engine, and never another voice."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning_cli.cli.option_groups import BackendOptions
from lightning_cli.cli.service_options import Service
from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.service import ClientTape, SpeechClient
from lightning_cli.client.settings import LOCAL_URL, SERVICE_URL, ServiceSettings
from lightning_cli.errors import EngineError, InvalidRequest, MissingKey, UsageFault
from lightning_cli.pipeline import speech_backend
from lightning_cli.request import KEY_VARIABLE, LANGUAGES, MODELS, RequestDefaults, check_field
from lightning_cli.system import trace

if TYPE_CHECKING:
    from lightning_cli.serve.runtime import RunningServer
    from lightning_cli.text.marks import Delivery
    from lightning_cli.text.reading import Resolve


# Ids of earlier models, which the service may still take.
_EARLIER_VOICES = frozenset("emily raj raman pragya andrea chirag arman ryan".split())


def choose(
    service: Service, options: BackendOptions, *, word_timestamps: bool = False, context_id: str | None = None
) -> ServiceSettings:
    """Decide on the backend: what was forced, else the service if a key or a base URL is there, else the engine."""
    local = _is_local(service, options)
    key = None if local else service.key()
    if options.cloud and key is None:
        raise MissingKey(
            "no API key found",
            hint=f"set {KEY_VARIABLE}, run lightning-tts login, or speak offline with --local",
        )
    uses_engine = local or (key is None and service.base_url is None)
    server = _running_server() if uses_engine and not local else None
    if server is None and uses_engine and options.transport != "sse":
        offline = ServiceSettings(base_url=LOCAL_URL, asks_offline=local)
        raise speech_backend.needs_service(offline, f"--transport {options.transport}", "transport")
    address = LOCAL_URL if uses_engine else service.base_url or SERVICE_URL
    return ServiceSettings(
        base_url=server.url if server else address,
        key=server.token if server else key.value if key else None,
        insecure_http=service.insecure_http,
        route=options.route,
        transport=options.transport,
        wire_format=options.wire_format,
        concurrency=options.concurrency,
        context_id=context_id,
        # No other transport of the service has them (protocol.md 2.2).
        word_timestamps=word_timestamps and (options.transport == "ws" or (uses_engine and options.transport == "sse")),
        speaks_offline=server is not None,
        asks_offline=local,
        timeouts=service.timeouts,
        retry=service.retry,
    )


def _is_local(service: Service, options: BackendOptions) -> bool:
    """Return whether the offline engine was asked for: a flag counts before a variable, that before the file.

    Raise ``UsageFault`` for flags that contradict each other.
    """
    if not (options.local and (options.cloud or service.base_url)):
        return options.local
    asked, other = service.rank_of("local"), service.rank_of("cloud" if options.cloud else "base_url")
    if asked == other == 0:
        raise UsageFault("--local cannot be combined with --cloud or --base-url", hint="drop one of them")
    return asked <= other


def _running_server() -> "RunningServer | None":
    from lightning_cli.serve.runtime import running_server

    return running_server()


def request_defaults(settings: ServiceSettings, fields: Mapping[str, Any]) -> RequestDefaults:
    """Return what the requests of a run have in common: ``fields``, by their names, and the voice that speaks.

    Raises ``InvalidRequest`` for a field that the API does not take, ``MissingKey`` for a voice or a model that the
    offline engine does not have.
    """
    fields = {**fields, **_spelled(fields.get("language"), fields.get("model"))}
    check_field("language", fields.get("language"))  # first, since the engine's voice follows from it
    _check_voice(settings, fields.get("voice_id"))
    return speech_backend.request_defaults(settings, fields, dashes="--")


def _spelled(language: str | None, model: str | None) -> dict[str, str]:
    """Return the language's code for ``en-US`` or ``english``, and the model as requests spell it, where given.

    Raises ``UsageFault`` for a model that speaks another protocol.
    """
    found: dict[str, str] = {}
    if language is not None and language not in LANGUAGES:
        from lightning_cli.catalogue.voices import language_code, language_names
        from lightning_cli.system.close_words import close_words, question

        code = language_code(language)
        if code in LANGUAGES:
            found["language"] = code
        elif near := close_words(language, LANGUAGES) or close_words(language, language_names().values()):
            raise InvalidRequest("language", f"unknown language {language!r}", hint=question(near[0]))
    if model is not None and model not in MODELS:
        from lightning_cli.catalogue.voices import misspelt_model, model_name
        from lightning_cli.system.close_words import question

        found["model"] = model_name(model)
        if model.lower().replace("-", "_").startswith("lightning_v4"):
            raise UsageFault(
                f"model {model!r} is not supported: it speaks another protocol, at 48000 Hz",
                hint=f"use {' or '.join(MODELS)}",
            )
        if (meant := misspelt_model(model)) is not None:
            raise UsageFault(f"unknown model {model!r}", hint=question(meant))
    return found


def delivery_resolver(settings: ServiceSettings, fields: Mapping[str, Any]) -> "Resolve":
    """Return a function that completes the delivery of a mark in the text, given the ``fields`` of the run.

    That function raises ``InvalidRequest`` for what the API does not take, and ``MissingKey`` or ``UsageFault`` for
    an unknown voice.
    """

    def resolve(delivery: "Delivery") -> "Delivery":
        changed = {**fields, **delivery.fields}
        if delivery.voice is not None and settings.base_url == SERVICE_URL:
            _check_known(delivery.voice)
        defaults = request_defaults(settings, changed)
        check_offline(settings, defaults)
        follows = delivery.voice is not None or delivery.language is not None
        return delivery._replace(voice=defaults.voice_id if follows else None)

    return resolve


def _check_known(voice: str) -> None:
    """Raise ``UsageFault`` for a voice that no listing has; those that users made have ids of a shape."""
    from lightning_cli.catalogue.lookup import known_ids, models_of
    from lightning_cli.catalogue.voices import language_code
    from lightning_cli.system.close_words import meant, question

    if not models_of(voice) and voice not in _EARLIER_VOICES and not voice.startswith("voice_"):
        code = language_code(voice)
        near = f" ({question(f'[lang:{code}]')})" if code else meant(voice, known_ids())
        raise UsageFault(f"unknown voice {voice!r}{near}", hint="lightning-tts voices lists them")


def _check_voice(settings: ServiceSettings, voice: str | None) -> None:
    """Raise ``MissingKey`` for a voice that no list has, where the offline engine is to speak."""
    if voice is None or not speech_backend.is_offline(settings):
        return
    from lightning_cli.local.offline_voices import is_offline_voice

    if not is_offline_voice(voice.lower()) and (hint := meant_instead(voice)) is not None:
        raise MissingKey(f"unknown voice {voice!r}", hint=hint)


def meant_instead(voice: str) -> str | None:
    """Return the hint for a voice that is in no list, None for one that is."""
    from lightning_cli.catalogue.voices import bundled_voices, meant_voice
    from lightning_cli.local.offline_voices import ESPEAK_LANGUAGES, ESPEAK_PREFIX, HEART

    known = {HEART, *(ESPEAK_PREFIX + code for code in ESPEAK_LANGUAGES), *(one.id for one in bundled_voices())}
    return None if voice.lower() in {one.lower() for one in known} else meant_voice(voice, known)


def check_offline(settings: ServiceSettings, defaults: RequestDefaults) -> None:
    """Raise ``EngineError`` for a field that the offline engine would have to ignore."""
    numbers, language = defaults.number_pronunciation_language, defaults.language
    if settings.is_local and None not in {numbers, language} and numbers != language:
        raise EngineError(
            "the offline engine reads numbers in the language of the text",
            hint=f"{_instead(settings)}, or drop --number-language",
        )
    if defaults.further and (settings.is_local or settings.speaks_offline):
        raise EngineError("--field needs the smallest.ai service", hint=f"{_instead(settings)}, or drop --field")
    if defaults.pronunciation_dicts and settings.is_local:
        from lightning_cli.local.dictionary_store import DictionaryStore

        known = {one["id"] for one in DictionaryStore().all()}
        missing = next((one for one in defaults.pronunciation_dicts if one not in known), None)
        if missing is not None:
            raise UsageFault(f"unknown dictionary {missing!r}", hint="lightning-tts dicts list lists them")


def _instead(settings: ServiceSettings) -> str:
    return "drop --local" if settings.asks_offline else f"set {KEY_VARIABLE} to use the service"


def with_dictionaries(
    client: SpeechClient, settings: ServiceSettings, defaults: RequestDefaults, files: Sequence[Path]
) -> RequestDefaults:
    """Sync dictionary files with the service, sending only what changed, and add their ids to the defaults."""
    from lightning_cli.catalogue.dictionaries import ensure_dictionary

    ids = tuple(ensure_dictionary(client, file, settings.api_root) for file in files)
    return defaults._replace(pronunciation_dicts=(*defaults.pronunciation_dicts, *ids))


def warn_of_codec(settings: ServiceSettings, console: Console) -> None:
    """Warn where G.711 is asked for and raw PCM is what comes: the bytes cannot show it (protocol.md 3.4)."""
    if settings.wire_format in {"ulaw", "alaw"} and settings.transport != "sync":
        console.warn(
            f"{settings.wire_format} has never been seen in event streams; treating the audio as PCM; "
            "--transport sync has it, and -o FILE.ulaw makes it here"
        )


def open_client(
    settings: ServiceSettings,
    console: Console,
    defaults: RequestDefaults,
    *,
    asked_for: bool,
    tape: ClientTape | None = None,
    soon: Callable[[Callable[[], None]], None] | None = None,
) -> SpeechClient:
    """Open the client; an engine that was not asked for is announced, so that it is not taken for the service.

    ``soon`` is that of ``speech_backend.open_client``.
    """
    trace.mark(trace.SETTINGS)
    is_replay = tape is not None and tape.is_replay
    if settings.is_local and not is_replay:
        from lightning_cli.local.offline_voices import check_engine, check_voice

        check_engine(asked_for=asked_for, voice=defaults.voice_id)
        check_voice(defaults.voice_id)
    if not asked_for and not is_replay:
        if settings.speaks_offline:
            console.note(f"note: no API key; using the local server at {settings.base_url}")
        elif settings.is_local:
            console.note(f"note: no API key; using the offline voice {defaults.voice_id!r} (--local hides this note)")
    return speech_backend.open_client(settings, defaults, console.warn_once, tape, soon)
