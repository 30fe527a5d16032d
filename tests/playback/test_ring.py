"""The ring against a plain bytearray, and against two threads that switch as often as they can."""

import random
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lightning_cli.playback.ring import Ring

CAPACITY = 13
STRESS_BYTES = 100_000


class RingModel(RuleBasedStateMachine):
    """Drive a ring and a bytearray side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.ring = Ring(CAPACITY)
        self.stream = bytearray()
        self.consumed = 0
        self.fenced: int | None = None

    @rule(data=st.binary(max_size=2 * CAPACITY))
    @precondition(lambda self: self.fenced is None)
    def write(self, data: bytes) -> None:
        """Take what fits and say how much that was."""
        room = CAPACITY - (len(self.stream) - self.consumed)
        assert self.ring.write(data) == min(room, len(data))
        self.stream += data[:room]

    @rule(size=st.integers(0, 2 * CAPACITY))
    def read(self, size: int) -> None:
        """Return the oldest bytes, up to the fence, and leave the rest of the buffer alone."""
        stop = len(self.stream) if self.fenced is None else min(len(self.stream), self.fenced)
        expected = bytes(self.stream[self.consumed : max(stop, self.consumed)][:size])
        out = bytearray(b"\xee" * size)
        assert self.ring.read_into(memoryview(out)) == len(expected)
        assert out == expected + b"\xee" * (size - len(expected))
        self.consumed += len(expected)

    @rule(back=st.integers(0, 2 * CAPACITY))
    @precondition(lambda self: self.fenced is None)
    def fence(self, back: int) -> None:
        """Fence a position at or before the end; nothing is reading, so it settles at once."""
        self.fenced = max(len(self.stream) - back, 0)
        assert self.ring.settled(self.ring.fence(self.fenced))

    @rule()
    @precondition(lambda self: self.fenced is not None)
    def withdraw(self) -> None:
        """Forget what was not consumed after the fence."""
        assert self.fenced is not None
        end = max(self.fenced, self.consumed)
        assert self.ring.withdraw(self.fenced) == end
        del self.stream[end:]
        self.fenced = None

    @invariant()
    def counts(self) -> None:
        """All five figures agree with the model."""
        assert self.ring.capacity == CAPACITY
        assert self.ring.written == len(self.stream)
        assert self.ring.consumed == self.consumed
        assert self.ring.readable == len(self.stream) - self.consumed
        assert self.ring.writable == CAPACITY - self.ring.readable


RingModel.TestCase.settings = settings(deadline=None, max_examples=150, stateful_step_count=40)
TestRing = RingModel.TestCase


@pytest.fixture
def hasty_switching() -> Iterator[None]:
    """Switch threads after every microsecond."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_withdraw_needs_its_fence() -> None:
    """Taking back without a fence, or ahead of the end, is a bug and is called one."""
    ring = Ring(8)
    ring.write(b"abcd")
    with pytest.raises(RuntimeError):
        ring.withdraw(2)
    ring.fence(6)
    with pytest.raises(RuntimeError):
        ring.withdraw(6)


def _interrupted(call: Callable[[], None], method: Callable[..., Any], steps: dict[int, Callable[[], None]]) -> int:
    """Call, and let the other side act before the opcodes of ``method`` numbered in ``steps``; count the opcodes."""
    opcodes = 0
    code = method.__code__

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal opcodes
        if frame.f_code is not code:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            if opcodes in steps:
                sys.settrace(None)
                steps[opcodes]()
                sys.settrace(trace)
            opcodes += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return opcodes


