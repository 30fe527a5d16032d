"""eSpeak NG, in a process of its own (``espeak_process.py``), so that a text that crashes it costs one request.

The process is started with the first request and again whenever it died. One request at a time goes through its pipes,
under one lock; a piece of text is spoken whole while the lock is held, so a slow listener never keeps another one
waiting: a sentence takes milliseconds. A text that killed the process is remembered and refused at once.
"""

import atexit
import collections
import contextlib
import marshal
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from lightning_cli.errors import EngineError
from lightning_cli.local.espeak_library import EspeakFiles, locate, short_data_path
from lightning_cli.local.espeak_process import FRAME, LENGTH, PHONEMES, SPEAK, STATUS, WORD
from lightning_cli.local.offline_voices import espeak_hint, espeak_name

WORDS_PER_MINUTE = 175
_RATE_RANGE = (80, 450)
_LOCK_TIMEOUT_S = 60.0
# A piece of 400 characters takes 20 ms; a library that loops is ended after so long without a sign.
_ANSWER_TIMEOUT_S = 30.0
_END_TIMEOUT_S = 5.0
_FRAME_LIMIT_BYTES = 1 << 20
_READ_BYTES = 64 * 1024
_REMEMBERED_CRASHES = 256
_FAILED_HINT = "try again in a new process; where that fails too, reinstall eSpeak NG"
_CRASHED_HINT = "put it in other words"
# What the process needs of our environment: no key, no token.
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "ESPEAK_DATA_PATH")
_INHERITED_PREFIXES = ("LC_", "DYLD_")


class EngineCrash(EngineError):
    """The text killed eSpeak NG, now or before."""


class WordMark(NamedTuple):
    """Where a word stands in the text, counted in characters, and between which frames it is heard."""

    position: int
    start: int
    end: int


