"""Which container a target gets, and which sample rates it takes."""

import os
from pathlib import Path

import pytest
from support.sink_parts import encode_file, libsndfile_decode, tone

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import OutputError, UsageFault
from lightning_cli.request import SAMPLE_RATES
from lightning_cli.sinks.containers import (
    ALAW,
    CONTAINERS,
    FLAC,
    MP3,
    OGG,
    OPUS,
    PCM,
    ULAW,
    WAV,
    WAV_ALAW,
    WAV_ULAW,
    Container,
    container_for,
    parse_kbits,
)
from lightning_cli.sinks.encoders import encoder_for


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.wav", WAV),
        ("dir.flac/a.WAV", WAV),
        ("a.b.pcm", PCM),
        ("a.raw", PCM),
        ("a.flac", FLAC),
        ("a.OGG", OGG),
        ("a.opus", OPUS),
        ("a.mp3", MP3),
        ("a.ulaw", ULAW),
        ("a.alaw", ALAW),
        ("a\n.wav", WAV),
        ("-", PCM),
        ("/dev/null", PCM),
        ("/dev/stdout", PCM),
        ("/dev/fd/63", PCM),
        ("/proc/self/fd/63", PCM),
    ],
)
def test_target_names_its_container(path: str, expected: Container) -> None:
    """Extensions count in any case; streams without one carry raw PCM."""
    assert container_for(path) is expected


def test_fifo_is_raw_unless_its_name_says_otherwise(tmp_path: Path) -> None:
    """A FIFO may have an extension like a file."""
    for name in ("plain", "named.wav"):
        os.mkfifo(tmp_path / name)
    assert container_for(str(tmp_path / "plain")) is PCM
    assert container_for(str(tmp_path / "named.wav")) is WAV


@pytest.mark.parametrize("name", ["wav", "WAV", ".wav"])
def test_format_option_wins(name: str) -> None:
    """``--format`` decides where the name says nothing, for standard output too."""
    assert container_for("a.bin", name) is WAV
    assert container_for("Chapter 1. The Start", name) is WAV
    assert container_for("-", name) is WAV


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("menu.wav", "ulaw", "wav-ulaw"),
        ("menu.WAV", "alaw", "wav-alaw"),
        ("a.ogg", "opus", "opus"),
        ("a.raw", "ulaw", "ulaw"),
        ("a.sln", "pcm", "sln"),
        ("a.ul", "ulaw", "ul"),
        ("a.wav", "mp3", None),
        ("a.mp3", "wav", None),
        ("a.wav", "pcm", None),
        ("a.ulaw", "alaw", None),
        ("a.gsm", "pcm", "gsm"),
        ("a.m4a", "mp3", None),
    ],
)
def test_name_and_format_agree(path: str, name: str, expected: str | None) -> None:
    """A name that says something else than ``--format`` is refused, but for codings that fit into what it says."""
    if expected is None:
        with pytest.raises(UsageFault, match="but --format says"):
            container_for(path, name)
    else:
        assert container_for(path, name).name == expected


def test_telephone_names_have_their_rates() -> None:
    """Asterisk's names of raw data fix the rate."""
    rates = {name: container_for(f"a.{name}").rate_or_usual(44100) for name in ("sln", "sln16", "ul", "al", "gsm")}
    assert rates == {"sln": 8000, "sln16": 16000, "ul": 8000, "al": 8000, "gsm": 8000}
    with pytest.raises(UsageFault, match="sln does not take 44100 Hz"):
        container_for("a.sln").check_rate(44100)


def test_known_formats() -> None:
    """The formats are those of the manual; raw is pcm."""
    telephone = "ul al gsm sln sln8 sln16 sln24 sln44".split()
    assert list(CONTAINERS) == [*"wav pcm raw flac ogg opus mp3 ulaw alaw".split(), *telephone]
    assert CONTAINERS["raw"] is CONTAINERS["pcm"]


@pytest.mark.parametrize(
    ("path", "explicit"),
    [("speech", None), ("speech.aac", None), (".wav", None), ("a.wav.txt", None), ("a.wav", "aac"), ("-", "")],
)
def test_unknown_format_lists_the_known(path: str, explicit: str | None) -> None:
    """The hint names every format."""
    with pytest.raises(UsageFault) as caught:
        container_for(path, explicit)
    assert caught.value.hint is not None
    assert all(name in caught.value.hint for name in CONTAINERS)


