"""The served WebSocket: plain requests, both ways of buffering, word times, pings, clocks and refusals."""

import base64
import json
from collections.abc import Iterator

import pytest
from support.serve_process import LONG, SYNC, Served, order, running
from support.serve_thread import running_here
from support.websocket_line import PATHS, ask, frame, heard, pong, socket_to, turn
from websockets.exceptions import ConnectionClosed, InvalidStatus

TOKEN = "let-me-in"
HOLD = {"voice_id": "daniel", "sample_rate": 8000}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return one server for this file."""
    with running("--verbose", home=tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.mark.parametrize("path", PATHS)
def test_plain_requests_one_after_the_other(server: Served, path: str) -> None:
    """The same audio as over HTTP, echoes in every frame, and the socket stays open."""
    pcm = server.ask(SYNC, order()).body
    with socket_to(server, path) as line:
        for number in range(2):
            ask(line, **order(), session_id="s1", request_id=f"r{number}")
            frames = turn(line)
            assert frames[-1]["status"] == "complete"
            assert heard(frames) == pcm
            assert {one["external_request_id"] for one in frames} == {f"r{number}"}
            assert {one["external_session_id"] for one in frames} == {"s1"}
            assert len({one["request_id"] for one in frames}) == 1
            assert frames[0]["session_id"].startswith("ws_")


def test_legacy_buffering_speaks_once_for_each_flush(server: Served) -> None:
    """Text held by continue is spoken whole; an empty flush still has its complete."""
    whole = server.ask(SYNC, order(text="Hello there, dear friends.")).body
    with socket_to(server) as line:
        ask(line, text="Hello there, ", **{"continue": True}, **HOLD)
        ask(line, text="dear friends.", **{"continue": True}, **HOLD)
        pong(line)
        ask(line, text="", flush=True, **HOLD)
        assert heard(turn(line)) == whole
        ask(line, text="", flush=True, **HOLD)
        assert [one["status"] for one in turn(line)] == ["complete"]


def test_a_long_text_is_one_turn(server: Served) -> None:
    """What one request may hold is one utterance, the one that HTTP gives; what is more has one end all the same."""
    # Long in characters, and soon spoken.
    sparse = f"Hello.{' ' * 2600}"
    wish = order(voice_id="espeak-en", sample_rate=8000)
    whole = server.ask(SYNC, {**wish, "text": sparse * 3}).body
    with socket_to(server) as line:
        ask(line, **{**wish, "text": sparse * 3})
        frames = turn(line)
        assert (frames[-1]["status"], heard(frames)) == ("complete", whole)
        for _ in range(4):
            ask(line, **{**wish, "text": sparse}, **{"continue": True})
        ask(line, **{**wish, "text": ""}, flush=True)
        frames = turn(line)
        assert (frames[-1]["status"], len(heard(frames)) > len(whole)) == ("complete", True)
        pong(line)


def test_legacy_buffering_flushes_by_its_clock(server: Served) -> None:
    """After max_buffer_flush_ms what is held is spoken without being asked."""
    with socket_to(server) as line:
        ask(line, text="Hello there.", max_buffer_flush_ms=50, **{"continue": True}, **HOLD)
        assert heard(turn(line))


def test_continuations_release_sentences(server: Served) -> None:
    """Each release is a turn with a request id of its own, and closing an empty context gets no answer."""
    with socket_to(server) as line:
        ask(line, text="This is the first sentence. ", context_id="c1", **{"continue": True}, **HOLD)
        first = turn(line)
        ask(line, text="And Mr. ", context_id="c1", **{"continue": True}, **HOLD)
        pong(line)
        ask(line, text="Smith says 3.5 things!", context_id="c1", **{"continue": False}, **HOLD)
        second = turn(line)
        assert heard(first)
        assert heard(second)
        assert first[0]["request_id"] != second[0]["request_id"]
        assert first[0]["session_id"] == second[0]["session_id"]
        ask(line, context_id="c1", context_close=True)
        pong(line)


def test_continuations_release_by_their_clock_and_on_close(server: Served) -> None:
    """A fragment waits no longer than its delay; a close speaks the rest."""
    with socket_to(server) as line:
        ask(line, text="no full stop", context_id="c1", max_buffer_delay_ms=50, **{"continue": True}, **HOLD)
        assert heard(turn(line))
        ask(line, text="and the rest", context_id="c1", max_buffer_delay_ms=5000, **{"continue": True}, **HOLD)
        ask(line, context_id="c1", context_close=True)
        assert heard(turn(line))


def test_cancel_drops_what_is_buffered(server: Served) -> None:
    """A barge-in keeps the context and loses the text."""
    with socket_to(server) as line:
        ask(line, text="never to be heard", context_id="c1", **{"continue": True}, **HOLD)
        ask(line, context_id="c1", cancel_request=True)
        ask(line, context_id="c1", context_close=True)
        pong(line)


def test_a_context_holds_its_slot_until_it_is_closed(server: Served) -> None:
    """While it may go on, another request is one too many."""
    with socket_to(server) as line:
        ask(line, text="This is the first sentence. ", context_id="c1", **{"continue": True}, **HOLD)
        turn(line)
        assert server.ask(SYNC, order()).status == 429
        ask(line, context_id="c1", context_close=True)
        pong(line)
        assert server.ask(SYNC, order()).status == 200


def test_word_times_are_in_order_and_inside_the_audio(server: Served) -> None:
    """Every word comes verbatim with its place and a time; other voices are silent about them."""
    text = "Hello there, my friend. This costs $100 today."
    with socket_to(server) as line:
        ask(line, text=text, voice_id="avery", sample_rate=8000, word_timestamps=True)
        frames = turn(line)
        words = [one["data"] for one in frames if one["status"] == "word_timestamp"]
        assert [one["word"] for one in words] == text.split()
        assert [one["id"] for one in words] == list(range(8))
        times = [moment for one in words for moment in (one["start"], one["end"])]
        assert times == sorted(times)
        assert times[-1] <= len(heard(frames)) / 16000
        ask(line, **order(), word_timestamps=True)
        assert {one["status"] for one in turn(line)} == {"chunk", "complete"}


def test_word_times_of_the_engines_own_events(server: Served) -> None:
    """The words of eSpeak NG come each before the audio they begin in, and each on a sample."""
    text = "Hallo zusammen, das kostet 12,50 Euro. Und Schluss!"
    with socket_to(server) as line:
        ask(line, text=text, voice_id="espeak-de", sample_rate=8000, word_timestamps=True)
        frames = turn(line)
    words, heard_bytes = [], 0
    for one in frames:
        if one["status"] == "chunk":
            heard_bytes += len(base64.b64decode(one["data"]["audio"]))
        elif one["status"] == "word_timestamp":
            words.append(one["data"])
            assert one["data"]["start"] * 16000 >= heard_bytes - 2560
            assert abs(one["data"]["start"] * 8000 - round(one["data"]["start"] * 8000)) < 0.01
    assert [one["word"] for one in words] == text.split()
    assert words[2]["start"] - words[1]["end"] > 0.05


def test_pings_and_white_space_keep_the_line_alive(server: Served) -> None:
    """Every spelling of a ping is answered; a blank text is swallowed."""
    with socket_to(server) as line:
        for kind in ("ping", "keepalive", "keep_alive", "keep-alive"):
            ask(line, type=kind)
            assert frame(line) == {"type": "pong"}
        ask(line, text=" ", voice_id="daniel", model="lightning_v3.1")
        pong(line)


def test_an_idle_socket_is_closed(server: Served) -> None:
    """After the time asked for there is one error frame and a normal close."""
    with socket_to(server, PATHS[0] + "?timeout=1") as line:
        told = "Connection timed out after 1 seconds of inactivity"
        assert frame(line) == {"status": "error", "message": told}
        with pytest.raises(ConnectionClosed) as closed:
            line.recv(60)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1000


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": "Hi", "voice_id": "meher"}, "Invalid Voice ID"),
        ({"text": "Hi", "voice_id": "daniel", "speed": 9}, "speed: Number must be less than or equal to 2"),
        ({"text": "Hi"}, "voice_id: Required"),
        (
            {"text": "Hi", "voice_id": "daniel", "context_id": "c", "flush": True},
            "flush cannot be used with context_id",
        ),
        ({"text": "Hi", "voice_id": "daniel", "context_id": "a b"}, "context_id: Invalid"),
        ({"text": "Hi", "voice_id": "daniel", "continue": "yes"}, "continue: Expected boolean"),
        ({"text": "Hi", "voice_id": "daniel", "complete_backoff_ms": 10001}, "from 0 to 10000"),
        ({"text": "?!", "voice_id": "daniel"}, "nothing in the text can be spoken"),
        ([], "Expected object"),
    ],
)
def test_a_bad_message_gets_one_error_frame(server: Served, fields: object, message: str) -> None:
    """Then nothing, and the socket stays open."""
    with socket_to(server) as line:
        line.send(json.dumps(fields))
        said = frame(line)
        assert said["status"] == "error"
        assert message in said["message"]
        pong(line)


def test_what_is_no_json_gets_an_error_frame(server: Served) -> None:
    """Text or binary."""
    with socket_to(server) as line:
        for junk in ("{", b"\xff\x00", "[" * 50_000):
            line.send(junk)
            assert "Invalid JSON" in frame(line)["message"]


def test_a_second_request_on_the_socket_meets_the_limit(server: Served) -> None:
    """It gets an error frame; the first goes on to its end."""
    with socket_to(server) as line:
        ask(line, **order(text=LONG[:600]))
        ask(line, **order())
        first = [frame(line)]
        while not any(one["status"] == "error" for one in first):
            first.append(frame(line))
        assert "limit" in first[-1]["message"]
        assert turn(line)[-1]["status"] == "complete"


def test_closing_the_socket_frees_the_slot(server: Served) -> None:
    """A client that leaves in the middle does not delay others."""
    with socket_to(server) as line:
        ask(line, **order(text=LONG))
        frame(line)
    assert 200 in (server.ask(SYNC, order()).status for _ in range(200))


@pytest.mark.parametrize("path", ["/waves/v1/streaming-tts/stream", "/waves/v1/tts", "/nothing"])
def test_a_path_without_a_socket(server: Served, path: str) -> None:
    """A path that has no socket, or none any more, is not there; it is not forbidden."""
    with pytest.raises(InvalidStatus) as refused, socket_to(server, path):
        pass
    assert refused.value.response.status_code == 404
    assert json.loads(refused.value.response.body or b"") == {
        "error": "NotFound",
        "message": f"Not Found: WebSocket {path}",
    }


def test_a_bad_key_is_refused_before_the_upgrade() -> None:
    """401 instead of 101; the header and both query parameters are accepted."""
    with running_here(LIGHTNING_TTS_TOKEN=TOKEN) as served:
        for path in (PATHS[0], PATHS[0] + "?api_key=wrong"):
            with pytest.raises(InvalidStatus) as refused, socket_to(served, path):
                pass
            assert refused.value.response.status_code == 401
            assert b"Unauthorized" in (refused.value.response.body or b"")
        with socket_to(served, token=TOKEN) as line:
            pong(line)
        for name in ("api_key", "token"):
            with socket_to(served, f"{PATHS[0]}?{name}={TOKEN}") as line:
                pong(line)
