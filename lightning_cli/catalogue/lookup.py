"""The voices of one service: asked for, cached for a day, and replaced by stale data when it does not answer.

The calls that list voices (protocol.md 1.2, 6); what they answer is parsed in voices.py.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from lightning_cli.catalogue.voices import (
    Voice,
    bundled_on,
    bundled_voices,
    completed,
    parse_voices,
    pool_name,
    voice_from_record,
)
from lightning_cli.errors import KeyRefused, LightningError, ProtocolError, ServiceError, TransportError
from lightning_cli.request import MODELS
from lightning_cli.system import paths
from lightning_cli.system.small_files import read_json, write_json

if TYPE_CHECKING:
    # Importing the client costs a tenth of a second, and a fresh cache needs none.
    from lightning_cli.client.service import SpeechClient

FRESH_S = 24 * 3600.0
_ABSENT = frozenset({404, 410})
_VERSION = 1
# The pool that get-all-models stands for in the cache.
_EVERY_MODEL = "*"
_BEARABLE = (ServiceError, TransportError, ProtocolError)
# A time outside these bounds was not written by this tool.
_TIMES_S = (0.0, 1e11)


@dataclass(slots=True)
class VoiceListing:
    """The voices found and where they came from: ``told`` is a note about that for the user."""

    voices: list[Voice] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    # Whether no key is there, so that most of them cannot speak yet.
    is_keyless: bool = False


def look_up(
    models: Sequence[str], root: str, open_client: Callable[[], "SpeechClient"], *, refresh: bool
) -> VoiceListing:
    """List the voices of ``models`` at the service whose API is at ``root``: fresh cache, else live, else what is left.

    What is left is the stale cache or the bundled list. ``open_client`` is only called when something must be asked.
    With ``refresh`` the service must answer. Raises ``KeyRefused`` in any case, and what ``SpeechClient.call`` raises
    with ``refresh`` or when nothing is left to show.
    """
    return _LookUp(root, open_client, refresh=refresh).run(models)


class _LookUp:
    """One look-up; a service that failed once is not asked again for the next model."""

    def __init__(self, root: str, open_client: Callable[[], "SpeechClient"], *, refresh: bool) -> None:
        self._root = root
        self._open_client = open_client
        self._refresh = refresh
        self._everything = _cached(root, _EVERY_MODEL)
        self._down: LightningError | None = None
        self._found = VoiceListing()

    def run(self, models: Sequence[str]) -> VoiceListing:
        """Ask for each model's pool, or for all at once where the service has no pools."""
        if self._everything and self._everything.is_fresh and not self._refresh:
            self._found.voices = self._everything.voices
            return self._found
        absent = {model: fault for model in models if (fault := self._pool(model))}
        if len(absent) == len(models):
            self._all_at_once(absent)
        else:
            for model in absent:
                self._keep(model, [])
        return self._found

    def _pool(self, model: str) -> ServiceError | None:
        """Add one model's voices; returns the refusal when the service has no such pool."""
        kept = _cached(self._root, model)
        if kept and kept.is_fresh and not self._refresh:
            self._found.voices += kept.voices
            return None
        if self._down is None:
            try:
                answer = get_voices(self._open_client(), pool_name(model))
                self._keep(model, parse_voices(answer, model))
            except _BEARABLE as fault:
                if isinstance(fault, ServiceError) and fault.status in _ABSENT and model in MODELS:
                    return fault
                self._bear(fault)
            else:
                return None
        self._fall_back(model, kept)
        return None

    def _all_at_once(self, absent: Mapping[str, ServiceError]) -> None:
        try:
            answer = get_all_voices(self._open_client())
            self._keep(_EVERY_MODEL, [completed(voice) for voice in parse_voices(answer)])
        except _BEARABLE as fault:
            # Where nothing is found, the first error is more informative than the last.
            missing = isinstance(fault, ServiceError) and fault.status in _ABSENT
            self._bear(next(iter(absent.values())) if missing else fault)
            for model in absent:
                self._fall_back(model, _cached(self._root, model))

    def _bear(self, fault: LightningError) -> None:
        """Continue without the service if another source may stand in, else raise ``fault``."""
        if self._refresh or isinstance(fault, KeyRefused):
            raise fault
        self._down = fault
        self._found.told.append(fault.message)

    def _keep(self, model: str, voices: list[Voice]) -> None:
        self._found.voices += voices
        _write_cache(self._root, model, voices)

    def _fall_back(self, model: str, kept: "_Cached | None") -> None:
        kept = kept or self._everything
        if kept:
            rest = [voice for voice in kept.voices if voice.model == model]
            told = f"the voices of {model} are those of {kept.day}"
        else:
            rest = [voice for voice in bundled_voices() if voice.model == model]
            told = f"the voices of {model} are the bundled ones of {bundled_on()}, from public documents"
            if not rest and self._down:
                raise self._down
        self._found.voices += rest
        self._found.told.append(told)


