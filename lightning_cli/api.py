"""Speech for Python programs: the command's own path from a text to its audio, without the command line.

    from lightning_cli import stream, speak, save, astream

``stream`` returns PCM piece by piece in the thread that iterates, ``speak`` plays, ``save`` writes a file, ``astream``
is ``stream`` for asyncio. None of them prints, exits or handles a signal; what fails raises ``LightningError``. What
the service merely warns of goes to the logger ``lightning_cli``.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypedDict, Unpack

from lightning_cli.errors import UsageFault
from lightning_cli.pipeline import speech_backend
from lightning_cli.request import DEFAULT_SAMPLE_RATE, SpeechRequest
from lightning_cli.sinks import open_sink
from lightning_cli.sinks.base import Sink
from lightning_cli.text.reading import MarkPolicy, Reading
from lightning_cli.text.segmenter import DEFAULT_MAX_CHARS, Segment
from lightning_cli.text.whole_text import read_whole

if TYPE_CHECKING:
    from lightning_cli.text.marks import Delivery

Text = str | Iterable[str]
Markup = Literal["auto", "markdown", "none"]
_LOG = logging.getLogger("lightning_cli")
_LOG.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was spoken: the length of its audio in seconds, its sample rate in Hz, and the characters that were sent."""

    audio_s: float
    sample_rate: int
    characters: int


class SpeechOptions(TypedDict, total=False):
    """The options that ``stream``, ``save`` and ``speak`` have in common."""

    voice: str | None
    language: str | None
    # From 0.5 to 2; None is the normal speed.
    speed: float | None
    model: str | None
    # None is the key that the command would take: the variable SMALLEST_API_KEY, else the stored one.
    key: str | None
    base_url: str | None
    # True is the embedded engine, False requires the service, None is the service given a key or a base_url.
    offline: bool | None
    markup: Markup
    # False leaves "[pause:1s]" and its kind as text.
    marks: bool
    # True speaks what a model thinks, between "<think>" and "</think>".
    thinking: bool
    # Where longer sentences are cut.
    max_chars: int


class _Speech:
    """A text to speak: what its requests have in common, and the backend that they go to."""

    def __init__(
        self,
        text: Text,
        sample_rate: int,
        *,
        key: str | None = None,
        base_url: str | None = None,
        offline: bool | None = None,
        markup: Markup = "auto",
        marks: bool = True,
        thinking: bool = False,
        max_chars: int = DEFAULT_MAX_CHARS,
        voice: str | None = None,
        language: str | None = None,
        speed: float | None = None,
        model: str | None = None,
    ) -> None:
        self.settings = speech_backend.choose(key=key, base_url=base_url, offline=offline)
        self._fields: dict[str, Any] = {"voice_id": voice, "language": language, "speed": speed}
        self._fields |= {"sample_rate": sample_rate, "model": model}
        self.defaults = speech_backend.request_defaults(self.settings, self._fields)
        reading = Reading(markup=markup, thinking=thinking, marks=marks, max_chars=max_chars)
        self.segments: Iterable[Segment] = (
            read_whole(text, reading, language=language, resolve=self._resolve, note=_LOG.warning)
            if isinstance(text, str)
            else self._live(text, reading, language)
        )

    def request(self, number: int, segment: Segment) -> SpeechRequest:
        """Return the request of a segment."""
        is_single = isinstance(self.segments, list) and len(self.segments) == 1
        fields = segment.delivery.fields if segment.delivery is not None else {}
        return self.defaults._replace(**fields).request(segment.spoken, None if is_single else number)

    def into(self, sink: Sink) -> Spoken:
        """Speak into a sink, to its end."""
        with speech_backend.open_client(self.settings, self.defaults, _LOG.warning) as client:
            pipeline = speech_backend.pipeline_for(client, sink, self.defaults)
            summary = pipeline.speak(self.segments, self.request)
        return Spoken(pipeline.fmt.seconds(summary.audio_bytes), self.defaults.sample_rate, summary.characters)

    def _live(self, pieces: Iterable[str], reading: Reading, language: str | None) -> Iterator[Segment]:
        """Cut a text that is still being written; a mark that is wrong is dropped, as ``say`` does with a pipe's."""
        from lightning_cli.text.reader import Reader  # its patterns take milliseconds to compile

        policy = MarkPolicy(self._resolve, _LOG.warning, _LOG.warning)
        reader = Reader(reading, language=language, live=True, marks=policy)
        for piece in pieces:
            yield from (segment for segment in reader.feed(piece) if segment.counts)
        yield from (segment for segment in reader.finish() if segment.counts)

    def _resolve(self, delivery: "Delivery") -> "Delivery":
        """Complete what a mark asks for: the voice follows from the language."""
        defaults = speech_backend.request_defaults(self.settings, {**self._fields, **delivery.fields})
        follows = delivery.voice is not None or delivery.language is not None
        return delivery._replace(voice=defaults.voice_id if follows else None)


