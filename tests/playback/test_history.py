"""What was heard, kept so that a listener can go back."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cli.playback.history import MEMORY_BYTES, Tape


def test_a_disk_without_any_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written before it was full is kept, and the rest goes into memory."""
    tape = Tape(64 * 1024 * 1024, 2)
    assert tape.append(memoryview(b"abcd")) == 4
    real, refused = os.pwrite, tape._opened().fileno()

    def full(descriptor: int, data: memoryview, offset: int) -> int:
        if descriptor == refused:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", full)
    assert tape.append(memoryview(b"efgh")) == 0
    assert tape.append(memoryview(b"efgh")) == 4
    assert tape.read(0, 8) == b"abcdefgh"
    assert tape.capacity == MEMORY_BYTES
    tape.close()


STEP = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 40)),
    st.tuples(st.just("truncate"), st.integers(0, 30)),
    st.tuples(st.just("read"), st.integers(0, 50)),
)


@settings(deadline=None)
@given(steps=st.lists(STEP, max_size=40), capacity=st.integers(1, 30))
def test_the_tape_keeps_the_last_of_what_was_written(steps: list[tuple[str, int]], capacity: int) -> None:
    """Whatever was written, taken back and written again: what is on the tape is what should be there."""
    tape = Tape(2 * capacity + 1, 2)
    whole = bytearray()
    # What was overwritten does not come back when the tape is cut off.
    oldest = 0
    for step, (what, size) in enumerate(steps):
        if what == "append":
            pcm = memoryview(bytes(1 + (step * 50 + at) % 250 for at in range(2 * size)))
            while pcm:
                count = tape.append(pcm)
                whole += pcm[:count]
                pcm = pcm[count:]
            oldest = max(oldest, len(whole) - 2 * capacity)
        elif what == "truncate":
            to = max(len(whole) - 2 * size, oldest)
            tape.truncate(to)
            del whole[to:]
        at = max(oldest, len(whole) - 2 * size)
        got = b""
        while piece := tape.read(at + len(got), 7 if what == "read" else 1_000):
            got += piece
        assert got == whole[at:]
        assert tape.written == len(whole)
    tape.close()
    tape.close()


FULL = """
import resource, signal, sys
sys.path.insert(0, {root!r})
from lightning_cli.playback.history import LEAST_BYTES, Tape
from lightning_cli.errors import OutputError
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
tape = Tape(4 * LEAST_BYTES, 2)
written = b""
try:
    for number in range(20):
        rest = memoryview(bytes([number]) * (LEAST_BYTES // 4 + 10))
        while rest:
            count = tape.append(rest)
            written += bytes(rest[:count])
            rest = rest[count:]
except OutputError as fault:
    print(fault.message)
else:
    at = len(written) - tape.capacity
    kept = b""
    while piece := tape.read(at + len(kept), 1 << 20):
        kept += piece
    print(tape.capacity, kept == written[at:])
"""


@pytest.mark.parametrize(
    ("limit", "told"),
    [(700_001, "700000 True"), (400_000, "no space left for the temporary file")],
)
def test_a_full_disk_shortens_the_history(limit: int, told: str) -> None:
    """Where the file cannot grow any more it starts over; one that has no room at all is an error."""
    code = FULL.format(root=str(Path(__file__).resolve().parents[2]))
    done = subprocess.run(
        (sys.executable, "-c", code, str(limit)), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == told
