"""Who speaks: the service when there is a key, the embedded engine when there is none, and never the wrong voice."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lightning_cli.cli.service_options import Service
from lightning_cli.cli.terminal.console import Console
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import LOCAL_URL, SERVICE_URL, ServiceSettings
from lightning_cli.errors import EngineError, MissingKey, UsageFault
from lightning_cli.request import DEFAULT_MODEL, DEFAULT_VOICES, SpeechRequest
from lightning_cli.settings.keys import KEY_VARIABLE
from lightning_cli.system import trace
from lightning_cli.system.records import Record

if TYPE_CHECKING:
    from lightning_cli.cli.service_options import Taping
    from lightning_cli.serve.runtime import RunningServer


class BackendOptions(Record):
    """Say who is to speak and how they are reached; see ``ServiceSettings``."""

    local: bool = False
    cloud: bool = False
    route: str = "auto"
    transport: str = "sse"
    wire_format: str | None = None
    word_timestamps: bool = False
    concurrency: int = 1
    context_id: str | None = None


def choose(service: Service, way: BackendOptions) -> ServiceSettings:
    """Decide on the backend: what was forced, else the service if a key or a base URL is there, else the engine.

    A recording has decided already.
    """
    recorded = service.taping.settings() if service.taping is not None else None
    if recorded is not None:
        return recorded
    if way.local and (way.cloud or service.base_url):
        raise UsageFault("--local excludes --cloud and --base-url", hint="leave one of them out")
    key = None if way.local else service.key()
    if way.cloud and key is None:
        raise MissingKey(
            "the service needs a key and none was found",
            hint=f"set {KEY_VARIABLE} or run lightning-tts login; or use --local",
        )
    uses_engine = way.local or (key is None and service.base_url is None)
    server = _running_server() if uses_engine and not way.local else None
    if server is not None:
        return _settings(service, way, server.url, server.token, speaks_offline=True)
    if uses_engine and way.transport != "sse":
        raise MissingKey(
            f"--transport {way.transport} needs the service, and the offline engine is to speak",
            hint=f"set {KEY_VARIABLE}, or leave out --transport",
        )
    address = LOCAL_URL if uses_engine else service.base_url or SERVICE_URL
    return _settings(service, way, address, key.value if key else None)


def _running_server() -> "RunningServer | None":
    # Only for whoever has no key.
    from lightning_cli.serve.runtime import running_server

    return running_server()


def _settings(
    service: Service, way: BackendOptions, base_url: str, key: str | None, *, speaks_offline: bool = False
) -> ServiceSettings:
    return ServiceSettings(
        base_url=base_url,
        key=key,
        insecure_http=service.insecure_http,
        route=way.route,
        transport=way.transport,
        wire_format=way.wire_format,
        concurrency=way.concurrency,
        context_id=way.context_id,
        # Elsewhere there are none to be had (protocol.md 2.2).
        word_timestamps=way.word_timestamps and way.transport == "ws",
        speaks_offline=speaks_offline,
        timeouts=service.timeouts,
        retry=service.retry,
    )


def voice_for(settings: ServiceSettings, voice: str | None, model: str | None, language: str | None) -> str:
    """Choose the voice: the one asked for, else the default of the model or of the engine's language.

    Raises ``MissingKey`` for a voice or a model that only the service has when the engine is to speak.
    """
    if not (settings.is_local or settings.speaks_offline):
        return voice or DEFAULT_VOICES.get(model or DEFAULT_MODEL, DEFAULT_VOICES[DEFAULT_MODEL])
    # The engine's tables are not needed where the service speaks.
    from lightning_cli.local.offline_voices import default_voice, is_offline_voice

    if model in DEFAULT_VOICES and model != DEFAULT_MODEL:
        raise MissingKey(
            f"the model {model} needs the service, and the offline engine is to speak",
            hint=f"set {KEY_VARIABLE}, or leave --model out to hear the offline engine",
        )
    if voice is None:
        return default_voice(language)
    # A server that nobody named is no one's wish for another voice; one that --base-url names is.
    if not is_offline_voice(voice):
        meant = _close_voice(voice)
        raise MissingKey(
            f"the voice {voice} needs the service, and the offline engine is to speak",
            hint=f"{meant}set {KEY_VARIABLE}, or leave --voice out to hear the offline engine",
        )
    return voice


def _close_voice(voice: str) -> str:
    # Loaded only for whoever may have mistyped.
    from lightning_cli.catalogue.voices import bundled_voices
    from lightning_cli.cli.terminal.suggest import did_you_mean
    from lightning_cli.local.offline_voices import ESPEAK_LANGUAGES, ESPEAK_PREFIX, HEART

    known = {HEART, *(ESPEAK_PREFIX + code for code in ESPEAK_LANGUAGES), *(one.id for one in bundled_voices())}
    return "" if voice in known else did_you_mean(voice, known)


def check_offline(settings: ServiceSettings, wish: SpeechRequest, *, dictionaries: bool) -> None:
    """Raise ``EngineError`` for a wish that the offline engine would have to ignore."""
    if settings.is_local and dictionaries:
        raise EngineError(
            "the offline engine has no pronunciation dictionaries",
            hint=f"set {KEY_VARIABLE} to use the service's, or leave them out",
        )
    numbers, language = wish.number_pronunciation_language, wish.language
    if settings.is_local and None not in {numbers, language} and numbers != language:
        raise EngineError(
            "the offline engine reads numbers in the language of the text",
            hint=f"set {KEY_VARIABLE} to use the service, or leave --number-language out",
        )


def with_dictionaries(
    client: SpeechClient, settings: ServiceSettings, wish: SpeechRequest, files: Sequence[Path]
) -> SpeechRequest:
    """Sync dictionary files with the service, sending only what changed, and add their ids to the wish."""
    from lightning_cli.catalogue.dictionaries import ensure_dictionary  # few bring a file

    ids = tuple(ensure_dictionary(client, file, settings.api_root) for file in files)
    return wish._replace(pronunciation_dicts=(*wish.pronunciation_dicts, *ids))


def warn_of_codec(settings: ServiceSettings, console: Console) -> None:
    """Warn where G.711 is asked for and raw PCM is what comes: the bytes do not tell (protocol.md 3.4)."""
    if settings.wire_format in {"ulaw", "alaw"} and settings.transport != "sync":
        console.warn(
            f"events were never seen to carry {settings.wire_format}: they are taken for PCM; "
            "--transport sync has it, and -o FILE.ulaw makes it here"
        )


def open_client(
    settings: ServiceSettings,
    console: Console,
    wish: SpeechRequest,
    *,
    asked_for: bool,
    taping: "Taping | None" = None,
) -> SpeechClient:
    """Open the client; an engine nobody asked for announces itself, so that it is not taken for the service.

    The engine begins to load what ``wish`` will need, beside whatever the caller does next.
    """
    trace.mark(trace.SETTINGS)
    tape = taping.tape if taping is not None else None
    if tape is not None and tape.is_replay:
        return SpeechClient(settings, tape=tape)
    if settings.speaks_offline and not asked_for:
        console.note(f"note: no key in {KEY_VARIABLE}, so your server at {settings.base_url} speaks")
    if not settings.is_local:
        return SpeechClient(settings, tape=tape)
    # numpy, soxr and the engines load here, and only for whoever speaks offline.
    from lightning_cli.local.adapter import LocalAdapter

    if not asked_for:
        console.note(f"note: no key in {KEY_VARIABLE}, so the offline engine speaks")
    adapter = LocalAdapter()
    adapter.preload(wish.voice_id, wish.language)
    return SpeechClient(settings, local=adapter, tape=tape)