class SpeechStream(Iterator[bytes]):
    """PCM of a text as it is made: whole frames of 16-bit little-endian mono samples.

    Use it in a ``with`` block, or read it to its end, or call ``close``: each lets go of the connection, and so does
    dropping it. It starts no thread of its own that outlives it. One thread at a time.
    """

    def __init__(self, speech: _Speech) -> None:
        self.sample_rate = speech.defaults.sample_rate
        self._taken = _Taken()
        self._stack = contextlib.ExitStack()
        try:
            client = self._stack.enter_context(
                speech_backend.open_client(speech.settings, speech.defaults, _LOG.warning)
            )
            pipeline = speech_backend.pipeline_for(client, self._taken, speech.defaults)
            self._steps = pipeline.steps(speech.segments, speech.request)
        except BaseException:
            self._stack.close()
            raise
        # Let go first of the answer under way, then of the connection. Nothing in the stack leads back to this object,
        # which is so gone with its last reference.
        close_steps = getattr(self._steps, "close", None)
        if close_steps is not None:
            self._stack.callback(close_steps)
        self._interrupt = client.interrupt

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # In whatever thread, and with whatever is left of the interpreter at its end.
        with contextlib.suppress(Exception):
            self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        """Return the next piece; raise ``LightningError`` where the speech cannot go on."""
        try:
            while not self._taken.pcm:
                next(self._steps)
        except BaseException:
            # The end and every failure let go of the connection.
            self.close()
            raise
        return self._taken.take()

    def close(self) -> None:
        """Stop, and let go of the connection; idempotent."""
        self._stack.close()

    def interrupt(self) -> None:
        """Wake the thread that waits in ``next``, which then fails; any thread."""
        self._interrupt()


def stream(text: Text, *, sample_rate: int = 24000, **options: Unpack[SpeechOptions]) -> SpeechStream:
    """Return the speech of ``text`` as an iterator of PCM ``bytes`` that is also a context manager.

    ``text`` is one text, or an iterable whose pieces are spoken sentence by sentence as they come. ``key`` None takes
    the key that the command would take (the variable ``SMALLEST_API_KEY``, else the stored one). ``offline`` True uses
    the embedded engine, False requires the service, None uses the service when there is a key or a ``base_url``.
    ``max_chars`` is where longer sentences are cut. Marks such as ``[pause:1s]``, the tags of SSML and markup are read
    as ``say`` reads them; ``marks`` False leaves the first as text, ``thinking`` True speaks what a model thinks. Raise
    ``LightningError``: ``UsageFault`` for arguments that cannot be used, ``ConfigError`` for a key that is missing or
    refused, and while iterating what stops the speech.
    """
    return SpeechStream(_Speech(text, sample_rate, **options))


def save(
    text: Text,
    path: str | PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - the flag's name
    sample_rate: int | None = None,
    **options: Unpack[SpeechOptions],
) -> Spoken:
    """Write the speech of ``text`` to ``path``, which has its name only once it is complete; see ``stream``.

    ``format`` is one of ``wav pcm raw flac ogg opus mp3 ulaw alaw``; None goes by the path's extension. ``sample_rate``
    None chooses what the format takes. Raise ``OutputError`` where the file cannot be written.
    """
    from lightning_cli.sinks.containers import container_for  # only files have one

    if fspath(path) == "-":
        raise UsageFault("save writes files", hint="use stream to have the audio in pieces")
    container = container_for(fspath(path), format)
    sink = open_sink(str(Path(path)), container)
    rate = sample_rate or container.rate_or_usual(DEFAULT_SAMPLE_RATE)
    container.check_rate(rate)
    return _Speech(text, rate, **options).into(sink)


def speak(
    text: Text,
    *,
    device: str | None = None,
    overlap: bool = False,
    sample_rate: int = 44100,
    **options: Unpack[SpeechOptions],
) -> Spoken:
    """Play the speech of ``text`` and return when its last sample was heard; see ``stream``.

    ``device`` is the name or index of an output device. What another process or thread of this user plays is waited
    for before anything is asked for, unless ``overlap``. Raise ``AudioError`` where sound cannot be played. An
    exception in this thread, such as ``KeyboardInterrupt``, ends the wait, and stops the sound at once.
    """
    from lightning_cli.sinks.playback_sink import PlaybackSink, PlayerOptions, in_turn  # starts PortAudio

    speech = _Speech(text, sample_rate, **options)
    with contextlib.nullcontext() if overlap else in_turn():
        return speech.into(PlaybackSink(PlayerOptions(device=device)))


async def astream(text: Text, **options: Any) -> AsyncIterator[bytes]:
    """Yield what ``stream`` with the same options yields, without holding up the event loop.

    A thread of its own reads the answer; it has ended when the generator is closed, exhausted or cancelled.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="lightning-astream") as thread:
        speech = await loop.run_in_executor(thread, lambda: stream(text, **options))
        try:
            while True:
                pcm = await loop.run_in_executor(thread, next, speech, None)
                if pcm is None:
                    return
                yield pcm
        finally:
            # Wakes the thread if it waits for the network; the executor's end then waits for it.
            speech.interrupt()
            thread.submit(speech.close)


class _Taken:
    """A sink that keeps what it was given until it is taken; what was taken cannot come back."""

    def __init__(self) -> None:
        self.pcm: list[bytes] = []
        self._has_left = False

    def start(self, fmt: object) -> None:
        """Begin."""

    def write(self, pcm: bytes) -> None:
        """Keep a piece."""
        self.pcm.append(pcm)

    def commit(self) -> None:
        """Take the segment for complete: what follows can be asked for again."""
        self._has_left = False

    def can_rewind(self) -> bool:
        """Return whether nothing of the segment has been taken."""
        return not self._has_left

    def rewind(self) -> None:
        """Drop what was kept of the segment."""
        self.pcm.clear()

    def finish(self) -> None:
        """End."""

    def abort(self) -> None:
        """Drop what was kept."""
        self.pcm.clear()

    def take(self) -> bytes:
        """Return what is there."""
        self._has_left = True
        pcm = b"".join(self.pcm)
        self.pcm.clear()
        return pcm
