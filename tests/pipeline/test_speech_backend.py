"""Which backend speaks for a Python program, and the voice that a run has."""

from typing import Any

import pytest

from lightning_cli.client.settings import LOCAL_URL, SERVICE_URL, ServiceSettings
from lightning_cli.errors import ConfigError, LightningError, MissingKey, UsageFault
from lightning_cli.pipeline.speech_backend import choose, is_offline, request_defaults
from lightning_cli.request import DEFAULT_VOICES

KEY, ELSEWHERE = "sk_0123456789", "https://speech.test"
OFFLINE, SERVICE = ServiceSettings(base_url=LOCAL_URL), ServiceSettings(base_url=SERVICE_URL, key=KEY)


@pytest.mark.parametrize(
    ("key", "base_url", "offline", "url"),
    [
        (None, None, None, LOCAL_URL),
        (None, None, True, LOCAL_URL),
        (KEY, None, None, SERVICE_URL),
        (KEY, None, False, SERVICE_URL),
        (None, ELSEWHERE, None, ELSEWHERE),
        (f" {KEY}\n", ELSEWHERE, False, ELSEWHERE),
    ],
)
def test_who_speaks(key: str | None, base_url: str | None, offline: bool | None, url: str) -> None:  # noqa: FBT001 - a table
    """The engine where nothing else was named; the key is the one that was given, without the line's end."""
    chosen = choose(key=key, base_url=base_url, offline=offline)
    assert (chosen.base_url, chosen.key) == (url, KEY if key else None)
    assert is_offline(chosen) == (url == LOCAL_URL)


def test_a_key_of_the_environment_leads_to_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the engine was asked for."""
    monkeypatch.setenv("SMALLEST_API_KEY", KEY)
    assert choose(key=None, base_url=None, offline=None).key == KEY
    assert choose(key=None, base_url=None, offline=True).key is None


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"offline": True, "key": KEY}, UsageFault),
        ({"offline": True, "base_url": ELSEWHERE}, UsageFault),
        ({"offline": False}, MissingKey),
        ({"key": "two words"}, ConfigError),
        ({"base_url": "speech"}, ConfigError),
    ],
)
def test_what_contradicts_itself(given: dict[str, Any], kind: type[LightningError]) -> None:
    """Each is told with what to do."""
    with pytest.raises(kind) as told:
        choose(**{"key": None, "base_url": None, "offline": None, **given})
    assert told.value.hint


@pytest.mark.parametrize(
    ("settings", "fields", "voice"),
    [
        (SERVICE, {}, DEFAULT_VOICES["lightning_v3.1"]),
        (SERVICE, {"model": "lightning_v3.1_pro"}, DEFAULT_VOICES["lightning_v3.1_pro"]),
        (SERVICE, {"voice_id": "Anyone"}, "Anyone"),
        (OFFLINE, {}, "heart"),
        (OFFLINE, {"language": "de"}, "espeak-de"),
        (OFFLINE, {"voice_id": "ESPEAK-fr"}, "espeak-fr"),
    ],
)
def test_the_voice_of_a_run(settings: ServiceSettings, fields: dict[str, Any], voice: str) -> None:
    """The one asked for, else the model's or the language's own."""
    assert request_defaults(settings, fields).voice_id == voice


@pytest.mark.parametrize("field", [{"voice_id": "emily"}, {"model": "lightning_v3.1_pro"}])
def test_no_other_voice_speaks(field: dict[str, Any]) -> None:
    """What only the service has is an error offline, and the hint names the option as its caller writes it."""
    with pytest.raises(MissingKey) as told:
        request_defaults(OFFLINE, field, dashes="--")
    assert f"drop --{next(iter(field)).removesuffix('_id')} " in str(told.value.hint)
