"""The offline engine behind local://: the service's protocol, without a socket."""

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3.exceptions
from support.offline_speech import MIXED, RATE, python, spoken, synthesiser

from lightning_cli.client.decode import SpeechDecoder
from lightning_cli.client.sse import Decoder
from lightning_cli.errors import EngineError
from lightning_cli.local.adapter import LocalAdapter, SpeechBody
from lightning_cli.local.dictionary_store import DictionaryStore
from lightning_cli.local.speech import TERMINATOR, BlockChannel, Speech, event_stream
from lightning_cli.local.synthesiser import Synthesiser

ORDER = {"text": "Hello.", "voice_id": "espeak-en", "sample_rate": RATE, "output_format": "pcm"}
ROUTES = ("local://engine/waves/v1/lightning-v3.1/stream", "local://engine/waves/v1/tts/live")
BLOCK_BYTES = RATE * 160 // 1000 * 2


@pytest.fixture
def session(tmp_path: Path) -> Iterator[requests.Session]:
    """Open a session whose local:// is the engine."""
    with requests.Session() as made:
        made.mount("local://", LocalAdapter(synthesiser(), DictionaryStore(tmp_path / "dictionaries.json")))
        yield made


def ask(session: requests.Session, route: str = ROUTES[0], **fields: object) -> requests.Response:
    """Post a request and leave its answer unread."""
    body = {"text": MIXED, "voice_id": "heart", "sample_rate": RATE, "output_format": "pcm", **fields}
    return session.post(route, json=body, stream=True, timeout=(5, 30))


def issues(response: requests.Response) -> list[dict[str, object]]:
    """Return the issues of a refusal."""
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    found: list[dict[str, object]] = response.json()["error"]
    return found


@pytest.mark.parametrize("route", ROUTES)
def test_an_answer_is_the_services_event_stream(session: requests.Session, route: str) -> None:
    """The events' bytes, their cut, their order, and the audio the engine made."""
    response = ask(session, route)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream"
    body = response.content
    assert body.startswith(b'event: audio\ndata: {"audio":"')
    assert body.endswith(b'","done":false,"status":"206"}\n\ndata: {"status":"200","done":true}\n\n')
    decoder = Decoder()
    events = decoder.feed(body) + decoder.finish()
    assert [event.type for event in events] == [b"audio"] * (len(events) - 1) + [b"message"]
    pieces = [base64.b64decode(json.loads(event.data)["audio"], validate=True) for event in events[:-1]]
    pcm = b"".join(pieces)
    assert pcm == spoken(MIXED)
    # Each block of 160 ms is cut into pieces of 1024 bytes, the last of a block shorter.
    sizes = [len(piece) for piece in pieces]
    assert sizes[:8] == [1024] * 7 + [512]
    assert sum(sizes[:8]) == BLOCK_BYTES


def test_our_own_client_decodes_it_to_the_end(session: requests.Session) -> None:
    """Read as a socket is read."""
    response = ask(session)
    decoder, pcm = SpeechDecoder(), b""
    while piece := response.raw.read1(65_536, decode_content=True):
        pcm += b"".join(decoder.feed(piece))
    assert decoder.done
    assert pcm == spoken(MIXED)


def test_ids_are_made_and_echoed(session: requests.Session) -> None:
    """Ours new each time, the request's only when given."""
    first, second = ask(session, request_id="r-1", session_id="s.1"), ask(session)
    assert first.headers["x-external-request-id"] == "r-1"
    assert first.headers["X-External-Session-Id"] == "s.1"
    assert "x-external-request-id" not in second.headers
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.headers["x-session-id"]
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("fields", "path", "says"),
    [
        ({"voice_id": "daniel"}, ["voice_id"], "Invalid Voice ID"),
        ({"output_format": "mulaw"}, ["output_format"], "Expected 'wav'"),
        ({"text": " "}, ["text"], "at least 1"),
        ({"text": "..."}, ["text"], "nothing in the text"),
        ({"text": "今日は"}, ["text"], "SMALLEST_API_KEY"),
        ({"language": "ja"}, ["language"], "SMALLEST_API_KEY"),
        ({"language": None, "number_pronunciation_language": "ja"}, ["language"], "received null"),
        ({"pronunciation_dicts": ["a"]}, ["pronunciation_dicts"], "no such dictionary offline"),
    ],
)
def test_refusals_are_answers_with_their_issue(
    session: requests.Session, fields: dict[str, object], path: list[str], says: str
) -> None:
    """Before any audio: status 400, the field and the reason."""
    found = issues(ask(session, ROUTES[0], **fields))
    assert found[0]["path"] == path
    assert says in str(found[0]["message"])


def test_a_number_language_stands_in_for_the_language(session: requests.Session) -> None:
    """As documented (protocol.md 2.1)."""
    with (
        ask(session, text="Hola", number_pronunciation_language="es") as first,
        ask(session, text="Hola", language="es") as second,
    ):
        assert first.content == second.content


