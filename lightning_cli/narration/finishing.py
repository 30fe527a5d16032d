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

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import UsageFault
from lightning_cli.narration import ffmpeg
from lightning_cli.narration.chapters import Chapter, ffmetadata
from lightning_cli.narration.codings import Coding, coding_of, note_mp3_lead
from lightning_cli.narration.ffmpeg import Loudness
from lightning_cli.narration.loudness import Finished, Level, LoudnessTarget, coded_level, find_level
from lightning_cli.narration.ogg_opus import ogg_opus, read_packets
from lightning_cli.narration.output_paths import sink_at
from lightning_cli.narration.pace import Stop
from lightning_cli.narration.rows import BookFacts
from lightning_cli.sinks.base import Sink, register_cleanup, unregister_cleanup
from lightning_cli.sinks.containers import MP3, OGG, OPUS, Container
from lightning_cli.sinks.files import FileSink
from lightning_cli.sinks.targets import output_fault
from lightning_cli.system.small_files import TooLong, read_small

M4B = Container("m4b", (".m4b",), usual_rate=44100)
M4A = Container("m4a", (".m4a",), usual_rate=44100)
AAC = Container("aac", (".aac",), usual_rate=44100)
_BY_FFMPEG = {extension: container for container in (M4B, M4A, AAC) for extension in container.extensions}
FINISHED_ENDINGS = tuple(_BY_FFMPEG)
# What libsndfile encodes with peaks of its own.
_LOSSY = {OGG.name, OPUS.name}
_TAGGED = {container.name for container in (M4B, M4A, MP3)}
_MUXERS = {"m4b": "ipod", "m4a": "ipod", "mp3": "mp3"}
_COVER_LIMIT_BYTES = 20 << 20
_IMAGES = {b"\xff\xd8\xff": "jpeg_pipe", b"\x89PNG\r\n\x1a\n": "png_pipe"}
_PAD_LIMIT_MS = 60_000
_COPY_BYTES = 1 << 20


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
            ffmpeg.find_ffmpeg("tagging .mp3")
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
        """Return whether FFmpeg encodes: for what only it can make, for chapters in .mp3, and for pieces of .opus."""
        if container.name == OPUS.name:
            return ffmpeg.has_encoder("libopus")
        return container in _BY_FFMPEG.values() or (container.name == MP3.name and ffmpeg.has_ffmpeg())

    def lacks_chapters(self, container: Container) -> bool:
        """Return whether a book could have chapters and gets none, for want of FFmpeg."""
        return container.name == MP3.name and not self.is_encoded_by_ffmpeg(container)


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


class ScratchSink:
    """Raw PCM in a scratch file beside the book, gone with the run; a sink as any other."""

    def __init__(self, final: Path) -> None:
        self.path = scratch_path(final)
        self._mark = 0
        self._fd = -1
        register_cleanup(self._unlink)

    def start(self, fmt: PcmFormat) -> None:
        """Create the file, unless it is there: a track is started as a whole too. Raises ``OutputError``."""
        if fmt.channels != 1:
            raise RuntimeError("books are mono")
        if self._fd >= 0:
            return
        with self._faults():
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def write(self, pcm: bytes) -> None:
        """Append."""
        with self._faults():
            view = memoryview(pcm)
            while view:
                view = view[os.write(self._fd, view) :]

    @property
    def end_bytes(self) -> int:
        """Return its size."""
        return os.lseek(self._fd, 0, os.SEEK_CUR)

    def commit(self) -> None:
        """Keep what was written so far."""
        self._mark = os.lseek(self._fd, 0, os.SEEK_CUR)

    def can_rewind(self) -> bool:
        """Return True."""
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


def scratch_path(final: Path) -> Path:
    """Return a name for a scratch file beside a book: as parts have, so that the next run clears what is left."""
    return final.with_name(f".{final.name[:100]}.{os.urandom(8).hex()}.part")


def level_book(
    joined: Path, sink: FileSink, container: Container, fmt: PcmFormat, target: LoudnessTarget, stop: Stop
) -> Finished:
    """Bring the joined PCM to its loudness, into ``sink``; raises ``OutputError`` and ``Stopped``."""
    done = Finished()
    source = ffmpeg.raw_input(joined, fmt.sample_rate)
    level = find_level(target, lambda one: ffmpeg.measure(source, stop, one.filters(fmt.sample_rate)), done)
    if container.name in _LOSSY and not done.measured_silence:
        final = sink.final_path
        level = coded_level(level, target, target.lufs, lambda one: _coded(one, final, container, source, fmt, stop))
        done.gain_db = level.gain_db
    _write_leveled(sink, level, source, fmt, stop)
    return done


