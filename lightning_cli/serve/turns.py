"""One turn on a WebSocket: a released text spoken in frames, with word times if they were asked for."""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, NamedTuple

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.catalogue.voices import word_timestamp_voices
from lightning_cli.errors import EngineError
from lightning_cli.local.chunks import pieces as sentences_of
from lightning_cli.local.dictionary_store import DictionaryFault
from lightning_cli.local.offline_voices import is_offline_voice, spoken_language, voice_language
from lightning_cli.request import SpeechRequest
from lightning_cli.serve import gate, wire
from lightning_cli.serve.engine_pool import EnginePool, NoSlot, Slot
from lightning_cli.serve.fault_injection import PlannedFault
from lightning_cli.serve.voice_mapping import VoiceMapping
from lightning_cli.serve.word_timing import TimedWord, WordClock

BLOCK_MS = 160
Send = Callable[[dict[str, Any]], Awaitable[None]]
Note = Callable[[str], None]


class SpokenRequest(NamedTuple):
    """What a turn is to speak and how it ends; ``backoff_ms`` passes between the last audio and the end.

    One that does not end has the rest of its text in the request behind it.
    """

    speech_request: SpeechRequest
    wants_words: bool
    backoff_ms: float
    ends: bool = True


class TurnFault(Exception):
    """The turn is refused; the text is the message of its one error frame."""


class ContextQueue:
    """Speak turns for one socket; several may run at once, each with its own request id."""

    def __init__(self, pool: EnginePool, session_id: str, send: Send, note: Note) -> None:
        self._pool = pool
        self._session_id = session_id
        self._send = send
        self._note = note

    def acquire(self) -> Slot:
        """Take a slot; raises ``TurnFault``."""
        try:
            return self._pool.acquire()
        except NoSlot as fault:
            raise TurnFault(gate.busy().body["message"]) from fault  # type: ignore[index] # a body we wrote

    async def speak(self, request: SpokenRequest) -> None:
        """Send the frames of one turn and its ``complete``, if it ends here; raises ``TurnFault`` or ``Cut``."""
        plan = self._pool.faults.draw()
        if plan.status is not None:
            body: Any = gate.rehearsed(plan.status).body
            raise TurnFault(f"{plan.status} {gate.phrase_of(plan.status)}: {body['message']}")
        try:
            text, mapping = await self._pool.prepare(request.speech_request)
            await self._pool.faults.wait()
            ids = self.ids(request.speech_request)
            if request.wants_words and self._tells_words(request.speech_request.voice_id):
                await self._speak_words(request, text, mapping, ids, plan)
            else:
                await self._speak_plainly(request, text, mapping, ids, plan)
        except (EngineError, DictionaryFault) as fault:
            raise TurnFault(f"Invalid input: {fault}") from fault
        if not request.ends:
            return
        if request.backoff_ms:
            await asyncio.sleep(request.backoff_ms / 1000)
        await self.end(ids)

    async def end(self, ids: dict[str, Any]) -> None:
        """Report that all of a turn has been sent."""
        await self._send({**ids, "status": "complete", "message": "All chunks sent", "done": True})

    def ids(self, speech_request: SpeechRequest | None) -> dict[str, Any]:
        """Make the ids of a new turn, with the echoes of the client's."""
        ids = {"session_id": self._session_id, "request_id": f"task_{uuid.uuid4().hex}"}
        if speech_request is not None and speech_request.session_id:
            ids["external_session_id"] = speech_request.session_id
        if speech_request is not None and speech_request.request_id:
            ids["external_request_id"] = speech_request.request_id
        return ids

    def _tells_words(self, voice_id: str) -> bool:
        # The service tells times for six voices and is silent about the others (protocol.md 3.5).
        return voice_id in word_timestamp_voices() or is_offline_voice(voice_id)

    async def _speak_plainly(
        self, request: SpokenRequest, text: str, mapping: VoiceMapping, ids: dict[str, Any], plan: PlannedFault
    ) -> None:
        utterance = await self._pool.open(request.speech_request, text, mapping)
        try:
            blocks = self._pool.blocks(utterance)
            async for block in self._pool.faults.pace(blocks, lambda: utterance.heard_s, plan):
                for note in utterance.take_notes():
                    self._note(note)
                    await self._send({**ids, "status": "warning", "message": note})
                await self._send_audio(ids, block)
        finally:
            self._pool.release(utterance)

    async def _send_audio(self, ids: dict[str, Any], block: bytes) -> None:
        for piece in wire.pieces(block, self._pool.settings.event_bytes):
            await self._send({**ids, "status": "chunk", "data": {"audio": base64.b64encode(piece).decode()}})

    async def _speak_words(
        self, request: SpokenRequest, text: str, mapping: VoiceMapping, ids: dict[str, Any], plan: PlannedFault
    ) -> None:
        speech_request = request.speech_request
        language = spoken_language(mapping.language) or voice_language(mapping.voice_id)
        clock = await self._pool.run(lambda: WordClock(speech_request.text, text, speech_request.sample_rate, language))
        worded = _Worded(self._pool, speech_request, mapping, clock)
        async for block in self._pool.faults.pace(worded.blocks(text), lambda: worded.heard_s, plan):
            for place, word, begin_s, end_s in worded.due():
                data = {"id": place, "word": word, "start": begin_s, "end": end_s}
                await self._send({**ids, "status": "word_timestamp", "data": data})
            await self._send_audio(ids, block)
        if clock.has_guessed:
            self._note("word times are estimated from the length of phonemes")


class _Worded:
    """Speak sentence by sentence: where its words are can only be told once a sentence is there."""

    def __init__(
        self, pool: EnginePool, speech_request: SpeechRequest, mapping: VoiceMapping, clock: WordClock
    ) -> None:
        self.heard_s = 0.0
        self._pool = pool
        self._speech_request = speech_request
        self._mapping = mapping
        self._clock = clock
        self._words: list[TimedWord] = []

    async def blocks(self, text: str) -> AsyncIterator[bytes]:
        """Return the audio in blocks of 160 ms, a sentence's last one shorter; raises ``EngineError``."""
        fmt = PcmFormat(self._speech_request.sample_rate)
        at = 0
        for piece in sentences_of(text):
            if any(sign.isalnum() for sign in piece.text):
                pcm = await self._speak(piece.text, at)
                for block in wire.pieces(pcm, fmt.bytes_in_ms(BLOCK_MS)):
                    self.heard_s += fmt.seconds(len(block))
                    yield block
            at += len(piece.text)

    def due(self) -> Iterator[TimedWord]:
        """Take the words that begin in the audio up to the latest block."""
        while self._words and self._words[0].start_s <= self.heard_s:
            yield self._words.pop(0)

    async def _speak(self, sentence: str, at: int) -> bytes:
        utterance = await self._pool.open(self._speech_request, sentence, self._mapping, tells_words=True)
        try:
            pcm = b"".join([block async for block in self._pool.blocks(utterance)])
            self._words += await self._pool.run(lambda: self._clock.tell(at, pcm, utterance.said))
        finally:
            self._pool.release(utterance)
        return pcm
