"""One text being spoken: the engine's blocks in another pitch if need be, and encoders behind them.

Everything here runs on worker threads; ``close`` may come from any thread. numpy and soxr load when a pitch is to be
changed, libsndfile when a container asks for it.

At the end, blocks become the events of an answer, in the dialects that have been seen or documented: ``dialect`` new
and seed are protocol.md 3.2; ``container`` raw, first and each are the three readings of 3.4.
"""

import contextlib
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pybase64

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.errors import OutputError
from lightning_cli.local.speech import TERMINATOR, audio_event, encode_event
from lightning_cli.local.synthesiser import ENGINE_SPEEDS, Synthesiser
from lightning_cli.local.word_times import SpokenPart, TimeMark
from lightning_cli.serve.voice_mapping import VoiceMapping
from lightning_cli.sinks.containers import CONTAINERS, MP3, PCM, Container
from lightning_cli.sinks.encoders import Encoder, encoder_for

TAKE_TIMEOUT_S = 120.0
_ENCODER_TIMEOUT_S = 30.0
_READ_BYTES = 64 * 1024


class Utterance:
    """Return a text's PCM in blocks of 160 ms, s16le mono, the last one shorter.

    The engine is at most 32 blocks ahead of the reader. Raises ``EngineError`` on construction and from ``take``.
    """

    def __init__(
        self,
        synthesiser: Synthesiser,
        text: str,
        mapping: VoiceMapping,
        sample_rate: int,
        speed: float,
        *,
        tells_words: bool = False,
    ) -> None:
        low, high = ENGINE_SPEEDS
        wanted = min(high, max(low, speed * mapping.rate))
        # A pitch comes from playing slower speech faster, so it ends where the engine's speeds do.
        pitch = min(wanted / low, max(wanted / high, mapping.pitch))
        self.sample_rate = sample_rate
        self._speech = synthesiser.synthesise(
            text,
            voice_id=mapping.voice_id,
            sample_rate=sample_rate,
            speed=wanted / pitch,
            language=mapping.language,
            tells_words=tells_words,
            # A server cannot tell the first request of a run. Cut, a long first sentence has two melodies, and what is
            # won is 40 ms.
            starts_quickly=False,
        )
        self._pitch = round(sample_rate * pitch) / sample_rate
        self._timbre = _Timbre(sample_rate, pitch) if round(sample_rate * pitch) != sample_rate else None
        self._ready: list[bytes] = []
        self._heard_frames = 0
        self._ended = False

    def take(self) -> bytes | None:
        """Get the next block, None at the end or when closed; raises ``EngineError`` or ``TimeoutError``."""
        while not self._ready and not self._ended:
            block = self._speech.take(TAKE_TIMEOUT_S)
            self._ended = block is None
            if self._timbre is None:
                self._ready = [block] if block else []
            elif block is None:
                self._ready = self._timbre.flush() if self._speech.complete else []
            else:
                self._ready = self._timbre.feed(block)
        if not self._ready:
            return None
        self._heard_frames += len(self._ready[0]) // 2
        return self._ready.pop(0)

    @property
    def heard_s(self) -> float:
        """Return how long the blocks taken so far are."""
        return self._heard_frames / self.sample_rate

    @property
    def said(self) -> list[SpokenPart]:
        """Return what was heard when; all of it once every block was taken, if words were asked for."""
        return [
            one._replace(
                start_s=one.start_s / self._pitch,
                end_s=one.end_s / self._pitch,
                marks=None if one.marks is None else tuple(map(self._pitched, one.marks)),
            )
            for one in self._speech.said
        ]

    def take_notes(self) -> list[str]:
        """Take what the engine has to say about the text."""
        return self._speech.take_notes()

    def _pitched(self, mark: TimeMark) -> TimeMark:
        return mark._replace(start_s=mark.start_s / self._pitch, end_s=mark.end_s / self._pitch)

    @property
    def complete(self) -> bool:
        """Return whether every block was taken and nothing is missing."""
        return self._ended and not self._ready and self._speech.complete

    def close(self) -> None:
        """Stop the engine within the piece it computes and join it."""
        self._speech.close()


