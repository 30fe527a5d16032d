"""The served routes as the protocol describes them: streams, whole answers, headers and refusals in their order."""

import asyncio
import json
from typing import Any

import pytest
from support.asgi_client import DICTIONARIES, stage
from support.serve_process import LONG, STREAM, SYNC, Served, order
from support.serve_thread import running_here

TOKEN = "let-me-in"


def test_the_times_of_words_are_told_when_asked_for(server: Served) -> None:
    """An event stream has them before its end, as messages of the WebSocket do, and not else."""
    asked = order(text="One, two.", voice_id="espeak-en")
    told = server.ask(STREAM, {**asked, "word_timestamps": True}).body
    events = [json.loads(line.removeprefix(b"data: ")) for line in told.splitlines() if line.startswith(b"data: ")]
    assert [event["data"]["word"] for event in events[-3:-1]] == ["One,", "two."]
    assert events[-1]["done"] is True
    assert b"word_timestamp" not in server.ask(STREAM, asked).body


def test_every_issue_is_told_at_once(server: Served) -> None:
    """The body of a refusal is a list in the validator's words."""
    answer = server.ask(STREAM, {"text": " ", "speed": 3, "output_format": "mulaw"})
    assert answer.status == 400
    assert sorted(issue["path"][0] for issue in answer.json["error"]) == ["output_format", "speed", "text", "voice_id"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "x" * 8001}, "text"),
        ({"speed": 0.49}, "speed"),
        ({"sample_rate": 22050}, "sample_rate"),
        ({"language": ""}, "language"),
        ({"request_id": "a b"}, "request_id"),
        ({"session_id": "x" * 129}, "session_id"),
        ({"voice_id": "nobody-at-all"}, "voice_id"),
        ({"voice_id": "meher"}, "voice_id"),
        ({"voice_id": "daniel", "model": "lightning_v3.1_pro"}, "voice_id"),
        ({"pronunciation_dicts": ["64f1234567890abcdef12345"]}, "pronunciation_dicts"),
        ({"text": "...!"}, "text"),
    ],
)
def test_refusals_name_the_field(server: Served, fields: dict[str, object], field: str) -> None:
    """Each limit of the protocol is a 400 before any audio."""
    answer = server.ask(STREAM, order(**fields))
    assert answer.status == 400
    assert [issue["path"] for issue in answer.json["error"]] == [[field]]


def test_the_observed_bodies_exactly(server: Served) -> None:
    """The two 400 bodies that were seen on the live wire come out byte for byte."""
    assert server.ask(STREAM, order(voice_id="xx")).body == (
        b'{"error":[{"code":"custom","path":["voice_id"],"message":"Invalid Voice ID"}]}'
    )
    said = server.ask(STREAM, order(output_format="mulaw")).body
    assert b"Invalid enum value. Expected 'wav' | 'ulaw' | 'alaw' | 'pcm' | 'mp3', received 'mulaw'" in said


def test_the_order_of_refusals(guarded: Served) -> None:
    """Bad JSON comes before the key, the key before the shape, the shape before the voice."""
    held = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.ask(STREAM, b"{").json["error"] == "InvalidRequest"
    assert guarded.ask(STREAM, {}).status == 401
    assert guarded.ask(STREAM, {}, headers={"Authorization": "Bearer wrong"}).status == 401
    assert guarded.ask(STREAM, {"voice_id": "nobody"}, headers=held).json["error"][0]["path"] == ["text"]
    assert guarded.ask(STREAM, order(voice_id="nobody"), headers=held).json["error"][0]["path"] == ["voice_id"]
    assert guarded.ask(STREAM, order(), headers=held).status == 200


def test_only_health_needs_no_key(guarded: Served) -> None:
    """Every list of the service asks for the token."""
    assert guarded.ask("/waves/v1/health", method="GET").json["status"] == "ok"
    for path in ("/waves/v1/lightning-v3.1/get_voices", "/waves/v1/voice/get-all-models"):
        assert guarded.ask(path, method="GET").status == 401
    answer = guarded.ask("/waves/v1/pronunciation-dicts", method="GET")
    assert (answer.status, answer.json) == (401, {"error": "Unauthorized"})


