"""The offline synthesiser: text to blocks of PCM, each as soon as it exists.

A thread computes ahead of whoever listens, through a bounded channel; closing the speech stops it within the piece it
is at. Module imports stay light: numpy and the engines load in that thread.
"""

import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from lightning_cli.errors import EngineError
from lightning_cli.local import espeak
from lightning_cli.local.catalogue import (
    ENGLISH,
    ESPEAK_HINT,
    HEART,
    LANGUAGE_NAMES,
    SERVICE_HINT,
    UNSUPPORTED_OFFLINE,
    OfflineVoice,
    check_voice,
    default_voice,
    espeak_installed,
    offline_voices,
    spoken_language,
    voice_language,
)
from lightning_cli.local.channel import Channel
from lightning_cli.local.chunks import FIRST_LIMIT_CHARS, Ending, Piece, pieces
from lightning_cli.local.names import spelled_out
from lightning_cli.local.neural import SAMPLE_RATE as NEURAL_RATE
from lightning_cli.local.neural import NeuralVoice
from lightning_cli.local.scripts import Run, speakable, split
from lightning_cli.local.spoken import for_espeak
from lightning_cli.request import DEFAULT_SAMPLE_RATE, SAMPLE_RATES, SPEED_RANGE

if TYPE_CHECKING:
    from lightning_cli.local.pcm import Samples

# Brings eSpeak NG (-21 dBFS, peaks at full scale) to hibari's level and leaves room for the resampler's overshoot.
_ESPEAK_GAIN = 0.84
_ESPEAK_LIMIT_CHARS = 400
_FIRST_HEAD_S = 0.06
_PAUSE_S = 0.2
_JOIN_TIMEOUT_S = 60.0
# The longest silence before and after a joint, by what the piece before it ends with.
_JOINTS_S = {Ending.SENTENCE: (0.15, 0.4), Ending.CLAUSE: (0.05, 0.15), Ending.WORD: (0.03, 0.03)}


class Speech:
    """Iterate over s16le mono PCM in blocks of 160 ms, the last one shorter.

    Raises ``EngineError`` where a part of the text cannot be spoken. ``close`` may come from any thread, at any time.
    """

    def __init__(self, produce: Callable[[Channel], None]) -> None:
        self._channel = channel = Channel()
        self._thread = threading.Thread(target=_run, args=(produce, channel), name="lightning-synth", daemon=True)
        self._thread.start()
        # Whoever forgets to close must not leave a thread waiting for room.
        weakref.finalize(self, channel.close)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        block = self.take()
        if block is None:
            raise StopIteration
        return block

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def ready(self) -> bool:
        """Say whether the next block, or the end, is there already."""
        return self._channel.ready

    @property
    def complete(self) -> bool:
        """Say whether every block was taken and nothing is missing."""
        return self._channel.complete

    def take(self, timeout_s: float | None = None) -> bytes | None:
        """Get the next block, None at the end or when closed; raises ``TimeoutError`` or ``EngineError``."""
        block = self._channel.take(timeout_s)
        if block is None:
            self._thread.join(_JOIN_TIMEOUT_S)
        return block

    def close(self) -> None:
        """Stop computing and join the thread; blocks not yet taken are dropped unless all were."""
        if not self.complete:
            self._channel.close()
        self._thread.join(_JOIN_TIMEOUT_S)


@dataclass(frozen=True, slots=True)
class _Order:
    """Say how a text is to be spoken."""

    runs: tuple[Run, ...]
    neural_english: bool
    sample_rate: int
    speed: float


