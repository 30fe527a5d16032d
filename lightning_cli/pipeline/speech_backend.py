"""The choice of the backend for a Python program: the service given a key or an address, else the offline engine."""

from collections.abc import Mapping
from typing import Any, Self

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.client.notices import Announce
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import LOCAL_URL, SERVICE_URL, ServiceSettings
from lightning_cli.errors import MissingKey, UsageFault
from lightning_cli.pipeline.pipeline import Pipeline
from lightning_cli.request import DEFAULT_MODEL, DEFAULT_VOICES, RequestDefaults
from lightning_cli.settings.keys import KEY_VARIABLE, checked_key, find_key
from lightning_cli.sinks.base import Sink
from lightning_cli.system.records import Record


class Backend(Record):
    """The settings to reach the backend."""

    settings: ServiceSettings

    @classmethod
    def choose(cls, *, key: str | None, base_url: str | None, offline: bool | None) -> Self:
        """Return the backend that was forced by ``offline``, else the service if there is a key or a ``base_url``.

        Raise ``UsageFault`` for arguments that contradict each other, ``MissingKey`` where the service is required and
        has no key, ``ConfigError`` for a key or an address that cannot be used.
        """
        if offline and (key or base_url):
            raise UsageFault("offline=True cannot be combined with key or base_url", hint="drop one of them")
        if offline:
            return cls(ServiceSettings(base_url=LOCAL_URL))
        found = checked_key(key.strip(), "key") if key else find_key()
        if found is None and base_url is None:
            if offline is False:
                raise MissingKey("no API key found", hint=f"pass key=..., or set {KEY_VARIABLE}")
            return cls(ServiceSettings(base_url=LOCAL_URL))
        return cls(ServiceSettings(base_url=base_url or SERVICE_URL, key=found.value if found else None))

    def defaults(self, fields: Mapping[str, Any]) -> RequestDefaults:
        """Return what the requests have in common: ``fields`` by their names, and the voice that speaks.

        Raise ``InvalidRequest`` for a field outside the API's limits, ``MissingKey`` for a voice or a model that only
        the service has.
        """
        return RequestDefaults(**{**fields, "voice_id": self._voice(fields)})

    def _voice(self, fields: Mapping[str, Any]) -> str:
        voice, model = fields.get("voice_id"), fields.get("model")
        if not self.settings.is_local:
            return voice or DEFAULT_VOICES.get(model or DEFAULT_MODEL, DEFAULT_VOICES[DEFAULT_MODEL])
        from lightning_cli.local.offline_voices import default_voice, is_offline_voice

        if model not in {None, DEFAULT_MODEL}:
            raise MissingKey(
                f"model {model!r} needs the smallest.ai service, but no API key is set", hint=f"set {KEY_VARIABLE}"
            )
        if voice is None:
            return default_voice(fields.get("language"))
        if not is_offline_voice(voice):
            raise MissingKey(
                f"voice {voice!r} needs the smallest.ai service, but no API key is set",
                hint=f"set {KEY_VARIABLE}, or drop voice to use the offline voice",
            )
        return str(voice)


def open_client(backend: Backend, defaults: RequestDefaults, announce: Announce) -> SpeechClient:
    """Open the client, which the caller closes; the engine begins to load what ``defaults`` will need."""
    if not backend.settings.is_local:
        return SpeechClient(backend.settings, announce=announce)
    from lightning_cli.local.adapter import LocalAdapter

    adapter = LocalAdapter()
    adapter.preload(defaults.voice_id, defaults.language)
    return SpeechClient(backend.settings, local=adapter, announce=announce)


def pipeline_for(client: SpeechClient, sink: Sink, defaults: RequestDefaults) -> Pipeline:
    """Return the pipeline from ``client`` to ``sink`` at the sample rate of ``defaults``."""
    return Pipeline(source=client, sink=sink, fmt=PcmFormat(defaults.sample_rate), retry=client.retries)
