"""eSpeak NG through ctypes.

libespeak-ng keeps one global state per process: everything that touches it happens under one lock. A piece of text is
spoken whole while the lock is held, so a slow listener never keeps another one waiting; a sentence takes milliseconds.
Part of that state (the phase of its pitch flutter) outlives even ``espeak_Terminate``, so that equal text gave other
bytes the second time; the library is therefore unloaded and loaded again between two pieces, which takes 1 to 3 ms.
"""

import contextlib
import ctypes
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from lightning_cli.errors import EngineError
from lightning_cli.local.espeak_library import EspeakFiles, locate, short_data_path, unload
from lightning_cli.local.offline_voices import ESPEAK_HINT, espeak_name

WORDS_PER_MINUTE = 175
_RATE_PARAMETER = 1
_RATE_RANGE = (80, 450)
_SYNCHRONOUS = 2
_OPTIONS = 1 << 15 | 1  # do not exit on faults; tell of phonemes
_WORD_EVENT, _PHONEME_EVENT = 1, 7
_UTF8 = 1
_BUFFER_MS = 60
_IPA = 0x02
_LOCK_TIMEOUT_S = 60.0
_FAILED_HINT = "try again in a new process; where that fails too, reinstall eSpeak NG"


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


class _Voice(ctypes.Structure):
    # What follows is never looked at.
    _fields_ = (("name", ctypes.c_char_p), ("languages", ctypes.c_char_p), ("identifier", ctypes.c_char_p))


class WordMark(NamedTuple):
    """Say where a word stands in the text, counted in characters, and between which frames it is heard."""

    position: int
    start: int
    end: int


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Espeak:
    """Speak with one loaded library; use ``shared`` outside tests, since a process can only hold one.

    Safe from any thread. Raises ``EngineError`` when the library or its data cannot be used.
    """

    def __init__(self, files: EspeakFiles) -> None:
        self._lock = threading.Lock()
        self._deliver: Callable[[bytes], bool] = _refuse
        self._fault: BaseException | None = None
        self._readable: dict[tuple[str, str], bool] = {}
        data = short_data_path(files.data) if files.data else None
        self._data = os.fsencode(data) if data else None
        self._library_name = files.library
        self._files: dict[bytes, bytes] = {}
        # The library keeps only the address: the object must live as long.
        self._callback = _Callback(self._on_audio)
        self._hear: Callable[[Any], None] | None = None
        self._library = self._load()
        self.sample_rate = self._initialize()
        self._is_fresh = True

    def _load(self) -> ctypes.CDLL:
        try:
            return _declared(ctypes.CDLL(self._library_name))
        except (OSError, AttributeError) as fault:
            raise EngineError(f"eSpeak NG cannot be loaded: {fault}", hint=ESPEAK_HINT) from fault

    def _initialize(self) -> int:
        sample_rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, self._data, _OPTIONS)
        if sample_rate <= 0 or self._library.espeak_SetVoiceByName(b"en-us"):
            where = os.fsdecode(self._data) if self._data else "its own directory"
            raise EngineError(f"eSpeak NG cannot use its data in {where}", hint=ESPEAK_HINT)
        self._library.espeak_SetSynthCallback(self._callback)
        return sample_rate

    def freshen(self) -> None:
        """Renew the library's state now, so that the next ``speak`` need not; may wait for the lock."""
        with _held(self._lock):
            self._renew()

    def _renew(self) -> None:
        """Return the library the state it has in a new process."""
        if not self._is_fresh:
            self._library.espeak_Terminate()
            unload(self._library)
            self._library = self._load()
            self._initialize()
            self._is_fresh = True

    def speak(
        self,
        text: str,
        language: str,
        speed: float,
        deliver: Callable[[bytes], bool],
        marks: list[WordMark] | None = None,
    ) -> None:
        """Speak ``text`` in a language's voice; ``deliver`` gets s16le mono PCM, at most 60 ms each time.

        ``speed`` is a factor, exact from 0.5 to 2. ``deliver`` runs on the calling thread under the lock and must not
        wait for anybody; when it answers False, speaking stops. ``marks`` gets the words. Raises ``EngineError``.
        """
        slowest, fastest = _RATE_RANGE
        rate = max(slowest, min(fastest, round(WORDS_PER_MINUTE * speed)))
        encoded = text.encode() + b"\0"
        heard = _Heard()
        with _held(self._lock):
            self._renew()
            self._is_fresh = False
            self._set_voice(language)
            self._library.espeak_SetParameter(_RATE_PARAMETER, rate, 0)
            self._deliver, self._hear = deliver, heard.take if marks is not None else None
            try:
                status = self._library.espeak_Synth(encoded, len(encoded), 0, 1, 0, _UTF8, None, None)
            finally:
                fault, self._fault, self._deliver, self._hear = self._fault, None, _refuse, None
        if fault is not None:
            raise fault
        if status:
            raise EngineError(f"eSpeak NG failed with status {status}", hint=_FAILED_HINT)
        if marks is not None:
            marks += heard.words()

    def phonemes(self, text: str, language: str) -> str:
        """Return the IPA of ``text``, clauses joined by spaces; "(en)" in it marks what the language cannot read."""
        buffer = ctypes.create_string_buffer(text.encode() + b"\0")
        position = ctypes.c_void_p(ctypes.addressof(buffer))
        clauses: list[str] = []
        with _held(self._lock):
            self._set_voice(language)
            while position.value:
                clause = self._library.espeak_TextToPhonemes(ctypes.byref(position), _UTF8, _IPA)
                clauses.append(clause.decode(errors="replace") if clause else "")
        return " ".join(clauses)

    def reads(self, symbol: str, language: str) -> bool:
        """Return whether the language's voice says anything for ``symbol``; remembered."""
        key = (symbol, language)
        if key not in self._readable:
            self._readable[key] = bool(self.phonemes(symbol, language).strip())
        return self._readable[key]

    def _set_voice(self, language: str) -> None:
        name = espeak_name(language).encode()
        # By its file a voice is found at once; by its name, every voice is read first, and 2 KB are never freed.
        if self._library.espeak_SetVoiceByName(self._files.get(name, name)):
            raise EngineError(
                f"eSpeak NG has no voice {name.decode()}", hint="its data may be incomplete; reinstall it"
            )
        if name not in self._files:
            voice = self._library.espeak_GetCurrentVoice()
            self._files[name] = voice.contents.identifier or name

    def _on_audio(self, samples: Any, count: int, events: Any) -> int:
        try:
            if self._hear is not None:
                self._hear(events)
            if not samples or count <= 0:
                return 0
            wanted = self._deliver(ctypes.string_at(samples, count * 2))
        except BaseException as fault:  # noqa: BLE001 # no exception can cross C: it is raised again behind it
            self._fault = fault
            return 1
        return 0 if wanted else 1


