"""Subtitles: readable cues, honest times, and files that ffmpeg reads."""

import json
import random
import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.spoken_cues import CHINESE, LONG, RATE, SHORT, one, solid, spans

from lightning_cli.audio.subtitles import (
    Cue,
    Format,
    SpokenSegment,
    WordSpan,
    cues_of,
    format_for,
    render,
    to_json,
    to_srt,
    to_vtt,
)
from lightning_cli.audio.subtitles_layout import MAX_LINES
from lightning_cli.errors import UsageFault

GUARD_S = 60


def test_a_sentence_that_fits_is_exact() -> None:
    """A segment that fits one cue is shown from its first to its last frame, on two balanced lines."""
    cues = cues_of(
        [
            SpokenSegment("Yes.", 7, 1001),
            SpokenSegment(SHORT, 2002, 90001, split=True),
            SpokenSegment(" \n", 90001, 90002),
        ],
        RATE,
    )
    assert cues == [
        Cue(1, 7, 1001, ("Yes.",), "exact-sentence", "Yes."),
        Cue(
            2,
            2002,
            90001,
            ("The quick brown fox jumps over", "the lazy dog, and then it rests."),
            "exact-sentence",
            SHORT,
        ),
    ]


TEXTS = st.one_of(
    st.text(min_size=1, max_size=300),
    st.lists(st.text("abcdefghij,.你好。“”'", min_size=1, max_size=12), min_size=1, max_size=60).map(" ".join),
    st.text("你好世界，。！「」abc ー", min_size=1, max_size=200),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(TEXTS, st.integers(0, 30 * RATE), st.integers(0, RATE)), max_size=4), st.randoms())
@example([(LONG, 0, 0), (CHINESE, 1, 0)], random.Random(1))
def test_nothing_is_lost_and_time_runs_forward(segments: list[tuple[str, int, int]], chance: random.Random) -> None:
    """Cues put together are the text; lines keep their bounds; times never overlap, in frames or in milliseconds."""
    spoken: list[SpokenSegment] = []
    at = 0
    for text, frames, pause in segments:
        words = [
            WordSpan(word, at + chance.randrange(frames + 1), at + chance.randrange(frames + 1))
            for word in text.split()
        ]
        spoken.append(
            SpokenSegment(text, at, at + frames, words=tuple(chance.sample(words, chance.randrange(len(words) + 1))))
        )
        at += frames + pause
    cues = cues_of(spoken, RATE)
    assert solid("".join(cue.text for cue in cues)) == solid("".join(text for text, _, _ in segments))
    assert [cue.index for cue in cues] == list(range(1, len(cues) + 1))
    assert sum(len(cue.words) for cue in cues) == sum(len(each.words) for each in spoken if solid(each.text))
    earliest = 0
    for cue in cues:
        assert earliest <= cue.start_frames <= cue.end_frames
        earliest = cue.end_frames
        assert 1 <= len(cue.lines) <= MAX_LINES
        assert all(line and line == line.strip() for line in cue.lines)
        assert solid("".join(cue.lines)) == solid(cue.text)
    for written, mark in ((to_srt(cues, RATE), ","), (to_vtt(cues, RATE), ".")):
        times = [
            milliseconds(start, end) for start, end in re.findall(rf"(?m)^(\d+:.*\{mark}\d+) --> (\d+:.*)$", written)
        ]
        assert len(times) == len(cues)
        assert all(start < end for start, end in times)
        assert all(left[1] <= right[0] for left, right in pairwise(times))


def milliseconds(*clocks: str) -> list[int]:
    """Read the times of a cue."""
    parts = [re.split(r"[:.,]", clock) for clock in clocks]
    return [((int(h) * 60 + int(m)) * 60 + int(s)) * 1000 + int(ms) for h, m, s, ms in parts]


def test_rounding() -> None:
    """Times are rounded to the nearest millisecond; cues without length get one; hours may be many."""
    cues = [
        Cue(1, 21, 23, ("a",), "exact-sentence", "a"),
        Cue(2, 23, 23, ("b",), "exact-sentence", "b"),
        Cue(3, 360000 * RATE, 360000 * RATE + 22051, ("c",), "exact-sentence", "c"),
    ]
    assert to_srt(cues, RATE) == (
        "1\n00:00:00,000 --> 00:00:00,001\na\n\n"
        "2\n00:00:00,001 --> 00:00:00,834\nb\n\n"
        "3\n100:00:00,000 --> 100:00:00,500\nc\n"
    )
    assert to_srt([], RATE) == ""


