"""Speak, transcribe, count: ``make listen`` prints what a recogniser mistakes of the offline voices.

Four tables, or a text of one's own (``--file``): word errors of English at four speeds; rows of the table of readings
in tests/local/readings, each beside its wanted reading spoken by the same voice; errors by character of other
languages; and, without the recogniser, how far subtitles cut inside a clause begin from the word that is heard.
It takes several minutes.
"""

import argparse
import itertools
import statistics
from collections.abc import Iterable
from pathlib import Path

from support.offline_samples import SAMPLES
from support.sibilants import onsets, sentence

from lightning_cli.audio.subtitles import SpokenSegment, WordSpan, cues_of
from lightning_cli.local.synthesiser import Synthesiser
from lightning_cli.local.word_timing import WordClock
from lightning_cli.text.reading import Reading
from lightning_cli.text.whole_text import read_whole
from listen.recogniser import RATE, errors, transcribe, words
from listen.texts import HARVARD

SPEEDS = (1.0, 1.25, 1.5, 2.0)
# What Whisper base can judge: Hindi it writes in other scripts (the shared notes on engines).
LANGUAGES = ("es", "it", "pt", "de", "fr", "nl", "pl", "sv", "ru")
READINGS = Path(__file__).parents[1] / "local" / "readings" / "english.tsv"
# A recogniser hears several sentences better than one of a second.
_TOGETHER = 5
_PAUSE = bytes(RATE)  # half a second
# So many cuts of cues are measured.
_CUES = 40


def spoken(synthesiser: Synthesiser, text: str, *, speed: float = 1.0, language: str | None = None) -> bytes:
    """Return a text as s16le PCM at 16 kHz."""
    with synthesiser.synthesise(text, sample_rate=RATE, speed=speed, language=language, starts_quickly=False) as speech:
        return b"".join(speech)


def heard(synthesiser: Synthesiser, texts: Iterable[str], *, speed: float = 1.0) -> list[str]:
    """Return the words heard of some texts spoken one after the other."""
    pcm = _PAUSE.join([b"", *(spoken(synthesiser, text, speed=speed) for text in texts), b""])
    return words(transcribe(pcm))


def english(synthesiser: Synthesiser) -> None:
    """Print the word error rate at each speed."""
    for speed in SPEEDS:
        wrong = count = 0
        for start in range(0, len(HARVARD), _TOGETHER):
            group = HARVARD[start : start + _TOGETHER]
            wanted = words(" ".join(group))
            wrong += errors(wanted, heard(synthesiser, group, speed=speed))
            count += len(wanted)
        print(f"English at {speed:4.2f}   {100 * wrong / count:5.1f} % of {count} words mistaken", flush=True)


def readings(synthesiser: Synthesiser, limit: int) -> None:
    """Print how many rows of the table sound like their wanted reading to the recogniser."""
    rows = [line.split("\t") for line in READINGS.read_text().splitlines()[1:]][:limit]
    right = 0
    for _, text, wanted in rows:
        found = heard(synthesiser, [text])
        alike = any(found == heard(synthesiser, [one]) for one in wanted.split(" | "))
        right += alike
        if not alike:
            print(f"  {text!r} is heard as {' '.join(found)!r}", flush=True)
    print(f"readings          {right} of {len(rows)} are heard as the wanted reading is", flush=True)


def others(synthesiser: Synthesiser) -> None:
    """Print the character error rate of a greeting and a remark in each language."""
    for language in LANGUAGES:
        wanted = "".join(words(SAMPLES[language]))
        pcm = _PAUSE + spoken(synthesiser, SAMPLES[language], language=language) + _PAUSE
        found = "".join(words(transcribe(pcm, language)))
        print(f"{language}                {100 * errors(wanted, found) / len(wanted):5.1f} % of characters", flush=True)


def cues(synthesiser: Synthesiser) -> None:
    """Print how far cues cut inside a clause begin from the hiss of the word that they begin with."""
    away_ms: list[float] = []
    for seed in itertools.count():
        text, hissing = sentence(seed)
        with synthesiser.synthesise(text, sample_rate=RATE, starts_quickly=False, tells_words=True) as speech:
            pcm = b"".join(speech)
        words = [
            WordSpan(word.word, round(word.start_s * RATE), round(word.end_s * RATE))
            for word in WordClock(text, text, RATE).tell(0, pcm, speech.said)
        ]
        heard_s = onsets(pcm, RATE)
        spoken = SpokenSegment(text, 0, len(pcm) // 2, words=tuple(words), word_source="engine-word")
        away_ms += [
            1000 * min(abs(cue.start_frames / RATE - at) for at in heard_s)
            for cue in cues_of([spoken], RATE)[1:]
            if cue.text.split()[0] in hissing
        ]
        if len(away_ms) >= _CUES:
            break
    print(
        f"cues              {len(away_ms)} cut inside a clause: {statistics.median(away_ms):.0f} ms from their word, "
        f"{max(away_ms):.0f} at most",
        flush=True,
    )


def file(synthesiser: Synthesiser, path: Path, language: str) -> None:
    """Print where a text, read as ``say`` reads it, is heard otherwise than it is written, and how much of it."""
    segments = read_whole(path.read_text(), Reading(markup="auto"), language=language, name=path.name)
    wrong = count = 0
    seconds = 0.0
    for start in range(0, len(segments), _TOGETHER):
        group = [segment.spoken for segment in segments[start : start + _TOGETHER]]
        pcm = _PAUSE.join([b"", *(spoken(synthesiser, one, language=language) for one in group), b""])
        wanted, found = words(" ".join(group)), words(transcribe(pcm, language))
        mistaken = errors(wanted, found)
        wrong, count, seconds = wrong + mistaken, count + len(wanted), seconds + len(pcm) / 2 / RATE
        if mistaken:
            print(f"- {' '.join(wanted)}\n+ {' '.join(found)}", flush=True)
    print(f"{path.name}: {seconds:.0f} s, {100 * wrong / max(1, count):.1f} % of {count} words other than written")


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("english", "readings", "languages", "cues"))
    parser.add_argument("--file", type=Path, help="a text to read instead of the tables")
    parser.add_argument("--language", default="en", help="the language of the file")
    parser.add_argument("--rows", type=int, default=60, help="rows of the table of readings")
    chosen = parser.parse_args()
    synthesiser = Synthesiser()
    try:
        if chosen.file:
            file(synthesiser, chosen.file, chosen.language)
            return
        if chosen.only in {None, "english"}:
            english(synthesiser)
        if chosen.only in {None, "readings"}:
            readings(synthesiser, chosen.rows)
        if chosen.only in {None, "languages"}:
            others(synthesiser)
        if chosen.only in {None, "cues"}:
            cues(synthesiser)
    finally:
        synthesiser.close()


if __name__ == "__main__":
    main()
