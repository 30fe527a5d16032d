"""The backend that speaks and its voice, for the command line and for Python programs: never another voice."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.service import ClientTape, SpeechClient
from lightning_cli.client.settings import LOCAL_URL, SERVICE_URL, ServiceSettings
from lightning_cli.errors import MissingKey, UsageFault
from lightning_cli.pipeline.pipeline import Pipeline
from lightning_cli.request import DEFAULT_MODEL, DEFAULT_VOICES, KEY_VARIABLE, RequestDefaults
from lightning_cli.settings.keys import checked_key, find_key
from lightning_cli.sinks.base import Sink

if TYPE_CHECKING:
    from lightning_cli.client.notices import Announce


def choose(*, key: str | None, base_url: str | None, offline: bool | None) -> ServiceSettings:
    """Return the backend that was forced by ``offline``, else the service if there is a key or a ``base_url``.

    Raise ``UsageFault`` for arguments that contradict each other, ``MissingKey`` where the service is required and has
    no key, ``ConfigError`` for a key or an address that cannot be used.
    """
    if offline and (key or base_url):
        raise UsageFault("offline=True cannot be combined with key or base_url", hint="drop one of them")
    if offline:
        return ServiceSettings(base_url=LOCAL_URL, asks_offline=True)
    found = checked_key(key.strip(), "key") if key else find_key()
    if found is None and base_url is None:
        if offline is False:
            raise MissingKey("no API key found", hint=f"pass key=..., or set {KEY_VARIABLE}")
        return ServiceSettings(base_url=LOCAL_URL)
    return ServiceSettings(base_url=base_url or SERVICE_URL, key=found.value if found else None)


def request_defaults(settings: ServiceSettings, fields: Mapping[str, Any], *, dashes: str = "") -> RequestDefaults:
    """Return what the requests of a run have in common: ``fields`` by their names, and the voice that speaks.

    ``dashes`` stand before a name in hints. Raise ``InvalidRequest`` for a field outside the API's limits,
    ``MissingKey`` for a voice or a model that only the service has.
    """
    return RequestDefaults(**{**fields, "voice_id": _voice(settings, fields, dashes)})


def is_offline(settings: ServiceSettings) -> bool:
    """Return whether the offline engine speaks, here or in a server that was found."""
    return settings.is_local or settings.speaks_offline


def _voice(settings: ServiceSettings, fields: Mapping[str, Any], dashes: str) -> str:
    """Return the voice asked for, else the default of the model or of the engine's language."""
    voice, model = fields.get("voice_id"), fields.get("model")
    if not is_offline(settings):
        return voice or DEFAULT_VOICES.get(model or DEFAULT_MODEL, DEFAULT_VOICES[DEFAULT_MODEL])
    from lightning_cli.local.offline_voices import default_voice, is_offline_voice

    if model is not None and model not in DEFAULT_VOICES:
        raise UsageFault(f"unknown model {model!r}", hint=f"use one of {', '.join(DEFAULT_VOICES)}")
    if model not in {None, DEFAULT_MODEL}:
        raise needs_service(settings, f"model {model!r}", "model", " to use the offline voice", dashes=dashes)
    if voice is None:
        return default_voice(fields.get("language"))
    # A server that was found and not named does not change the voice; one that --base-url names may.
    if not is_offline_voice(voice.lower()):
        raise needs_service(settings, f"voice {voice!r}", "voice", " to use the offline voice", dashes=dashes)
    return str(voice.lower())


def needs_service(
    settings: ServiceSettings, what: str, option: str, instead: str = "", *, dashes: str = "--"
) -> MissingKey:
    """Return the fault for what only the service has, and why it is not asked; ``option`` is what to drop."""
    asked = f"{dashes}local" if dashes else "offline=True"
    if settings.asks_offline:
        return MissingKey(
            f"{what} needs the smallest.ai service, but {asked} is set",
            hint=f"drop {asked}, or drop {dashes}{option}{instead}",
        )
    return MissingKey(
        f"{what} needs the smallest.ai service, but no API key is set",
        hint=f"set {KEY_VARIABLE}, or drop {dashes}{option}{instead}",
    )


def open_client(
    settings: ServiceSettings,
    defaults: RequestDefaults,
    announce: "Announce",
    tape: ClientTape | None = None,
    soon: Callable[[Callable[[], None]], None] | None = None,
) -> SpeechClient:
    """Open the client, which the caller closes.

    The engine begins to load what ``defaults`` will need: at once, or when ``soon`` calls what it is given.
    """
    if not settings.is_local or (tape is not None and tape.is_replay):
        return SpeechClient(settings, tape=tape, announce=announce)
    from lightning_cli.local.adapter import LocalAdapter
    from lightning_cli.local.offline_voices import check_engine, check_voice

    check_engine(asked_for=False, voice=defaults.voice_id)
    check_voice(defaults.voice_id)
    adapter = LocalAdapter()
    if soon is None:
        adapter.preload(defaults.voice_id, defaults.language)
    else:
        soon(lambda: adapter.preload(defaults.voice_id, defaults.language))
    return SpeechClient(settings, local=adapter, tape=tape, announce=announce)


def pipeline_for(client: SpeechClient, sink: Sink, defaults: RequestDefaults) -> Pipeline:
    """Return the pipeline from ``client`` to ``sink`` at the sample rate of ``defaults``."""
    return Pipeline(source=client, sink=sink, fmt=PcmFormat(defaults.sample_rate), retry=client.retrier)
