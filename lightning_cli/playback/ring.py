"""A ring of bytes between one thread that writes and one that reads, without a lock.

Contract
--------
One thread writes (``write``, ``fence``, ``settled``, ``withdraw``), one thread reads (``read_into``). Either may be
replaced by another thread once the first has stopped. Anyone may look at ``written``, ``consumed``, ``readable`` and
``writable``: the reader may only make ``readable`` smaller and the writer only make it larger (``withdraw`` aside), so
each side can rely on what it sees. No call waits, none raises, and none copies in more than two pieces. Waiting for
room is the writer's business.

``written`` and ``consumed`` count bytes since the beginning and never wrap; a position in the stream is such a count.
A side first copies and then publishes its counter, so the other never sees bytes that are not there, nor reuses room
that is still being read. This needs threads to see each other's attribute writes in order, which CPython guarantees.

Taking back
-----------
The writer can withdraw what has not been consumed, back to a position ``to``, in three steps:

1. ``ticket = fence(to)``: reads that begin from now on do not go beyond ``to``.
2. Wait until ``settled(ticket)``: every read that began before the fence is over.
3. ``withdraw(to)``: ``written`` becomes ``to``, or ``consumed`` where that is already further, and the fence is lifted.

Why this is safe without a lock in the reader. It counts itself in before it looks at anything and out after it has
published. A read that may have missed the fence had counted itself in when ``fence`` took its ticket, so step 2 waits
for it. After that ``consumed`` either stands beyond ``to`` for good, or can only grow up to ``to``: in both cases
step 3 takes back nothing that was or will be read. A read looks at the fence *before* it looks at ``written``: when it
finds the fence lifted, it also finds the ``written`` that was set before the lifting.
"""

import mmap
import sys

_NO_FENCE = sys.maxsize


class Ring:
    """Up to ``capacity_bytes`` between the writer and the reader; see the module for who may do what."""

    __slots__ = ("_capacity", "_consumed", "_entered", "_fence", "_left", "_memory", "_written")

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity = capacity_bytes
        # A mapping's pages come to be when they are written; a minute's bytearray is zeroed at once, which takes 3 ms.
        self._memory = memoryview(mmap.mmap(-1, capacity_bytes) if capacity_bytes else bytearray())
        # Set by the writer, looked at by the reader.
        self._written = 0
        self._fence = _NO_FENCE
        # Set by the reader, looked at by the writer.
        self._consumed = 0
        self._entered = 0
        self._left = 0

    @property
    def capacity(self) -> int:
        """Return the size in bytes."""
        return self._capacity

    @property
    def written(self) -> int:
        """Return the position after the last byte written."""
        return self._written

    @property
    def consumed(self) -> int:
        """Return the position after the last byte read."""
        return self._consumed

    @property
    def readable(self) -> int:
        """Return how many bytes wait to be read."""
        return max(self._written - self._consumed, 0)

    @property
    def writable(self) -> int:
        """Return how many bytes there is room for."""
        return self._capacity - self.readable

    def write(self, data: bytes | memoryview) -> int:
        """Take as much of ``data`` (bytes) as there is room for and return that count; the writer's thread only."""
        written = self._written
        count = min(len(data), self._capacity - (written - self._consumed))
        source = memoryview(data)
        start = written % self._capacity
        first = min(count, self._capacity - start)
        self._memory[start : start + first] = source[:first]
        if count > first:
            self._memory[: count - first] = source[first:count]
        self._written = written + count
        return count

    def read_into(self, out: memoryview) -> int:
        """Fill ``out`` (writable, of bytes) from its start and return the count; the reader's thread only."""
        self._entered += 1
        start = self._consumed
        fence = self._fence  # before _written: see the module
        count = max(min(self._written, fence, start + len(out)) - start, 0)
        place = start % self._capacity
        first = min(count, self._capacity - place)
        out[:first] = self._memory[place : place + first]
        if count > first:
            out[first:count] = self._memory[: count - first]
        self._consumed = start + count
        self._left += 1
        return count

    def peek(self, position: int, size: int) -> bytes:
        """Return ``size`` bytes that were written at ``position`` and not released yet; the reader's thread only."""
        place = position % self._capacity
        first = min(size, self._capacity - place)
        return bytes(self._memory[place : place + first]) + bytes(self._memory[: size - first])

    def release(self, to: int) -> None:
        """Note that everything before position ``to`` is read; the reader's thread only."""
        self._consumed = max(self._consumed, min(to, self._written))

    def cut(self, to: int) -> int:
        """Take back what was written after ``to``, as far as it is not released, while neither side is at work.

        For a reader that takes back on the waiting writer's behalf. Return where the next byte will be written.
        """
        self._written = max(min(to, self._written), self._consumed)
        return self._written

    def fence(self, to: int) -> int:
        """Keep later reads from going beyond position ``to``; return the ticket for ``settled``. Writer only."""
        self._fence = to
        return self._entered

    def settled(self, ticket: int) -> bool:
        """Return whether all reads that may have missed the fence are over. Writer only."""
        return self._left >= ticket

    def withdraw(self, to: int) -> int:
        """Take back what was not consumed after position ``to`` and return where the next byte will be written.

        Only after ``settled`` said yes to the ticket of ``fence(to)``. Writer only. ``RuntimeError`` if ``to`` was not
        fenced, or lies ahead of what was written.
        """
        if self._fence != to or to > self._written:
            raise RuntimeError(f"withdraw({to}) without a fence there")
        self._written = max(to, self._consumed)
        self._fence = _NO_FENCE
        return self._written
