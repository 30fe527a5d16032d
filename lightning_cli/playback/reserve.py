"""How much a device still holds, so that its callback may wait for audio that is late; pure, without a clock.

A device with a large buffer asks for all of it as soon as it starts, and would get silence where speech is on its
way. As long as it holds enough, the answer can wait. PortAudio tells the delay of a frame, but that includes what
lies behind the buffer (a Bluetooth link has 200 ms), so a count of our own is kept too, and the smaller one holds.
"""

# Below this the device is given what there is: a late thread must not find it empty.
LEAST_S = 0.06
# Clocks drift apart. Each time the device makes us wait for room it is full, and the count is raised by this much
# until it says so; where that has not happened for so long, the count is not relied on.
_CORRECTION_S = 0.0005
_TRUSTED_S = 60.0


class DeviceFillEstimate:
    """Estimate what the device holds. The callback's alone; times in seconds of a monotonic clock."""

    __slots__ = ("_at", "_block_s", "_full_at", "_full_s", "_held_s")

    def __init__(self, full_s: float) -> None:
        """Take how much the device can hold at most when it asks for more."""
        self._full_s = full_s
        self._held_s = 0.0
        self._block_s = 0.0
        self._at = self._full_at = float("-inf")

    def asked(self, now: float, delay_s: float) -> None:
        """Note that the device asks for a block; ``delay_s``: what it says lies before it, 0 if it ran dry."""
        held_s = self._left(now)
        if now - self._at > self._block_s / 2:
            self._full_at = now
            held_s += _CORRECTION_S
        self._held_s = min(held_s, self._full_s, delay_s)
        self._at = now

    def spare_s(self, now: float) -> float:
        """Return how long the answer may wait; 0 or less: not at all."""
        if now - self._full_at > _TRUSTED_S:
            return 0.0
        return self._left(now) - LEAST_S

    def given(self, now: float, block_s: float) -> None:
        """Note that the device was given a block."""
        self._held_s = self._left(now) + block_s
        self._block_s = block_s
        self._at = now

    def _left(self, now: float) -> float:
        return max(self._held_s - (now - self._at), 0.0)
