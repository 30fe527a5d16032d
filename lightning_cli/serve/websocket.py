"""The WebSocket route: one session of messages, turns and contexts (protocol.md 3.5).

The client's messages are read on the session's own task; every turn runs on a task of its own, which ends with it.
"""

import asyncio
import base64
import contextlib
import json
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, MutableMapping
from functools import partial
from typing import Any, NamedTuple, cast

from starlette.websockets import WebSocket, WebSocketDisconnect

from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.catalogue.voices import word_timestamp_voices
from lightning_cli.errors import EngineError
from lightning_cli.local.chunks import pieces as sentences_of
from lightning_cli.local.dictionary_store import DictionaryFault
from lightning_cli.local.offline_voices import is_offline_voice
from lightning_cli.local.validation import refuse_constant
from lightning_cli.local.word_timing import TimedWord, WordClock
from lightning_cli.request import SpeechRequest, has_words
from lightning_cli.serve import gate
from lightning_cli.serve.contexts import PINGS, BadMessage, Context, Fragment, idle_seconds, read_fragment
from lightning_cli.serve.engine_pool import EnginePool, EngineSlot, NoSlot
from lightning_cli.serve.fault_injection import InjectedCut, PlannedFault
from lightning_cli.serve.utterance import pieces, to_json
from lightning_cli.serve.voice_mapping import VoiceMapping

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

    def acquire(self) -> EngineSlot:
        """Take a slot; raises ``TurnFault``."""
        try:
            return self._pool.acquire()
        except NoSlot as fault:
            raise TurnFault(gate.busy().body["message"]) from fault  # type: ignore[index] # a body we wrote

    async def speak(self, request: SpokenRequest) -> None:
        """Send the frames of one turn and its ``complete`` if it ends here; raises ``TurnFault`` or ``InjectedCut``."""
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
        for piece in pieces(block, self._pool.settings.event_bytes):
            await self._send({**ids, "status": "chunk", "data": {"audio": base64.b64encode(piece).decode()}})

    async def _speak_words(
        self, request: SpokenRequest, text: str, mapping: VoiceMapping, ids: dict[str, Any], plan: PlannedFault
    ) -> None:
        speech_request = request.speech_request
        clock = await self._pool.run(lambda: WordClock(speech_request.text, text, speech_request.sample_rate))
        worded = _TimedSpeech(self._pool, speech_request, mapping, clock)
        async for block in self._pool.faults.pace(worded.blocks(text), lambda: worded.heard_s, plan):
            for place, word, begin_s, end_s in worded.due():
                data = {"id": place, "word": word, "start": begin_s, "end": end_s}
                await self._send({**ids, "status": "word_timestamp", "data": data})
            await self._send_audio(ids, block)
        if clock.has_guessed:
            self._note("some word times are estimated")


class _TimedSpeech:
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
            if has_words(piece.text):
                pcm = await self._speak(piece.text, at)
                for block in pieces(pcm, fmt.bytes_in_ms(BLOCK_MS)):
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


_CLOSE_NORMAL, _CLOSE_INTERNAL, _CLOSE_RESTART = 1000, 1011, 1012
_SEND_TIMEOUT_S, _END_TIMEOUT_S = 300.0, 10.0
# What one socket may have waiting; a client that sends more than it hears is told so.
_TURNS_LIMIT = 64
# Cutting so much takes less than handing it to a thread.
_SHORT_CHARS = 1000
# A context that waits for more text keeps its slot for so long; keep-alives do not lengthen it.
_HELD_SLOT_S = 60.0
_LOG = logging.getLogger("lightning.serve")


async def websocket_route(socket: WebSocket) -> None:
    """Admit before the upgrade, then hold the session until either side leaves."""
    pool = gate.pool_of(socket)
    try:
        gate.check_key(socket, pool.settings)
        if pool.sessions >= pool.session_limit:
            raise gate.busy()
    except gate.Refused as refused:
        await socket.send_denial_response(refused.response())
        return
    headers = {**gate.new_ids(), **gate.expiry_headers(socket, pool.settings)}
    await socket.accept(headers=[(name.lower().encode(), value.encode()) for name, value in headers.items()])
    session = Session(socket, pool)
    pool.sessions += 1
    try:
        with contextlib.suppress(WebSocketDisconnect, OSError):
            await session.run()
    finally:
        pool.sessions -= 1
        await session.end()


