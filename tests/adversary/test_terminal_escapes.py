"""Nothing that a service, a file or a name brings reaches a terminal raw, whatever command shows it."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.command_line import COMMAND, keyed
from support.fake_server import Exchange, SpeechServer, ramp, serving, speech_events
from support.pty_session import terminal

# A title, a colour in C1, a bell, text turned around, and rich's markup, which is text here.
EVIL = "\x1b]0;title\x07\x9b31m\u202e[bold red]red[/bold red]"
RAW = ("\x1b]0;", "\x07", "\x9b", "\u202e", "\x08", "\x7f", "\x00")
LATIN = "\x1b]0;title\x07\x9b31m[bold red]"


def hostile(exchange: Exchange) -> None:
    """Answer every kind of request with something to show."""
    path = exchange.request.path
    ids = (f"X-Request-Id: {LATIN}", f"X-External-Request-Id: {LATIN}", f"X-Session-Id: {LATIN}")
    if path.endswith("get_voices"):
        tags = {"language": [EVIL], "accent": EVIL, "gender": EVIL, "age": EVIL, "usecases": [EVIL]}
        exchange.refuse("200 OK", {"voices": [{"voiceId": EVIL, "displayName": EVIL, "tags": tags}]})
    elif path.endswith("pronunciation-dicts"):
        exchange.refuse("200 OK", [{"id": EVIL, "items": [{"word": EVIL, "pronunciation": EVIL}], "createdAt": EVIL}])
    else:
        {
            "refused": lambda: _send(exchange, "400 Bad Request", json.dumps({"error": EVIL, "message": EVIL}), ids),
            "page": lambda: _send(exchange, "502 Bad Gateway", f"<html>{EVIL}</html>", ids),
            "moved": lambda: _send(exchange, "302 Found", "", (*ids, f"Location: http://{LATIN}/")),
            "failed": lambda: exchange.stream([f"event: error\ndata: {json.dumps({'message': EVIL})}\n\n".encode()]),
            "nonsense": lambda: exchange.stream([f"data: {EVIL}\n\n".encode()]),
            "spoken": lambda: _speak(exchange, ids),
        }[str(exchange.request.json.get("session_id", "refused"))]()


def _send(exchange: Exchange, status: str, body: str, extra: tuple[str, ...], kind: str = "text/html") -> None:
    raw = body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(raw)}", *extra]
    exchange.send("\r\n".join([*lines, "", ""]).encode("latin-1") + raw)


def _speak(exchange: Exchange, extra: tuple[str, ...]) -> None:
    _send(exchange, "200 OK", b"".join(speech_events(ramp(500))).decode(), extra, "text/event-stream")


def _looked_at(shown: str) -> None:
    assert not [mark for mark in RAW if mark in shown], repr(shown)
    assert "Traceback" not in shown


def _say(server: SpeechServer, how: str, *more: str) -> list[str]:
    return ["say", EVIL, "--session-id", how, "--base-url", server.url, "--retries", "0", "-o", os.devnull, *more]


@pytest.mark.parametrize("how", ["refused", "page", "moved", "failed", "nonsense", "spoken"])
def test_what_the_service_says(how: str) -> None:
    """Error bodies, ids in headers and echoes of the text are spelt out, and rich's markup is text."""
    with serving(hostile) as server:
        done = subprocess.run(
            (*COMMAND, *_say(server, how, "--verbose", "--request-id", "mine", "--format", "wav")),
            env=keyed(),
            capture_output=True,
            timeout=60,
            check=False,
        )
    told = done.stderr.decode()
    assert done.returncode == {"refused": 4, "moved": 4, "spoken": 0}.get(how, 5), told
    _looked_at(told)
    assert "[bold red]" in told
    assert "\\x1b]0;" in told


def test_lists_and_messages(tmp_path: Path) -> None:
    """Lists of the service, manifests, file names and values of options are spelt out in every command."""
    (tmp_path / "rows.csv").write_text(f"text,{EVIL}\nHi,x\n")
    (tmp_path / "rows.jsonl").write_text(json.dumps({"text": EVIL, "voice": "v", "output": "a.wav"}) + "\n")
    (tmp_path / "bad.jsonl").write_text(json.dumps({"text": "Hi", "speed": EVIL, EVIL: 1}) + "\n")
    (tmp_path / "words.csv").write_text(f"{EVIL}\n{EVIL},\n")
    (tmp_path / "config.toml").write_text(f"[profiles.a]\n{json.dumps(EVIL)} = 1\n")
    (tmp_path / f"{EVIL.replace('/', '')}.txt").write_bytes(b"\xff")
    name = str(tmp_path / f"{EVIL.replace('/', '')}.txt")
    clean = EVIL.replace("\x00", "")
    with serving(hostile) as server:
        env = keyed(LIGHTNING_TTS_BASE_URL=server.url)
        for words, more in (
            (["voices", "--gender", clean], {}),
            (["dicts", "sync", str(tmp_path / "words.csv")], {}),
            (["batch", str(tmp_path / "rows.csv"), "-d", str(tmp_path / "out")], {}),
            (["batch", str(tmp_path / "bad.jsonl"), "-d", str(tmp_path / "out")], {}),
            (["batch", str(tmp_path / "rows.jsonl"), "-d", str(tmp_path / "out"), "--diff"], {}),
            (["say", "-f", name], {}),
            (["say", "Hi", "-o", f"{clean}/{clean}/a.wav"], {}),
            (["say", "Hi", "--device", clean], {"PULSE_SERVER": "/nowhere"}),
            (["say", "Hi", "--model", clean, "--language", clean, "-o", os.devnull], {}),
            (["say", clean, "--curl"], {}),
            (["say", f"--{clean}"], {}),
            (["say", "Hi"], {"LIGHTNING_TTS_CONFIG": str(tmp_path / "config.toml")}),
            (["say", "Hi", "-o", os.devnull], {"SMALLEST_API_KEY": clean}),
        ):
            done = subprocess.run((*COMMAND, *words), env={**env, **more}, capture_output=True, timeout=60, check=False)
            shown = (done.stdout + done.stderr).decode()
            assert shown, words
            assert "this is a bug" not in shown, (words, shown)
            _looked_at(shown)


def test_a_table_at_a_terminal() -> None:
    """A terminal's table is drawn of spelt-out text."""
    with serving(hostile) as server:
        for words in (["voices"], ["dicts", "list"]):
            env = keyed(LIGHTNING_TTS_BASE_URL=server.url, NO_COLOR="1")
            with terminal((*COMMAND, *words), env) as screen:
                assert screen.end() == 0
                _looked_at(screen.raw)
                assert "\\x1b]0;title\\x07\\x9b31m" in screen.raw