class Espeak:
    """Speak with one library; ``shared`` is the process's one.

    Safe from any thread. Raises ``EngineError`` when the library or its data cannot be used, ``EngineCrash`` for a text
    that kills it.
    """

    def __init__(self, files: EspeakFiles) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._is_closed = False
        self._readable: dict[tuple[str, str], bool] = {}
        self._voice_files: dict[bytes, bytes] = {}
        self._crashes: collections.OrderedDict[tuple[int, str, str], None] = collections.OrderedDict()
        data = short_data_path(files.data) if files.data else None
        self.data = os.fsencode(data) if data else None
        self.start()

    def start(self) -> None:
        """Start the process, if none runs; returns at once unless another request is under way."""
        with _held(self._lock):
            self._running()

    @property
    def sample_rate(self) -> int:
        """Return the sample rate of what ``speak`` delivers; may wait until the library is loaded."""
        with _held(self._lock):
            return self._ready().sample_rate

    def close(self) -> None:
        """End the process for good, without waiting for a request under way, which fails."""
        self._is_closed = True
        self._end()

    def forget(self) -> None:
        """Drop the process in the child of a fork: it answers the parent."""
        process, self._process = self._process, None
        self._lock = threading.Lock()
        if process is not None:
            process.let_go()

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
        wait for anybody; when it answers False, no more is delivered. ``marks`` gets the words. Raises ``EngineError``.
        """
        slowest, fastest = _RATE_RANGE
        rate = max(slowest, min(fastest, round(WORDS_PER_MINUTE * speed)))
        wanted, status = True, 0
        with self._request((SPEAK, text, language)) as process:
            voice = espeak_name(language).encode()
            process.send((SPEAK, text.encode(), self._voice_files.get(voice, voice), rate, marks is not None))
            for kind, body in process.frames():
                match kind:
                    case b"A":
                        wanted = wanted and deliver(body)
                    case b"W" if marks is not None:
                        marks += [WordMark(*word) for word in process.words(body)]
                    case b"V":
                        self._voice_files[voice] = body
                    case b"E":
                        status = process.status(body)
                    case _:
                        pass
        if status:
            raise EngineError(f"eSpeak NG failed with status {status}", hint=_FAILED_HINT)

    def phonemes(self, text: str, language: str) -> str:
        """Return the IPA of ``text``, clauses joined by spaces; "(en)" in it marks what the language cannot read."""
        return self.phonemes_of([text], language)[0]

    def phonemes_of(self, texts: Sequence[str], language: str) -> list[str]:
        """Return the IPA of each text, in one request."""
        found: list[str] = []
        with self._request((PHONEMES, " ".join(texts), language)) as process:
            voice = espeak_name(language).encode()
            process.send((PHONEMES, [text.encode() for text in texts], self._voice_files.get(voice, voice)))
            for kind, body in process.frames():
                if kind == b"P":
                    found.append(body.decode(errors="replace"))
                elif kind == b"V":
                    self._voice_files[voice] = body
        return found

    def reads(self, symbol: str, language: str) -> bool:
        """Return whether the language's voice says anything for ``symbol``; remembered."""
        key = (symbol, language)
        if key not in self._readable:
            try:
                said = self.phonemes(symbol, language).strip()
                # "(en)" is where it goes over to English.
                self._readable[key] = bool(said) and (language == "en" or not said.startswith("(en"))
            except EngineCrash:
                self._readable[key] = False
        return self._readable[key]

    @contextlib.contextmanager
    def _request(self, text: tuple[int, str, str]) -> Iterator["_Process"]:
        """Lock the process for one request; raises ``EngineCrash`` if the text kills it, or has done so before."""
        if text in self._crashes:
            raise _crash(text[1])
        with _held(self._lock):
            process = self._ready()
            try:
                yield process
            except _Died as death:
                self._end()
                self._crashes[text] = None
                while len(self._crashes) > _REMEMBERED_CRASHES:
                    self._crashes.popitem(last=False)
                # The next request need not wait for a new one.
                self._running()
                raise _crash(text[1]) from death
            except BaseException:
                if process.is_busy:  # left in the middle of an answer
                    self._end()
                raise

    def _ready(self) -> "_Process":
        """Return a process that waits for a request; one that ended between two requests is no one's fault."""
        for _ in range(2):
            process = self._running()
            try:
                process.await_ready()
            except _Died:
                self._end()
            except EngineError:
                self._end()
                raise
            else:
                return process
        raise EngineError("eSpeak NG's process ended while it loaded the library", hint=_FAILED_HINT)

    def _running(self) -> "_Process":
        if self._is_closed:
            raise EngineError("this process is ending", hint=None)
        if self._process is not None and self._process.has_ended:
            self._end()
        if self._process is None:
            self._process = _Process(self._files.library, self.data)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()


class _Died(Exception):
    """The process ended, or had to be ended, in the middle of an answer."""


