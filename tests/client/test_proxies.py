"""A variable that names no proxy is a fault of the configuration, whatever a library makes of it."""

import socket

import pytest
from support.service_client import client_of, hear

from lightning_cli.client.proxies import checked_proxy, proxy_of
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.client.websocket.ws_connection import WsConnection
from lightning_cli.errors import CannotConnect, ConfigError, ExitCode

MALFORMED = {
    "open bracket": "http://[::1",
    "port too large": "http://h:99999",
    "port 0": "http://h:0",
    "port that is a word": "http://us:passw0rd@h:port",
    "no host": "http://:80",
    "nothing": "http://",
    "no scheme": "://",
    "colons": "::",
    "two ports": "h:1:2",
    "unknown scheme": "foo://x",
    "unknown SOCKS": "socks9://u:passw0rd@x:1",
    "space": "http://u:passw0rd@exa mple:1",
    "tab": "http://a\tb:1",
    "star": "http://*.x:1",
    "percent": "http://%zz:1",
    "empty label": "http://a..b:1",
    "long label": f"http://{'a' * 300}:1",
    "no UTF-8": "http://a\udcff:1",
    "password that is not encoded": "http://u:p@ss/w0rd@127.0.0.1:9",
    "password with a question mark": "http://u:pass?w0rd@127.0.0.1:9",
}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED)
def test_malformed(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both transports say the same, before anything is sent, and do not repeat the value."""
    monkeypatch.setenv("HTTPS_PROXY", value)
    url = "https://speech.test"
    with client_of(url) as client, pytest.raises(ConfigError, match=r"^HTTPS_PROXY does not name a proxy$") as told:
        hear(client)
    assert told.value.exit_code is ExitCode.CONFIG
    with pytest.raises(ConfigError, match=r"^HTTPS_PROXY does not name a proxy$"):
        WsConnection("wss://speech.test/x", ServiceSettings(base_url=url))


@pytest.mark.parametrize(
    ("value", "proxy"),
    [
        ("127.0.0.1:3128", "http://127.0.0.1:3128"),
        ("proxy", "http://proxy"),
        ("http://proxy.test:3128/", "http://proxy.test:3128"),
        ("http://proxy.test/pac", "http://proxy.test"),
        ("https://me:w%40rd@proxy.test", "https://me:w%40rd@proxy.test"),
        ("socks5h://[::1]:1080", "socks5h://[::1]:1080"),
        ("HTTP://my_proxy.", "http://my_proxy."),
        ("http://прокси.рф:80", "http://прокси.рф:80"),
    ],
)
def test_usable(value: str, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies as people write them, unless an exception takes the host."""
    assert checked_proxy(value) == proxy
    monkeypatch.setenv("https_proxy", value)
    assert proxy_of("https://speech.test/a") == proxy
    monkeypatch.setenv("no_proxy", "speech.test")
    assert proxy_of("https://speech.test/a") is None


@pytest.mark.parametrize(("scheme", "transport"), [("http", "sse"), ("http", "ws"), ("socks5", "sse")])
def test_a_proxy_that_is_not_there(scheme: str, transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the proxy, without its password, and not the service behind it."""
    with socket.socket() as taken:
        # Bound, without a listener.
        taken.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://me:passw0rd@{where}")
        settings = ServiceSettings(base_url="https://speech.test")
        with client_of(settings.base_url) as client, pytest.raises(CannotConnect) as told:
            _ = WsConnection("wss://speech.test/x", settings) if transport == "ws" else hear(client)
    assert told.value.message == f"cannot connect through the proxy {where} (Connection refused)"
