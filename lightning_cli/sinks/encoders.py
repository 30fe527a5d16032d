"""PCM to the bytes of a container: one small class for each way of making them.

Encoded bytes leave as they are made, so memory stays flat. Audio is 16-bit, as the wire carries it.
"""

import contextlib
import os
import struct
from typing import Any, Protocol

from lightning_cli.audio.pcm import WAV_LARGEST_BYTES, WAV_UNKNOWN_BYTES, PcmFormat, riff_header, wav_header
from lightning_cli.errors import OutputError
from lightning_cli.sinks.containers import OPUS_KBITS, Container, mp3_kbits

# The most that libsndfile's formats write again at the start once they know the end: FLAC 42 bytes, MP3 one frame.
_HEAD_BYTES = 4096
# libsndfile encodes Vorbis in pieces on the stack; a large write has overflowed it in some releases.
_PIECE_BYTES = 16 << 10
# SFC_SET_OGG_PAGE_LATENCY_MS of sndfile.h, which soundfile does not name.
_SET_PAGE_LATENCY_MS = 0x1302
_PAGE_LATENCY_MS = 100.0
# Gives 24, 56, 56 and 112 kbit/s at 8000, 16000, 24000 and 44100 Hz: what speech needs in mono.
_MP3_CONSTANT_LEVEL = 0.7
_MP3_HEADER_BYTES = 4
# Of RFC 2361.
_FORMAT_TAGS = {"ulaw": 7, "alaw": 6}


class Encoder(Protocol):
    """An encoder of PCM to a container's bytes: ``begin``, any number of ``encode``, ``end``, ``head`` if wanted.

    One thread. ``close`` may come at any time and more than once. Raises ``OutputError`` when the container cannot
    be made.
    """

    def begin(self, fmt: PcmFormat) -> bytes:
        """Get ready for audio of this format; the bytes that come before any audio, if they are known by now."""

    def encode(self, pcm: bytes) -> bytes:
        """Encode whole frames; the bytes that are ready, possibly none."""

    def end(self) -> bytes:
        """Return the last bytes; no sample is left behind."""

    def head(self, size_bytes: int) -> bytes:
        """Return what belongs at the very start of a result of ``size_bytes``, where it can still be written.

        Empty when nothing has to change. Without it the result is a valid stream of unknown length. A WAV's may be
        longer than what ``begin`` returned: RF64, for which the audio has to make room.
        """

    def close(self) -> None:
        """Free what is held; never raises."""


class RawEncoder:
    """An encoder that passes PCM on unchanged."""

    def begin(self, fmt: PcmFormat) -> bytes:  # noqa: ARG002 - raw PCM says nothing about itself
        """Return nothing: there is no header."""
        return b""

    def encode(self, pcm: bytes) -> bytes:
        """Return the very same object."""
        return pcm

    def end(self) -> bytes:
        """Return nothing."""
        return b""

    def head(self, size_bytes: int) -> bytes:  # noqa: ARG002 - nothing depends on the length
        """Change nothing."""
        return b""

    def close(self) -> None:
        """Do nothing."""


class G711Encoder(RawEncoder):
    """An encoder to mu-law or A-law without a header; ``law`` is ``ulaw`` or ``alaw``."""

    def __init__(self, law: str) -> None:
        self._law = law

    def encode(self, pcm: bytes) -> bytes:
        """Return one byte for each sample."""
        from lightning_cli.audio import g711

        return g711.compress(pcm, self._law)


class WavEncoder(RawEncoder):
    """An encoder that puts PCM behind a WAV header of 44 bytes."""

    def begin(self, fmt: PcmFormat) -> bytes:
        """Return the header of a stream whose length is not known."""
        self._fmt = fmt
        self._header = wav_header(fmt, None)
        return self._header

    def head(self, size_bytes: int) -> bytes:
        """Return the header with the true lengths."""
        return wav_header(self._fmt, size_bytes - len(self._header))


