"""Web pages: preflights, and which of them may do what."""

import asyncio
import json
from collections.abc import Mapping

import pytest
from support.asgi_client import DICTIONARIES, LIVE, Answered, order, stage

from lightning_cli.errors import ConfigError, UsageFault
from lightning_cli.serve.settings import ServeSettings, parse_origin

PAGE = "http://app.example:3000"
SPEECH = "/v1/audio/speech"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, x-stainless-os"}
WORDS = {"items": [{"word": "a", "pronunciation": "b"}]}


def asked(
    method: str, path: str, headers: Mapping[str, str], body: object = None, allowed: tuple[str, ...] = (PAGE,)
) -> Answered:
    """Ask a server that admits pages of some origins."""

    async def ask() -> Answered:
        async with stage(allowed_origins=allowed) as made:
            return await made.answer(method, path, headers, body)

    return asyncio.run(ask())


@pytest.mark.parametrize("path", [SPEECH, "/v1/models", LIVE, DICTIONARIES, "/nowhere"])
def test_a_preflight_of_an_admitted_page_is_answered(path: str) -> None:
    """On every route, with the headers that its client wants to send."""
    status, headers = asked("OPTIONS", path, {"Origin": PAGE, **PREFLIGHT})
    assert (status, headers["access-control-allow-origin"], headers["vary"]) == (204, PAGE, "Origin")
    assert headers["access-control-allow-headers"] == PREFLIGHT["Access-Control-Request-Headers"]
    assert "POST" in headers["access-control-allow-methods"]
    assert "access-control-allow-private-network" not in headers
    private = {"Origin": PAGE, **PREFLIGHT, "Access-Control-Request-Private-Network": "true"}
    assert asked("OPTIONS", path, private).headers["access-control-allow-private-network"] == "true"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://app.example:3001", "http://localhost:3000", ""]
)
def test_other_pages_get_no_header(origin: str) -> None:
    """Neither for a preflight nor for a request: their browser keeps the answer from them."""
    status, headers = asked("OPTIONS", SPEECH, {"Origin": origin, **PREFLIGHT})
    assert (status, [name for name in headers if name.startswith("access-control")]) == (403, [])
    _, headers = asked("POST", LIVE, {"Origin": origin}, order())
    assert not [name for name in headers if name.startswith("access-control")]


def test_an_admitted_page_is_answered_refusals_too() -> None:
    """It may read what it was told, and the ids of the answer."""
    for body in (order(), {}):
        _, headers = asked("POST", LIVE, {"Origin": PAGE}, body)
        assert headers["access-control-allow-origin"] == PAGE
        assert "X-Request-Id" in headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in asked("POST", LIVE, {}, order()).headers


def test_null_is_never_admitted_not_even_by_a_star() -> None:
    """Any page can make itself a null origin."""

    async def ask() -> list[int]:
        async with stage(allowed_origins=("*",), token="secret") as made:
            return [
                (await made.answer("OPTIONS", SPEECH, {"Origin": origin, **PREFLIGHT})).status
                for origin in ("null", "https://any.example")
            ]

    assert asyncio.run(ask()) == [403, 204]


@pytest.mark.parametrize(("method", "body"), [("POST", WORDS), ("PUT", {**WORDS, "id": "x"}), ("DELETE", {"id": "x"})])
def test_pages_of_other_local_ports_change_no_dictionary(method: str, body: object) -> None:
    """A page that this server was told of may, a program may, its own origin may; another local port may not."""
    for origin, admitted in (
        ("http://localhost:3000", False),
        ("http://127.0.0.1:8766", False),
        ("vscode-webview://editor", False),
        ("http://127.0.0.1:8765", True),
        (PAGE, True),
    ):
        status = asked(method, DICTIONARIES, {"Origin": origin}, body).status
        assert (status != 403) is admitted, origin
    assert asked(method, DICTIONARIES, {}, body).status != 403


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://localhost:3000/", "http://localhost:3000"),
        ("HTTPS://Chat.Example:443", "https://chat.example"),
        ("http://[::1]:80", "http://[::1]"),
        ("vscode-webview://abc", "vscode-webview://abc"),
        ("*", "*"),
    ],
)
def test_origins_are_read_as_browsers_send_them(text: str, origin: str) -> None:
    """Without a path, in small letters, without the scheme's own port."""
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text", ["null", "", "localhost:3000", "http://a.example/chat", "http://", "http://*.example/x"]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    """A usage error that shows how one is written."""
    with pytest.raises(UsageFault, match="is not an origin"):
        parse_origin(text)


def test_every_origin_needs_a_token() -> None:
    """Else any website could use the server of anyone who visits it."""
    with pytest.raises(ConfigError, match="every origin without a token"):
        ServeSettings(allowed_origins=("*",))
    assert json.dumps(ServeSettings(allowed_origins=("*",), token="secret").allowed_origins) == '["*"]'