def test_other_routes_and_methods_are_not_found(session: requests.Session) -> None:
    """With a JSON body that names the path."""
    for response in (session.get(ROUTES[0]), session.post("local://engine/waves/v1/other", json={})):
        assert response.status_code == 404
        assert "no route" in response.json()["message"]


def test_no_json_is_a_bad_request(session: requests.Session) -> None:
    """In the documented shape."""
    response = session.post(ROUTES[0], data=b"{")
    assert response.status_code == 400
    assert response.json()["error"] == "InvalidRequest"
    assert session.post(ROUTES[0]).status_code == 400


def test_closing_the_response_stops_the_engine(session: requests.Session) -> None:
    """No thread is left."""
    response = ask(session, text="word " * 1500)
    assert response.raw.read1(65_536)
    response.close()
    assert [thread.name for thread in threading.enumerate() if thread.name == "lightning-synth"] == []


def test_the_first_block_does_not_wait_for_the_second() -> None:
    """A body gives what there is while the engine still works on the rest."""
    go_on = threading.Event()

    def produce(channel: BlockChannel) -> None:
        channel.put(b"\x01\x00" * 100)
        go_on.wait(30)
        channel.put(b"\x02\x00" * 100)

    speech = Speech(produce)
    body = SpeechBody(speech.take(30) or b"", speech, 30)
    first = body.read1(65_536)
    assert first == b"".join(event_stream([b"\x01\x00" * 100])).removesuffix(TERMINATOR)
    go_on.set()
    rest = body.read()
    assert first + rest == b"".join(event_stream([b"\x01\x00" * 100, b"\x02\x00" * 100]))
    assert body.read1(10) == b""
    body.close()
    body.close()


@pytest.mark.parametrize("size", [1, 7, 100, 1024])
def test_small_reads_give_the_same_bytes(session: requests.Session, size: int) -> None:
    """However it is read: read1, read and iter_content agree."""
    whole = ask(session, text="Hi.").content
    one = ask(session, text="Hi.")
    pieces = []
    while piece := one.raw.read1(size):
        assert len(piece) <= size
        pieces.append(piece)
    assert b"".join(pieces) == whole
    assert b"".join(ask(session, text="Hi.").iter_content(size)) == whole


def broken(fault: BaseException) -> SpeechBody:
    """Make a body whose engine fails behind the first block."""

    def produce(channel: BlockChannel) -> None:
        channel.put(b"\x01\x00" * 100)
        raise fault

    speech = Speech(produce)
    return SpeechBody(speech.take(30) or b"", speech, 0.05)


def test_an_engine_that_fails_midway_breaks_the_stream() -> None:
    """No terminator, and an error as from a broken connection."""
    raw = urllib3.HTTPResponse(broken(EngineError("out of words")), preload_content=False)
    assert TERMINATOR not in raw.read1(65_536)
    with pytest.raises(urllib3.exceptions.ProtocolError, match="out of words"):
        raw.read1(65_536)
    raw.close()


def test_an_engine_that_hangs_is_a_read_time_out() -> None:
    """The same class as for a silent server."""
    release = threading.Event()

    def produce(channel: BlockChannel) -> None:
        channel.put(b"\x01\x00")
        release.wait(30)

    speech = Speech(produce)
    raw = urllib3.HTTPResponse(SpeechBody(speech.take(30) or b"", speech, 0.05), preload_content=False)
    assert raw.read1(65_536)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        raw.read1(65_536)
    release.set()
    raw.close()


def test_a_speech_closed_by_another_hand_is_not_complete() -> None:
    """The reader must not take it for the end."""
    release = threading.Event()

    def produce(channel: BlockChannel) -> None:
        channel.put(b"\x01\x00")
        release.wait(30)

    speech = Speech(produce)
    body = SpeechBody(speech.take(30) or b"", speech, 30)
    body.read1(65_536)
    release.set()
    speech._channel.close()
    with pytest.raises(ConnectionAbortedError):
        body.read1(65_536)
    body.close()