class _Scene:
    """A full ring of which a part was heard, a writer who takes back to ``to`` and says something else instead."""

    def __init__(self, to: int, *, fenced: bool = False) -> None:
        self.ring = Ring(8)
        self.to = to
        self.kept = bytearray(b"abcdefgh")
        self.ring.write(bytes(self.kept))
        self.heard = bytearray(2)
        self.ring.read_into(memoryview(self.heard))
        self.ticket: int | None = None
        if fenced:
            self.fence()

    def fence(self) -> None:
        """Take step 1."""
        self.ticket = self.ring.fence(self.to)

    def settle(self) -> None:
        """Take steps 2 and 3, then say a little, if the ring allows it by now."""
        if self.ticket is not None and self.ring.settled(self.ticket):
            self.ticket = None
            del self.kept[self.ring.withdraw(self.to) :]
            self.write(b"A")

    def write(self, data: bytes = b"ABCDEFGH") -> None:
        """Write other bytes, as many as there is room for."""
        self.kept += data[: self.ring.write(data)]

    def read(self) -> None:
        """Hear four bytes more."""
        out = memoryview(bytearray(4))
        self.heard += out[: self.ring.read_into(out)]

    def check(self) -> None:
        """Finish what the writer began and read the rest: the reader must have heard what was left in the end."""
        self.settle()
        while self.ring.readable:
            self.read()
        assert self.heard == self.kept


@pytest.mark.parametrize("to", [1, 2, 4, 8])
def test_every_interleaving_with_a_read(to: int) -> None:
    """Wherever in a read the writer acts, down to the opcode, nothing taken back is heard and nothing is lost."""
    opcodes = _interrupted(_Scene(to).read, Ring.read_into, {})
    assert opcodes > 20
    for first in range(opcodes):
        for fenced, act in (False, _Scene.write), (True, _Scene.settle):
            scene = _Scene(to, fenced=fenced)
            _interrupted(scene.read, Ring.read_into, {first: partial(act, scene)})
            scene.check()
        for second in range(first + 1, opcodes):
            scene = _Scene(to)
            _interrupted(scene.read, Ring.read_into, {first: scene.fence, second: scene.settle})
            scene.check()


@pytest.mark.parametrize("to", [1, 2, 4, 8])
@pytest.mark.parametrize(
    ("act", "method"), [(lambda scene: scene.write(), Ring.write), (lambda scene: scene.settle(), Ring.withdraw)]
)
def test_every_interleaving_with_a_write(to: int, act: Callable[[_Scene], None], method: Callable[..., Any]) -> None:
    """Wherever in a write or a withdrawal the reader acts, it hears only what was there and stays."""
    opcodes = _interrupted(partial(act, _Scene(to, fenced=True)), method, {})
    assert opcodes > 10
    for first in range(opcodes):
        scene = _Scene(to, fenced=method == Ring.withdraw)
        scene.read()
        _interrupted(partial(act, scene), method, {first: scene.read})
        scene.check()


def test_two_threads_lose_and_repeat_nothing(hasty_switching: None) -> None:
    """Whatever the writer appends and takes back, the reader gets exactly what was left in the end, in order."""
    ring = Ring(997)
    stop = threading.Event()
    heard = bytearray()

    def read() -> None:
        chance = random.Random(1)
        buffer = memoryview(bytearray(300))
        while True:
            last = stop.is_set()
            count = ring.read_into(buffer[: chance.randrange(1, 300)])
            heard.extend(buffer[:count])
            if last and not ring.readable:
                return

    reader = threading.Thread(target=read, name="ring-reader")
    reader.start()
    chance = random.Random(2)
    kept = bytearray()
    withdrawals = 0
    while len(kept) < STRESS_BYTES:
        piece = chance.randbytes(chance.randrange(1, 400))
        kept += piece[: ring.write(piece)]
        if chance.randrange(4) == 0:
            to = max(len(kept) - chance.randrange(1200), 0)
            ticket = ring.fence(to)
            while not ring.settled(ticket):
                pass
            end = ring.withdraw(to)
            withdrawals += end < len(kept)
            del kept[end:]
    stop.set()
    reader.join(timeout=60)
    assert not reader.is_alive()
    assert withdrawals > 10
    assert heard == kept
