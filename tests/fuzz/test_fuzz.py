"""Hostile bytes into everything that reads from outside: the kept corpus, and changed copies of it.

A short run belongs to the suite; ``make fuzz`` does the same for longer, and lets atheris look for ways of its own.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fuzz_targets import TARGETS

CORPUS = {
    name: [path.read_bytes() for path in sorted((Path(__file__).parent / "corpus" / name).iterdir())]
    for name in TARGETS
}
# What breaks grammars, beside bytes at random.
_BROKEN = (
    b"\r",
    b"\n\n",
    b'"',
    b"\\",
    b"data:",
    b"\0",
    b"\xff",
    b"\xf0\x9f",
    b"[[[",
    b"{",
    b"RIFF",
    b"\xff\xf3",
    b"1e999",
)


@st.composite
def changed(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Change a kept input in a few places: bytes replaced, dropped, doubled, inserted, another one's put in."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        size = draw(st.integers(0, 40))
        change = draw(st.sampled_from(("replace", "drop", "double", "insert", "splice")))
        if change == "drop":
            del data[at : at + size]
        elif change == "double":
            data[at:at] = data[at : at + size]
        elif change == "splice":
            data[at:] = draw(st.sampled_from(seeds))[at:]
        else:
            piece = draw(st.binary(min_size=1, max_size=8) | st.sampled_from(_BROKEN))
            data[at : at + (len(piece) if change == "replace" else 0)] = piece
    return bytes(data)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_kept_inputs(target: Callable[[bytes], None]) -> None:
    """Every input that once was of interest passes."""
    for data in CORPUS[target.__name__]:
        target(data)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_changed_inputs(target: Callable[[bytes], None]) -> None:
    """Whatever becomes of them, only errors of our own tree come out."""
    examples = settings().max_examples

    @settings(max_examples=examples if examples > 100 else 40)
    @given(changed(CORPUS[target.__name__]) | st.binary(max_size=300))
    def run(data: bytes) -> None:
        target(data)

    run()