class Synthesiser:
    """Speak text with the engines that are installed; safe from several threads, each with its own ``Speech``."""

    def __init__(self) -> None:
        self._neural = NeuralVoice()

    def voices(self) -> list[OfflineVoice]:
        """List the voices that can speak here and now."""
        return offline_voices()

    def preload(self, voice_id: str | None = None, language: str | None = None) -> None:
        """Start loading what a voice needs, in the background; raises ``EngineError`` for a language nobody speaks."""
        if (voice_id or default_voice(language)) == HEART:
            self._neural.preload()

    def close(self) -> None:
        """Join the loading threads; speeches are closed by whoever holds them."""
        self._neural.close()

    def synthesise(
        self,
        text: str,
        *,
        voice_id: str | None = None,
        sample_rate: int = DEFAULT_SAMPLE_RATE,
        speed: float = 1.0,
        language: str | None = None,
    ) -> Speech:
        """Start speaking ``text`` and return at once; equal arguments give equal bytes.

        ``voice_id`` None is the language's default; ``sample_rate`` in Hz, one of the API's; ``speed`` a factor from
        0.5 to 2. ``heart`` speaks English and leaves other scripts and languages to eSpeak NG; an eSpeak voice speaks
        all itself. Raises ``EngineError``, naming what is missing, before anything is computed, as far as that is known
        from the text, the voice and the language.
        """
        low, high = SPEED_RANGE
        if sample_rate not in SAMPLE_RATES or not low <= speed <= high:
            raise RuntimeError(f"sample rate {sample_rate} and speed {speed} were to be checked before")
        voice = voice_id or default_voice(language)
        check_voice(voice)
        runs = split(text, spoken_language(language) or voice_language(voice))
        order = _Order(tuple(runs), voice == HEART, sample_rate, speed)
        _check_runs(order)
        return Speech(lambda channel: self._produce(order, channel))

    def _produce(self, order: _Order, channel: Channel) -> None:
        from lightning_cli.local.pcm import BlockCutter, RateConverter, to_bytes

        converter, cutter = RateConverter(order.sample_rate), BlockCutter(order.sample_rate)
        for audio, rate in self._audio(order, channel):
            for block in cutter.feed(to_bytes(converter.feed(audio, rate))):
                if not channel.put(block):
                    return
        for block in cutter.feed(to_bytes(converter.flush())) + cutter.flush():
            channel.put(block)

    def _audio(self, order: _Order, channel: Channel) -> Iterator[tuple["Samples", int]]:
        """Yield the samples of every piece with their rate, the silence at the joints shortened."""
        from lightning_cli.local.pcm import trim

        head_s: float | None = _FIRST_HEAD_S
        for run, piece, is_last in _with_last(_pieces(order)):
            if channel.closed:
                return
            audio, rate = self._render(order, run, piece, channel)
            head_next_s, tail_s = _JOINTS_S[piece.ending]
            yield trim(audio, rate, head_s, None if is_last else tail_s / order.speed), rate
            head_s = head_next_s / order.speed

    def _render(self, order: _Order, run: Run, piece: Piece, channel: Channel) -> tuple["Samples", int]:
        """Speak one piece; what stays silent is tried with the other engine, then spelled out."""
        import numpy as np

        from lightning_cli.local.pcm import is_silent

        if not speakable(piece.text):
            return np.zeros(round(_PAUSE_S * NEURAL_RATE), np.float32), NEURAL_RATE
        neural = order.neural_english and run.language == ENGLISH
        ways = [(neural, run.language, piece.text)]
        if run.language == ENGLISH and neural and espeak_installed():
            ways.append((False, ENGLISH, piece.text))
        ways.append((order.neural_english, ENGLISH, spelled_out(piece.text)))
        fault: EngineError | None = None
        for is_neural, language, text in ways:
            try:
                audio, rate = (
                    self._render_neural(text, order.speed)
                    if is_neural
                    else _render_espeak(text, language, order.speed, channel)
                )
            except EngineError as stumbled:
                fault = stumbled
                continue
            if channel.closed or not is_silent(audio):
                return audio, rate
        raise fault or EngineError(
            f"no offline engine says anything for {piece.text.strip()[:40]!r}", hint=SERVICE_HINT
        )

    def _render_neural(self, text: str, speed: float) -> tuple["Samples", int]:
        import numpy as np

        from lightning_cli.local.wsola import stretch

        audio = [stretch(sentence, speed, NEURAL_RATE) for sentence in self._neural.render(text)]
        return np.concatenate(audio) if audio else np.zeros(0, np.float32), NEURAL_RATE


def _render_espeak(text: str, language: str, speed: float, channel: Channel) -> tuple["Samples", int]:
    from lightning_cli.local.pcm import from_bytes
    from lightning_cli.local.wsola import stretch

    engine = espeak.shared()
    spoken = for_espeak(text, language, lambda symbol: engine.reads(symbol, language))

    def speak(factor: float) -> bytes:
        pcm: list[bytes] = []

        def deliver(piece: bytes) -> bool:
            pcm.append(piece)
            return not channel.closed

        engine.speak(spoken, language, factor, deliver)
        return b"".join(pcm)

    audio = from_bytes(speak(speed)) * _ESPEAK_GAIN
    if speed != 1 and len(audio) and not channel.closed:
        # Its own rate keeps fast speech clear but is up to a sixth off; the rest is stretched.
        audio = stretch(audio, len(audio) * speed / (len(speak(1.0)) / 2), engine.sample_rate)
    return audio, engine.sample_rate


def _check_runs(order: _Order) -> None:
    """Raise ``EngineError`` for what is known beforehand not to be spoken."""
    if not any(speakable(run.spoken) for run in order.runs):
        raise EngineError("there is nothing in the text to speak", hint="punctuation alone makes no sound")
    for run in order.runs:
        if run.unreadable:
            raise EngineError(
                f"the Japanese {run.source.strip()[:20]!r} cannot be spoken offline: {UNSUPPORTED_OFFLINE['ja']}",
                hint=SERVICE_HINT,
            )
        if not (order.neural_english and run.language == ENGLISH) and not espeak_installed():
            raise EngineError(
                f"{LANGUAGE_NAMES[run.language]} ({run.source.strip()[:20]!r}) needs eSpeak NG, which is not installed",
                hint=ESPEAK_HINT,
            )


def _pieces(order: _Order) -> Iterator[tuple[Run, Piece]]:
    first_limit: int | None = FIRST_LIMIT_CHARS
    for run in order.runs:
        if order.neural_english and run.language == ENGLISH:
            cut = pieces(run.spoken, first_limit_chars=first_limit)
        else:
            cut = pieces(run.spoken, limit_chars=_ESPEAK_LIMIT_CHARS)
        first_limit = None
        for piece in cut:
            yield run, piece


def _with_last(items: Iterator[tuple[Run, Piece]]) -> Iterator[tuple[Run, Piece, bool]]:
    """Tell the last item from the others."""
    held: tuple[Run, Piece] | None = None
    for item in items:
        if held is not None:
            yield *held, False
        held = item
    if held is not None:
        yield *held, True


def _run(produce: Callable[[Channel], None], channel: Channel) -> None:
    try:
        produce(channel)
    except BaseException as fault:  # noqa: BLE001 # a thread has no caller: whoever takes from the channel raises it
        channel.finish(fault)
    else:
        channel.finish()
