"""Pauses to the sample where segments meet, and not one sample of sound lost, moved or said twice."""

import array
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cuts import cut, places

from lightning_cli.audio.joins import Joiner, JoinRule
from lightning_cli.audio.pcm import PcmFormat
from lightning_cli.text.segmenter import Boundary

RATES = (8000, 16000, 24000, 44100)
AUDIBLE = 48  # of 32768, what joins.py calls sound
SOFT = 200  # audible, but not loud enough to be seen by the quick search


def samples(pcm: bytes) -> "array.array[int]":
    """Read 16-bit samples."""
    return array.array("h", pcm)


def tone(frames: int, level: int = 9000, number: int = 1) -> bytes:
    """Make sound that begins and ends with an audible sample and differs from segment to segment."""
    wave = [round(level * math.sin((index + 0.5) * (0.1 + number / 100))) for index in range(frames)]
    # A zero crossing inside is fine; at the edges it would be silence.
    wave[0], wave[-1] = level, -level
    return array.array("h", wave).tobytes()


def silence(frames: int) -> bytes:
    """Make digital silence."""
    return bytes(2 * frames)


def noise(frames: int) -> bytes:
    """Make silence as a real voice leaves it: too weak to be heard."""
    generator = random.Random(frames)
    return array.array("h", [generator.randint(-AUDIBLE, AUDIBLE) for _ in range(frames)]).tobytes()


@dataclass(frozen=True)
class Piece:
    """One segment as a service sends it."""

    head: bytes
    sound: bytes
    tail: bytes
    boundary: Boundary = Boundary.SENTENCE

    @property
    def pcm(self) -> bytes:
        """Put it together."""
        return self.head + self.sound + self.tail


Cutter = Callable[[bytes], Sequence[bytes]]


def whole(pcm: bytes) -> list[bytes]:
    """Feed a segment in one piece."""
    return [pcm]


