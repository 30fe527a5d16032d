"""Malformed bodies and messages: every route answers them, and never with a 5xx."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.serve_process import STREAM, SYNC, Served, running
from support.websocket_line import pong, socket_to

ROUTES = (
    ("POST", STREAM),
    ("POST", SYNC),
    ("POST", "/v1/audio/speech"),
    ("POST", "/waves/v1/pronunciation-dicts"),
    ("PUT", "/waves/v1/pronunciation-dicts"),
    ("DELETE", "/waves/v1/pronunciation-dicts"),
    ("GET", "/waves/v1/lightning-v3.1/get_voices"),
    ("GET", "/waves/v1/health"),
)
FIELDS = (
    "text voice_id model sample_rate speed language number_pronunciation_language math_notation output_format "
    "pronunciation_dicts word_timestamps session_id request_id input voice response_format stream_format items id "
    "word pronunciation continue flush context_id context_close cancel_request max_buffer_flush_ms "
    "complete_backoff_ms max_buffer_delay_ms type"
).split()
GOOD: dict[str, Any] = {
    "text": "Hi.",
    "input": "Hi.",
    "voice_id": "espeak-en",
    "voice": "espeak-en",
    "model": "lightning_v3.1",
    "sample_rate": 8000,
    "items": [{"word": "a", "pronunciation": "b"}],
}
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.just(float("inf"))
    | st.text(max_size=12)
    | st.sampled_from(
        ["heart", "espeak-hi", "ja", "hi", "lightning_v3.1_pro", "mp3", "wav", "sse", "\ud800", "...", "१"]
    )
)


def written(value: Any) -> bytes:
    """Write a body; infinity as a number that JSON allows and no float holds."""
    return json.dumps(value).replace("Infinity", "1e999").encode()


VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3)
)
CHANGES = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4)
BODIES = st.binary(max_size=60) | VALUES.map(written) | CHANGES.map(lambda changes: written({**GOOD, **changes}))
FUZZ = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return one server for this file."""
    with running("--concurrency", "0", "--engine", "espeak", home=tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.mark.parametrize(("method", "path"), ROUTES)
@FUZZ
@given(body=BODIES)
@example(body=written({**GOOD, "sample_rate": float("inf")}))
def test_no_body_breaks_a_route(server: Served, method: str, path: str, body: bytes) -> None:
    """Whatever it is, the answer is whole and the client's fault is told as one."""
    answer = server.ask(path, body, method=method)
    assert answer.status < 500, answer.body
    if answer.status >= 400:
        json.loads(answer.body, parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@FUZZ
@given(messages=st.lists(CHANGES | VALUES, max_size=4))
def test_no_message_breaks_a_socket(server: Served, messages: list[Any]) -> None:
    """Whatever came before, a ping is answered."""
    with socket_to(server) as line:
        for message in messages:
            line.send(json.dumps(message))
        line.send(json.dumps({"type": "ping"}))
        with contextlib.closing(line):
            for _ in range(10_000):
                if json.loads(line.recv(60)) == {"type": "pong"}:
                    break
            else:
                raise AssertionError("no pong")


def test_it_still_works_afterwards(server: Served) -> None:
    """None of it left anything behind that keeps others out."""
    assert server.ask(SYNC, GOOD).status == 200
    with socket_to(server) as line:
        pong(line)
