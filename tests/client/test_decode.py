"""Speech events to audio: the sliced path and the parsed path are one, and every failure is told from silence."""

import base64
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.cuts import cut, places, singles

from lightning_cli.client.decode import SpeechDecoder, decode_base64
from lightning_cli.client.sse import Decoder
from lightning_cli.errors import ExitCode, LightningError, ProtocolError, StreamFault
from lightning_cli.local.speech import encode_event

DONE = b'data: {"status":"200","done":true}\n\n'


def b64(pcm: bytes) -> str:
    """Encode as the wire does."""
    return base64.b64encode(pcm).decode()


def heard(pieces: Sequence[bytes]) -> tuple[bytes, bool, int]:
    """Feed pieces as a stream does; give the audio, whether it was done, and the number of events."""
    decoder = SpeechDecoder()
    audio = b""
    for piece in pieces:
        audio += b"".join(decoder.feed(piece))
        if decoder.done:
            break
    audio += b"".join(decoder.finish())
    return audio, decoder.done, decoder.event_count


def plainly(stream: bytes) -> tuple[bytes, bool, int]:
    """Do the same with the full grammar, json and base64 of the standard library, one event after the other."""
    events = Decoder()
    audio, count = b"", 0
    for event in events.feed(stream) + events.finish():
        said = json.loads(event.data)
        inner = said.get("data")
        text = said.get("audio", inner.get("audio", "") if isinstance(inner, dict) else "")
        audio += base64.b64decode(text, validate=True)
        count += 1
        if said.get("done") is True:
            return audio, True, count
    return audio, False, count


def spelled(data: str, how: str) -> str:
    """Write a JSON text in another of its spellings."""
    if how == "escaped slashes":
        return data.replace("/", "\\/")
    if how == "unicode escapes":
        return data.replace("A", "\\u0041").replace("=", "\\u003d")
    if how == "many lines":
        return data.replace(",", ",\n").replace("{", "{\n")
    return data


def event_of(fields: dict[str, Any], *, how: str, spaces: bool, named: bytes | None, end: bytes, order: int) -> bytes:
    """Write one event in the dialect that the arguments describe."""
    names = list(fields)
    if order:
        random.Random(order).shuffle(names)
    separators = (", ", ": ") if spaces else (",", ":")
    data = spelled(json.dumps({name: fields[name] for name in names}, separators=separators), how)
    return encode_event(data.encode(), named).replace(b"\n", end)