def test_control_characters_stay_out_of_messages() -> None:
    """A name cannot write to the terminal through an error."""
    with pytest.raises(UsageFault) as caught:
        container_for("a\x1b[31m\n.x")
    assert caught.value.message.isprintable()


def test_directory_is_called_a_directory(tmp_path: Path) -> None:
    """A directory is not blamed on its missing extension."""
    with pytest.raises(OutputError, match="directory") as caught:
        container_for(str(tmp_path))
    assert "speech.wav" in str(caught.value.hint)


def test_path_that_cannot_be_looked_up(tmp_path: Path) -> None:
    """A file in the middle of a path is an output error, not a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        container_for(str(tmp_path / "file" / "inside"))


def test_opus_asks_for_a_rate_it_takes() -> None:
    """The default of 44100 Hz becomes 24000 for Opus; a rate that fits stays."""
    assert OPUS.rate_or_usual(44100) == 24000
    assert OPUS.rate_or_usual(16000) == 16000
    assert WAV.rate_or_usual(44100) == 44100
    assert [law.rate_or_usual(44100) for law in (ULAW, ALAW, WAV_ULAW, WAV_ALAW)] == [8000] * 4
    assert ULAW.takes_rate(44100)


def test_wrong_rate_names_the_right_ones() -> None:
    """``-r 44100`` with Opus is a usage error that lists all five."""
    with pytest.raises(UsageFault, match="44100") as caught:
        OPUS.check_rate(44100)
    assert all(str(rate) in str(caught.value.hint) for rate in (8000, 12000, 16000, 24000, 48000))


def test_every_rate_of_the_service_fits() -> None:
    """Only Opus, and what telephones know, cannot take all that the service offers."""
    for container in list(CONTAINERS.values())[:9]:
        refused = [rate for rate in SAMPLE_RATES if not container.takes_rate(rate)]
        assert refused == ([44100] if container is OPUS else [])


@pytest.mark.parametrize("container", [MP3, OPUS], ids=lambda item: item.name)
def test_listed_rates_are_those_that_encode(container: Container, tmp_path: Path) -> None:
    """Every rate in the table works in the libsndfile at hand, to the sample; the others do not."""
    for rate in (*container.sample_rates, 44100, 96000):
        path = tmp_path / f"{rate}{container.extensions[0]}"
        fmt = PcmFormat(rate)
        if container.takes_rate(rate):
            path.write_bytes(encode_file(encoder_for(container), fmt, tone(rate // 2)))
            assert len(libsndfile_decode(path)) // 2 == rate // 2
        else:
            encoder = encoder_for(container)
            with pytest.raises(OutputError, match=container.name):
                encoder.begin(fmt)
            encoder.close()


@pytest.mark.parametrize("container", [one for one in CONTAINERS.values() if one.sample_rates])
def test_the_rate_that_a_container_advises_is_one_of_the_service(container: Container) -> None:
    """Name a rate that leads on: most of those that Opus takes the service refuses."""
    with pytest.raises(UsageFault) as caught:
        container.check_rate(1)
    advised = str(caught.value.hint).removeprefix("use -r ").partition(",")[0]
    assert int(advised) in SAMPLE_RATES
    assert container.takes_rate(int(advised))


def test_bitrates() -> None:
    """MP3 and Opus take those that they have at a sample rate; no other format takes any."""
    assert parse_kbits("64k") == parse_kbits(" 64") == 64
    MP3.at_bitrate(320).check_rate(44100)
    OPUS.at_bitrate(6).check_rate(48000)
    for container, rate in ((MP3.at_bitrate(320), 24000), (MP3.at_bitrate(100), 44100), (OPUS.at_bitrate(320), 24000)):
        with pytest.raises(UsageFault, match="does not take"):
            container.check_rate(rate)
    for container in (WAV, FLAC, OGG, ULAW):
        with pytest.raises(UsageFault, match="takes no --bitrate"):
            container.at_bitrate(64)


@pytest.mark.parametrize("text", ["", "0", "5", "321", "64m", "-64", "6.4", "\u0666\u0664"])
def test_what_is_no_bitrate(text: str) -> None:
    """It is refused."""
    with pytest.raises(UsageFault, match="not a bitrate"):
        parse_kbits(text)