def known_ids() -> list[str]:
    """Return the ids of all voices in the bundle and in every cache; no network."""
    return [voice.id for voice in _known()]


def models_of(voice_id: str) -> list[str]:
    """Return the models a voice is known to belong to: a voice of one model is refused by the other."""
    return sorted({voice.model for voice in _known() if voice.id == voice_id and voice.model})


def _known() -> list[Voice]:
    """List the bundled voices, then those of every cache."""
    caches = sorted(paths.cache_dir().glob("voices-*.json"))
    kept = [cached for path in caches if (cached := _read_cache(path))]
    return [*bundled_voices(), *(voice for cached in kept for voice in cached.voices)]


@dataclass(frozen=True, slots=True)
class _Cached:
    voices: list[Voice]
    fetched_at: float

    @property
    def is_fresh(self) -> bool:
        # A clock that was set back makes a time in the future; that is not a reason to trust it longer.
        return 0 <= time.time() - self.fetched_at < FRESH_S

    @property
    def day(self) -> str:
        return time.strftime("%Y-%m-%d", time.localtime(self.fetched_at))


def _cache_file(root: str, model: str) -> Path:
    name = hashlib.sha256(f"{root}\n{model}".encode()).hexdigest()[:20]
    return paths.cache_dir() / f"voices-{name}.json"


def _cached(root: str, model: str) -> _Cached | None:
    return _read_cache(_cache_file(root, model))


def _read_cache(path: Path) -> _Cached | None:
    """Read one cache file; None for one that is absent or not what we write."""
    read = read_json(path)
    if not isinstance(read, dict) or read.get("version") != _VERSION:
        return None
    fetched_at, records = read.get("fetched_at"), read.get("voices")
    if not isinstance(fetched_at, int | float) or not isinstance(records, list):
        return None
    if not _TIMES_S[0] <= fetched_at < _TIMES_S[1]:
        return None
    voices = [voice for record in records if (voice := voice_from_record(record, "cached"))]
    return _Cached(voices, fetched_at)


def _write_cache(root: str, model: str, voices: Sequence[Voice]) -> None:
    """Store the voices; where nothing can be written the next run asks again."""
    records = [{key: value for key, value in asdict(voice).items() if value and key != "source"} for voice in voices]
    kept = {"version": _VERSION, "root": root, "model": model, "fetched_at": time.time(), "voices": records}
    write_json(_cache_file(root, model), kept)


def get_voices(client: "SpeechClient", pool: str) -> object:
    """Return the voices of one model; ``pool`` is the model's name in paths, as ``lightning-v3.1``.

    Raises what ``SpeechClient.call`` raises.
    """
    return client.call("GET", f"/{quote(pool, safe='')}/get_voices")


def get_all_voices(client: "SpeechClient") -> object:
    """Return the voices of every model at once; raises what ``SpeechClient.call`` raises."""
    return client.call("GET", "/voice/get-all-models")