known_fields: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"done": False, "status": "206"},
        {},
        {"done": False},
        {"status": "206"},
        {"done": False, "status": "206", "audio_format": "pcm", "note": 'a "quoted" \\ note; 中'},
    ]
)
dialects: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "how": st.sampled_from(["plain", "plain", "plain", "escaped slashes", "unicode escapes", "many lines"]),
        "spaces": st.booleans(),
        "named": st.sampled_from([b"audio", b"audio", None, b"message", b"unheard-of"]),
        "end": st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r"]),
        "order": st.sampled_from([0, 0, 1, 2]),
    }
)
terminators = st.sampled_from(
    [
        b"",
        DONE,
        b'data: {"done": true}\n\n',
        b'data: {"done":true}\n',
        b'event: done\r\ndata:{"done":true,"status":"200"}\r\n\r\n',
        b'data: {"status":"complete","message":"All chunks sent","done":true}\n\n',
        b'event: audio\ndata: {"audio":"/v8BAA==","done":true,"status":"200"}\n\n',
        b'data: {"audio": "AQA=", "done": true}',
    ]
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Write a stream as some server might, also one that changes its dialect on the way, with something behind it."""
    common: dict[str, Any] = draw(dialects)
    stream = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf", b": hello\n\n", b"\n"]))
    for pcm in draw(st.lists(st.binary(max_size=24), max_size=6)):
        dialect: dict[str, Any] = draw(st.one_of(st.just(common), st.just(common), dialects))
        wrapped = draw(st.sampled_from([False] * 9 + [True]))
        audio: dict[str, Any] = {"status": "chunk", "data": {"audio": b64(pcm)}} if wrapped else {"audio": b64(pcm)}
        beside: dict[str, Any] = {} if wrapped else draw(known_fields)
        stream += event_of(audio | beside, **dialect)
        stream += draw(st.sampled_from([b"", b"", b"", b": keepalive\n\n", b":\n", b"event: ping\n\n"]))
    terminator = draw(terminators)
    if terminator.endswith((b"\n\n", b"\r\n\r\n")) and draw(st.booleans()):
        terminator += b'data: {"audio":"AAAA"}\n\nevent: error\ndata: [DONE]\n\nnonsense'
    return stream + terminator


@settings(deadline=None, max_examples=300)
@given(stream=streams(), places=places)
@example(stream=b'event: audio\ndata: {"audio":"AAAA","done":false,"status":"206"}\n\n' * 3 + DONE, places=[70, 140])
def test_same_as_the_plain_reader(stream: bytes, places: list[int]) -> None:
    """Hear what a plain reader hears, in every dialect and mixture of them, at every cut."""
    expected = plainly(stream)
    assert heard([stream]) == expected
    assert heard(cut(stream, places)) == expected
    assert heard(singles(stream)) == expected


WHOLE = {
    "new": (b'event: audio\ndata: {"audio":"%s","done":false,"status":"206"}\n\n', b""),
    "seed": (b'event: audio\ndata: {"audio":"%s"}\n\n', b""),
    "without a type": (b'data: {"audio":"%s","done":false,"status":"206"}\n\n', b""),
    "json.dumps": (b'event: audio\ndata: {"audio": "%s", "done": false, "status": "206"}\n\n', b""),
    "seed after new": (
        b'event: audio\ndata: {"audio":"%s"}\n\n',
        b'event: audio\ndata: {"audio":"AA==","done":false,"status":"206"}\n\n',
    ),
}


@pytest.mark.parametrize(("event", "before"), WHOLE.values(), ids=WHOLE.keys())
def test_known_dialects_are_sliced(event: bytes, before: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read whole events of the known shapes without parsing any JSON; one event after the stream's first may."""
    parsed: list[bytes] = []
    loads = json.loads

    def counting(data: bytes) -> object:
        parsed.append(data)
        return loads(data)

    monkeypatch.setattr(json, "loads", counting)
    pcm = [bytes([number]) * (number + 1) for number in range(20)]
    decoder = SpeechDecoder()
    decoder.feed(before + event % b"AAAA")
    parsed.clear()
    for part in pcm:
        assert decoder.feed(event % b64(part).encode()) == [part]
    assert decoder.feed(b"".join(event % b64(part).encode() for part in pcm)) == pcm
    assert parsed == []


def test_done_by_value() -> None:
    """End at ``done`` being true, not at its presence nor at anything that is merely like it (protocol.md 0.4)."""
    for value in ("false", "null", "0", "1", '"true"', "[]"):
        assert heard([b'data: {"audio":"AAAA","done":%s}\n\n' % value.encode()]) == (b"\0\0\0", False, 1), value
    assert heard([b'data: {"done":true}\n\n']) == (b"", True, 1)


def test_audio_in_the_done_event_counts() -> None:
    """Keep what the terminator itself carries, and end there."""
    for stream in (b'data: {"audio":"AQI=","done":true}\n\n', b'event: audio\ndata: {"done": true, "audio": "AQI="}'):
        assert heard([stream]) == (b"\x01\x02", True, 1)


def test_nothing_after_done_counts() -> None:
    """Ignore audio, failures and nonsense behind the terminator, in the same piece and in later ones."""
    decoder = SpeechDecoder()
    behind = b'event: error\ndata: boom\n\ndata: {"audio":"AAAA"}\n\ndata: nonsense\n\n'
    assert decoder.feed(b'data: {"audio":"AQI="}\n\n' + DONE + behind) == [b"\x01\x02"]
    assert decoder.feed(behind) == []
    assert decoder.finish() == []
    assert decoder.done
    assert decoder.event_count == 2


def test_empty_audio_means_nothing() -> None:
    """Take an event without a sample as legal (protocol.md 3.2), on both paths."""
    for stream in (
        b'event: audio\ndata: {"audio":"","done":false,"status":"206"}\n\n' * 3,
        b'data: {"audio": ""}\n\n' * 3,
        b'data: {"status":"206"}\n\n' * 3,
        b'data: {"data":{"audio":""},"status":"chunk"}\n\n' * 3,
        b'data: {"audio":null,"done":false}\n\n' * 3,
    ):
        assert heard([stream]) == (b"", False, 3)


def test_old_generation() -> None:
    """Read what the oldest routes sent (protocol.md 3.2)."""
    chunk = b'data: {"request_id":"r","status":"chunk","data":{"audio":"AQI="}}\n\n'
    end = b'data: {"status":"complete","message":"All chunks sent","done":true}\n\n'
    assert heard([chunk + chunk + end]) == (b"\x01\x02\x01\x02", True, 3)


FAILURES = {
    "error event with JSON": (b'event: error\ndata: {"message":"engine gone"}\n\n', StreamFault, "engine gone"),
    "error event with text": (b"event: error\ndata: engine gone\n\n", StreamFault, "engine gone"),
    "error event with audio": (b'event: error\ndata: {"audio":"AAAA"}\n\n', StreamFault, "failure inside"),
    "error event without reason": (b"event: error\ndata: \n\n", StreamFault, "no reason given"),
    "error key": (b'data: {"error":"engine gone"}\n\n', StreamFault, "engine gone"),
    "error object": (b'data: {"error":{"message":"engine gone","code":7}}\n\n', StreamFault, "engine gone"),
    "error list": (b'data: {"error":[{"path":["voice_id"],"message":"bad"}]}\n\n', StreamFault, "voice_id: bad"),
    "errors": (b'data: {"status":false,"errors":["upgrade"]}\n\n', StreamFault, "upgrade"),
    "errors beside audio": (b'data: {"audio":"AAAA","errors":["half of it"]}\n\n', StreamFault, "half of it"),
    "error beside audio": (b'data: {"audio":"AAAA","error":"half of it"}\n\n', StreamFault, "half of it"),
    "error beside done": (b'data: {"done":true,"error":"engine gone"}\n\n', StreamFault, "engine gone"),
    "status error": (b'data: {"status":"error","message":"engine gone"}\n\n', StreamFault, "engine gone"),
    "type error": (b'data: {"type":"error","message":"engine gone"}\n\n', StreamFault, "engine gone"),
    "status 500 as text": (b'data: {"status":"500","message":"engine gone"}\n\n', StreamFault, "engine gone"),
    "status 500 as number": (b'data: {"status":500}\n\n', StreamFault, "500"),
    "status 500 with empty audio": (b'data: {"audio":"","done":false,"status":"500"}\n\n', StreamFault, "500"),
    "no object but a list": (b"data: [1]\n\n", StreamFault, r"\[1\]"),
    "no object but a text": (b'data: "AAAA"\n\n', StreamFault, "AAAA"),
    "the sentinel of others": (b"data: [DONE]\n\n", ProtocolError, r"not JSON: \[DONE\]"),
    "half an object": (b'data: {"audio":"AAAA"\n\n', ProtocolError, "not JSON"),
    "empty data": (b"data\n\n", ProtocolError, "not JSON"),
    "no UTF-8": (b'data: {"audio":"\xff"}\n\n', ProtocolError, "not JSON|not base64"),
    "deep nesting": (b"data: " + b"[" * 100_000 + b"\n\n", ProtocolError, "not JSON"),
    "deep nesting in an object": (b'data: {"audio":' + b'{"a":' * 100_000 + b"\n\n", ProtocolError, "not JSON"),
    "an endless number": (b'data: {"status":' + b"9" * 10_000 + b"}\n\n", ProtocolError, "not JSON"),
    "audio that is a number": (b'data: {"audio":12}\n\n', ProtocolError, "not text but int"),
    "audio that is a list": (b'data: {"audio":["AAAA"]}\n\n', ProtocolError, "not text but list"),
    "letters outside the alphabet": (b'data: {"audio":"A.*A"}\n\n', ProtocolError, "not base64"),
    "the same, parsed": (b'data: {"status":"206","audio":"A.*A"}\n\n', ProtocolError, "not base64"),
    "both alphabets": (b'data: {"audio":"A-/A"}\n\n', ProtocolError, "not base64"),
    "other white space in base64": (b'data: {"audio":"AA\\u00a0AA"}\n\n', ProtocolError, "not base64"),
    "a group of letters in two events": (
        b'data: {"audio":"AA"}\n\ndata: {"audio":"AA"}\n\n',
        ProtocolError,
        "not base64",
    ),
    "missing padding": (b'data: {"audio":"AAA"}\n\n', ProtocolError, "not base64"),
    "padding in the middle": (b'data: {"audio":"AA==AAAA"}\n\n', ProtocolError, "not base64"),
    "letters that are no ASCII": (b'data: {"audio":"AA\xc3\xa9A"}\n\n', ProtocolError, "not base64"),
    "the same, escaped": (b'data: {"audio":"AA\\u00e9A"}\n\n', ProtocolError, "not base64"),
    "half a surrogate pair": (b'data: {"audio":"AA\\ud800A"}\n\n', ProtocolError, "not base64"),
}


def in_lines(text: str) -> str:
    """Wrap base64 as encoders for mail do."""
    return "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76)) + "\n"


FORMS: dict[str, Callable[[str], str]] = {
    "lines": in_lines,
    "URL-safe": lambda text: text.replace("+", "-").replace("/", "_"),
    "URL-safe lines": lambda text: in_lines(text.replace("+", "-").replace("/", "_")),
    "spaces around": lambda text: f" {text}\t",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_base64_of_other_encoders(form: Callable[[str], str]) -> None:
    """The same audio, in every dialect, beside events as the service sends them, whole and at every cut."""
    pcm = bytes(range(256)) + b"\xfb\xff\xfe"
    assert "+" in b64(pcm)
    for event, before in WHOLE.values():
        stream = before + (event % json.dumps(form(b64(pcm)))[1:-1].encode() + event % b64(pcm).encode()) * 2 + DONE
        expected = (bool(before) * b"\0" + pcm * 4, True, 5 + bool(before))
        assert heard([stream]) == heard(singles(stream)) == expected
        assert all(heard([stream[:at], stream[at:]]) == expected for at in range(1, len(stream), 7))


@pytest.mark.parametrize(("stream", "kind", "words"), FAILURES.values(), ids=FAILURES.keys())
def test_failures(stream: bytes, kind: type[LightningError], words: str) -> None:
    """Raise the right error, and say what to do, for each failure in a stream, first or later, whole or in pieces."""
    good = b'event: audio\ndata: {"audio":"AAAA","done":false,"status":"206"}\n\n'
    step = max(1, len(stream) // 50)
    for before in (b"", good):
        whole = before + stream
        for pieces in ([whole], [before, stream], [whole[at : at + step] for at in range(0, len(whole), step)]):
            with pytest.raises(kind, match=words) as fault:
                heard(pieces)
            assert fault.value.hint or isinstance(fault.value, StreamFault)


def test_what_looks_known_is_read_in_its_place() -> None:
    """Take the known shape for what it is only where an event begins, also when a piece begins with it."""
    known = b'data: {"audio":"AAAA"}\n\n'
    start = b'data: {"audio":"AQID"}\n\n'
    assert heard([start, b": a comment, ", known + known]) == (b"\x01\x02\x03" + bytes(3), False, 2)
    assert heard([start, b"x", known]) == (b"\x01\x02\x03", False, 1)
    with pytest.raises(StreamFault):
        heard([start, b"event: error\n", known])
    with pytest.raises(ProtocolError, match="not JSON"):
        heard([start, b"data: [\n", known])


def test_cut_in_an_event_is_no_nonsense() -> None:
    """Take an event that the end of the stream broke off as cut, not as one that is malformed."""
    event = b'event: audio\ndata: {"audio":"AQIDBAUGBwgJCgsMDQ4P","done":false,"status":"206"}\n\n'
    for at in range(len(event)):
        audio, done, _ = heard([event + event[:at]])
        assert not done
        # What is left of the second event counts only once it is all there, its last line end aside.
        assert audio in {bytes(range(1, 16)), bytes(range(1, 16)) * 2}, at
        assert (audio == bytes(range(1, 16))) == (at < len(event) - 2), at


def test_error_event_at_the_end_of_the_stream() -> None:
    """Report a failure even when its blank line is missing."""
    with pytest.raises(StreamFault, match="engine gone"):
        heard([b'event: error\ndata: {"message":"engine gone"}'])


def test_snippet_and_count_tell_what_came() -> None:
    """Keep the beginning of the answer, for a message when it is not an event stream at all."""
    decoder = SpeechDecoder()
    for piece in singles(b"<html>" + b"x" * 1000):
        assert decoder.feed(piece) == []
    assert decoder.event_count == 0
    assert decoder.snippet == b"<html>" + b"x" * 194


def test_limit() -> None:
    """Refuse an event beyond the limit, and only such a one."""
    event = b'data: {"audio":"' + b"A" * 1000 + b'"}\n\n'
    decoder = SpeechDecoder(limit_bytes=1200)
    assert [len(audio) for _ in range(5) for piece in cut(event, [300, 600]) for audio in decoder.feed(piece)] == [
        750
    ] * 5
    with pytest.raises(ProtocolError, match="larger than 1200"):
        decoder.feed(b'data: {"audio":"' + b"A" * 1200)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_base64(data: bytes) -> None:
    """Decode what the standard library encodes, from bytes and from a view of them."""
    encoded = base64.b64encode(data)
    assert decode_base64(encoded) == data
    assert decode_base64(memoryview(encoded)) == data


@pytest.mark.parametrize(
    "text",
    [b"A", b"AA", b"AAA", b"AAAAA", b"AA=", b"A===", b"====", b"AA==AA==", b"AAA=A", b"AAAA=", b"AAAA====",
     b"A+-_", b"AA/_AAAA", b"AA-", b"A A", b"AA\x00A", b"AA\x0bAA", b"AA\xc2\xa0AA", b"AA\xc3\xa9", b"AA%3D", b"AAA*"],
)  # fmt: skip
def test_base64_is_strict(text: bytes) -> None:
    """Refuse whatever a lenient reader would drop: a sample too few shifts all that follow."""
    with pytest.raises(ProtocolError, match="not base64") as fault:
        decode_base64(text)
    assert fault.value.exit_code is ExitCode.NETWORK


@given(st.binary(max_size=400), st.sampled_from([b"\n", b"\r\n", b" ", b"\t\n"]), st.integers(1, 80))
def test_base64_in_lines_or_for_urls(data: bytes, end: bytes, width: int) -> None:
    """Decode what is wrapped in lines, in the URL-safe alphabet, or both, to the same bytes."""
    for encoded in (base64.b64encode(data), base64.urlsafe_b64encode(data)):
        wrapped = b"".join(encoded[at : at + width] + end for at in range(0, len(encoded), width))
        assert decode_base64(encoded) == decode_base64(wrapped) == decode_base64(end + wrapped) == data