class G711WavEncoder(G711Encoder):
    """An encoder to mu-law or A-law in the WAV that telephone systems read: format tag 7 or 6, a fact chunk."""

    def begin(self, fmt: PcmFormat) -> bytes:
        """Return the header of a stream whose length is not known."""
        self._fmt = fmt
        self._header = self._header_of(None)
        return self._header

    def head(self, size_bytes: int) -> bytes:
        """Return the header with the true lengths."""
        return self._header_of(size_bytes - len(self._header))

    def _header_of(self, data_bytes: int | None) -> bytes:
        fmt = self._fmt
        frames = (WAV_UNKNOWN_BYTES if data_bytes is None else data_bytes) // fmt.channels
        described = struct.pack(
            "<4sIHHIIHHH4sII",
            *(b"fmt ", 18, _FORMAT_TAGS[self._law], fmt.channels, fmt.sample_rate),
            *(fmt.sample_rate * fmt.channels, fmt.channels, 8, 0),
            *(b"fact", 4, min(frames, WAV_LARGEST_BYTES)),
        )
        return riff_header(described, data_bytes, fmt.channels)


class LibsndfileEncoder:
    """An encoder by libsndfile: FLAC, Ogg Vorbis, Ogg Opus and MP3.

    libsndfile writes to an unlinked scratch file and what it wrote is taken out of it at once. A Python file object
    would do without the file, but its methods run inside C callbacks, where a Ctrl-C would be printed and lost; and
    on a true pipe libsndfile appends FLAC's corrected header to the audio instead of leaving it out.

    ``streamed`` is for targets that cannot seek: Opus pages then close every 100 ms instead of every second, and MP3
    keeps to one bit rate, since readers misjudge the length of one that varies when no head says it, and begins with
    its audio. ``title`` becomes the only tag.
    """

    def __init__(self, container: Container, *, streamed: bool = False, title: str = "") -> None:
        if container.libsndfile is None:
            raise RuntimeError(f"{container.name} is not made by libsndfile")
        self._container = container
        self._streamed = streamed
        self._title = title
        self._is_mp3 = container.name == "mp3"
        self._has_placeholder = streamed and self._is_mp3
        self._placeholder = b""
        self._scratch = -1
        self._file: Any = None
        self._taken = 0
        self._first = b""
        self._corrected = b""
        self._frame_bytes = 0

    def begin(self, fmt: PcmFormat) -> bytes:
        """Open the encoder. The first call in a process imports soundfile and numpy, about 130 ms."""
        try:
            import soundfile
        except (ImportError, OSError) as fault:
            raise OutputError(
                f"{self._container.name} needs libsndfile, which cannot be loaded ({fault})",
                hint="write .wav or .pcm, or install libsndfile",
            ) from fault
        self._frame_bytes = fmt.frame_bytes
        self._scratch = _scratch_descriptor()
        form, subtype = self._container.libsndfile or ("", "")
        level = self._level(fmt.sample_rate)
        try:
            self._file = soundfile.SoundFile(
                self._scratch,
                "w",
                samplerate=fmt.sample_rate,
                channels=fmt.channels,
                format=form,
                subtype=subtype,
                closefd=False,
                bitrate_mode=self._bitrate_mode() if level is not None else None,
                compression_level=level,
            )
            if self._title and form != "RAW":
                self._file.title = self._title
        except (RuntimeError, ValueError) as fault:
            raise self._fault(fault) from fault
        if self._streamed and self._container.name == "opus":
            _shorten_pages(soundfile, self._file)
        return self._take()

    def encode(self, pcm: bytes) -> bytes:
        """Encode ``pcm``; what comes back may lag by up to a page (Vorbis: 4 KiB, FLAC: 4096 frames)."""
        parts = []
        view = memoryview(pcm)
        for start in range(0, len(pcm), _PIECE_BYTES):
            try:
                self._file.buffer_write(view[start : start + _PIECE_BYTES], dtype="int16")
            # soundfile asserts that all was taken.
            except (RuntimeError, AssertionError) as fault:
                raise self._fault(fault) from fault
            parts.append(self._take())
        return b"".join(parts)

    def end(self) -> bytes:
        """Flush the encoder. One silent frame stands for no audio at all, which libsndfile cannot wrap."""
        last = self.encode(bytes(self._frame_bytes)) if not self._file.frames else b""
        try:
            self._file.close()
        except RuntimeError as fault:
            raise self._fault(fault) from fault
        last += self._take() + self._placeholder
        head = os.pread(self._scratch, len(self._first), 0)
        self._corrected = head if head != self._first else b""
        self.close()
        return last

    def head(self, size_bytes: int) -> bytes:  # noqa: ARG002 - libsndfile has counted by itself
        """Return FLAC's or MP3's corrected start, with the number of samples in it."""
        return self._corrected

    def close(self) -> None:
        """Drop the encoder and its scratch file."""
        if self._file is not None:
            with contextlib.suppress(RuntimeError):
                self._file.close()
            self._file = None
        if self._scratch >= 0:
            os.close(self._scratch)
            self._scratch = -1

    def _take(self) -> bytes:
        """Return what libsndfile has written since the last call and free its space, all but the head."""
        size = os.fstat(self._scratch).st_size
        if size <= self._taken:
            return b""
        fresh = os.pread(self._scratch, size - self._taken, self._taken)
        missing = _HEAD_BYTES - len(self._first)
        self._first += fresh[:missing]
        self._taken = size
        # libsndfile goes on at its own position: what lies between is a hole that takes no space.
        os.ftruncate(self._scratch, min(size, _HEAD_BYTES))
        return self._without_placeholder(fresh) if self._has_placeholder else fresh

    def _without_placeholder(self, fresh: bytes) -> bytes:
        """Leave out the first frame of MP3, which is kept for a head: readers would play it as silence."""
        fresh = self._placeholder + fresh
        audio = fresh[_MP3_HEADER_BYTES:].lstrip(b"\0")
        if not audio:
            self._placeholder = fresh
            return b""
        self._has_placeholder, self._placeholder = False, b""
        # Each frame begins with eleven bits that are set; a first frame with anything in it is audio.
        return audio if audio[0] == 0xFF else fresh  # noqa: PLR2004 - these bits

    def _bitrate_mode(self) -> str | None:
        # The head with the exact length does not fit into a frame of a low constant rate: files keep to the average.
        return ("CONSTANT" if self._streamed else "AVERAGE") if self._is_mp3 else None

    def _level(self, sample_rate: int) -> float | None:
        """Return the level between 0 and 1 by which libsndfile sets a bitrate; None leaves the bitrate to it."""
        kbits = self._container.kbits
        if kbits is None:
            return _MP3_CONSTANT_LEVEL if self._streamed and self._is_mp3 else None
        known = mp3_kbits(sample_rate) if self._is_mp3 else OPUS_KBITS
        # It refuses 1.
        return min((known[-1] - kbits) / (known[-1] - known[0]), 0.9999)

    def _fault(self, fault: Exception) -> OutputError:
        return OutputError(
            f"libsndfile cannot make {self._container.name} ({fault})", hint="write .wav or .flac, and convert it"
        )


