"""The event-stream and the sync routes: from an order to an answer that ends with its reader.

Order of refusals: bad JSON, key, shape, voice, dictionaries, concurrency (protocol.md 2.4). The first block is waited
for before the answer begins, so that an engine's refusal is a status and not a broken stream.
"""

import asyncio
import logging
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from lightning_cli.audio.pcm import PcmFormat, wav_header
from lightning_cli.errors import EngineError, OutputError
from lightning_cli.local.dictionary_store import DictionaryFault
from lightning_cli.local.offline_voices import is_offline_voice, spoken_language, voice_language
from lightning_cli.local.speech import encode_event, warning_event
from lightning_cli.local.word_timing import WordClock, WordEvents
from lightning_cli.request import SpeechRequest
from lightning_cli.serve import gate
from lightning_cli.serve.engine_pool import BlockSource, EnginePool, EngineSlot, NoSlot
from lightning_cli.serve.fault_injection import InjectedCut, PlannedFault
from lightning_cli.serve.utterance import EncodedSource, Utterance, block_writer, source_for, terminator, to_json
from lightning_cli.serve.voice_mapping import VoiceMapping
from lightning_cli.sinks.containers import CONTAINERS

# No one pauses for so long: a client that does not read gives its slot back.
SEND_TIMEOUT_S = 300.0
_CANCEL_TIMEOUT_S = 10.0
_SPOOL_BYTES = 1024 * 1024
_LOG = logging.getLogger("lightning.serve")
_BREAKS = (InjectedCut, EngineError, OutputError, OSError)


Choose = Callable[[Utterance], BlockSource]


class SpeechResponse(StreamingResponse):
    """Send pieces as they come and call ``on_end`` exactly once, also when the reader leaves in the middle."""

    def __init__(self, content: AsyncGenerator[bytes], headers: dict[str, str], on_end: Callable[[], None]) -> None:
        super().__init__(content, headers=headers)
        self._pieces = content
        self._on_end = on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 # starlette's
        """Answer as an ASGI application does."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await send(message)

        speaking = asyncio.create_task(self.stream_response(send_in_time))
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait({speaking, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if speaking.done() and not isinstance(speaking.exception(), _BREAKS):
                speaking.result()
            # Left unfinished, the server drops the connection: a reader sees a stream without its end.
        finally:
            speaking.cancel()
            leaving.cancel()
            self._on_end()
            await asyncio.wait({speaking, leaving}, timeout=_CANCEL_TIMEOUT_S)
            await self._pieces.aclose()


class SpeechJob:
    """What an answer needs while it is spoken: its slot, its source, its plan."""

    def __init__(self, pool: EnginePool, speech_request: SpeechRequest, slot: EngineSlot, plan: PlannedFault) -> None:
        self.pool = pool
        self.speech_request = speech_request
        self.source: BlockSource | None = None
        self._utterance: Utterance | None = None
        self.voice_id = self.text = ""
        self.language: str | None = None
        self._slot = slot
        self._plan = plan
        self._first: bytes | None = None
        self._over = False

    async def begin(self, text: str, mapping: VoiceMapping, choose: Choose, *, tells_words: bool = False) -> None:
        """Start the engine and wait for the first piece; raises ``Refused`` when nothing can be spoken."""
        self.voice_id = mapping.voice_id
        self.text, self.language = text, spoken_language(mapping.language) or voice_language(mapping.voice_id)

        def start() -> bytes | None:
            # Both at once: a change of threads costs as much as a short sentence.
            utterance = self.pool.speak(self.speech_request, text, mapping, tells_words=tells_words)
            self._utterance, self.source = utterance, (source := choose(utterance))
            if self._over:
                source.close()
            return source.take()

        try:
            await self.pool.faults.wait()
            self._first = await self.pool.run(start)
        except (EngineError, OutputError) as fault:
            raise gate.refused_text("text", _told(fault)) from fault

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Return every piece; raises ``InjectedCut`` where the engine was stopped or fails."""
        if self.source is None:
            raise InjectedCut
        source = self.source
        async for piece in self.pool.faults.pace(self._unpaced(), lambda: source.heard_s, self._plan):
            yield piece

    async def _unpaced(self) -> AsyncIterator[bytes]:
        if self.source is None or self._first is None:
            raise InjectedCut
        yield self._first
        async for piece in self.pool.blocks(self.source):
            yield piece
        if not self.source.complete:
            raise InjectedCut

    def open_words(self) -> WordEvents:
        """Return what collects the audio and returns the times of its words; takes a moment."""
        request = self.speech_request
        return WordEvents(WordClock(request.text, self.text, request.sample_rate))

    def word_events(self, words: WordEvents) -> bytes:
        """Return the events with the times of the words, once all was added; may wait for the engine."""
        return words.events(self._utterance.said) if self._utterance is not None else b""

    def take_notes(self) -> list[str]:
        """Take what the engine has to say about the text, and log it."""
        notes = self.source.take_notes() if self.source is not None else []
        for note in notes:
            _LOG.warning(note)
        return notes

    def end(self) -> None:
        """Stop whatever still runs and return the slot back."""
        self._over = True
        self.take_notes()
        if self.source is not None:
            self.pool.release(self.source)
        self._slot.release()


