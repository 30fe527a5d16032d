"""Subtitles from exact sample positions: readable cues, each labelled with where its times come from.

The service sends no times on its usual route (protocol.md 3), but the position of every segment in the output is
known to the sample. A segment that fits one cue gets exactly these. A longer one is cut: by the words' times when the
WebSocket or the offline engine gave them, else by the share of characters, and the cues say so: ``service-word``,
``engine-word``, ``interpolated``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal
from unicodedata import category

from lightning_cli.audio.subtitles_layout import CuePiece, Unit, joined, laid_out, units_of
from lightning_cli.errors import UsageFault

Source = Literal["exact-sentence", "service-word", "engine-word", "interpolated"]
Format = Literal["srt", "vtt", "json"]
_FORMATS: dict[str, Format] = {".srt": "srt", ".vtt": "vtt", ".json": "json"}
# Comparing words takes up to the product of their numbers; a text and its times are far below.
_COMPARED = 10_000_000
# What a reader needs: a cue on the screen for so long, at so many characters a second, and no flicker between two.
_SHORTEST_MS, _CHARACTERS_PER_S, _LINGER_MS = 833, 20, 500


@dataclass(frozen=True, slots=True)
class WordSpan:
    """The place of one word in the output, in frames."""

    text: str
    start_frames: int
    end_frames: int


@dataclass(frozen=True, slots=True)
class SpokenSegment:
    """The place of one segment in the output, in frames; ``split`` marks a piece of a longer sentence.

    The places of such a piece are as exact as those of a sentence, and its cues are labelled alike. ``words`` are those
    of ``word_source``, in order, where it gave any; they may leave words of the text out.
    """

    text: str
    start_frames: int
    end_frames: int
    split: bool = False
    words: tuple[WordSpan, ...] = ()
    word_source: Source = "service-word"


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue, which shows ``lines`` from ``start_frames`` to ``end_frames``; ``index`` counts from 1.

    ``text`` is the lines put together as the text had them; ``words`` are those with a time that start here.
    """

    index: int
    start_frames: int
    end_frames: int
    lines: tuple[str, ...]
    source: Source
    text: str
    words: tuple[WordSpan, ...] = ()


def cues_of(spoken: Iterable[SpokenSegment], sample_rate: int) -> list[Cue]:
    """Return the cues of what was spoken, in its order; segments without text have none.

    Cues never overlap as long as segments do not. The text of a segment's cues put together is the segment's text,
    white space aside. Times that run backwards or a rate that is not positive raise ``RuntimeError``.
    """
    cues: list[Cue] = []
    for segment in spoken:
        frames = segment.end_frames - segment.start_frames
        if frames < 0 or sample_rate <= 0:
            raise RuntimeError(f"a segment of {frames} frames at {sample_rate} Hz")
        units = units_of(segment.text)
        pieces = laid_out(units, frames / sample_rate)
        for piece, (start, end, source) in zip(pieces, _times(segment, units, pieces), strict=True):
            text = joined(units[piece.first : piece.last])
            cues.append(Cue(len(cues) + 1, start, end, piece.lines, source, text))
        _give_words(cues, len(pieces), segment.words)
    return cues


def format_for(path: str | Path) -> Format:
    """Return the format that a file's extension names; raise ``UsageFault`` for another."""
    suffix = Path(path).suffix.lower()
    if suffix not in _FORMATS:
        raise UsageFault(
            f"cannot tell the subtitle format from {str(path)!r}",
            hint=f"end it in one of {' '.join(_FORMATS)}",
        )
    return _FORMATS[suffix]


def render(cues: Sequence[Cue], sample_rate: int, kind: Format) -> str:
    """Write cues in a format."""
    return {"srt": to_srt, "vtt": to_vtt, "json": to_json}[kind](cues, sample_rate)


def to_srt(cues: Sequence[Cue], sample_rate: int) -> str:
    r"""Write SubRip: milliseconds, no cue without length, none before the end of the one before it.

    A cue lingers into the pause behind it, so that it can be read; the last one ends with the speech.

    SubRip has no escape. Players take ``<b`` up to the next ``>`` for a tag, whatever stands between, so an invisible
    word joiner (U+2060) parts such a ``<``, and the brace of ``{\``, from what follows.
    """
    blocks: list[str] = []
    for cue, start, end in _milliseconds(cues, sample_rate):
        body = re.sub(r"<(?=[^>]*>)|\{(?=\\)", "\\g<0>\u2060", "\n".join(cue.lines))
        blocks.append(f"{cue.index}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{body}\n")
    return "\n".join(blocks)


def to_vtt(cues: Sequence[Cue], sample_rate: int) -> str:
    """Write WebVTT: times as in SubRip; each cue's identifier is its number and its source."""
    blocks = [
        f"{cue.index} {cue.source}\n{_clock(start, '.')} --> {_clock(end, '.')}\n"
        + "".join(f"{_escaped(line)}\n" for line in cue.lines)
        for cue, start, end in _milliseconds(cues, sample_rate)
    ]
    return "\n".join(("WEBVTT\n", *blocks))


