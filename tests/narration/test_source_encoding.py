"""Encodings of sources: what is found, what is forced, and what is asked about."""

import pytest

from lightning_cli.errors import UsageFault
from lightning_cli.narration.source_encoding import check_encoding, decode_source, looks_like_windows_1252

WORDS = "“Grüße” – it’s €50…"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (WORDS.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + WORDS.encode(), "utf-8"),
        (WORDS.encode("utf-16"), "utf-16"),
        (WORDS.encode("utf-32"), "utf-32"),
        (WORDS.encode("cp1252"), "windows-1252"),
    ],
)
def test_found(raw: bytes, encoding: str) -> None:
    """Marks and unmistakable bytes."""
    assert decode_source(raw, "a.csv") == (WORDS, encoding)


def test_forced() -> None:
    """A name wins over what is found; bytes that do not fit are told with their line."""
    assert decode_source("日本語".encode("shift_jis"), "a", "shift_jis").text == "日本語"
    assert decode_source(b"\xef\xbb\xbfx", "a", "utf-8").text == "x"
    with pytest.raises(UsageFault, match=r"a:2: not ascii \(byte 3\)"):
        decode_source(b"ok\n\xe9", "a", "ascii")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"caf\xe9", "add --encoding windows-1252"),
        ("Привет – это мы, а не они".encode("cp1251"), "not UTF-8"),
        ("Text".encode("utf-16-le"), "looks like utf-16-le"),
        ("Text".encode("utf-16-be"), "looks like utf-16-be"),
        (b"\xff\xfex", "not UTF-8"),
    ],
)
def test_asked_about(raw: bytes, told: str) -> None:
    """What may be several things is an error that names the likely one."""
    with pytest.raises(UsageFault) as fault:
        decode_source(raw, "a.csv")
    assert told in fault.value.message


def test_what_looks_western() -> None:
    """Typography decides; letters alone, undefined bytes, and mostly foreign letters do not."""
    assert looks_like_windows_1252("naïve – yes".encode("cp1252"))
    assert not looks_like_windows_1252("naïve".encode("cp1252"))
    assert not looks_like_windows_1252(b"naive \x96 \x81")


@pytest.mark.parametrize("name", ["latin-9000", "hex", "punycode", "unicode_escape", "", "a\0b", "ä" * 100])
def test_unknown_names(name: str) -> None:
    """A codec that makes no text is as unknown as one that is not there."""
    assert check_encoding("latin1") == "latin1"
    with pytest.raises(UsageFault, match="unknown encoding"):
        check_encoding(name)