class _Process:
    """One process and its pipes; raises ``EngineError`` when it cannot be started or cannot load the library."""

    def __init__(self, library: str, data: bytes | None) -> None:
        # Set while an answer is under way.
        self.is_busy = True
        self.sample_rate = 0
        self._is_ready = False
        self._buffer = bytearray()
        # -I -S: nothing of the person's directory or environment is imported, and it starts in half the time.
        command = (sys.executable, "-I", "-S", str(Path(__file__).with_name("espeak_process.py")))
        environment = {
            name: value
            for name, value in os.environ.items()
            if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
        }
        try:
            # A session of its own: Ctrl-C in a terminal is for us, and glibc's last words are for no terminal.
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=environment,
                start_new_session=True,
            )
        except OSError as fault:
            raise EngineError(f"eSpeak NG's process cannot be started: {fault.strerror}", hint=_FAILED_HINT) from fault
        with contextlib.suppress(_Died):  # told when the answer is waited for
            self.send((library, data))

    @property
    def has_ended(self) -> bool:
        """Return whether the process is no more."""
        return self._popen.poll() is not None

    def await_ready(self) -> None:
        """Wait until the library waits for a request; raises ``EngineError`` if it cannot be loaded, and ``_Died``."""
        if not self.sample_rate:
            for kind, body in self.frames():
                if kind == b"E":
                    self.sample_rate = self.status(body)
        if not self._is_ready:
            kind, _ = self._frame()
            self._is_ready = kind == b"R"
            if not self._is_ready:
                raise _Died

    def send(self, request: tuple[Any, ...]) -> None:
        """Send a request; raises ``_Died``."""
        self.is_busy, self._is_ready = True, False
        body = marshal.dumps(request)
        rest = memoryview(LENGTH.pack(len(body)) + body)
        try:
            while rest:
                rest = rest[os.write(self._sink, rest) :]
        except OSError as fault:
            raise _Died from fault

    def frames(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the frames of one answer, to its end; raises ``_Died``, and ``EngineError`` for a fault it tells."""
        fault: EngineError | None = None
        while True:
            kind, body = self._frame()
            if kind == b"F":
                fault = EngineError(body.decode(errors="replace"), hint=espeak_hint())
                continue
            self.is_busy = kind != b"E"
            if kind == b"E" and fault is not None:
                raise fault
            yield kind, body
            if kind == b"E":
                return

    def _frame(self) -> tuple[bytes, bytes]:
        deadline = time.monotonic() + _ANSWER_TIMEOUT_S
        kind, length = FRAME.unpack(self._take(FRAME.size, deadline))
        if length > _FRAME_LIMIT_BYTES:
            raise _Died
        return kind, self._take(length, deadline)

    def words(self, body: bytes) -> Iterator[tuple[int, int, int]]:
        """Read the words that an answer tells."""
        return WORD.iter_unpack(body[: len(body) // WORD.size * WORD.size])

    def status(self, body: bytes) -> int:
        """Read the status that ends an answer; raises ``_Died`` for what is none."""
        if len(body) != STATUS.size:
            raise _Died
        status: int = STATUS.unpack(body)[0]
        return status

    def let_go(self) -> None:
        """Close the pipes; the process ends when no one holds them."""
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def end(self) -> None:
        """End the process, whatever it does, and wait for it."""
        with contextlib.suppress(OSError):
            self._popen.kill()
        self.let_go()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(_END_TIMEOUT_S)

    @property
    def _sink(self) -> int:
        return cast("IO[bytes]", self._popen.stdin).fileno()

    @property
    def _source(self) -> int:
        return cast("IO[bytes]", self._popen.stdout).fileno()

    def _take(self, size: int, deadline: float) -> bytes:
        while len(self._buffer) < size:
            if not _can_read(self._source, deadline - time.monotonic()):
                raise _Died
            more = os.read(self._source, _READ_BYTES)
            if not more:
                raise _Died
            self._buffer += more
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def _can_read(descriptor: int, timeout_s: float) -> bool:
    """Wait until something is there, or the end; where pipes cannot be polled, reading itself waits."""
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, timeout_s) * 1000))


def _crash(text: str) -> EngineCrash:
    return EngineCrash(f"eSpeak NG crashes on {text.strip()[:40]!r}", hint=_CRASHED_HINT)


@contextlib.contextmanager
def _held(lock: threading.Lock) -> Iterator[None]:
    """Acquire a lock, but wait for it only so long: a library that hangs must not hang every thread without a word."""
    if not lock.acquire(timeout=_LOCK_TIMEOUT_S):
        raise EngineError(f"eSpeak NG has been busy for {_LOCK_TIMEOUT_S:g} s", hint=_FAILED_HINT)
    try:
        yield
    finally:
        lock.release()


_shared: list[Espeak] = []
_shared_lock = threading.Lock()


def shared() -> Espeak:
    """Return the process's one eSpeak NG, starting it on first use; raises ``EngineError`` when there is none."""
    with _shared_lock:
        if not _shared:
            files = locate()
            if files is None:
                raise EngineError("eSpeak NG is not installed", hint=espeak_hint())
            _shared.append(Espeak(files))
        return _shared[0]


def _end_shared() -> None:
    for engine in _shared:
        engine.close()


def _forget_shared() -> None:
    global _shared_lock  # noqa: PLW0603 # another thread of the parent may have held it
    _shared_lock = threading.Lock()
    for engine in _shared:
        engine.forget()


atexit.register(_end_shared)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_shared)
