"""hibari, the neural English voice: its weights, lexicon and rules are all inside its wheel, so nothing is downloaded.

The model and the pronunciation rules load side by side in named threads, which ``close`` joins. numpy is imported
inside functions: this module is imported before anything is to be spoken, to start that.

Reading the lexicon and the tagger as JSON is a third of a cold start, so they are parsed once per machine and kept with
``marshal`` in the user's cache directory, beside a checksum and the size and time of the file they came from. A copy
that does not fit, in whatever way, is parsed and written again; none that cannot be written is missed.
"""

import contextlib
import marshal
import os
import re
import struct
import sys
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_cli.errors import EngineError
from lightning_cli.local.offline_voices import HEART, neural_hint
from lightning_cli.local.phoneme_clock import PhonemeClock
from lightning_cli.local.sign_names import spelled_out
from lightning_cli.local.spoken import NEURAL_WORD_LETTERS, STOP_INSIDE, for_neural
from lightning_cli.request import has_words
from lightning_cli.system.paths import cache_dir
from lightning_cli.system.small_files import read_small, replace_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lightning_cli.local.pcm_blocks import Samples

_HEADER = struct.Struct("<8sQQI")
_MAGIC = b"ltts-mt1"
_LIMIT_BYTES = 256 * 1024 * 1024

Loader = Callable[[str], Any]


def default_home() -> Path:
    """Return the directory of the copies."""
    return cache_dir() / "engine"


class TableCache:
    """Stand before ``parse``, which reads a table of ``assets`` by its file name.

    ``load`` is called by the loading thread; ``save`` afterwards, by a thread that is not waited for.
    """

    def __init__(self, parse: Loader, assets: Path, home: Path) -> None:
        self._parse = parse
        self._assets = assets
        self._home = home
        self._parsed: dict[str, Any] = {}

    def load(self, name: str) -> Any:
        """Return a table, from its copy if that fits."""
        copy = self._read(name)
        if copy is not None:
            return copy
        table = self._parse(name)
        self._parsed[name] = table
        return table

    def save(self) -> None:
        """Write the copies that were missing; a full disk or a read-only home is not a failure."""
        while self._parsed:
            name, table = self._parsed.popitem()
            with contextlib.suppress(OSError, ValueError):
                self._write(name, table)

    def _read(self, name: str) -> Any:
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError, struct.error):
            data = read_small(self._path(name), _LIMIT_BYTES, own=True)
            body = memoryview(data)[_HEADER.size :]
            if data[: _HEADER.size] == self._header(name, zlib.crc32(body)):
                return marshal.loads(body)  # noqa: S302 # our own copy, checked, in the user's own directory
        return None

    def _write(self, name: str, table: Any) -> None:
        body = marshal.dumps(table)
        replace_file(self._path(name), self._header(name, zlib.crc32(body)) + body)

    def _path(self, name: str) -> Path:
        # The format of marshal may change with the interpreter.
        return self._home / f"{name}.{sys.implementation.cache_tag}.marshal"

    def _header(self, name: str, checksum: int) -> bytes:
        about = (self._assets / name).stat()
        return _HEADER.pack(_MAGIC, about.st_size, about.st_mtime_ns, checksum)


SAMPLE_RATE = 24_000
# hibari is 5 dB softer than eSpeak NG: -26.6 against -21 dBFS over a paragraph (engines.md 2).
GAIN = 1.8
_PEAK = 0.98
_SEED = 0
_THREADS = 1
_LOAD_TIMEOUT_S = 120.0
_CLAUSE = re.compile(r"(?<=[,;:—])\s+")
_LONGEST_PHONEMES = 400
# Below this share of its peak a sentence is silent.
_QUIET_SHARE = 0.02
# Held while a function of hibari's is replaced.
_patching = threading.Lock()
# What its rules raise on text they were not made for, such as the name of a number beyond decillions.
_STUMBLES = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)
_INSTEAD = "take another voice: lightning-tts voices --offline lists them"


class NeuralWord(NamedTuple):
    """A word as it was said, and between which frames."""

    text: str
    start: int
    end: int


class _Token(NamedTuple):
    text: str
    phonemes: str
    is_spaced: bool