def frames(pcm: bytes) -> list[bytes]:
    """Feed a segment frame by frame."""
    return cut(pcm, list(range(len(pcm) // 2)), 2)


def joined(pieces: Sequence[Piece], rule: JoinRule, rate: int, *, cutter: Cutter = whole, known: bool = True) -> bytes:
    """Pass segments through a joiner as the pipeline does; ``known`` tells it which is the last."""
    joiner = Joiner(PcmFormat(rate), rule)
    out = []
    for number, piece in enumerate(pieces, start=1):
        joiner.begin(last=known and number == len(pieces))
        out += [joiner.feed(pcm) for pcm in cutter(piece.pcm)]
        out.append(joiner.end(piece.boundary))
    return b"".join([*out, joiner.finish()])


def check(out: bytes, pieces: Sequence[Piece], rule: JoinRule, rate: int) -> None:
    """Walk through the result: head, sound, pause, sound, ..., tail, each exactly where it belongs."""
    assert out.startswith(pieces[0].head)
    at = len(pieces[0].head)
    for left, right in zip(pieces, [*pieces[1:], None], strict=True):
        assert out[at : at + len(left.sound)] == left.sound, "sound was lost, moved or said twice"
        at += len(left.sound)
        if right is None:
            break
        pause_ms = rule.pause_ms(left.boundary)
        pause = round(pause_ms * rate / 1000) * 2
        gap = out[at : at + pause]
        assert all(abs(sample) <= AUDIBLE for sample in samples(gap)), "the pause is too short"
        # Silence beside a sound is the voice's own, up to 10 ms or half the pause.
        margin = int(min(10.0, pause_ms / 2) * rate / 1000) * 2
        own = min(margin, len(left.tail))
        assert gap[:own] == left.tail[:own]
        own = min(margin, len(right.head))
        assert gap[len(gap) - own :] == right.head[len(right.head) - own :]
        at += pause
    assert out[at:] == pieces[-1].tail


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("quiet", [silence, noise])
@pytest.mark.parametrize("cutter", [whole, frames])
@pytest.mark.parametrize("known", [True, False])
def test_pause_is_exact(rate: int, quiet: Callable[[int], bytes], cutter: Cutter, *, known: bool) -> None:
    """Leave exactly the chosen pause, whatever silence the service put there (protocol.md 2.6: 80 to 380 ms)."""
    fmt = PcmFormat(rate)
    lengths = [
        (80, 350, Boundary.SENTENCE),
        (300, 380, Boundary.PARAGRAPH),
        (100, 0, Boundary.CLAUSE),
        (0, 365, Boundary.WORD),
        (90, 360, Boundary.SENTENCE),
    ]
    pieces = [
        Piece(
            quiet(fmt.bytes_in_ms(head_ms) // 2),
            tone(fmt.bytes_in_ms(40) // 2, number=number),
            quiet(fmt.bytes_in_ms(tail_ms) // 2),
            boundary,
        )
        for number, (head_ms, tail_ms, boundary) in enumerate(lengths)
    ]
    rule = JoinRule()
    check(joined(pieces, rule, rate, cutter=cutter, known=known), pieces, rule, rate)


quiets = st.one_of(st.integers(0, 60).map(silence), st.integers(0, 60).map(noise), st.integers(0, 900).map(silence))
sounds = st.builds(
    lambda length, number, edge: (
        tone(edge, SOFT, number) + tone(length, 9000, number) + tone(edge, SOFT, number)
        if edge
        else tone(length, 9000, number)
    ),
    st.integers(2, 40),
    st.integers(0, 9),
    st.sampled_from([0, 0, 2, 30]),
)
segments = st.lists(st.builds(Piece, quiets, sounds, quiets, st.sampled_from(Boundary)), min_size=1, max_size=4)
rules = st.builds(
    lambda sentence, paragraph, clause: JoinRule(sentence_ms=sentence, paragraph_ms=paragraph, clause_ms=clause),
    st.sampled_from([0.0, 1.0, 7.3, 120.0, 350.0]),
    st.sampled_from([0.0, 33.3, 700.0]),
    st.sampled_from([0.0, 5.0, 120.0]),
)


@settings(deadline=None, max_examples=300)
@given(pieces=segments, rule=rules, rate=st.sampled_from(RATES), where=places, known=st.booleans())
def test_any_cut_any_pause(*, pieces: list[Piece], rule: JoinRule, rate: int, where: list[int], known: bool) -> None:
    """Produce exactly the expected audio for any segments, pauses, rates and cuts, soft ends included."""
    out = joined(pieces, rule, rate, cutter=lambda pcm: cut(pcm, where, 2), known=known)
    check(out, pieces, rule, rate)


@pytest.mark.parametrize("last", [True, False])
def test_first_head_comes_at_once(*, last: bool) -> None:
    """Keep nothing back before the first sound: the listener is waiting."""
    joiner = Joiner(PcmFormat(24000), JoinRule())
    joiner.begin(last=last)
    head = noise(2400)
    assert b"".join(joiner.feed(piece) for piece in frames(head)) == head
    assert joiner.feed(tone(100)) == tone(100)


def test_single_segment_passes_at_once() -> None:
    """Return each piece as it is, the very same object, silent or not."""
    joiner = Joiner(PcmFormat(24000), JoinRule())
    joiner.begin(last=True)
    for piece in (silence(100), noise(50), tone(100), silence(5000), tone(20), noise(3), silence(700)):
        assert joiner.feed(piece) is piece
    assert joiner.end(Boundary.SENTENCE) == b""
    assert joiner.finish() == b""


@settings(deadline=None)
@given(pcm=st.binary(max_size=400).map(lambda raw: raw[: len(raw) // 2 * 2]), where=places)
def test_single_segment_of_a_growing_text(pcm: bytes, where: list[int]) -> None:
    """Pass one segment byte for byte, also when it was not known to be the last."""
    piece = Piece(pcm, b"", b"")
    for cutter in (whole, frames, lambda data: cut(data, where, 2)):
        assert joined([piece], JoinRule(), 24000, cutter=cutter, known=False) == pcm
        assert joined([piece], JoinRule(), 24000, cutter=cutter, known=True) == pcm


@settings(deadline=None)
@given(pieces=segments, where=places, known=st.booleans())
def test_raw_passes_all(*, pieces: list[Piece], where: list[int], known: bool) -> None:
    """Change nothing and hold nothing when joins are raw."""
    everything = b"".join(piece.pcm for piece in pieces)
    assert joined(pieces, JoinRule(raw=True), 24000, cutter=lambda pcm: cut(pcm, where, 2), known=known) == everything
    joiner = Joiner(PcmFormat(24000), JoinRule(raw=True))
    for piece in pieces:
        joiner.begin(last=False)
        pcm = piece.pcm
        assert joiner.feed(pcm) is pcm
        assert joiner.end(piece.boundary) == b""


@settings(deadline=None, max_examples=200)
@given(pieces=segments, failed=segments, at=st.integers(0, 3), where=places)
def test_begin_again_leaves_no_trace(pieces: list[Piece], failed: list[Piece], at: int, where: list[int]) -> None:
    """Forget a failed try: what comes after ``begin`` is what would have come without it."""
    rule = JoinRule()
    joiner, plain = Joiner(PcmFormat(16000), rule), Joiner(PcmFormat(16000), rule)
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        if number == at % len(pieces):
            for attempt in failed:
                joiner.begin(last=last)
                for pcm in cut(attempt.pcm, where, 2)[:-1]:
                    joiner.feed(pcm)
        joiner.begin(last=last)
        plain.begin(last=last)
        for pcm in cut(piece.pcm, where, 2):
            assert joiner.feed(pcm) == plain.feed(pcm)
        assert joiner.end(piece.boundary) == plain.end(piece.boundary)
    assert joiner.finish() == plain.finish()


@pytest.mark.parametrize("silent", [b"", silence(400), noise(4000)])
@pytest.mark.parametrize("cutter", [whole, frames])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("where", ["middle", "two in the middle", "last"])
def test_silent_segments(silent: bytes, cutter: Cutter, where: str, *, known: bool) -> None:
    """Make nothing of a segment without sound: no second pause, no echo of the tail before it."""
    first, second = Piece(noise(30), tone(50), noise(300)), Piece(noise(200), tone(60, number=2), noise(20))
    nothing = Piece(silent, b"", b"", Boundary.PARAGRAPH)
    rule = JoinRule()
    order = {"middle": [first, nothing, second], "two in the middle": [first, nothing, nothing, second]}.get(where)
    if order:
        check(joined(order, rule, 8000, cutter=cutter, known=known), [first, second], rule, 8000)
    else:
        check(joined([first, second, nothing], rule, 8000, cutter=cutter, known=known), [first, second], rule, 8000)


def test_only_silence() -> None:
    """Return the first segment's silence as it is, when there is nothing else."""
    pieces = [Piece(silence(100), b"", b""), Piece(noise(50), b"", b"")]
    for known in (True, False):
        assert joined(pieces, JoinRule(), 8000, known=known) == silence(100)


def test_silent_first_segment() -> None:
    """Keep a silent first segment whole, then the pause, then the sound."""
    sound = Piece(silence(900), tone(50), silence(30))
    out = joined([Piece(silence(100), b"", b""), sound], JoinRule(sentence_ms=100), 8000)
    assert out == silence(100) + silence(800) + sound.sound + sound.tail


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("cutter", [whole, frames])
def test_very_soft_segment_is_not_lost(cutter: Cutter, *, known: bool) -> None:
    """Keep a segment that is soft from end to end: it is audible, only the quick search does not see it."""
    pieces = [
        Piece(noise(30), tone(50), noise(300)),
        Piece(noise(200), tone(60, SOFT), noise(200)),
        Piece(noise(100), tone(40), noise(20)),
        Piece(noise(200), tone(60, SOFT, 3), noise(200)),
    ]
    for count in (2, 3, 4):
        check(joined(pieces[:count], JoinRule(), 8000, cutter=cutter, known=known), pieces[:count], JoinRule(), 8000)


def test_the_end_of_a_word_leaves_with_its_segment() -> None:
    """However soft it is: what comes with the next segment has no sound before that one's own."""
    joiner = Joiner(PcmFormat(24_000), JoinRule())
    loud, soft = tone(2400), tone(240, SOFT)
    joiner.begin(last=False)
    assert joiner.feed(loud + soft + silence(2400)) == loud
    assert joiner.end(Boundary.SENTENCE) == soft
    joiner.begin(last=False)
    opening = joiner.feed(silence(2400) + tone(2400, number=2))
    assert not opening[: joiner.lead_frames * 2].strip(b"\0")
    assert joiner.lead_frames == 24 * (350 - 10)


def test_sound_leaves_before_the_segment_ends() -> None:
    """Pass sound on while its segment is still coming, also in a segment that is not the last."""
    joiner = Joiner(PcmFormat(24000), JoinRule())
    joiner.begin(last=False)
    assert joiner.feed(tone(100) + silence(10)) == tone(100)
    assert joiner.feed(silence(10)) == b""
    assert joiner.feed(tone(50)) == silence(20) + tone(50)
    joiner.end(Boundary.SENTENCE)
    joiner.begin(last=False)
    opening = joiner.feed(silence(100) + tone(70))
    assert opening == silence(8400) + tone(70)


@pytest.mark.parametrize(
    ("boundary", "rule", "pause_ms"),
    [
        (Boundary.WORD, JoinRule(), 0.0),
        (Boundary.CLAUSE, JoinRule(), 120.0),
        (Boundary.CLAUSE, JoinRule(sentence_ms=50), 50.0),
        (Boundary.SENTENCE, JoinRule(), 350.0),
        (Boundary.PARAGRAPH, JoinRule(), 700.0),
        (Boundary.PARAGRAPH, JoinRule(paragraph_ms=10, sentence_ms=20), 10.0),
        (Boundary.HEADING, JoinRule(), 1050.0),
        (Boundary.HEADING, JoinRule(paragraph_ms=0), 0.0),
        (Boundary.HEADING, JoinRule(heading_ms=0), 0.0),
    ],
)
def test_pauses(boundary: Boundary, rule: JoinRule, pause_ms: float) -> None:
    """Choose the pause by what lies behind a segment."""
    assert rule.pause_ms(boundary) == pause_ms


@pytest.mark.parametrize("pause_ms", [0, 5, 350, 2000])
@pytest.mark.parametrize("size", [64, 1 << 20])
def test_pauses_that_are_asked_for(pause_ms: int, size: int) -> None:
    """They are exact before the first sound, between two and behind the last one, however the audio comes."""
    fmt = PcmFormat(8000)
    joiner = Joiner(fmt, JoinRule())
    sounds = [tone(800, number=1), tone(800, number=2)]
    made = b""
    for sound in sounds:
        made += joiner.pause(pause_ms)
        joiner.begin(last=False)
        pcm = silence(900) + sound + silence(1100)
        made += b"".join(joiner.feed(pcm[at : at + size]) for at in range(0, len(pcm), size))
        made += joiner.end(Boundary.PARAGRAPH)
    made += joiner.pause(pause_ms) + joiner.finish()
    gap = silence(8 * pause_ms)
    assert made == gap + sounds[0] + gap + sounds[1] + gap


def test_pauses_between_answers_as_they_came() -> None:
    """Raw answers are not touched: the silence stands beside what they have themselves."""
    joiner = Joiner(PcmFormat(8000), JoinRule(raw=True))
    pcm = silence(10) + tone(80) + silence(20)
    joiner.begin(last=False)
    made = joiner.feed(pcm) + joiner.end(Boundary.SENTENCE) + joiner.pause(100)
    joiner.begin(last=False)
    made += joiner.feed(pcm) + joiner.end(Boundary.SENTENCE) + joiner.pause(50) + joiner.finish()
    assert made == pcm + silence(800) + pcm + silence(400)


def hissing(number: int, noise_level: float, offset: int) -> bytes:
    """Make a segment with 150 and 360 ms around its sound, in noise of this energy that stands beside zero."""
    generator = random.Random(number)
    sound = [8000 * math.sin(math.tau * 134 * index / 12000) for index in range(12000)]
    wave = [0.0] * 3600 + sound + [0.0] * 8640
    return array.array("h", [round(sample + offset + generator.gauss(0, noise_level)) for sample in wave]).tobytes()


@pytest.mark.parametrize(
    ("noise_level", "offset"), [(0, 0), (20, 0), (60, 0), (100, 0), (20, 300), (0, 900), (5, -2000)]
)
@pytest.mark.parametrize("piece_bytes", [960, 20000, 100_000])
def test_noise_and_offset_are_silence(noise_level: float, offset: int, piece_bytes: int) -> None:
    """Leave the chosen pause where the service's silence hisses or does not stand at zero."""
    joiner, out = Joiner(PcmFormat(24000), JoinRule()), b""
    for number in range(4):
        pcm = hissing(number, noise_level, offset)
        joiner.begin(last=number == 3)
        out += b"".join(joiner.feed(pcm[at : at + piece_bytes]) for at in range(0, len(pcm), piece_bytes))
        out += joiner.end(Boundary.SENTENCE)
    out += joiner.finish()
    wave, window = samples(out), 240
    loud = []
    for at in range(0, len(wave) - window, window):
        part = wave[at : at + window]
        mean = sum(part) / window
        loud.append(math.sqrt(max(0.0, sum(sample * sample for sample in part) / window - mean * mean)) > 200)
    edges = [index for index, (one, other) in enumerate(pairwise(loud)) if one != other]
    pauses = [10 * (right - left) for left, right in zip(edges[1:-1:2], edges[2:-1:2], strict=True)]
    assert len(pauses) == 3
    assert all(330 <= pause <= 360 for pause in pauses), pauses
    steps = [abs(one - other) for one, other in pairwise(wave)]
    assert max(steps) < 1500, "a click"