async def start_job(
    pool: EnginePool,
    speech_request: SpeechRequest,
    choose: Choose,
    *,
    tempo: float = 1.0,
    tells_words: bool = False,
) -> SpeechJob:
    """Take a slot and begin; ``tempo`` multiplies the speed of the request. Raises ``Refused``."""
    if pool.draining.is_set():
        raise gate.rehearsed(HTTPStatus.SERVICE_UNAVAILABLE)
    plan = pool.faults.draw()
    if plan.status is not None:
        raise gate.rehearsed(plan.status)
    try:
        text, mapping = await pool.prepare(speech_request)
        mapping = replace(mapping, rate=mapping.rate * tempo)
    except EngineError as fault:
        field = "language" if speech_request.language and not is_offline_voice(speech_request.voice_id) else "voice_id"
        raise gate.refused_text(field, _told(fault)) from fault
    except DictionaryFault as fault:
        raise gate.refused_text("pronunciation_dicts", str(fault)) from fault
    try:
        job = SpeechJob(pool, speech_request, pool.acquire(), plan)
    except NoSlot as fault:
        raise gate.busy() from fault
    try:
        await job.begin(text, mapping, choose, tells_words=tells_words)
    except BaseException:
        job.end()
        raise
    return job


def _told(fault: EngineError | OutputError) -> str:
    return f"{fault.message} ({fault.hint})" if fault.hint else fault.message


def headers_for(request: Request, job: SpeechJob) -> dict[str, str]:
    """Write the headers of an answer (protocol.md 1.5)."""
    return {
        **gate.new_ids(),
        "X-Lightning-Voice": job.voice_id,
        **gate.echoed_id_headers(job.speech_request),
        **gate.sunset_headers(job.speech_request, job.pool.settings),
        **gate.expiry_headers(request, job.pool.settings),
    }


async def stream_route(request: Request) -> Response:
    """Answer with an event stream (protocol.md 3.2).

    Our own commands ask for the times of words in it; of the service only the WebSocket has them.
    """
    pool = gate.pool_of(request)
    settings = pool.settings
    speech_request, tells_words = await gate.read_speech_request(request, settings)
    tells_words = tells_words and speech_request.output_format == "pcm"
    choose = partial(source_for, output_format=speech_request.output_format, container=settings.wire_container)
    job = await start_job(pool, speech_request, choose, tells_words=tells_words)
    write = block_writer(
        speech_request.output_format,
        speech_request.sample_rate,
        settings.wire_container,
        settings.dialect,
        settings.event_bytes,
    )

    async def events() -> AsyncGenerator[bytes]:
        words = await pool.run(job.open_words) if tells_words else None
        for notice in gate.sunset_notices(speech_request, settings):
            yield encode_event(to_json(notice))
        async for block in job.pieces():
            for note in job.take_notes():
                yield warning_event(note)
            if words is not None:
                words.add(block)
            # An encoder for each event takes milliseconds, which the other streams should not wait for.
            yield await pool.run(partial(write, block)) if settings.wire_container == "each" else write(block)
        if words is not None:
            yield await pool.run(partial(job.word_events, words))
        yield terminator(settings.dialect)

    headers = {**headers_for(request, job), "Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
    return SpeechResponse(events(), headers, job.end)


async def sync_route(request: Request) -> Response:
    """Answer with the bytes of the format asked for, always called ``audio/wav`` (protocol.md 3.1).

    A WAV header tells the length, so that answer is spooled first, past a MiB on disk; the others leave as they come.
    """
    pool = gate.pool_of(request)
    speech_request, _ = await gate.read_speech_request(request, pool.settings)
    container = CONTAINERS[speech_request.output_format]
    encodes = speech_request.output_format in {"mp3", "ulaw", "alaw"}
    job = await start_job(pool, speech_request, lambda speech: EncodedSource(speech, container) if encodes else speech)
    pieces = wav_pieces(job) if speech_request.output_format == "wav" else job.pieces()
    headers = {**headers_for(request, job), "Content-Type": "audio/wav"}
    return SpeechResponse(pieces, headers, job.end)


async def wav_pieces(job: SpeechJob) -> AsyncGenerator[bytes]:
    """Return a WAV file with a true length."""
    with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spool:
        async for block in job.pieces():
            spool.write(block)
        size = spool.tell()
        yield wav_header(PcmFormat(job.speech_request.sample_rate), size)
        spool.seek(0)
        while piece := spool.read(64 * 1024):
            yield piece
