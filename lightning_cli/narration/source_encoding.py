"""Bytes of a source to text: an encoding is taken where the bytes leave no doubt, or where the person names it."""

import codecs
from typing import NamedTuple

from lightning_cli.errors import UsageFault
from lightning_cli.text.encodings import conversion_hint, decode, likely_encoding, marked_encoding

# Quotes, dashes, the ellipsis, the euro and the trademark sign of windows-1252: control characters everywhere else.
_TYPOGRAPHY = frozenset(b"\x80\x82\x84\x85\x8b\x91\x92\x93\x94\x95\x96\x97\x99\x9b")
_UNDEFINED = frozenset(b"\x81\x8d\x8f\x90\x9d")
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = bytes(range(0xC0, 0x100))
# French and German come to 5 to 8 of 100 letters; Russian or Greek in an encoding of their own to nearly all.
_WESTERN_SHARE = 0.25
_SAMPLE_BYTES = 4000


class Decoded(NamedTuple):
    """A text and the encoding it was found in, by its usual name."""

    text: str
    encoding: str


_NO_TEXTS = frozenset({"punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape"})


def decode_source(raw: bytes, name: str, encoding: str | None = None) -> Decoded:
    """Decode the bytes of the file ``name``; ``encoding`` forces one.

    Without it: UTF-8, what a byte order mark says, and windows-1252 where its quotes and dashes give it away. Raise
    ``UsageFault`` that names line and byte.
    """
    if encoding is not None:
        try:
            return Decoded(raw.decode(encoding).removeprefix("\ufeff"), encoding)
        except UnicodeDecodeError as fault:
            line = raw.count(b"\n", 0, fault.start) + 1
            raise UsageFault(
                f"{name}:{line}: not {encoding} (byte {fault.start})", hint=conversion_hint(raw)
            ) from fault
    marked = marked_encoding(raw)
    likely = None if marked else _unmarked_utf_16(raw)
    if likely:
        raise UsageFault(f"{name}:1: looks like {likely}; add --encoding {likely}", hint=conversion_hint(raw))
    try:
        return Decoded(decode(raw, name), marked or "utf-8")
    except UsageFault as fault:
        if marked is None and looks_like_windows_1252(raw):
            return Decoded(raw.decode("cp1252"), "windows-1252")
        likely = likely_encoding(raw)
        told = f"{fault.message}; if it is {likely}, add --encoding {likely}" if marked is None else fault.message
        raise UsageFault(told, hint=fault.hint or "") from fault


def looks_like_windows_1252(raw: bytes) -> bool:
    """Return whether bytes that are not UTF-8 are windows-1252: its punctuation occurs, and few letters are not ASCII.

    The same marks stand in the code pages of Cyrillic and Greek, where most letters are beyond ASCII.
    """
    found = frozenset(raw)
    if not found & _TYPOGRAPHY or found & _UNDEFINED:
        return False
    plain, accented = (len(raw) - len(raw.translate(None, letters)) for letters in (_LETTERS, _ACCENTED))
    return accented <= _WESTERN_SHARE * (plain + accented)


def is_text_encoding(name: str) -> bool:
    """Return whether Python has an encoding of this name in which people store texts.

    It has others: hex makes no text, punycode takes an hour for a megabyte of one word, escapes are source code.
    """
    try:
        "x".encode(name)
        return codecs.lookup(name).name not in _NO_TEXTS
    except (LookupError, ValueError):
        # A name that cannot be one raises ValueError.
        return False


def check_encoding(name: str) -> str:
    """Return the name of an encoding; raise ``UsageFault`` for one that Python does not have."""
    if not is_text_encoding(name):
        raise UsageFault(f"unknown encoding {name!r}", hint="use one such as windows-1252, latin1, utf-16 or shift_jis")
    return name


def _unmarked_utf_16(raw: bytes) -> str | None:
    """Return the name of UTF-16 whose letters are mostly Latin: every other byte is 0, and none beside it."""
    low, high = raw[0:_SAMPLE_BYTES:2], raw[1:_SAMPLE_BYTES:2]
    if high.count(0) > len(high) // 2 and not low.count(0):
        return "utf-16-le"
    return "utf-16-be" if low.count(0) > len(low) // 2 and not high.count(0) else None
