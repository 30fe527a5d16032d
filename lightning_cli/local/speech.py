"""Audio that is being computed: a thread ahead of its listener, through a bounded channel.

The synthesiser's blocks as the service's event stream (protocol.md 3.2 and 3.3); pure.
"""

import json
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Self

import pybase64

from lightning_cli.local.word_times import SpokenPart

CAPACITY_BLOCKS = 32
# Waiting threads look up this often even without a notification, so that no fault can hang them for ever unseen.
_LOOK_UP_S = 5.0


class BlockChannel:
    """Carry blocks in order: the producer calls ``put`` and ``finish``, the consumer ``take`` and ``close``."""

    def __init__(self, capacity: int = CAPACITY_BLOCKS) -> None:
        self._capacity = capacity
        self._blocks: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._finished = False
        self._fault: BaseException | None = None
        self._closed = False

    @property
    def closed(self) -> bool:
        """Return whether the consumer has left; read by the producer without the lock."""
        return self._closed

    @property
    def complete(self) -> bool:
        """Return whether the consumer has taken everything there was, and nothing failed."""
        with self._changed:
            return self._finished and not self._blocks and self._fault is None and not self._closed

    @property
    def ready(self) -> bool:
        """Return whether ``take`` would return at once."""
        return bool(self._blocks) or self._finished or self._closed

    def put(self, block: bytes) -> bool:
        """Hand over a block, waiting for room; False once the consumer has left."""
        with self._changed:
            self._wait_until(lambda: self._closed or len(self._blocks) < self._capacity)
            if not self._closed:
                self._blocks.append(block)
                self._changed.notify_all()
            return not self._closed

    def finish(self, fault: BaseException | None = None) -> None:
        """Mark the end; ``fault`` is raised for the consumer behind the blocks that came before it."""
        with self._changed:
            self._finished, self._fault = True, fault
            self._changed.notify_all()

    def take(self, timeout_s: float | None = None) -> bytes | None:
        """Get the next block; None at the end. Raises ``TimeoutError``, or the producer's fault."""
        with self._changed:
            if timeout_s is None:
                self._wait_until(lambda: self.ready)
            elif not self._changed.wait_for(lambda: self.ready, timeout_s):
                raise TimeoutError(f"no audio came within {timeout_s:g} s")
            if self._blocks and not self._closed:
                block = self._blocks.popleft()
                self._changed.notify_all()
                return block
            if self._fault is not None and not self._closed:
                raise self._fault
            return None

    def close(self) -> None:
        """Leave: wakes the producer and drops what is on its way."""
        with self._changed:
            self._closed = True
            self._blocks.clear()
            self._changed.notify_all()

    def _wait_until(self, holds: Callable[[], bool]) -> None:
        while not self._changed.wait_for(holds, _LOOK_UP_S):
            pass


_JOIN_TIMEOUT_S = 60.0


class Speech:
    """Iterate over s16le mono PCM in blocks of 160 ms, the last one shorter.

    Raises ``EngineError`` where a part of the text cannot be spoken. ``close`` may come from any thread, at any time.
    """

    def __init__(
        self,
        produce: Callable[[BlockChannel], None],
        said: list[SpokenPart] | None = None,
        notes: list[str] | None = None,
    ) -> None:
        self._channel = channel = BlockChannel()
        self._said = [] if said is None else said
        self._notes = [] if notes is None else notes
        self._thread = threading.Thread(target=_run, args=(produce, channel), name="lightning-synth", daemon=True)
        self._thread.start()
        # A consumer that forgets to close must not leave a thread waiting for room.
        weakref.finalize(self, channel.close)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        block = self.take()
        if block is None:
            raise StopIteration
        return block

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def ready(self) -> bool:
        """Return whether the next block, or the end, is there already."""
        return self._channel.ready

    @property
    def said(self) -> list[SpokenPart]:
        """Return what was heard when, as far as it is computed; only for a speech that was to tell its words."""
        return list(self._said)

    def take_notes(self) -> list[str]:
        """Take what the engine has to say about the text: what it could not speak as it stands."""
        taken = self._notes[:]
        del self._notes[: len(taken)]
        return taken

    @property
    def complete(self) -> bool:
        """Return whether every block was taken and nothing is missing."""
        return self._channel.complete

    def take(self, timeout_s: float | None = None) -> bytes | None:
        """Get the next block, None at the end or when closed; raises ``TimeoutError`` or ``EngineError``."""
        block = self._channel.take(timeout_s)
        if block is None:
            self._thread.join(_JOIN_TIMEOUT_S)
        return block

    def close(self) -> None:
        """Stop computing and join the thread; blocks not yet taken are dropped unless all were."""
        if not self.complete:
            self._channel.close()
        self._thread.join(_JOIN_TIMEOUT_S)


def _run(produce: Callable[[BlockChannel], None], channel: BlockChannel) -> None:
    try:
        produce(channel)
    except BaseException as fault:  # noqa: BLE001 # a thread has no caller: the consumer of the channel raises it
        channel.finish(fault)
    else:
        channel.finish()


def encode_event(data: bytes, event: bytes | None = None) -> bytes:
    """Write one event with LF line ends: its type unless None, its data one line at a time, a blank line."""
    lines = [b"event: " + event] if event is not None else []
    lines += [b"data: " + line for line in data.split(b"\n")]
    return b"\n".join(lines) + b"\n\n"


PIECE_BYTES = 1024
# Nothing but the value of ``done`` marks the end; this event has no type of its own.
TERMINATOR = encode_event(b'{"status":"200","done":true}')


def audio_event(pcm: bytes) -> bytes:
    """Write one event of audio."""
    data = b'{"audio":"' + pybase64.b64encode(pcm) + b'","done":false,"status":"206"}'
    return encode_event(data, b"audio")


def warning_event(message: str) -> bytes:
    """Write an event that says something about the answer and is not a failure."""
    return encode_event(json.dumps({"status": "warning", "warning": message}, ensure_ascii=False).encode())


def word_event(place: int, word: str, start_s: float, end_s: float) -> bytes:
    """Write an event that says when a word is heard, as messages of the WebSocket do."""
    data = {"id": place, "word": word, "start": start_s, "end": end_s}
    return encode_event(json.dumps({"status": "word_timestamp", "data": data}, ensure_ascii=False).encode())


def block_events(block: bytes, piece_bytes: int = PIECE_BYTES) -> bytes:
    """Write the events of one block, cut into pieces of at most ``piece_bytes``, as the service does."""
    return b"".join(audio_event(block[start : start + piece_bytes]) for start in range(0, len(block), piece_bytes))


def event_stream(blocks: Iterable[bytes], piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
    """Yield the bytes of a whole answer, one item per block and the terminator; faults of ``blocks`` pass through."""
    for block in blocks:
        yield block_events(block, piece_bytes)
    yield TERMINATOR
