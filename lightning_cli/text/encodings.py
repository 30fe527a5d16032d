"""Bytes to text: UTF-8, or what a byte order mark says; what is neither is told with the encoding that it shows."""

import codecs
import re
from collections.abc import Iterable, Iterator

from lightning_cli.errors import UsageFault

# Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONGEST_MARK = 4
_AUDIO = ("audio", "write speech into it with -o, as in: lightning-tts say TEXT -o speech.wav")
_OFFICE = ("an office or zip file", "take its text out first, as in: pandoc -t plain FILE | lightning-tts say")
_IMAGE = ("an image", "take its text out first, as in: tesseract FILE - | lightning-tts say")
# What begins like this is not text, even where its bytes are UTF-8.
_OTHER_KINDS = {
    **dict.fromkeys((b"RIFF", b"fLaC", b"OggS", b"ID3\2", b"ID3\3", b"ID3\4", b"\xff\xfb", b"\xff\xf3"), _AUDIO),
    b"%PDF-": ("a PDF", "take its text out first, as in: pdftotext FILE - | lightning-tts say"),
    **dict.fromkeys((b"PK\3\4", b"\xd0\xcf\x11\xe0"), _OFFICE),
    **dict.fromkeys((b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), _IMAGE),
    b"\x1f\x8b": ("a gzip file", "unpack it first, as in: gzip -dc FILE | lightning-tts say"),
    b"\x7fELF": ("a program", "name a text"),
}
_EPUB = b"mimetypeapplication/epub+zip"
# So many bytes are looked at to tell an encoding.
_SAMPLE_BYTES = 64 * 1024
# Text in a Latin script has a letter beyond ASCII now and then; where more than this share of the letters is, it is
# in another script or in a multi-byte encoding.
_LATIN_SHARE = 0.35
_CYRILLIC_SHARE = 0.95
_HIRAGANA_SHARE = 0.3
# Signs of windows-1252 that stand within a word are letters of another encoding: Polish and Turkish.
_WITHIN_WORDS = (
    ((rb"[A-Za-z\xe0-\xff][\xb1\xb6][a-z\xe0-\xff]",), "iso-8859-2"),
    ((rb"[A-Za-z\xe0-\xff][\xb3\xb9\xbf][a-z\xe0-\xff]",), "windows-1250"),
    ((rb"[a-z]\xfd", rb"[a-z]\xfe"), "windows-1254"),
)


def marked_encoding(head: bytes) -> str | None:
    """Return the encoding that the byte order mark at the start of ``head`` names, None without one."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def likely_encoding(raw: bytes) -> str:
    """Return the name, as ``iconv`` takes it, of the encoding that bytes which are not UTF-8 show."""
    sample = raw[:_SAMPLE_BYTES]
    if marked := marked_encoding(sample):
        return marked
    evens, odds = sample[::2].count(0), sample[1::2].count(0)
    if max(evens, odds) * 5 > len(sample):
        return "utf-16le" if odds > evens else "utf-16be"
    high = len(re.findall(rb"[\x80-\xff]", sample))
    if not re.search(rb"[\xa0-\xff]", sample):
        return "windows-1252"  # typographic marks alone
    letters = high + len(re.findall(rb"[A-Za-z]", sample))
    if high < letters - high:
        for patterns, encoding in _WITHIN_WORDS:
            if all(re.search(pattern, sample) for pattern in patterns):
                return encoding
    if high > _LATIN_SHARE * letters:
        # It comes with requests; its tables take long to load and serve this one guess.
        from charset_normalizer import from_bytes

        best = from_bytes(sample).best()
        if (best is None or best.language != "Russian") and (known := _by_frequency(sample, high)):
            return known
        if best is not None and best.encoding not in {"ascii", "utf_8", "latin_1"}:
            return best.encoding.replace("_", "-").replace("cp125", "windows-125")
    # It has all that ISO 8859-1 has, and signs where that has control characters, which no text contains.
    return "windows-1252"


def _by_frequency(sample: bytes, high: int) -> str | None:
    """Return the encoding of what the guesser takes for Japanese or Korean, by its most frequent bytes."""
    lower, upper = (len(re.findall(pattern, sample)) for pattern in (rb"[\xc0-\xdf]", rb"[\xe0-\xff]"))
    if lower + upper > _CYRILLIC_SHARE * high and lower > 2 * upper > 0:
        return "koi8-r"  # its small letters stand where windows-1251 has capitals
    hiragana = len(re.findall(rb"\xa4[\xa1-\xf3]", sample))
    return "euc-jp" if hiragana * 2 > _HIRAGANA_SHARE * high else None


def check_kind(head: bytes, name: str) -> None:
    """Raise ``UsageFault`` for a file that begins like audio, a PDF, an office file or an image."""
    # The first file of an EPUB says so, uncompressed.
    if head.startswith(b"PK\3\4") and _EPUB in head[:80]:
        raise UsageFault(
            f"{name!r} is an EPUB, not a text", hint="read it with: lightning-tts batch FILE --book book.mp3"
        )
    for begins, (kind, hint) in _OTHER_KINDS.items():
        if head.startswith(begins) and (begins != b"RIFF" or head[8:12] in {b"WAVE", b""}):
            raise UsageFault(f"{name!r} is {kind}, not a text", hint=hint)


def decode(raw: bytes, name: str) -> str:
    """Decode UTF-8, or what a byte order mark says; raise ``UsageFault`` that names line and byte."""
    check_kind(raw, name)
    try:
        return raw.decode(marked_encoding(raw) or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise UsageFault(f"{name}:{line}: not UTF-8 (byte {fault.start})", hint=conversion_hint(raw)) from fault


def decoded_blocks(blocks: Iterable[bytes], name: str) -> Iterator[str]:
    """Decode bytes cut anywhere; raise ``UsageFault`` that names the offset of what does not fit.

    An empty block is passed on as an empty string. Without a byte order mark the text is UTF-8.
    """
    decoder: codecs.IncrementalDecoder | None = None
    head = b""
    offset, first = 0, True
    for block in _with_end(blocks):
        data = block or b""
        if decoder is None:
            head += data
            if block is not None and data and any(mark.startswith(head) for mark, _ in _MARKS):
                # The mark itself is cut.
                continue
            if block == b"" and not head:
                yield ""
                continue
            check_kind(head, name)
            decoder = codecs.getincrementaldecoder(marked_encoding(head[:_LONGEST_MARK]) or "utf-8")()
            data, head = head, b""
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(data, final=block is None)
        except UnicodeDecodeError as fault:
            where = offset - pending + fault.start
            is_cut = fault.reason == "unexpected end of data" and block is None
            hint = "its last character is cut off: check that it is whole" if is_cut else conversion_hint(data)
            raise UsageFault(f"{name} is not UTF-8 at byte {where}", hint=hint) from fault
        offset += len(data)
        if first and text:
            text, first = text.removeprefix("\ufeff"), False
        if text or block == b"":
            yield text


def conversion_hint(raw: bytes) -> str:
    """Return a hint with the command that makes UTF-8 of bytes like these."""
    text = raw[:_SAMPLE_BYTES].decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if sum(sign > "\x7f" for sign in text) > 3 * broken:
        return "drop the broken bytes, for example with: iconv -c -f utf-8 -t utf-8"
    return f"convert it first, for example with: iconv -f {likely_encoding(raw)} -t utf-8"


def _with_end(blocks: Iterable[bytes]) -> Iterator[bytes | None]:
    yield from blocks
    yield None
