"""The offline synthesiser: text to blocks of PCM, each as soon as it exists.

A thread computes ahead of its listener, through a bounded channel; closing the speech stops it within the piece it
is at. Module imports stay light: numpy and the engines load in that thread.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from lightning_cli.errors import EngineError
from lightning_cli.local import espeak
from lightning_cli.local.chunks import FIRST_LIMIT_CHARS, Chunk, Ending, pieces
from lightning_cli.local.english import read_english
from lightning_cli.local.neural import SAMPLE_RATE as NEURAL_RATE
from lightning_cli.local.neural import NeuralVoice, NeuralWord
from lightning_cli.local.offline_voices import (
    ENGLISH,
    HEART,
    LANGUAGE_NAMES,
    SERVICE_HINT,
    UNSUPPORTED_OFFLINE,
    OfflineVoice,
    check_voice,
    default_voice,
    espeak_hint,
    espeak_installed,
    offline_voices,
    spoken_language,
    voice_language,
)
from lightning_cli.local.scripts import Run, guess_devanagari, guess_latin, speakable, split
from lightning_cli.local.sign_names import spelled_out
from lightning_cli.local.speech import BlockChannel, Speech
from lightning_cli.local.spoken import for_espeak, words_alone
from lightning_cli.local.word_times import PlacedPiece, SpokenPart, TimeMark
from lightning_cli.request import DEFAULT_SAMPLE_RATE, SAMPLE_RATES

if TYPE_CHECKING:
    from lightning_cli.local.pcm_blocks import Samples

# The API's range is narrower; OpenAI's reaches so far.
ENGINE_SPEEDS = (0.25, 4.0)
# Brings eSpeak NG (-21 dBFS, peaks at full scale) to hibari's level and leaves room for the resampler's overshoot.
_ESPEAK_GAIN = 0.84
_ESPEAK_LIMIT_CHARS = 400
_FIRST_HEAD_S = 0.06
_PAUSE_S = 0.2
# What a paragraph's end adds to a sentence's.
_PARAGRAPH_GAP_S = 0.35
# What goes through the resampler at once; the first block of all leaves as soon as it is through.
_SLICE_S, _FIRST_SLICE_S = 1.0, 0.25
# The longest silence before and after a joint, by what the piece before it ends with.
_JOINTS_S = {
    Ending.PARAGRAPH: (0.15, 0.4),
    Ending.SENTENCE: (0.15, 0.4),
    Ending.CLAUSE: (0.05, 0.15),
    Ending.WORD: (0.03, 0.03),
}


@dataclass(frozen=True, slots=True)
class _Job:
    """How a text is to be spoken."""

    runs: tuple[Run, ...]
    neural_english: bool
    sample_rate: int
    speed: float
    starts_quickly: bool
    # What was heard when goes here; None where it was not asked for.
    said: list[SpokenPart] | None
    notes: list[str]

    def is_neural(self, run: Run) -> bool:
        """Return whether hibari speaks a run."""
        return self.neural_english and run.language == ENGLISH


class _Rendered(NamedTuple):
    """What an engine said: ``marks`` are its words, by frames, in the text ``spoken``; None if it tells none."""

    audio: "Samples"
    rate: int
    spoken: str | None = None
    marks: "list[espeak.WordMark] | None" = None


class Synthesiser:
    """Speak text with the engines that are installed; safe from several threads, each with its own ``Speech``."""

    def __init__(self) -> None:
        self._neural = NeuralVoice()

    def voices(self) -> list[OfflineVoice]:
        """List the voices that can speak here and now."""
        return offline_voices()

    def preload(self, voice_id: str | None = None, language: str | None = None) -> None:
        """Start loading what a voice needs, in the background; raises ``EngineError`` without a voice for it."""
        if (voice_id or default_voice(language)) == HEART:
            self._neural.preload()

    def close(self) -> None:
        """Join the loading threads; speeches are closed by their owners."""
        self._neural.close()

    def synthesise(
        self,
        text: str,
        *,
        voice_id: str | None = None,
        sample_rate: int = DEFAULT_SAMPLE_RATE,
        speed: float = 1.0,
        language: str | None = None,
        tells_words: bool = False,
        starts_quickly: bool = True,
    ) -> Speech:
        """Start speaking ``text`` and return at once; equal arguments give equal bytes.

        ``voice_id`` None is the language's default; ``sample_rate`` in Hz, one of the API's; ``speed`` a factor from
        0.25 to 4. ``heart`` speaks English and leaves other scripts and languages to eSpeak NG; an eSpeak voice speaks
        all itself. With ``tells_words`` the speech says when what was heard; with ``starts_quickly`` a long first
        sentence is cut, so that the first sound need not wait for all of it. Raises ``EngineError``, naming what is
        missing, before anything is computed, as far as that is known from the text, the voice and the language.
        """
        low, high = ENGINE_SPEEDS
        if sample_rate not in SAMPLE_RATES or not low <= speed <= high:
            raise RuntimeError(f"sample rate {sample_rate} and speed {speed} were to be checked before")
        voice = voice_id or default_voice(language)
        check_voice(voice)
        spoken = spoken_language(language) or voice_language(voice)
        if spoken is None and language == "auto":
            spoken = guess_latin(text)
        runs = split(text, spoken, guess_devanagari(text) if spoken not in {"hi", "mr"} else spoken)
        said: list[SpokenPart] | None = [] if tells_words else None
        job = _Job(tuple(runs), voice == HEART, sample_rate, speed, starts_quickly, said, [])
        _check_runs(job)
        return Speech(lambda channel: self._produce(job, channel), job.said, job.notes)

    def _produce(self, job: _Job, channel: BlockChannel) -> None:
        if any(not job.is_neural(run) for run in job.runs):
            espeak.shared()  # its process starts while numpy loads
        from lightning_cli.local.pcm_blocks import BlockCutter, RateConverter, to_bytes

        converter, cutter = RateConverter(job.sample_rate), BlockCutter(job.sample_rate)
        for audio, rate in _sliced(self._audio(job, channel)):
            for block in cutter.feed(to_bytes(converter.feed(audio, rate))):
                if not channel.put(block):
                    return
        for block in cutter.feed(to_bytes(converter.flush())) + cutter.flush():
            channel.put(block)

    def _audio(self, job: _Job, channel: BlockChannel) -> Iterator[tuple["Samples", int]]:
        """Yield the samples of every piece with their rate, the silence at the joints shortened."""
        import numpy as np

        from lightning_cli.local.pcm_blocks import bounds, faded

        head_s: float | None = _FIRST_HEAD_S
        at_s = 0.0
        for piece, placed, is_last in _with_last(_pieces(job, self._neural.knows)):
            if channel.closed:
                return
            rendered = self._render(job, placed.run, piece, channel)
            head_next_s, tail_s = _JOINTS_S[piece.ending]
            start, end = bounds(rendered.audio, rendered.rate, head_s, None if is_last else tail_s / job.speed)
            end_s = at_s + (end - start) / rendered.rate
            if job.said is not None:
                marks = _marks(rendered, at_s - start / rendered.rate, at_s, end_s)
                job.said.append(placed.said(rendered.spoken, marks, at_s, end_s))
            at_s = end_s
            cut = faded(rendered.audio[start:end], rendered.rate, head=start > 0, tail=end < len(rendered.audio))
            yield cut, rendered.rate
            if piece.ending is Ending.PARAGRAPH and not is_last:
                gap = np.zeros(round(_PARAGRAPH_GAP_S / job.speed * rendered.rate), np.float32)
                at_s += len(gap) / rendered.rate
                yield gap, rendered.rate
            head_s = head_next_s / job.speed

    def _render(self, job: _Job, run: Run, piece: Chunk, channel: BlockChannel) -> _Rendered:
        """Speak one piece; what stays silent is tried with the other engine, then spelled out."""
        import numpy as np

        from lightning_cli.local.pcm_blocks import is_silent

        if not speakable(piece.text):
            return _Rendered(np.zeros(round(_PAUSE_S * NEURAL_RATE), np.float32), NEURAL_RATE)
        neural = job.is_neural(run)
        ways = [(neural, run.language, piece.text)]
        if run.language == ENGLISH and neural and espeak_installed():
            ways.append((False, ENGLISH, piece.text))
        ways.append((job.neural_english, ENGLISH, spelled_out(piece.text)))
        fault: EngineError | None = None
        while ways:
            is_neural, language, text = ways.pop(0)
            try:
                rendered = self._render_neural(text, job) if is_neural else _render_espeak(text, language, job, channel)
            except EngineError as stumbled:
                fault = stumbled
                if isinstance(stumbled, espeak.EngineCrash) and text is piece.text:
                    job.notes.append(f"{stumbled.message}; its words are spoken without their punctuation")
                    ways.insert(0, (False, language, words_alone(text)))
                continue
            if channel.closed or not is_silent(rendered.audio):
                # Words of a text that was spelled out are not the text's.
                return rendered if text is piece.text else rendered._replace(spoken=None, marks=None)
        raise fault or EngineError(f"no offline engine can speak {piece.text.strip()[:40]!r}", hint=SERVICE_HINT)

    def _render_neural(self, text: str, job: _Job) -> _Rendered:
        import numpy as np

        from lightning_cli.local.pcm_blocks import stretch

        words: list[NeuralWord] | None = None if job.said is None else []
        audio = list(self._neural.render(text, words))
        whole = np.concatenate(audio) if audio else np.zeros(0, np.float32)
        stretched = [stretch(sentence, job.speed, NEURAL_RATE) for sentence in audio]
        heard = np.concatenate(stretched) if stretched else whole
        if not words:
            return _Rendered(heard, NEURAL_RATE)
        scale = len(heard) / max(len(whole), 1)
        marks: list[espeak.WordMark] = []
        at = 0
        for word in words:
            marks.append(espeak.WordMark(at, round(word.start * scale), round(word.end * scale)))
            at += len(word.text) + 1
        return _Rendered(heard, NEURAL_RATE, " ".join(word.text for word in words), marks)


def _render_espeak(text: str, language: str, job: _Job, channel: BlockChannel) -> _Rendered:
    from lightning_cli.local.pcm_blocks import from_bytes, stretch, without_offset

    engine = espeak.shared()
    spoken = for_espeak(text, language, lambda symbol: engine.reads(symbol, language))

    marks: list[espeak.WordMark] | None = None if job.said is None else []

    def speak(factor: float, marks: list[espeak.WordMark] | None = None) -> bytes:
        pcm: list[bytes] = []

        def deliver(piece: bytes) -> bool:
            pcm.append(piece)
            return not channel.closed

        engine.speak(spoken, language, factor, deliver, marks)
        return b"".join(pcm)

    audio = without_offset(from_bytes(speak(job.speed, marks)) * _ESPEAK_GAIN, engine.sample_rate)
    if job.speed != 1 and len(audio) and not channel.closed:
        # Its own rate keeps fast speech clear but is up to a sixth off; the rest is stretched.
        frames = len(audio)
        audio = stretch(audio, frames * job.speed / (len(speak(1.0)) / 2), engine.sample_rate)
        scale = len(audio) / frames
        marks = marks and [
            mark._replace(start=round(mark.start * scale), end=round(mark.end * scale)) for mark in marks
        ]
    return _Rendered(audio, engine.sample_rate, spoken, marks)


def _marks(rendered: _Rendered, offset_s: float, first_s: float, last_s: float) -> list[TimeMark] | None:
    """Put the engine's words where they are in the whole audio, cut to their piece of it."""
    if rendered.marks is None:
        return None

    def at(frame: int) -> float:
        return min(max(offset_s + frame / rendered.rate, first_s), last_s)

    return [TimeMark(mark.position, at(mark.start), at(mark.end)) for mark in rendered.marks]


