"""Pages of Ogg Opus: others read them, and their packets come back."""

import io
import subprocess

import pytest
import soundfile

from lightning_cli.errors import OutputError
from lightning_cli.narration.ogg_opus import _checksums, ogg_opus, packets_of, read_packets, sizes_of


def coded(seconds: float, rate: int, kbits: int) -> bytes:
    """Return a tone as FFmpeg encodes it."""
    tone = f"sine=frequency=300:sample_rate={rate}:duration={seconds}"
    words = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", tone, "-c:a", "libopus", "-vbr", "off", "-b:a", f"{kbits}k"]
    return subprocess.run([*words, "-ar", str(rate), "-f", "ogg", "-"], capture_output=True, check=True).stdout


@pytest.mark.parametrize(("rate", "kbits"), [(24_000, 32), (8000, 12), (24_000, 250)])
def test_packets_come_back(rate: int, kbits: int) -> None:
    """Others read them; players leave out what they are told to; sizes tile the packets."""
    packets = packets_of(coded(3, rate, kbits))
    assert sum(sizes_of(packets)) == len(packets)
    listed = list(read_packets(io.BytesIO(packets)))
    # Again and again, so that checksums are worked out in more than one go.
    many = listed * 4
    made = b"".join(ogg_opus(many, rate, 156, [("TITLE", "Größe")]))
    assert list(read_packets(io.BytesIO(packets_of(made)))) == many
    with soundfile.SoundFile(io.BytesIO(made)) as file:
        assert file.title == "Größe"
        assert file.frames == len(many) * file.samplerate // 50 - 156 * file.samplerate // rate
        assert len(file.read()) == file.frames


def test_checksums_are_those_of_others() -> None:
    """Pages of several lengths, side by side."""
    pages, stored = [], []
    for piece in coded(3, 24_000, 32).split(b"OggS")[1:]:
        page = bytearray(b"OggS" + piece)
        stored.append(int.from_bytes(page[22:26], "little"))
        page[22:26] = bytes(4)
        pages.append(page)
    assert len(pages) > 3
    assert _checksums(pages) == stored


def test_what_is_no_ogg_is_told() -> None:
    """Neither at the beginning nor behind a page."""
    for raw in (b"RIFF" + bytes(40), coded(0.1, 8000, 12) + b"Ogg", b"OggS"):
        with pytest.raises(OutputError, match="no Ogg pages"):
            packets_of(raw)
    assert packets_of(b"") == b""
