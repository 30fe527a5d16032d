"""Addresses and keys that a client takes, and those that it refuses."""

import pytest
from support.service_client import KEY

from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import (
    ConfigError,
)


@pytest.mark.parametrize(
    "url",
    ["", "speech", "127.0.0.1:8080", "ftp://speech.test", "http://", "https:///waves", "http://[::1", "http://a:b@speech.test",
     "https://speech.test?x=y", "https://speech.test#x", "https://user@speech.test", "http://127.0.0.1:99999", "https://speech.test:port",
     "https://speech.test?", "https://speech.test/#"],
)  # fmt: skip
def test_what_is_no_base_url(url: str) -> None:
    """Refuse an address that cannot be used, before anything is sent."""
    with pytest.raises(ConfigError):
        ServiceSettings(base_url=url, key=None)


@pytest.mark.parametrize(
    "host",
    ["speech.test", "10.0.0.1", "127.0.0.1.speech.test", "127.0.0.1x", "[2001:db8::1]", "1270.0.0.1", "127.0.0.256",
     "127.0.0.1000", "127.0.0.\u0661", "127.0.0."],
)  # fmt: skip
def test_key_stays_off_plain_http(host: str) -> None:
    """Refuse to send the key unencrypted to another machine, unless the person insists or unknown setting."""
    with pytest.raises(ConfigError, match="unencrypted") as refusal:
        ServiceSettings(base_url=f"http://{host}", key=KEY)
    assert KEY not in str(refusal.value)
    assert ServiceSettings(base_url=f"http://{host}", key=KEY, insecure_http=True).key == KEY
    assert ServiceSettings(base_url=f"https://{host}", key=KEY).key == KEY
    assert ServiceSettings(base_url=f"http://{host}").key is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "LocalHost", "[::1]"])
def test_key_may_go_to_this_machine(host: str) -> None:
    """Allow plain http where it does not leave the machine."""
    assert ServiceSettings(base_url=f"http://{host}:8080", key=KEY).key == KEY


def test_settings_do_not_show_the_key() -> None:
    """Keep the key out of what a debugger or a log prints."""
    assert KEY not in repr(ServiceSettings(key=KEY))


@pytest.mark.parametrize(
    ("base", "root"),
    [
        ("https://api.smallest.ai", "https://api.smallest.ai/waves/v1"),
        ("https://api.smallest.ai/", "https://api.smallest.ai/waves/v1"),
        ("https://api.smallest.ai/waves/v1", "https://api.smallest.ai/waves/v1"),
        ("https://api.smallest.ai/waves/v1//", "https://api.smallest.ai/waves/v1"),
        ("https://waves-api.smallest.ai/api/v1/", "https://waves-api.smallest.ai/api/v1"),
        ("http://127.0.0.1:1/gate", "http://127.0.0.1:1/gate/waves/v1"),
    ],
)
def test_api_root(base: str, root: str) -> None:
    """Take a base URL with and without the API's prefix (protocol.md 1.1)."""
    assert ServiceSettings(base_url=base).api_root == root
