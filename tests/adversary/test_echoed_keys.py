"""A server that tells the key again, wherever it can say something: nothing that is shown or kept has it."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.command_line import KEY, keyed, lightning
from support.fake_server import Exchange, Responder, audio_event, ramp, refuses, serving, speech_events
from support.fake_websocket_server import Turn, talking
from support.service_client import HELLO

from lightning_cli.client.retry import RetryPolicy
from lightning_cli.client.service import SpeechClient
from lightning_cli.client.settings import ServiceSettings
from lightning_cli.errors import LightningError

PCM = ramp(2000)
# As much of a key as may be left of it.
SHOWN_CHARS = 12
ONCE = RetryPolicy(retries=0, max_wait_s=0.0)
IDS = tuple(
    f"{name}: {KEY}"
    for name in ("X-Request-Id", "X-Session-Id", "X-External-Request-Id", "X-External-Session-Id", "X-Content-Expiry")
)


def has_key(told: object) -> bool:
    """Return whether a part of the key can be read in it."""
    text = told.decode("latin-1") if isinstance(told, bytes) else str(told)
    return any(KEY[at : at + SHOWN_CHARS] in text for at in range(len(KEY) - SHOWN_CHARS + 1))


def events(*fields: object) -> Responder:
    """Answer with events before the audio."""
    said = [f"data: {json.dumps(one)}\n\n".encode() for one in fields]
    return lambda exchange: exchange.stream([*said, *speech_events(PCM)], extra=IDS)


HTTP: dict[str, Responder] = {
    "error body": refuses("401 Unauthorized", {"error": f"Bearer {KEY} is unknown"}),
    "cut at its limit": refuses("400 Bad Request", {"error": "x" * (1000 - 15) + KEY}),
    "text cut at its limit": lambda exchange: exchange.answer(b"y" * 185 + KEY.encode(), status="400 Bad Request"),
    "issues": refuses("400 Bad Request", {"error": [{"path": [KEY], "message": f"{KEY}{KEY}"}]}),
    "page": lambda exchange: exchange.answer(f"<b>{KEY}</b>".encode(), status="403 No", kind="text/html"),
    "id": refuses("404 Not Found", {}, *IDS),
    "busy": refuses("429 Too Many", {"message": KEY}, *IDS),
    "reason": refuses(f"418 {KEY}", {}),
    "location": refuses("302 Found", {}, f"Location: https://elsewhere.test/?key={KEY}"),
    "recommended": refuses("410 Gone", {"message": "gone", "recommended_endpoint": KEY, "recommended_model": KEY}),
    "status line": lambda exchange: exchange.send(f"{KEY}\r\n\r\n".encode()),
    "status line, cut": lambda exchange: exchange.send(b"HTTP/" + b"z" * 40 + f"{KEY}\r\n\r\n".encode()),
    "transfer coding": lambda exchange: exchange.send(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {KEY}\r\n\r\nx".encode()),
    "chunk length": lambda exchange: exchange.send(
        f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n".encode()
    ),
    "error event": events({"error": KEY}),
    "unhealthy event": events({"status": KEY, "message": KEY}),
    "no JSON": lambda exchange: exchange.stream([f"data: {KEY}\n\n".encode()]),
    "no JSON, cut": lambda exchange: exchange.stream([b"data: " + b"w" * 45 + KEY.encode() + b"\n\n"]),
    "audio that is none": events({"audio": f"{KEY}!"}),
    "no events": lambda exchange: exchange.answer(KEY.encode(), kind="text/plain"),
    "warnings": events({"warning": KEY}, {"status": "warning", "code": KEY, "message": "m" * 480 + KEY}),
    "sunset": lambda exchange: exchange.stream(speech_events(PCM), extra=(f"Sunset: {KEY}", *IDS)),
}


@pytest.mark.parametrize("responder", HTTP.values(), ids=HTTP)
@pytest.mark.parametrize("transport", ["sse", "sync"])
def test_over_http(responder: Responder, transport: str) -> None:
    """In errors and their parts, in warnings, and in the ids of an answer."""
    told: list[object] = []
    with serving(responder) as server:
        settings = ServiceSettings(base_url=server.url, key=KEY, transport=transport, concurrency=0, retry=ONCE)
        with SpeechClient(settings, announce=told.append) as client:
            try:
                with client.stream(HELLO) as stream:
                    told.append(stream.answer)
                    list(stream)
            except LightningError as fault:
                told += [fault.message, fault.hint, vars(fault).get("request_id"), vars(fault).get("said"), str(fault)]
            with pytest.raises(LightningError) as called:
                client.call("GET", "/x")
            told += [called.value.message, called.value.hint]
    assert told
    assert not has_key(told)


def _warns(turn: Turn) -> None:
    turn.send(warning=KEY)
    turn.speak(PCM)


def _times(turn: Turn) -> None:
    turn.word(0, KEY, 0, 1)
    turn.speak(PCM)


def _names(turn: Turn) -> None:
    turn.send(request_id=KEY, session_id=KEY, status="chunk", data={"audio": base64.b64encode(PCM).decode()})
    turn.complete()


WEBSOCKET: dict[str, Callable[[Turn], None]] = {
    "error": lambda turn: turn.send(status="error", message=KEY),
    "error with an id": lambda turn: turn.send(error={"message": KEY, "code": KEY}, request_id=KEY),
    "warning": _warns,
    "no JSON": lambda turn: turn.send_raw("v" * 45 + KEY),
    "no object": lambda turn: turn.send_raw(json.dumps([KEY])),
    # A close is answered with its reason.
    "close": lambda turn: turn.close(1008, KEY[:20]),
    "word": lambda turn: turn.send(status="word_timestamp", data={"id": 0, "word": KEY, "start": KEY}),
    "words": _times,
    "ids": _names,
}


@pytest.mark.parametrize("script", WEBSOCKET.values(), ids=WEBSOCKET)
def test_over_the_websocket(script: Callable[[Turn], None]) -> None:
    """In messages, closes, words and ids."""
    told: list[Any] = []
    with talking(script) as server:
        settings = ServiceSettings(
            base_url=server.url, key=KEY, transport="ws", concurrency=0, retry=ONCE, word_timestamps=True
        )
        with SpeechClient(settings, announce=told.append) as client:
            try:
                with client.stream(HELLO) as stream:
                    told.append(stream.answer)
                    list(stream)
                    told.append(stream.words)
            except LightningError as fault:
                told += [fault.message, fault.hint, vars(fault).get("request_id"), str(fault)]
    assert told
    assert not has_key(told)


def test_from_the_command(tmp_path: Path) -> None:
    """Results, details, tracebacks and the recording, also where the key is cut over pieces of the body."""

    def answer(exchange: Exchange) -> None:
        warning = f"data: {json.dumps({'warning': KEY})}\n\n".encode()
        exchange.head(extra=("Transfer-Encoding: chunked", f"Sunset: {KEY}", *IDS))
        for at in range(0, len(warning), 5):
            exchange.chunk(warning[at : at + 5])
        for event in (audio_event(PCM), f"event: error\ndata: {KEY}\n\n".encode()):
            exchange.chunk(event)
        exchange.end_chunks()

    kept = tmp_path / "a.rec"
    with serving(answer) as server:
        done = lightning(
            *("say", "Hello.", "-o", "a.wav", "--json", "--verbose", "--debug", "--stats=trace", "--retries", "0"),
            *("--record", str(kept), "--base-url", server.url),
            env=keyed(),
            cwd=tmp_path,
        )
    assert done.code == 5
    lines = [json.loads(line) for line in kept.read_bytes().splitlines()]
    body = b"".join(base64.b64decode(line["base64"]) for line in lines if line.get("event") == "data")
    assert b"*" * len(KEY) in body
    assert "the service warns: ***" in done.stderr
    assert not any(map(has_key, (done.stdout, done.stderr, body, kept.read_bytes())))


def test_in_a_report(tmp_path: Path) -> None:
    """Of a batch: what failed and why."""
    (tmp_path / "a.csv").write_text("text,output\nHello.,a.wav\n")
    with serving(refuses("400 Bad Request", {"error": KEY}, *IDS)) as server:
        done = lightning(
            *("batch", "a.csv", "-d", ".", "--report", "r.json", "--base-url", server.url), env=keyed(), cwd=tmp_path
        )
    assert done.code == 7
    assert "***" in (tmp_path / "r.json").read_text()
    assert not any(map(has_key, (done.stdout, done.stderr, (tmp_path / "r.json").read_bytes())))
