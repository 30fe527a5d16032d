"""A bounded channel between one producing thread and one consumer, where either may leave at any time."""

import threading
from collections import deque
from collections.abc import Callable

CAPACITY_BLOCKS = 32
# Waiting threads look up this often even when nobody notifies them, so that no fault can hang them for ever unseen.
_LOOK_UP_S = 5.0


class Channel:
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
        """Say that no more comes; ``fault`` is raised for the consumer behind the blocks that came before it."""
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