class _Timbre:
    """Change the pitch of a stream, and with it the time, and cut it into blocks again."""

    def __init__(self, sample_rate: int, pitch: float) -> None:
        from lightning_cli.local.pcm_blocks import BlockCutter, RateConverter  # loads numpy

        # In floats: soxr dithers 16-bit samples, and equal requests would then give other bytes.
        self._played_at = round(sample_rate * pitch)
        self._converter = RateConverter(sample_rate)
        self._cutter = BlockCutter(sample_rate)

    def feed(self, block: bytes) -> list[bytes]:
        from lightning_cli.local.pcm_blocks import from_bytes, to_bytes

        return self._cutter.feed(to_bytes(self._converter.feed(from_bytes(block), self._played_at)))

    def flush(self) -> list[bytes]:
        from lightning_cli.local.pcm_blocks import to_bytes

        return self._cutter.feed(to_bytes(self._converter.flush())) + self._cutter.flush()


class EncodedSource:
    """Encode an utterance as a stream: the header with the first piece, a piece per block, then the end."""

    def __init__(self, utterance: Utterance, container: "Container | Encoder") -> None:
        self._utterance = utterance
        self._encoder: Encoder = (
            encoder_for(container, streamed=True) if isinstance(container, Container) else container
        )
        self._head: bytes | None = None
        self._ended = False
        self._closed = False
        # libsndfile must not be freed under a worker that is inside it.
        self._encoding = threading.Lock()

    def take(self) -> bytes | None:
        """Get the next bytes, never empty; None at the end or when closed."""
        piece = b""
        while not piece and not self._ended:
            with self._encoding:
                piece = b"" if self._closed else self._next()
                self._ended = self._ended or self._closed
        return piece or None

    def _next(self) -> bytes:
        block = self._utterance.take()
        head = b""
        if self._head is None:
            self._head = head = self._encoder.begin(PcmFormat(self._utterance.sample_rate))
        if block is not None:
            return head + self._encoder.encode(block)
        self._ended = True
        return head + self._encoder.end() if self._utterance.complete else b""

    @property
    def heard_s(self) -> float:
        """Return how long the audio taken so far is."""
        return self._utterance.heard_s

    def take_notes(self) -> list[str]:
        """Take what the engine has to say about the text."""
        return self._utterance.take_notes()

    @property
    def complete(self) -> bool:
        """Return whether everything was given and nothing is missing."""
        return self._ended and self._utterance.complete

    def close(self) -> None:
        """Stop the engine and drop the encoder."""
        self._utterance.close()
        with self._encoding:
            self._closed = True
            self._encoder.close()


