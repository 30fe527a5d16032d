"""What an error body says: one message for every shape of protocol.md 4.1, and for bodies that are not JSON at all."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.client.faults import BODY_LIMIT_BYTES, error_field, error_message

DEPRECATED = {
    "status": "error",
    "error_code": "MODEL_DEPRECATED",
    "message": "lightning-v2 is retired",
    "recommended_endpoint": "/waves/v1/lightning-v3.1/get_speech",
}
ENUM = "Invalid enum value. Expected 'wav' | 'ulaw' | 'alaw' | 'pcm' | 'mp3', received 'mulaw'"
ENUM_ISSUE = {"received": "mulaw", "code": "invalid_enum_value", "path": ["output_format"], "message": ENUM}
# The letters are those of protocol.md 4.1.
SHAPES: dict[str, tuple[object, str]] = {
    "a": (
        {"error": [{"code": "custom", "path": ["voice_id"], "message": "Invalid Voice ID"}]},
        "voice_id: Invalid Voice ID",
    ),
    "a, an enum": ({"error": [ENUM_ISSUE]}, "output_format: " + ENUM),
    "a, two issues": (
        {"error": [{"path": ["text"], "message": "Required"}, {"path": ["items", 0, "word"], "message": "Required"}]},
        "text: Required; items.0.word: Required",
    ),
    "a, no path": ({"error": [{"code": "custom", "path": [], "message": "Nothing fits"}]}, "Nothing fits"),
    "a, only a path": ({"error": [{"path": ["speed"]}]}, "speed"),
    "a, only a code": ({"error": [{"code": "too_big", "path": ["speed"]}]}, "speed: too_big"),
    "b": (
        {"error": "InvalidRequest", "message": "The 'text' field is required."},
        "InvalidRequest: The 'text' field is required.",
    ),
    "c": (
        {"error": "Unauthorized", "message": "Bearer token is missing or invalid."},
        "Unauthorized: Bearer token is missing or invalid.",
    ),
    "d": (
        {"error": "InternalServerError", "message": "An unexpected error occurred."},
        "InternalServerError: An unexpected error occurred.",
    ),
    "e, 401": ({"error": "Unauthorized"}, "Unauthorized"),
    "e, 500": ({"error": "Internal server error"}, "Internal server error"),
    "f": (
        {
            "error": "Invalid request body",
            "details": [{"code": "invalid_type", "path": ["items", 0, "word"], "message": "Required"}],
        },
        "Invalid request body: items.0.word: Required",
    ),
    "g": ({"status": False, "errors": ["Please upgrade your plan"]}, "Please upgrade your plan"),
    "g, two": ({"status": False, "errors": ["Wrong workspace", "Ask its owner"]}, "Wrong workspace; Ask its owner"),
    "h": (
        {"status": "error", "message": "Invalid input data", "errors": [{"path": ["text"], "message": "Required"}]},
        "Invalid input data: text: Required",
    ),
    "h, no issues": ({"status": "error", "message": "Invalid input data", "errors": []}, "Invalid input data"),
    "i": ({"status": "error", "error": {"message": "voice not found", "code": "voice"}}, "voice not found"),
    "i, only a code": ({"status": "error", "error": {"code": "voice"}}, "voice"),
    "j": (DEPRECATED, "lightning-v2 is retired"),
    "k": ({"error": "cloning took too long", "error_code": "voice_clone_timeout"}, "cloning took too long"),
    "m, text": ({"detail": "Not Found"}, "Not Found"),
    "m, list": ({"detail": [{"loc": ["body"], "msg": "field required"}]}, "field required"),
    "a bare string": ("overloaded", "overloaded"),
    "line ends within": ({"error": "two\n  lines"}, "two lines"),
}


@pytest.mark.parametrize(("body", "message"), SHAPES.values(), ids=SHAPES.keys())
def test_shapes(body: object, message: str) -> None:
    """Find the message in each shape that the service is known to use."""
    assert error_message(json.dumps(body).encode()) == message
    assert error_message(b"\n " + json.dumps(body, indent=2).encode() + b"\n") == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ""),
        (b" \r\n ", ""),
        (b"upstream connect error", "upstream connect error"),
        (
            b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>",
            "<html> <head><title>502 Bad Gateway</title></head> </html>",
        ),
        (b"x" * 5000, "x" * 200),
        (b"caf\xe9", "caf\ufffd"),
        (b'{"error": "half', '{"error": "half'),
        (b"[" * 100_000, "[" * 200),
        (b'{"unheard": "of"}', '{"unheard": "of"}'),
        (b"{}", "{}"),
        (b"null", "null"),
        (b'{"error": null, "message": null}', '{"error": null, "message": null}'),
        (b'{"error": [], "message": "then this"}', "then this"),
        (b'{"error": [1, null, {}], "message": "then this"}', "then this"),
        (b'{"error": {}, "message": "then this"}', "then this"),
        (b'{"error": "", "message": "then this"}', "then this"),
        (b'{"error": 5, "message": "then this"}', "then this"),
        (b'{"error": "then this", "message": ""}', "then this"),
    ],
)
def test_bodies_that_are_none_of_these(body: bytes, message: str) -> None:
    """Shape l, and unknown shapes: the body's own words, in one line of at most 200 characters."""
    assert error_message(body) == message


def test_bounded() -> None:
    """Look at a bounded part of the body only."""
    assert error_message(b" " * BODY_LIMIT_BYTES + b"too late") == ""


def test_recommended_endpoint() -> None:
    """Read one field of shape j, and nothing where there is none."""
    assert error_field(json.dumps(DEPRECATED).encode(), "recommended_endpoint") == "/waves/v1/lightning-v3.1/get_speech"
    for body in (
        b"",
        b"<html>",
        b"[]",
        b'"x"',
        b"{}",
        b'{"recommended_endpoint": 7}',
        b'{"recommended_endpoint": ""}',
        b"[",
    ):
        assert error_field(body, "recommended_endpoint") is None
    assert error_field(b"[" * 100_000, "recommended_endpoint") is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "errors", "message", "details", "detail", "path", "code", "status"]), inner
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(values | st.binary(max_size=40))
def test_never_fails(body: object) -> None:
    """Describe any body in one line."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    message = error_message(raw)
    assert message == " ".join(message.split())
    error_field(raw, "message")


def test_what_a_service_says_is_cut() -> None:
    """A reason of any length becomes one that can be read."""
    assert len(error_message(b'{"error":"' + b"x" * 60_000 + b'"}')) < 1100
    assert error_message(b'{"errors":[{"path":[[[["a"]]],"b"],"message":"no"}]}') == "b: no"


def test_a_byte_order_mark_before_an_error() -> None:
    """The body behind it is read as any other."""
    assert error_message(b'\xef\xbb\xbf{"error":"no such voice"}') == "no such voice"
