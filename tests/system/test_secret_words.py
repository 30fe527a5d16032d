"""Secrets are blotted out of what is shown: whole, in part, in addresses, and over pieces."""

import pytest

from lightning_cli.errors import ServiceError
from lightning_cli.system.secret_words import BLOT, SecretFilter, keep_secret, without_secrets

SECRET = "sk_never/To+Be_Shown=981726354"


@pytest.fixture(autouse=True)
def kept() -> None:
    """Keep the secret, as the code that finds a key does."""
    keep_secret(SECRET)


def test_a_secret_is_blotted_wherever_it_stands() -> None:
    """Alone, twice, and inside of words."""
    assert without_secrets(SECRET) == BLOT
    assert without_secrets(f"the key {SECRET} is unknown; x{SECRET}x") == f"the key {BLOT} is unknown; x{BLOT}x"
    assert without_secrets("the key is unknown") == "the key is unknown"


@pytest.mark.parametrize("size", range(12, len(SECRET)))
def test_a_part_of_a_secret_is_blotted(size: int) -> None:
    """What a limit of length left of it, at either end and from its middle."""
    for at in range(len(SECRET) - size + 1):
        assert without_secrets(f"no {SECRET[at : at + size]}") == f"no {BLOT}"


def test_short_words_are_no_secrets() -> None:
    """A server of one's own takes any key; it may be a word of every sentence."""
    for word in ("", "a", "error"):
        keep_secret(word)
    keep_secret(None)
    assert without_secrets("an error has a reason") == "an error has a reason"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no https://me:word@host.test/a", f"no https://{BLOT}@host.test/a"),
        ("no socks5h://:w@[::1]:1 nor http://a:b@c", f"no socks5h://{BLOT}@[::1]:1 nor http://{BLOT}@c"),
        ("see https://host.test/@name and a:b@c", "see https://host.test/@name and a:b@c"),
    ],
)
def test_passwords_of_addresses(text: str, shown: str) -> None:
    """They are known by their place."""
    assert without_secrets(text) == shown


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_passwords_of_proxies(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """As it stands in the variable, decoded, and where it breaks the address."""
    monkeypatch.setenv(variable, "http://me:open%20sesame@proxy.test:1")
    assert without_secrets("'open%20sesame' or 'open sesame'") == f"'{BLOT}' or '{BLOT}'"
    monkeypatch.setenv(variable, "me:p@ss/w0rd@proxy.test")
    assert without_secrets("not a host: p@ss/w0rd") == f"not a host: {BLOT}"


def test_errors_have_no_secrets() -> None:
    """Their message, hint and id, also for a program that writes them to a log."""
    fault = ServiceError(f"no {SECRET}", hint=f"drop {SECRET[:20]}", request_id=SECRET)
    assert (fault.message, str(fault), fault.hint, fault.request_id) == (
        f"no {BLOT}",
        f"no {BLOT}",
        f"drop {BLOT}",
        BLOT,
    )


def test_bytes_over_pieces() -> None:
    """Whatever the cuts, no secret comes through, and no length changes."""
    data = b"a" + SECRET.encode() + b"sk_ne" + SECRET.encode() * 2 + b"\xff"
    expected = b"a" + b"*" * len(SECRET) + b"sk_ne" + b"*" * 2 * len(SECRET) + b"\xff"
    for first in range(len(data) + 1):
        for second in range(first, len(data) + 1, 7):
            secrets = SecretFilter(SECRET)
            pieces = (data[:first], data[first:second], data[second:])
            assert b"".join(map(secrets.feed, pieces)) + secrets.finish() == expected


def test_bytes_that_end_within_a_secret() -> None:
    """What was cut off is overwritten unless it is too short to tell anything; only a possible beginning is kept."""
    secrets = SecretFilter(SECRET)
    assert secrets.feed(b"key: " + SECRET[:20].encode()) == b"key: "
    assert secrets.finish() == b"*" * 20
    assert secrets.feed(b"bits") == b"bit"
    assert secrets.finish() == b"s"
    assert SecretFilter("short").feed(b"short") == b"short"
    assert SecretFilter(None).feed(b"none") == b"none"