class AacEncoder:
    """Encode AAC in ADTS frames with ffmpeg, which runs while the audio comes."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._ready = bytearray()
        self._lock = threading.Lock()

    def begin(self, fmt: PcmFormat) -> bytes:
        """Start ffmpeg; raises ``OutputError`` where it cannot be started."""
        source = ("-f", "s16le", "-ar", str(fmt.sample_rate), "-ac", "1", "-i", "pipe:0")
        sink = ("-c:a", "aac", "-b:a", "64k", "-f", "adts", "-flush_packets", "1", "pipe:1")
        try:
            self._process = subprocess.Popen(
                ("ffmpeg", "-nostdin", "-hide_banner", "-v", "quiet", "-probesize", "32", *source, *sink),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        except OSError as fault:
            raise OutputError(f"cannot start ffmpeg: {fault.strerror}", hint="install ffmpeg") from fault
        self._reader = threading.Thread(target=self._read, name="lightning-aac", daemon=True)
        self._reader.start()
        return b""

    def encode(self, pcm: bytes) -> bytes:
        """Return the frames that are ready."""
        stdin = self._process.stdin if self._process is not None else None
        if stdin is None:
            return b""
        try:
            rest = memoryview(pcm)
            while rest:
                rest = rest[stdin.write(rest) or 0 :]
        except (OSError, ValueError) as fault:
            raise OutputError("ffmpeg has ended before the audio", hint="check your ffmpeg") from fault
        return self._take()

    def end(self) -> bytes:
        """Return the last frames; raises ``OutputError`` when ffmpeg failed."""
        process, reader = self._process, self._reader
        if process is None or reader is None or process.stdin is None:
            return b""
        process.stdin.close()
        reader.join(_ENCODER_TIMEOUT_S)
        try:
            failed = process.wait(_ENCODER_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            failed = 1
        if failed:
            raise OutputError("ffmpeg could not encode the audio", hint="check your ffmpeg")
        return self._take()

    def head(self, size_bytes: int) -> bytes:  # noqa: ARG002 - each frame stands alone
        """Change nothing."""
        return b""

    def close(self) -> None:
        """End ffmpeg, whatever it does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait(_ENCODER_TIMEOUT_S)
        if self._reader is not None:
            self._reader.join(_ENCODER_TIMEOUT_S)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _read(self) -> None:
        source = self._process.stdout if self._process is not None else None
        while source is not None and (more := source.read(_READ_BYTES)):
            with self._lock:
                self._ready += more

    def _take(self) -> bytes:
        with self._lock:
            taken = bytes(self._ready)
            self._ready.clear()
        return taken


def container_bytes(container: Container, sample_rate: int) -> Callable[[bytes], bytes]:
    """Return a function that wraps PCM into a whole container of its own, lengths right."""

    def wrap(pcm: bytes) -> bytes:
        # An MP3 that counts its own frames would end a reader of several joined.
        encoder = encoder_for(container, streamed=container is MP3)
        try:
            body = encoder.begin(PcmFormat(sample_rate)) + encoder.encode(pcm) + encoder.end()
            head = encoder.head(len(body)) if container is not MP3 else b""
        finally:
            encoder.close()
        return head + body[len(head) :]

    return wrap


_SEED_TERMINATOR = encode_event(b'{"done": true}')


def terminator(dialect: str) -> bytes:
    """Write the event that ends an answer."""
    return _SEED_TERMINATOR if dialect == "seed" else TERMINATOR


def pieces(data: bytes, size_bytes: int) -> Iterator[bytes]:
    """Cut ``data`` into pieces of at most ``size_bytes``."""
    return (data[start : start + size_bytes] for start in range(0, len(data), size_bytes))


def source_for(utterance: Utterance, output_format: str, container: str) -> Utterance | EncodedSource:
    """Choose what an event stream carries: PCM, or the format behind one header."""
    if container == "first" and output_format != PCM.name:
        return EncodedSource(utterance, CONTAINERS[output_format])
    return utterance


def block_writer(
    output_format: str, sample_rate: int, container: str, dialect: str, event_bytes: int
) -> Callable[[bytes], bytes]:
    """Return a function that writes the events of one block."""
    write = _seed_event if dialect == "seed" else audio_event
    if container != "each" or output_format == PCM.name:
        return lambda block: b"".join(write(piece) for piece in pieces(block, event_bytes))
    wrap = container_bytes(CONTAINERS[output_format], sample_rate)
    # An MP3 of 1024 bytes of PCM would be mostly silence that the encoder adds.
    whole_frames = event_bytes if output_format == MP3.name else max(2, event_bytes // 2 * 2)
    cut = (lambda block: iter([block])) if output_format == MP3.name else (lambda block: pieces(block, whole_frames))
    return lambda block: b"".join(write(wrap(piece)) for piece in cut(block))


def _seed_event(pcm: bytes) -> bytes:
    return encode_event(b'{"audio":"' + pybase64.b64encode(pcm) + b'"}', b"audio")


def to_json(value: object) -> bytes:
    """Encode as JavaScript does: no white space, UTF-8, null for numbers that JSON has no form for."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {name: _finite(one) for name, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
        case float() if value - value != 0:
            return None
        case _:
            return value
