"""A network with a round trip: two network namespaces, and between them a link that takes its time (``link.py``).

Every packet is late, those that open a connection too, which a relay between two connections cannot do.
"""

import contextlib
import ctypes
import fcntl
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from benchmarks.faults import PeerMissing

NEAR, FAR = "10.77.0.1", "10.77.0.2"
_TUN = "/dev/net/tun"
_HERE = "/proc/thread-self/ns/net"
_CLONE_NEWNET = 0x40000000  # sched.h
_TUNSETIFF = 0x400454CA  # linux/if_tun.h
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000


def check() -> None:
    """Raise ``PeerMissing`` where no such network can be made."""
    try:
        os.close(os.open(_TUN, os.O_RDWR))
        os.close(_namespace())
    except OSError as fault:
        raise PeerMissing(
            f"round trips need network namespaces and {_TUN} ({fault.strerror}): run as root where both are allowed"
        ) from fault


class Network:
    """Own two namespaces with one address each; leaving the block takes them away, and what runs there must be gone."""

    def __init__(self) -> None:
        check()
        self._home = os.open(_HERE, os.O_RDONLY)
        self._near, self._far = _namespace(), _namespace()
        with self.near():
            self._near_device = _device(NEAR, FAR)
        with self.far():
            self._far_device = _device(FAR, NEAR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in (self._near_device, self._far_device, self._near, self._far, self._home):
            os.close(descriptor)

    @contextlib.contextmanager
    def near(self) -> Iterator[None]:
        """Move this thread, and the processes it starts, to the near side."""
        with self._inside(self._near):
            yield

    @contextlib.contextmanager
    def far(self) -> Iterator[None]:
        """Move this thread, and the processes it starts, to the far side."""
        with self._inside(self._far):
            yield

    @contextlib.contextmanager
    def round_trips(self, milliseconds: float) -> Iterator[None]:
        """Forward packets with this round trip time."""
        devices = (self._near_device, self._far_device)
        argv = [sys.executable, "-I", "-S", str(Path(__file__).with_name("link.py")), *map(str, devices)]
        with subprocess.Popen([*argv, str(milliseconds / 2)], pass_fds=devices) as link:
            try:
                yield
            finally:
                link.kill()

    @contextlib.contextmanager
    def _inside(self, namespace: int) -> Iterator[None]:
        _call("setns", namespace, _CLONE_NEWNET)
        try:
            yield
        finally:
            _call("setns", self._home, _CLONE_NEWNET)


def _namespace() -> int:
    """Make a namespace and come back."""
    home = os.open(_HERE, os.O_RDONLY)
    try:
        _call("unshare", _CLONE_NEWNET)
        try:
            return os.open(_HERE, os.O_RDONLY)
        finally:
            _call("setns", home, _CLONE_NEWNET)
    finally:
        os.close(home)


def _device(own: str, other: str) -> int:
    """Make a TUN device in the namespace this thread is in."""
    device = os.open(_TUN, os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", b"lightning", _IFF_TUN | _IFF_NO_PI))
    for line in (f"addr add {own} peer {other} dev lightning", "link set lightning up", "link set lo up"):
        subprocess.run(["ip", *line.split()], check=True, timeout=30)
    return device


def _call(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