def _write_leveled(sink: Sink, level: Level, source: Sequence[str], fmt: PcmFormat, stop: Stop) -> None:
    sink.start(fmt)
    for block in ffmpeg.pcm_of(level_options(source, level, fmt), stop):
        sink.write(block)
        sink.commit()


def _coded(
    level: Level, final: Path, container: Container, source: Sequence[str], fmt: PcmFormat, stop: Stop
) -> Loudness:
    """Return the loudness of what an encoder makes of a level."""
    trial = sink_at(str(scratch_path(final)), container)
    register_cleanup(trial.final_path.unlink)
    try:
        _write_leveled(trial, level, source, fmt, stop)
        trial.finish()
        return ffmpeg.measure(["-f", "ogg", "-i", ffmpeg.url(trial.final_path)], stop)
    except BaseException:
        trial.abort()
        raise
    finally:
        trial.final_path.unlink(missing_ok=True)
        unregister_cleanup(trial.final_path.unlink)


def level_options(source: Sequence[str], level: Level, fmt: PcmFormat) -> list[str]:
    """Return what FFmpeg needs to change the loudness of an input."""
    filters = level.filters(fmt.sample_rate)
    return [*source, *(["-af", ",".join(filters)] if filters else []), "-ar", str(fmt.sample_rate)]


def publish_book(
    coded: Path,
    sink: Sink,
    fmt: PcmFormat,
    options: FinishOptions,
    container: Container,
    chapters: Sequence[Chapter],
    stop: Stop,
) -> None:
    """Put coded audio into its container, with tags, cover and chapters; raises ``OutputError`` and ``Stopped``."""
    made, about, picture = (scratch_path(coded) for _ in range(3))
    try:
        for path in (made, about, picture):
            register_cleanup(path.unlink)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        if container.name in _TAGGED:
            about.write_text(ffmetadata(chapters, _tags(options)), encoding="utf-8", errors="backslashreplace")
            if options.cover is None and options.cover_bytes:
                picture.write_bytes(options.cover_bytes)
                options = replace(options, cover=picture)
            coding = coding_of(container, fmt.sample_rate, options.kbits)
            ffmpeg.run([*_muxing(options, container, coding, fmt, (coded, about)), ffmpeg.url(made)], stop)
            if container.name == MP3.name:
                note_mp3_lead(made)
        sink.start(fmt)
        with (made if container.name in _TAGGED else coded).open("rb") as file:
            while block := file.read(_COPY_BYTES):
                sink.write(block)
        sink.commit()
    except OSError as fault:
        raise output_fault(fault, str(made)) from fault
    finally:
        for path in (made, about, picture):
            with contextlib.suppress(OSError):
                path.unlink()
            unregister_cleanup(path.unlink)


def publish_opus(coded: Path, sink: FileSink, fmt: PcmFormat, coding: Coding) -> None:
    """Put coded packets into pages, under the name of the book; raises ``OutputError`` and ``OSError``."""
    sink.start(fmt)
    with coded.open("rb") as file:
        for block in ogg_opus(read_packets(file), fmt.sample_rate, coding.lead, [("TITLE", sink.final_path.stem)]):
            sink.write(block)
    sink.commit()


def _tags(options: FinishOptions) -> list[tuple[str, str]]:
    tags = [("title", options.title), ("album", options.title), ("artist", options.author)]
    return [(name, " ".join(value.split())) for name, value in tags if value]


def skipped_samples(container: Container, coding: Coding) -> int:
    """Return how many samples at the start of a book players leave out."""
    return coding.lead if container.name in {*_TAGGED, OPUS.name} else 0


def _muxing(
    options: FinishOptions, container: Container, coding: Coding, fmt: PcmFormat, paths: tuple[Path, Path]
) -> list[str]:
    """Return the options that say what FFmpeg is to make of coded audio and of the metadata."""
    coded, about = paths
    # What the encoder puts first lies before the beginning: an edit list says so.
    before_s = -coding.lead / fmt.sample_rate if container.name != MP3.name else 0.0
    inputs = ["-itsoffset", f"{before_s:.9f}", "-f", coding.demuxer, "-i", ffmpeg.url(coded)]
    inputs += ["-f", "ffmetadata", "-i", ffmpeg.url(about)]
    mapped = ["-map", "0:a", "-c:a", "copy"]
    if options.cover is not None:
        inputs += ["-f", _image_format(options.cover), "-i", ffmpeg.url(options.cover)]
        mapped += ["-map", "2:v", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
    mapped += ["-map_metadata", "1", "-map_chapters", "1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    if container.name == MP3.name:
        mapped += ["-id3v2_version", "3"]
    else:
        mapped += ["-movflags", "+faststart", *(["-brand", "M4B "] if container is M4B else [])]
    return [*inputs, *mapped, "-f", _MUXERS[container.name]]