def to_json(cues: Sequence[Cue], sample_rate: int) -> str:
    """Write JSON: the frames of the speech, the source of each cue, its text and lines, and its words if any."""
    import json

    listed = []
    for cue in cues:
        entry: dict[str, object] = {
            "index": cue.index,
            "start_frames": cue.start_frames,
            "end_frames": cue.end_frames,
            "source": cue.source,
            "text": cue.text,
            "lines": list(cue.lines),
        }
        if cue.words:
            entry["words"] = [
                {"text": word.text, "start_frames": word.start_frames, "end_frames": word.end_frames}
                for word in cue.words
            ]
        listed.append(entry)
    return json.dumps({"sample_rate": sample_rate, "cues": listed}, ensure_ascii=False, indent=2) + "\n"


def _times(segment: SpokenSegment, units: Sequence[Unit], pieces: Sequence[CuePiece]) -> list[tuple[int, int, Source]]:
    """Return start, end and source of each piece of a segment."""
    if len(pieces) <= 1:
        return [(segment.start_frames, segment.end_frames, "exact-sentence")] * len(pieces)
    heard = _heard(segment, units)
    scale = _Scale(segment, units, heard)
    times: list[tuple[int, int, Source]] = []
    earliest = segment.start_frames
    for piece in pieces:
        first_known = piece.first == 0 or piece.first in heard
        last_known = piece.last == len(units) or piece.last - 1 in heard
        start = max(earliest, scale.at(units[piece.first].at) if piece.first else segment.start_frames)
        if piece.last == len(units):
            end = segment.end_frames
        else:
            end = heard[piece.last - 1].end_frames if last_known else scale.at(units[piece.last].at)
            end = min(end, scale.at(units[piece.last].at))
        earliest = max(start, end)
        times.append((start, earliest, segment.word_source if heard and first_known and last_known else "interpolated"))
    return times


def _heard(segment: SpokenSegment, units: Sequence[Unit]) -> dict[int, WordSpan]:
    """Match the words that have times to units, whatever its spelling of numbers and its punctuation."""
    if not segment.words or len(segment.words) * len(units) > _COMPARED:
        return {}
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(
        None, [_folded(unit.text) for unit in units], [_folded(word.text) for word in segment.words], autojunk=False
    )
    heard: dict[int, WordSpan] = {}
    latest = segment.start_frames
    for unit, word, size in matcher.get_matching_blocks():
        for step in range(size):
            span = segment.words[word + step]
            # A time that runs backwards or leaves the segment is ignored.
            if _folded(span.text) and latest <= span.start_frames <= span.end_frames <= segment.end_frames:
                heard[unit + step] = span
                latest = span.end_frames
    return heard


class _Scale:
    """Scale from characters to frames: straight lines between the times that are known."""

    def __init__(self, segment: SpokenSegment, units: Sequence[Unit], heard: dict[int, WordSpan]) -> None:
        self._marks = [(0, segment.start_frames)]
        for number, word in sorted(heard.items()):
            self._marks.append((units[number].at, word.start_frames))
            self._marks.append((units[number].at + len(units[number].text), word.end_frames))
        self._marks.append((units[-1].at + len(units[-1].text), segment.end_frames))

    def at(self, characters: int) -> int:
        # Of several times for one place the last counts: a word's start, not the end of the one before it.
        low = max(mark for mark in self._marks if mark[0] <= characters)
        # No unit begins where the last one ends.
        high = min(mark for mark in self._marks if mark[0] > characters)
        return low[1] + (high[1] - low[1]) * (characters - low[0]) // (high[0] - low[0])


def _folded(text: str) -> str:
    """Return the letters, digits and the marks on them, in one case."""
    return "".join(mark for mark in text.casefold() if mark.isalnum() or category(mark)[0] == "M")


def _give_words(cues: list[Cue], count: int, words: Sequence[WordSpan]) -> None:
    """Return each word to the last of the ``count`` newest cues that has begun."""
    if not words or not count:
        return
    recent = cues[-count:]
    shares: list[list[WordSpan]] = [[] for _ in recent]
    for word in words:
        begun = [number for number, cue in enumerate(recent) if cue.start_frames <= word.start_frames]
        shares[begun[-1] if begun else 0].append(word)
    cues[-count:] = [
        Cue(cue.index, cue.start_frames, cue.end_frames, cue.lines, cue.source, cue.text, tuple(share))
        for cue, share in zip(recent, shares, strict=True)
    ]


def _milliseconds(cues: Iterable[Cue], sample_rate: int) -> Iterator[tuple[Cue, int, int]]:
    earliest = 0
    for cue, following in pairwise((*cues, None)):
        if cue is None:
            break
        start = max(earliest, _rounded_ms(cue.start_frames, sample_rate))
        earliest = max(start + 1, _rounded_ms(cue.end_frames, sample_rate))
        if following is not None:
            read = start + max(_SHORTEST_MS, len(cue.text) * 1000 // _CHARACTERS_PER_S)
            room = _rounded_ms(following.start_frames, sample_rate)
            earliest = max(earliest, min(room, max(read, earliest + _LINGER_MS)))
        yield cue, start, earliest


def _rounded_ms(frames: int, sample_rate: int) -> int:
    return (frames * 2000 + sample_rate) // (2 * sample_rate)


def _clock(milliseconds: int, mark: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{thousandths:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
