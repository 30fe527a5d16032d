"""Every limit of the API at its edge, and the exact bytes that are sent (protocol.md 2.1, 2.3)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.errors import ExitCode, InvalidRequest
from lightning_cli.request import LANGUAGES, SpeechRequest

PLAIN = SpeechRequest(text="Hello", voice_id="daniel")
ID_CHARACTERS = "abcXYZ019_-."
FULL = SpeechRequest(
    text="Hello",
    voice_id="meher",
    sample_rate=24000,
    output_format="wav",
    model="lightning_v3.1_pro",
    speed=1.25,
    language="hi",
    number_pronunciation_language="en",
    math_notation=True,
    pronunciation_dicts=("64f1", "64f2"),
    session_id="s-1",
    request_id="r-1",
    expire_content=True,
)


def test_default_body_is_exactly_the_documented_one() -> None:
    """Send the four fields that are always sent, in the documented order, and nothing else."""
    assert PLAIN.body() == b'{"text": "Hello", "voice_id": "daniel", "sample_rate": 44100, "output_format": "pcm"}'


def test_full_body() -> None:
    """Send every field under its own name, those that are always sent first."""
    assert list(FULL.payload().items()) == [
        ("text", "Hello"),
        ("voice_id", "meher"),
        ("sample_rate", 24000),
        ("output_format", "wav"),
        ("model", "lightning_v3.1_pro"),
        ("speed", 1.25),
        ("language", "hi"),
        ("number_pronunciation_language", "en"),
        ("math_notation", True),
        ("pronunciation_dicts", ["64f1", "64f2"]),
        ("session_id", "s-1"),
        ("request_id", "r-1"),
    ]
    assert json.loads(FULL.body()) == FULL.payload()


@pytest.mark.parametrize(
    ("field", "unset", "value"),
    [
        ("model", None, "lightning_v3.1"),
        ("speed", None, 1.0),
        ("language", None, "auto"),
        ("number_pronunciation_language", None, "auto"),
        ("math_notation", None, False),
        ("pronunciation_dicts", (), ("64f1",)),
        ("session_id", None, "s"),
        ("request_id", None, "r"),
    ],
)
def test_each_field_is_sent_only_when_set(field: str, unset: object, value: object) -> None:
    """Leave an unset field out, and send a set one even where it equals the service's default."""
    nothing: dict[str, Any] = {field: unset}
    bare = FULL._replace(**nothing).payload()
    assert set(FULL.payload()) - set(bare) == {field}
    changes: dict[str, Any] = {field: value}
    sent = PLAIN._replace(**changes).payload()
    assert set(sent) - set(PLAIN.payload()) == {field}
    assert sent[field] == (list(value) if isinstance(value, tuple) else value)


def test_body_is_utf8() -> None:
    """Send text in its own letters."""
    body = PLAIN._replace(text='नमस्ते "😀" \\ \n').body()
    assert "नमस्ते".encode() in body
    assert "😀".encode() in body
    assert json.loads(body)["text"] == 'नमस्ते "😀" \\ \n'


ALLOWED: list[dict[str, Any]] = [
    {"speed": 0.5},
    {"speed": 2.0},
    {"speed": 1},
    {"text": "x" * 8000},
    {"text": "  " + "x" * 8000 + "\n"},
    {"text": "😀" * 8000},
    {"text": "."},
    {"session_id": "x"},
    {"session_id": (ID_CHARACTERS * 11)[:128]},
    {"request_id": (ID_CHARACTERS * 11)[:128]},
    {"voice_id": "voice_dLP5T67Qw7"},
    {"voice_id": "nobody knows this one"},
    {"model": "lightning_v9_of_the_future"},
    {"pronunciation_dicts": tuple(str(number) for number in range(100))},
    *({"sample_rate": rate} for rate in (8000, 16000, 24000, 44100)),
    *({"output_format": name} for name in ("pcm", "wav", "mp3", "ulaw", "alaw")),
]


@pytest.mark.parametrize("fields", ALLOWED, ids=lambda fields: str(fields)[:30])
def test_allowed(fields: dict[str, Any]) -> None:
    """Take what the API takes, up to the very edge."""
    request = PLAIN._replace(**fields)
    assert (
        json.loads(request.body()).items()
        >= {k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()}.items()
    )


REFUSED: list[tuple[str, object]] = [
    ("speed", 0.49),
    ("speed", 2.01),
    ("speed", 0.0),
    ("speed", -1.0),
    ("speed", float("nan")),
    ("speed", float("inf")),
    ("speed", float("-inf")),
    ("text", ""),
    ("text", " \n\t\u3000"),
    ("text", "x" * 8001),
    ("text", "x" + " " * 7999 + "x"),
    ("text", "half a pair: \ud83d"),
    ("text", "\udcff"),
    ("session_id", ""),
    ("session_id", "x" * 129),
    ("session_id", "a b"),
    ("session_id", "a\n"),
    ("session_id", "é"),
    ("session_id", "a/b"),
    ("request_id", ""),
    ("request_id", "x" * 129),
    ("request_id", "٣"),
    ("voice_id", ""),
    ("voice_id", "  "),
    ("voice_id", "daniel\udcff"),
    ("model", "\udcff"),
    ("pronunciation_dicts", ("64f1", "")),
    ("pronunciation_dicts", (" ",)),
    ("pronunciation_dicts", ("64f1", "\udc80")),
    ("sample_rate", 22050),
    ("sample_rate", 48000),
    ("sample_rate", 0),
    ("output_format", "mulaw"),
    ("output_format", "ogg"),
    ("output_format", "PCM"),
    ("output_format", ""),
    ("language", ""),
    ("language", "he"),
    ("language", "EN"),
    ("language", "english"),
    ("number_pronunciation_language", "he"),
]


