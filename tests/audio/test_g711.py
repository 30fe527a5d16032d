"""G.711 against the ITU's reference, libsndfile, ffmpeg and SoX."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.sink_parts import FMT, encode, ffmpeg_decode, filtered

from lightning_cli.audio import g711
from lightning_cli.sinks.containers import ALAW, ULAW, Container
from lightning_cli.sinks.encoders import encoder_for

ALL_SAMPLES = b"".join(value.to_bytes(2, "little", signed=True) for value in range(-32768, 32768))


def reference_ulaw(sample: int) -> int:
    """Compress one sample as the ITU's reference code (G.191) defines it: 14 bits, ones' complement."""
    magnitude = min(((~sample if sample < 0 else sample) >> 2) + 33, 0x1FFF)
    segment = (magnitude >> 6).bit_length() + 1
    code = (8 - segment) << 4 | 0xF - (magnitude >> segment & 0xF)
    return code if sample < 0 else code | 0x80


def reference_alaw(sample: int) -> int:
    """Compress one sample as the ITU's reference code (G.191) defines it: 12 bits, ones' complement."""
    magnitude = (~sample if sample < 0 else sample) >> 4
    if magnitude > 15:
        exponent = magnitude.bit_length() - 4
        magnitude = (magnitude >> exponent - 1) - 16 + (exponent << 4)
    return (magnitude if sample < 0 else magnitude | 0x80) ^ 0x55


def decoded_codes(law: str) -> list[int]:
    """Return the 256 levels as ffmpeg decodes them, once SoX agrees."""
    codes = bytes(range(256))
    levels = ffmpeg_decode("-", codes, ("-f", {"ulaw": "mulaw", "alaw": "alaw"}[law], "-ar", "8000", "-ac", "1"))
    assert levels == filtered(
        ["sox", "-t", law[:2], "-r", "8000", "-c", "1", "-", "-t", "raw", "-e", "signed", "-b", "16", "-"], codes
    )
    return list(memoryview(levels).cast("h"))


@pytest.mark.parametrize(("law", "reference"), [("ulaw", reference_ulaw), ("alaw", reference_alaw)])
def test_g711_is_the_itu_reference(law: str, reference: Callable[[int], int]) -> None:
    """All 65,536 samples get the code of the ITU's reference."""
    expected = bytes(reference(value) for value in range(-32768, 32768))
    assert g711.compress(ALL_SAMPLES, law) == expected


@pytest.mark.parametrize(("container", "step"), [(ULAW, 4), (ALAW, 16)])
def test_g711_is_libsndfile_off_the_decision_values(container: Container, step: int, tmp_path: Path) -> None:
    """Libsndfile differs only for negative samples exactly on a decision value, which it sends down."""
    import soundfile

    path = tmp_path / "theirs"
    with soundfile.SoundFile(path, "w", 8000, 1, container.name.upper(), format="RAW") as file:
        file.buffer_write(ALL_SAMPLES, dtype="int16")
    ours = encode(encoder_for(container), FMT, ALL_SAMPLES)
    differing = [index - 32768 for index, code in enumerate(path.read_bytes()) if code != ours[index]]
    assert len(differing) == 127
    assert all(value < 0 and value % step == 0 for value in differing)


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
def test_g711_and_other_programs(law: str) -> None:
    """Both ffmpeg and SoX round their way near decision values: never more than the neighbouring level."""
    levels = decoded_codes(law)
    order = {code: place for place, code in enumerate(sorted(range(256), key=lambda code: (levels[code], code)))}
    ours = g711.compress(ALL_SAMPLES, law)
    kind = {"ulaw": "mulaw", "alaw": "alaw"}[law]
    raw = ["-t", "raw", "-e", "signed", "-b", "16", "-r", "8000", "-c", "1"]
    for command in (
        ["ffmpeg", "-v", "error", "-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "-", "-f", kind, "-"],
        ["sox", "-D", *raw, "-", "-t", law[:2], "-"],
    ):
        theirs = filtered(command, ALL_SAMPLES)
        assert max(abs(order[a] - order[b]) for a, b in zip(ours, theirs, strict=True)) == 1
        assert sum(a != b for a, b in zip(ours, theirs, strict=True)) < 65536 * 0.02


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
def test_g711_levels_keep_their_codes(law: str) -> None:
    """What was decoded is encoded to the same code; mu-law has two zeros, and the positive one is used."""
    levels = decoded_codes(law)
    again = g711.compress(b"".join(level.to_bytes(2, "little", signed=True) for level in levels), law)
    assert [code for code in range(256) if again[code] != code] == ([0x7F] if law == "ulaw" else [])


def test_unknown_law_is_a_bug() -> None:
    """Misuse is told apart from failure."""
    with pytest.raises(RuntimeError):
        g711.table("dlaw")
