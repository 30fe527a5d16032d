"""Bytes to text: byte order marks, cuts anywhere, and the encoding that a hint names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cli.errors import UsageFault
from lightning_cli.text.encodings import decode, decoded_blocks, likely_encoding

TEXT = "The gate opens at nine – “naïve” 50 €, 门."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(encoding: str) -> None:
    """A text with a mark is read, whole and byte by byte; the mark is not part of it."""
    raw = TEXT.encode(encoding)
    assert decode(raw, "a.txt") == TEXT
    assert "".join(decoded_blocks([raw], "a.txt")) == TEXT
    assert "".join(decoded_blocks([bytes((one,)) for one in raw], "a.txt")) == TEXT


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
@given(text=st.text(), size=st.integers(1, 7))
def test_both_orders_cut_anywhere(mark: bytes, encoding: str, text: str, size: int) -> None:
    """Either order of bytes, cut within the mark and within a character."""
    raw = mark + text.encode(encoding, "surrogatepass").replace(b"\xd8\xd8", b"  ")
    try:
        whole = decode(raw, "a")
    except UsageFault:
        return
    blocks = [raw[at : at + size] for at in range(0, len(raw), size)]
    assert "".join(decoded_blocks(blocks, "a")) == whole


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (b"We\x92ll wait \x96 it\x92s \x8050.", "windows-1252"),
        (b"caf\xe9", "windows-1252"),
        ("Die Straße nach Köln führt über Fürth.".encode("latin-1"), "windows-1252"),
        ("Дом на углу. Квартира двенадцать, второй этаж, вход со двора.".encode("cp1251"), "windows-1251"),
        ("“Дом”".encode("cp1252", "ignore") + b" it\x92s", "windows-1252"),
        ("ПРИВЕТ, КАК ДЕЛА? СЕГОДНЯ ХОРОШАЯ ПОГОДА.".encode("cp1251"), "windows-1251"),
        ("Привет, как дела? Сегодня хорошая погода.".encode("koi8-r"), "koi8-r"),
        ("Zażółć gęślą jaźń, proszę państwa.".encode("cp1250"), "windows-1250"),
        ("Zażółć gęślą jaźń, proszę państwa.".encode("iso-8859-2"), "iso-8859-2"),
        ("Şu köşe kış köşesi, ortada su şişesi.".encode("cp1254"), "windows-1254"),
        ("今日は良い天気ですね。公園を散歩しましょう。".encode("euc-jp"), "euc-jp"),
        ("Das Zimmer hat 20 m³ für uns.".encode("cp1252"), "windows-1252"),
        ("The gate.".encode("utf-16-le"), "utf-16le"),
        ("The gate.".encode("utf-16-be"), "utf-16be"),
        (b"\xff\xfeT\x00h\x00\x00", "utf-16"),
        ("今日は良い天気ですね。明日も晴れるでしょう。".encode("shift-jis"), "cp932"),
    ],
)
def test_the_hint_names_what_the_bytes_show(raw: bytes, encoding: str) -> None:
    """The command of the hint leads to the text; latin1, which has no quotes and no euro, is never named."""
    assert likely_encoding(raw) == encoding
    with pytest.raises(UsageFault) as fault:
        decode(raw if encoding == "utf-16" else raw + b"\xff", "a.txt")
    assert "iconv -f" in str(fault.value.hint)
    assert "latin1" not in str(fault.value.hint)


def test_pauses_pass() -> None:
    """An empty block is a pause of the writer, and says so even before the first byte."""
    assert [*decoded_blocks([b"", b"a", b"", b"\xc3", b"", b"\xa9"], "a")] == ["", "a", "", "", "é"]


@pytest.mark.parametrize(
    ("raw", "kind", "command"),
    [
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio", "-o speech.wav"),
        (b"OggS\0\2", "audio", "-o speech.wav"),
        (b"%PDF-1.7\n", "a PDF", "pdftotext"),
        (b"PK\3\4\x14\0", "an office or zip file", "pandoc"),
        (b"PK\3\4" + bytes(26) + b"mimetypeapplication/epub+zip", "an EPUB", "batch FILE --book"),
        (b"\x89PNG\r\n", "an image", "tesseract"),
        (b"\x1f\x8b\x08\0", "a gzip file", "gzip -dc"),
    ],
)
def test_what_is_no_text(raw: bytes, kind: str, command: str) -> None:
    """It is called what it is, even where its bytes are UTF-8, and the hint has the way to its text."""
    for read in (lambda: decode(raw, "a"), lambda: [*decoded_blocks([raw], "a")]):
        with pytest.raises(UsageFault) as fault:
            read()
        assert fault.value.message == f"'a' is {kind}, not a text"
        assert command in str(fault.value.hint)


@pytest.mark.parametrize("text", ["RIFFS of the guitar are loud.", "ID3 tags", "PK", "GIF", "%PD"])
def test_a_text_that_begins_alike(text: str) -> None:
    """Letters alone make no other file."""
    assert decode(text.encode(), "a") == "".join(decoded_blocks([text.encode()], "a")) == text


def test_broken_utf8_is_called_so() -> None:
    """No other encoding is named for a text that is UTF-8 but for some bytes, nor for one that is cut off."""
    with pytest.raises(UsageFault) as fault:
        decode("नमस्ते ".encode() + b"d\xe9j\xe0 vu", "a.txt")
    assert "iconv -c -f utf-8" in str(fault.value.hint)
    with pytest.raises(UsageFault) as fault:
        list(decoded_blocks(["Café".encode()[:-1]], "a.txt"))
    assert "cut off" in str(fault.value.hint)
