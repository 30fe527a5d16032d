"""The WebSocket route: one session of messages, turns and contexts (protocol.md 3.5).

The client's messages are read on the session's own task; every turn runs on a task of its own, which ends with it.
"""

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import Callable, Coroutine, MutableMapping
from functools import partial
from typing import Any, cast

from starlette.websockets import WebSocket, WebSocketDisconnect

from lightning_cli.serve import gate
from lightning_cli.serve.contexts import PINGS, BadMessage, Context, Fragment, idle_seconds, read_fragment
from lightning_cli.serve.engine_pool import EnginePool, Slot
from lightning_cli.serve.fault_injection import Cut
from lightning_cli.serve.turns import ContextQueue, SpokenRequest, TurnFault
from lightning_cli.serve.wire import to_json

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
                    told = f"Connection timed out after {self._idle_s} seconds of inactivity"
                    await self._send({"status": "error", "message": told})
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
            fields = json.loads(message.get("text") or message.get("bytes") or "")
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
        except Cut:
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
        self._slot: Slot | None = None
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
        """Give the slot back once nothing more is to come, at the latest when nothing has come for a while."""
        if self.running:
            return
        if self.closing or not self.context.goes_on:
            self.release()
        elif self._slot is not None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_HELD_SLOT_S, self.release)

    def release(self) -> None:
        """Give the slot back; the next release takes another."""
        self._stop_timer()
        if self._slot is not None:
            self._slot.release()
            self._slot = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