def test_cues_linger() -> None:
    """A cue stays for 833 ms, 20 characters a second and half a second of the pause, and never over the next one.

    The last one ends with the speech; JSON keeps the speech of all.
    """
    rate = 1000
    said = [
        ("Yes.", 0, 200),
        ("No.", 5000, 5100),
        (("Word " * 15).strip(), 5400, 6000),
        (SHORT, 20_000, 24_000),
        ("Ah.", 30_000, 30_100),
    ]
    cues = cues_of([SpokenSegment(*one) for one in said], rate)
    shown = re.findall(r"00:00:(\d+),(\d+) --> 00:00:(\d+),(\d+)", to_srt(cues, rate))
    times = [(int(a + b), int(c + d)) for a, b, c, d in shown]
    assert times == [(0, 833), (5000, 5400), (5400, 9100), (20_000, 24_500), (30_000, 30_100)]
    assert [cue["end_frames"] for cue in json.loads(to_json(cues, rate))["cues"]] == [end for _, _, end in said]


AWKWARD = [
    "a < b & c --> d, and I <3 you.",
    "<i>So</i> said {\\an8} the &amp; entity <b",
    "42",
    "“Quotes”, 你好, naïve – and 🎉!",
    LONG,
]


def awkward_cues() -> list[Cue]:
    """Make cues of texts that subtitle files have trouble with."""
    return cues_of(
        [SpokenSegment(text, n * 12 * RATE + 7, n * 12 * RATE + 9 * RATE) for n, text in enumerate(AWKWARD)], RATE
    )


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_ffmpeg_reads_what_was_written(kind: Format, tmp_path: Path) -> None:
    """The real ffprobe finds every cue at its time, the real ffmpeg every word of it."""
    path = tmp_path / f"a.{kind}"
    cues = awkward_cues()
    path.write_text(render(cues, RATE, kind), encoding="utf-8")
    probe = ("ffprobe", "-v", "error", "-show_packets", "-of", "json", str(path))
    done = subprocess.run(probe, capture_output=True, check=True, timeout=GUARD_S)
    packets = json.loads(done.stdout)["packets"]
    assert done.stderr == b""
    assert len(packets) == len(cues)
    ends = re.findall(r"--> 00:00:(\d+)[,.](\d+)\n", path.read_text())
    for packet, cue, (seconds, thousandths) in zip(packets, cues, ends, strict=True):
        start, duration = float(packet["pts_time"]), float(packet["duration_time"])
        assert abs(start - cue.start_frames / RATE) <= 0.00051
        assert abs(start + duration - int(seconds + thousandths) / 1000) <= 0.00051
    convert = ("ffmpeg", "-v", "error", "-i", str(path), "-f", "srt", "-")
    done = subprocess.run(convert, capture_output=True, check=True, timeout=GUARD_S)
    shown = re.sub(r"(?m)^\d+\n\d+:.* --> .*$", "", done.stdout.decode().replace("\r", "")).replace("\u2060", "")
    # ffmpeg's own way from WebVTT to SubRip escapes braces.
    assert solid(shown.replace("\\{", "{")) == solid("".join(AWKWARD))


def test_vtt_names_the_sources() -> None:
    """Each WebVTT cue is named by number and source, there is no note, and no text looks like markup."""
    written = to_vtt(awkward_cues(), RATE)
    header, *blocks = written.split("\n\n")
    assert header == "WEBVTT"
    assert [block.split("\n")[0] for block in blocks] == [
        *(f"{number} exact-sentence" for number in range(1, 5)),
        *(f"{number} interpolated" for number in range(5, 8)),
    ]
    assert "a &lt; b &amp; c --&gt; d, and I &lt;3 you." in written


def test_json_is_exact() -> None:
    """JSON carries frames, rate, source, text, lines and the words that are known."""
    cues = [*one(SHORT), *one(LONG, words=spans(LONG))]
    read = json.loads(to_json(cues, RATE))
    assert read["sample_rate"] == RATE
    assert len(read["cues"]) == len(cues)
    for entry, cue in zip(read["cues"], cues, strict=True):
        words = tuple(WordSpan(**word) for word in entry.pop("words", []))
        assert Cue(**{**entry, "lines": tuple(entry["lines"])}, words=words) == cue
    assert "“" in to_json(one("“x”"), RATE)


def test_format_for() -> None:
    """The extension says the format, in any case; another one is refused with the list."""
    assert [format_for(name) for name in ("a.srt", "b.c.VTT", Path("x.json"))] == ["srt", "vtt", "json"]
    for name in ("a", "a.txt", ".srt", "srt"):
        with pytest.raises(UsageFault) as fault:
            format_for(name)
        assert ".vtt" in (fault.value.hint or "")


def test_misuse() -> None:
    """Times that run backwards and rates that are none are bugs of the caller."""
    for segment, rate in ((SpokenSegment("a", 2, 1), RATE), (SpokenSegment("a", 1, 2), 0)):
        with pytest.raises(RuntimeError):
            cues_of([segment], rate)
