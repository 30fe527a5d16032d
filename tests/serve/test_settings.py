"""What the server is told, and what it refuses to be told."""

from datetime import date

import pytest

from lightning_cli.client.settings import is_loopback
from lightning_cli.errors import ConfigError, UsageFault
from lightning_cli.serve.settings import ServeSettings, parse_retired_model


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("lightning_v3.1", ("lightning_v3.1", date.min)),
        ("lightning-v3.1=2027-01-06", ("lightning_v3.1", date(2027, 1, 6))),
        ("lightning_v9", "unknown model 'lightning_v9'"),
        ("lightning_v3.1=soon", "'soon' is not a day"),
    ],
)
def test_models_to_retire(text: str, read: object) -> None:
    """Either spelling of a model, with a day or without."""
    if isinstance(read, str):
        with pytest.raises(UsageFault, match=read):
            parse_retired_model(text)
    else:
        assert parse_retired_model(text) == read


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("[::1]", True)],
)
def test_hosts_of_this_machine(host: str, expected: bool) -> None:  # noqa: FBT001 # a table
    """They need no token."""
    assert is_loopback(host) is expected
    assert ServeSettings(host=host).token is None


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "example.com", "127.0.0.1.example.com", "::", ""])
def test_hosts_of_others(host: str) -> None:
    """They do, and the token is not shown."""
    with pytest.raises(ConfigError):
        ServeSettings(host=host)
    assert "secret-token" not in repr(ServeSettings(host=host, token="secret-token"))
