"""The last mile of a book: loudness by one gain, silence at its ends, tags, cover and chapters.

What needs the whole before it can be written is joined in a scratch file of raw PCM beside the book; from there FFmpeg
measures and encodes. The book itself appears by rename, as every output does.
"""

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import UsageFault
from lightning_cli.narration import ffmpeg
from lightning_cli.narration.chapters import Chapter, ffmetadata
from lightning_cli.narration.ffmpeg import Loudness
from lightning_cli.narration.pace import Stop
from lightning_cli.narration.rows import BookFacts
from lightning_cli.sinks.base import Sink, register_cleanup, unregister_cleanup
from lightning_cli.sinks.containers import MP3, Container
from lightning_cli.sinks.targets import output_fault
from lightning_cli.system.small_files import TooLong, read_small

M4B = Container("m4b", (".m4b",), usual_rate=44100)
M4A = Container("m4a", (".m4a",), usual_rate=44100)
AAC = Container("aac", (".aac",), usual_rate=44100)
_BY_FFMPEG = {extension: container for container in (M4B, M4A, AAC) for extension in container.extensions}
_TAGGED = {container.name for container in (M4B, M4A, MP3)}
_MUXERS = {"m4b": "ipod", "m4a": "ipod", "aac": "adts", "mp3": "mp3"}
# What speech in mono needs, in kbit/s, by sample rate in Hz.
_AAC_KBITS = {8000: 24, 16000: 32, 24000: 48, 44100: 64}
_MP3_QUALITY = "4"
_COVER_LIMIT_BYTES = 20 << 20
_IMAGES = {b"\xff\xd8\xff": "jpeg_pipe", b"\x89PNG\r\n\x1a\n": "png_pipe"}
_LUFS = (-40.0, -5.0)
_PAD_LIMIT_MS = 60_000
_CEILING_DBTP = -1.0
# Within this a limited book is loud enough, in LU.
_NEAR_LU = 0.15
_TRIES = 4
_COPY_BYTES = 1 << 20


class LoudnessTarget(NamedTuple):
    """Where the loudness of a book is to be, in LUFS, and the peak it may have, in dBTP."""

    lufs: float
    ceiling_dbtp: float


_PRESETS = {
    "podcast": LoudnessTarget(-16.0, -1.0),
    "audiobook": LoudnessTarget(-18.0, -1.0),
    # ACX wants an RMS of -23 to -18 dB and peaks of at most -3 dB.
    "acx": LoudnessTarget(-20.0, -3.0),
}


def loudness_target(text: str) -> LoudnessTarget:
    """Read ``--loudness``; raises ``UsageFault``."""
    if text.lower() in _PRESETS:
        return _PRESETS[text.lower()]
    with contextlib.suppress(ValueError):
        value = float(text.lower().removesuffix("lufs"))
        if _LUFS[0] <= value <= _LUFS[1]:
            return LoudnessTarget(value, _CEILING_DBTP)
    raise UsageFault(
        f"{text!r} is not a loudness", hint=f"give LUFS from {_LUFS[0]:g} to {_LUFS[1]:g}, or {', '.join(_PRESETS)}"
    )


def pad_ms(text: str) -> tuple[int, int]:
    """Read ``--pad``: milliseconds at the head and at the tail, or one number for both; raises ``UsageFault``."""
    match = re.fullmatch(r"(\d{1,5})(?:,(\d{1,5}))?", text.strip(), re.ASCII)
    if match is None or max(int(match[1]), int(match[2] or 0)) > _PAD_LIMIT_MS:
        raise UsageFault(f"{text!r} is not a pad", hint="give milliseconds at head and tail, as in: --pad 700,2000")
    return int(match[1]), int(match[2] or match[1])