def test_no_audio_in_time_is_a_read_time_out(session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raised by the post itself, as with a server that accepts and is silent."""

    def hang(_order: object, channel: BlockChannel) -> None:
        while not channel.closed:
            threading.Event().wait(0.01)

    monkeypatch.setattr(synthesiser(), "_produce", hang)
    with pytest.raises(requests.ReadTimeout):
        session.post(ROUTES[0], json={"text": "Hi.", "voice_id": "heart"}, stream=True, timeout=(5, 0.05))


def test_preloading_and_closing_leave_no_thread() -> None:
    """The adapter owns its engine."""
    adapter = LocalAdapter()
    adapter.preload()
    adapter.preload("espeak-hi")
    adapter.close()
    assert not any(thread.name.startswith("lightning-neural") for thread in threading.enumerate())


def test_a_missing_engine_is_a_refusal_that_says_what_to_install() -> None:
    """Status 400 on the field that needs it."""
    source = """
import sys
sys.modules["hibari"] = None
import requests
from lightning_cli.local.adapter import LocalAdapter
with requests.Session() as session:
    session.mount("local://", LocalAdapter())
    answer = session.post("local://engine/waves/v1/tts/live", json={"text": "Hi.", "voice_id": "heart"})
print(answer.status_code, answer.json()["error"][0]["path"], answer.json()["error"][0]["message"])
"""
    said = python(source)
    assert said.startswith("400 ['voice_id']")
    assert "[local]" in said


def test_what_the_engine_could_not_speak_as_it_stands_is_an_event(
    monkeypatch: pytest.MonkeyPatch, session: requests.Session
) -> None:
    """A warning before the sound, which is whole."""
    notes = ["it crashed"]
    monkeypatch.setattr(Speech, "take_notes", lambda _: [notes.pop()] if notes else [])
    answer = ask(session, text="Hello.")
    first, *_ = answer.content.split(b"\n\n")
    assert json.loads(first.partition(b"data:")[2]) == {"status": "warning", "warning": "it crashed"}
    assert answer.content.endswith(TERMINATOR)


DICTIONARIES = "local://engine/waves/v1/pronunciation-dicts"


def test_a_dictionary_respells_what_is_spoken(session: requests.Session) -> None:
    """It is kept as the service keeps it; equal words have one id, other words another."""
    items = [{"word": "mysql", "pronunciation": "my sequel"}]
    made = session.post(DICTIONARIES, json={"items": items}).json()
    assert session.post(DICTIONARIES, json={"items": items}).json()["id"] == made["id"]
    assert [one["id"] for one in session.get(DICTIONARIES).json()] == [made["id"]]
    spelt = ask(session, text="I use mysql.", voice_id="espeak-en", pronunciation_dicts=[made["id"]]).content
    assert spelt == ask(session, text="I use my sequel.", voice_id="espeak-en").content
    other = session.post(DICTIONARIES, json={"items": [{"word": "mysql", "pronunciation": "my squirrel"}]}).json()
    assert other["id"] != made["id"]
    assert session.delete(DICTIONARIES, json={"id": made["id"]}).json() == {"id": made["id"], "deleted": True}
    assert session.delete(DICTIONARIES, json={"id": made["id"]}).status_code == 404
    assert session.post(DICTIONARIES, json={"items": []}).status_code == 400
    assert session.post(DICTIONARIES, data=b"[").status_code == 400
    assert session.post(DICTIONARIES, data=b"[1]").status_code == 400


def test_only_the_first_text_of_a_run_is_cut_for_a_quick_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cut again when it is asked for again: equal requests have equal answers."""
    quick: list[bool] = []
    real = Synthesiser.synthesise

    def noting(self: Synthesiser, text: str, **options: Any) -> Speech:
        quick.append(options["starts_quickly"])
        return real(self, text, **options)

    monkeypatch.setattr(Synthesiser, "synthesise", noting)
    with requests.Session() as one:
        one.mount("local://", LocalAdapter(synthesiser()))
        for text in ("First.", "Second.", "First.", "Third."):
            assert ask(one, text=text, voice_id="espeak-en").content
    assert quick == [True, False, True, False]


def audio_of(session: requests.Session, **fields: object) -> bytes:
    """Ask for speech and return the answer's body."""
    answer = session.post(ROUTES[1], json={**ORDER, **fields}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_operators_are_read_offline_too(session: requests.Session) -> None:
    """With math notation "2 + 2" is said as it is written out, also by a caller who sends text for a body."""
    written = audio_of(session, text="2 plus 2", language="en")
    assert audio_of(session, text="2 + 2", language="en", math_notation=True) == written
    told = json.dumps({**ORDER, "text": "2 + 2", "language": "en", "math_notation": True})
    assert session.post(ROUTES[1], data=told, timeout=30).content == written
    assert session.post(ROUTES[1], timeout=30).status_code == 400


def test_a_body_is_read_as_files_are(session: requests.Session) -> None:
    """It is readable, and a read of zero bytes returns nothing."""
    answer = session.post(ROUTES[1], json=ORDER, stream=True, timeout=30)
    body: Any = answer.raw._fp
    assert body.readable()
    assert body.read1(0) == b""
    assert answer.content == audio_of(session)


def test_the_times_of_words_stand_before_the_end(session: requests.Session) -> None:
    """Asked for, each word of the text comes with its time, as messages of the WebSocket tell it; else none does."""
    words: list[object] = []
    decoder = SpeechDecoder(take_word=words.append)
    assert b"".join(decoder.feed(ask(session, voice_id="espeak-en", text="One, two.", word_timestamps=True).content))
    assert decoder.done
    assert [word["word"] for word in words if isinstance(word, dict)] == ["One,", "two."]
    assert b"word_timestamp" not in ask(session, voice_id="espeak-en", text="One, two.").content
