"""The process that holds libespeak-ng: it answers ``local/espeak.py`` through a pair of pipes.

The library is native code that some texts crash (a read past the end of a clause, a buffer that a long run of
one-letter words overflows), so it lives in a process whose death costs one request. This file is run as a script with
``-I -S`` and imports nothing of ours: it starts in 20 ms, while the caller loads numpy.

Requests are marshalled tuples behind their length; the first names the library and its data. An answer is a row of
frames, each a kind of one byte, a length, and as many bytes:

    ``A`` s16le samples   ``W`` words: position, first frame, last frame   ``V`` the file of the voice
    ``P`` phonemes        ``F`` a fault in words                           ``E`` the end: a status or the sample rate
    ``R`` the library is ready for the next request

libespeak-ng keeps one global state. Part of it (the phase of its pitch flutter) outlives even ``espeak_Terminate``, so
that equal text gave other bytes the second time; the library is therefore unloaded and loaded again behind each text,
while no one waits for it (1 to 3 ms).
"""

import _ctypes
import contextlib
import ctypes
import marshal
import os
import struct

LENGTH = struct.Struct("<I")
FRAME = struct.Struct("<cI")
WORD = struct.Struct("<iii")
STATUS = struct.Struct("<i")
SPEAK, PHONEMES = 1, 2
MEMORY_LIMIT_BYTES = 1 << 30

_RATE_PARAMETER = 1
_SYNCHRONOUS = 2
_OPTIONS = 1 << 15 | 1  # do not exit on faults; tell of phonemes
_WORD_EVENT, _PHONEME_EVENT = 1, 7
_UTF8 = 1
_BUFFER_MS = 60
_IPA = 0x02


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


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Fault(Exception):
    """The library refuses; the text says what."""


class Channel:
    """The two pipes; raises ``EOFError`` when the other side has left."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink

    def receive(self) -> tuple[object, ...]:
        """Return the next request."""
        request: tuple[object, ...] = marshal.loads(self._read(LENGTH.unpack(self._read(LENGTH.size))[0]))  # noqa: S302 # from our own parent
        return request

    def send(self, kind: bytes, body: bytes) -> None:
        """Send one frame."""
        rest = memoryview(FRAME.pack(kind, len(body)) + body)
        try:
            while rest:
                rest = rest[os.write(self._sink, rest) :]
        except BrokenPipeError as fault:
            raise EOFError from fault

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = os.read(self._source, size - len(data))
            if not more:
                raise EOFError
            data += more
        return data


class Library:
    """The loaded library; raises ``Fault`` when it or its data cannot be used."""

    def __init__(self, name: str, data: bytes | None, channel: Channel) -> None:
        self._name = name
        self._data = data
        self._channel = channel
        # The library keeps only the address: the object must live as long.
        self._callback = _Callback(self._on_audio)
        self._words: _Words | None = None
        self._error: BaseException | None = None
        self._library = self._load()
        self.sample_rate = self._initialize()

    def _load(self) -> ctypes.CDLL:
        try:
            return _declared(ctypes.CDLL(self._name))
        except (OSError, AttributeError) as fault:
            raise Fault(f"eSpeak NG cannot be loaded: {fault}") from fault

    def _initialize(self) -> int:
        sample_rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, self._data, _OPTIONS)
        if sample_rate <= 0 or self._library.espeak_SetVoiceByName(b"en-us"):
            raise Fault(f"eSpeak NG cannot use its data in {os.fsdecode(self._data or b'its own directory')}")
        self._library.espeak_SetSynthCallback(self._callback)
        return sample_rate

    def renew(self) -> None:
        """Reset the library to the state it has in a new process."""
        self._library.espeak_Terminate()
        # ctypes has no public way to unload, and another way on Windows.
        free = getattr(_ctypes, "FreeLibrary", None) or _ctypes.dlclose
        free(self._library._handle)  # noqa: SLF001 # the same
        self._library = self._load()
        self._initialize()

    def speak(self, text: bytes, voice: bytes, words_per_minute: int, tells_words: bool) -> int:  # noqa: FBT001 # a request's field
        """Speak, sending the samples as they come; return the library's status."""
        self._set_voice(voice)
        self._library.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0)
        self._words = _Words() if tells_words else None
        status: int = self._library.espeak_Synth(text + b"\0", len(text) + 1, 0, 1, 0, _UTF8, None, None)
        if self._error is not None:
            raise self._error
        if self._words is not None:
            self._channel.send(b"W", self._words.packed())
        return status

    def phonemes(self, texts: list[bytes], voice: bytes) -> None:
        """Send the IPA of each text, clauses joined by spaces."""
        self._set_voice(voice)
        for text in texts:
            buffer = ctypes.create_string_buffer(text + b"\0")
            position = ctypes.c_void_p(ctypes.addressof(buffer))
            clauses: list[bytes] = []
            while position.value:
                clauses.append(self._library.espeak_TextToPhonemes(ctypes.byref(position), _UTF8, _IPA) or b"")
            self._channel.send(b"P", b" ".join(clauses))

    def _set_voice(self, voice: bytes) -> None:
        # By its file a voice is found at once; by its name, every voice is read first, and 2 KB are never freed.
        if self._library.espeak_SetVoiceByName(voice):
            raise Fault(f"eSpeak NG has no voice {os.fsdecode(voice)}")
        current = self._library.espeak_GetCurrentVoice()
        self._channel.send(b"V", (current.contents.identifier if current else None) or voice)

    def _on_audio(self, samples: object, count: int, events: object) -> int:
        try:
            if self._words is not None:
                self._words.take(events)
            if samples and count > 0:
                self._channel.send(b"A", ctypes.string_at(samples, count * 2))  # type: ignore[arg-type] # ctypes' pointer
        except BaseException as fault:  # noqa: BLE001 # no exception can cross C: it is raised again behind it
            self._error = fault
            return 1
        return 0