@pytest.mark.parametrize(("field", "value"), REFUSED, ids=lambda item: repr(item)[:20])
def test_refused(field: str, value: object) -> None:
    """Refuse what the API refuses before anything is sent, and name the field."""
    changes: dict[str, Any] = {field: value}
    with pytest.raises(InvalidRequest) as refusal:
        PLAIN._replace(**changes)
    assert refusal.value.field == field
    assert refusal.value.exit_code is ExitCode.USAGE
    assert refusal.value.message


def test_languages() -> None:
    """Accept the 32 codes of protocol.md 2.3, for both fields."""
    known = "auto en hi mr kn ta bn gu te ml pa or es de fr it nl sv pt ru el fi no pl ar zh id ja ko ms tr vi".split()
    assert len(set(known)) == 32
    assert sorted(LANGUAGES) == sorted(known)
    for code in known:
        assert PLAIN._replace(language=code).payload()["language"] == code
        number = PLAIN._replace(number_pronunciation_language=code)
        assert number.payload()["number_pronunciation_language"] == code


def test_fingerprint_names_the_audio() -> None:
    """Differ with every field that shapes the audio, and with none that does not."""
    fingerprint = FULL.fingerprint()
    assert len(fingerprint) == 64
    assert int(fingerprint, 16) >= 0
    for silent in ({"session_id": None}, {"request_id": "r-2"}, {"expire_content": False}):
        same: dict[str, Any] = silent
        assert FULL._replace(**same).fingerprint() == fingerprint
    shaping: list[dict[str, Any]] = [
        {"text": "hello"},
        {"voice_id": "blake"},
        {"sample_rate": 16000},
        {"output_format": "pcm"},
        {"model": None},
        {"speed": 1.2},
        {"language": None},
        {"number_pronunciation_language": "hi"},
        {"math_notation": False},
        {"pronunciation_dicts": ("64f2", "64f1")},
    ]
    prints = [FULL._replace(**fields).fingerprint() for fields in shaping]
    assert len({fingerprint, *prints}) == len(shaping) + 1


def test_fingerprint_is_stable() -> None:
    """Stay what it was: caches of earlier versions are keyed by it."""
    assert PLAIN.fingerprint() == "4c35d7faf3d4918cb6418d80f46be7d0e1ed8380d0fd0414f374a76b33bcadf2"


@settings(deadline=None, max_examples=200)
@given(text=st.text(min_size=1, max_size=60), ids=st.text(ID_CHARACTERS, min_size=1, max_size=128))
def test_what_exists_can_be_sent(text: str, ids: str) -> None:
    """Encode every request that could be made."""
    if not text.strip():
        text = "x"
    request = SpeechRequest(text=text, voice_id="daniel", session_id=ids)
    assert json.loads(request.body())["text"] == text


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("calm", "calm"),
        ("", ""),
        ("a=b", "a=b"),
        ("2", 2),
        ("2.50", 2.5),
        ("true", True),
        ("null", None),
        ('"2"', "2"),
        ('{"a": [1, "\u00e9"]}', {"a": [1, "\u00e9"]}),
        ("[1,", "[1,"),
        ("NaN", "NaN"),
        ("1e999", "1e999"),
        ("9" * 5000, "9" * 5000),
        ("[" * 100_000, "[" * 100_000),
        ('"\\ud800"', '"\\ud800"'),
    ],
)
def test_a_further_field_is_json_or_text(given: str, value: object) -> None:
    """What can be sent as JSON is; the rest is text."""
    request = PLAIN._replace(further=(f"emotion={given}",))
    assert json.loads(request.body()) == {**PLAIN.payload(), "emotion": value}


def test_a_further_field_is_part_of_the_fingerprint() -> None:
    """By its value, and not by its spelling nor its place."""
    calm = PLAIN._replace(further=("a=1", 'b={"x": 1}'))
    assert calm.fingerprint() != PLAIN.fingerprint()
    assert calm.fingerprint() == PLAIN._replace(further=('b={"x":1}', "a= 1")).fingerprint()
    assert PLAIN._replace(further=("a=2",)).fingerprint() != PLAIN._replace(further=("a=1",)).fingerprint()


@pytest.mark.parametrize(
    ("given", "words", "hint"),
    [
        (("speed=1",), "--field cannot set 'speed'", "use --speed"),
        (("expire_content=true",), "--field cannot set 'expire_content'", "use --expire-content"),
        (("output_format=mp3",), "--field cannot set 'output_format'", "use --wire-format"),
        (("context_id=a",), "--field cannot set 'context_id'", "use --context-id"),
        (("word_timestamps=true",), "--field cannot set 'word_timestamps'", "use --subtitles"),
        (("text=b",), "--field cannot set 'text'", "drop it"),
        (("flush=true",), "--field cannot set 'flush'", "drop it"),
        (("a=1", "a=2"), "the field 'a' is given twice", "drop one of them"),
        (("emotion",), "'emotion' is not NAME=VALUE", "for example --field emotion=calm"),
        (("=x",), "'=x' is not NAME=VALUE", "for example"),
        (("a b=x",), "'a b=x' is not NAME=VALUE", "for example"),
        (("a=\ud800",), "field is not valid Unicode", "use UTF-8"),
    ],
)
def test_a_further_field_is_refused(given: tuple[str, ...], words: str, hint: str) -> None:
    """Whatever has a flag of its own, belongs to the protocol, or has no name."""
    with pytest.raises(InvalidRequest, match=words) as fault:
        PLAIN._replace(further=given)
    assert str(fault.value.hint).startswith(hint)