class NeuralVoice:
    """Speak English with hibari's one bundled voice; safe from any thread once loaded, which ``render`` sees to."""

    def __init__(self, voice: str = HEART) -> None:
        if voice != HEART:
            raise EngineError(f"the voice {voice} is not part of hibari's package", hint=f"use the voice {HEART}")
        self._model: Any = None
        self._clock: PhonemeClock | None = None
        self._has_no_clock = False
        self._rules: Any = None
        self._alphabet: frozenset[str] = frozenset()
        self._fault: BaseException | None = None
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()

    def preload(self) -> None:
        """Start loading in the background, once; ``close`` or the first ``render`` joins the threads."""
        with self._starting:
            if not self._threads:
                self._threads = [_start("lightning-neural-load", self._load)]

    def close(self) -> None:
        """Join the loading threads."""
        for thread in self._threads:  # the first adds another to the list before it ends
            thread.join(_LOAD_TIMEOUT_S)

    def render(self, text: str, words: list[NeuralWord] | None = None) -> Iterator["Samples"]:
        """Yield float32 samples at 24 kHz, one array per sentence; equal text gives equal samples.

        At the end ``words`` has what was said when, as far as the model tells it. Raises ``EngineError`` when hibari is
        not installed, or when its rules stumble over the text.
        """
        self._loaded()
        import numpy as np

        tokens = self._tokens(text)
        clock = self._phoneme_clock() if words is not None else None
        spans: list[tuple[int, int]] = []
        spoken: list[Samples] = []
        frames = 0
        for phonemes in _pieces(_spelled(tokens)):
            ids = self._model.ids(phonemes)
            audio = self._model.from_ids(ids, 1.0, np.random.default_rng(_SEED))
            if clock is not None:
                found = clock.spans(phonemes, ids, self._model.vocab, len(audio))
                spans += [(frames + begin, frames + end) for begin, end in found]
                spoken.append(audio)
                frames += len(audio)
            peak = float(np.max(np.abs(audio), initial=0.0))
            yield audio * np.float32(min(GAIN, _PEAK / peak) if peak else 1.0)
        if words is not None and spoken:
            loud = np.abs(np.concatenate(spoken))
            words += _placed(tokens, spans, loud > _QUIET_SHARE * loud.max())

    def _phoneme_clock(self) -> PhonemeClock | None:
        with self._starting:
            if self._clock is None and not self._has_no_clock:
                try:
                    self._clock = PhonemeClock(self._model.model_path)
                except Exception:  # noqa: BLE001 # a model of another release: the times of its words are estimated
                    self._has_no_clock = True
        return self._clock

    def _load(self) -> None:
        # From 1.32 on, onnxruntime sends usage data on Linux too, and keeps a device id in the user's cache.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        try:
            # First and alone: two threads that import numpy through different doors see it half made.
            import numpy as np

            np.zeros(1)
            import hibari
        except ImportError as fault:
            self._fault = EngineError("the offline English voice is not installed", hint=neural_hint())
            self._fault.__cause__ = fault
            return
        except OSError as fault:
            # No file can be opened, or the disk fails.
            self._fault = fault
            return
        rules = _start("lightning-neural-rules", self._load_rules)
        unknown_words: Any = None
        with self._kept():
            # hibari downloads a voice when it looks for its file itself; here the bundled file is named.
            model = hibari.voices.voice_path(HEART, download_missing=False)
            self._model = hibari.Hibari(voice=HEART, model=model, threads=_THREADS)
            # The first unknown word would wait for this net. It loads here, beside the lexicon.
            from hibari.g2p.oov import OOV

            unknown_words = OOV()
            self._alphabet = frozenset(unknown_words.cin)
        rules.join(_LOAD_TIMEOUT_S)
        if self._rules is not None:
            self._rules._oov = unknown_words  # noqa: SLF001 # its own slot for it; the pinned version has no other door

    def _load_rules(self) -> None:
        with self._kept(), _patching:
            from hibari import g2p

            # Its constructor reads the tables through this function; a release without it is merely slower.
            parse = getattr(g2p, "_load_json", None)
            if parse is None:
                self._rules = g2p.G2P()
                return
            tables = TableCache(parse, Path(g2p.ASSETS), default_home())
            g2p._load_json = tables.load  # noqa: SLF001 # the same
            try:
                self._rules = g2p.G2P()
            finally:
                g2p._load_json = parse  # noqa: SLF001 # the same
            self._threads.append(_start("lightning-neural-tables", tables.save))

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except Exception as fault:  # noqa: BLE001 # a loading thread has no caller: ``render`` raises it
            self._fault = fault

    def _loaded(self) -> None:
        self.preload()
        self._threads[0].join(_LOAD_TIMEOUT_S)
        if self._fault is not None:
            if isinstance(self._fault, EngineError):
                raise self._fault
            raise EngineError(f"hibari cannot be loaded: {self._fault}", hint=neural_hint()) from self._fault
        if self._model is None or self._rules is None:
            raise EngineError(
                f"hibari did not load within {_LOAD_TIMEOUT_S:g} s",
                hint=f"is the machine busy? try again, or {_INSTEAD}",
            )

    def _tokens(self, text: str) -> list[_Token]:
        try:
            # One piece is one sentence: hibari's own splitter takes "5 p.m. Monday" for two.
            return self._sentence_tokens(for_neural(text, self._alphabet, self._knows))
        except _STUMBLES as fault:
            raise EngineError(
                f"hibari cannot read {text.strip()[:40]!r}", hint=f"put it in other words, or {_INSTEAD}"
            ) from fault

    def _sentence_tokens(self, sentence: str) -> list[_Token]:
        from hibari.g2p.normalize import normalize

        sentence = STOP_INSIDE.sub("", normalize(sentence))
        tokens = self._read(sentence)
        lost = {token.text for token in tokens if not token.phonemes and has_words(token.text)}
        if lost:
            # A word its rules give no sound for is spelled out, so that it is heard.
            for word in sorted(lost, key=len, reverse=True):
                sentence = sentence.replace(word, f" {spelled_out(word)} ")
            tokens = self._read(sentence)
        return tokens

    def _read(self, sentence: str) -> list[_Token]:
        """Return the tokens of a normalised sentence with their phonemes."""
        tokens = self._rules.phonemize_tokens(self._rules.tokenize(sentence))
        return [_Token(token.text, token.phonemes or "", bool(token.whitespace)) for token in tokens]

    def knows(self, word: str) -> bool:
        """Return whether the lexicon has a word of small letters as a word; waits until it is loaded."""
        self._loaded()
        lexicon = self._rules.lexicon
        return word in lexicon.golds or word in lexicon.silvers or word.removesuffix("s") in lexicon.golds

    def _knows(self, word: str) -> bool:
        known = self._rules.lexicon.is_known(word.lower(), None)
        return bool(known) or len(word) <= NEURAL_WORD_LETTERS