def encoder_for(container: Container, *, streamed: bool = False, title: str = "") -> Encoder:
    """Build the encoder for ``container``; ``streamed`` when the target cannot seek back to its start.

    ``title`` is the tag of that name, in the formats that have tags.
    """
    if container.libsndfile is not None:
        return LibsndfileEncoder(container, streamed=streamed, title=title)
    if container.law:
        return (G711WavEncoder if container.in_wav else G711Encoder)(container.law)
    return WavEncoder() if container.in_wav else RawEncoder()


def _scratch_descriptor() -> int:
    """Open a file without a name: in memory on Linux, where it works on a read-only system too, else on disk."""
    if hasattr(os, "memfd_create"):
        # Some sandboxes refuse it.
        with contextlib.suppress(OSError):
            return os.memfd_create("lightning-scratch")
    try:
        import tempfile

        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
    except OSError as fault:
        raise OutputError(
            f"cannot create a temporary file ({fault})", hint="set TMPDIR to a writable directory"
        ) from fault


def _shorten_pages(soundfile: Any, file: Any) -> None:
    """Set short Ogg pages; without the members of soundfile that this needs, pages stay a second long."""
    library, ffi = getattr(soundfile, "_snd", None), getattr(soundfile, "_ffi", None)
    handle = getattr(file, "_file", None)
    if library is None or ffi is None or handle is None:
        return
    latency_ms = ffi.new("double*", _PAGE_LATENCY_MS)
    library.sf_command(handle, _SET_PAGE_LATENCY_MS, latency_ms, ffi.sizeof("double"))
