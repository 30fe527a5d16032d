"""Rehearsed trouble: which request meets which fault, and how fast audio leaves."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable

from lightning_cli.serve.settings import FaultSettings

# After how many blocks a stream breaks or falls silent, at most.
_LATEST_BLOCK = 4


class InjectedCut(Exception):
    """The stream is to end here without its end, as a lost connection would."""


class PlannedFault:
    """What happens to one request: ``status`` refuses it, ``cut_after`` and ``stall_after`` count blocks."""

    def __init__(self, status: int | None = None, cut_after: int | None = None, stall_after: int | None = None) -> None:
        self.status = status
        self.cut_after = cut_after
        self.stall_after = stall_after


class FaultInjector:
    """Draw the plan of each request, in the order of their arrival; equal seeds give equal fates."""

    def __init__(self, faults: FaultSettings) -> None:
        self.faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311 # rehearsals want repeatable chance, not secrecy

    def draw(self) -> PlannedFault:
        """Decide the plan of the next request."""
        if not self.faults.chances:
            return PlannedFault()
        chance, block = self._random.random(), self._random.randint(1, _LATEST_BLOCK)
        for kind, probability in self.faults.chances:
            if chance < probability:
                match kind:
                    case "cut":
                        return PlannedFault(cut_after=block)
                    case "stall":
                        return PlannedFault(stall_after=block)
                    case _:
                        return PlannedFault(status=int(kind))
            chance -= probability
        return PlannedFault()

    async def wait(self) -> None:
        """Wait for the latency."""
        if self.faults.latency_ms:
            await asyncio.sleep(self.faults.latency_ms / 1000)

    async def pace(
        self, blocks: AsyncIterator[bytes], heard_s: Callable[[], float], plan: PlannedFault
    ) -> AsyncIterator[bytes]:
        """Pass audio on at the rate and by the plan of the request; raises ``InjectedCut``.

        ``heard_s`` gives how long the audio is up to and with the latest piece.
        """
        clock = asyncio.get_running_loop().time
        began, passed_s, count = 0.0, 0.0, 0
        async for block in blocks:
            if plan.cut_after is not None and count >= plan.cut_after:
                raise InjectedCut
            if plan.stall_after is not None and count >= plan.stall_after:
                await asyncio.get_running_loop().create_future()  # until the client leaves, which cancels this
            if self.faults.rate:
                began = began or clock()
                await asyncio.sleep(max(0.0, began + passed_s / self.faults.rate - clock()))
                passed_s = heard_s()
            count += 1
            yield block
        if plan.cut_after is not None:
            raise InjectedCut  # a short answer is cut before its terminator