def finished_container(path: str) -> Container | None:
    """Return the container of a book that only FFmpeg makes; None for any other."""
    return _BY_FFMPEG.get(Path(path).suffix.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishOptions:
    """What a book gets beyond its texts."""

    title: str | None = None
    author: str | None = None
    cover: Path | None = None
    # Of an EPUB, which brings its own.
    cover_bytes: bytes = b""
    loudness: LoudnessTarget | None = None
    pad: tuple[int, int] = (0, 0)
    kbits: int | None = None

    def check(self, container: Container) -> None:
        """Raise ``UsageFault`` for what the container cannot have, or what cannot be made here."""
        if container in _BY_FFMPEG.values():
            ffmpeg.find_ffmpeg(container.extensions[0])
        if (self.title or self.author or self.cover) and container.name not in _TAGGED:
            raise UsageFault(
                f"{container.name} takes no --title, --author or --cover here", hint="use .m4b, .m4a or .mp3"
            )
        if self.kbits is not None and container not in _BY_FFMPEG.values() and not container.has_bitrate:
            raise UsageFault(
                f"{container.name} takes no --bitrate", hint="use .m4b, .m4a, .aac, .mp3 or .opus, or drop --bitrate"
            )
        if container.name == MP3.name and (self.title or self.author or self.cover):
            ffmpeg.find_ffmpeg("tags of .mp3")
        if self.loudness is not None:
            ffmpeg.find_ffmpeg("--loudness")
        if self.cover is not None:
            _image_format(self.cover)

    def with_facts(self, facts: BookFacts, container: Container) -> "FinishOptions":
        """Return the options with what a source says of its book, where the container takes it and no flag does."""
        if container.name not in _TAGGED or (container.name == MP3.name and not ffmpeg.has_ffmpeg()):
            return self
        cover = facts.cover if self.cover is None and facts.cover else b""
        return replace(
            self,
            title=self.title or facts.title,
            author=self.author or facts.author,
            cover_bytes=cover if cover.startswith(tuple(_IMAGES)) else b"",
        )

    def fingerprint(self) -> list[object]:
        """Return what shapes the book beyond its texts; empty for one that has nothing of this."""
        if self == FinishOptions():
            return []
        cover = _cover_bytes(self.cover) if self.cover is not None else self.cover_bytes
        import hashlib

        return [
            "finish",
            *(self.title, self.author, hashlib.sha256(cover).hexdigest(), self.loudness, self.pad, self.kbits),
        ]

    def is_encoded_by_ffmpeg(self, container: Container) -> bool:
        """Return whether FFmpeg makes the file itself: for what only it can make, and for the chapters in .mp3."""
        return container in _BY_FFMPEG.values() or (container.name == MP3.name and ffmpeg.has_ffmpeg())

    def uses_ffmpeg(self, container: Container) -> bool:
        """Return whether the whole must be joined first: FFmpeg measures or encodes it."""
        return self.loudness is not None or self.is_encoded_by_ffmpeg(container)


def _cover_bytes(cover: Path) -> bytes:
    try:
        return read_small(cover, _COVER_LIMIT_BYTES)
    except (OSError, TooLong) as fault:
        told = getattr(fault, "strerror", None) or fault
        raise UsageFault(f"cannot read the cover {str(cover)!r} ({told})", hint="check the name") from fault


def _image_format(cover: Path) -> str:
    raw = _cover_bytes(cover)
    for magic, name in _IMAGES.items():
        if raw.startswith(magic):
            return name
    raise UsageFault(f"the cover {str(cover)!r} is neither JPEG nor PNG", hint="convert it first")


@dataclass(slots=True)
class Finished:
    """What was done to a book: what was measured, the gain, and how far peaks were limited, in dB."""

    measured: Loudness | None = None
    gain_db: float = 0.0
    limited_db: float = 0.0

    def as_json(self) -> dict[str, object]:
        """Return what the report says."""
        if self.measured is None:
            return {}
        return {
            "measured_lufs": self.measured.integrated,
            "true_peak_dbtp": self.measured.peak,
            "gain_db": round(self.gain_db, 2),
            "limited_db": round(self.limited_db, 2),
        }


class ScratchSink:
    """Raw PCM in a scratch file beside the book, gone with the run; a sink as any other."""

    def __init__(self, final: Path) -> None:
        self.path = _scratch_path(final)
        self._mark = 0
        self._fd = -1
        register_cleanup(self._unlink)

    def start(self, fmt: PcmFormat) -> None:
        """Create the file; raises ``OutputError``."""
        if fmt.channels != 1:
            raise RuntimeError("books are mono")
        with self._faults():
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def write(self, pcm: bytes) -> None:
        """Append."""
        with self._faults():
            view = memoryview(pcm)
            while view:
                view = view[os.write(self._fd, view) :]

    def commit(self) -> None:
        """Keep what was written so far."""
        self._mark = os.lseek(self._fd, 0, os.SEEK_CUR)

    def can_rewind(self) -> bool:
        """Say yes."""
        return True

    def rewind(self) -> None:
        """Cut off what came since the last ``commit``."""
        with self._faults():
            os.ftruncate(self._fd, self._mark)
            os.lseek(self._fd, self._mark, os.SEEK_SET)

    def finish(self) -> None:
        """Leave the file to be read."""

    def abort(self) -> None:
        """Remove it; may be called again."""
        descriptor, self._fd = self._fd, -1
        if descriptor >= 0:
            os.close(descriptor)
        self._unlink()
        unregister_cleanup(self._unlink)

    def _unlink(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink()

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            raise output_fault(fault, str(self.path)) from fault


def _scratch_path(final: Path) -> Path:
    # Named as parts are, so that the next run clears what a killed one has left.
    return final.with_name(f".{final.name[:100]}.{os.urandom(8).hex()}.part")


def finish_book(
    joined: Path,
    sink: Sink,
    fmt: PcmFormat,
    options: FinishOptions,
    container: Container,
    chapters: Sequence[Chapter],
    stop: Stop,
) -> Finished:
    """Make the book of the joined PCM, into ``sink``; raises ``OutputError`` and ``Stopped``.

    The sink takes the container's audio, or its bytes where FFmpeg encodes.
    """
    done = Finished()
    filters = _level(joined, fmt.sample_rate, options, done, stop) if options.loudness is not None else []
    chain = ["-af", ",".join(filters)] if filters else []
    source = ffmpeg.raw_input(joined, fmt.sample_rate)
    if container.name not in _MUXERS:
        sink.start(fmt)
        for block in ffmpeg.pcm_of([*source, *chain, "-ar", str(fmt.sample_rate)], stop):
            sink.write(block)
            sink.commit()
        return done
    encoded, about, picture = (_scratch_path(joined) for _ in range(3))
    try:
        for path in (encoded, about, picture):
            register_cleanup(path.unlink)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        about.write_text(ffmetadata(chapters, _tags(options)), encoding="utf-8", errors="backslashreplace")
        if options.cover is None and options.cover_bytes:
            picture.write_bytes(options.cover_bytes)
            options = replace(options, cover=picture)
        ffmpeg.run([*source, *_encoding(options, container, fmt, about), *chain, ffmpeg.url(encoded)], stop)
        sink.start(fmt)
        with encoded.open("rb") as file:
            while block := file.read(_COPY_BYTES):
                sink.write(block)
        sink.commit()
    except OSError as fault:
        raise output_fault(fault, str(encoded)) from fault
    finally:
        for path in (encoded, about, picture):
            with contextlib.suppress(OSError):
                path.unlink()
            unregister_cleanup(path.unlink)
    return done


def _tags(options: FinishOptions) -> list[tuple[str, str]]:
    tags = [("title", options.title), ("album", options.title), ("artist", options.author)]
    return [(name, " ".join(value.split())) for name, value in tags if value]


def _encoding(options: FinishOptions, container: Container, fmt: PcmFormat, about: Path) -> list[str]:
    """Return the options that say what FFmpeg is to make of its first input."""
    inputs, mapped = ["-f", "ffmetadata", "-i", ffmpeg.url(about)], ["-map", "0:a"]
    if options.cover is not None:
        inputs += ["-f", _image_format(options.cover), "-i", ffmpeg.url(options.cover)]
        mapped += ["-map", "2:v", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
    mapped += ["-map_metadata", "1", "-map_chapters", "1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    if container.name == MP3.name:
        rate = ["-b:a", f"{options.kbits}k"] if options.kbits else ["-q:a", _MP3_QUALITY]
        coding = ["-c:a", "libmp3lame", *rate, "-id3v2_version", "3"]
    else:
        coding = ["-c:a", "aac", "-b:a", f"{options.kbits or _AAC_KBITS[fmt.sample_rate]}k", "-movflags", "+faststart"]
        coding += ["-brand", "M4B "] if container is M4B else []
    return [*inputs, *mapped, *coding, "-ar", str(fmt.sample_rate), "-f", _MUXERS[container.name]]


def _level(joined: Path, rate: int, options: FinishOptions, done: Finished, stop: Stop) -> list[str]:
    """Measure the whole and return the filters that bring it to its loudness: one gain, and a limiter if it must be."""
    target = options.loudness
    done.measured = ffmpeg.measure(joined, rate, stop)
    if target is None or done.measured.is_silent:
        return []
    done.gain_db = target.lufs - done.measured.integrated
    over_db = done.measured.peak + done.gain_db - target.ceiling_dbtp
    if over_db <= 0:
        return ffmpeg.gain_filters(done.gain_db, None, rate)
    done.limited_db = over_db
    filters: list[str] = []
    for _ in range(_TRIES):
        filters = ffmpeg.gain_filters(done.gain_db, target.ceiling_dbtp - _MARGIN_DB, rate)
        short_lu = target.lufs - ffmpeg.measure(joined, rate, stop, filters).integrated
        if abs(short_lu) <= _NEAR_LU:
            break
        done.gain_db += short_lu
    return filters


# Resampling back lifts peaks a little.
_MARGIN_DB = 0.2
