"""Slots of one account: processes with the same key and address take turns, as the service requires.

The service takes one request at a time by default and answers 429 to the next (protocol.md 5). Each request holds a
slot: an advisory lock on a small file in the user's runtime directory, which the system lets go when a process dies.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Self

from lightning_cli.client.settings import ServiceSettings
from lightning_cli.client.stream import Answer, PcmStream, WordTime
from lightning_cli.errors import AccountBusy
from lightning_cli.system.paths import private_runtime_dir

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_POLL_S = 0.02


class Slots:
    """The slots of one account; for one thread.

    None are needed for the embedded engine, without a key, or with ``concurrency`` 0. A runtime directory that cannot
    be used is not a failure: the service then says itself when it is busy.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._count = 0 if settings.is_local or settings.key is None else settings.concurrency
        self._max_wait_s = settings.retry.max_wait_s
        account = f"{settings.api_root}\0{settings.key}".encode()
        self._name = hashlib.sha256(account).hexdigest()[:20] if self._count else ""
        self._directory: Path | None = None

    def take(self, while_waiting: "Callable[[], None]" = lambda: None) -> int | None:
        """Wait for a slot and return its descriptor, None when none is needed.

        ``while_waiting`` is called once if none is free. Raises ``AccountBusy`` when that takes longer than
        ``max_wait_s``.
        """
        if not self._count:
            return None
        waited_s = 0.0
        while True:
            try:
                taken = self._try_all()
            except OSError:
                return None
            if taken is not None:
                return taken
            if not waited_s:
                while_waiting()
            if waited_s >= self._max_wait_s:
                raise AccountBusy(
                    f"timed out: another lightning-tts used the account for {self._max_wait_s:g} s",
                    hint="wait longer with --max-wait, or raise --concurrency if the account allows more at a time",
                )
            time.sleep(_POLL_S)
            waited_s += _POLL_S

    def _try_all(self) -> int | None:
        from lightning_cli.system.file_lock import try_lock

        if self._directory is None:
            self._directory = private_runtime_dir()
        for number in range(self._count):
            path = self._directory / f"slot-{self._name}-{number}"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                is_taken = try_lock(descriptor)
            except OSError:
                os.close(descriptor)
                raise
            if is_taken:
                return descriptor
            os.close(descriptor)
        return None


class SlottedStream:
    """A stream that holds a slot for as long as its answer is read."""

    def __init__(self, inner: PcmStream, slot: int) -> None:
        self._inner = inner
        self._slot: int | None = slot
        self.format = inner.format

    @property
    def answer(self) -> Answer:
        """Return the head of the answer."""
        return self._inner.answer

    @property
    def words(self) -> Sequence[WordTime]:
        """Return the words' times so far."""
        return self._inner.words

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._inner)

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        try:
            self._inner.__exit__(*exc_info)
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Release the slot; idempotent."""
        slot, self._slot = self._slot, None
        release(slot)


def release(slot: int | None) -> None:
    """Release a slot; closing its descriptor unlocks it."""
    if slot is not None:
        with contextlib.suppress(OSError):
            os.close(slot)
