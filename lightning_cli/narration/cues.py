"""Subtitles as a script with a clock: one row for each sentence, with the time at which it begins.

Cues that go on in one sentence become one row, so that no voice falls at the end of each line. What automatic captions
say twice, while their lines roll up, is said once; descriptions of sounds are left out. pysubs2 reads SRT, WebVTT and
(Advanced) SubStation Alpha.
"""

import html
import itertools
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lightning_cli.narration.cast import Cast
from lightning_cli.narration.columns import TEXT
from lightning_cli.narration.rows import Reading
from lightning_cli.request import has_words

SUBTITLES = {".srt": "srt", ".vtt": "vtt", ".ass": "ass", ".ssa": "ssa"}
# A sentence is over behind such a mark, whatever closes behind it.
_SENTENCE_END = re.compile(r"[.!?…。！？।؟:;♪]['\"”’»)\]\s]*$")  # noqa: RUF001 - of every script
# A longer silence parts what is said before it from what is said behind it.
_LONGEST_GAP_MS = 1000
_LONGEST_CHARS = 400
# Automatic captions have no marks at all: each cue is then spoken by itself.
_MARKED_SHARE = 0.2
# The time of a word in WebVTT, and how a syllable of a foreign script is read.
_INLINE = re.compile(r"<(?:\d+:)?\d\d:\d\d\.\d{3}>|<rt>[^<]{0,200}</rt>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# What is heard besides words, as in [door slams]; not a mark, such as [pause:1s].
_SOUND = re.compile(r"\[(?!/?(?:pause|voice|speed|lang|sub)\b)([^\[\]]{1,80})\](?!\()")
_ASIDE = re.compile(r"^[ \t♪♫#*-]*([(（][^()（）.!?]{1,60}[)）])[\s♪♫]*", re.MULTILINE)  # noqa: RUF001 - of Chinese and Japanese
_TURN = re.compile(r"(?:^|(?<=\s))>>+\s*")
# Captions roll up when so many of their cues begin with the last line of the one before.
_ROLLING_SHARE = 0.3
_SHOWN_SOUNDS = 3
_LONGEST_LINE = 4000
_VOICE = re.compile(r"<v(?:\.[\w.-]{1,40})?[ \t]+([^>\n]{1,60})>")
_DASH = re.compile(r"^\s*[-–—]\s*(?=\S)", re.MULTILINE)  # noqa: RUF001 - dashes of dialogue


@dataclass(frozen=True, slots=True)
class SourceCue:
    """When words are on the screen, in ms."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    style: str = ""


def read_cues(reading: Reading, name: str, text: str, path: Path) -> None:
    """Read subtitles; each sentence is a row that knows its time and the time until the next one."""
    import pysubs2

    if path.suffix.lower() == ".vtt":
        # Voice tags, which pysubs2 drops with the rest.
        text = _VOICE.sub(lambda tag: _voice(reading.options.cast, tag[1]), _cues_alone(text))
    if max(map(len, text.split("\n"))) > _LONGEST_LINE:
        # Its parser takes the square of a line's length.
        reading.problems.append(f"{name}: has a line of more than {_LONGEST_LINE} characters, too long for a caption")
        return
    try:
        with warnings.catch_warnings():
            # Of a layer or a margin that is not a number, which is not heard.
            warnings.simplefilter("ignore")
            found = pysubs2.SSAFile.from_string(text, format_=SUBTITLES[path.suffix.lower()])
    # It raises whatever its parts raise: numbers, regular expressions, missing sections.
    except Exception as fault:  # noqa: BLE001 - foreign parser
        reading.problems.append(f"{name}: cannot be read as subtitles ({type(fault).__name__}: {fault})")
        return
    has_styles = path.suffix.lower() in {".ass", ".ssa"}
    cues = [
        SourceCue(event.start, event.end, _unescaped(event.plaintext), event.name, event.style if has_styles else "")
        for event in found
        if not event.is_comment and not event.is_drawing
    ]
    add_cues(reading, name, path, cues)


def add_cues(reading: Reading, name: str, path: Path, cues: Sequence[SourceCue]) -> None:
    """Add a row for each sentence of ``cues``, whose texts may have several lines."""
    cast = reading.options.cast
    sounds: dict[str, None] = {}
    ordered = _said_once(sorted(cues, key=lambda cue: cue.start_ms))
    spoken = [replace(cue, text=_words(cue.text, cast, sounds)) for cue in ordered]
    # Notes alone say that music plays.
    spoken = [cue for cue in spoken if has_words(cue.text)]
    reading.problems += [
        f"{name}: the time in {cue.text[:80]!r} cannot be read; write it as 00:01:02,500 --> 00:01:04,000"
        for cue in spoken
        if "-->" in cue.text
    ]
    if not spoken:
        reading.problems.append(f"{name}: has no cue with words")
        return
    if sounds:
        shown = ", ".join(itertools.islice(sounds, _SHOWN_SOUNDS)) + (", ..." if len(sounds) > _SHOWN_SOUNDS else "")
        reading.notes.append(f"{name}: left out descriptions of sounds: {shown}")
    sentences = list(sentences_of(spoken, cast))
    for number, cue in enumerate(sentences):
        follows = sentences[number + 1].start_ms if number + 1 < len(sentences) else None
        place = f"{name}: cue at {_clock(cue.start_ms)}"
        stem = f"{path.stem or 'speech'}-{number + 1:04}"
        cells: dict[str, object] = {TEXT: cue.text}
        if cast is not None and cast.member(cue.speaker) is not None:
            cells["voice"] = cue.speaker
        reading.add(place, stem, cells, path.parent, clock=(cue.start_ms, cue.end_ms, follows))


def _cues_alone(text: str) -> str:
    """Return WebVTT without notes, styles and the names of cues: what has a time in its first or second line."""
    kept = []
    for block in re.split(r"\n(?:\n)+", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = block.strip("\n").split("\n")
        at = next((index for index, line in enumerate(lines[:2]) if "-->" in line), None)
        if at is not None:
            kept.append(
                "\n".join(line if place == 0 else _INLINE.sub("", line) for place, line in enumerate(lines[at:]))
            )
    return "\n\n".join(["WEBVTT", *kept, ""])


def _said_once(cues: Sequence[SourceCue]) -> list[SourceCue]:
    """Return cues without what was on the screen before: lines that roll up, frames and shadows of one caption."""
    lines = [[squeezed for line in cue.text.split("\n") if (squeezed := " ".join(line.split()))] for cue in cues]
    pairs = list(itertools.pairwise(lines))
    rolled = sum(bool(one and other) and one[-1] == other[0] for one, other in pairs)
    is_rolling = len(pairs) > 1 and rolled > _ROLLING_SHARE * len(pairs)
    kept: list[SourceCue] = []
    before: list[str] = []
    for cue, said in zip(cues, lines, strict=True):
        last = kept[-1] if kept else None
        new = said
        if last is not None and cue.start_ms <= last.end_ms:
            is_same = said == before and (is_rolling or bool(cue.style) or cue.start_ms < last.end_ms)
            if is_same or (is_rolling and said[:1] == before[-1:]):
                new = [] if is_same else said[1:]
        if new:
            kept.append(replace(cue, text="\n".join(new)))
        elif said and last is not None:
            kept[-1] = replace(last, end_ms=max(last.end_ms, cue.end_ms))
        before = said or before
    return kept


def sentences_of(cues: Sequence[SourceCue], cast: Cast | None = None) -> list[SourceCue]:
    """Return cues that each hold a sentence or more; one that breaks off goes on in the next."""
    ended = sum(bool(_SENTENCE_END.search(cue.text)) for cue in cues)
    if ended < _MARKED_SHARE * len(cues):
        return list(cues)
    joined: list[SourceCue] = []
    for cue in cues:
        last = joined[-1] if joined else None
        is_turn = cast is not None and cast.speaker_of(cue.text) is not None
        if last is not None and not is_turn and _goes_on(last, cue):
            joined[-1] = replace(last, end_ms=max(last.end_ms, cue.end_ms), text=f"{last.text} {cue.text}")
        else:
            joined.append(cue)
    return joined


def _goes_on(last: SourceCue, cue: SourceCue) -> bool:
    return (
        not _SENTENCE_END.search(last.text)
        and cue.start_ms - last.end_ms <= _LONGEST_GAP_MS
        and (cue.speaker, cue.style) == (last.speaker, last.style)
        and len(last.text) + len(cue.text) <= _LONGEST_CHARS
    )


def _voice(cast: Cast | None, name: str) -> str:
    return f"{name.strip()}: " if cast is not None and cast.member(name) is not None else ""


def _unescaped(text: str) -> str:
    """Return a text with its entities; what has no semicolon is none, as in R&D."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


def _words(text: str, cast: Cast | None, sounds: dict[str, None]) -> str:
    """Return what is spoken of a cue; descriptions of sounds are added to ``sounds``."""

    def sound(found: re.Match[str]) -> str:
        if cast is not None and cast.member(found[1]) is not None:
            return found[0]
        sounds[" ".join(found[0].split())] = None
        return " "

    text = _ASIDE.sub(sound, _TURN.sub("", _DASH.sub("", text)))
    return " ".join(_SOUND.sub(sound, " ".join(text.split())).split())


def _clock(at_ms: int) -> str:
    seconds, ms = divmod(at_ms, 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