class _Words:
    """Gather what the library tells of words while it speaks."""

    def __init__(self) -> None:
        self._words: list[list[int | None]] = []
        self._until = 0

    def take(self, events: object) -> None:
        """Read the events of one call, up to the one that ends the list."""
        index = 0
        while kind := events[index].type:  # type: ignore[index] # ctypes' pointer
            event = events[index]  # type: ignore[index] # the same
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

    def packed(self) -> bytes:
        """Return the words in the order they are heard."""
        self._end_word(self._until)
        return b"".join(WORD.pack(position or 0, start or 0, end or 0) for position, start, end in self._words)

    def _end_word(self, sample: int) -> None:
        if self._words and self._words[-1][2] is None:
            self._words[-1][2] = sample


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    """Declare the prototypes of what is called; raises ``AttributeError`` if something is missing."""
    c = ctypes
    library.espeak_Initialize.argtypes = [c.c_int, c.c_int, c.c_char_p, c.c_int]
    library.espeak_Terminate.argtypes = []
    library.espeak_SetSynthCallback.argtypes = [_Callback]
    library.espeak_SetVoiceByName.argtypes = [c.c_char_p]
    library.espeak_SetParameter.argtypes = [c.c_int, c.c_int, c.c_int]
    library.espeak_Synth.argtypes = [
        c.c_char_p, c.c_size_t, c.c_uint, c.c_int, c.c_uint, c.c_uint, c.c_void_p, c.c_void_p,
    ]  # fmt: skip # one C prototype reads best on one line
    library.espeak_TextToPhonemes.argtypes = [c.POINTER(c.c_void_p), c.c_int, c.c_int]
    library.espeak_TextToPhonemes.restype = c.c_char_p
    library.espeak_GetCurrentVoice.argtypes = []
    library.espeak_GetCurrentVoice.restype = c.POINTER(_Voice)
    return library


def answer_requests(channel: Channel) -> None:
    """Load the library that the first request names, then answer until the other side leaves."""
    try:
        name, data = channel.receive()
        library = Library(str(name), data if isinstance(data, bytes) else None, channel)
        channel.send(b"E", STATUS.pack(library.sample_rate))
        while True:
            channel.send(b"R", b"")
            kind, *fields = channel.receive()
            try:
                status = _answer(library, kind, fields)
            except Fault as fault:
                channel.send(b"F", str(fault).encode())
                status = -1
            channel.send(b"E", STATUS.pack(status))
            if kind == SPEAK:
                library.renew()
    except Fault as fault:
        # It cannot be loaded, or not again.
        with contextlib.suppress(EOFError):
            channel.send(b"F", str(fault).encode())
            channel.send(b"E", STATUS.pack(-1))
    except EOFError:
        pass


def _answer(library: Library, kind: object, fields: list[object]) -> int:
    match kind, fields:
        case 1, [bytes(text), bytes(voice), int(words_per_minute), bool(tells_words)]:
            return library.speak(text, voice, words_per_minute, tells_words)
        case 2, [list(texts), bytes(voice)]:
            library.phonemes(texts, voice)
            return 0
        case _:
            raise Fault("eSpeak NG was asked for something unknown")


def _limit_resources() -> None:
    try:
        import resource  # not on Windows
    except ImportError:
        return
    for what, amount in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, MEMORY_LIMIT_BYTES)):
        hard = resource.getrlimit(what)[1]
        if hard == resource.RLIM_INFINITY or amount < hard:
            resource.setrlimit(what, (amount, hard))


def main() -> None:
    """Serve the pipes that are standard input and output; what the library prints goes nowhere."""
    _limit_resources()
    sink = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    answer_requests(Channel(0, sink))


if __name__ == "__main__":
    main()
