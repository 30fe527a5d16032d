"""The body of a request, checked in the service's own words."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.offline_speech import RATE

from lightning_cli.local.validation import InvalidBody, invalid_voice, parse_body, read_request, validate
from lightning_cli.request import LANGUAGES, SpeechRequest

GOOD = {"text": "Hello", "voice_id": "daniel"}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def refusal(body: bytes) -> object:
    """Return the answer to a body that is refused."""
    with pytest.raises(InvalidBody) as caught:
        read_request(parse_body(body))
    return caught.value.answer


def test_the_two_observed_bodies_are_reproduced() -> None:
    """Byte for byte what the live service sent, the keys in any order (protocol.md 4.1)."""
    assert validate({**GOOD, "output_format": "mulaw"}) == [
        {
            "received": "mulaw",
            "code": "invalid_enum_value",
            "options": ["wav", "ulaw", "alaw", "pcm", "mp3"],
            "path": ["output_format"],
            "message": "Invalid enum value. Expected 'wav' | 'ulaw' | 'alaw' | 'pcm' | 'mp3', received 'mulaw'",
        }
    ]
    assert invalid_voice() == {"code": "custom", "path": ["voice_id"], "message": "Invalid Voice ID"}


def test_all_issues_come_together_in_the_order_of_the_fields() -> None:
    """One answer tells everything."""
    body = {"text": " ", "speed": 2.01, "sample_rate": 22050, "language": "", "request_id": "a b", "math_notation": 1}
    assert [(issue["path"], issue["code"]) for issue in validate(body)] == [
        (["text"], "too_small"),
        (["voice_id"], "invalid_type"),
        (["sample_rate"], "invalid_enum_value"),
        (["speed"], "too_big"),
        (["language"], "invalid_enum_value"),
        (["math_notation"], "invalid_type"),
        (["request_id"], "invalid_string"),
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": None}, ("invalid_type", "Expected string, received null")),
        ({"text": 5}, ("invalid_type", "Expected string, received number")),
        ({"text": "x" * 8001}, ("too_big", "String must contain at most 8000 character(s)")),
        ({"speed": 0.49}, ("too_small", "Number must be greater than or equal to 0.5")),
        ({"speed": 2.5}, ("too_big", "Number must be less than or equal to 2")),
        ({"speed": True}, ("invalid_type", "Expected number, received boolean")),
        ({"speed": "1"}, ("invalid_type", "Expected number, received string")),
        ({"sample_rate": "24000"}, ("invalid_type", "Expected number, received string")),
        (
            {"sample_rate": 1},
            ("invalid_enum_value", "Invalid enum value. Expected 8000 | 16000 | 24000 | 44100, received '1'"),
        ),
        ({"language": 3}, ("invalid_type", "received number")),
        ({"pronunciation_dicts": "a"}, ("invalid_type", "Expected array, received string")),
        ({"pronunciation_dicts": ["a", 1]}, ("invalid_type", "Expected string, received number")),
        ({"session_id": "a" * 129}, ("too_big", "String must contain at most 128 character(s)")),
        ({"session_id": "ä"}, ("invalid_string", "Invalid")),
        ({"session_id": "ok\n"}, ("invalid_string", "Invalid")),
        ({"model": "lightning-v3.1"}, ("invalid_enum_value", "received 'lightning-v3.1'")),
    ],
)
def test_each_rule_speaks_as_the_library_does(fields: dict[str, object], expected: tuple[str, str]) -> None:
    """One issue, its code and its message."""
    (issue,) = validate({**GOOD, **fields})
    assert issue["code"] == expected[0]
    assert expected[1] in issue["message"]


def test_a_missing_field_is_required() -> None:
    """In the library's words."""
    assert [issue["message"] for issue in validate({})] == ["Required", "Required"]
    assert validate([])[0]["message"] == "Expected object, received array"


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "x" * 8000},
        {"text": f"  {'x' * 8000}  "},
        {"speed": 0.5},
        {"speed": 2},
        {"sample_rate": 8000.0},
        {"language": "auto"},
        {"language": "no"},
        {"word_timestamps": True},
        {"add_wav_header": 1, "save_history": "x"},
        {"session_id": "a.b-c_D9"},
    ],
)
def test_what_the_service_takes_is_taken(fields: dict[str, object]) -> None:
    """Bounds included, unknown fields too."""
    assert validate({**GOOD, **fields}) == []
    assert isinstance(read_request({**GOOD, **fields}), SpeechRequest)


def test_every_language_is_accepted() -> None:
    """All 32."""
    assert all(validate({**GOOD, "language": code}) == [] for code in LANGUAGES)


def test_a_request_survives_the_wire() -> None:
    """What a client builds is what is read."""
    sent = SpeechRequest(
        text="Hé 😀", voice_id="heart", sample_rate=8000, speed=1.5, language="hi", session_id="s", math_notation=True
    )
    assert read_request(parse_body(sent.body())) == sent


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"text": NaN}', b"[" * 100_000])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    """In the documented shape."""
    assert refusal(body) == {"error": "InvalidRequest", "message": "The request body is not valid JSON."}


def test_a_lone_surrogate_is_an_issue_of_the_text() -> None:
    """JSON can carry what Unicode cannot."""
    answer = refusal(rb'{"text": "a\ud800", "voice_id": "heart"}')
    assert "not valid Unicode" in str(answer)
    assert "'path': ['text']" in str(answer)


@given(_JSON)
@settings(deadline=None, max_examples=150)
def test_any_json_is_either_a_request_or_issues(fields: object) -> None:
    """Nothing else ever comes out, whatever comes in."""
    with contextlib.suppress(InvalidBody):
        assert isinstance(read_request(fields), SpeechRequest)


@given(
    st.dictionaries(
        st.sampled_from([*GOOD, "speed", "language", "sample_rate", "session_id", "pronunciation_dicts"]), _JSON
    )
)
@settings(deadline=None, max_examples=150)
def test_any_value_in_any_field_is_either_a_request_or_issues(fields: dict[str, object]) -> None:
    """The same with the real names."""
    test_any_json_is_either_a_request_or_issues.hypothesis.inner_test({**GOOD, **fields})  # type: ignore[attr-defined] # hypothesis keeps the function there


ORDER = {"text": "Hello.", "voice_id": "espeak-en", "sample_rate": RATE, "output_format": "pcm"}


def test_an_id_without_a_character() -> None:
    """Both rules that it breaks are named, as the service names them."""
    with pytest.raises(InvalidBody) as told:
        read_request({**ORDER, "session_id": ""})
    assert [issue["code"] for issue in told.value.answer["error"]] == ["too_small", "invalid_string"]