def _sliced(pieces: Iterator[tuple["Samples", int]]) -> Iterator[tuple["Samples", int]]:
    """Cut pieces so that what is made of them is never held whole: the beginning is heard before the rest is ready."""
    slice_s = _FIRST_SLICE_S
    for audio, rate in pieces:
        at = 0
        while at < len(audio):
            until = at + round(slice_s * rate)
            yield audio[at:until], rate
            at, slice_s = until, _SLICE_S


def _check_runs(job: _Job) -> None:
    """Raise ``EngineError`` for what is known beforehand not to be spoken."""
    if not any(speakable(run.spoken) for run in job.runs):
        raise EngineError("nothing in the text can be spoken", hint="punctuation alone makes no sound")
    for run in job.runs:
        if run.unreadable:
            raise EngineError(
                f"the Japanese {run.source.strip()[:20]!r} cannot be spoken offline: {UNSUPPORTED_OFFLINE['ja']}",
                hint=SERVICE_HINT,
            )
        if not job.is_neural(run) and not espeak_installed():
            raise EngineError(
                f"{LANGUAGE_NAMES[run.language]} ({run.source.strip()[:20]!r}) needs eSpeak NG, which is not installed",
                hint=espeak_hint(),
            )


def _pieces(job: _Job, knows: Callable[[str], bool]) -> Iterator[tuple[Chunk, PlacedPiece]]:
    first_limit = FIRST_LIMIT_CHARS if job.starts_quickly else None
    run_at = 0
    for written in job.runs:
        run = written
        if job.is_neural(run):
            run = written._replace(spoken=read_english(run.spoken, knows))
            cut = pieces(run.spoken, first_limit_chars=first_limit)
        else:
            cut = pieces(run.spoken, limit_chars=_ESPEAK_LIMIT_CHARS, language=run.language)
        first_limit = None
        begins = 0
        for piece in cut:
            yield piece, PlacedPiece(run, run_at, begins, len(piece.text))
            begins += len(piece.text)
        run_at += len(run.source)


def _with_last(items: Iterator[tuple[Chunk, PlacedPiece]]) -> Iterator[tuple[Chunk, PlacedPiece, bool]]:
    """Yield each item with whether it is the last."""
    held: tuple[Chunk, PlacedPiece] | None = None
    for item in items:
        if held is not None:
            yield *held, False
        held = item
    if held is not None:
        yield *held, True