class _Heard:
    """Gather what the library tells of words while it speaks."""

    def __init__(self) -> None:
        self._words: list[list[int | None]] = []
        self._until = 0

    def take(self, events: Any) -> None:
        """Read the events of one call, up to the one that ends the list."""
        index = 0
        while kind := events[index].type:
            event = events[index]
            self._until = event.sample
            if kind == _WORD_EVENT:
                self._end_word(event.sample)
                self._words.append([event.text_position - 1, event.sample, None])
            elif kind == _PHONEME_EVENT:
                # A pause has a name that begins so; where sound follows it belongs to the word.
                if event.id.string[:1] == b"_":
                    self._end_word(event.sample)
                elif self._words:
                    self._words[-1][2] = None
            index += 1

    def words(self) -> list[WordMark]:
        """Return the words in the order they are heard."""
        self._end_word(self._until)
        return [WordMark(position or 0, start or 0, end or 0) for position, start, end in self._words]

    def _end_word(self, sample: int) -> None:
        if self._words and self._words[-1][2] is None:
            self._words[-1][2] = sample


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    """Tell ctypes the prototypes of what is called; raises ``AttributeError`` if something is missing."""
    c = ctypes
    library.espeak_Initialize.argtypes = [c.c_int, c.c_int, c.c_char_p, c.c_int]
    library.espeak_Terminate.argtypes = []
    library.espeak_SetSynthCallback.argtypes = [_Callback]
    library.espeak_SetVoiceByName.argtypes = [c.c_char_p]
    library.espeak_SetParameter.argtypes = [c.c_int, c.c_int, c.c_int]
    library.espeak_Synth.argtypes = [
        c.c_void_p, c.c_size_t, c.c_uint, c.c_int, c.c_uint, c.c_uint, c.c_void_p, c.c_void_p,
    ]  # fmt: skip # one C prototype reads best on one line
    library.espeak_TextToPhonemes.argtypes = [c.POINTER(c.c_void_p), c.c_int, c.c_int]
    library.espeak_TextToPhonemes.restype = c.c_char_p
    library.espeak_GetCurrentVoice.argtypes = []
    library.espeak_GetCurrentVoice.restype = c.POINTER(_Voice)
    return library


@contextlib.contextmanager
def _held(lock: threading.Lock) -> Iterator[None]:
    """Hold a lock, but wait for it only so long: a library that hangs must not hang every thread without a word."""
    if not lock.acquire(timeout=_LOCK_TIMEOUT_S):
        raise EngineError(f"eSpeak NG has been busy for {_LOCK_TIMEOUT_S:g} s", hint=_FAILED_HINT)
    try:
        yield
    finally:
        lock.release()


def _refuse(_pcm: bytes) -> bool:
    return False


_shared: list[Espeak] = []
_shared_lock = threading.Lock()


def shared() -> Espeak:
    """Return the process's one eSpeak NG, loading it on first use; raises ``EngineError`` when there is none."""
    with _shared_lock:
        if not _shared:
            files = locate()
            if files is None:
                raise EngineError("this needs eSpeak NG, which is not installed", hint=ESPEAK_HINT)
            _shared.append(Espeak(files))
        return _shared[0]


def freshen() -> None:
    """Renew the process's one eSpeak NG, if there is one, while nobody waits for it."""
    for engine in _shared:
        engine.freshen()