class Session:
    """Serve one socket."""

    def __init__(self, socket: WebSocket, pool: EnginePool) -> None:
        self._socket = socket
        self._pool = pool
        self._idle_s = idle_seconds(socket.query_params.get("timeout"))
        self._turns = ContextQueue(pool, f"ws_{uuid.uuid4().hex}", self._send, _LOG.info)
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending = asyncio.Lock()
        self._legacy = Context()
        self._after: asyncio.Task[None] | None = None
        self._timers: dict[str | None, asyncio.TimerHandle] = {}
        self._contexts: dict[str, _Worker] = {}
        self._has_warned = False

    async def run(self) -> None:
        """Read messages until the client leaves, nothing happens for too long, or the server drains."""
        draining = asyncio.create_task(self._pool.draining.wait())
        receiving = asyncio.create_task(self._socket.receive())
        try:
            while True:
                done, _ = await asyncio.wait(
                    {receiving, draining}, timeout=self._idle_s, return_when=asyncio.FIRST_COMPLETED
                )
                if receiving in done:
                    if not await self._took(receiving.result()):
                        return
                    receiving = asyncio.create_task(self._socket.receive())
                elif draining in done:
                    await self._finish()
                    await self._socket.close(_CLOSE_RESTART)
                    return
                elif not self._tasks:
                    message = f"Connection timed out after {self._idle_s} seconds of inactivity"
                    await self._send({"status": "error", "message": message})
                    await self._socket.close(_CLOSE_NORMAL)
                    return
        finally:
            draining.cancel()
            receiving.cancel()
            await asyncio.wait({draining, receiving}, timeout=_END_TIMEOUT_S)

    async def end(self) -> None:
        """Stop every turn; what is buffered is dropped."""
        for timer in self._timers.values():
            timer.cancel()
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_END_TIMEOUT_S)
        for worker in self._contexts.values():
            worker.release()

    async def _finish(self) -> None:
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _took(self, message: MutableMapping[str, Any]) -> bool:
        if message["type"] == "websocket.disconnect":
            return False
        try:
            fields = json.loads(message.get("text") or message.get("bytes") or "", parse_constant=refuse_constant)
        except (ValueError, RecursionError):
            await self._fail("Invalid JSON")
            return True
        if not isinstance(fields, dict):
            await self._fail("Invalid message: Expected object")
        elif str(fields.get("type")) in PINGS:
            await self._send({"type": "pong"})
        else:
            try:
                await self._take(read_fragment(fields))
            except BadMessage as fault:
                await self._fail(f"Invalid request: {fault}", fault.issues)
            except (UnicodeError, RecursionError):
                await self._fail("Invalid request: the message cannot be read")
        return True

    async def _take(self, fragment: Fragment) -> None:
        if self._is_full(fragment.context_id):
            await self._fail(str(gate.busy().body["message"]))  # type: ignore[index] # a body we wrote
            return
        if fragment.speech_request is not None:
            try:
                gate.check_voice(fragment.speech_request, self._pool.settings)
            except gate.Refused:
                await self._fail("Invalid Voice ID")
                return
            try:
                gate.check_model(fragment.speech_request, self._pool.settings)
            except gate.Refused as refused:
                await self._send(cast("dict[str, Any]", refused.body))
                return
            for notice in gate.sunset_notices(fragment.speech_request, self._pool.settings)[: not self._has_warned]:
                self._has_warned = True
                await self._send(notice)
        if fragment.context_id is not None:
            await self._continue(fragment, fragment.context_id)
        elif fragment.goes_on or fragment.flush or fragment.cancel or self._legacy.held:
            await self._buffer(fragment)
        elif not fragment.blank:
            context = Context()
            context.add(fragment)
            context.release_all()
            self._start(self._plain(self._take_requests(context)))

    def _is_full(self, context_id: str | None) -> bool:
        """Return whether no more may wait; contexts that are over make room for a new one."""
        known = self._contexts
        if len(known) >= _TURNS_LIMIT and context_id not in known:
            over = [name for name, one in known.items() if not (one.running or one.context.goes_on or one.context.held)]
            for name in over:
                del known[name]
        opened = len(known) if context_id not in {None, *known} else 0
        return max(len(self._tasks), opened, sum(len(one.queue) for one in known.values())) >= _TURNS_LIMIT

    async def _buffer(self, fragment: Fragment) -> None:
        """Follow the older rules: hold until a flush, a message that does not go on, or the clock."""
        await self._worked(None, fragment, partial(self._legacy.add, fragment))
        if fragment.flush or not fragment.goes_on:
            self._flush(tell_empty=fragment.flush)
        elif fragment.flush_after_ms and None not in self._timers:
            self._timers[None] = asyncio.get_running_loop().call_later(fragment.flush_after_ms / 1000, self._flush)

    def _flush(self, *, tell_empty: bool = False) -> None:
        self._stop_timer(None)
        self._legacy.release_all()
        requests = self._take_requests(self._legacy)
        if requests or tell_empty:
            self._after = self._start(self._in_turn(self._after, requests))

    async def _worked(self, context_id: str | None, fragment: Fragment, work: Callable[[], None]) -> None:
        """Cut a text: a long one on a worker thread, so that no one else waits for it."""
        if len(fragment.text) <= _SHORT_CHARS:
            work()
            return
        # Its clock must not release what is being cut; it is set again behind this.
        self._stop_timer(context_id)
        await self._pool.run(work)

    async def _continue(self, fragment: Fragment, context_id: str) -> None:
        worker = self._contexts.get(context_id)
        if worker is None:
            if fragment.close and fragment.blank:
                return  # closing what holds nothing gets no answer
            worker = self._contexts[context_id] = _Worker(self._turns)
        context = worker.context
        if fragment.cancel:
            self._stop_timer(context_id)

        def cut() -> None:
            context.add(fragment)
            if fragment.close or not (fragment.goes_on or fragment.cancel or fragment.blank):
                context.release_all()
            else:
                context.release_sentences()

        await self._worked(context_id, fragment, cut)
        self._release(context_id, worker)
        if context.held and context_id not in self._timers:
            self._timers[context_id] = asyncio.get_running_loop().call_later(
                fragment.delay_ms / 1000, self._overdue, context_id
            )
        if fragment.close:
            self._contexts.pop(context_id)
            worker.closing = True
            worker.settle()

    def _overdue(self, context_id: str) -> None:
        self._stop_timer(context_id)
        worker = self._contexts[context_id]
        worker.context.release_all()
        self._release(context_id, worker)

    def _release(self, context_id: str, worker: "_Worker") -> None:
        if not worker.context.held:
            self._stop_timer(context_id)
        requests = self._take_requests(worker.context)
        if requests:
            worker.queue += requests
            if not worker.running:
                worker.running = True
                self._start(worker.work())

    def _take_requests(self, context: Context) -> list[SpokenRequest]:
        backoff_ms = context.backoff_ms if context.backoff_ms is not None else self._pool.settings.complete_backoff_ms
        return [SpokenRequest(speech_request, context.wants_words, backoff_ms) for speech_request in context.take()]

    def _stop_timer(self, context_id: str | None) -> None:
        timer = self._timers.pop(context_id, None)
        if timer is not None:
            timer.cancel()

    async def _plain(self, requests: list[SpokenRequest]) -> None:
        """Speak what belongs together, however long, as one turn."""
        slot = self._turns.acquire()
        try:
            for left, request in zip(range(len(requests) - 1, -1, -1), requests, strict=True):
                await self._turns.speak(request._replace(ends=not left))
        finally:
            slot.release()

    async def _in_turn(self, before: asyncio.Task[None] | None, requests: list[SpokenRequest]) -> None:
        """Speak one flush behind the one before it; it has one ``complete``, also when nothing was held."""
        if before is not None:
            await asyncio.wait({before})
        if not requests:
            await self._turns.end(self._turns.ids(None))
        else:
            await self._plain(requests)

    def _start(self, turn: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(turn))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, turn: Coroutine[Any, Any, None]) -> None:
        """Turn a refusal into the one error frame that ends a turn."""
        try:
            await turn
        except TurnFault as fault:
            await self._fail(str(fault))
        except InjectedCut:
            await self._socket.close(_CLOSE_INTERNAL)
        except (WebSocketDisconnect, OSError, RuntimeError) as fault:
            # The reader has left, or the socket was closed under a turn; the session's own task ends it.
            _LOG.debug("a turn ended early: %r", fault)
        except Exception as fault:  # noqa: BLE001 # a turn has no caller: the client is told, and the log
            _LOG.error("unexpected %s: %s", type(fault).__name__, fault)
            await self._fail("An unexpected error occurred.")

    async def _fail(self, message: str, issues: list[dict[str, Any]] | None = None) -> None:
        await self._send({"status": "error", "message": message, **({"errors": issues} if issues else {})})

    async def _send(self, frame: dict[str, Any]) -> None:
        async with self._sending, asyncio.timeout(_SEND_TIMEOUT_S):
            await self._socket.send_text(to_json(frame).decode())


class _Worker:
    """Speak what one context releases, in order.

    It takes one slot with the first release and keeps it to its end, or until it has waited for more text too long.
    """

    def __init__(self, turns: ContextQueue) -> None:
        self.context = Context()
        self.queue: list[SpokenRequest] = []
        self.running = False
        self.closing = False
        self._turns = turns
        self._slot: EngineSlot | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def work(self) -> None:
        self._stop_timer()
        try:
            if self._slot is None:
                self._slot = self._turns.acquire()
            while self.queue:
                await self._turns.speak(self.queue.pop(0))
        except BaseException:
            self.queue.clear()
            self.closing = True
            raise
        finally:
            self.running = False
            self.settle()

    def settle(self) -> None:
        """Release the slot once nothing more is to come, at the latest when nothing has come for a while."""
        if self.running:
            return
        if self.closing or not self.context.goes_on:
            self.release()
        elif self._slot is not None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_HELD_SLOT_S, self.release)

    def release(self) -> None:
        """Release the slot; the next release takes another."""
        self._stop_timer()
        if self._slot is not None:
            self._slot.release()
            self._slot = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
