"""Subtitles as a script with a clock: one row for each sentence, with the time at which it begins.

Cues that go on in one sentence become one row, so that no voice falls at the end of each line. pysubs2 reads SRT,
WebVTT and (Advanced) SubStation Alpha.
"""

import html
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
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
_VOICE = re.compile(r"<v(?:\.[\w.-]{1,40})?[ \t]+([^>\n]{1,60})>")
_DASH = re.compile(r"^\s*[-–—]\s*(?=\S)", re.MULTILINE)  # noqa: RUF001 - dashes of dialogue


@dataclass(frozen=True, slots=True)
class Cue:
    """When words are on the screen, in ms."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""


def read_cues(reading: Reading, name: str, text: str, path: Path) -> None:
    """Read subtitles; each sentence is a row that knows its time and the time until the next one."""
    import pysubs2

    if path.suffix.lower() == ".vtt":
        # Voice tags, which pysubs2 drops with the rest.
        text = _VOICE.sub(lambda tag: _voice(reading.options.cast, tag[1]), text)
    try:
        with warnings.catch_warnings():
            # Of a layer or a margin that is no number, which is not heard.
            warnings.simplefilter("ignore")
            found = pysubs2.SSAFile.from_string(text, format_=SUBTITLES[path.suffix.lower()])
    # It raises whatever its parts raise: numbers, regular expressions, missing sections.
    except Exception as fault:  # noqa: BLE001 - foreign parser
        reading.problems.append(f"{name}: cannot be read as subtitles ({type(fault).__name__}: {fault})")
        return
    cues = sorted(
        (
            Cue(event.start, event.end, _words(event.plaintext, path), event.name)
            for event in found
            if not event.is_comment and not event.is_drawing
        ),
        key=lambda cue: cue.start_ms,
    )
    # Notes alone say that music plays.
    cues = [cue for cue in cues if has_words(cue.text)]
    if not cues:
        reading.problems.append(f"{name}: has no cue with words")
        return
    cast = reading.options.cast
    sentences = list(sentences_of(cues, cast))
    for number, cue in enumerate(sentences):
        follows = sentences[number + 1].start_ms if number + 1 < len(sentences) else None
        place = f"{name}: cue at {_clock(cue.start_ms)}"
        stem = f"{path.stem or 'speech'}-{number + 1:04}"
        cells: dict[str, object] = {TEXT: cue.text}
        if cast is not None and cast.member(cue.speaker) is not None:
            cells["voice"] = cue.speaker
        reading.add(place, stem, cells, path.parent, clock=(cue.start_ms, cue.end_ms, follows))


def sentences_of(cues: Sequence[Cue], cast: Cast | None = None) -> list[Cue]:
    """Return cues that each hold a sentence or more; one that breaks off goes on in the next."""
    ended = sum(bool(_SENTENCE_END.search(cue.text)) for cue in cues)
    if ended < _MARKED_SHARE * len(cues):
        return list(cues)
    joined: list[Cue] = []
    for cue in cues:
        last = joined[-1] if joined else None
        is_turn = cast is not None and cast.speaker_of(cue.text) is not None
        if last is not None and not is_turn and _goes_on(last, cue):
            joined[-1] = Cue(last.start_ms, max(last.end_ms, cue.end_ms), f"{last.text} {cue.text}", last.speaker)
        else:
            joined.append(cue)
    return joined


def _goes_on(last: Cue, cue: Cue) -> bool:
    return (
        not _SENTENCE_END.search(last.text)
        and cue.start_ms - last.end_ms <= _LONGEST_GAP_MS
        and cue.speaker == last.speaker
        and len(last.text) + len(cue.text) <= _LONGEST_CHARS
    )


def _voice(cast: Cast | None, name: str) -> str:
    return f"{name.strip()}: " if cast is not None and cast.member(name) is not None else ""


def _words(text: str, path: Path) -> str:
    if path.suffix.lower() == ".vtt":
        text = html.unescape(text)
    return " ".join(_DASH.sub("", text).split())


def _clock(at_ms: int) -> str:
    seconds, ms = divmod(at_ms, 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