def test_the_token_is_never_told(guarded: Served) -> None:
    """Neither an answer nor the log has it."""
    answer = guarded.ask(STREAM, {}, headers={"Authorization": "Bearer wrong"})
    assert TOKEN not in f"{answer.headers}{answer.body!r}{guarded.told}"


def test_without_a_token_any_key_is_accepted(server: Served) -> None:
    """A stand-in for development asks for no token."""
    assert server.ask(SYNC, order(), headers={"Authorization": "Bearer sk_anything"}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Origin": "HTTP://example.com"},
        {"Origin": "http://[::1].example.com"},
        {"Origin": "http://localhost#@example.com"},
        {"Host": "evil.test:80"},
        {"Host": "[bad"},
        {"Host": "[::1].evil.test"},
        {"Host": "evil.test@127.0.0.1"},
        {"Host": "127.0.0.1/evil.test"},
    ],
)
def test_websites_stay_outside(server: Served, headers: dict[str, str]) -> None:
    """A page in the browser of this machine can use neither the engine nor the dictionaries."""
    assert server.ask(SYNC, order(), headers=headers).status == 403


def test_pages_of_this_machine_may_come_in(server: Served) -> None:
    """Also an editor with a scheme of its own."""
    for origin in ("http://localhost:3000", "vscode-webview://abc"):
        assert server.ask(SYNC, order(), headers={"Origin": origin}).status == 200


def test_a_token_opens_the_door_to_a_website(guarded: Served) -> None:
    """A page that was given the token was meant to have it."""
    headers = {"Origin": "https://example.com", "Host": "tts.example", "Authorization": f"Bearer {TOKEN}"}
    assert guarded.ask(SYNC, order(), headers=headers).status == 200
    assert guarded.ask(SYNC, order(), headers={**headers, "Authorization": ""}).status == 401


def test_a_body_has_a_limit(server: Served) -> None:
    """More than a MiB is refused by its length, or once it is too long."""
    assert server.ask(SYNC, b" " * (1024 * 1024 + 1)).status == 413


def test_pools_are_disjoint_and_voices_have_the_service_shape(server: Served) -> None:
    """Each pool lists its own voices, tagged with English names of languages."""
    pools = [
        {voice["voiceId"] for voice in server.ask(f"/waves/v1/{name}/get_voices", method="GET").json["voices"]}
        for name in ("lightning-v3.1", "lightning-v3.1-pro")
    ]
    assert len(pools[0]) > 100
    assert not pools[0] & pools[1]
    every = server.ask("/waves/v1/voice/get-all-models", method="GET").json["voices"]
    assert {voice["voiceId"] for voice in every} == pools[0] | pools[1]
    daniel = next(voice for voice in every if voice["voiceId"] == "daniel")
    assert set(daniel) == {"_id", "voiceId", "displayName", "description", "audioPreview", "tags"}
    assert daniel["tags"]["language"]


def test_routes_that_are_not_there(server: Served) -> None:
    """They are answered in JSON with ids."""
    assert server.ask("/waves/v1/nothing", {}).status == 404
    assert server.ask("/waves/v1/lightning-v9/get_voices", method="GET").status == 404
    assert server.ask("/waves/v1/lightning-v2/get_voices", method="GET").json["error_code"] == "MODEL_DEPRECATED"
    answer = server.ask(SYNC, method="GET")
    assert answer.status == 405
    assert "x-request-id" in answer.headers


def test_a_second_request_meets_the_limit() -> None:
    """One request at a time is the service's default; the second gets 429, and the next after it is served."""
    with running_here() as served:
        first = served.connect()
        first.request("POST", STREAM, b'{"text":"' + LONG.encode() + b'","voice_id":"daniel"}')
        with first.getresponse() as response:
            assert response.read(100)
            assert served.ask(STREAM, order()).status == 429
            assert served.ask(STREAM, order(voice_id="nobody")).status == 400  # the voice is looked at before
        first.close()


def test_a_bug_in_a_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer in the service's terms, without a word of what it was."""

    async def asked() -> None:
        async with stage() as made:
            monkeypatch.setattr(made.pool.dictionaries, "all", lambda: 1 // 0)
            sent: list[Any] = []
            with pytest.raises(ZeroDivisionError):
                await made.ask("GET", DICTIONARIES, into=sent)
            assert sent[0]["status"] == 500
            assert json.loads(sent[1]["body"])["message"] == "An unexpected error occurred."

    asyncio.run(asked())
