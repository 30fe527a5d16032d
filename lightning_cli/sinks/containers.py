"""Containers of audio: names, extensions, and the sample rates each takes."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from lightning_cli.errors import UsageFault
from lightning_cli.sinks.targets import fault_of, is_stream, output_fault
from lightning_cli.system.records import Record


class Container(Record):
    """One container.

    ``libsndfile`` is the format and the encoding under which libsndfile makes it; None means it is made here, every
    frame then takes the same number of bytes and a file can be cut after any of them. ``sample_rates`` in Hz; empty
    means any. ``usual_rate`` is what to ask for when no rate was named and the default does not fit, or, with a
    ``law``, which is that of G.711, in any case. With a WAV header where ``in_wav``. ``kbits`` is the bitrate that was
    asked for.
    """

    name: str
    extensions: tuple[str, ...]
    libsndfile: tuple[str, str] | None = None
    sample_rates: tuple[int, ...] = ()
    usual_rate: int | None = None
    law: str = ""
    in_wav: bool = False
    kbits: int | None = None

    @property
    def is_headerless(self) -> bool:
        """Return whether its files have no header."""
        return not self.in_wav and (self.libsndfile is None or self.libsndfile[0] == "RAW")

    @property
    def is_linear(self) -> bool:
        """Return whether its audio is the PCM itself, bare or behind a header."""
        return self.libsndfile is None and not self.law

    def takes_rate(self, sample_rate: int) -> bool:
        """Return whether audio of ``sample_rate`` Hz fits in."""
        return not self.sample_rates or sample_rate in self.sample_rates

    def rate_or_usual(self, sample_rate: int) -> int:
        """Return ``sample_rate`` if it fits in, else the rate this container is usually asked for."""
        fits = self.takes_rate(sample_rate) and not self.law
        return sample_rate if self.usual_rate is None or fits else self.usual_rate

    def check_rate(self, sample_rate: int) -> None:
        """Raise ``UsageFault`` that names the rates unless audio of ``sample_rate`` Hz, at its bitrate, fits in."""
        if self.takes_rate(sample_rate):
            self._check_bitrate(sample_rate)
            return
        listed = ", ".join(map(str, self.sample_rates))
        raise UsageFault(
            f"{self.name} does not take {sample_rate} Hz",
            # The service has fewer rates than a container may: the usual one it has.
            hint=f"use -r {self.usual_rate}, or another format; it takes {listed}",
        )

    @property
    def has_bitrate(self) -> bool:
        """Return whether a bitrate can be chosen for it."""
        return self.name in {"mp3", "opus"}

    def at_bitrate(self, kbits: int) -> "Container":
        """Return this container with a bitrate in kbit/s; raise ``UsageFault`` where it has none."""
        if not self.has_bitrate:
            raise UsageFault(f"{self.name} takes no --bitrate", hint="use .mp3 or .opus, or drop --bitrate")
        return self._replace(kbits=kbits)

    def _check_bitrate(self, sample_rate: int) -> None:
        if self.kbits is None:
            return
        if self.name == "opus":
            low, high = OPUS_KBITS
            if not low <= self.kbits <= high:
                raise UsageFault(f"opus does not take {self.kbits} kbit/s", hint=f"use {low} to {high}")
        elif self.kbits not in (known := mp3_kbits(sample_rate)):
            listed = ", ".join(map(str, known))
            raise UsageFault(f"mp3 does not take {self.kbits} kbit/s at {sample_rate} Hz", hint=f"use one of {listed}")


# Opus has five rates by definition. MP3's are the nine of MPEG 1, 2 and 2.5; libsndfile 1.2.2 encodes all of them.
_OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
# In kbit/s. libsndfile takes these for one channel of Opus, and for MP3 what the version behind a rate has.
OPUS_KBITS = (6, 256)
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)

# The least and the most that any format has.
KBITS = (6, 320)
_DIGITS = 4

WAV = Container("wav", (".wav",), in_wav=True)
PCM = Container("pcm", (".pcm", ".raw"))
FLAC = Container("flac", (".flac",), libsndfile=("FLAC", "PCM_16"))
OGG = Container("ogg", (".ogg",), libsndfile=("OGG", "VORBIS"))
OPUS = Container("opus", (".opus",), libsndfile=("OGG", "OPUS"), sample_rates=_OPUS_RATES, usual_rate=24000)
MP3 = Container("mp3", (".mp3",), libsndfile=("MP3", "MPEG_LAYER_III"), sample_rates=_MP3_RATES, usual_rate=44100)
# G.711 is 8000 Hz to every reader that is not told otherwise.
ULAW = Container("ulaw", (".ulaw",), usual_rate=8000, law="ulaw")
ALAW = Container("alaw", (".alaw",), usual_rate=8000, law="alaw")
# What a telephone system asks for when it says WAV: format tags 7 and 6.
WAV_ULAW = Container("wav-ulaw", (), usual_rate=8000, law="ulaw", in_wav=True)
WAV_ALAW = Container("wav-alaw", (), usual_rate=8000, law="alaw", in_wav=True)
# Asterisk and its kin name raw data by its coding, and know one rate for each name.
_TELEPHONE = (
    Container("ul", (".ul",), sample_rates=(8000,), usual_rate=8000, law="ulaw"),
    Container("al", (".al",), sample_rates=(8000,), usual_rate=8000, law="alaw"),
    Container("gsm", (".gsm",), libsndfile=("RAW", "GSM610"), sample_rates=(8000,), usual_rate=8000),
    *(
        Container(name, (f".{name}",), sample_rates=(rate,), usual_rate=rate)
        for name, rate in (("sln", 8000), ("sln8", 8000), ("sln16", 16000), ("sln24", 24000), ("sln44", 44100))
    ),
)

_BY_EXTENSION = {
    extension: container
    for container in (WAV, PCM, FLAC, OGG, OPUS, MP3, ULAW, ALAW, *_TELEPHONE)
    for extension in container.extensions
}
# What --format takes: every extension without its dot, so "raw" is another name for "pcm".
CONTAINERS = {extension[1:]: container for extension, container in _BY_EXTENSION.items()}
# Endings that name audio made by others: never ours with another format inside.
_FOREIGN = frozenset(
    ".aac .ac3 .aif .aiff .amr .au .avi .caf .m4a .m4b .m4v .mka .mkv .mov .mp2 .mp4 .oga .snd .spx .wave .webm .wma"
    " .wv".split()
)


def mp3_kbits(sample_rate: int) -> tuple[int, ...]:
    """Return the bitrates that MP3 has at a sample rate: those of MPEG 1, 2 or 2.5."""
    if sample_rate >= 32000:  # noqa: PLR2004 - Hz
        return (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    known = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    return known if sample_rate >= 16000 else known[:8]  # noqa: PLR2004 - Hz


def parse_kbits(text: str) -> int:
    """Read ``--bitrate``: kbit/s, with or without a k; raise ``UsageFault``."""
    number = text.strip().lower().removesuffix("k")
    if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS and KBITS[0] <= int(number) <= KBITS[1]):
        raise UsageFault(
            f"{text!r} is not a bitrate", hint=f"give kbit/s from {KBITS[0]} to {KBITS[1]}, as in: --bitrate 64k"
        )
    return int(number)


def known_container(path: str) -> Container | None:
    """Return the container that the ending of a name stands for, None for an unknown one."""
    # A Path for each row of a batch takes longer than the rest; it also knows an ending before a last slash.
    known = _BY_EXTENSION.get(os.path.splitext(path)[1].lower())  # noqa: PTH122 - as said above
    return known or _BY_EXTENSION.get(Path(path).suffix.lower())


def has_audio_ending(path: str) -> bool:
    """Return whether a name ends in a format, be it one that cannot be made here; other dots belong to the name."""
    return known_container(path) is not None or Path(path).suffix.lower() in _FOREIGN


def container_for(path: str, explicit: str | None = None, *, others: Iterable[str] = ()) -> Container:
    """Choose the container for the target ``path`` (``-`` is standard output).

    ``explicit``, the value of ``--format``, wins, but never against the name: mu-law and A-law in a ``.wav`` become a
    WAV with that coding inside, any other contradiction is refused. Else the extension decides, whatever its case.
    Standard output, and a device, FIFO or descriptor without an extension, get raw PCM. Raise ``UsageFault`` when
    neither is known and for an empty path, ``OutputError`` when the path is a directory or cannot be looked
    up; its hint lists ``others``, the extensions that the caller knows, too.
    """
    if not path:
        raise UsageFault("the name of an output is empty", hint="name a file; '-' is standard output")
    if explicit is not None:
        return _agreed(path, _named(explicit))
    known = known_container(path)
    if known:
        return known
    extension = Path(path).suffix.lower()
    listed = " ".join((*others, *_BY_EXTENSION))
    if extension:
        from lightning_cli.system.close_words import did_you_mean

        # A format that others make is not a misspelling of ours.
        meant = "" if extension in _FOREIGN else did_you_mean(extension, _BY_EXTENSION)
        hint = f"{meant} end it in one of {listed}, or use --format".strip()
        raise UsageFault(f"cannot tell the audio format from {path!r}", hint=hint)
    try:
        if is_stream(path):
            return PCM
        if Path(path).is_dir():
            raise fault_of(errno.EISDIR, path)
    except OSError as fault:
        raise output_fault(fault, path) from fault
    raise UsageFault(f"cannot tell the audio format from {path!r}", hint=f"end it in one of {listed}, or use --format")


def _agreed(path: str, container: Container) -> Container:
    """Return the container that a name and ``--format`` agree on; raise ``UsageFault`` when they do not."""
    known = known_container(path)
    suffix = Path(path).suffix.lower()
    if known in {None, container} and suffix not in _FOREIGN:
        return container
    if known is WAV and container.law:
        return WAV_ULAW if container.law == "ulaw" else WAV_ALAW
    if known is OGG and container is OPUS:
        return container
    if known is not None and known.is_headerless and container.is_headerless and known.law in {"", container.law}:
        # .raw does not say what is inside; .sln names the rate of what --format pcm asks for.
        return container if known is PCM else known
    raise UsageFault(
        f"{path!r} is named {suffix}, but --format says {container.name}", hint="change one of them, or drop --format"
    )


def _named(name: str) -> Container:
    container = CONTAINERS.get(name.lower().removeprefix("."))
    if container is None:
        from lightning_cli.system.close_words import did_you_mean

        hint = f"{did_you_mean(name.lower(), CONTAINERS)} use one of {', '.join(CONTAINERS)}".strip()
        raise UsageFault(f"unknown format {name!r}", hint=hint)
    return container