def _spelled(tokens: Iterable[_Token]) -> str:
    """Return the phonemes of tokens, with spaces where the text has some."""
    return "".join(token.phonemes + (" " if token.is_spaced else "") for token in tokens).strip()


def _pieces(phonemes: str) -> Iterator[str]:
    """Cut the phonemes of a sentence at clauses where they are too many for the model."""
    current = ""
    for clause in _CLAUSE.split(phonemes):
        if current and len(current) + len(clause) >= _LONGEST_PHONEMES:
            yield current
            current = ""
        current = f"{current} {clause}".strip()
    # Punctuation alone would be breath; the synthesiser makes the pause.
    if any(sign.isalpha() for sign in current):
        yield current


def _placed(
    tokens: Iterable[_Token], spans: Sequence[tuple[int, int]], is_loud: "NDArray[Any]"
) -> Iterator[NeuralWord]:
    """Pair the words among tokens with the spans of their phonemes, which are one for each that is not a space.

    The sound of a word begins in the space before it, some 50 ms before its first phoneme has its turn, and a pause is
    for the most part that of the last phoneme before it.
    """
    begin = 0
    for token in tokens:
        end = begin + len("".join(token.phonemes.split()))
        if begin < end <= len(spans) and has_words(token.text):
            start = spans[begin - 1][1] if begin else spans[begin][0]
            until = spans[end - 1][1]
            loud = is_loud[start:until].nonzero()[0]
            yield NeuralWord(token.text, start, start + int(loud[-1]) + 1 if len(loud) else until)
        begin = end


def _start(name: str, target: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=target, name=name, daemon=True)
    thread.start()
    return thread
