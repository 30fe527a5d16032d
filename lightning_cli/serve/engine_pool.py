"""Between the event loop and the engine: worker threads, slots of concurrency, and what is still being spoken.

Everything here but the work handed to threads runs on the event loop.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from lightning_cli.errors import EngineError
from lightning_cli.local import espeak
from lightning_cli.local.dictionary_store import DictionaryStore
from lightning_cli.local.offline_voices import espeak_installed
from lightning_cli.local.spoken import read_operators
from lightning_cli.local.synthesiser import Synthesiser
from lightning_cli.request import SpeechRequest
from lightning_cli.serve.fault_injection import FaultInjector
from lightning_cli.serve.settings import ServeSettings
from lightning_cli.serve.utterance import Utterance
from lightning_cli.serve.voice_mapping import VoiceMapping, map_voice

# A worker waits while the engine computes; a slow client keeps none, since its answer waits on the loop.
_WORKERS = 32
_SESSION_LIMIT = 512
_Result = TypeVar("_Result")


class BlockSource(Protocol):
    """A source of audio: bytes until None; ``complete`` tells a whole answer from a closed one."""

    def take(self) -> bytes | None:
        """Get the next bytes; may wait."""

    @property
    def heard_s(self) -> float:
        """Return how long the audio taken so far is."""

    @property
    def complete(self) -> bool:
        """Return whether nothing is missing."""

    def take_notes(self) -> list[str]:
        """Take what the engine has to say about the text."""

    def close(self) -> None:
        """Stop; may wait for the piece being computed."""


class NoSlot(Exception):
    """As many requests are under way as may be."""


class EnginePool:
    """Own the synthesiser, the worker threads and the slots; one for each server."""

    def __init__(self, settings: ServeSettings, dictionaries: DictionaryStore) -> None:
        self.settings = settings
        self.dictionaries = dictionaries
        self.faults = FaultInjector(settings.faults)
        self.synthesiser = Synthesiser()
        # Set when the server is to end: what is under way is finished, nothing new begins.
        self.draining = asyncio.Event()
        self._executor = ThreadPoolExecutor(_WORKERS, thread_name_prefix="lightning-serve")
        self._taken = 0
        # How many WebSockets are open.
        self.sessions = 0
        self.session_limit = _SESSION_LIMIT
        self._releases: set[asyncio.Future[None]] = set()

    def acquire(self) -> "EngineSlot":
        """Take a slot; raises ``NoSlot``."""
        if self.settings.concurrency and self._taken >= self.settings.concurrency:
            raise NoSlot
        self._taken += 1
        return EngineSlot(self._free)

    def warm(self) -> None:
        """Start loading the engine; raises ``EngineError`` when none is installed."""
        voice_id = map_voice("daniel", None, self.settings.engine).voice_id
        self.synthesiser.preload(voice_id)
        if espeak_installed():
            self._releases.add(asyncio.get_running_loop().run_in_executor(self._executor, _load_espeak))

    async def prepare(self, speech_request: SpeechRequest) -> tuple[str, VoiceMapping]:
        """Settle what is to be said and by whom; raises ``EngineError`` or ``DictionaryFault``."""
        mapping = map_voice(
            speech_request.voice_id,
            speech_request.language or speech_request.number_pronunciation_language,
            self.settings.engine,
        )
        if not speech_request.pronunciation_dicts:
            return _spoken(speech_request, speech_request.text), mapping
        text = await self.run(
            lambda: self.dictionaries.respell(speech_request.text, speech_request.pronunciation_dicts)
        )
        return _spoken(speech_request, text), mapping

    def speak(
        self, speech_request: SpeechRequest, text: str, mapping: VoiceMapping, *, tells_words: bool = False
    ) -> Utterance:
        """Start speaking, on a worker thread; raises ``EngineError``."""
        speed = 1.0 if speech_request.speed is None else speech_request.speed
        return Utterance(self.synthesiser, text, mapping, speech_request.sample_rate, speed, tells_words=tells_words)

    async def open(
        self, speech_request: SpeechRequest, text: str, mapping: VoiceMapping, *, tells_words: bool = False
    ) -> Utterance:
        """Start speaking; raises ``EngineError``."""
        return await self.run(lambda: self.speak(speech_request, text, mapping, tells_words=tells_words))

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Do something that may wait on a worker thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def blocks(self, source: BlockSource) -> AsyncIterator[bytes]:
        """Return what comes from ``source``, each piece as soon as it is there."""
        while (block := await self.run(source.take)) is not None:
            yield block

    def release(self, source: BlockSource) -> None:
        """Close a source in the background: this does not wait, so it may be called while being cancelled."""
        try:
            future = asyncio.get_running_loop().run_in_executor(self._executor, source.close)
        except RuntimeError:  # the threads are gone: a second signal ends the server at once
            source.close()
            return
        self._releases.add(future)
        future.add_done_callback(self._releases.discard)

    async def close(self) -> None:
        """Wait for sources that are being closed, then end the threads."""
        if self._releases:
            await asyncio.wait(set(self._releases), timeout=60)
        self._executor.shutdown(wait=True, cancel_futures=True)
        self.synthesiser.close()

    def _free(self) -> None:
        self._taken -= 1


def _load_espeak() -> None:
    # The first request that needs it is told what is wrong with it.
    with contextlib.suppress(EngineError):
        espeak.shared()


class EngineSlot:
    """One unit of concurrency until ``release``, which may be called again without harm."""

    def __init__(self, free: Callable[[], None]) -> None:
        self._free: Callable[[], None] | None = free

    def release(self) -> None:
        """Return it back."""
        free, self._free = self._free, None
        if free is not None:
            free()


def _spoken(speech_request: SpeechRequest, text: str) -> str:
    """Put words for operators where the request asks for them."""
    if not speech_request.math_notation:
        return text
    return read_operators(text, speech_request.number_pronunciation_language or speech_request.language)
