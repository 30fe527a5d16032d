"""The link of ``network.py``: carries packets from one TUN device to another, each so many milliseconds late.

A process of its own, given two descriptors and the delay of one way.
"""

import collections
import os
import select
import sys
import time

_PACKET_BYTES = 65536


def carry(near: int, far: int, delay_ms: float) -> None:
    """Carry packets both ways until the process is ended."""
    late: dict[int, collections.deque[tuple[float, bytes]]] = {near: collections.deque(), far: collections.deque()}
    while True:
        now_s = time.monotonic()
        for descriptor, packets in late.items():
            while packets and packets[0][0] <= now_s:
                os.write(descriptor, packets.popleft()[1])
        waits_s = [packets[0][0] - now_s for packets in late.values() if packets]
        ready, _, _ = select.select([near, far], [], [], max(0.0, min(waits_s)) if waits_s else None)
        due_s = time.monotonic() + delay_ms / 1000
        for descriptor in ready:
            late[far if descriptor == near else near].append((due_s, os.read(descriptor, _PACKET_BYTES)))


if __name__ == "__main__":
    carry(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
